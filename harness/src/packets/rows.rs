//! The packets of a connection as a table for people.

use super::clock::Clock;
use super::direction::Direction;
use super::limits::Limits;
use super::segment::Flags;
use super::sizes::Sizes;

/// One packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// When it passed, in nanoseconds since 1970.
    pub stamp_ns: i64,
    /// Which way it went.
    pub direction: Direction,
    /// What it says beside its data.
    pub flags: Flags,
    /// The number of its first octet, counted from its sender's SYN; `None` where that was not seen.
    pub sequence: Option<u64>,
    /// The number that its sender expects next, counted from the other side's SYN.
    pub acknowledged: Option<u64>,
    /// What is data and what is header.
    pub sizes: Sizes,
}

/// At most [`Limits::ROWS`] packets of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows {
    /// The first.
    pub first: Vec<Row>,
    /// How many are left out behind them.
    pub left_out: u64,
    /// The last.
    pub last: Vec<Row>,
}

impl Rows {
    /// At most so many of them: the first half and the last.
    pub(super) fn at_most(self, most: usize) -> Self {
        let most = most.min(Limits::ROWS);
        let kept = self.first.len() + self.last.len();
        if kept <= most {
            return self;
        }
        let both: Vec<Row> = self.first.into_iter().chain(self.last).collect();
        let (head, tail) = (most.div_ceil(2), most / 2);
        let left_out = self.left_out + (kept - most) as u64;
        Self { first: both[..head].to_vec(), left_out, last: both[kept - tail..].to_vec() }
    }
}

impl Row {
    /// Microseconds since the start of a capture; negative where it passed before.
    #[must_use]
    pub fn at_us(&self, clock: Clock) -> i64 {
        clock.at_us(self.stamp_ns)
    }
}
