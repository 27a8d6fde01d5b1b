//! The one place that prints. Honours NO_COLOR, and takes a closed pipe for an end, not an error.

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::sync::LazyLock;

use super::Status;
use crate::printable;
use crate::view::annotations::defused;
pub use crate::view::style::{BAD, GOOD, SKIPPED, STRONG, styled};
use crate::view::text::wrapped;

/// The width where nobody says any.
const WIDTH: usize = 80;

/// Whether GitHub reads along, and takes lines that look like commands for what they look like.
static IN_A_WORKFLOW: LazyLock<bool> = LazyLock::new(|| std::env::var("GITHUB_ACTIONS").is_ok_and(|value| value == "true"));

/// Prints to stdout as it is. Colours are left out where they are not wanted.
pub fn print(text: &str) -> io::Result<()> {
    forgiving(write_to(anstream::stdout().lock(), text, *IN_A_WORKFLOW))
}

/// As [`print`], for a text with long lines: a terminal gets them broken between words, a file or a program as they are.
pub fn print_prose(text: &str) -> io::Result<()> {
    // Pictures are made for this width, and are not to be broken on a smaller terminal either.
    let width = width().max(WIDTH);
    if raw().is_terminal() { print(&wrapped(text, width)) } else { print(text) }
}

/// As [`print`], for a program that reads it: commands of a workflow, a report in a format of its own.
pub fn print_raw(text: &str) -> io::Result<()> {
    forgiving(write_to(raw().lock(), text, false))
}

/// As [`print`], but nobody reading any more is an error: what goes on behind the text must not end unsaid.
pub fn print_or_fail(text: &str) -> io::Result<()> {
    write_to(anstream::stdout().lock(), text, *IN_A_WORKFLOW)
        .map_err(|error| io::Error::new(error.kind(), format!("show the recording on stdout: {error}")))
}

/// Stdout for octets that are nobody's text: a capture.
#[expect(clippy::disallowed_methods, reason = "this is the one place that prints")]
pub fn raw() -> io::Stdout {
    io::stdout()
}

/// How many columns there are to print to.
pub fn width() -> usize {
    terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0))
}

/// Whether a workflow of GitHub runs this.
pub fn in_a_workflow() -> bool {
    *IN_A_WORKFLOW
}

/// Whether a person watches stderr.
#[expect(clippy::disallowed_methods, reason = "this is the one place that prints")]
pub fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Prints to stderr, for people. There is nobody to tell if that fails.
pub fn note(text: &str) {
    let _ = write_to(anstream::stderr().lock(), text, *IN_A_WORKFLOW);
}

/// Says in one line why a command could not do its work.
pub fn complain(error: &(dyn Error + 'static)) -> Status {
    let text = printable::line(&error.to_string());
    note(&format!("{}: {text}\n", styled(BAD, "samewire")));
    Status::Unusable
}

fn write_to(mut stream: impl Write, text: &str, defuse: bool) -> io::Result<()> {
    if defuse {
        stream.write_all(defused(text).as_bytes())?;
    } else {
        stream.write_all(text.as_bytes())?;
    }
    stream.flush()
}

/// Who reads our output may stop reading: `samewire show capture | head`.
fn forgiving(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => other,
    }
}
