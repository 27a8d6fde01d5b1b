//! `samewire diff`: what changed from one report to another.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::terminal::{print, print_raw};
use super::{CommandError, Status};
use crate::report::Report;
use crate::run::changes::Changes;
use crate::view::changes;

#[derive(Debug, Args)]
#[command(after_help = "\
These are worse: newly failing, lost coverage (a trial or client that is gone), newly skipped (also: known to fail), and slower (more \
than twice as long and more than 500 ms longer). These are listed, but not worse: fails otherwise, changed bytes (both passed, because \
the expectation changed too), mended, new coverage.

Exit status: 0 nothing is worse, 1 something is worse, 2 a report cannot be read.")]
pub(super) struct DiffArgs {
    /// The format of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The earlier report: its folder, or its report.json
    old: PathBuf,
    /// The later report
    new: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// For a pull request
    Markdown,
    /// For other programs
    Json,
}

pub(super) fn diff(args: &DiffArgs) -> Result<Status, CommandError> {
    let changes = Changes::between(&Report::read(&args.old)?, &Report::read(&args.new)?);
    match args.format {
        Format::Text => print(&changes::text(&changes))?,
        Format::Markdown => print_raw(&changes::markdown(&changes))?,
        Format::Json => print_raw(&(serde_json::to_string_pretty(&changes)? + "\n"))?,
    }
    Ok(if changes.worse { Status::Failed } else { Status::Good })
}
