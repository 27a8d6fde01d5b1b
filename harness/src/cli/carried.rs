//! Files that go along with a report into another folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::CommandError;
use super::terminal::note;
use crate::printable::{counted, line};
use crate::report::kept::{Kept, Moved};
use crate::report::{Folder, Report, file_of};

/// The folder of a report is cleared first, so nothing that goes into it may be in it.
pub(super) fn apart(parts: &[PathBuf], out: &Path) -> Result<(), CommandError> {
    let Ok(folder) = out.canonicalize() else { return Ok(()) };
    match parts.iter().find(|part| part.canonicalize().is_ok_and(|part| part.starts_with(&folder))) {
        Some(part) => {
            Err(format!("{} is inside {}, which would be replaced; name another folder", part.display(), out.display()).into())
        }
        None => Ok(()),
    }
}

/// Copies what is there. A file that its report names and that did not come along with it is said.
pub(super) fn copy_files(report: &mut Report, files: &[Moved], folder: &Folder) -> Result<(), CommandError> {
    let mut lost = Vec::new();
    for Moved { trial, kept, part, from } in files {
        let trial = &mut report.trials[*trial];
        let Some(path) = kept.path(trial) else { continue };
        let to = folder.capture(path).map_err(|error| format!("cannot make the folder of {}: {error}", path.display()))?;
        let shown = part.join(from);
        match file_of(part, from).and_then(|file| fs::copy(file, &to)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                kept.lose(trial);
                lost.push((*kept, shown));
            }
            other => other.map(drop).map_err(|error| format!("cannot copy {} to {}: {error}", shown.display(), to.display()))?,
        }
    }
    for (what, of) in [("capture", Kept::Capture), ("packet file", Kept::Packets)] {
        let lost: Vec<&PathBuf> = lost.iter().filter(|(kept, _)| *kept == of).map(|(_, from)| from).collect();
        say_lost(what, &lost);
    }
    Ok(())
}

fn say_lost(what: &str, lost: &[&PathBuf]) {
    if let Some(first) = lost.first() {
        let (count, first) = (counted(lost.len(), what), line(&first.display().to_string()));
        note(&format!("{count} not beside the report that names it, so left out: {first}{}\n", more(lost.len())));
    }
}

/// That there are more than the one that is named.
fn more(count: usize) -> String {
    if count < 2 { String::new() } else { format!(" and {} more", count - 1) }
}
