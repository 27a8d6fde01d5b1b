//! `samewire explain`: why two runs of octets differ, whatever they are from.

mod explanation;
mod side;

use std::ffi::OsString;
use std::path::Path;

use clap::{Args, ValueEnum};

use super::project::Project;
use super::terminal::{BAD, GOOD, note, print, print_raw, styled};
use super::{CommandError, Status};
pub(super) use explanation::Explanation;
use side::{Side, Source};

#[derive(Debug, Args)]
#[command(after_help = "\
Each side is a file of octets, a capture of the recorder, of which it takes what came on each connection, or - for standard input. Or \
it is octets as they are typed: hex:0c22, base64:DCI=, text:hello. A file whose name begins so is ./hex:0c22.

Examples:
  samewire explain expected.bin captured.bin
  samewire explain hex:050080000100 hex:050001000100
  samewire explain text:hello capture.jsonl
  curl -s http://127.0.0.1/a | samewire explain golden.json -

Exit status: 0 the same, 1 different, 2 something cannot be read.")]
pub(super) struct ExplainArgs {
    /// What should have come
    expected: OsString,
    /// What came
    captured: OsString,
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
    let redaction = Project::here()?.redaction;
    let [expected, captured] = sides(args)?;
    let explanation = Explanation::of(&expected.connections, &captured.connections, &redaction);
    for remark in [&expected, &captured].into_iter().filter_map(|side| side.remark.as_ref()) {
        note(&format!("samewire: {remark}\n"));
    }
    match args.format {
        Format::Json => print_raw(&(serde_json::to_string_pretty(&explanation)? + "\n"))?,
        Format::Text => print(&text(&expected, &captured, &explanation))?,
    }
    Ok(if explanation.same { Status::Good } else { Status::Failed })
}

fn sides(args: &ExplainArgs) -> Result<[Side; 2], CommandError> {
    let [expected, captured] = [&args.expected, &args.captured].map(Source::of);
    if expected.is_once() && captured.is_once() && is_one(expected, captured) {
        return Err("both sides are the same pipe, which can be read but once; name a file for one of them".into());
    }
    Ok([expected.read()?, captured.read()?])
}

/// Whether both are one source, by whichever names.
fn is_one(one: Source<'_>, other: Source<'_>) -> bool {
    let place = |source: Source<'_>| match source {
        Source::File(path) => path.canonicalize().ok(),
        _ => Path::new("/dev/stdin").canonicalize().ok(),
    };
    one == other || place(one).is_some_and(|one| place(other) == Some(one))
}

fn text(expected: &Side, captured: &Side, explanation: &Explanation) -> String {
    let legend = format!("expected  {}\ncaptured  {}\n", expected.name, captured.name);
    match explanation.same {
        true => format!("{legend}{}\n", styled(GOOD, "the same")),
        false => {
            let lines: String = explanation.lines().iter().map(|line| format!("{line}\n")).collect();
            format!("{legend}{}\n{lines}", styled(BAD, "different"))
        }
    }
}
