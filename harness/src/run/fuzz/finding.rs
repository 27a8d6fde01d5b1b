//! What was found: a client, how it fails, the first plan on which it does, and the smallest that fails alike.

use std::mem;

use crate::client::profile::Profile;
use crate::judge::diagnosis::Diagnosis;
use crate::judge::verdict::Verdict;
use crate::run::fuzz::fault::Fault;
use crate::suite::Case;
use crate::suite::plan::{Draft, Plan};
use crate::trial::Trial;

/// A fault of a client, as the search saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Suspicion {
    /// Which player.
    pub player: usize,
    /// How it fails, as far as a launch of many plans tells.
    pub fault: Fault,
    /// The first plan that fails like this, from 1.
    pub plan: u64,
    /// How many plans do.
    pub count: usize,
    /// The next of them, for where the first does not fail again.
    pub more: Vec<u64>,
    /// What is left of the first plan where another fault is taken out of it.
    pub leftover: Option<Draft>,
}

impl Suspicion {
    /// How one of its plans is to be said to fail that failed like this among others that ran. Many at once take longer, and may be in
    /// each other's way: that it crashes or hangs there is nothing new of one that did neither.
    pub(crate) fn as_seen(&self, fault: Fault) -> Fault {
        match fault.verdict {
            Verdict::TimedOut | Verdict::Crashed => self.fault.clone(),
            _ => fault,
        }
    }
}

/// A fault of a client, shrunk.
pub(crate) struct Finding {
    /// The client, by its place in the session.
    pub client: usize,
    /// The environment.
    pub profile: Profile,
    /// Both, as `--client` takes them.
    pub name: String,
    /// How it fails.
    pub fault: Fault,
    /// The first plan that fails like this, from 1.
    pub plan: u64,
    /// How many plans were seen to.
    pub count: usize,
    /// The smallest plan.
    pub draft: Draft,
    /// Whether nothing could be taken away from it any more.
    pub is_smallest: bool,
    /// The plan as a case.
    pub case: Case,
    /// Its trial.
    pub trial: Trial,
    /// What others make of it.
    pub others: Vec<(String, Side)>,
}

impl Finding {
    /// Whether it is the same fault of the same client, as far as its causes tell, after so many plans: the likeliest of one is among
    /// those of the other, or holds there too and shows on most plans, so whatever they are.
    pub(crate) fn explains(&self, other: &Self, plans: u64) -> bool {
        let is_everywhere = || self.count as u64 * 2 > plans && self.holds_of(other);
        let is_one = || explains((&self.fault, &self.case), (&other.fault, &other.case, &other.trial));
        self.name == other.name && (is_one() || is_everywhere())
    }

    /// Whether its cause holds of what another one sent, whatever else would explain that better.
    fn holds_of(&self, other: &Self) -> bool {
        let (Some(plan), Some(observed)) = (&other.case.plan, &other.trial.observed) else { return false };
        let captured: Vec<&[u8]> = observed.connections.iter().map(|seen| seen.head.as_slice()).collect();
        other.fault.verdict == Verdict::Differs && self.fault.holds_of(plan, &captured)
    }
}

/// Whether a fault, seen with a case, is another one too: the same, or the likeliest cause of it is among the causes of the other. Who
/// crashes or hangs where the likeliest cause of what it sent is a known one does so for that.
pub(crate) fn explains((fault, case): (&Fault, &Case), (other, of, trial): (&Fault, &Case, &Trial)) -> bool {
    let explains = |diagnosis: &Diagnosis| diagnosis.name == fault.cause;
    let is_among = || fault.verdict == other.verdict && trial.differences.diagnoses.iter().any(explains);
    fault.is(other) || is_among() && shares_kind(case, of) || fault.stopped(trial)
}

/// Whether lines of both cases do the same kind of thing, or one does nothing. Of a few octets many causes hold: only where they hold of
/// the same kind of thing are they one.
fn shares_kind(one: &Case, other: &Case) -> bool {
    let (Some(one), Some(other)) = (&one.plan, &other.plan) else { return true };
    let kinds = |plan: &Plan| plan.lines.iter().map(|line| mem::discriminant(&line.instruction)).collect::<Vec<_>>();
    let (one, other) = (kinds(one), kinds(other));
    one.is_empty() || other.is_empty() || one.iter().any(|kind| other.contains(kind))
}

/// What another client makes of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    /// It fails too, in whichever way.
    Fails,
    /// It does it right.
    Right,
    /// It cannot do it, and says so.
    Lacks,
    /// The time was up, or its trial did not come about.
    Untried,
}
