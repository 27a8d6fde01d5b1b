//! Where parts of both sides are.

use std::ops::Range;

/// Octets of both sides.
pub(in super::super) type Place = (Range<usize>, Range<usize>);

/// Where a part of octets is in them.
pub(super) fn place(part: &[u8], octets: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr().saturating_sub(octets.as_ptr().addr());
    start..start + part.len()
}
