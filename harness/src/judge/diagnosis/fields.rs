//! What can be said of what differs where no rule holds: which fields, what they were and what they are now.

use super::stretch::{Border, Sides, Stretch};
use super::walk::Fit;
use super::{Finding, Spot};
use crate::judge::align::Change;
use crate::printable;

/// The most changes that are each told.
const MOST: usize = 4;

/// Everything is right but for some fields. Of one octet another cause says it.
pub(super) fn find(sides: Sides<'_>) -> Option<Finding> {
    let changes = sides.changes;
    let all = sides.expected.len() + sides.captured.len();
    let fields: Vec<Stretch> = (0..changes.len()).map(|index| field(sides, index)).collect();
    let is_octet = matches!(changes, [Change { expected, captured }] if expected.len() == 1 && captured.len() == 1);
    if changes.is_empty() || is_octet || changes.len() > MOST || fields.iter().map(Stretch::size).sum::<usize>() * 2 > all {
        return None;
    }
    let told: Vec<String> = fields.iter().map(|stretch| told(sides, stretch)).collect();
    let spots = fields.iter().map(|stretch| Spot::of(stretch, None)).collect();
    Some(Finding { spots, ..Finding::new("field-differs").fit(Fit::Loosely).detail(told.join("; ")) })
}

/// What differs, without more around it.
fn field(sides: Sides<'_>, index: usize) -> Stretch {
    let change = &sides.changes[index];
    Stretch {
        border: Border::Exact,
        changes: (index, index + 1),
        expected: (change.expected.start, change.expected.end),
        captured: (change.captured.start, change.captured.end),
    }
}

fn told(sides: Sides<'_>, stretch: &Stretch) -> String {
    let (expected, captured) = (stretch.expected(sides), stretch.captured(sides));
    format!("{}: {} instead of {}", Spot::of(stretch, None), quoted(captured), quoted(expected))
}

/// Octets as text where they are that, and as hex where not.
fn quoted(octets: &[u8]) -> String {
    const MOST: usize = 24;
    match std::str::from_utf8(octets) {
        Ok("") => "nothing".into(),
        Ok(text) if !text.contains(char::is_control) => format!("`{}`", printable::cut(text, MOST)),
        _ => printable::spaced_hex(&octets[..octets.len().min(MOST)]),
    }
}
