//! How a client ended, as a report says it.

use serde::{Deserialize, Serialize};

use crate::judge::end::End;

/// How a client ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Exit {
    /// By itself, with this status.
    Status(i32),
    /// By this signal.
    Signal(i32),
    /// It was ended: its time was up.
    TimedOut,
    /// It was told to end, since all that was expected of it had come.
    Enough {
        /// Whether it did not end when it was told to, and was killed.
        was_killed: bool,
    },
    /// It was ended: its time was up, and this signal had stopped it.
    Stopped(i32),
    /// It was ended: the run was stopped.
    Interrupted,
    /// A person started it, and nobody told us.
    Unknown,
}

impl From<End> for Exit {
    fn from(end: End) -> Self {
        match end {
            End::Exit(status) => Self::Status(status),
            End::Signal(signal) => Self::Signal(signal),
            End::TimedOut => Self::TimedOut,
            End::Enough { was_killed } => Self::Enough { was_killed },
            End::Stopped(signal) => Self::Stopped(signal),
            End::Interrupted => Self::Interrupted,
            End::Unknown => Self::Unknown,
        }
    }
}
