//! How a plan fails: what tells one fault of a client from another. Pure.

use std::fmt;

use crate::judge::diagnosis::{Diagnosis, Evidence, Expected, UNEXPLAINED, holds};
use crate::judge::end::End;
use crate::judge::observed::{Connection, Observed};
use crate::judge::verdict::Verdict;
use crate::run::fuzz::launch::FLOOD;
use crate::suite::Case;
use crate::suite::expectation::{self, Content, Expectation};
use crate::suite::plan::{Plan, Stream, encode};
use crate::trial::Trial;

/// The cause where it sends, connects or prints without end.
pub(crate) const FLOODS: &str = "floods";

/// Causes that tell of which part of a plan the octets are, and not what happened to them: they explain what is not theirs.
const PARTS_OF_PLANS: [&str; 3] = ["argument-differs", "field-differs", UNEXPLAINED];

/// The cause where its time is up.
pub(crate) const HANGS: &str = "hangs";

/// Causes that tell which connections there were, and what came on which: of one client they are one, whichever shows.
const OF_CONNECTIONS: [&str; 10] = [
    "split-over-connections",
    "connections-merged",
    "connections-divided-elsewhere",
    "connections-reordered",
    "silent-connection-missing",
    "extra-empty-connection",
    "sent-again",
    "connection-missing",
    "extra-connection",
    "connection-count",
];

/// How a plan fails.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fault {
    /// The verdict.
    pub verdict: Verdict,
    /// The name of what explains it most specifically, or how the client ended; empty where nothing does.
    pub cause: String,
}

impl Fault {
    /// Other octets came, for these causes. What nothing explains is told by the word where octets part.
    pub(crate) fn differs(diagnoses: &[Diagnosis], streams: &[Stream], captured: &[&[u8]]) -> Self {
        let cause = diagnoses.first().map_or(UNEXPLAINED, |diagnosis| diagnosis.name.as_str());
        let word = (cause == UNEXPLAINED).then(|| parting_word(streams, captured)).flatten();
        Self { verdict: Verdict::Differs, cause: word.map_or(cause.to_owned(), |word| format!("{cause} in {word}")) }
    }

    /// A fault that its verdict tells.
    pub(crate) fn plain(verdict: Verdict) -> Self {
        Self { verdict, cause: String::new() }
    }

    /// How a trial failed; nothing where it passed, or did not come about. Who sends something else may wait in vain for the answer to
    /// what should have come: what it sent is the fault.
    pub(crate) fn of(trial: &Trial, case: &Case) -> Option<Self> {
        let fault = Self::of_launch(trial, case)?;
        let observed = trial.observed.as_ref()?;
        let strays = fault.cause == HANGS && strays(&case.connections, &observed.connections);
        Some(if strays { Self::of_octets(trial, case, observed) } else { fault })
    }

    fn of_octets(trial: &Trial, case: &Case, observed: &Observed) -> Self {
        let streams = case.plan.as_ref().map(encode).unwrap_or_default();
        let heads: Vec<&[u8]> = observed.connections.iter().map(|seen| seen.head.as_slice()).collect();
        Self::differs(&trial.differences.diagnoses, &streams, &heads)
    }

    /// How a launch of several plans failed as a whole; nothing where it passed, or did not come about.
    pub(crate) fn of_launch(trial: &Trial, case: &Case) -> Option<Self> {
        let verdict = trial.judgement.verdict;
        let observed = trial.observed.as_ref()?;
        match verdict {
            Verdict::Differs => Some(Self::of_octets(trial, case, observed)),
            // What is cut off by the recorder may hang then, or end in whichever way.
            Verdict::Crashed | Verdict::TimedOut if floods(trial, case) => Some(Self { verdict, cause: FLOODS.into() }),
            Verdict::Crashed => Some(Self { verdict, cause: ended(observed.end) }),
            Verdict::TimedOut => Some(Self { verdict, cause: HANGS.into() }),
            Verdict::WrongEnding | Verdict::OutOfTurn | Verdict::WrongOutput => Some(Self::plain(verdict)),
            _ => None,
        }
    }

