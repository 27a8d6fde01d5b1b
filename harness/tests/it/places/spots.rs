//! Whether diagnoses say where what came is not what was expected: all of it, and nothing else.

use std::ops::Range;

use samewire::diagnosis::{self, Diagnosis, Spot};

use super::edit::Change;
use super::right::NEAR;

/// What a sentence says before what it leaves over, and what it says before offsets.
const LEFT: &str = "but not what differs at offset ";
const OFFSET: &str = "offset ";
const OFFSETS: &str = "offsets ";

/// The one cause that is of octets which stayed though they should not have.
const STAYED: &str = "length-not-adjusted";

/// What a sentence leaves over: where the first of it is, and in how many places it is.
struct Left {
    first: usize,
    places: usize,
}

/// The most octets of a spot in which nothing differs at its beginning, or its end: those of a field.
const FIELD: usize = 64;

/// What is wrong with the places of all diagnoses, by both sides alone: where the spots are taken out of both, the same is left.
pub(super) fn complaints(expected: &[u8], captured: &[u8]) -> Vec<String> {
    let found = diagnosis::of(expected, captured);
    let mut complaints = Vec::new();
    if found.first().is_none_or(|first| first.spots.is_empty()) && expected != captured {
        complaints.push(format!("no place is said: {:?}", found.first()));
    }
    for one in &found {
        let spots = one.spots.iter().filter(|_| one.name != STAYED);
        let idle = spots.filter_map(|spot| Some((spot, idle(spot, expected, captured)?)));
        complaints.extend(idle.map(|(spot, why)| format!("{}: {why} at {spot:?}", one.name)));
        complaints.extend(strange(one).into_iter().map(|at| format!("`{}` says offset {at}, where no spot is", one.sentence)));
        let all: Vec<Change> = found.iter().filter(|other| belongs(one, other)).flat_map(changes).collect();
        if !one.spots.is_empty() && (one.name != STAYED || *one == found[0]) {
            let missed = missed(all, left(&one.sentence), expected, captured);
            complaints.extend(missed.into_iter().map(|missed| format!("`{}` ({}) {missed}", one.sentence, one.name)));
        }
    }
    complaints
}

/// Whether what is said of one is said with the other.
fn belongs(one: &Diagnosis, other: &Diagnosis) -> bool {
    let together = one.sentence.split("together with ").nth(1).unwrap_or_default();
    one == other || together.split([' ', ',', ';']).any(|name| name == other.name)
}

fn changes(one: &Diagnosis) -> impl Iterator<Item = Change> {
    let range = |start: u64, length: u64| start as usize..(start + length) as usize;
    one.spots.iter().map(move |spot| Change {
        expected: range(spot.offset, spot.octets),
        captured: range(spot.captured_offset, spot.captured_octets),
    })
}

/// What is wrong with a spot by itself: it is not there, or nothing differs in it.
fn idle(spot: &Spot, expected: &[u8], captured: &[u8]) -> Option<&'static str> {
    let of = |octets: &[u8], start: u64, length: u64| {
        octets.get(start as usize..).and_then(|rest| rest.get(..length as usize)).map(<[u8]>::to_vec)
    };
    let wanted = of(expected, spot.offset, spot.octets);
    let came = of(captured, spot.captured_offset, spot.captured_octets);
    match (wanted, came) {
        (Some(wanted), Some(came)) if wanted == came => Some("nothing differs"),
        (Some(wanted), Some(came)) if is_wide(&wanted, &came) => Some("little differs"),
        (Some(_), Some(_)) => None,
        _ => Some("there are no such octets"),
    }
}

/// Whether it begins or ends with more that is the same than a field has.
fn is_wide(wanted: &[u8], came: &[u8]) -> bool {
    let before = wanted.iter().zip(came).take_while(|(one, other)| one == other).count();
    let behind = wanted.iter().rev().zip(came.iter().rev()).take_while(|(one, other)| one == other).count();
    let shorter = wanted.len().min(came.len());
    before.max(behind) > FIELD && before.max(behind) < shorter
}

/// Offsets that a sentence says, and that are neither of its spots nor of what it leaves over.
fn strange(one: &Diagnosis) -> Vec<usize> {
    if one.spots.is_empty() {
        return Vec::new();
    }
    let told = one.sentence.split("; the length at offset").next().unwrap_or_default();
    let left = left(&one.sentence).map(|left| left.first);
    let said = [OFFSET, OFFSETS].into_iter().flat_map(|before| told.match_indices(before));
    let said = said.filter_map(|(at, before)| number(&told[at + before.len()..]));
    let is_known =
        |at: &usize| Some(*at) == left || changes(one).any(|spot| spot.expected.start == *at || spot.expected.contains(at));
    said.filter(|at| !is_known(at)).collect()
}

fn number(text: &str) -> Option<usize> {
    text.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

fn left(sentence: &str) -> Option<Left> {
    let (_, said) = sentence.split_once(LEFT)?;
    let more = said.split_once(" and in ").filter(|(before, _)| before.bytes().all(|octet| octet.is_ascii_digit()));
    Some(Left { first: number(said)?, places: 1 + more.and_then(|(_, more)| number(more)).unwrap_or(0) })
}

/// What differs beside all spots, and is not said to be left over; and what is said to be, and is not.
fn missed(mut spots: Vec<Change>, left: Option<Left>, expected: &[u8], captured: &[u8]) -> Vec<String> {
    spots.sort_by_key(|spot| (spot.expected.start, spot.captured.start));
    let end = Change { expected: expected.len()..expected.len(), captured: captured.len()..captured.len() };
    let (mut at, mut came, mut differing) = (0, 0, Vec::new());
    for spot in spots.into_iter().chain([end]) {
        let between = (at..spot.expected.start.max(at), came..spot.captured.start.max(came));
        if expected[between.0.clone()] != captured[between.1.clone()] {
            differing.push(between);
        }
        (at, came) = (at.max(spot.expected.end), came.max(spot.captured.end));
    }
    match (differing.first(), left) {
        (None, None) => Vec::new(),
        (None, Some(left)) => vec![format!("leaves over what is at offset {}, where all is the same", left.first)],
        (Some(_), None) => vec![format!("does not say what differs in {differing:?}")],
        (Some(first), Some(left)) => {
            let parting = parting(first, expected, captured);
            let is_there = left.first <= parting && parting <= left.first + NEAR;
            let wrong = (!is_there).then(|| format!("leaves over what is at offset {}, not at {parting}", left.first));
            let fewer = (differing.len() > left.places).then(|| format!("leaves over more places: {differing:?}"));
            wrong.into_iter().chain(fewer).collect()
        }
    }
}

/// Where two runs part, in what was expected.
fn parting((wanted, came): &(Range<usize>, Range<usize>), expected: &[u8], captured: &[u8]) -> usize {
    let (both, others) = (&expected[wanted.clone()], &captured[came.clone()]);
    wanted.start + both.iter().zip(others).take_while(|(one, other)| one == other).count()
}
