//! Clients: folders with a `client.toml` that says what a sender needs and how it is started.
//!
//! Found by folder: no language is known here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use globset::{Glob, GlobMatcher};
use serde::Deserialize;
use toml::Spanned;

use crate::plan::WORDS;
use crate::source::{self, FileError, Location, Source};
use crate::suite::Case;

/// The file that makes a folder a client.
pub const CLIENT_FILE: &str = "client.toml";

/// The time limit of a client that says none.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// A folder of `clients`: a client, or what is wrong with it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The folder's name.
    pub name: String,
    /// The client, or why it is none.
    pub client: Result<Client, FileError>,
}

/// A sender program under test.
#[derive(Debug, Clone)]
pub struct Client {
    /// The folder's name.
    pub name: String,
    /// The folder, absolute.
    pub folder: PathBuf,
    /// What it is, for people.
    pub about: String,
    /// Programs that must be on PATH.
    pub needs: Vec<String>,
    /// Prints its version; must end in 0.
    pub version: Vec<String>,
    /// Must end in 0 where it is given.
    pub check: Vec<String>,
    /// How to install what is needed: by package manager.
    pub install: BTreeMap<String, String>,
    /// Builds it; may be empty.
    pub build: Vec<String>,
    /// Starts it.
    pub run: Vec<String>,
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
    cases: Option<Vec<GlobMatcher>>,
}

/// A case that is known to fail, and why.
#[derive(Debug, Clone)]
pub struct KnownFailure {
    /// The full name of the case.
    pub case: String,
    /// Why, and where that is followed up.
    pub reason: String,
    /// Where it is written.
    pub location: Location,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    about: String,
    #[serde(default)]
    needs: Vec<String>,
    version: Spanned<Vec<String>>,
    #[serde(default)]
    check: Vec<String>,
    #[serde(default)]
    install: BTreeMap<String, String>,
    #[serde(default)]
    build: Vec<String>,
    run: Spanned<Vec<String>>,
    #[serde(default)]
    lacks: Vec<Spanned<String>>,
    timeout_ms: Option<u64>,
    cases: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    pass_env: Vec<String>,
    #[serde(default)]
    known_failure: Vec<Spanned<KnownFailureTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownFailureTable {
    case: String,
    reason: String,
}

/// Finds the clients in a folder, in the order of their names. One that is broken does not take the others down.
///
/// # Errors
/// The folder cannot be read, or holds no client.
pub fn load(folder: &Path) -> Result<Vec<Entry>, FileError> {
    let problem = |problem: String| FileError { path: folder.to_owned(), line: None, problem };
    let entries = std::fs::read_dir(folder).map_err(|error| problem(format!("no folder of clients: {error}")))?;
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    folders.retain(|path| path.join(CLIENT_FILE).is_file());
    folders.sort();
    if folders.is_empty() {
        return Err(problem(format!("there is no client here; a client is a folder with a {CLIENT_FILE}")));
    }
    Ok(folders.into_iter().map(|path| entry(&path)).collect())
}

fn entry(folder: &Path) -> Entry {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let path = folder.join(CLIENT_FILE);
    let client = source::read(&path).and_then(|text| Client::parse(&name, folder, &path, &text));
    Entry { name, client }
}

impl Client {
    fn parse(name: &str, folder: &Path, path: &Path, text: &str) -> Result<Self, FileError> {
        let source = Source { path, text };
        let table: Table = toml::from_str(text).map_err(|error| source.toml_error(&error))?;
        if !is_name(name) {
            return Err(source.error_at(&(0..0), "a client's folder is named with a-z, A-Z, 0-9, '.', '_' and '-'"));
        }
        let folder =
            folder.canonicalize().map_err(|error| source.error_at(&(0..0), format!("the folder cannot be found: {error}")))?;
        let client = Self {
            name: name.to_owned(),
            folder,
            about: table.about,
            needs: table.needs,
            version: argv(&source, table.version)?,
            check: table.check,
            install: table.install,
            build: table.build,
            lacks: lacks(&source, table.lacks)?,
            timeout: table.timeout_ms.map_or(DEFAULT_TIMEOUT, Duration::from_millis),
            env: table.env,
            pass_env: table.pass_env,
            known_failures: table.known_failure.into_iter().map(|entry| known_failure(&source, entry)).collect(),
            cases: table.cases.map(|globs| self::globs(&source, globs)).transpose()?,
            run: argv(&source, table.run.clone())?,
        };
        if client.cases.is_none() && !client.is_told_the_case() {
            let problem = "`run` has none of {plan}, {case} and {input}, so the client cannot know what to send; \
                           say which `cases` it is for";
            return Err(source.error_at(&table.run.span(), problem));
        }
        Ok(client)
    }

    /// Whether this client is for `case`: it reads what the case tells, and does not limit itself to others.
    #[must_use]
    pub fn is_for(&self, case: &Case) -> bool {
        let told = (!self.uses("{plan}") || case.plan.is_some()) && (!self.uses("{input}") || case.input.is_some());
        told && self.cases.as_ref().is_none_or(|globs| globs.iter().any(|glob| glob.is_match(&case.name)))
    }

    /// A word that `case` needs and this client lacks.
    #[must_use]
    pub fn lacks_word_of(&self, case: &Case) -> Option<&str> {
        let plan = case.plan.as_ref().filter(|_| self.uses("{plan}"))?;
        self.lacks.iter().find(|word| plan.uses(word)).map(String::as_str)
    }

    /// Whether `run` has this placeholder.
    #[must_use]
    pub fn uses(&self, placeholder: &str) -> bool {
        self.run.iter().any(|argument| argument.contains(placeholder))
    }

    fn is_told_the_case(&self) -> bool {
        ["{plan}", "{case}", "{input}"].iter().any(|placeholder| self.uses(placeholder))
    }
}

fn argv(source: &Source, argv: Spanned<Vec<String>>) -> Result<Vec<String>, FileError> {
    if argv.get_ref().is_empty() {
        return Err(source.error_at(&argv.span(), "name a program; this list of arguments is empty"));
    }
    Ok(argv.into_inner())
}

fn lacks(source: &Source, words: Vec<Spanned<String>>) -> Result<Vec<String>, FileError> {
    for word in &words {
        if !WORDS.contains(&word.get_ref().as_str()) {
            return Err(source.error_at(&word.span(), format!("no word of a plan; the words are: {}", WORDS.join(" "))));
        }
    }
    Ok(words.into_iter().map(Spanned::into_inner).collect())
}

fn globs(source: &Source, globs: Vec<Spanned<String>>) -> Result<Vec<GlobMatcher>, FileError> {
    let matcher = |glob: &Spanned<String>| {
        Glob::new(glob.get_ref()).map(|glob| glob.compile_matcher()).map_err(|error| source.error_at(&glob.span(), error))
    };
    globs.iter().map(matcher).collect()
}

fn known_failure(source: &Source, entry: Spanned<KnownFailureTable>) -> KnownFailure {
    let location = source.location(&entry.span());
    let entry = entry.into_inner();
    KnownFailure { case: entry.case, reason: entry.reason, location }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-'))
}
