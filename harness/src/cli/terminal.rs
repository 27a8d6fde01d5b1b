//! The one place that prints. Honours NO_COLOR, and takes a closed pipe for an end, not an error.

use std::error::Error;
use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};

use super::Status;
use crate::printable;

/// The colour of what is as it should be.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// The colour of what is not.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// The colour of what was not tried.
pub const SKIPPED: Style = AnsiColor::Yellow.on_default();
/// What stands out.
pub const STRONG: Style = Style::new().bold();

/// Text in a style.
pub fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Prints to stdout as it is. Colours are left out where they are not wanted.
pub fn print(text: &str) -> io::Result<()> {
    forgiving(write_to(anstream::stdout().lock(), text))
}

/// As [`print`], but nobody reading any more is an error: what goes on behind the text must not end unsaid.
pub fn print_or_fail(text: &str) -> io::Result<()> {
    write_to(anstream::stdout().lock(), text)
        .map_err(|error| io::Error::new(error.kind(), format!("show the recording on stdout: {error}")))
}

/// Stdout for octets that are nobody's text: a capture.
#[expect(clippy::disallowed_methods, reason = "this is the one place that prints")]
pub fn raw() -> io::Stdout {
    io::stdout()
}

/// Whether a person watches stderr.
#[expect(clippy::disallowed_methods, reason = "this is the one place that prints")]
pub fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Prints to stderr, for people. There is nobody to tell if that fails.
pub fn note(text: &str) {
    let _ = write_to(anstream::stderr().lock(), text);
}

/// Says in one line why a command could not do its work.
pub fn complain(error: &(dyn Error + 'static)) -> Status {
    let text = printable::line(&error.to_string());
    note(&format!("{}: {text}\n", styled(BAD, "samewire")));
    Status::Unusable
}

fn write_to(mut stream: impl Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

/// Who reads our output may stop reading: `samewire show capture | head`.
fn forgiving(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => other,
    }
}
