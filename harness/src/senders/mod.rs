//! Wrong senders: each does a plan right but for one named fault. What the suite is worth is how many of them it catches.
//!
//! Owns the faults, what each makes of a plan, and the sign by which it should be known; what a fault sends is worked out here
//! anew, and shares nothing with the rules of the diagnosis. All but [`follow`] is pure. Does not launch or judge: a wrong sender
//! is a client like any other. Programs that misbehave as processes are no senders of this kind.
//!
//! No fault leaves out or shortens a `pause`: when octets come is not judged, so nobody could tell.

mod encodings;
mod escapes;
pub mod follow;
mod numbers;
pub mod outcome;
mod plans;
mod prefixes;
mod shells;
mod step;
mod streams;
mod turns;
pub mod unplanned;

use samewire_recorder::{Answers, Faults};

use crate::judge::verdict::Verdict;
use crate::suite::plan::{Instruction, Line, Plan, Prefix, encode};
use crate::suite::{Case, expectation};
use numbers::Number;
pub use step::Step;

/// A case that sends more than this is run only for faults that name it.
const LARGE: u64 = 8 << 10;

/// The name of the sender without a fault.
pub const RIGHT: &str = "right";

/// What a sender does wrong.
#[derive(Debug)]
pub struct Fault {
    /// Its name: `latin-1`.
    pub name: &'static str,
    /// What programs with this fault do, in their own terms.
    pub seen: &'static str,
    /// By what it should be known.
    pub sign: Sign,
    how: How,
    /// The only cases to run it on, by full name; none for all that it touches.
    only: &'static [&'static str],
}

/// By what a fault should be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Octets differ, and the diagnosis has this name.
    Diagnosis(&'static str),
    /// The verdict is this one.
    Verdict(Verdict),
}

/// How a fault changes what is done.
#[derive(Debug)]
enum How {
    /// Not at all.
    Not,
    /// What is sent for text: of `text` and `points`, and in a `frame`, whose length then fits.
    Text(fn(&str) -> Vec<u8>),
    /// What is sent for a line, whatever it is.
    Octets(fn(&[u8]) -> Vec<u8>),
    /// What is sent for a number, at this offset of its connection; nothing where it is sent right.
    Number(fn(Number, usize) -> Option<Vec<u8>>),
    /// What is sent for a frame's length.
    Length(fn(Prefix, &str) -> Vec<u8>),
    /// What is sent for a line; nothing where it is sent right.
    Line(fn(&Instruction) -> Option<Vec<u8>>),
    /// What is sent on a connection.
    Connection(fn(&[u8]) -> Vec<u8>),
    /// Which steps are taken.
    Steps(fn(Vec<Step>) -> Vec<Step>),
    /// What is read of the plan.
    Plan(fn(&str) -> String),
    /// What is printed of each piece that is received.
    Received(fn(&[u8]) -> Vec<u8>),
    /// How the contract is broken.
    Habit(Habit),
}

/// How a sender breaks the contract, whatever the plan says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// It connects before it reads the plan.
    ConnectsFirst,
    /// It leaves out lines with words that it does not know.
    IgnoresUnknownWords,
    /// It ends in another status than agreed at a word that it does not know.
    FailsAtUnknownWords,
    /// It looks at words behind a `connect` only when it comes to them.
    ChecksAsItGoes,
    /// It ends in 0 where there is no plan.
    NeedsNoPlan,
    /// It says that it cannot do the plan where there is none.
    CannotWithoutPlan,
    /// It ends in 0 whatever went wrong.
    ClaimsSuccess,
}

/// Every fault, the sender without one first.
pub fn faults() -> impl Iterator<Item = &'static Fault> {
    let tables = [encodings::FAULTS, escapes::FAULTS, shells::FAULTS, numbers::FAULTS, prefixes::FAULTS];
    let tables = tables.into_iter().chain([streams::FAULTS, plans::FAULTS, turns::FAULTS]);
    std::iter::once(&NONE).chain(tables.flatten())
}

/// The fault of that name.
#[must_use]
pub fn fault(name: &str) -> Option<&'static Fault> {
    faults().find(|fault| fault.name == name)
}

const NONE: Fault =
    Fault { name: RIGHT, seen: "does everything right", sign: Sign::Verdict(Verdict::Passed), how: How::Not, only: &[] };

