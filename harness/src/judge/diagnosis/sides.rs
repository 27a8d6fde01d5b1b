//! Both sides of a connection, lined up: which offsets belong together.

use crate::judge::align::Change;
#[cfg(test)]
use crate::judge::align::{self, Pattern};

/// Both sides of a connection, lined up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides<'a> {
    pub expected: &'a [u8],
    pub captured: &'a [u8],
    /// What differs, in order; between two changes both sides are the same.
    pub changes: &'a [Change],
}

impl Sides<'_> {
    /// Whether what is before both offsets belongs together, and so does what is behind them.
    pub(super) fn meet(self, at: usize, came: usize) -> bool {
        let next = self.changes.partition_point(|change| change.expected.end < at);
        let touching = self.changes[next..].iter().take_while(|change| change.expected.start <= at);
        let mut is_touched = false;
        for change in touching {
            is_touched = true;
            let begins = (change.expected.start, change.captured.start) == (at, came);
            if begins || (change.expected.end, change.captured.end) == (at, came) {
                return true;
            }
        }
        let before =
            next.checked_sub(1).map_or((0, 0), |last| (self.changes[last].expected.end, self.changes[last].captured.end));
        !is_touched && at <= self.expected.len() && at.checked_sub(before.0) == came.checked_sub(before.1)
    }
}

/// What a rule makes of two runs of octets that are lined up.
#[cfg(test)]
pub(super) fn lined_up<T>(expected: &[u8], captured: &[u8], rule: impl FnOnce(Sides<'_>) -> T) -> T {
    let changes = align::finest(Pattern { octets: expected, masks: &[], refused: &[] }, captured);
    rule(Sides { expected, captured, changes: &changes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_meet_outside_of_changes_and_on_both_sides_of_them() {
        let changes = [Change { expected: 2..3, captured: 2..5 }, Change { expected: 5..5, captured: 7..8 }];
        let sides = Sides { expected: b"abcdefg", captured: b"abXXXdeYfg", changes: &changes };
        for pair in [(0, 0), (2, 2), (3, 5), (4, 6), (5, 7), (5, 8), (6, 9), (7, 10)] {
            assert!(sides.meet(pair.0, pair.1), "{pair:?}");
        }
        for pair in [(1, 0), (3, 3), (2, 5), (5, 9), (8, 11), (6, 8)] {
            assert!(!sides.meet(pair.0, pair.1), "{pair:?}");
        }
    }
}
