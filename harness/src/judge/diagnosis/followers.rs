//! Changes that only follow others: a length, a count or a checksum that is right for what came.
//!
//! Where text grew, and so did the length before it, that is one fault and not two. A number follows where what it counted on one
//! side became what it counts on the other; a checksum where it is right on both sides. Followers are put back in what came before
//! rules are tried, and said beside the cause.

use std::ops::Range;

use super::catalogue;
use super::checksums;
use super::layouts::{self, Layout, Unit};
use super::sides::Sides;
use super::subject::Subject;
use super::walk::Fit;
use super::{Finding, Spot};
use crate::judge::align::{self, Change, Pattern};

/// The most octets between the beginning of a change and that of a number which it is part of.
const AROUND: usize = 10;

/// The most octets of a fixed header between a number and what it counts.
const MOST_HEADER: usize = 8;

/// The most octets in which checksums are looked for: each is worked out from several places.
const MOST_SUMMED: usize = 2048;

/// What it tells that a number is right, in bits.
const FORETOLD: i32 = 8;

/// Octets that follow what else changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Follower {
    pub expected: Range<usize>,
    pub captured: Range<usize>,
    /// What it is: `length`, `checksum (CRC-32)`.
    pub what: String,
}

/// The most changes among which followers are looked for.
const MOST_CHANGES: usize = 64;

/// The most octets that differ where followers are looked for.
const MOST_DIFFERING: usize = 4096;

/// Those of a connection, in order; they do not overlap. A plan tells of lengths by itself.
pub(super) fn find(subject: &Subject<'_>) -> Vec<Follower> {
    if !subject.lines.is_empty() {
        return Vec::new();
    }
    let changes = subject.changes();
    let differs: usize = changes.iter().map(Change::width).sum();
    let is_one = !changes.iter().any(is_wide) && changes.len() < 2;
    if is_one || changes.len() > MOST_CHANGES || differs > MOST_DIFFERING {
        return Vec::new();
    }
    among(Sides { expected: &subject.expected, captured: subject.captured, changes })
}

/// Whether a number may be a part of a change along with what it counts.
fn is_wide(change: &Change) -> bool {
    change.expected.len() > 1 || change.captured.len() > 1
}

fn among(sides: Sides<'_>) -> Vec<Follower> {
    let mut found: Vec<Follower> = Vec::new();
    let (places, message) = (places(sides), Message::of(sides));
    for layout in layouts::ALL.iter().chain([&layouts::ZIGZAG]) {
        for (at, came) in places.iter().copied() {
            let number = number(&message, layout, at, came).filter(|number| found.iter().all(|other| other.goes_with(number)));
            found.extend(number.filter(|number| number.explains(sides)));
        }
    }
    found.extend(sums(sides, &found));
    found.sort_by_key(|follower| follower.expected.start);
    let left = sides.changes.iter().any(|change| !found.iter().any(|follower| follower.has(change)));
    if left { found } else { Vec::new() }
}

/// What came, if nothing had followed; octets keep their order.
pub(super) fn put_back(followers: &[Follower], expected: &[u8], captured: &[u8]) -> Vec<u8> {
    let (mut octets, mut at) = (Vec::with_capacity(captured.len()), 0);
    for follower in followers {
        octets.extend_from_slice(&captured[at..follower.captured.start]);
        octets.extend_from_slice(&expected[follower.expected.clone()]);
        at = follower.captured.end;
    }
    octets.extend_from_slice(&captured[at..]);
    octets
}

impl Finding {
    /// The same, of what came before followers were put back.
    pub(super) fn followed(self, followers: &[Follower]) -> Self {
        let lost: u64 = self.spots.iter().map(|spot| spot.octets).sum();
        let spots =
            self.spots.into_iter().map(|spot| moved(spot, followers)).chain(followers.iter().map(Follower::spot)).collect();
        let detail = self.detail.map_or_else(|| said(followers), |detail| format!("{detail}, and {}", said(followers)));
        // That a coincidence is counted makes it none the likelier.
        let foretold = if self.fit == Fit::Sparsely { 0 } else { FORETOLD * followers.len() as i32 };
        let bits = self.bits + foretold;
        let is_counted = followers.iter().any(|follower| !follower.is_sum());
        // What is counted without it did not get lost on its way.
        let is_part = lost >= LEAST_PART || !catalogue::is_shape(self.name);
        let name = if is_counted && is_part && LOSSES.contains(&self.name) { "part-left-out" } else { self.name };
        Self { name, detail: Some(detail), spots, bits, ..self }
    }
}

/// Fewer octets that are missing are no part of a message that anybody left out.
const LEAST_PART: u64 = 5;

/// Causes that say that something is missing, and why.
const LOSSES: [&str; 4] = ["truncated", "block-lost", "octets-lost", "rest-lost"];