    /// Whether it is the same.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let are_both = |is: fn(&Self) -> bool| is(self) && is(other);
        self == other || are_both(|fault| fault.cause == FLOODS) || are_both(Self::is_of_connections)
    }

    /// Whether it tells which connections there were, and what came on which.
    pub(crate) fn is_of_connections(&self) -> bool {
        self.verdict == Verdict::Differs && OF_CONNECTIONS.contains(&self.cause.as_str())
    }

    /// Whether nothing but time speaks for it: who is waited for longer may do as it should.
    pub(crate) fn hangs_on_time(&self) -> bool {
        self.cause == HANGS
    }

    /// Whether it is the likeliest cause of what came in a trial that crashed or hung: who sends octets elsewhere than where they are
    /// waited for gets no answer.
    pub(crate) fn stopped(&self, trial: &Trial) -> bool {
        let is_stopped = matches!(trial.judgement.verdict, Verdict::Crashed | Verdict::TimedOut);
        let likeliest = trial.differences.diagnoses.first();
        let named = |likeliest: &Diagnosis| Self { verdict: Verdict::Differs, cause: likeliest.name.clone() };
        is_stopped && likeliest.is_some_and(|likeliest| self.is(&named(likeliest)))
    }

    /// Whether its cause holds of what came of a plan, whatever else would explain that better.
    pub(crate) fn holds_of(&self, plan: &Plan, captured: &[&[u8]]) -> bool {
        let streams = encode(plan);
        let expected: Vec<_> = streams.iter().map(|stream| Expected { octets: &stream.octets, masks: &[] }).collect();
        let evidence = Evidence { expected: &expected, captured, plan: Some(plan) };
        let tells = self.verdict == Verdict::Differs && !PARTS_OF_PLANS.contains(&self.cause.as_str());
        tells && holds(&self.cause, &evidence)
    }

    /// Whether a smaller plan with this fault shows the same as one with `other`. What is named is better than what is not.
    pub(crate) fn shows(&self, other: &Self) -> bool {
        let is_named = !PARTS_OF_PLANS.iter().any(|part| other.cause.starts_with(part));
        self.is(other) || (self.verdict == other.verdict && !is_named)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cause.as_str() {
            "" => write!(f, "{}", self.verdict),
            FLOODS => f.write_str(FLOODS),
            cause => write!(f, "{}: {cause}", self.verdict),
        }
    }
}

/// The word of the plan whose octets are the first that did not come; nothing where none is known.
fn parting_word(streams: &[Stream], captured: &[&[u8]]) -> Option<String> {
    let part = |expected: &[u8], came: &[u8]| expected.iter().zip(came).position(|(one, other)| one != other);
    streams.iter().zip(captured).find_map(|(stream, came)| {
        let at = part(&stream.octets, came).or_else(|| (came.len() < stream.octets.len()).then_some(came.len()))?;
        let field = stream.fields.iter().find(|field| (field.start..field.start + field.length).contains(&at))?;
        field.what.trim_start_matches("the length of ").split(' ').next().map(str::to_owned)
    })
}

/// Whether something came that does not begin as it should: not merely less.
pub(crate) fn strays(expected: &[Expectation], seen: &[Connection]) -> bool {
    expected.iter().zip(seen).any(|(expected, seen)| match &expected.content {
        Content::Octets { octets, .. } => !octets.starts_with(&seen.head),
        _ => false,
    })
}

fn ended(end: End) -> String {
    match end {
        End::Exit(status) => format!("status {status}"),
        End::Signal(signal) => format!("signal {signal}"),
        _ => String::new(),
    }
}

/// Whether much more came than was asked for, on connections, in their number, or in what was printed.
fn floods(trial: &Trial, case: &Case) -> bool {
    let Some(observed) = &trial.observed else { return false };
    let came: u64 = observed.connections.iter().map(|seen| seen.content.length).sum();
    let beyond = |came: u64, expected: u64| came > expected.saturating_add(FLOOD / 4);
    beyond(came, expectation::octets(&case.connections))
        || beyond(observed.output.length, case.output.length())
        || observed.connections.len() > 2 * case.connections.len() + 16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differs(cause: &str) -> Fault {
        Fault { verdict: Verdict::Differs, cause: cause.to_owned() }
    }

    #[test]
    fn causes_that_tell_which_connections_there_were_are_one_and_others_are_not() {
        assert!(differs("connection-missing").is(&differs("connections-reordered")));
        assert!(!differs("connection-missing").is(&differs("latin-1")));
        // It may be text that was cut as well.
        assert!(!differs("nothing-sent").is(&differs("connection-missing")));
        assert!(!Fault { verdict: Verdict::Crashed, ..differs("connection-missing") }.is(&differs("connection-missing")));
    }

    #[test]
    fn anything_of_the_same_verdict_shows_what_has_no_name() {
        for nameless in ["unexplained in text", "field-differs", "argument-differs"] {
            assert!(differs("latin-1").shows(&differs(nameless)), "{nameless}");
            assert!(!Fault::plain(Verdict::WrongEnding).shows(&differs(nameless)), "{nameless}");
        }
        assert!(!differs("unexplained in text").shows(&differs("latin-1")));
    }
}
