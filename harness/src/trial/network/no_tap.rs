//! Where no packets can be read as they pass.

use std::convert::Infallible;
use std::io::Write;

/// Octets of packets that one recording keeps.
pub const MOST_RECORDED: u64 = 0;

/// Reads no packets.
#[derive(Debug)]
pub struct Tap;

/// Where packets would be read.
#[derive(Debug, Clone, Copy)]
pub enum Interface {
    /// At loopback.
    Loopback,
    /// At all.
    All,
}

/// What would be recorded.
pub struct Begin {
    /// What would be written to.
    pub out: Box<dyn Write + Send>,
    /// The program that the file would say it is of.
    pub program: String,
    /// How much.
    pub most: u64,
    /// Whether at once.
    pub is_live: bool,
}

/// What was recorded: nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Recorded {
    /// Packets that were written.
    pub packets: u64,
    /// Packets that the kernel dropped.
    pub dropped: u64,
    /// Packets that were not written.
    pub left_out: u64,
}

/// Packets cannot be read here.
#[derive(Debug, thiserror::Error)]
#[error("packets are recorded on Linux alone")]
pub struct TapError;

impl TapError {
    /// Whether it takes a privilege: it does not help.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        false
    }
}

impl Tap {
    /// Reads nothing.
    ///
    /// # Errors
    /// Always.
    pub fn start(_: Infallible, _: Interface) -> Result<Self, TapError> {
        Err(TapError)
    }

    /// Reads nothing.
    ///
    /// # Errors
    /// Always.
    pub fn of_machine(_: &[u16]) -> Result<Self, TapError> {
        Err(TapError)
    }

    /// Records nothing.
    ///
    /// # Errors
    /// Always.
    pub fn begin(&self, _: Begin) -> Result<(), TapError> {
        Err(TapError)
    }

    /// Has recorded nothing.
    ///
    /// # Errors
    /// Always.
    pub fn finish(&self) -> Result<Recorded, TapError> {
        Err(TapError)
    }
}
