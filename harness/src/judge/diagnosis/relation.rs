//! The vocabulary of rules: each, however it was written, is a relation between a stretch that was expected and the one that came.
//!
//! A rule that is added to a table here works on a whole, on a line or argument of a plan, on a field and on a stretch.

use super::gates::Gate;
use super::guess::{self, Reading};
use super::rule::{BothRule, FormRule, Held, NumberRule, Rule, Told};
use super::rules;
use super::stretch::Border;
use super::{numbers, octets, same, types, varints};

/// One rule of the vocabulary.
#[derive(Clone, Copy)]
pub(super) enum Relation {
    /// From octets to what a program with this fault sends instead.
    Octets(&'static Rule),
    /// From a number to its octets, wherever octets may be one.
    Number(&'static NumberRule),
    /// Of both sides, where what comes cannot be worked out from what was expected.
    Both(FormRule),
    /// The same of one cause, of what octets may be that nobody told anything of.
    Typed(&'static BothRule),
}

/// Every rule.
pub(super) fn all() -> impl Iterator<Item = Relation> {
    let octets = rules::vocabulary().map(Relation::Octets);
    let numbers = numbers::RULES.iter().chain(varints::RULES).map(Relation::Number);
    let forms = same::RULES.iter().copied().chain(types::forms()).map(Relation::Both);
    octets.chain(numbers).chain(forms).chain(types::rules().map(Relation::Typed))
}

impl Relation {
    /// What spares working it out.
    pub(super) fn gate(self) -> Gate {
        match self {
            Self::Octets((name, _)) => Gate::of(name),
            _ => Gate::default(),
        }
    }

    /// The rule, of one that works out what is sent from octets.
    pub(super) fn rule(self) -> Option<&'static Rule> {
        match self {
            Self::Octets(rule) => Some(rule),
            _ => None,
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

    /// The causes that lead from one side to the other, with what can be said.
    pub(super) fn holds(self, expected: &[u8], captured: &[u8]) -> Vec<Held> {
        let held = match self {
            Self::Octets((name, rule)) => {
                let is_sent = rule(expected).iter().any(|sent| sent == captured);
                is_sent.then(|| Held { name, told: Told { sure: octets::sure(name, expected, captured), ..Told::default() } })
            }
            Self::Number((name, rule)) => {
                let readings = guess::numbers(expected);
                let is_sent = |reading: &Reading| rule(&reading.value).iter().any(|sent| sent == captured);
                // Of several the likeliest, and the first of those that are as likely.
                let held = readings.into_iter().rev().filter(is_sent).max_by_key(|reading| guess::spare(&reading.value));
                let told = |held: Reading| {
                    let sure = guess::sure(held, expected) + numbers::sure(name, expected, captured);
                    Told { looks_like: Some(held.name.to_owned()), sure, ..Told::default() }
                };
                held.map(|held| Held { name, told: told(held) })
            }
            Self::Both(rule) => return rule(expected, captured),
            Self::Typed((name, rule)) => rule(expected, captured).map(|told| Held { name, told }),
        };
        held.into_iter().collect()
    }
}
