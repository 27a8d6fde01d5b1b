//! Changes that are two faults next to each other: a number at one end of what differs, which a rule explains, and what is beside it.

use std::ops::Range;

use super::guess;
use super::sides::Sides;
use super::stretch::WIDTHS;
use super::{numbers, varints};
use crate::judge::align::Change;

/// The most changes in which seams are looked for.
const MOST_CHANGES: usize = 4;

/// So many octets of a number may be the same before what differs, or behind it.
const MOST_SAME: usize = 3;

/// So many octets of a number have to come that are not like the one before: fewer come by chance.
const LEAST: usize = 3;

/// All changes, one of them in two at a seam, and which of them a number explains.
pub(super) fn parted(sides: Sides<'_>) -> Option<(Vec<Change>, usize)> {
    if sides.changes.len() > MOST_CHANGES {
        return None;
    }
    let numbers = sides.changes.iter().enumerate().flat_map(|(at, change)| ends(sides, change).map(move |end| (at, end)));
    let (_, at, [one, other], is_second) =
        numbers.map(|(at, end)| (end.told, at, end.both, end.is_second)).max_by_key(|(told, ..)| *told)?;
    let mut changes = sides.changes.to_vec();
    changes.splice(at..=at, [one, other]);
    Some((changes, at + usize::from(is_second)))
}

/// A change in two, one of which is a number.
struct Parted {
    both: [Change; 2],
    is_second: bool,
    /// How many octets tell it.
    told: usize,
}

/// The numbers with which a change begins or ends, each with what is left of it.
fn ends<'a>(sides: Sides<'a>, change: &'a Change) -> impl Iterator<Item = Parted> + 'a {
    let windows = WIDTHS.into_iter().flat_map(|width| (0..=MOST_SAME.min(width - 1)).map(move |same| (width, same)));
    windows.flat_map(move |(width, same)| {
        let first = first(sides, change, width, same).into_iter().map(|(both, told)| Parted { both, is_second: false, told });
        let last = last(sides, change, width, same).into_iter().map(|(both, told)| Parted { both, is_second: true, told });
        first.chain(last)
    })
}

type Both = ([Change; 2], usize);

/// A number of that width with which a change begins, where so many octets before it are the same.
fn first(sides: Sides<'_>, change: &Change, width: usize, same: usize) -> Option<Both> {
    let (start, came) = (change.expected.start.checked_sub(same)?, change.captured.start.checked_sub(same)?);
    let end = start + width;
    let rest = sides.captured.get(came..change.captured.end)?;
    let is_parted = end < change.expected.end && sides.expected[start..change.expected.start] == rest[..same];
    let sent = is_parted.then(|| sent(&sides.expected[start..end], |sent| sent.len() > same && rest.starts_with(sent)))??;
    let ended = came + sent.len();
    let parts =
        [(change.expected.start..end, change.captured.start..ended), (end..change.expected.end, ended..change.captured.end)];
    Some((parts.map(of), told(&sent)))
}

/// The same of one with which it ends.
fn last(sides: Sides<'_>, change: &Change, width: usize, same: usize) -> Option<Both> {
    let (end, ended) = (change.expected.end + same, change.captured.end + same);
    let start = end.checked_sub(width)?;
    let rest = sides.captured.get(change.captured.start..ended)?;
    let is_parted = start > change.expected.start && end <= sides.expected.len();
    let is_end = |sent: &[u8]| sent.len() > same && rest.ends_with(sent);
    let sent = is_parted.then(|| sent(&sides.expected[start..end], is_end))??;
    let began = ended - sent.len();
    let parts =
        [(change.expected.start..start, change.captured.start..began), (start..change.expected.end, began..change.captured.end)];
    Some((parts.map(of), told(&sent)))
}

fn of((expected, captured): (Range<usize>, Range<usize>)) -> Change {
    Change { expected, captured }
}

/// What came of octets that are a number, where that is enough to tell.
fn sent(expected: &[u8], came: impl Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
    let rules = numbers::RULES.iter().chain(varints::RULES);
    let readings = guess::numbers(expected);
    let sent = rules.flat_map(|(_, rule)| readings.iter().flat_map(|reading| rule(&reading.value)));
    sent.filter(|sent| sent != expected && came(sent) && told(sent) >= LEAST).max_by_key(|sent| told(sent))
}

/// How many octets are not like the one before.
fn told(octets: &[u8]) -> usize {
    usize::from(!octets.is_empty()) + octets.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of one change, which begins behind an octet that is the same and ends before another.
    fn in_two(expected: &[u8], captured: &[u8]) -> Option<(Vec<Change>, usize)> {
        let changes = [of((1..expected.len() - 1, 1..captured.len() - 1))];
        parted(Sides { expected, captured, changes: &changes })
    }

    #[test]
    fn a_number_is_parted_from_what_differs_beside_it() {
        let (number, rest) = (of((1..5, 1..5)), of((5..8, 5..9)));
        assert_eq!(in_two(b"\xff\x11\x22\x33\x44abc\xff", b"\xff\x44\x33\x22\x11xyzz\xff"), Some((vec![number, rest], 0)));
        let (rest, number) = (of((1..4, 1..5)), of((4..8, 5..9)));
        assert_eq!(in_two(b"\xffabc\x11\x22\x33\x44\xff", b"\xffxyzz\x44\x33\x22\x11\xff"), Some((vec![rest, number], 1)));
    }

    #[test]
    fn what_is_all_of_a_change_or_shows_too_little_is_not_parted() {
        assert_eq!(in_two(b"\xff\x11\x22\x33\x44\xff", b"\xff\x44\x33\x22\x11\xff"), None);
        assert_eq!(in_two(b"\xff\x00\x00\x00\x01\x05\xff", b"\xff\x01\x00\x00\x00\x09\xff"), None);
    }
}
