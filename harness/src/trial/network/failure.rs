//! What failed in a process of ours, in words that can be sent to another.

use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

/// What was being done when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Step {
    /// Starting this program again.
    Start,
    /// Making a user namespace.
    MakeUser,
    /// Mapping the own id into it.
    MapIds,
    /// Making a network namespace.
    MakeNetwork,
    /// Giving the network's loopback its addresses.
    Loopback,
    /// Looking at what the network has from the start.
    Look,
    /// Opening a socket in the network.
    Open,
    /// Asking the door.
    Ask,
    /// Finding the namespaces of a door.
    FindDoor,
    /// Entering a user namespace.
    EnterUser,
    /// Entering a network namespace.
    EnterNetwork,
    /// Making a mount namespace that nobody else sees.
    MakeMounts,
    /// Putting a file in the place of another.
    Bind,
    /// Giving a signal its usual effect.
    Signals,
    /// Executing the client: the one step that is the client's own.
    Execute,
}

/// A step that failed, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{step}: {}", io::Error::from_raw_os_error(*.errno))]
pub struct Failure {
    /// What was being done.
    pub step: Step,
    /// The operating system's number of the error.
    pub errno: i32,
}

impl Failure {
    /// What the operating system said.
    #[must_use]
    pub fn source(&self) -> io::Error {
        io::Error::from_raw_os_error(self.errno)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "start this program again",
            Self::MakeUser => "make a user namespace",
            Self::MapIds => "map the own id into a user namespace",
            Self::MakeNetwork => "make a network namespace",
            Self::Loopback => "set up a network's loopback",
            Self::Look => "look at a network",
            Self::Open => "open a socket in a network",
            Self::Ask => "ask a network's door",
            Self::FindDoor => "find a network's namespaces",
            Self::EnterUser => "enter a network's user namespace",
            Self::EnterNetwork => "enter a network",
            Self::MakeMounts => "make a mount namespace",
            Self::Bind => "put a file in the place of another",
            Self::Signals => "give SIGPIPE its usual effect",
            Self::Execute => "execute the client",
        })
    }
}
