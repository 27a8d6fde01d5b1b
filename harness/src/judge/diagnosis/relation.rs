//! The vocabulary of rules: each, however it was written, is a relation between a stretch that was expected and the one that came.
//!
//! A rule that is added to a table here works on a whole, on a line or argument of a plan, on a field and on a stretch.

use super::guess;
use super::rule::{BothRule, NumberRule, Rule, Told};
use super::rules;
use super::stretch::Border;
use super::{numbers, same, types, varints};

/// One rule of the vocabulary.
#[derive(Clone, Copy)]
pub(super) enum Relation {
    /// From octets to what a program with this fault sends instead.
    Octets(&'static Rule),
    /// From a number to its octets, wherever octets may be one.
    Number(&'static NumberRule),
    /// Of both sides, where what comes cannot be worked out from what was expected.
    Both(&'static BothRule),
    /// The same, of what octets may be that nobody told anything of.
    Typed(&'static BothRule),
}

/// Every rule.
pub(super) fn all() -> impl Iterator<Item = Relation> {
    let octets = rules::vocabulary().map(Relation::Octets);
    let numbers = numbers::RULES.iter().chain(varints::RULES).map(Relation::Number);
    octets.chain(numbers).chain(same::RULES.iter().map(Relation::Both)).chain(types::rules().map(Relation::Typed))
}

impl Relation {
    /// The cause that it is a sign of.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Octets((name, _)) | Self::Number((name, _)) | Self::Both((name, _)) | Self::Typed((name, _)) => name,
        }
    }

    /// Whether it takes octets for what they may not be.
    pub(super) fn is_guess(self) -> bool {
        matches!(self, Self::Number(_) | Self::Typed(_))
    }

    /// Whether it is worth trying within borders of that kind.
    pub(super) fn is_for(self, border: Border) -> bool {
        match self {
            Self::Octets(..) | Self::Both(_) => border != Border::Number,
            Self::Number(_) | Self::Typed(_) => true,
        }
    }

    /// What can be said where it leads from one side to the other.
    pub(super) fn holds(self, expected: &[u8], captured: &[u8]) -> Option<Told> {
        match self {
            Self::Octets((_, rule)) => rule(expected).iter().any(|sent| sent == captured).then(Told::default),
            Self::Number((_, rule)) => {
                let readings = guess::numbers(expected);
                let held = readings.into_iter().find(|reading| rule(&reading.value).iter().any(|sent| sent == captured))?;
                Some(Told { looks_like: Some(held.name.to_owned()), sure: guess::sure(held, expected), ..Told::default() })
            }
            Self::Both((_, rule)) | Self::Typed((_, rule)) => rule(expected, captured),
        }
    }
}
