//! `samewire merge`: the reports of shards, machines and languages as one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use super::publish;
use super::terminal::note;
use super::{CommandError, Status};
use crate::printable::{counted, line};
use crate::report::{Folder, Report, file_of};
use crate::run::finish;
use crate::run::merge::{Kept, Merged, Moved, Part, merge as merged};
use crate::suite::config::Require;
use crate::view::matrix::Absent;

#[derive(Debug, Args)]
#[command(after_help = "\
On each platform, every planned trial must be in exactly one part. A trial whose client is missing on one machine gives way to the \
same trial on another machine of that platform. Parts of one platform may differ in --shard and --client, and may have other clients \
of the same suite, as those of several repositories do; docs/teams.md has the whole of it.

Exit status: 0 merged and nothing failed, 1 merged and something failed, 2 refused.")]
pub(super) struct MergeArgs {
    /// The folders of the reports
    #[arg(required = true, value_name = "DIR")]
    parts: Vec<PathBuf>,
    /// Clients that must be in the report: one of which there is no part, or which was missing, fails it; or `all` of those there are
    #[arg(long, value_name = "NAMES")]
    require: Option<String>,
    /// Where the merged report goes
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(super) fn merge(args: &MergeArgs) -> Result<Status, CommandError> {
    let parts = args.parts.iter().map(|folder| read(folder)).collect::<Result<Vec<_>, _>>()?;
    let require = args.require.as_deref().map(Require::parse).unwrap_or_default();
    let mut merged = merged(&parts, &require)?;
    apart(&args.parts, &args.out)?;
    let folder = Folder::claim(&args.out)?;
    copy_files(&mut merged, &folder)?;
    publish::publish(finish(&folder, merged.report), &folder, false, Absent::LeftOut)
}

fn read(folder: &Path) -> Result<Part, CommandError> {
    Ok(Part { folder: folder.to_owned(), report: Report::read(folder)? })
}

/// The folder of the merged report is cleared first, so no part may be in it.
fn apart(parts: &[PathBuf], out: &Path) -> Result<(), CommandError> {
    let Ok(folder) = out.canonicalize() else { return Ok(()) };
    match parts.iter().find(|part| part.canonicalize().is_ok_and(|part| part.starts_with(&folder))) {
        Some(part) => Err(format!(
            "{} is inside {}, which would be replaced; name another folder with --out",
            part.display(),
            out.display()
        )
        .into()),
        None => Ok(()),
    }
}

/// Copies what is there. A file that its report names and that did not come along with it is said.
fn copy_files(merged: &mut Merged, folder: &Folder) -> Result<(), CommandError> {
    let mut lost = Vec::new();
    for Moved { trial, kept, part, from } in &merged.files {
        let trial = &mut merged.report.trials[*trial];
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
