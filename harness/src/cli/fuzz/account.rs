//! What a hunt came to, for programs: what `--format json` prints.

use schemars::JsonSchema;
use serde::Serialize;

use super::saved::Kept;
use crate::hex;
use crate::judge::diagnosis::Diagnosis;
use crate::judge::verdict::Verdict;
use crate::report::TrialReport;
use crate::run::fuzz::finding::{Finding, Side};
use crate::run::fuzz::hunt::{Bag, Relapse};
use crate::run::fuzz::inputs::{Parted, Parting};

/// The version of this format.
const FORMAT: u64 = 1;

/// What came of plans made at random.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Account {
    /// The version of this format: 1.
    format: u64,
    /// Which plans.
    seed: u64,
    /// The last plan that every client has done, from 1; 0 where there is none.
    plans: u64,
    /// How many lines were judged, of all clients together.
    lines: u64,
    /// How long the search took, in seconds.
    seconds: f64,
    /// How many clients took part, each profile once.
    clients: usize,
    /// Whether it was stopped.
    stopped: bool,
    /// What was found, each fault of each client once.
    pub found: Vec<Found>,
    /// Who fails on a case that was saved before.
    pub relapses: Vec<Relapsed>,
    /// What came of cases whose input is made at random.
    #[serde(default)]
    pub inputs: Vec<Inputs>,
    /// What failed and was not shrunk, since it was stopped.
    unshrunk: Vec<String>,
    /// What failed once and not again.
    vanished: Vec<String>,
    /// Of whom plans were not judged.
    unjudged: Vec<Unjudged>,
    /// Who could not take part.
    left_out: Vec<LeftOut>,
}

/// A fault of a client, shrunk.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Found {
    #[serde(flatten)]
    failure: Failure,
    /// The first plan that fails like this, from 1.
    number: u64,
    /// How many plans do.
    count: usize,
    /// The smallest plan, as its client is told it.
    plan: String,
    /// Whether nothing could be taken away from it any more.
    is_smallest: bool,
    /// Others that fail on it too.
    fails: Vec<String>,
    /// Others that do it right.
    right: Vec<String>,
    /// Others that cannot do it, and say so.
    lacks: Vec<String>,
    /// Others that were not tried on it.
    untried: Vec<String>,
    /// The case that it was saved as; none where it is saved already, was not to be, or could not be.
    saved: Option<String>,
    /// Why it could not be saved.
    unsaved: Option<String>,
}

/// A client that fails on a case that was saved before.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Relapsed {
    #[serde(flatten)]
    failure: Failure,
    /// The case.
    case: String,
}

/// What came of a case whose input is made at random.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Inputs {
    /// The case.
    pub case: String,
    /// The last input that every client has done, from 1; 0 where there is none.
    pub inputs: u64,
    /// How many clients took part.
    pub clients: usize,
    /// Where they part, each way once.
    pub differences: Vec<Difference>,
}

/// An input on which clients part.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Difference {
    /// Which input it was at first, from 1.
    number: u64,
    /// The input, made smaller, in hex.
    hex: String,
    /// Whether nothing could be taken away from it any more.
    is_smallest: bool,
    /// Who does otherwise than most; empty where there is no majority.
    odd: Vec<String>,
    /// Who agrees, where most do.
    right: Vec<String>,
    /// Who agrees with whom, where there is no majority.
    split: Option<String>,
    /// What an odd one does, in lines for people, with the command that repeats it.
    told: Vec<String>,
    /// The case that it was saved as; none where it is saved already, was not to be, or could not be.
    saved: Option<String>,
    /// Why it could not be saved.
    unsaved: Option<String>,
}

/// How a client fails.
#[derive(Debug, Serialize, JsonSchema)]
struct Failure {
    /// The client and its profile, as `--client` takes them.
    client: String,
    /// The verdict.
    verdict: Verdict,
    /// The likeliest cause, or how the client ended.
    cause: String,
    /// Why octets differ, the likeliest first.
    diagnoses: Vec<Diagnosis>,
    /// All of it in lines for people, with the command that repeats it.
    told: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Unjudged {
    /// The client and its profile.
    client: String,
    /// How many plans.
    plans: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
struct LeftOut {
    /// The client and its profile.
    client: String,
    /// Missing, or a setup error.
    verdict: Verdict,
    /// Why.
    why: String,
}

impl Account {
    /// What a hunt with this seed came to, but for what was found.
    pub(super) fn of(bag: &Bag, seed: u64, stopped: bool) -> Self {
        let unjudged = bag.unjudged.iter().map(|(client, plans)| Unjudged { client: client.clone(), plans: *plans });
        let left_out =
            bag.left_out.iter().map(|one| LeftOut { client: one.name.clone(), verdict: one.verdict, why: one.why.clone() });
        Self {
            format: FORMAT,
            seed,
            plans: bag.plans,
            lines: bag.lines,
            seconds: bag.took.as_secs_f64(),
            clients: bag.clients,
            stopped,
            found: Vec::new(),
            relapses: Vec::new(),
            inputs: Vec::new(),
            unshrunk: bag.unshrunk.clone(),
            vanished: bag.vanished.clone(),
            unjudged: unjudged.collect(),
            left_out: left_out.collect(),
        }
    }
}

impl Found {
    /// What was found, as it is reported, and what became of saving it.
    pub(super) fn of(finding: &Finding, report: &TrialReport, kept: &Kept) -> Self {
        let of = |side: Side| finding.others.iter().filter(|(_, other)| *other == side).map(|(name, _)| name.clone()).collect();
        Self {
            failure: Failure::of(&finding.name, &finding.fault.cause, report),
            number: finding.plan,
            count: finding.count,
            plan: finding.draft.text(),
            is_smallest: finding.is_smallest,
            fails: of(Side::Fails),
            right: of(Side::Right),
            lacks: of(Side::Lacks),
            untried: of(Side::Untried),
            saved: kept.name(),
            unsaved: kept.problem(),
        }
    }
}

impl Difference {
    /// What was found, as an odd one is reported, and what became of saving it.
    pub(super) fn of(parted: &Parted, report: Option<&TrialReport>, kept: &Kept) -> Self {
        let (odd, right, split) = match &parted.parting {
            Parting::Odd { odd, right } => (odd.clone(), right.clone(), None),
            Parting::Split(said) => (Vec::new(), Vec::new(), Some(said.clone())),
        };
        Self {
            number: parted.n,
            hex: hex::encode(&parted.input),
            is_smallest: parted.is_smallest,
            odd,
            right,
            split,
            told: report.map(TrialReport::told).unwrap_or_default(),
            saved: kept.name(),
            unsaved: kept.problem(),
        }
    }
}

impl Relapsed {
    pub(super) fn of(relapse: &Relapse, report: &TrialReport) -> Self {
        Self { failure: Failure::of(&relapse.name, &relapse.fault.cause, report), case: report.case.clone() }
    }
}

impl Failure {
    fn of(client: &str, cause: &str, report: &TrialReport) -> Self {
        Self {
            client: client.to_owned(),
            verdict: report.verdict,
            cause: cause.to_owned(),
            diagnoses: report.diagnoses.clone(),
            told: report.told(),
        }
    }
}