fn moved(spot: Spot, followers: &[Follower]) -> Spot {
    let before = followers.iter().filter(|follower| follower.expected.end as u64 <= spot.offset);
    let by: i64 = before.map(|follower| follower.captured.len() as i64 - follower.expected.len() as i64).sum();
    Spot { captured_offset: spot.captured_offset.saturating_add_signed(by), ..spot }
}

/// `the length at offset 0 counts it, and the checksum (CRC-32) at offset 9 follows`
fn said(followers: &[Follower]) -> String {
    let (sums, counts): (Vec<_>, Vec<_>) = followers.iter().partition(|follower| follower.is_sum());
    let counts = listed(&counts).map(|(said, one)| format!("{said} {} it", if one { "counts" } else { "count" }));
    let sums = listed(&sums).map(|(said, one)| format!("{said} {}", if one { "follows" } else { "follow" }));
    counts.into_iter().chain(sums).collect::<Vec<_>>().join(", and ")
}

/// `the lengths at offsets 0 and 4`, and whether that is one.
fn listed(followers: &[&Follower]) -> Option<(String, bool)> {
    let (last, others) = followers.split_last()?;
    let at = last.expected.start;
    let what = &last.what;
    let first = others.first().map(|first| first.expected.start);
    Some(match (first, others.len()) {
        (None, _) => (format!("the {what} at offset {at}"), true),
        (Some(first), 1) => (format!("the numbers at offsets {first} and {at}"), false),
        (Some(first), more) => (format!("{} numbers, the first at offset {first},", more + 1), false),
    })
}

impl Follower {
    /// Whether both may be, one before the other on both sides.
    fn goes_with(&self, other: &Self) -> bool {
        let precedes =
            |one: &Self, other: &Self| one.expected.end <= other.expected.start && one.captured.end <= other.captured.start;
        precedes(self, other) || precedes(other, self)
    }

    /// Whether less differs where it is put back.
    fn explains(&self, sides: Sides<'_>) -> bool {
        let captured = put_back(std::slice::from_ref(self), sides.expected, sides.captured);
        let rest = align::finest(Pattern { octets: sides.expected, masks: &[], refused: &[] }, &captured);
        let differs = |changes: &[Change]| changes.iter().map(Change::width).sum::<usize>();
        differs(&rest) < differs(sides.changes)
    }

    /// Whether a change is a part of it, on both sides: behind a length there may be more of the same change.
    fn has(&self, change: &Change) -> bool {
        let is_in = |part: &Range<usize>, all: &Range<usize>| all.start <= part.start && part.end <= all.end;
        is_in(&change.expected, &self.expected) && is_in(&change.captured, &self.captured)
    }

    fn spot(&self) -> Spot {
        Spot {
            offset: self.expected.start as u64,
            octets: self.expected.len() as u64,
            captured_offset: self.captured.start as u64,
            captured_octets: self.captured.len() as u64,
            looks_like: Some(self.what.clone()),
            follows: true,
        }
    }

    fn is_sum(&self) -> bool {
        self.what.starts_with("checksum")
    }
}

/// Offsets on both sides at which a number may begin that changed.
pub(super) fn places(sides: Sides<'_>) -> Vec<(usize, usize)> {
    let mut places: Vec<(usize, usize)> = Vec::new();
    for change in sides.changes {
        let (start, came) = (change.expected.start, change.captured.start);
        let before =
            (0..=AROUND.min(start).min(came)).map(|back| (start - back, came - back)).filter(|(at, came)| sides.meet(*at, *came));
        let (end, ended) = (change.expected.end, change.captured.end);
        let inside = (1..change.expected.len().min(AROUND)).map(|on| (start + on, came + on));
        let back = (0..=change.expected.len().min(change.captured.len()).min(AROUND)).map(|back| (end - back, ended - back));
        places.extend(before.chain(inside).chain(back));
    }
    places.sort_unstable();
    places.dedup();
    places
}

/// Whether a line ends there, which is neither a number nor a checksum.
fn ends_line(octets: &[u8], at: usize) -> bool {
    octets[at..].starts_with(b"\r\n")
}

/// What is worked out once for all numbers of a message.
struct Message<'a> {
    sides: Sides<'a>,
    /// Whether all that was expected is text.
    is_text: bool,
    /// How many octets changes have in what was expected, and in what came: nothing counts more that went, or that came.
    changed: (u64, u64),
}

impl<'a> Message<'a> {
    fn of(sides: Sides<'a>) -> Self {
        let all = |side: fn(&Change) -> &Range<usize>| sides.changes.iter().map(|change| side(change).len() as u64).sum();
        Self {
            sides,
            is_text: is_text(sides.expected),
            changed: (all(|change| &change.expected), all(|change| &change.captured)),
        }
    }

