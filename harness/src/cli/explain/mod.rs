//! `samewire explain`: why two runs of octets differ, whatever they are from.

mod explanation;
mod side;
mod worded;

use std::ffi::OsString;
use std::path::Path;

use clap::{Args, ValueEnum};

use super::decoding::{DecodeArgs, Decoding};
use super::project::Project;
use super::signals;
use super::terminal::{BAD, GOOD, note, print, print_raw, styled};
use super::{CommandError, Status};
use crate::judge::messages::Direction;
use crate::trial::Interrupt;
pub(super) use explanation::Explanation;
use side::{Choice, Side, Source};
use worded::Worded;

#[derive(Debug, Args)]
#[command(after_help = "\
Each side is a file of octets, a capture of the recorder, of which it takes what came on each connection, or - for standard input. Or \
it is octets as they are typed: hex:0c22, base64:DCI=, text:hello. A file whose name begins so is ./hex:0c22.

With --decode, what differs is said first in the words of the protocol's fields, then of the octets. Both are the same only if their \
octets are; `samewire compare --decode` takes captures for the same whose messages are.

Examples:
  samewire explain expected.bin captured.bin
  samewire explain hex:050080000100 hex:050001000100
  samewire explain text:hello capture.jsonl
  samewire explain golden.jsonl capture.jsonl --connection 2 --decode http1
  curl -s http://127.0.0.1/a | samewire explain golden.json -

Exit status: 0 the same, 1 different, 2 something cannot be read.")]
pub(super) struct ExplainArgs {
    /// What should have come
    expected: OsString,
    /// What came
    captured: OsString,
    /// Of captures, take this connection alone (from 1); may be given several times
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = clap::value_parser!(u64).range(1..))]
    connection: Vec<u64>,
    /// Of captures, take what was sent to the client; octets of another source are taken for that
    #[arg(long)]
    sent: bool,
    #[command(flatten)]
    decode: DecodeArgs,
    /// The format to say it in
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs; `samewire schema explain` has its schema
    Json,
}

pub(super) fn explain(args: &ExplainArgs) -> Result<Status, CommandError> {
    let project = Project::here()?;
    let [expected, captured] = sides(args)?;
    let decoding = args.decode.decode.as_ref().map(|name| decoding(name, &project)).transpose()?;
    let worded = decoding.as_ref().map(|decoding| Worded::all(&expected, &captured, decoding));
    let explanation = Explanation::of(&expected, &captured, &project.redaction).worded(worded);
    for remark in [&expected, &captured].into_iter().filter_map(|side| side.remark.as_ref()) {
        note(&format!("samewire: {remark}\n"));
    }
    match args.format {
        Format::Json => print_raw(&(serde_json::to_string_pretty(&explanation)? + "\n"))?,
        Format::Text => {
            let heading = decoding.filter(|_| !explanation.same).map(|decoding| decoding.heading()).unwrap_or_default();
            print(&text(&expected, &captured, &heading, &explanation))?;
        }
    }
    Ok(if explanation.same { Status::Good } else { Status::Failed })
}

fn decoding(name: &str, project: &Project) -> Result<Decoding, CommandError> {
    signals::end_on_signal()?;
    Decoding::of(name, project, Interrupt::new())
}

fn sides(args: &ExplainArgs) -> Result<[Side; 2], CommandError> {
    let [expected, captured] = [&args.expected, &args.captured].map(Source::of);
    if expected.is_once() && captured.is_once() && is_one(expected, captured) {
        return Err("both sides are the same pipe, which can be read but once; name a file for one of them".into());
    }
    let direction = if args.sent { Direction::Sent } else { Direction::Received };
    let choice = Choice { direction, connections: &args.connection };
    let sides = [expected.read(choice)?, captured.read(choice)?];
    if !args.connection.is_empty() && !sides.iter().any(|side| side.is_capture) {
        return Err("--connection is for captures, and neither side is one".into());
    }
    Ok(sides)
}

/// Whether both are one source, by whichever names.
fn is_one(one: Source<'_>, other: Source<'_>) -> bool {
    let place = |source: Source<'_>| match source {
        Source::File(path) => path.canonicalize().ok(),
        _ => Path::new("/dev/stdin").canonicalize().ok(),
    };
    one == other || place(one).is_some_and(|one| place(other) == Some(one))
}

fn text(expected: &Side, captured: &Side, heading: &str, explanation: &Explanation) -> String {
    let legend = format!("expected  {}\ncaptured  {}\n", expected.name, captured.name);
    match explanation.same {
        true => format!("{legend}{}\n", styled(GOOD, "the same")),
        false => {
            let lines: String = explanation.lines().iter().map(|line| format!("{line}\n")).collect();
            format!("{legend}{heading}{}\n{lines}", styled(BAD, "different"))
        }
    }
}
