//! What a program that failed says of it: the line of its stderr that names the failure. Pure.
//!
//! No language is known here: an error stands at the beginning of a line wherever programs print one, and what belongs to it (a trace,
//! a dump of its fields) is indented below.

use crate::printable::cut;

/// The most characters of a line that are said again.
const MOST: usize = 240;

/// How the first word of a line ends that is the name of an error: `UnicodeEncodeError: ...`, `java.net.ConnectException: ...`.
const ENDINGS: [&str; 3] = ["error", "exception", "errno"];

/// What stands before the error behind an error.
const CAUSED_BY: &str = "Caused by: ";

/// What is said where something failed.
const SAID: [&str; 24] = [
    "error",
    "exception",
    "errno",
    "panic",
    "fatal",
    "fail",
    "refused",
    "reset by",
    "broken pipe",
    "cannot",
    "can't",
    "couldn't",
    "could not",
    "unable",
    "denied",
    "invalid",
    "unknown",
    "not found",
    "no such",
    "unexpected",
    "timed out",
    "abort",
    "uncaught",
    "unhandled",
];

/// What a program said of its failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// The line, cut where it is very long.
    pub line: String,
    /// Whether it reads like an error, and is not merely the last that it wrote.
    pub is_error: bool,
}

/// The line of `stderr` that names a failure: the last that begins with the name of an error, else the first that speaks of one,
/// else the last; nothing where nothing was written.
#[must_use]
pub(crate) fn of(stderr: &str) -> Option<Complaint> {
    let lines: Vec<&str> = stderr.lines().filter(|line| !line.trim().is_empty()).collect();
    let outer = || lines.iter().filter(|line| !line.starts_with([' ', '\t']));
    let named = outer().rfind(|line| begins_with_a_name(line));
    let error = named.or_else(|| outer().find(|line| speaks_of_failure(line)));
    let line = error.or(lines.last())?;
    Some(Complaint { line: cut(line.trim(), MOST), is_error: error.is_some() })
}

/// Whether it begins with the name of an error and a colon, perhaps behind a few words: `Exception in thread "main" a.B: ...`.
fn begins_with_a_name(line: &str) -> bool {
    let line = line.strip_prefix(CAUSED_BY).unwrap_or(line);
    let head = match line.split_once(": ") {
        Some((head, _)) => head,
        None if line.contains(' ') => return false,
        None => line,
    };
    let named = |word: &str| {
        let word = word.trim_matches(|character: char| !character.is_alphanumeric()).to_lowercase();
        ENDINGS.iter().any(|ending| word.ends_with(ending))
    };
    head.split(' ').count() <= 5 && head.split(' ').any(named)
}

fn speaks_of_failure(line: &str) -> bool {
    let line = line.to_lowercase();
    SAID.iter().any(|said| line.contains(said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn said(stderr: &str, line: &str) {
        assert_eq!(of(stderr), Some(Complaint { line: line.into(), is_error: true }));
    }

    #[test]
    fn the_line_that_names_the_failure_is_found_whatever_stands_around_it() {
        said(
            "Traceback (most recent call last):\n  File \"send.py\", line 3, in <module>\n    s.sendall(t.encode('ascii'))\n\
             UnicodeEncodeError: 'ascii' codec can't encode character '\\u20ac'\n",
            "UnicodeEncodeError: 'ascii' codec can't encode character '\\u20ac'",
        );
        said(
            "node:events:497\n      throw er; // Unhandled 'error' event\n      ^\n\nError: connect ECONNREFUSED 127.0.0.1:3099\n    \
             at TCPConnectWrap.afterConnect\nEmitted 'error' event on Socket instance at:\n    at emitErrorNT {\n  errno: -111,\n  \
             port: 3099\n}\n\nNode.js v22.1.0\n",
            "Error: connect ECONNREFUSED 127.0.0.1:3099",
        );
        said(
            "Exception in thread \"main\" java.io.UncheckedIOException: x\n\tat Send.main(Send.java:3)\nCaused by: \
             java.net.ConnectException: Connection refused\n\t... 1 more\n",
            "Caused by: java.net.ConnectException: Connection refused",
        );
        said(
            "panic: dial tcp 127.0.0.1:1: connect: connection refused\n\ngoroutine 1 [running]:\nmain.main()\nexit status 2\n",
            "panic: dial tcp 127.0.0.1:1: connect: connection refused",
        );
        said(
            "couldn't open socket: connection refused\n    while executing\n\"socket 127.0.0.1 1\"\n",
            "couldn't open socket: connection refused",
        );
        said("connect: Connection refused at send.pl line 3.\n", "connect: Connection refused at send.pl line 3.");
    }

    #[test]
    fn a_line_that_names_no_failure_is_the_last_and_says_so() {
        assert_eq!(of("one\n  two\n\n"), Some(Complaint { line: "two".into(), is_error: false }));
        assert_eq!((of(""), of("\n \n")), (None, None));
    }

    #[test]
    fn a_line_that_is_very_long_is_cut_between_characters() {
        let line = of(&format!("error: {}", "é".repeat(1000))).unwrap().line;
        assert_eq!((line.chars().count(), line.ends_with("é...")), (MOST + 3, true));
    }
}
