//! Several faults in one message: each is told as if it were alone, with all others put back.
//!
//! Causes that explain some of what differs tell which changes belong together. What one of them is, and what the rest is, shows best
//! where nothing else differs: then everything that is said of one fault can be said of it.

use std::ops::Range;

use super::seams;
use super::search::Left;
use super::sides::Sides;
use super::subject::Subject;
use super::walk::Fit;
use super::{Finding, Spot, catalogue};
use crate::judge::align::Change;

/// The most octets on both sides in which faults are told apart: each is diagnosed anew.
const MOST_OCTETS: usize = 32 << 10;

/// The most faults.
const MOST_PARTS: usize = 5;

/// The most changes.
const MOST_CHANGES: usize = 256;

/// What is found of each part alone; `parts` are changes by number, and those in none of them are one more. None where there is
/// nothing to tell apart, or where no part has a cause.
pub(super) fn find(
    subject: &Subject<'_>,
    parts: &[Vec<usize>],
    explain: impl Fn(&Subject<'_>) -> Vec<Finding>,
) -> Option<Vec<Finding>> {
    among(subject, subject.changes(), parts, explain)
}

/// The same of faults next to each other, where what differs is in one piece.
pub(super) fn at_seams(subject: &Subject<'_>, explain: impl Fn(&Subject<'_>) -> Vec<Finding>) -> Vec<Finding> {
    let sides = Sides { expected: &subject.expected, captured: subject.captured, changes: subject.changes() };
    let parted = if subject.lines.is_empty() { seams::parted(sides) } else { None };
    let found = parted.and_then(|(changes, number)| among(subject, &changes, &[vec![number]], explain));
    found.unwrap_or_default()
}

fn among(
    subject: &Subject<'_>,
    changes: &[Change],
    parts: &[Vec<usize>],
    explain: impl Fn(&Subject<'_>) -> Vec<Finding>,
) -> Option<Vec<Finding>> {
    let size = subject.expected.len() + subject.captured.len();
    if parts.is_empty() || !subject.lines.is_empty() || size > MOST_OCTETS || changes.len() > MOST_CHANGES {
        return None;
    }
    let is_taken = |change: &usize| parts.iter().any(|part| part.contains(change));
    let rest: Vec<usize> = (0..changes.len()).filter(|change| !is_taken(change)).collect();
    let parts: Vec<&[usize]> = parts.iter().map(Vec::as_slice).chain((!rest.is_empty()).then_some(rest.as_slice())).collect();
    if !(2..=MOST_PARTS).contains(&parts.len()) {
        return None;
    }
    let told: Vec<(&[usize], Vec<Finding>)> =
        parts.into_iter().map(|part| (part, alone(subject, changes, part, &explain))).collect();
    let found = told.iter().flat_map(|(_, found)| found.iter().cloned()).fold(Vec::new(), joined);
    let is_sure = found.iter().any(|finding| finding.fit < Fit::Sparsely);
    is_sure.then(|| together(changes, &told, found))
}

/// The causes of one part, where nothing else differs; none where it has none.
fn alone(
    subject: &Subject<'_>,
    changes: &[Change],
    part: &[usize],
    explain: &impl Fn(&Subject<'_>) -> Vec<Finding>,
) -> Vec<Finding> {
    let (mut captured, mut at) = (Vec::with_capacity(subject.captured.len()), 0);
    for change in part.iter().map(|change| &changes[*change]) {
        captured.extend_from_slice(&subject.expected[at..change.expected.start]);
        captured.extend_from_slice(&subject.captured[change.captured.clone()]);
        at = change.expected.end;
    }
    captured.extend_from_slice(&subject.expected[at..]);
    let found = catalogue::ordered(explain(&subject.but_for(&captured)));
    let is_cause = |first: &&Finding| !catalogue::is_shape(first.name);
    let Some(first) = found.first().filter(is_cause) else { return Vec::new() };
    let mut names = vec![first.name];
    names.extend(first.with.iter().copied());
    let others = || changes.iter().enumerate().filter(|(number, _)| !part.contains(number)).map(|(_, change)| change);
    let of = |name: &&'static str| found.iter().find(|finding| finding.name == *name).cloned();
    let moved = |spot: Spot| moved(spot, others());
    let placed = |finding: Finding| Finding { spots: finding.spots.into_iter().map(moved).collect(), ..finding };
    names.iter().filter_map(of).map(placed).collect()
}

/// One more finding, which is the same as one of the others where it has its name.
fn joined(mut found: Vec<Finding>, finding: Finding) -> Vec<Finding> {
    match found.iter_mut().find(|other| other.name == finding.name) {
        Some(other) => {
            other.spots.extend(finding.spots);
            other.spots.sort_by_key(|spot| spot.offset);
        }
        None => found.push(finding),
    }
    found
}

/// A spot among changes that were put back.
fn moved<'a>(spot: Spot, others: impl Iterator<Item = &'a Change> + Clone) -> Spot {
    let grown = |change: &Change| change.captured.len() as i64 - change.expected.len() as i64;
    let is_in = |range: Range<u64>, change: &Change| {
        range.start <= change.expected.start as u64 && change.expected.end as u64 <= range.end
    };
    let before = 0..spot.offset;
    let by: i64 = others.clone().filter(|change| is_in(before.clone(), change)).map(grown).sum();
    let inside = spot.offset..spot.offset + spot.octets;
    let is_inside = |change: &&Change| !is_in(before.clone(), change) && is_in(inside.clone(), change);
    let more: i64 = others.filter(is_inside).map(grown).sum();
    Spot {
        captured_offset: spot.captured_offset.saturating_add_signed(by),
        captured_octets: spot.captured_octets.saturating_add_signed(more),
        ..spot
    }
}

/// What was found of parts, which say of each other that they hold together, and what is left over.
fn together(changes: &[Change], told: &[(&[usize], Vec<Finding>)], found: Vec<Finding>) -> Vec<Finding> {
    let is_told = |change: usize| told.iter().any(|(part, found)| !found.is_empty() && part.contains(&change));
    let left = Left::of(changes, 0, is_told);
    let within = found.iter().find_map(|finding| finding.left.clone());
    let said = left.said().or(within);
    // What may be a coincidence is said beside what is none.
    let fits = found.iter().map(|finding| finding.fit).filter(|fit| *fit < Fit::Sparsely);
    let fit = fits.max().unwrap_or_default().max(left.fit());
    let bits = found.iter().map(|finding| finding.bits).max().unwrap_or_default();
    let names: Vec<&'static str> = found.iter().map(|finding| finding.name).collect();
    let with = |name: &str| names.iter().copied().filter(|other| *other != name).collect();
    let of = |finding: Finding| Finding { with: with(finding.name), left: said.clone(), fit, bits, ..finding };
    found.into_iter().map(of).collect()
}
