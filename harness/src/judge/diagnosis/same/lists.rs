//! Lists whose items came in another order: fields of a query, lines, columns.

use std::collections::HashMap;

use super::super::rule::Held;
use super::MOST_OCTETS;
use super::place::{Place, place};

/// What may stand between the items of a list.
const DELIMITERS: [&[u8]; 11] = [b"\r\n", b"\n", b"&", b"; ", b";", b", ", b",", b"\t", b"|", b"\0", b" "];

/// The same items in another order.
pub(super) fn reordered(expected: &[u8], captured: &[u8]) -> Vec<Held> {
    let name = columns(expected, captured).or_else(|| items(expected, captured));
    Held::together(name)
}

fn items(expected: &[u8], captured: &[u8]) -> Option<&'static str> {
    if expected.len() != captured.len() || expected.len() > MOST_OCTETS || !same_octets(expected, captured) {
        return None;
    }
    let (expected, captured) = without_same_end(expected, captured);
    let delimiter =
        DELIMITERS.into_iter().find(|delimiter| are_same_set(&split(expected, delimiter), &split(captured, delimiter)))?;
    Some(named(delimiter, &split(expected, delimiter), &split(captured, delimiter)))
}

/// Whether those that moved are lines or fields.
fn named(delimiter: &[u8], expected: &[&[u8]], captured: &[&[u8]]) -> &'static str {
    let is_line = delimiter.ends_with(b"\n");
    let is_field = |item: &[u8]| item.iter().any(|octet| matches!(octet, b'=' | b':'));
    let mut moved = expected.iter().zip(captured).filter(|(expected, captured)| expected != captured);
    let are_fields = !is_line || moved.all(|(expected, captured)| is_field(expected) && is_field(captured));
    if are_fields { "fields-reordered" } else { "lines-reordered" }
}

/// The most octets of a list in which some items differ.
const MOST_NEARLY: usize = 64 << 10;

/// The delimiters of such a list; between words there is too much.
const NEARLY: &[&[u8]] = DELIMITERS.split_at(9).0;

/// The most items that differ besides their order, and how many there are at the least for each of them.
const DIFFERING: (usize, usize) = (2, 3);

/// The fewest octets of an item that moved, for it to tell anything.
const LEAST_MOVED: usize = 4;

/// Items in another order, of which some differ besides, with the places of these.
pub(super) fn nearly(expected: &[u8], captured: &[u8]) -> Option<(Vec<Held>, Vec<Place>)> {
    if expected.len().max(captured.len()) > MOST_NEARLY {
        return None;
    }
    let (wanted, came) = without_same_end(expected, captured);
    let (delimiter, differing) = NEARLY.iter().find_map(|delimiter| {
        let (wanted, came) = (split(wanted, delimiter), split(came, delimiter));
        Some(((*delimiter, wanted.clone(), came.clone()), differing(&wanted, &came)?))
    })?;
    let name = named(delimiter.0, &delimiter.1, &delimiter.2);
    let places = differing.into_iter().map(|(one, other)| (place(one, expected), place(other, captured))).collect();
    Some((Held::together([name]), places))
}

/// Items that differ, of some that came in another order.
fn differing<'a>(expected: &[&'a [u8]], captured: &[&'a [u8]]) -> Option<Vec<(&'a [u8], &'a [u8])>> {
    if expected.len() != captured.len() || expected.len() < DIFFERING.1 {
        return None;
    }
    let mut places: HashMap<&[u8], Vec<usize>> = HashMap::new();
    captured.iter().enumerate().rev().for_each(|(at, item)| places.entry(item).or_default().push(at));
    let taken: Vec<Option<usize>> = expected.iter().map(|item| places.get_mut(item).and_then(Vec::pop)).collect();
    let mut free: Vec<usize> = places.into_values().flatten().collect();
    free.sort_unstable();
    if !(1..=DIFFERING.0).contains(&free.len()) || expected.len() < free.len() * DIFFERING.1 {
        return None;
    }
    let has_moved =
        |(at, taken): &(usize, &Option<usize>)| expected[*at].len() >= LEAST_MOVED && taken.is_some_and(|taken| taken != *at);
    // What little moved along with much that differs is no order of anything.
    if taken.iter().enumerate().filter(has_moved).count() < free.len() {
        return None;
    }
    let mut left = free.iter().copied();
    let order: Vec<usize> = taken.iter().filter_map(|at| at.or_else(|| left.next())).collect();
    let lost = expected.iter().zip(&taken).filter(|(_, at)| at.is_none()).map(|(item, _)| *item);
    let differing: Vec<(&[u8], &[u8])> = lost.zip(free.iter().map(|at| captured[*at])).collect();
    (!order.is_sorted() && differing.iter().all(|(one, other)| are_alike(one, other))).then_some(differing)
}

