//! Clients: folders with a `client.toml` that says what a sender needs and how it is started.
//!
//! Found by folder: no language is known here.

mod file;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::placeholders::TELLING;
use crate::profile::Profile;
use crate::selection::CaseGlobs;
use crate::source::{self, FileError, Location, same_file};
use crate::suite::Case;

/// The file that makes a folder a client.
pub const CLIENT_FILE: &str = "client.toml";

/// The time limit of a client that says none.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// A folder of `clients`, or a variant in it: a client, or what is wrong with it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The folder's name, and behind an `@` the variant's.
    pub name: String,
    /// The client, or why it is none.
    pub client: Result<Client, FileError>,
}

/// A sender program under test.
#[derive(Debug, Clone)]
pub struct Client {
    /// The folder's name, and behind an `@` the variant's: `netcat@ncat`.
    pub name: String,
    /// The folder, absolute.
    pub folder: PathBuf,
    /// What it is, for people.
    pub about: String,
    /// Programs that must be on PATH.
    pub needs: Vec<String>,
    /// Prints its version; must end in `version_status`.
    pub version: Vec<String>,
    /// The status that `version` ends in.
    pub version_status: i32,
    /// The least version that it needs, as `3.8`; held against the first number with dots that `version` prints.
    pub at_least: Option<String>,
    /// Must end in 0 where it is given.
    pub check: Vec<String>,
    /// How to install what is needed: by package manager.
    pub install: BTreeMap<String, String>,
    /// Builds it; may be empty.
    pub build: Vec<String>,
    /// Globs of the files outside of the folder that `build` depends on.
    pub inputs: Vec<String>,
    /// Whether `build` is run each time, in place.
    pub each_run: bool,
    /// Starts it.
    pub run: Vec<String>,
    /// The file that becomes its stdin, relative to its folder; with placeholders.
    pub stdin: Option<String>,
    /// The words of a plan that it cannot do.
    pub lacks: Vec<String>,
    /// Its time limit for one trial.
    pub timeout: Duration,
    /// Variables beyond what every trial gets.
    pub env: BTreeMap<String, String>,
    /// Variables that are passed through where they are set.
    pub pass_env: Vec<String>,
    /// Where cases are known to fail.
    pub known_failures: Vec<KnownFailure>,
    /// Whether it may be missing even where everything is required.
    pub optional: bool,
    cases: CaseGlobs,
}

/// A case that is known to fail, and why.
#[derive(Debug, Clone)]
pub struct KnownFailure {
    /// The full name of the case.
    pub case: String,
    /// The profile it fails in; every one where none is named.
    pub profile: Option<Profile>,
    /// Why, and where that is followed up.
    pub reason: String,
    /// The diagnosis that it must have, where one is named.
    pub diagnosis: Option<String>,
    /// The last day on which it may fail, as `2026-12-31`.
    pub until: Option<String>,
    /// Where it is written.
    pub location: Location,
}

/// Finds the clients in a folder, in the order of their names. One that is broken does not take the others down.
///
/// # Errors
/// The folder cannot be read, or holds no client.
pub fn load(folder: &Path) -> Result<Vec<Entry>, FileError> {
    let problem = |problem: String| FileError { path: folder.to_owned(), line: None, problem };
    let unreadable = |error: io::Error| problem(format!("no folder of clients: {error}"));
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(unreadable)?;
    let mut folders: Vec<PathBuf> = entries.iter().map(DirEntry::path).filter(|path| is_client(path)).collect();
    folders.sort();
    if folders.is_empty() {
        return Err(problem(format!("there is no client here; a client is a folder with a {CLIENT_FILE}")));
    }
    let twin = |index: usize| folders[..index].iter().find(|other| is_same_file(other, &folders[index]));
    let entries = folders.iter().enumerate().map(|(index, path)| match twin(index) {
        Some(other) => vec![broken(path, same_file(&name_of(path), &name_of(other)))],
        None => entries_of(path),
    });
    Ok(entries.flatten().collect())
}

/// Whether two folders have names that are equal but for their capitals.
fn is_same_file(folder: &Path, other: &Path) -> bool {
    name_of(folder).eq_ignore_ascii_case(&name_of(other))
}

fn broken(folder: &Path, problem: String) -> Entry {
    let path = folder.join(CLIENT_FILE);
    Entry { name: name_of(folder), client: Err(FileError { path, line: None, problem }) }
}

fn name_of(folder: &Path) -> String {
    folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What lies in a folder of clients and is none, though somebody may think so: folders with files and without a `client.toml`, in the
/// order of their names. Those whose name begins with a dot or `_` are left out.
#[must_use]
pub fn passed_over(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| !is_client(path) && is_like_a_client(path)).collect();
    folders.sort();
    folders.iter().map(|path| format!("{} is no client: it has no {CLIENT_FILE}", path.display())).collect()
}

fn is_like_a_client(path: &Path) -> bool {
    let is_visible = |name: &OsStr| !name.as_encoded_bytes().starts_with(b".");
    let is_meant = path.file_name().is_some_and(|name| is_visible(name) && !name.as_encoded_bytes().starts_with(b"_"));
    let mut files = fs::read_dir(path).into_iter().flatten().flatten();
    is_meant && files.any(|entry| is_visible(&entry.file_name()) && entry.path().is_file())
}

