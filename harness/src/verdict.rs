//! The verdict of a trial, from that trial alone. Pure.

use std::fmt;

use samewire_recorder::PeerEnd;
use serde::{Deserialize, Serialize};

use crate::contract::Contract;
use crate::expectation::{Expectation, ExpectedExit, Match};
use crate::launch::End;
use crate::suite::Case;

/// The status by which a client says that it cannot do a line of the plan.
pub const CANNOT: i32 = 77;

/// The outcome of a trial. Where several hold, the first in this order is the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
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
    /// The client ended in anything but 0; where it had to fail, by a signal or in 77.
    Crashed,
    /// Other octets, or another number of connections.
    Differs,
    /// RST where FIN was expected, and the like; or in 0 where it had to fail.
    WrongEnding,
    /// It printed something else than what it received.
    WrongOutput,
    /// It was expected to fail, and did.
    KnownFailure,
    /// It was expected to fail, and did not.
    UnexpectedPass,
    /// It says that it cannot do this, and `lacks` says so too.
    Unsupported,
    /// It was run several times, and did not end the same each time.
    Flaky,
    /// As expected.
    Passed,
}

impl Verdict {
    /// Every verdict, in order.
    pub const ALL: [Self; 13] = [
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
        Self::Flaky,
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
            Self::Flaky => "flaky",
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
    /// Whether the recorder had closed every expected connection by then.
    pub waited: bool,
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
    /// Its first octets.
    pub head: Vec<u8>,
}

/// The verdict of a trial, and what else was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The outcome.
    pub verdict: Verdict,
    /// What else holds, beside the verdict.
    pub also: Vec<Verdict>,
}

/// Judges a trial. `lacks` is whether the client says that it cannot do this case.
#[must_use]
pub fn judge(case: &Case, observed: &Observed, lacks: bool) -> Judgement {
    if lacks && observed.end == End::Exit(CANNOT) && observed.connections.is_empty() {
        return Judgement::plain(Verdict::Unsupported);
    }
    if matches!(case.contract, Some(Contract::Lacks(_))) && observed.end == End::Exit(0) {
        return Judgement::plain(Verdict::UnexpectedPass);
    }
    let mut found = findings(case, observed);
    match found.is_empty() {
        true if lacks => Judgement::plain(Verdict::UnexpectedPass),
        true => Judgement::plain(Verdict::Passed),
        false => Judgement { verdict: found.remove(0), also: found },
    }
}

impl Judgement {
    fn plain(verdict: Verdict) -> Self {
        Self { verdict, also: Vec::new() }
    }

    /// The judgement of a trial that is known to fail. `as_known` is whether it fails in the way that is known.
    #[must_use]
    pub fn known_to_fail(mut self, as_known: bool) -> Self {
        match self.verdict {
            Verdict::Passed => Self::plain(Verdict::UnexpectedPass),
            bad if bad.is_bad() && as_known => {
                self.also.insert(0, bad);
                Self { verdict: Verdict::KnownFailure, also: self.also }
            }
            _ => self,
        }
    }
}

/// All that is wrong, in the order of precedence.
fn findings(case: &Case, observed: &Observed) -> Vec<Verdict> {
    let claims_success = observed.end == End::Exit(0) && case.exit != ExpectedExit::Zero;
    let left_early = case.contract == Some(Contract::HeldClose) && !observed.waited;
    let pairs = || case.connections.iter().zip(&observed.connections);
    let differs = case.connections.len() != observed.connections.len() || pairs().any(|(_, seen)| !seen.content.matches);
    let ends_otherwise = |(expected, seen): (&Expectation, &Connection)| expected.ending != seen.ending;
    let wrong = [
        (differs, Verdict::Differs),
        (claims_success || left_early || pairs().any(ends_otherwise), Verdict::WrongEnding),
        (!observed.output.matches && observed.end != End::Unknown, Verdict::WrongOutput),
    ];
    let wrong = wrong.into_iter().filter(|(holds, _)| *holds).map(|(_, verdict)| verdict);
    bad_end(case.exit, observed.end).into_iter().chain(wrong).collect()
}

/// What is wrong with how the client ended; that it claims success where it must not is found elsewhere.
fn bad_end(expected: ExpectedExit, end: End) -> Option<Verdict> {
    match (end, expected) {
        (End::Interrupted, _) => Some(Verdict::Interrupted),
        (End::TimedOut, _) => Some(Verdict::TimedOut),
        (End::Exit(0) | End::Unknown, _) => None,
        (End::Exit(status), ExpectedExit::Status(expected)) if status == expected => None,
        (End::Exit(status), ExpectedExit::NonZero) if status != CANNOT => None,
        (End::Exit(_) | End::Signal(_), _) => Some(Verdict::Crashed),
    }
}
