//! `samewire merge`: the reports of shards, machines and languages as one.

use std::path::{Path, PathBuf};

use clap::Args;

use super::carried::{apart, copy_files};
use super::publish;
use super::{CommandError, Status};
use crate::report::{Folder, Report};
use crate::run::finish;
use crate::run::merge::{Part, merge as merged};
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
    copy_files(&mut merged.report, &merged.files, &folder)?;
    publish::publish(finish(&folder, merged.report), &folder, false, Absent::LeftOut)
}

fn read(folder: &Path) -> Result<Part, CommandError> {
    Ok(Part { folder: folder.to_owned(), report: Report::read(folder)? })
}
