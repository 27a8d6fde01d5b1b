//! What is recorded of a network's packets: where, into what, and how many.

use std::io::Write;

/// Octets of packets that one recording keeps. Those of more are counted, and said to be missing.
pub const MOST_RECORDED: u64 = 256 << 20;

/// Where packets are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interface {
    /// At loopback, each once.
    Loopback,
    /// At all that have Ethernet's headers, loopback among them.
    All,
}

/// What is recorded from now on, and where to.
pub struct Begin {
    /// What is written to, in large pieces.
    pub out: Box<dyn Write + Send>,
    /// The program that the file says it is of.
    pub program: String,
    /// Octets of packets that are kept; [`MOST_RECORDED`] of a trial.
    pub most: u64,
    /// Whether packets are to be written as soon as they are read, not only in large pieces.
    pub is_live: bool,
}

/// What was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recorded {
    /// Packets that were written.
    pub packets: u64,
    /// Packets that the kernel dropped, since nobody read them in time.
    pub dropped: u64,
    /// Packets that were not written, since there were too many octets.
    pub left_out: u64,
}
