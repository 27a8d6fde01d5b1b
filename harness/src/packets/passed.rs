//! The packets of all connections in one list, in the order in which they passed.

use super::assembly::Assembly;
use super::limits::Limits;
use super::rows::Row;

/// At most [`Limits::ROWS`] packets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Passed {
    /// The first, each with the place of its connection in [`Assembly::connections`].
    pub first: Vec<(usize, Row)>,
    /// How many are left out behind them.
    pub left_out: u64,
    /// The last.
    pub last: Vec<(usize, Row)>,
}

impl Passed {
    /// Those of a trial, or of a file.
    #[must_use]
    pub fn of(packets: &Assembly) -> Self {
        let (mut kept, mut left_out) = (Vec::new(), 0);
        for (place, connection) in packets.connections.iter().enumerate() {
            let rows = connection.rows(Limits::ROWS);
            left_out += rows.left_out;
            kept.extend(rows.first.into_iter().chain(rows.last).map(|row| (place, row)));
        }
        // Stable: what has one stamp stays in the order of its connection.
        kept.sort_by_key(|(_, row)| row.stamp_ns);
        if kept.len() <= Limits::ROWS && left_out == 0 {
            return Self { first: kept, left_out, last: Vec::new() };
        }
        // Each connection keeps as many of its first and of its last.
        let first = kept.len().min(Limits::ROWS / 2);
        let last = kept.split_off(first);
        let skipped = last.len().saturating_sub(Limits::ROWS / 2);
        Self { first: kept, left_out: left_out + skipped as u64, last: last[skipped..].to_vec() }
    }
}
