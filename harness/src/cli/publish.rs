//! Where the views of a report go when nobody asks for one: beside it, and to GitHub where a workflow runs this.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::terminal::{in_a_workflow, print, print_prose, print_raw, width};
use super::{CommandError, Status};
use crate::report::{JUNIT_FILE, PAGE_FILE, Report};
use crate::view::{annotations, html, junit, markdown, text};

/// Names the file that GitHub shows as the summary of a step.
const SUMMARY_VARIABLE: &str = "GITHUB_STEP_SUMMARY";

/// Tells everyone of a report that was just made, and says how that went.
pub fn publish(report: &Report, folder: &Path, quiet: bool) -> Result<Status, CommandError> {
    write_views(report, folder)?;
    print_prose(&if quiet { text::troubles(report) } else { format!("\n{}", text::details(report, width())) })?;
    print(&format!("{}; report: {}\n", text::outcome(report), folder.join(PAGE_FILE).display()))?;
    tell_github(report)?;
    Ok(Status::of(report))
}

/// Writes the views that belong beside a report.
pub fn write_views(report: &Report, folder: &Path) -> Result<(), CommandError> {
    write(&folder.join(PAGE_FILE), &html::render(report)?)?;
    write(&folder.join(JUNIT_FILE), &junit::render(report)?)
}

/// Writes a file, with an error that names it.
pub fn write(path: &Path, text: &str) -> Result<(), CommandError> {
    fs::write(path, text).map_err(|error| format!("write {}: {error}", path.display()).into())
}

/// Annotates what failed, and appends to the summary of the step.
fn tell_github(report: &Report) -> Result<(), CommandError> {
    if let Some(path) = std::env::var_os(SUMMARY_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from) {
        append_summary(report, &path).map_err(|error| format!("append to the summary {}: {error}", path.display()))?;
    }
    if in_a_workflow() {
        print_raw(&annotations::render(report, &root()?))?;
    }
    Ok(())
}

/// The folder that the names of files in annotations are relative to.
pub fn root() -> Result<PathBuf, CommandError> {
    match std::env::var_os("GITHUB_WORKSPACE").filter(|path| !path.is_empty()) {
        Some(path) => Ok(path.into()),
        None => Ok(std::env::current_dir()?),
    }
}

fn append_summary(report: &Report, path: &Path) -> std::io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    let already = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    writeln!(file, "{}", markdown::render(report, markdown::MOST.saturating_sub(already)))
}
