//! How much it says that a rule holds: in bits, as of a bet.
//!
//! There are some hundred rules and several stretches to try them on, so one of them may lead to one wrong octet by chance. What
//! differs in many octets, each as the rule has it, is no chance. The bits that a rule foretold, less those that it takes to say
//! which rule and which stretch, are what speaks for it; where nothing is left, it is a coincidence.

use super::catalogue;
use super::stretch::{Border, Sides, Stretch};
use crate::judge::align::Change;

/// What an octet tells that is another than the one before it, and one that is the same.
const OCTET: (i32, i32) = (8, 2);

/// What it tells that octets are missing, however many: where they begin and end.
const LOST: i32 = 8;

/// What it tells that what differs is a character beyond ASCII, and nothing beside it.
const CHARACTER: i32 = 6;

/// What it takes to say which of all rules it is: one of those that happen everywhere, one of the others, one that explains much else.
const RULE: (i32, i32, i32) = (4, 10, 14);

/// What speaks for a cause that holds for a stretch.
pub(super) fn bits(sides: Sides<'_>, name: &str, stretch: &Stretch) -> i32 {
    let changes = sides.changes.get(stretch.changes.0..stretch.changes.1).unwrap_or_default();
    changes.iter().map(|change| foretold(sides, change)).sum::<i32>() - price(name) - border(stretch.border)
}

/// Whether just characters beyond ASCII differ.
fn is_beyond_ascii(octets: &[u8]) -> bool {
    !octets.is_empty() && !octets.iter().any(u8::is_ascii) && std::str::from_utf8(octets).is_ok()
}

fn foretold(sides: Sides<'_>, change: &Change) -> i32 {
    let spared = if is_beyond_ascii(&sides.expected[change.expected.clone()]) { CHARACTER } else { 0 };
    match sides.captured.get(change.captured.clone()) {
        Some(came @ [_, ..]) => told_by(came) + spared,
        _ => LOST + spared,
    }
}

fn told_by(octets: &[u8]) -> i32 {
    let repeated = octets.windows(2).filter(|pair| pair[0] == pair[1]).count() as i32;
    (octets.len() as i32 - repeated) * OCTET.0 + repeated * OCTET.1
}

/// What it takes to say that it is this rule.
pub(super) fn price(name: &str) -> i32 {
    match name {
        name if catalogue::is_common(name) => RULE.0,
        name if catalogue::is_broad(name) => RULE.2,
        _ => RULE.1,
    }
}

fn border(border: Border) -> i32 {
    match border {
        Border::Whole => 0,
        Border::Exact => 1,
        Border::Field => 2,
        Border::Number => 4,
    }
}
