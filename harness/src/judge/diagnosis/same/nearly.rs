//! The same content in another form, but for some values in it.

use std::ops::Range;

use super::super::rule::Held;
use super::super::sides::Sides;
use super::super::stretch::Stretch;
use super::place::Place;
use super::{MOST_EFFORT, chunked, compressed, json, lists, text_codes, wide, within};
use crate::judge::align::{self, Pattern};

/// A stretch that is the same in another form, but for something inside.
pub(in super::super) struct Nearly {
    pub stretch: Stretch,
    /// In which forms it differs.
    pub held: Vec<Held>,
    pub inside: Inside,
}

/// What differs besides its form.
pub(in super::super) enum Inside {
    /// Values, at these places.
    Values(Vec<Place>),
    /// What both sides stand for.
    Meant(Vec<u8>, Vec<u8>),
}

/// Of both sides the forms in which they differ, and the places at which they differ besides.
pub(super) type OfValues = fn(&[u8], &[u8]) -> Option<(Vec<Held>, Vec<Place>)>;

/// Of both sides the form in which they differ, and what each stands for.
pub(super) type Meaning = fn(&[u8], &[u8]) -> Option<(Vec<Held>, Vec<u8>, Vec<u8>)>;

const OF_VALUES: [OfValues; 2] = [json::nearly, lists::nearly];

const MEANINGS: [Meaning; 3] = [compressed::meaning, chunked::meaning, text_codes::meaning];

/// Of what is meant there are so many octets at the least.
const LEAST: usize = 16;

/// Of what is meant so many octets are the same for each that differs.
const SAME: usize = 4;

/// The shortest stretch of which it holds.
pub(in super::super) fn find(sides: Sides<'_>) -> Option<Nearly> {
    let wide: Vec<Stretch> = within(MOST_EFFORT, wide::all(sides));
    wide.into_iter().find_map(|stretch| {
        let (expected, captured) = (stretch.expected(sides), stretch.captured(sides));
        let of_values = OF_VALUES.iter().find_map(|nearly| nearly(expected, captured));
        let of_values = of_values.map(|(held, places)| (held, Inside::Values(moved(&stretch, places))));
        let of_meaning = || MEANINGS.iter().find_map(|meaning| meaning(expected, captured).filter(are_alike));
        let (held, inside) = of_values.or_else(|| of_meaning().map(|(held, one, other)| (held, Inside::Meant(one, other))))?;
        Some(Nearly { stretch, held, inside })
    })
}

/// Places in a stretch as those in the messages.
fn moved(stretch: &Stretch, places: Vec<Place>) -> Vec<Place> {
    let by = |range: Range<usize>, by: usize| range.start + by..range.end + by;
    places.into_iter().map(|(one, other)| (by(one, stretch.expected.0), by(other, stretch.captured.0))).collect()
}

fn are_alike((_, one, other): &(Vec<Held>, Vec<u8>, Vec<u8>)) -> bool {
    let size = one.len().max(other.len());
    let differs = || -> usize {
        let changes = align::finest(Pattern { octets: one, masks: &[], refused: &[] }, other);
        changes.iter().map(align::Change::width).sum()
    };
    size >= LEAST && (size - one.len().min(other.len())) * SAME <= size && differs() * SAME <= size
}
