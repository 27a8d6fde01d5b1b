//! What was found: a client, how it fails, the first plan on which it does, and the smallest that fails alike.

use crate::client::profile::Profile;
use crate::judge::diagnosis::Diagnosis;
use crate::judge::verdict::Verdict;
use crate::run::fuzz::fault::Fault;
use crate::suite::Case;
use crate::suite::plan::Draft;
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
        self.name == other.name && (explains(&self.fault, (&other.fault, &other.trial)) || is_everywhere())
    }

    /// Whether its cause holds of what another one sent, whatever else would explain that better.
    fn holds_of(&self, other: &Self) -> bool {
        let (Some(plan), Some(observed)) = (&other.case.plan, &other.trial.observed) else { return false };
        let captured: Vec<&[u8]> = observed.connections.iter().map(|seen| seen.head.as_slice()).collect();
        other.fault.verdict == Verdict::Differs && self.fault.holds_of(plan, &captured)
    }
}

/// Whether a fault is another one too: the same, or the likeliest cause of it is among the causes of the other. Who crashes or hangs
/// where the likeliest cause of what it sent is a known one does so for that.
pub(crate) fn explains(fault: &Fault, (other, trial): (&Fault, &Trial)) -> bool {
    let explains = |diagnosis: &Diagnosis| diagnosis.name == fault.cause;
    let is_among = || fault.verdict == other.verdict && trial.differences.diagnoses.iter().any(explains);
    fault.is(other) || is_among() || fault.stopped(trial)
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
