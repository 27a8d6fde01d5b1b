//! A suite: the cases of a folder, or of one that is built in.

use std::collections::BTreeMap;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::source::{self, FileError, Source};
use crate::suite::case::Case;
use crate::suite::config::CONFIG_FILE;
use crate::suite::decoder::{DecoderTable, Decoders};
use crate::suite::defined::Defined;
use crate::suite::redact::Redaction;
use crate::suite::server::{ServerTable, Servers};
use crate::suite::{builtin, file};

/// How a suite is named that is built in: `builtin:wire`.
pub const BUILTIN: &str = "builtin:";

/// The file of a suite's folder that says what belongs to the suite, and has no cases.
const SUITE_FILE: &str = "suite.toml";

/// The cases of one or more suites, in the order of their files.
#[derive(Debug, Clone, Default)]
pub struct Suite {
    /// The cases; their names differ.
    pub cases: Vec<Case>,
    /// What lies in their folders and is no case, though somebody may think so: sentences.
    pub remarks: Vec<String>,
    /// What is not to be shown, as their `suite.toml` say.
    pub redaction: Redaction,
    /// What their `suite.toml` say of their versions.
    pub versions: Vec<String>,
}

impl Suite {
    /// Loads suites: folders of TOML files, or `builtin:wire`.
    ///
    /// # Errors
    /// A folder or file cannot be read, a case is not valid or says nothing of what is expected, or two have the same name.
    pub fn load(sources: &[PathBuf]) -> Result<Self, FileError> {
        Self::read(sources, &Defined::default())?.all_written()
    }

    /// As [`Suite::load`], with what `samewire.toml` defines, and with the cases that say nothing yet of what is expected beside it.
    ///
    /// # Errors
    /// A folder or file cannot be read, a case is not valid, or two cases have the same name.
    pub fn load_parted(sources: &[PathBuf], defined: &Defined) -> Result<(Self, Vec<Case>), FileError> {
        let suite = Self::read(sources, defined)?;
        let (unwritten, cases) = suite.cases.into_iter().partition(|case| case.unwritten);
        Ok((Self { cases, ..suite }, unwritten))
    }

    /// Loads the cases that say nothing yet of what is expected.
    ///
    /// # Errors
    /// A folder or file cannot be read, a case is not valid, or two cases have the same name.
    pub fn load_unwritten(sources: &[PathBuf], defined: &Defined) -> Result<Self, FileError> {
        let mut suite = Self::read(sources, defined)?;
        suite.cases.retain(|case| case.unwritten && case.generate.is_none());
        Ok(suite)
    }

    /// Loads the cases whose input is made at random.
    ///
    /// # Errors
    /// A folder or file cannot be read, a case is not valid, or two cases have the same name.
    pub fn load_generated(sources: &[PathBuf], defined: &Defined) -> Result<Self, FileError> {
        let mut suite = Self::read(sources, defined)?;
        suite.cases.retain(|case| case.generate.is_some());
        Ok(suite)
    }

    /// What suites themselves say, beside their cases: the decoders that the cases of each may name, and what it hides. A folder that is
    /// not there says nothing.
    ///
    /// # Errors
    /// A `suite.toml` cannot be read, or says what it may not.
    pub fn own(sources: &[PathBuf], defined: &Defined) -> Result<Vec<(Decoders, Redaction)>, FileError> {
        let folders = sources.iter().filter(|source| !source.to_string_lossy().starts_with(BUILTIN));
        let own = folders.map(|folder| Own::of(folder, defined).map(|own| (own.defined.decoders, own.redaction)));
        own.collect()
    }

    /// All servers that `defined` and the `suite.toml` of these suites define; those of `defined` win.
    ///
    /// # Errors
    /// A `suite.toml` cannot be read, or says what it may not.
    pub fn servers(sources: &[PathBuf], defined: &Defined) -> Result<Servers, FileError> {
        let folders = sources.iter().filter(|source| !source.to_string_lossy().starts_with(BUILTIN));
        let mut all = defined.servers.clone();
        for folder in folders {
            all = all.or(Own::of(folder, defined)?.defined.servers);
        }
        Ok(all)
    }

    fn read(sources: &[PathBuf], defined: &Defined) -> Result<Self, FileError> {
        let mut suite = Self::default();
        for source in sources {
            match source.to_str().and_then(|name| name.strip_prefix(BUILTIN)) {
                Some(name) => suite.add_builtin(source, name)?,
                None => suite.add_folder(source, defined)?,
            }
        }
        Ok(suite)
    }

    /// Parses one file of cases; `path` gives their group and stands in errors.
    ///
    /// # Errors
    /// The file is no TOML, or a case in it is not valid or says nothing of what is expected.
    pub fn parse(path: &Path, text: &str) -> Result<Self, FileError> {
        Self::parse_unwritten(path, text, &Defined::default())?.all_written()
    }

    /// As [`Suite::parse`], where cases may say nothing of what is expected, and name what is defined here and in a `suite.toml`
    /// beside the file.
    ///
    /// # Errors
    /// The file is no TOML, or a case in it is not valid.
    pub fn parse_unwritten(path: &Path, text: &str, defined: &Defined) -> Result<Self, FileError> {
        let own = Own::of(path.parent().unwrap_or(Path::new("")), defined)?;
        Ok(Self { cases: file::parse(path, text, &own.defined)?, redaction: own.redaction, ..Self::default() })
    }

