//! A suite: the cases of a folder, or of one that is built in.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use crate::source::{self, FileError};
use crate::suite::case::Case;
use crate::suite::{builtin, file};

/// How a suite is named that is built in: `builtin:wire`.
pub const BUILTIN: &str = "builtin:";

/// The cases of one or more suites, in the order of their files.
#[derive(Debug, Clone, Default)]
pub struct Suite {
    /// The cases; their names differ.
    pub cases: Vec<Case>,
    /// What lies in their folders and is no case, though somebody may think so: sentences.
    pub remarks: Vec<String>,
}

impl Suite {
    /// Loads suites: folders of TOML files, or `builtin:wire`.
    ///
    /// # Errors
    /// A folder or file cannot be read, a case is not valid or says nothing of what is expected, or two have the same name.
    pub fn load(sources: &[PathBuf]) -> Result<Self, FileError> {
        Self::read(sources)?.all_written()
    }

    /// As [`Suite::load`], with the cases that say nothing yet of what is expected beside it.
    ///
    /// # Errors
    /// A folder or file cannot be read, a case is not valid, or two cases have the same name.
    pub fn load_parted(sources: &[PathBuf]) -> Result<(Self, Vec<Case>), FileError> {
        let Self { cases, remarks } = Self::read(sources)?;
        let (unwritten, cases) = cases.into_iter().partition(|case| case.unwritten);
        Ok((Self { cases, remarks }, unwritten))
    }

    /// Loads the cases that say nothing yet of what is expected.
    ///
    /// # Errors
    /// A folder or file cannot be read, a case is not valid, or two cases have the same name.
    pub fn load_unwritten(sources: &[PathBuf]) -> Result<Self, FileError> {
        let mut suite = Self::read(sources)?;
        suite.cases.retain(|case| case.unwritten);
        Ok(suite)
    }

    fn read(sources: &[PathBuf]) -> Result<Self, FileError> {
        let mut suite = Self::default();
        for source in sources {
            match source.to_str().and_then(|name| name.strip_prefix(BUILTIN)) {
                Some(name) => suite.add_builtin(source, name)?,
                None => suite.add_folder(source)?,
            }
        }
        Ok(suite)
    }

    /// Parses one file of cases; `path` gives their group and stands in errors.
    ///
    /// # Errors
    /// The file is no TOML, or a case in it is not valid or says nothing of what is expected.
    pub fn parse(path: &Path, text: &str) -> Result<Self, FileError> {
        Self::parse_unwritten(path, text)?.all_written()
    }

    /// As [`Suite::parse`], where cases may say nothing of what is expected.
    ///
    /// # Errors
    /// The file is no TOML, or a case in it is not valid.
    pub fn parse_unwritten(path: &Path, text: &str) -> Result<Self, FileError> {
        Ok(Self { cases: file::parse(path, text)?, remarks: Vec::new() })
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
            self.add(file::parse(Path::new(&format!("{BUILTIN}{path}")), text)?)?;
        }
        Ok(())
    }

    fn add_folder(&mut self, folder: &Path) -> Result<(), FileError> {
        let unreadable = |error: io::Error| problem(folder, format!("not a folder of a suite: {error}"));
        let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(unreadable)?;
        let mut paths: Vec<PathBuf> = entries.iter().map(DirEntry::path).collect();
        paths.sort();
        for path in paths {
            if path.extension().is_some_and(|extension| extension == "toml") {
                let cases = file::parse(&path, &source::read(&path)?)?;
                self.remarks.extend(cases.is_empty().then(|| format!("{} has no case", path.display())));
                self.add(cases)?;
            } else {
                self.remarks.extend(not_read(&path));
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

/// What is to be said of something in a suite's folder that is no file of cases; nothing of a page of text, or what is hidden.
fn not_read(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    let is_for_people = [".", "readme", "license"].iter().any(|beginning| name.starts_with(beginning)) || name.ends_with(".md");
    match path.is_dir() {
        _ if is_for_people => None,
        true => Some(format!(
            "{} is not read: a suite has no folders inside; to use it as a suite, name it beside the other",
            path.display()
        )),
        false => Some(format!("{} is not read: the name of a file of cases ends in `.toml`", path.display())),
    }
}

fn problem(path: &Path, problem: String) -> FileError {
    FileError { path: path.to_owned(), line: None, problem }
}
