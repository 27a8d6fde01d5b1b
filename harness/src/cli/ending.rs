//! How a capture ended that was read to where it is true.

use std::path::Path;

use samewire_recorder::Completeness;

use crate::cli::Status;
use crate::cli::terminal::note;
use crate::printable::line;

/// How a capture ended.
pub(in crate::cli) enum Ending {
    Whole,
    /// The recorder was stopped hard, or still records.
    Unfinished {
        last: u64,
    },
    CutOff {
        line: u64,
    },
    Damaged(String),
}

impl Ending {
    /// That of a capture of which `line` was read last.
    pub(in crate::cli) fn of(damage: Option<String>, completeness: Option<Completeness>, line: u64) -> Self {
        match (damage, completeness) {
            (Some(damage), _) => Self::Damaged(damage),
            (None, Some(Completeness::Unfinished)) => Self::Unfinished { last: line - 1 },
            (None, Some(Completeness::CutOff { line })) => Self::CutOff { line },
            (None, Some(Completeness::Whole) | None) => Self::Whole,
        }
    }

    /// Says so on stderr; `done` is what became of all before it.
    pub(in crate::cli) fn conclude(&self, path: &Path, done: &str) -> Status {
        let (said, status) = match self {
            Self::Damaged(damage) => (format!("is damaged: {damage}; everything before that line is {done}"), Status::Unusable),
            Self::Unfinished { last } => {
                (format!("has no end after line {last}: the recorder was killed, or is still recording"), Status::Good)
            }
            Self::CutOff { line } => (format!("is cut off in line {line}; everything before that line is {done}"), Status::Good),
            Self::Whole => return Status::Good,
        };
        // A damaged line is quoted by what is wrong with it, and says what it likes.
        note(&format!("samewire: {} {}\n", line(&path.display().to_string()), line(&said)));
        status
    }
}
