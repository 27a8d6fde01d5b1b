//! What a run leaves: `report.json`, its types, how it is read back and what may be asked of it. Views are made of this alone.
//!
//! Owns the format and the folder of a report, and the sentences that all views share. Runs nothing, and lays out nothing for people:
//! that is `run` and `view`. Uses `trial`, `judge`, `client` and `suite`.

mod alike;
mod answers;
pub(crate) mod complaint;
mod conclusion;
mod exit;
mod failure;
mod folder;
mod in_words;
#[cfg(feature = "cli")]
pub(crate) mod kept;
mod mask;
mod messages;
mod outcome;
mod packets;
mod paths;
mod queries;
mod read;
#[allow(clippy::module_inception, reason = "the noun that the room is named after")]
mod report;
#[cfg(feature = "cli")]
pub(crate) mod schema;
mod sentence;
pub(crate) mod time_line;
pub(crate) mod traffic;
mod tree;
pub(crate) mod wording;

// What the types of a report are made of, for who reads one.
pub use crate::client::profile::Profile;
pub use crate::judge::agreement::Group;
pub use crate::judge::conversation::Answered;
pub use crate::judge::order::Breach;
pub use crate::judge::verdict::Verdict;
pub use crate::judge::weighing::{CommonCauses, Share};
pub use crate::suite::expectation::ExpectedExit;
pub use crate::trial::difference::Drawing;
pub use crate::trial::holders::{Holders, Process};
pub use crate::trial::packet_rows::{PacketRow, PacketRows};
pub use crate::trial::timeline::{Moment, Timeline};
pub use exit::Exit;
pub use failure::{Disagreement, Failure, Missing, NotRun, REQUIRED};
#[doc(hidden)]
#[cfg(feature = "cli")]
pub(crate) use folder::file_of;
pub use folder::{CAPTURES, Earlier, Folder, FolderError, LAST_RECORDING, LAST_SELECTION, replace, replace_with};
pub use mask::MaskReport;
pub use messages::{DifferenceReport, FieldReport, MessageReport, MessagesReport};
pub use packets::PacketsReport;
pub(crate) use paths::Told;
pub use read::ReadError;
pub use report::{
    Agreement, Carried, CaseReport, ClientReport, ClientStatus, FORMAT, JUNIT_FILE, KnownEntry, PAGE_FILE, REPORT_FILE, Report,
    Run, SelectionReport, ServerReport, TrialReport, VIEW_FILES,
};
