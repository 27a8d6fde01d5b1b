//! The same content in another form, but for some values in it: which form, and what differs besides.
//!
//! A value that differs is diagnosed as if it were alone; where no cause explains it, it is left over, and said to be.

use super::same::{self, Inside, Nearly, Place};
use super::search::Left;
use super::stretch::Sides;
use super::subject::Subject;
use super::walk::Fit;
use super::{Finding, Spot, catalogue};
use crate::judge::align::Change;

/// The most octets of both sides that are read.
const MOST_OCTETS: usize = 32 << 10;

/// What it tells that content is the same but for little, in bits.
const SAME: i32 = 40;

/// The forms, and the causes of what differs besides.
pub(super) fn find(subject: &Subject<'_>, explain: impl Fn(&Subject<'_>) -> Vec<Finding>) -> Vec<Finding> {
    let (expected, captured) = (&subject.expected, subject.captured);
    if !subject.lines.is_empty() || expected.len() + captured.len() > MOST_OCTETS {
        return Vec::new();
    }
    let sides = Sides { expected, captured, changes: subject.changes() };
    let Some(nearly) = same::nearly(sides) else { return Vec::new() };
    let (others, left) = match &nearly.inside {
        Inside::Values(places) => of_values(subject, places, &explain),
        Inside::Meant(one, other) => of_what_is_meant(subject, &nearly, (one, other), &explain),
    };
    let forms = nearly.held.iter().map(|held| same::finding(sides, &nearly.stretch, held.clone(), SAME));
    let fit = if left.is_none() { Fit::InPlaces } else { Fit::Loosely };
    let found: Vec<Finding> = forms.chain(others).collect();
    let names: Vec<&'static str> = found.iter().map(|finding| finding.name).collect();
    let with = |name: &str| names.iter().copied().filter(|other| *other != name).collect();
    let of = |finding: Finding| Finding { with: with(finding.name), left: left.clone(), bits: SAME, fit, ..finding };
    found.into_iter().map(of).collect()
}

/// The causes of values that differ, and what is said of those that have none.
fn of_values(
    subject: &Subject<'_>,
    places: &[Place],
    explain: &impl Fn(&Subject<'_>) -> Vec<Finding>,
) -> (Vec<Finding>, Option<String>) {
    let causes: Vec<Option<Finding>> = places.iter().map(|place| of_value(subject, place, explain)).collect();
    let changes: Vec<Change> =
        places.iter().map(|(expected, captured)| Change { expected: expected.clone(), captured: captured.clone() }).collect();
    let left = Left::of(&changes, 0, |value| causes[value].is_some()).said();
    (causes.into_iter().flatten().collect(), left)
}

fn of_value(
    subject: &Subject<'_>,
    (expected, captured): &Place,
    explain: &impl Fn(&Subject<'_>) -> Vec<Finding>,
) -> Option<Finding> {
    let (before, after) = (&subject.expected[..expected.start], &subject.expected[expected.end..]);
    let came = [before, &subject.captured[captured.clone()], after].concat();
    let cause = cause(explain(&subject.but_for(&came)))?;
    let moved = |spot: Spot| {
        let offset = (spot.captured_offset + captured.start as u64).saturating_sub(expected.start as u64);
        Spot { captured_offset: offset, ..spot }
    };
    Some(Finding { spots: cause.spots.into_iter().map(moved).collect(), ..cause })
}

/// The same of octets that both sides stand for, which have no offsets of their own in a message.
fn of_what_is_meant(
    subject: &Subject<'_>,
    nearly: &Nearly,
    (expected, captured): (&[u8], &[u8]),
    explain: &impl Fn(&Subject<'_>) -> Vec<Finding>,
) -> (Vec<Finding>, Option<String>) {
    let meant = subject.of(expected, captured);
    let first = meant.changes().first().map_or(0, |change| change.expected.start);
    let Some(cause) = cause(explain(&meant)) else {
        return (Vec::new(), Some(format!("not what differs at offset {first} of what that stands for")));
    };
    let detail = format!("in what the other form stands for, {}", cause.detail.clone().unwrap_or_default());
    let spots = vec![Spot::of(&nearly.stretch, None)];
    (vec![Finding { detail: Some(detail), spots, ..cause }], None)
}

fn cause(found: Vec<Finding>) -> Option<Finding> {
    let first = catalogue::ordered(found).into_iter().next()?;
    (!catalogue::is_shape(first.name)).then_some(first)
}
