//! Where what would have been right and what came part. Pure.

use std::ops::Range;

/// Octets that would have been right, and those that came in their stead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The ones.
    pub expected: Range<usize>,
    /// The others.
    pub captured: Range<usize>,
    /// Whether nobody can say what would have been right, only that this is not: the octets differ though they vary.
    pub varies: bool,
}
