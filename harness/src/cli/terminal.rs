//! The one place that prints. Honours NO_COLOR. Nobody reading any more is no error: what a command does and how it ends stay the same.

use std::borrow::Cow;
use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::feed::{Feed, Reader};
use super::{Status, files};
use crate::printable;
use crate::view::annotations::defused;
pub(super) use crate::view::style::{BAD, GOOD, SKIPPED, STRONG, styled};
use crate::view::text::wrapped;

/// The width where nobody says any.
const WIDTH: usize = 80;

/// Whether GitHub reads along, and takes lines that look like commands for what they look like.
static IN_A_WORKFLOW: LazyLock<bool> = LazyLock::new(|| std::env::var("GITHUB_ACTIONS").is_ok_and(|value| value == "true"));

/// Stderr, which may be a terminal that has stopped. `None` where there can be no further thread.
static STDERR: LazyLock<Option<Feed>> = LazyLock::new(|| Feed::new(anstream::stderr(), Reader::Wayward).ok());

/// What is said to people is waited for so long, so that it stands in the right order among what else is printed.
const ORDER: Duration = Duration::from_millis(100);

/// Stdout, where a signal must be able to end the wait for its reader: as text, and as it is.
static STDOUT: [LazyLock<Option<Feed>>; 2] = [LazyLock::new(|| live().ok()), LazyLock::new(|| live_raw().ok())];

/// Whether a signal may end that wait.
static MAY_BE_HURRIED: AtomicBool = AtomicBool::new(false);

/// Whether stdout is closed.
static NOBODY_READS: AtomicBool = AtomicBool::new(false);

/// Prints to stdout as it is. Colours are left out where they are not wanted.
pub(super) fn print(text: &str) -> io::Result<()> {
    match hurriable(&STDOUT[0]) {
        Some(stdout) => forgiving(stdout.deliver(defused_in_a_workflow(text).as_bytes())),
        None => forgiving(write_to(anstream::stdout().lock(), text, *IN_A_WORKFLOW)),
    }
}

fn hurriable(stdout: &'static LazyLock<Option<Feed>>) -> Option<&'static Feed> {
    if MAY_BE_HURRIED.load(Ordering::Relaxed) { stdout.as_ref() } else { None }
}

/// From now on [`hurry`] may be called.
pub(super) fn may_be_hurried() {
    MAY_BE_HURRIED.store(true, Ordering::Relaxed);
}

/// What is printed from now on is printed only for as long as somebody goes on reading.
pub(super) fn hurry() {
    STDOUT.iter().filter_map(|stdout| stdout.as_ref()).for_each(Feed::hurry);
}

/// Whether anybody may still see what is printed: `samewire show capture | head` is over when `head` is.
pub(super) fn is_read() -> bool {
    !NOBODY_READS.load(Ordering::Relaxed)
}

/// As [`print`], for a text with long lines: a terminal gets them broken between words, a file or a program as they are.
pub(super) fn print_prose(text: &str) -> io::Result<()> {
    print(&prose(text, raw().is_terminal()))
}

/// A text with long lines, as a terminal gets it, if it goes to one.
pub(super) fn prose(text: &str, is_for_a_terminal: bool) -> Cow<'_, str> {
    // Pictures are made for this width, and are not to be broken on a smaller terminal either.
    if is_for_a_terminal { wrapped(text, width().max(WIDTH)).into() } else { text.into() }
}

/// As [`print`], for a program that reads it: commands of a workflow, a report in a format of its own.
pub(super) fn print_raw(text: &str) -> io::Result<()> {
    match hurriable(&STDOUT[1]) {
        Some(stdout) => forgiving(stdout.deliver(text.as_bytes())),
        None => forgiving(write_to(raw().lock(), text, false)),
    }
}

/// Stdout for what is shown while work goes on that no reader may hold up. Nothing else is to print there meanwhile.
pub(super) fn live() -> io::Result<Feed> {
    Feed::new(anstream::stdout(), reader())
}

/// Text for [`live`] or stderr, without what a workflow would take for commands.
pub(super) fn defused_in_a_workflow(text: &str) -> Cow<'_, str> {
    if in_a_workflow() { defused(text) } else { text.into() }
}

/// As [`live`], for octets that are nobody's text: a capture, or events for a program.
pub(super) fn live_raw() -> io::Result<Feed> {
    Feed::new(raw(), reader())
}

fn reader() -> Reader {
    if files::stdout_is_a_file() { Reader::Steady } else { Reader::Wayward }
}

/// Stdout for octets that are nobody's text: a capture.
#[expect(clippy::disallowed_methods, reason = "this is the one place that prints")]
pub(super) fn raw() -> io::Stdout {
    io::stdout()
}

/// How many columns there are to print to.
pub(super) fn width() -> usize {
    terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0))
}

/// Whether a workflow of GitHub runs this.
pub(super) fn in_a_workflow() -> bool {
    *IN_A_WORKFLOW
}

/// Stderr for what draws on it: a bar that is redrawn. Its colours and movements are kept.
#[expect(clippy::disallowed_methods, reason = "this is the one place that prints")]
pub(super) fn canvas() -> io::Result<Feed> {
    Feed::new(io::stderr(), Reader::Wayward)
}

/// Text for [`canvas`], with colours only where they are wanted.
#[expect(clippy::disallowed_methods, reason = "this is the one place that prints")]
pub(super) fn coloured(text: &str) -> String {
    let text = defused_in_a_workflow(text);
    match anstream::AutoStream::choice(&io::stderr()) {
        anstream::ColorChoice::Never => anstream::adapter::strip_str(&text).to_string(),
        _ => text.into_owned(),
    }
}

/// Whether a person watches stderr.
#[expect(clippy::disallowed_methods, reason = "this is the one place that prints")]
pub(super) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Prints to stderr, for people. Where nobody reads it, it is dropped and nobody waits. There is nobody to tell if that fails.
pub(super) fn note(text: &str) {
    remark(text);
    if let Some(stderr) = &*STDERR {
        stderr.settle(ORDER);
    }
}

/// As [`note`], while work goes on that must not wait at all.
pub(super) fn remark(text: &str) {
    match &*STDERR {
        Some(stderr) => stderr.offer(&defused_in_a_workflow(text)),
        None => drop(write_to(anstream::stderr().lock(), text, *IN_A_WORKFLOW)),
    }
}

/// Says in one line why a command could not do its work.
pub(super) fn complain(error: &(dyn Error + 'static)) -> Status {
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
        Err(error) if matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::TimedOut) => {
            NOBODY_READS.store(true, Ordering::Relaxed);
            Ok(())
        }
        other => other.map_err(|error| io::Error::new(error.kind(), format!("cannot write to stdout: {error}"))),
    }
}