impl Fault {
    /// A fault that its octets give away.
    const fn new(name: &'static str, diagnosis: &'static str, how: How, seen: &'static str) -> Self {
        Self { name, seen, sign: Sign::Diagnosis(diagnosis), how, only: &[] }
    }

    /// A fault that a verdict gives away.
    const fn judged(name: &'static str, verdict: Verdict, how: How, seen: &'static str) -> Self {
        Self { name, seen, sign: Sign::Verdict(verdict), how, only: &[] }
    }

    /// The same, to be run on these cases alone.
    const fn only(self, only: &'static [&'static str]) -> Self {
        Self { only, ..self }
    }

    /// Whether it is to be run on a case: one that it names or, where it names none, one on which it does something else than a
    /// right sender. Slow and large cases, and those that wait for each other's octets, are for faults that name them.
    #[must_use]
    pub fn is_for(&self, case: &Case) -> bool {
        if !self.only.is_empty() {
            return self.only.contains(&case.name.as_str());
        }
        let octets = expectation::octets(&case.connections);
        let silent = matches!(&case.recorder.answers, Answers::Replies(replies) if replies.is_empty());
        let plain = silent && case.recorder.faults == Faults::default();
        let simple = case.contract.is_none() && plain && octets <= LARGE;
        let touches = |plan: &Plan| simple && !plan.uses("pause") && self.differs_on(plan);
        self.name == RIGHT || case.plan.as_ref().is_some_and(touches)
    }

    fn differs_on(&self, plan: &Plan) -> bool {
        step::observable(self.steps(plan)) != step::observable(right(plan))
    }

    /// What a sender with this fault does when it is told `plan`.
    #[must_use]
    pub fn steps(&self, plan: &Plan) -> Vec<Step> {
        match self.how {
            How::Connection(how) => step::by_connection(right(plan), how),
            How::Steps(how) => how(right(plan)),
            How::Plan(how) => Plan::parse(&how(&plan.text)).map(|plan| right(&plan)).unwrap_or_default(),
            _ => self.line_by_line(plan),
        }
    }

    /// What it takes a plan for that is none.
    #[must_use]
    pub fn understands(&self, text: &str) -> Option<Plan> {
        match self.how {
            How::Plan(how) => Plan::parse(&how(text)).ok(),
            _ => None,
        }
    }

    /// What it prints of a piece that it received.
    #[must_use]
    pub fn prints(&self, piece: &[u8]) -> Vec<u8> {
        match self.how {
            How::Received(how) => how(piece),
            _ => piece.to_vec(),
        }
    }

    /// Whether it breaks the contract like this.
    #[must_use]
    pub fn has(&self, habit: Habit) -> bool {
        matches!(self.how, How::Habit(own) if own == habit)
    }

    fn line_by_line(&self, plan: &Plan) -> Vec<Step> {
        let mut at = 0;
        step::steps(plan, |line| {
            let octets = self.sends(line, at);
            at = if line.instruction == Instruction::Connect { 0 } else { at + octets.len() };
            octets
        })
    }

    fn sends(&self, line: &Line, at: usize) -> Vec<u8> {
        match (&self.how, &line.instruction) {
            (How::Text(how), Instruction::Text(text)) => how(text),
            (How::Text(how), Instruction::Points(points)) => how(&points.iter().collect::<String>()),
            (How::Text(how), Instruction::Frame(prefix, text)) => framed(*prefix, &how(text)),
            (How::Octets(how), _) => how(&octets(line)),
            (How::Length(how), Instruction::Frame(prefix, text)) => [how(*prefix, text), text.as_bytes().to_vec()].concat(),
            (How::Number(how), instruction) => numbers::sent(*how, instruction, at).unwrap_or_else(|| octets(line)),
            (How::Line(how), instruction) => how(instruction).unwrap_or_else(|| octets(line)),
            _ => octets(line),
        }
    }
}

fn right(plan: &Plan) -> Vec<Step> {
    step::steps(plan, octets)
}

/// What a line sends, rightly.
fn octets(line: &Line) -> Vec<u8> {
    let alone = Plan { text: String::new(), lines: vec![line.clone()] };
    encode(&alone).into_iter().flat_map(|stream| stream.octets).collect()
}

fn framed(prefix: Prefix, body: &[u8]) -> Vec<u8> {
    [prefix.octets(body.len() as u64).as_slice(), body].concat()
}

#[cfg(test)]
mod tests;
