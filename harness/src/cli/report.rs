//! `samewire report`: another view of a report that is there.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::publish::{places, write};
use super::terminal::{print_prose, print_raw, width};
use super::{CommandError, Status};
use crate::report::Report;
use crate::view::matrix::Absent;
use crate::view::{annotations, html, junit, markdown, text};

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// The format to show it in
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write to this file [default: stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// With --format text: include missing clients in the matrix
    #[arg(long)]
    show_missing: bool,
    /// The report: its folder, or its report.json
    from: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// What a run prints at the end
    Text,
    /// A page for a browser, in one file
    Html,
    /// For a pull request, or the summary of a workflow step
    Markdown,
    /// JUnit XML, for other programs
    Junit,
    /// GitHub annotations, as workflow commands
    Annotations,
    /// The report itself
    Json,
}

pub(super) fn report(args: &ReportArgs) -> Result<Status, CommandError> {
    let report = Report::read(&args.from)?;
    let view = match args.format {
        Format::Text => {
            format!("{}{}\n", text::details(&report, width(), Absent::shown(args.show_missing)), text::outcome(&report))
        }
        Format::Html => html::render(&report)?,
        Format::Markdown => markdown::render(&report, markdown::MOST),
        Format::Junit => junit::render(&report)?,
        Format::Annotations => annotations::render(&report, &places()?),
        Format::Json => serde_json::to_string_pretty(&report)? + "\n",
    };
    match &args.out {
        Some(path) => write(path, &anstream::adapter::strip_str(&view).to_string())?,
        None if args.format == Format::Text => print_prose(&view)?,
        None => print_raw(&view)?,
    }
    Ok(Status::Good)
}
