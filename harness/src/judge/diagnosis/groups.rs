//! The octets of each group in another order: colours of three octets, numbers of a long array.

use super::sides::Sides;
use super::stretch::{Border, Stretch};
use super::walk::Fit;
use super::{Finding, Spot};

/// The octets of a group, in another order.
struct Order {
    /// The cause.
    name: &'static str,
    /// Where each octet comes from.
    from: &'static [usize],
    /// What such groups usually are.
    meaning: &'static str,
    /// So many groups that differ, at the least: fewer are told as what each of them is.
    least: usize,
}

const ORDERS: [Order; 8] = [
    mixed(&[2, 1, 0], "as BGR for RGB"),
    mixed(&[2, 1, 0, 3], "the first three only, as BGRA for RGBA"),
    mixed(&[0, 3, 2, 1], "the last three only, as ABGR for ARGB"),
    mixed(&[3, 0, 1, 2], "the last octet first"),
    mixed(&[1, 2, 3, 0], "the first octet last"),
    reversed(&[1, 0], "numbers of 16 bits"),
    reversed(&[3, 2, 1, 0], "numbers of 32 bits"),
    reversed(&[7, 6, 5, 4, 3, 2, 1, 0], "numbers of 64 bits"),
];

/// The cause of an order that is no number's.
const MIXED: &str = "groups-reordered";

const fn mixed(from: &'static [usize], meaning: &'static str) -> Order {
    Order { name: MIXED, from, meaning, least: 4 }
}

const fn reversed(from: &'static [usize], meaning: &'static str) -> Order {
    Order { name: "byte-order-swapped", from, meaning, least: 40 }
}

/// What a group tells, and the most of them, in bits.
const GROUP: (i32, usize) = (8, 1000);

/// Everything that differs is of groups that came with their octets in one other order.
pub(super) fn find(sides: Sides<'_>) -> Option<Finding> {
    if sides.changes.is_empty() || sides.expected.len() != sides.captured.len() {
        return None;
    }
    // Lined up octets may part elsewhere than octets that have the same offset.
    let start = sides.expected.iter().zip(sides.captured).position(|(one, other)| one != other)?;
    let left = sides.expected.iter().rev().zip(sides.captured.iter().rev()).position(|(one, other)| one != other)?;
    let end = sides.expected.len() - left;
    ORDERS.iter().find_map(|order| {
        let begins = (0..order.from.len()).filter_map(|back| start.checked_sub(back));
        let held = begins.filter_map(|start| Some((start, differing(sides, order.from, start, end)?)));
        let (start, differing) = held.filter(|(_, differing)| *differing >= order.least).max_by_key(|held| held.1)?;
        // Where the groups are just the other way round, it is the order of a number's octets, and other rules know which number.
        let is_number =
            order.name == MIXED && ORDERS.iter().any(|other| other.reverses(order) && is_so(sides, other, start, end));
        if is_number {
            return None;
        }
        Some(finding(sides, order, (start, end), differing))
    })
}

fn is_so(sides: Sides<'_>, order: &Order, start: usize, end: usize) -> bool {
    differing(sides, order.from, start, end).is_some()
}

impl Order {
    /// Whether this has octets of groups as large in their opposite order.
    fn reverses(&self, other: &Self) -> bool {
        self.name != MIXED && self.from.len() == other.from.len()
    }
}

/// How many groups differ, if all between are so.
fn differing(sides: Sides<'_>, order: &[usize], start: usize, end: usize) -> Option<usize> {
    let end = start + (end - start).next_multiple_of(order.len());
    let groups = sides.expected.get(start..end)?.chunks(order.len()).zip(sides.captured.get(start..end)?.chunks(order.len()));
    let mut differing = 0;
    for (was, is) in groups {
        if !order.iter().zip(is).all(|(from, octet)| was[*from] == *octet) {
            return None;
        }
        differing += usize::from(was != is);
    }
    Some(differing)
}

fn finding(sides: Sides<'_>, order: &Order, (start, end): (usize, usize), differing: usize) -> Finding {
    let size = order.from.len();
    let both = (start, start + (end - start).next_multiple_of(size));
    let stretch = Stretch { border: Border::Field, changes: (0, sides.changes.len()), expected: both, captured: both };
    let spot = Spot::of(&stretch, None);
    let detail = format!("{spot}, in groups of {size}: {}", order.meaning);
    let bits = GROUP.0 * differing.min(GROUP.1) as i32;
    Finding { spots: vec![spot], bits, ..Finding::new(order.name).fit(Fit::InPlaces).detail(detail) }
}