/// Whether there is a `client.toml`: also one that cannot be read, such as a link that leads nowhere.
fn is_client(folder: &Path) -> bool {
    match folder.join(CLIENT_FILE).symlink_metadata() {
        Ok(_) => true,
        Err(error) => !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory),
    }
}

/// The client of a folder and its variants, or what is wrong with it.
fn entries_of(folder: &Path) -> Vec<Entry> {
    let (name, path) = (name_of(folder), folder.join(CLIENT_FILE));
    match source::read(&path).and_then(|text| file::parse(&name, folder, &path, &text)) {
        Ok(clients) => clients.into_iter().map(|client| Entry { name: client.name.clone(), client: Ok(client) }).collect(),
        Err(error) => vec![Entry { name, client: Err(error) }],
    }
}

impl Entry {
    /// Whether it has trials of `case`; what is broken has them of each.
    #[must_use]
    pub fn is_for(&self, case: &Case) -> bool {
        self.client.as_ref().map_or(case.contract.is_none(), |client| client.is_for(case))
    }
}

impl Client {
    /// Whether its `cases` take this one away by name, with a `!`.
    pub(crate) fn takes_away(&self, case: &Case) -> bool {
        self.cases.takes_away(&case.name)
    }

    /// The globs of its `cases` that match none of these.
    pub(crate) fn useless_globs<'a>(&self, cases: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
        self.cases.useless(cases)
    }

    /// Whether this client is for `case`: it reads what the case tells, and does not limit itself to others.
    #[must_use]
    pub fn is_for(&self, case: &Case) -> bool {
        if let Some(contract) = &case.contract {
            return self.uses("{plan}") && contract.is_for(self);
        }
        let plan = !self.uses("{plan}") || case.plan.is_some();
        plan && self.has_input_of(case) && self.cases.has(&case.name)
    }

    /// Whether it has a trial in this profile: one that is told through its stdin has none without.
    #[must_use]
    pub fn runs_in(&self, profile: Profile) -> bool {
        profile != Profile::ClosedStdin || self.stdin.is_none()
    }

    /// Whether this case has the input that the client is told. A stdin may be empty where the client is told otherwise what to
    /// send, or where the case tells nobody anything.
    fn has_input_of(&self, case: &Case) -> bool {
        if case.input.is_some() || !self.uses("{input}") {
            return true;
        }
        let by_stdin_alone = !self.told().any(|text| text.contains("{input}"));
        let told_otherwise = self.cases.names_cases() || self.told().any(|text| TELLING.iter().any(|name| text.contains(name)));
        by_stdin_alone && (told_otherwise || case.plan.is_none())
    }

    /// Whether it can do a word, as far as it says.
    #[must_use]
    pub fn can(&self, word: &str) -> bool {
        !self.lacks.iter().any(|lacking| lacking == word)
    }

    /// A word that `case` needs and this client lacks.
    #[must_use]
    pub fn lacks_word_of(&self, case: &Case) -> Option<&str> {
        let plan = case.plan.as_ref().filter(|_| self.uses("{plan}"))?;
        self.lacks.iter().find(|word| plan.uses(word)).map(String::as_str)
    }

    /// Whether it is told this placeholder: in `run`, in `env` or by its `stdin`.
    #[must_use]
    pub fn uses(&self, placeholder: &str) -> bool {
        self.told().chain(&self.stdin).any(|text| text.contains(placeholder))
    }

    /// What it is told when it starts, but for its stdin.
    fn told(&self) -> impl Iterator<Item = &String> {
        self.run.iter().chain(self.env.values())
    }

    /// All that is said of it and decides a trial: the same text for the same client.
    pub(crate) fn said(&self) -> String {
        let said = (&self.needs, &self.version, &self.at_least, &self.check, &self.build, &self.run, &self.lacks, &self.timeout);
        let more = (&self.env, &self.pass_env, self.cases.texts().collect::<Vec<_>>(), self.optional);
        let built = (&self.inputs, self.each_run, &self.stdin, self.version_status);
        let known = self.known_failures.iter().map(|known| (&known.case, known.profile, &known.diagnosis, &known.until));
        format!("{said:?}{more:?}{built:?}{:?}", known.collect::<Vec<_>>())
    }

    /// The programs that it is made of and run with, as its file names them.
    pub fn programs(&self) -> impl Iterator<Item = &str> {
        let started = [&self.run, &self.build, &self.version].into_iter().filter_map(|argv| argv.first());
        self.needs.iter().chain(started).map(String::as_str)
    }

    /// The entry that says that it fails on this case in this profile.
    #[must_use]
    pub fn known_failure(&self, case: &Case, profile: Profile) -> Option<&KnownFailure> {
        self.known_failures.iter().find(|known| known.is_of(case, profile))
    }

    fn is_told_the_case(&self) -> bool {
        TELLING.iter().any(|placeholder| self.uses(placeholder))
    }
}

impl KnownFailure {
    /// Whether it speaks of this case in this profile.
    #[must_use]
    pub fn is_of(&self, case: &Case, profile: Profile) -> bool {
        self.case == case.name && self.profile.is_none_or(|only| only == profile)
    }

    /// Whether its last day was before `today`, a date as `2026-12-31`.
    #[must_use]
    pub fn is_over(&self, today: &str) -> bool {
        self.until.as_deref().is_some_and(|until| until < today)
    }
}

/// The folder's name in the name of a client: `netcat` of `netcat@ncat`.
#[must_use]
pub fn folder_of(name: &str) -> &str {
    name.split_once('@').map_or(name, |(folder, _)| folder)
}