    /// Whether so many things can have become so many.
    fn can_become(&self, before: u64, now: u64) -> bool {
        before.saturating_sub(now) <= self.changed.0 && now.saturating_sub(before) <= self.changed.1
    }
}

/// A number of that layout that changed along with what it counts.
fn number(message: &Message<'_>, layout: &Layout, at: usize, came: usize) -> Option<Follower> {
    let sides = message.sides;
    let (before, width) = (layout.read)(sides.expected, at)?;
    let (now, came_width) = (layout.read)(sides.captured, came)?;
    let (expected, captured) = (at..at + width, came..came + came_width);
    let is_more = |count: u64, octets: &[u8]| count > octets.len() as u64 + 1;
    if is_more(before, sides.expected) || is_more(now, sides.captured) || !message.can_become(before, now) {
        return None;
    }
    // A digit of a text is no number by itself.
    let is_digit = width == 1 && (message.is_text || is_amid_text(sides.expected, at) && is_amid_text(sides.captured, came));
    if before == now || !layout.is_text && (is_digit || ends_line(sides.expected, at)) {
        return None;
    }
    let counts = |unit: &Unit| follows(sides, &expected, &captured, (before, now), *unit);
    let counted = Unit::ALL.iter().any(counts);
    let of_things = || {
        layout.is_text && layouts::counts_things(&sides.expected[expected.end..], &sides.captured[captured.end..], before, now)
    };
    let what = if counted { "length" } else { "count" };
    (counted || of_things()).then(|| Follower { expected: expected.clone(), captured: captured.clone(), what: what.to_owned() })
}

/// Whether an octet is a digit behind another, in text.
fn is_amid_text(octets: &[u8], at: usize) -> bool {
    let near = octets.get(at.saturating_sub(1)..octets.len().min(at + 2)).unwrap_or_default();
    let is_text = |octet: &u8| matches!(octet, b' '..=b'~' | b'\r' | b'\n');
    near.len() == 3 && near[..2].iter().all(u8::is_ascii_digit) && is_text(&near[2])
}

/// Whether so many units behind a number, or before it, became so many on the other side.
fn follows(sides: Sides<'_>, expected: &Range<usize>, captured: &Range<usize>, counts: (u64, u64), unit: Unit) -> bool {
    let number = Follower { expected: expected.clone(), captured: captured.clone(), what: String::new() };
    let grew = |start: usize, end: usize| {
        let inside = sides.changes.iter().filter(|change| change.expected.end >= start && change.expected.start <= end);
        inside.filter(|change| !number.has(change)).count() > 0
    };
    let behind = |start: usize, came: usize| {
        let end = unit.end(sides.expected, start, counts.0).filter(|end| *end >= expected.end);
        let ended = end.and_then(|_| unit.end(sides.captured, came, counts.1)).filter(|ended| *ended >= captured.end);
        end.zip(ended).is_some_and(|(end, ended)| sides.meet(end, ended) && grew(start, end))
    };
    let header = |count: &usize| {
        let (header, came) =
            (sides.expected.get(expected.end..expected.end + count), sides.captured.get(captured.end..captured.end + count));
        header.is_some() && header == came
    };
    let starts = (0..=MOST_HEADER).take_while(header).any(|count| behind(expected.end + count, captured.end + count));
    let is_text = sides.expected[expected.clone()].iter().all(u8::is_ascii_hexdigit);
    let lines = || {
        let head = layouts::heads(sides.expected, expected.end).zip(layouts::heads(sides.captured, captured.end));
        head.into_iter().any(|(start, came)| behind(start, came))
    };
    let is_octets = unit == Unit::OCTETS;
    starts
        || (is_octets
            && (behind(expected.start, captured.start)
                || behind(0, 0)
                || is_text && lines()
                || is_behind(sides, expected, captured, counts)))
}

/// Whether a number stands behind what it counts; a digit of a text does by chance.
fn is_behind(sides: Sides<'_>, expected: &Range<usize>, captured: &Range<usize>, counts: (u64, u64)) -> bool {
    if sides.expected[expected.clone()].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let start = |end: usize, count: u64| usize::try_from(count).ok().and_then(|count| end.checked_sub(count));
    match (start(expected.start, counts.0), start(captured.start, counts.1)) {
        (Some(start), Some(came)) => sides.meet(start, came),
        _ => false,
    }
}

/// Whether all of a message is text.
pub(super) fn is_text(octets: &[u8]) -> bool {
    octets.iter().all(|octet| octet.is_ascii_graphic() || octet.is_ascii_whitespace() || *octet == 1)
}