    fn all_written(self) -> Result<Self, FileError> {
        match self.cases.iter().find(|case| case.unwritten) {
            Some(case) => Err(case.says_nothing()),
            None => Ok(self),
        }
    }

    fn add_builtin(&mut self, source: &Path, name: &str) -> Result<(), FileError> {
        let error = || problem(source, format!("no such suite; the built-in suites are: {}", builtin::names().join(" ")));
        for (path, text) in builtin::files(name).ok_or_else(error)? {
            self.add(file::parse(Path::new(&format!("{BUILTIN}{path}")), text, &Defined::default())?)?;
        }
        Ok(())
    }

    fn add_folder(&mut self, folder: &Path, defined: &Defined) -> Result<(), FileError> {
        let unreadable = |error: io::Error| problem(folder, format!("not a folder of a suite: {error}{}", mend(folder)));
        let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(unreadable)?;
        let mut paths: Vec<PathBuf> = entries.iter().map(DirEntry::path).collect();
        self.remarks.extend(paths.is_empty().then(|| format!("{} is empty{}", folder.display(), mend(folder))));
        paths.sort();
        let Own { defined, redaction, version } = Own::of(folder, defined)?;
        self.redaction.add(&redaction);
        self.versions.extend(version);
        paths.retain(|path| path.file_name().is_none_or(|name| name != SUITE_FILE && name != CONFIG_FILE));
        let has_own = folder.join(SUITE_FILE).is_file();
        for path in paths {
            if path.extension().is_some_and(|extension| extension == "toml") {
                let cases = file::parse(&path, &source::read(&path)?, &defined)?;
                self.remarks.extend(cases.is_empty().then(|| format!("{} has no case", path.display())));
                self.add(cases)?;
            } else {
                self.remarks.extend(not_read(&path, has_own));
            }
        }
        Ok(())
    }

    fn add(&mut self, cases: Vec<Case>) -> Result<(), FileError> {
        for case in cases {
            if let Some(first) = self.cases.iter().find(|other| other.name == case.name) {
                let problem = format!("the case {} is already at {}; give it another name", case.name, first.location);
                return Err(FileError { path: case.location.path, line: Some(case.location.line), problem });
            }
            self.cases.push(case);
        }
        Ok(())
    }
}

/// What a suite itself says, beside its cases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    decoder: BTreeMap<Spanned<String>, Spanned<DecoderTable>>,
    #[serde(default)]
    server: BTreeMap<Spanned<String>, Spanned<ServerTable>>,
    #[serde(default)]
    redact: Redaction,
    version: Option<String>,
}

/// What holds for the cases of a folder.
struct Own {
    /// What they may name: what `samewire.toml` defines, then what its own `suite.toml` does.
    defined: Defined,
    /// What its own `suite.toml` hides.
    redaction: Redaction,
    /// What its own `suite.toml` says of its version.
    version: Option<String>,
}

impl Own {
    fn of(folder: &Path, defined: &Defined) -> Result<Self, FileError> {
        let path = folder.join(SUITE_FILE);
        if !path.is_file() {
            return Ok(Self { defined: defined.clone(), redaction: Redaction::default(), version: None });
        }
        let text = source::read(&path)?;
        let source = Source { path: &path, text: &text };
        let table: Table = toml::from_str(&text).map_err(|error| {
            let error = source.toml_error(&error);
            let problem = format!("{}; {SUITE_FILE} is about the suite and is not a group of cases", error.problem);
            FileError { problem, ..error }
        })?;
        let own = Defined::of(source, table.decoder, table.server)?;
        Ok(Self { defined: defined.or(own), redaction: table.redact, version: table.version })
    }
}

/// What is to be said of something in a suite's folder that is no file of cases; nothing of a page of text, or what is hidden. Beside a
/// `suite.toml` there may be programs that decode and answer.
fn not_read(path: &Path, may_be_program: bool) -> Option<String> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    let is_for_people = [".", "readme", "license"].iter().any(|beginning| name.starts_with(beginning)) || name.ends_with(".md");
    match path.is_dir() {
        _ if is_for_people => None,
        true if !may_hold_cases(path) => None,
        false if may_be_program && !["toml", "tml"].iter().any(|likely| name.contains(likely)) => None,
        true => Some(format!(
            "{} is not read: a suite has no folders inside; to use it as a suite, name it beside the other",
            path.display()
        )),
        false => Some(format!("{} is not read: the name of a file of cases ends in `.toml`", path.display())),
    }
}

/// What may be missing of a suite that is a repository inside of another.
fn mend(folder: &Path) -> &'static str {
    match folder.ancestors().any(|folder| folder.join(".gitmodules").is_file()) {
        true => "; if a submodule is empty, `git submodule update --init` fills it",
        false => "",
    }
}

/// Whether somebody may think that what is in a folder is read.
fn may_hold_cases(folder: &Path) -> bool {
    let is_toml = |entry: DirEntry| entry.path().extension().is_some_and(|extension| extension == "toml");
    fs::read_dir(folder).is_ok_and(|entries| entries.flatten().any(is_toml))
}

fn problem(path: &Path, problem: String) -> FileError {
    FileError { path: path.to_owned(), line: None, problem }
}
