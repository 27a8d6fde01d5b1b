//! Parts of an expectation that bend: octets that may vary, and in which way; and whether what came fits them.
//!
//! Owns the parts, how they read in a suite file, what they are called in views, and the search for a reading of what came. Pure.
//! Does not judge, and does not draw.

mod expression;
mod fits;
mod number;
mod program;
mod reading;
mod repair;
mod search;
mod stretch;
pub(super) mod table;
#[cfg(test)]
mod tests;
mod wrong;

pub use expression::Expression;
pub(crate) use fits::{Fit, fit, fit_beginning, reading_of_nothing, readings};
pub use number::Number;
pub use reading::Reading;
pub use stretch::Stretch;

#[cfg(feature = "cli")]
use std::collections::BTreeSet;

use crate::hex;
use crate::printable;
#[cfg(feature = "cli")]
use crate::suite::expectation::Content;

/// The most ways of reading that are looked at before a trial is given up.
pub const MAX_STEPS: usize = 1_000_000;

/// Characters of octets or text in a description.
const SHOWN: usize = 32;

/// One part of what is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: Kind,
    /// What a person calls it, and `same` refers to: `nonce`.
    pub name: Option<String>,
}

/// What a part is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// These octets.
    Fixed(Vec<u8>),
    /// So many octets of anything.
    Any {
        /// At least so many.
        least: usize,
        /// At most so many.
        most: usize,
    },
    /// Everything up to and with the first of these octets.
    Until(Vec<u8>),
    /// Octets that an expression matches as a whole.
    Matches(Expression),
    /// The octets that the part of that name had; none where it is optional and was missing.
    Same(String),
    /// A number that counts the octets of the parts behind it.
    Length {
        /// How it is written.
        number: Number,
        /// So many more than there are.
        plus: i64,
        /// The parts that it counts.
        of: Vec<Part>,
    },
    /// Parts that may be missing, all together.
    Optional(Vec<Part>),
    /// Each once, in any order.
    AnyOrder(Vec<Vec<Part>>),
}

impl Part {
    /// The fewest octets that it has.
    #[must_use]
    pub fn least(&self) -> usize {
        match &self.kind {
            Kind::Fixed(octets) | Kind::Until(octets) => octets.len(),
            Kind::Any { least, .. } => *least,
            Kind::Matches(expression) => expression.least(),
            Kind::Same(_) | Kind::Optional(_) => 0,
            Kind::Length { number, of, .. } => number.least() + least(of),
            Kind::AnyOrder(alternatives) => alternatives.iter().map(|parts| least(parts)).sum(),
        }
    }

    /// The parts inside of it, each with its number: of the alternatives of `any_order`, `2.1` is the first part of the second.
    pub(crate) fn inside(&self) -> Vec<(String, &Part)> {
        match &self.kind {
            Kind::Length { of: parts, .. } | Kind::Optional(parts) => {
                parts.iter().enumerate().map(|(index, part)| ((index + 1).to_string(), part)).collect()
            }
            Kind::AnyOrder(alternatives) => {
                let numbered = alternatives.iter().enumerate().flat_map(|(alternative, parts)| {
                    parts.iter().enumerate().map(move |(index, part)| (format!("{}.{}", alternative + 1, index + 1), part))
                });
                numbered.collect()
            }
            _ => Vec::new(),
        }
    }

    /// What it is, as it is written: `matches "[0-9a-f]{8}"`.
    #[must_use]
    pub fn what(&self) -> String {
        match &self.kind {
            Kind::Fixed(octets) => octets_said(octets),
            Kind::Any { least, most } if least == most => format!("any {least}"),
            Kind::Any { least, most } => format!("any {least} to {most}"),
            Kind::Until(octets) => format!("until {}", octets_said(octets)),
            Kind::Matches(expression) => format!("matches \"{}\"", printable::line(expression.source())),
            Kind::Same(name) => format!("same \"{}\"", printable::line(name)),
            Kind::Length { number, plus: 0, .. } => format!("length \"{number}\""),
            Kind::Length { number, plus, .. } => format!("length \"{number}\", plus {plus}"),
            Kind::Optional(_) => "optional".into(),
            Kind::AnyOrder(_) => "any order".into(),
        }
    }

    /// What it is called where its octets stand for themselves: by its name, or by what it is.
    #[must_use]
    pub fn called(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.what())
    }

    /// Its name and what it is: `"nonce": matches "[0-9a-f]{8}"`.
    #[must_use]
    pub fn described(&self) -> String {
        match &self.name {
            Some(name) => format!("\"{}\": {}", printable::line(name), self.what()),
            None => self.what(),
        }
    }
}

/// The fewest octets that parts have together.
#[must_use]
pub fn least(parts: &[Part]) -> usize {
    parts.iter().map(Part::least).sum()
}

/// Parts as what a suite file makes of them: those that bend by masks alone are octets with masks.
#[cfg(feature = "cli")]
pub(crate) fn flat(parts: Vec<Part>) -> Content {
    table::content(parts, &BTreeSet::new())
}

/// Each part on a line of its own, with its number: `part 3, "nonce": matches "[0-9a-f]{8}"`.
#[must_use]
pub fn descriptions(parts: &[Part]) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        describe(part, &(index + 1).to_string(), &mut lines);
    }
    lines
}

fn describe(part: &Part, number: &str, lines: &mut Vec<String>) {
    lines.push(titled(number, part));
    for (inner, inside) in part.inside() {
        describe(inside, &format!("{number}.{inner}"), lines);
    }
}

/// `part 3, "nonce": matches "[0-9a-f]{8}"`, or `part 3: any 4` where it has no name.
fn titled(number: &str, part: &Part) -> String {
    let between = if part.name.is_some() { "," } else { ":" };
    format!("part {number}{between} {}", part.described())
}

/// Octets as text where they are printable, else as hex; of many, the first.
fn octets_said(octets: &[u8]) -> String {
    let is_text = |text: &&str| text.chars().all(|character| !character.is_control() || matches!(character, '\r' | '\n' | '\t'));
    match std::str::from_utf8(octets).ok().filter(is_text).filter(|text| !text.is_empty()) {
        Some(text) => {
            let shown: String = text.chars().take(SHOWN).collect();
            let more = if shown.len() < text.len() { "…" } else { "" };
            format!("text {}{more}", printable::line(&format!("{shown:?}")))
        }
        None => {
            let more = if octets.len() > SHOWN / 2 { "…" } else { "" };
            format!("hex {}{more}", hex::encode(&octets[..octets.len().min(SHOWN / 2)]))
        }
    }
}
