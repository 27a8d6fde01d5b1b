//! What reading packets may cost at most.

/// How much of a file of packets is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Octets of all streams together. A connection that would pass it is not kept, and says so.
    pub octets: usize,
    /// Connections; the segments of any further are counted.
    pub connections: usize,
    /// Rows of all connections' tables together.
    pub rows: usize,
}

impl Limits {
    /// Rows of one connection's table: the first half and the last.
    pub const ROWS: usize = 200;

    /// What a piece that came out of order costs beside its octets.
    pub(super) const PIECE: usize = 96;
}

impl Default for Limits {
    /// 512 MiB, 65 536 connections, 65 536 rows.
    fn default() -> Self {
        Self { octets: 512 << 20, connections: 1 << 16, rows: 1 << 16 }
    }
}

/// What is left of a limit.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn of(most: usize) -> Self {
        Self(most)
    }

    /// Takes so much; `false` where it is not there.
    pub(super) fn take(&mut self, count: usize) -> bool {
        let left = self.0.checked_sub(count);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }

    pub(super) fn give_back(&mut self, count: usize) {
        self.0 = self.0.saturating_add(count);
    }
}
