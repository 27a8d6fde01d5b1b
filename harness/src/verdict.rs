//! The verdict of a trial, from that trial alone. Pure.

use std::fmt;

use samewire_recorder::PeerEnd;
use serde::{Deserialize, Serialize};

use crate::expectation::{Expectation, Match};
use crate::launch::End;
use crate::suite::Case;

/// The status by which a client says that it cannot do a line of the plan.
pub const CANNOT: i32 = 77;

/// The outcome of a trial. Where several hold, the first in this order is the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The client could not be built or started, or the recorder failed.
    SetupError,
    /// What the client needs is not on this machine.
    Missing,
    /// The run was stopped first.
    Interrupted,
    /// The client's time was up.
    TimedOut,
    /// The client ended in anything but 0.
    Crashed,
    /// Other octets, or another number of connections.
    Differs,
    /// RST where FIN was expected, and the like.
    WrongEnding,
    /// It printed something else than what it received.
    WrongOutput,
    /// It was expected to fail, and did.
    KnownFailure,
    /// It was expected to fail, and did not.
    UnexpectedPass,
    /// It says that it cannot do this, and `lacks` says so too.
    Unsupported,
    /// As expected.
    Passed,
}

impl Verdict {
    /// Every verdict, in order.
    pub const ALL: [Self; 12] = [
        Self::SetupError,
        Self::Missing,
        Self::Interrupted,
        Self::TimedOut,
        Self::Crashed,
        Self::Differs,
        Self::WrongEnding,
        Self::WrongOutput,
        Self::KnownFailure,
        Self::UnexpectedPass,
        Self::Unsupported,
        Self::Passed,
    ];

    /// The name that stands in reports: `wrong-ending`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SetupError => "setup-error",
            Self::Missing => "missing",
            Self::Interrupted => "interrupted",
            Self::TimedOut => "timed-out",
            Self::Crashed => "crashed",
            Self::Differs => "differs",
            Self::WrongEnding => "wrong-ending",
            Self::WrongOutput => "wrong-output",
            Self::KnownFailure => "known-failure",
            Self::UnexpectedPass => "unexpected-pass",
            Self::Unsupported => "unsupported",
            Self::Passed => "passed",
        }
    }

    /// Whether a run with such a trial has failed. `missing` fails only what is required, so it is none here.
    #[must_use]
    pub fn is_failure(self) -> bool {
        !matches!(self, Self::Missing | Self::KnownFailure | Self::Unsupported | Self::Passed)
    }

    /// Whether it says that the client ran and did wrong.
    fn is_bad(self) -> bool {
        matches!(self, Self::TimedOut | Self::Crashed | Self::Differs | Self::WrongEnding | Self::WrongOutput)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What was seen of a trial.
#[derive(Debug, Clone)]
pub struct Observed {
    /// Every connection, in the order they were opened.
    pub connections: Vec<Connection>,
    /// How the client ended.
    pub end: End,
    /// What it printed, held against what it should have.
    pub output: Match,
}

/// What was seen of one connection.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Its octets, held against what they should be.
    pub content: Match,
    /// How the client ended it.
    pub ending: PeerEnd,
}

/// The verdict of a trial, and what else was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The outcome.
    pub verdict: Verdict,
    /// What else holds, beside the verdict.
    pub also: Vec<Verdict>,
}

/// Judges a trial. `lacks` is whether the client says that it cannot do this case, `known` whether it is known to fail.
#[must_use]
pub fn judge(case: &Case, observed: &Observed, lacks: bool, known: bool) -> Judgement {
    if lacks && observed.end == End::Exit(CANNOT) && observed.connections.is_empty() {
        return Judgement { verdict: Verdict::Unsupported, also: Vec::new() };
    }
    let mut found = findings(case, observed);
    let verdict = if found.is_empty() { Verdict::Passed } else { found.remove(0) };
    let over = match verdict {
        Verdict::Passed if lacks || known => Some(Verdict::UnexpectedPass),
        bad if known && bad.is_bad() => Some(Verdict::KnownFailure),
        _ => None,
    };
    match over {
        Some(over) if verdict == Verdict::Passed => Judgement { verdict: over, also: found },
        Some(over) => {
            found.insert(0, verdict);
            Judgement { verdict: over, also: found }
        }
        None => Judgement { verdict, also: found },
    }
}

/// All that is wrong, in the order of precedence.
fn findings(case: &Case, observed: &Observed) -> Vec<Verdict> {
    let ended = match observed.end {
        End::Interrupted => Some(Verdict::Interrupted),
        End::TimedOut => Some(Verdict::TimedOut),
        End::Exit(0) => None,
        End::Exit(_) | End::Signal(_) => Some(Verdict::Crashed),
    };
    let pairs = || case.connections.iter().zip(&observed.connections);
    let differs = case.connections.len() != observed.connections.len() || pairs().any(|(_, seen)| !seen.content.matches);
    let ends_otherwise = |(expected, seen): (&Expectation, &Connection)| expected.ending != seen.ending;
    let wrong = [
        (differs, Verdict::Differs),
        (pairs().any(ends_otherwise), Verdict::WrongEnding),
        (!observed.output.matches, Verdict::WrongOutput),
    ];
    ended.into_iter().chain(wrong.into_iter().filter(|(holds, _)| *holds).map(|(_, verdict)| verdict)).collect()
}
