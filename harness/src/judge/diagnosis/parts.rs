//! The last octets of each part of a message, where parts end with the same octet.

use super::sides::Sides;
use super::stretch::Stretch;
use super::walk::Fit;
use super::{Finding, Spot};
use crate::judge::align::Change;
use crate::printable::counted;

/// The most octets that a part loses.
const MOST: usize = 2;

/// What a part tells that lost as many octets at the same place, in bits.
const PART: i32 = 6;

/// Each part, or each but the first, came without its last octets.
pub(super) fn find(sides: Sides<'_>) -> Option<Finding> {
    let lost = sides.changes.first()?.expected.len();
    let end = *sides.expected.get(sides.changes.first()?.expected.end)?;
    let is_lost = |change: &Change| {
        let before = sides.expected.get(change.expected.start.wrapping_sub(1));
        let is_last = sides.expected.get(change.expected.end) == Some(&end) && before.is_some_and(|octet| *octet != end);
        is_last && change.captured.is_empty() && change.expected.len() == lost
    };
    // A delimiter that ends other parts as well, which are whole, ends none of these.
    let whole = sides.expected.iter().filter(|octet| **octet == end).count().saturating_sub(sides.changes.len());
    let text = |octets: &[u8]| octets.iter().all(|octet| octet.is_ascii_whitespace() || *octet == 0);
    let is_told = sides.changes.iter().any(|change| !text(&sides.expected[change.expected.clone()]));
    if sides.changes.len() < 2 || !(1..=MOST).contains(&lost) || whole > 1 || !is_told || !sides.changes.iter().all(is_lost) {
        return None;
    }
    let spots: Vec<Spot> = sides.changes.iter().map(|change| Spot::of(&Stretch::exact(change), None)).collect();
    let detail = format!("{}, and in {} more", spots[0], counted(spots.len() - 1, "place"));
    let bits = PART * spots.len() as i32;
    Some(Finding { spots, bits, ..Finding::new("last-octet-lost").fit(Fit::InPlaces).detail(detail) })
}
