//! How a plan fails: what tells one fault of a client from another. Pure.

use std::fmt;

use crate::judge::diagnosis::{Diagnosis, UNEXPLAINED};
use crate::judge::end::End;
use crate::judge::verdict::Verdict;
use crate::run::fuzz::launch::FLOOD;
use crate::suite::Case;
use crate::trial::Trial;

/// How a plan fails.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fault {
    /// The verdict.
    pub verdict: Verdict,
    /// The name of what explains it most specifically, or how the client ended; empty where nothing does.
    pub cause: String,
}

impl Fault {
    /// Other octets came, for these causes.
    pub(crate) fn differs(diagnoses: &[Diagnosis]) -> Self {
        let cause = diagnoses.first().map_or(UNEXPLAINED, |diagnosis| diagnosis.name.as_str());
        Self { verdict: Verdict::Differs, cause: cause.to_owned() }
    }

    /// A fault that its verdict tells.
    pub(crate) fn plain(verdict: Verdict) -> Self {
        Self { verdict, cause: String::new() }
    }

    /// How a trial failed; nothing where it passed, or did not come about.
    pub(crate) fn of(trial: &Trial, case: &Case) -> Option<Self> {
        let verdict = trial.judgement.verdict;
        let observed = trial.observed.as_ref()?;
        match verdict {
            Verdict::Differs => Some(Self::differs(&trial.differences.diagnoses)),
            Verdict::Crashed => Some(Self { verdict, cause: ended(observed.end) }),
            Verdict::TimedOut => Some(Self { verdict, cause: if floods(trial, case) { "floods" } else { "hangs" }.into() }),
            Verdict::WrongEnding | Verdict::OutOfTurn | Verdict::WrongOutput => Some(Self::plain(verdict)),
            _ => None,
        }
    }

    /// Whether a smaller plan with this fault shows the same as one with `other`. What is named is better than what is not.
    pub(crate) fn shows(&self, other: &Self) -> bool {
        self == other || (self.verdict == other.verdict && other.cause == UNEXPLAINED)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cause.as_str() {
            "" => write!(f, "{}", self.verdict),
            cause => write!(f, "{}: {cause}", self.verdict),
        }
    }
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
    let expected: u64 = case.connections.iter().map(|expected| expected.content.length()).sum();
    let beyond = |came: u64, expected: u64| came > expected + FLOOD / 4;
    beyond(came, expected)
        || beyond(observed.output.length, case.output.length())
        || observed.connections.len() > 2 * case.connections.len() + 16
}
