//! Errors in files that people write: which file, which line, what is wrong.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use samewire_recorder::Encoding;

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
    pub(crate) fn error_at(&self, span: &Range<usize>, problem: impl fmt::Display) -> FileError {
        FileError { path: self.path.to_owned(), line: Some(self.line_of(span.start)), problem: problem.to_string() }
    }

    pub(crate) fn toml_error(&self, error: &toml::de::Error) -> FileError {
        FileError {
            path: self.path.to_owned(),
            line: error.span().map(|span| self.line_of(span.start)),
            problem: error.message().trim_end().replace('\n', ", "),
        }
    }

    pub(crate) fn location(&self, span: &Range<usize>) -> Location {
        Location { path: self.path.to_owned(), line: self.line_of(span.start) }
    }

    pub(crate) fn line_of(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|octet| *octet == b'\n').count() + 1
    }
}

/// Reads a file of text, with an error that names it. Its line ends become LF, which TOML leaves to its readers: a file that was
/// checked out with CRLF means what it meant before.
pub(crate) fn read(path: &Path) -> Result<String, FileError> {
    let problem = |problem: String| FileError { path: path.to_owned(), line: None, problem };
    let octets = std::fs::read(path).map_err(|error| problem(format!("cannot be read: {error}")))?;
    // A byte order mark is allowed in TOML.
    if let Some(encoding @ Encoding::Utf16) = Encoding::of(&octets) {
        return Err(problem(encoding.to_string()));
    }
    let text = String::from_utf8(octets).map_err(|error| problem(format!("cannot be read: {error}")))?;
    Ok(text.replace("\r\n", "\n"))
}

/// The most octets of a name that becomes part of a file's name. Several of them stand in one path, and 255 is the most that file
/// systems take.
const LONGEST: usize = 100;

/// Why a name cannot be the name of a file on every system; nothing where it can.
pub(crate) fn no_file_name(name: &str) -> Option<String> {
    let (stem, _) = name.split_once(['.', '@']).unwrap_or((name, ""));
    let stem = stem.to_ascii_lowercase();
    let is_numbered = |device: &str| stem.strip_prefix(device).is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']));
    let is_device = matches!(stem.as_str(), "con" | "prn" | "aux" | "nul") || is_numbered("com") || is_numbered("lpt");
    match () {
        () if name.len() > LONGEST => Some(format!(
            "has {} octets, and {LONGEST} is the most, since files are named after it: choose a shorter one",
            name.len()
        )),
        () if name.ends_with('.') => {
            Some("ends in a dot, which Windows leaves off, and files are named after it: choose another".into())
        }
        () if is_device => Some(format!("{stem:?} is a device on Windows, and files are named after it: choose another")),
        () => None,
    }
}

/// What is to be said of two names that are equal but for their capitals.
pub(crate) fn same_file(name: &str, other: &str) -> String {
    format!("{name} and {other} name the same file on Windows and macOS, and files are named after them: rename one of them")
}

fn place(line: Option<usize>) -> String {
    line.map(|line| format!(":{line}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_checked_out_with_crlf_reads_as_before() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "a = 1\r\n\r\n# \r alone stays\r\n").unwrap();
        assert_eq!(read(file.path()).unwrap(), "a = 1\n\n# \r alone stays\n");
    }

    #[test]
    fn names_that_no_file_can_have_everywhere_are_told() {
        assert!(no_file_name(&"a".repeat(LONGEST)).is_none() && no_file_name(&"a".repeat(LONGEST + 1)).is_some());
        for device in ["con", "NUL", "com1", "lpt9", "aux@variant"] {
            assert!(no_file_name(device).is_some_and(|problem| problem.contains("Windows")), "{device}");
        }
        assert!(no_file_name("python.").is_some_and(|problem| problem.contains("ends in a dot")));
        for name in ["console", "com", "com0", "python3.13", "com10", "null", "python@3"] {
            assert_eq!(no_file_name(name), None);
        }
    }
}
