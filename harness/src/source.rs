//! Errors in files that people write: which file, which line, what is wrong.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A place in a file that a person wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

/// What is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {problem}", path.display(), place(*.line))]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// The line (from 1), where it is known.
    pub line: Option<usize>,
    /// What is wrong, and the mend.
    pub problem: String,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path.display(), self.line)
    }
}

/// The text of a file, with what is needed to say where in it an error is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub path: &'a Path,
    pub text: &'a str,
}

impl Source<'_> {
    pub fn error_at(&self, span: &Range<usize>, problem: impl fmt::Display) -> FileError {
        FileError { path: self.path.to_owned(), line: Some(self.line_of(span.start)), problem: problem.to_string() }
    }

    pub fn toml_error(&self, error: &toml::de::Error) -> FileError {
        FileError {
            path: self.path.to_owned(),
            line: error.span().map(|span| self.line_of(span.start)),
            problem: error.message().trim_end().replace('\n', ", "),
        }
    }

    pub fn location(&self, span: &Range<usize>) -> Location {
        Location { path: self.path.to_owned(), line: self.line_of(span.start) }
    }

    pub fn line_of(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|octet| *octet == b'\n').count() + 1
    }
}

/// Reads a file of text, with an error that names it. Its line ends become LF, which TOML leaves to its readers: a file that was
/// checked out with CRLF means what it meant before.
pub(crate) fn read(path: &Path) -> Result<String, FileError> {
    let text = std::fs::read_to_string(path).map_err(|error| FileError {
        path: path.to_owned(),
        line: None,
        problem: format!("cannot be read: {error}"),
    })?;
    Ok(text.replace("\r\n", "\n"))
}

fn place(line: Option<usize>) -> String {
    line.map(|line| format!(":{line}")).unwrap_or_default()
}
