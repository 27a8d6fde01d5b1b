//! A change: octets that differ, on both sides.

use std::ops::Range;

/// Octets that were expected and those that came in their stead. Either may be none, and never both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub expected: Range<usize>,
    pub captured: Range<usize>,
}

impl Change {
    /// How many columns it takes to draw it.
    pub fn width(&self) -> usize {
        self.expected.len().max(self.captured.len())
    }

    /// The same change, where both sides begin further back.
    pub(super) fn moved(self, expected: usize, captured: usize) -> Self {
        let moved = |range: Range<usize>, by: usize| range.start + by..range.end + by;
        Self { expected: moved(self.expected, expected), captured: moved(self.captured, captured) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.width() == 0
    }

    /// Whether as many octets came as were expected.
    pub(super) fn is_even(&self) -> bool {
        self.expected.len() == self.captured.len()
    }

    /// Whether it only adds octets, or only loses some.
    pub(super) fn is_one_sided(&self) -> bool {
        self.expected.is_empty() || self.captured.is_empty()
    }
}
