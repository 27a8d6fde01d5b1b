//! Where the views of a report go when nobody asks for one: beside it, and to GitHub where a workflow runs this.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::terminal::{in_a_workflow, print, print_prose, print_raw, width};
use super::{CommandError, Status};
use crate::printable::line;
use crate::report::{Folder, JUNIT_FILE, PAGE_FILE, Report, replace_with};
use crate::run::RunError;
use crate::suite::config::Config;
use crate::view::annotations::{self, Places};
use crate::view::matrix::Absent;
use crate::view::{html, junit, markdown, text};

/// Names the file that GitHub shows as the summary of a step.
const SUMMARY_VARIABLE: &str = "GITHUB_STEP_SUMMARY";

/// Tells everyone of a report that was just made, and says how that went. It is told also where it could not be written.
pub(super) fn publish(
    made: Result<Report, RunError>,
    folder: &Folder,
    quiet: bool,
    absent: Absent,
) -> Result<Status, CommandError> {
    let (report, written) = found(made)?;
    let written = written.and_then(|()| write_views(&report, folder));
    print_prose(&if quiet { text::troubles(&report) } else { format!("\n{}", text::details(&report, width(), absent)) })?;
    let page = written.as_ref().map(|()| format!("; report: {}", line(&folder.path().join(PAGE_FILE).display().to_string())));
    print(&format!("{}{}\n", text::outcome(&report), page.unwrap_or_default()))?;
    tell_github(&report)?;
    written.map(|()| Status::of(&report))
}

/// The report that was made, and whether it is in its folder.
pub(super) fn found(made: Result<Report, RunError>) -> Result<(Report, Result<(), CommandError>), CommandError> {
    match made {
        Ok(report) => Ok((report, Ok(()))),
        Err(error) => {
            let said = error.to_string();
            match error {
                RunError::Unwritten { report, .. } => Ok((*report, Err(said.into()))),
                RunError::Folder(_) => Err(said.into()),
            }
        }
    }
}

/// Writes the views that belong beside a report.
pub(super) fn write_views(report: &Report, folder: &Folder) -> Result<(), CommandError> {
    folder.write_view(PAGE_FILE, |file| html::write(report, file))?;
    let junit = junit::render(report)?;
    Ok(folder.write_view(JUNIT_FILE, |file| file.write_all(junit.as_bytes()))?)
}

/// Writes a file, with an error that names it. What was there stays until the new one is whole.
pub(super) fn write(path: &Path, text: &str) -> Result<(), CommandError> {
    write_with(path, |file| file.write_all(text.as_bytes()))
}

/// As [`write`], with what is written as it is made.
pub(super) fn write_with(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CommandError> {
    replace_with(path, write).map_err(|error| format!("cannot write {}: {error}", path.display()).into())
}

/// Annotates what failed, and appends to the summary of the step.
fn tell_github(report: &Report) -> Result<(), CommandError> {
    if let Some(path) = std::env::var_os(SUMMARY_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from) {
        append_summary(report, &path).map_err(|error| format!("cannot append to the summary {}: {error}", path.display()))?;
    }
    if in_a_workflow() {
        print_raw(&annotations::render(report, &places()?))?;
    }
    Ok(())
}

/// Where the files are that a report names, and the folder that GitHub wants to see them from.
pub(super) fn places() -> Result<Places, CommandError> {
    let current = std::env::current_dir()?;
    let root = std::env::var_os("GITHUB_WORKSPACE").filter(|path| !path.is_empty()).map(PathBuf::from);
    let root = root.unwrap_or_else(|| current.clone());
    Ok(Places { root, base: Config::find(&current).map_or(current, |config| config.folder) })
}

fn append_summary(report: &Report, path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    let already = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    writeln!(file, "{}", markdown::render(report, markdown::MOST.saturating_sub(already)))
}
