//! Which plans of a launch went wrong, and how, from what came of the launch. Pure.
//!
//! A client that comes to the end is judged plan by plan. One that crashed or hung is judged up to where it did: what came behind is
//! not known, and is tried again.

use crate::judge::diagnosis::{Evidence, Expected, diagnose};
use crate::judge::end::End;
use crate::judge::observed::Observed;
use crate::judge::order::Breach;
use crate::judge::verdict::Verdict;
use crate::run::fuzz::fault::{Fault, HANGS, strays};
use crate::run::fuzz::launch::Launch;
use crate::run::fuzz::replies::printed;
use crate::suite::plan::encode;
use crate::trial::Trial;

/// What came of one plan of a launch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// As it should be.
    Right,
    /// Wrong, and how.
    Wrong(Fault),
    /// Nobody can say.
    Unknown,
}

/// What came of each plan; `captured` is what came on each connection.
#[must_use]
pub(crate) fn outcomes(launch: &Launch, trial: &Trial, captured: &[Vec<u8>]) -> Vec<Outcome> {
    let plans = launch.plans.len();
    let Some(observed) = &trial.observed else { return vec![Outcome::Unknown; plans] };
    if trial.judgement.verdict == Verdict::Passed {
        return vec![Outcome::Right; plans];
    }
    if let ([_], Some(fault)) = (launch.plans.as_slice(), Fault::of(trial, &launch.case)) {
        return vec![Outcome::Wrong(fault)];
    }
    let blame = Blame { launch, observed, captured, stdout: &trial.stdout };
    match Fault::of_launch(trial, &launch.case) {
        Some(fault) => blame.each(&fault),
        None => vec![Outcome::Unknown; plans],
    }
}

struct Blame<'a> {
    launch: &'a Launch,
    observed: &'a Observed,
    captured: &'a [Vec<u8>],
    stdout: &'a [u8],
}

impl Blame<'_> {
    /// What came of each plan of a launch that failed like this.
    fn each(&self, fault: &Fault) -> Vec<Outcome> {
        let plans = 0..self.launch.plans.len();
        let came_to_the_end = self.observed.end == End::Exit(0);
        let is_aligned = self.observed.connections.len() == self.launch.case.connections.len();
        let mut outcomes: Vec<Outcome> = plans.clone().map(|plan| self.by_connections(plan)).collect();
        let is_wrong = |outcome: &Outcome| *outcome != Outcome::Right;
        let stop = match (came_to_the_end, is_aligned) {
            (true, true) => self.printed_wrong(),
            // From the first that is wrong on, nobody knows which connection belongs to which plan.
            (true, false) => outcomes.iter().position(is_wrong),
            (false, _) => self.last_seen().filter(|last| is_wrong(&outcomes[*last])),
        };
        if let Some(stop) = stop {
            let waits_in_vain = fault.cause == HANGS && self.strays(stop);
            if !came_to_the_end && !waits_in_vain || outcomes[stop] == Outcome::Right {
                outcomes[stop] = Outcome::Wrong(fault.clone());
            }
            outcomes[stop + 1..].fill(Outcome::Unknown);
        } else if !came_to_the_end {
            let after = self.last_seen().map_or(0, |last| last + 1);
            outcomes[after..].fill(Outcome::Unknown);
        }
        // It went wrong, and each plan looks right.
        if !outcomes.iter().any(is_wrong) {
            outcomes.fill(Outcome::Unknown);
        }
        outcomes
    }

    /// Whether something came of a plan that does not begin as it should.
    fn strays(&self, plan: usize) -> bool {
        let places = self.launch.connections(plan);
        let seen = self.observed.connections.get(places.start..).unwrap_or_default();
        strays(&self.launch.case.connections[places], seen)
    }

    /// The plan of the last connection that was seen.
    fn last_seen(&self) -> Option<usize> {
        let last = self.observed.connections.len().checked_sub(1)?;
        let plans = self.launch.plans.len();
        Some((0..plans).find(|plan| self.launch.connections(*plan).contains(&last)).unwrap_or(plans - 1))
    }

    /// What came of a plan, by its connections alone.
    fn by_connections(&self, plan: usize) -> Outcome {
        let places = self.launch.connections(plan);
        let Some(seen) = self.observed.connections.get(places.clone()) else {
            return Outcome::Wrong(Fault::differs(&[], &[], &[]));
        };
        if seen.iter().any(|seen| !seen.content.matches) {
            return Outcome::Wrong(self.difference(plan));
        }
        let expected = &self.launch.case.connections[places.clone()];
        let of_it = self.observed.breaches.iter().filter(|breach| places.contains(&(connection_of(breach) - 1)));
        let (ending, order): (Vec<&Breach>, Vec<&Breach>) = of_it.partition(|breach| breach.is_of_ending());
        let ends_otherwise = expected.iter().zip(seen).any(|(expected, seen)| !expected.ending.has(seen.ending));
        match () {
            () if ends_otherwise || !ending.is_empty() => Outcome::Wrong(Fault::plain(Verdict::WrongEnding)),
            () if !order.is_empty() => Outcome::Wrong(Fault::plain(Verdict::OutOfTurn)),
            () => Outcome::Right,
        }
    }

    /// Why the octets of a plan differ.
    fn difference(&self, plan: usize) -> Fault {
        let places = self.launch.connections(plan);
        let plan = &self.launch.plans[plan];
        let streams = encode(plan);
        let expected: Vec<_> = streams.iter().map(|stream| Expected { octets: &stream.octets, masks: &[] }).collect();
        let captured: Vec<&[u8]> = self.captured[places].iter().map(Vec::as_slice).collect();
        let diagnoses = diagnose(&Evidence { expected: &expected, captured: &captured, plan: Some(plan) });
        Fault::differs(&diagnoses, &streams, &captured)
    }

    /// The first plan of which something else was printed than it receives; nothing where all is right, or more was printed than
    /// is kept.
    fn printed_wrong(&self) -> Option<usize> {
        if self.observed.output.matches {
            return None;
        }
        let mut rest = self.stdout;
        for (index, plan) in self.launch.plans.iter().enumerate() {
            let expected = printed(plan).concat();
            match rest.split_at_checked(expected.len()) {
                Some((came, more)) if came == expected => rest = more,
                _ => return Some(index),
            }
        }
        Some(self.launch.plans.len() - 1)
    }
}

/// The connection that a breach is of, from 1.
fn connection_of(breach: &Breach) -> usize {
    match breach {
        Breach::LeftEarly { connection }
        | Breach::ConnectedEarly { connection }
        | Breach::NotReceived { connection, .. }
        | Breach::SentUrgent { connection, .. }
        | Breach::NotPaused { connection, .. } => *connection,
    }
}

#[cfg(test)]
mod tests;
