//! Messages with a fault in them: what was expected, what came, and what is to be said.

use super::message::{Field, MESSAGES, Message};
use super::noise::{self, Unrelated, unrelated};
use super::values::{self, Value};
use super::{Kind, kinds, of_values};
use crate::senders::Fault;

/// So many times as many messages are made with two faults: each of them is another.
const MIXED: usize = 6;

/// The same of those with values that have nothing to do with each other, of which hardly any may have a cause named.
const UNRELATED: usize = 40;

/// The most values that are other ones in a message.
const MOST_OTHERS: usize = 3;

/// A message with a fault in it.
#[derive(Debug)]
pub(super) struct Made {
    /// What it is: `csv, twice`.
    pub what: String,
    pub expected: Vec<u8>,
    pub captured: Vec<u8>,
    /// For each fault in it the names that are right.
    pub wanted: Vec<Names>,
}

/// The causes that are right: several, where faults send the same so that nobody can tell.
pub(super) type Names = Vec<&'static str>;

/// A value that is sent wrongly.
#[derive(Debug, Clone)]
struct Spoilt {
    expected: Vec<u8>,
    sent: Vec<u8>,
    is_text: bool,
    wanted: Names,
}

/// Which values are to stand in which message, and whether a length that counts them moves along with them.
type Plan<'a> = (&'static Message, Vec<&'a Spoilt>, bool);

static OF: [Message; MESSAGES.len()] = MESSAGES;

/// So many messages for a kind of trial, at the most.
pub(super) fn made(kind: Kind, most: usize) -> Vec<Made> {
    match kind {
        Kind::Fault(fault) => chosen(&of_fault(&spoilt_by(fault)), most),
        Kind::TwoFaults => chosen(&of_two(&with_another()), most * MIXED),
        Kind::AnotherValue => chosen(&several(&with_no_cause()), most * UNRELATED),
    }
}

/// Some of all, in no order.
fn chosen(plans: &[Plan<'_>], most: usize) -> Vec<Made> {
    let mut places: Vec<usize> = (0..plans.len()).collect();
    places.sort_by_key(|place| noise::mixed(*place as u64));
    places.into_iter().take(most).map(|place| Made::of(&plans[place])).collect()
}

/// Every value that a fault spoils.
fn spoilt_by(fault: &'static Fault) -> Vec<Spoilt> {
    let spoilt = |value: Value| {
        let sent = fault.spoils(&value)?;
        let wanted = of_values().filter(|other| other.spoils(&value).as_ref() == Some(&sent)).flat_map(kinds::signs).collect();
        Some(Spoilt { expected: value.octets(), sent, is_text: value.is_text(), wanted })
    };
    values::all().filter_map(spoilt).collect()
}

/// Each value once and, with the next one, twice in a message.
fn of_fault(spoilt: &[Spoilt]) -> Vec<Plan<'_>> {
    let next = |index: usize| &spoilt[(index + 1) % spoilt.len()];
    let twice = spoilt.iter().enumerate().map(|(index, one)| vec![one, next(index)]);
    let fields: Vec<Vec<&Spoilt>> = spoilt.iter().map(|one| vec![one]).chain(twice).collect();
    in_messages(&fields)
}

/// One, two and three of them in a message.
fn several(spoilt: &[Spoilt]) -> Vec<Plan<'_>> {
    let behind = |at: usize| spoilt[at..].iter().take(1 + at % MOST_OTHERS).collect();
    in_messages(&(0..spoilt.len()).map(behind).collect::<Vec<_>>())
}

/// Neighbours of different faults.
fn of_two(spoilt: &[Spoilt]) -> Vec<Plan<'_>> {
    let differ = |pair: &&[Spoilt]| pair[0].wanted.iter().all(|name| !pair[1].wanted.contains(name));
    in_messages(&spoilt.windows(2).filter(differ).map(|pair| pair.iter().collect()).collect::<Vec<_>>())
}

/// One value of each fault.
fn with_another() -> Vec<Spoilt> {
    let faults: Vec<Vec<Spoilt>> = of_values().map(spoilt_by).collect();
    let of_kind = |is_text: bool| {
        let faults = faults.iter().enumerate();
        faults.filter_map(move |(index, spoilt)| {
            let spoilt: Vec<&Spoilt> = spoilt.iter().filter(|one| one.is_text == is_text).collect();
            spoilt.get(index % spoilt.len().max(1)).copied().cloned()
        })
    };
    of_kind(true).chain(of_kind(false)).collect()
}

fn with_no_cause() -> Vec<Spoilt> {
    let spoilt =
        |pair: Unrelated| Spoilt { expected: pair.expected, sent: pair.captured, is_text: pair.is_text, wanted: Names::new() };
    unrelated().into_iter().map(spoilt).collect()
}

/// Each set of values in each message that takes it, with a length that moves along and with one that stays.
fn in_messages<'a>(sets: &[Vec<&'a Spoilt>]) -> Vec<Plan<'a>> {
    let mut plans = Vec::new();
    for fields in sets {
        for message in &OF {
            if !fields.iter().all(|one| message.takes.takes(&one.expected, one.is_text)) {
                continue;
            }
            let moves = message.counts && fields.iter().any(|one| one.sent.len() != one.expected.len());
            plans.extend(moves.then(|| (message, fields.clone(), true)));
            plans.push((message, fields.clone(), false));
        }
    }
    plans
}

impl Made {
    fn of((message, fields, moves): &Plan<'_>) -> Self {
        let right: Vec<Field<'_>> = fields.iter().map(|one| Field { sent: &one.expected, counted: one.expected.len() }).collect();
        let counted = |one: &Spoilt| if *moves { one.sent.len() } else { one.expected.len() };
        let wrong: Vec<Field<'_>> = fields.iter().map(|one| Field { sent: &one.sent, counted: counted(one) }).collect();
        let times = if fields.len() > 1 { ", twice" } else { "" };
        let length = if *moves { ", its length with it" } else { "" };
        Self {
            what: format!("{}{times}{length}", message.name),
            expected: (message.of)(&right),
            captured: (message.of)(&wrong),
            wanted: fields.iter().map(|one| one.wanted.clone()).collect(),
        }
    }
}
