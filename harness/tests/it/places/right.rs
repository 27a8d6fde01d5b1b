//! Whether changes are where edits were made, judged by the edits alone.

use super::edit::Change;

/// What a change costs besides the columns that differ: the most that may be equal by chance between two before they are one.
const CHANGE: usize = 2;

/// So few octets between two edits may be told as one with them.
pub(super) const NEAR: usize = 16;

/// What is wrong with changes, by those that were made: they explain all that came, and cost no more than the edits.
pub(super) fn complaints(expected: &[u8], captured: &[u8], found: &[Change], right: &[Change]) -> Vec<String> {
    let mut complaints = gaps(expected, captured, found);
    let cost = found.iter().map(|change| CHANGE + change.marks(expected, captured)).sum::<usize>();
    let most = right.iter().map(|change| CHANGE + change.width()).sum::<usize>();
    if cost > most {
        complaints.push(format!("changes that cost {cost} instead of {most}"));
    }
    complaints
}

/// Edits of which nothing is said, and changes where nothing was edited: where it costs no more, the same may be told otherwise.
pub(super) fn told_otherwise(expected: &[u8], captured: &[u8], found: &[Change], right: &[Change]) -> Vec<Change> {
    let right = places(right, expected, captured);
    let near =
        |one: &Change, other: &Change| one.expected.start <= other.expected.end && other.expected.start <= one.expected.end;
    let missed = right.iter().filter(|edit| !found.iter().any(|change| near(change, edit)));
    let elsewhere = found.iter().filter(|change| !right.iter().any(|edit| near(change, edit)));
    missed.chain(elsewhere).cloned().collect()
}

/// Where octets between changes are not the same, or a change begins or ends with some that are.
fn gaps(expected: &[u8], captured: &[u8], found: &[Change]) -> Vec<String> {
    let end = Change { expected: expected.len()..expected.len(), captured: captured.len()..captured.len() };
    let (mut at, mut came, mut faults) = (0, 0, Vec::new());
    for change in found.iter().chain([&end]) {
        if expected.get(at..change.expected.start) != captured.get(came..change.captured.start) {
            faults.push(format!("before {change:?} not all is the same"));
        }
        (at, came) = (change.expected.end, change.captured.end);
    }
    faults.extend(
        found
            .iter()
            .filter(|change| change.trimmed(expected, captured) != **change)
            .map(|change| format!("{change:?} is too wide")),
    );
    faults
}

/// The places of edits: with all octets that an edit may have been made at as well (one of a run), those near each other as one,
/// and without those that others took back.
pub(super) fn places(right: &[Change], expected: &[u8], captured: &[u8]) -> Vec<Change> {
    let mut places: Vec<Change> = Vec::new();
    for edit in right.iter().map(|edit| edit.trimmed(expected, captured).slid(expected, captured)) {
        match places.last_mut() {
            Some(last) if edit.expected.start <= last.expected.end + NEAR || edit.captured.start <= last.captured.end => {
                (last.expected.end, last.captured.end) =
                    (last.expected.end.max(edit.expected.end), last.captured.end.max(edit.captured.end));
            }
            _ => places.push(edit),
        }
    }
    places.retain(|place| expected[place.expected.clone()] != captured[place.captured.clone()]);
    places
}
