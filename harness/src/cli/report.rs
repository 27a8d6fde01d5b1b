//! `samewire report`: another view of a report that is there.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::carried::{apart, copy_files};
use super::publish::{places, write, write_views, write_with};
use super::terminal::{note, print_prose, print_raw, width};
use super::{CommandError, Status};
use crate::report::{Folder, Report, kept};
use crate::run::{KEPT_AS_IT_CAME, finish};
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
    /// Copy the report with its views and captures into this folder, as it may be given to others: where `redact` hides something,
    /// captures and packets stay behind
    #[arg(long, value_name = "DIR", conflicts_with_all = ["format", "out", "show_missing"])]
    publish: Option<PathBuf>,
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
    if let Some(folder) = &args.publish {
        return publish(report, &args.from, folder);
    }
    if let (Format::Html, Some(path)) = (args.format, &args.out) {
        write_with(path, |file| html::write(&report, file))?;
        return Ok(Status::Good);
    }
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

/// Copies a report, and of its files what may be given to others.
fn publish(mut report: Report, from: &Path, to: &Path) -> Result<Status, CommandError> {
    let folder = if from.is_dir() { from } else { from.parent().unwrap_or(from) };
    apart(&[folder.join(".")], to)?;
    let mut files = kept::files(&mut report, folder);
    if report.is_redacted() {
        files.drain(..).for_each(|file| file.kept.lose(&mut report.trials[file.trial]));
        report.remarks.retain(|remark| remark != KEPT_AS_IT_CAME);
        note("something is hidden in this report (`redact`), so captures and packets stay behind\n");
    }
    let folder = Folder::claim(to)?;
    copy_files(&mut report, &files, &folder)?;
    write_views(&finish(&folder, report)?, &folder)?;
    Ok(Status::Good)
}