/// Checksums that are right on both sides.
fn sums(sides: Sides<'_>, numbers: &[Follower]) -> Vec<Follower> {
    if sides.expected.len().max(sides.captured.len()) > MOST_SUMMED {
        return Vec::new();
    }
    let mut starts: Vec<(usize, usize)> = (0..5).map(|at| (at, at)).collect();
    starts.extend(numbers.iter().map(|number| (number.expected.start, number.captured.start)));
    starts.extend(numbers.iter().map(|number| (number.expected.end, number.captured.end)));
    let mut found: Vec<Follower> = Vec::new();
    for (at, came) in places(sides).into_iter().filter(|(at, _)| !ends_line(sides.expected, *at)) {
        let sum = sum(sides, &starts, at, came)
            .or_else(|| sum_before(sides, at, came))
            .filter(|sum| found.iter().chain(numbers).all(|other| other.goes_with(sum)));
        found.extend(sum);
    }
    found
}

/// A sum before all that is summed up, which goes to the end: of so many octets that it is no chance.
fn sum_before(sides: Sides<'_>, at: usize, came: usize) -> Option<Follower> {
    const WIDTH: usize = 4;
    let (expected, captured) = (sides.expected.get(at..)?, sides.captured.get(came..)?);
    let ((sum, summed), (other, now)) = (expected.split_first_chunk::<WIDTH>()?, captured.split_first_chunk::<WIDTH>()?);
    let is_it = |name: &checksums::Checksum| {
        let (right, now) = ((name.sum)(summed), (name.sum)(now));
        (right.to_be_bytes(), now.to_be_bytes()) == (*sum, *other) || (right.to_le_bytes(), now.to_le_bytes()) == (*sum, *other)
    };
    let of_all = || checksums::ALL.iter().filter(|checksum| checksum.width == WIDTH).find(|checksum| is_it(checksum));
    let holds = sum != other && summed != now && !summed.is_empty();
    let checksum = if holds { of_all() } else { None }?;
    let what = format!("checksum ({})", checksum.name);
    Some(Follower { expected: at..at + WIDTH, captured: came..came + WIDTH, what })
}

/// Whether an octet is all that differs where it stands: as a part of something else a sum of one octet is right by chance.
fn stands_alone(sides: Sides<'_>, at: usize) -> bool {
    sides.changes.iter().any(|change| change.expected == (at..at + 1) && change.captured.len() == 1)
}

/// Octets that may stand between what is summed up and its sum: `*` in NMEA, `10=` in FIX.
const MOST_MARK: usize = 3;

fn sum(sides: Sides<'_>, starts: &[(usize, usize)], at: usize, came: usize) -> Option<Follower> {
    let (expected, captured) = (sides.expected.get(at..)?, sides.captured.get(came..)?);
    let parts = starts.iter().flat_map(|(start, began)| {
        let marks = [0, 1, MOST_MARK]
            .into_iter()
            .filter_map(move |mark| Some((*start, at.checked_sub(mark)?, *began, came.checked_sub(mark)?)));
        marks.filter(|(start, end, began, ended)| start < end && began < ended)
    });
    parts.into_iter().find_map(|(start, end, began, ended)| {
        let (summed, now) = (&sides.expected[start..end], &sides.captured[began..ended]);
        checksums::ALL.iter().filter(|_| summed != now).find_map(|checksum| {
            let forms = checksum.written(summed);
            let form = forms.iter().position(|form| expected.starts_with(form))?;
            // One octet is a sum of what is before it by chance in a text, and as a part of something else that differs.
            if forms[form].len() == 1 && (is_text(sides.expected) || !stands_alone(sides, at)) {
                return None;
            }
            // Nor are two digits of a number one: behind a sum that is written in digits comes something else.
            let goes_on = |octets: &[u8], form: &[u8]| octets.get(form.len()).is_some_and(u8::is_ascii_alphanumeric);
            if forms[form].iter().all(u8::is_ascii_alphanumeric) && goes_on(expected, &forms[form]) && is_text(sides.expected) {
                return None;
            }
            let forms_now = checksum.written(now);
            let is_so = |other: &usize| forms[form] != forms_now[*other] && captured.starts_with(&forms_now[*other]);
            let swapped = checksum.swapped(form);
            let form_now = [Some(form), swapped].into_iter().flatten().find(is_so)?;
            let order = if form_now == form { "" } else { ", in the other byte order," };
            Some(Follower {
                expected: at..at + forms[form].len(),
                captured: came..came + forms_now[form_now].len(),
                what: format!("checksum ({}){order}", checksum.name),
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_before_all_that_it_is_of_follows_it() {
        let with = |text: &[u8]| [&[7, 7][..], &(checksums::ALL[1].sum)(text).to_le_bytes(), text].concat();
        let (expected, captured) = (with(b"three"), with(b"free"));
        let sum = |expected: &[u8]| sum_before(Sides { expected, captured: &captured, changes: &[] }, 2, 2);
        assert_eq!(sum(&expected).map(|sum| sum.what).as_deref(), Some("checksum (CRC-32C)"));
        assert_eq!(sum(&[&expected[..], b"!"].concat()), None);
    }
}