/// Whether at least half of two items is the same, at their ends.
fn are_alike(one: &[u8], other: &[u8]) -> bool {
    let start = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let end = one[start..].iter().rev().zip(other[start..].iter().rev()).take_while(|(one, other)| one == other).count();
    (start + end) * 2 >= one.len().max(other.len())
}

/// Whether each octet comes as often in both: cheap, and false of most.
fn same_octets(expected: &[u8], captured: &[u8]) -> bool {
    let mut counts = [0_i64; 256];
    expected.iter().for_each(|octet| counts[usize::from(*octet)] += 1);
    captured.iter().for_each(|octet| counts[usize::from(*octet)] -= 1);
    counts.iter().all(|count| *count == 0)
}

/// The end of a line belongs to no item.
fn without_same_end<'a>(expected: &'a [u8], captured: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let ends = [expected, captured].map(|octets| octets.len() - octets.trim_ascii_end().len());
    match ends {
        [one, other] if one == other => (expected.trim_ascii_end(), captured.trim_ascii_end()),
        _ => (expected, captured),
    }
}

pub(super) fn split<'a>(octets: &'a [u8], delimiter: &[u8]) -> Vec<&'a [u8]> {
    let mut items = Vec::new();
    let mut start = 0;
    for at in memchr::memmem::find_iter(octets, delimiter) {
        items.push(&octets[start..at]);
        start = at + delimiter.len();
    }
    items.push(&octets[start..]);
    items
}

/// The same items, of which there are several, and not the same order.
fn are_same_set(expected: &[&[u8]], captured: &[&[u8]]) -> bool {
    let sorted = |items: &[&[u8]]| {
        let mut items: Vec<Vec<u8>> = items.iter().map(|item| item.to_vec()).collect();
        items.sort_unstable();
        items
    };
    expected.len() > 1 && expected.len() == captured.len() && expected != captured && sorted(expected) == sorted(captured)
}

/// Of several lines, each with its columns in the same other order.
fn columns(expected: &[u8], captured: &[u8]) -> Option<&'static str> {
    if expected.len() != captured.len() || expected.len() > MOST_OCTETS || !expected.contains(&b'\n') {
        return None;
    }
    let moved = [&b","[..], b";", b"\t", b"|"].into_iter().any(|delimiter| are_columns_moved(expected, captured, delimiter));
    moved.then_some("columns-reordered")
}

fn are_columns_moved(expected: &[u8], captured: &[u8], delimiter: &[u8]) -> bool {
    let (expected, captured) = (lines(expected, delimiter), lines(captured, delimiter));
    let Some(order) = expected.first().zip(captured.first()).and_then(|(expected, captured)| order(expected, captured)) else {
        return false;
    };
    let is_moved = |(expected, captured): (&Vec<&[u8]>, &Vec<&[u8]>)| {
        expected.len() == order.len()
            && captured.len() == order.len()
            && captured.iter().zip(&order).all(|(came, from)| *came == expected[*from])
    };
    expected.len() > 1 && expected.len() == captured.len() && expected.iter().zip(&captured).all(is_moved)
}

/// The items of each line that is not empty.
fn lines<'a>(octets: &'a [u8], delimiter: &[u8]) -> Vec<Vec<&'a [u8]>> {
    let lines = split(octets, b"\n").into_iter().map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.filter(|line| !line.is_empty()).map(|line| split(line, delimiter)).collect()
}

/// From where each item came, where each is there once and not all stayed.
fn order(expected: &[&[u8]], captured: &[&[u8]]) -> Option<Vec<usize>> {
    let places: HashMap<&[u8], usize> = expected.iter().enumerate().map(|(at, item)| (*item, at)).collect();
    let order: Vec<usize> = captured.iter().filter_map(|item| places.get(item).copied()).collect();
    let is_order = places.len() == expected.len() && order.len() == captured.len() && order.len() == expected.len();
    (is_order && !order.is_sorted()).then_some(order)
}
