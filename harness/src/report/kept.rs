//! The files that a report names, which lie beside it: captures, and packets.

use std::path::{Path, PathBuf};

use super::{Report, TrialReport};

/// What is kept of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Its capture.
    Capture,
    /// The packets that the capture was held against.
    Packets,
}

/// A file that is to be in the folder of another report.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Moved {
    /// Its trial: an index into [`Report::trials`].
    pub trial: usize,
    /// What of it.
    pub kept: Kept,
    /// The folder of its report.
    pub part: PathBuf,
    /// Where it is, in there.
    pub from: PathBuf,
}

impl Kept {
    /// All there is.
    pub(crate) const ALL: [Self; 2] = [Self::Capture, Self::Packets];

    /// The path that a report has of it.
    pub(crate) fn path(self, trial: &mut TrialReport) -> Option<&mut PathBuf> {
        match self {
            Self::Capture => trial.capture.as_mut(),
            Self::Packets => trial.packets.as_mut()?.file.as_mut(),
        }
    }

    /// Takes that path away from a report: the file did not come along with it.
    pub(crate) fn lose(self, trial: &mut TrialReport) {
        match (self, &mut trial.packets) {
            (Self::Capture, _) => (trial.capture, trial.capture_dropped) = (None, true),
            (Self::Packets, Some(packets)) => packets.file = None,
            (Self::Packets, None) => {}
        }
    }
}

/// The files of a report that lies in a folder.
pub(crate) fn files(report: &mut Report, folder: &Path) -> Vec<Moved> {
    let mut files = Vec::new();
    for (index, trial) in report.trials.iter_mut().enumerate() {
        for kept in Kept::ALL {
            files.extend(kept.path(trial).map(|path| Moved { trial: index, kept, part: folder.to_owned(), from: path.clone() }));
        }
    }
    files
}
