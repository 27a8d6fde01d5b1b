//! How often each octet was expected and came, which tells at once that some rules cannot hold.

use std::cmp::Ordering;

/// What gates are told of both sides.
#[derive(Debug, Clone)]
pub(super) struct Counted {
    /// Whether more octets came than were expected, fewer, or as many.
    came: Ordering,
    /// Whether some that were expected are beyond ASCII.
    beyond_ascii: bool,
    /// How many more of each octet came than were expected.
    gained: [i64; 256],
}

impl Counted {
    pub(super) fn of(expected: &[u8], captured: &[u8]) -> Self {
        let mut gained = [0; 256];
        captured.iter().for_each(|octet| gained[usize::from(*octet)] += 1);
        expected.iter().for_each(|octet| gained[usize::from(*octet)] -= 1);
        Self { came: captured.len().cmp(&expected.len()), beyond_ascii: !expected.is_ascii(), gained }
    }

    /// As if octets had not been expected, and may come or not.
    pub(super) fn without(&mut self, octets: &[u8]) {
        octets.iter().for_each(|octet| self.gained[usize::from(*octet)] += 1);
    }

    pub(super) fn came(&self) -> Ordering {
        self.came
    }

    pub(super) fn is_beyond_ascii(&self) -> bool {
        self.beyond_ascii
    }

    /// How many more of these octets came than were expected.
    pub(super) fn gained(&self, octets: &[u8]) -> i64 {
        octets.iter().map(|octet| self.gained[usize::from(*octet)]).sum()
    }
}
