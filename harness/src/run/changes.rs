//! What changed from one report to another: what is worse, what is better, and what is only different. Pure.
//!
//! Trials are held against each other by name; by platform too, where a report has several.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;

use crate::judge::verdict::Verdict;
use crate::printable::few;
use crate::report::{Report, TrialReport};

/// A trial is slower by much if it takes more than so many times as long,
pub(crate) const SLOWER_TIMES: u32 = 2;

/// and more than so much longer: less is noise.
pub(crate) const SLOWER_BY: Duration = Duration::from_millis(500);

/// Connections of which it is said what came.
const CONNECTIONS: usize = 5;

/// What changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Whether anything of it makes things worse.
    pub worse: bool,
    /// Every change, the worst kinds first.
    pub changes: Vec<Change>,
    /// How many trials are in both reports and did not change.
    pub unchanged: usize,
}

/// A trial or a client that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// How.
    pub kind: Kind,
    /// The trial's name, or the client's where all of its trials went or came; the platform too, where there are several.
    pub name: String,
    /// How many trials that is.
    pub trials: usize,
    /// How it was; none where it was not there.
    pub old: Option<String>,
    /// How it is; none where it is gone.
    pub new: Option<String>,
    /// Why it did not pass.
    pub reason: Option<String>,
}

/// How a trial changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It fails, and did not; or was not there.
    NewlyFailing,
    /// It is not there any more, or the run was stopped before it could tell.
    LostCoverage,
    /// It is not run, or its failure is known, and it was neither.
    NewlySkipped,
    /// It passes, and takes longer by much: by [`SLOWER_TIMES`] and [`SLOWER_BY`].
    Slower,
    /// It fails as before, in another way.
    FailsOtherwise,
    /// It passes as before, with other octets: what is expected has changed too.
    ChangedBytes,
    /// It passes, and failed.
    Mended,
    /// It is run, and was not, or not to its end; or was not there.
    NewCoverage,
    /// It was not there, and is not run.
    NewAndNotRun,
}

/// How a trial stands, as far as a gate is concerned.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Good,
    Skipped,
    /// The run was stopped before it could pass or fail.
    CutOff,
    Bad,
}

impl Kind {
    /// Every kind, the worst first.
    pub const ALL: [Self; 9] = [
        Self::NewlyFailing,
        Self::LostCoverage,
        Self::NewlySkipped,
        Self::Slower,
        Self::FailsOtherwise,
        Self::ChangedBytes,
        Self::Mended,
        Self::NewCoverage,
        Self::NewAndNotRun,
    ];

    /// Whether this makes things worse.
    #[must_use]
    pub fn is_worse(self) -> bool {
        matches!(self, Self::NewlyFailing | Self::LostCoverage | Self::NewlySkipped | Self::Slower)
    }

    /// In words: `newly failing`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NewlyFailing => "newly failing",
            Self::LostCoverage => "lost coverage",
            Self::NewlySkipped => "newly skipped",
            Self::Slower => "slower",
            Self::FailsOtherwise => "fails otherwise",
            Self::ChangedBytes => "changed bytes",
            Self::Mended => "mended",
            Self::NewCoverage => "new coverage",
            Self::NewAndNotRun => "new and not run",
        }
    }
}

impl Changes {
    /// What changed from `old` to `new`.
    #[must_use]
    pub fn between(old: &Report, new: &Report) -> Self {
        let several = old.platforms().len() > 1 || new.platforms().len() > 1;
        let (olds, news) = (by_name(old, several), by_name(new, several));
        let mut found = Self::default();
        let names: BTreeSet<&Named> = olds.keys().chain(news.keys()).collect();
        let (gone, come) = (clients_only_in(&olds, &news), clients_only_in(&news, &olds));
        for name in names {
            let change = match (olds.get(name), news.get(name)) {
                (Some(old), Some(new)) => of_both(name, old, new),
                (None, Some(new)) if standing(new) == Standing::Bad || !come.contains(&name.client()) => Some(of_new(name, new)),
                (Some(old), None) if !gone.contains(&name.client()) => {
                    Some(Change { old: Some(verdict(old)), ..Change::new(Kind::LostCoverage, name.to_string()) })
                }
                _ => continue,
            };
            found.unchanged += usize::from(change.is_none());
            found.changes.extend(change);
        }
        let of_client = |client: &String, trials: &BTreeMap<Named, &TrialReport>, kind, standing: fn(Standing) -> bool| {
            let trials =
                trials.iter().filter(|(name, trial)| name.client() == *client && standing(self::standing(trial))).count();
            (trials > 0).then(|| Change { trials, ..Change::new(kind, client.clone()) })
        };
        found.changes.extend(gone.iter().filter_map(|client| of_client(client, &olds, Kind::LostCoverage, |_| true)));
        // What fails of a client that came was told trial by trial.
        let ran = |client| of_client(client, &news, Kind::NewCoverage, |standing| standing == Standing::Good);
        let did_not = |client| {
            of_client(client, &news, Kind::NewAndNotRun, |standing| matches!(standing, Standing::Skipped | Standing::CutOff))
        };
        found.changes.extend(come.iter().flat_map(|client| [ran(client), did_not(client)]).flatten());
        found.changes.extend(problems(old, new));
        found.changes.sort_by_key(|change| change.kind);
        found.worse = found.changes.iter().any(|change| change.kind.is_worse());
        found
    }

    /// How many trials changed in that way.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.changes.iter().filter(|change| change.kind == kind).map(|change| change.trials).sum()
    }
}

impl Change {
    fn new(kind: Kind, name: String) -> Self {
        Self { kind, name, trials: 1, old: None, new: None, reason: None }
    }
}

/// A trial's name, and its platform where that matters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    trial: String,
    client: String,
    platform: Option<String>,
}

impl Named {
    /// The client, as a change names it.
    fn client(&self) -> String {
        self.on_its_platform(&self.client)
    }

    fn on_its_platform(&self, what: &str) -> String {
        self.platform.as_ref().map_or(what.to_owned(), |platform| format!("{what} on {platform}"))
    }
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.on_its_platform(&self.trial))
    }
}

fn by_name(report: &Report, several: bool) -> BTreeMap<Named, &TrialReport> {
    let named = |trial: &TrialReport| Named {
        trial: trial.name.clone(),
        client: trial.client.clone(),
        platform: several.then(|| report.platform_of(trial.run)),
    };
    report.trials.iter().map(|trial| (named(trial), trial)).collect()
}

/// The clients that only one of both has.
fn clients_only_in(one: &BTreeMap<Named, &TrialReport>, other: &BTreeMap<Named, &TrialReport>) -> BTreeSet<String> {
    let known: BTreeSet<String> = other.keys().map(Named::client).collect();
    one.keys().map(Named::client).filter(|client| !known.contains(client)).collect()
}

/// Problems beside the trials fail a run as well: those that came, and those that are gone.
fn problems(old: &Report, new: &Report) -> Vec<Change> {
    let only_in = |one: &Report, other: &Report| -> Vec<String> {
        one.problems.iter().filter(|problem| !other.problems.contains(problem)).cloned().collect()
    };
    let problem = || Some("a problem".to_owned());
    let came = only_in(new, old).into_iter().map(|name| Change { new: problem(), ..Change::new(Kind::NewlyFailing, name) });
    let gone = only_in(old, new).into_iter().map(|name| Change { old: problem(), ..Change::new(Kind::Mended, name) });
    came.chain(gone).collect()
}

fn of_both(name: &Named, old: &TrialReport, new: &TrialReport) -> Option<Change> {
    let kind = match (standing(old), standing(new)) {
        (Standing::CutOff, Standing::CutOff) => return None,
        (_, Standing::CutOff) => Kind::LostCoverage,
        (Standing::CutOff, Standing::Good) => Kind::NewCoverage,
        (Standing::CutOff, Standing::Skipped) => Kind::NewAndNotRun,
        (Standing::Good | Standing::Skipped | Standing::CutOff, Standing::Bad) => Kind::NewlyFailing,
        (Standing::Good | Standing::Bad, Standing::Skipped) => Kind::NewlySkipped,
        // What is unsupported or known to fail was run all the same.
        (Standing::Skipped, Standing::Skipped) if is_missing(new) && !is_missing(old) => Kind::NewlySkipped,
        (Standing::Bad, Standing::Good) => Kind::Mended,
        (Standing::Skipped, Standing::Good) => Kind::NewCoverage,
        (Standing::Bad, Standing::Bad) if (old.verdict, cause(old)) != (new.verdict, cause(new)) => Kind::FailsOtherwise,
        (Standing::Bad, Standing::Bad) if has_other_messages(old, new) => {
            return Some(Change {
                old: old.differs_in(),
                new: new.differs_in(),
                ..Change::new(Kind::FailsOtherwise, name.to_string())
            });
        }
        (Standing::Good, Standing::Good) if is_slower(old, new) => return Some(slower(name, old, new)),
        (Standing::Good, Standing::Good) if sends_otherwise(old, new) => Kind::ChangedBytes,
        _ => return None,
    };
    let sides = match kind {
        Kind::ChangedBytes => [sent(old), sent(new)],
        _ => [verdict(old), verdict(new)],
    };
    let [old, now] = sides.map(Some);
    let reason = Some(new.sentence()).filter(|_| new.verdict != Verdict::Passed);
    Some(Change { old, new: now, reason, ..Change::new(kind, name.to_string()) })
}

fn of_new(name: &Named, new: &TrialReport) -> Change {
    let kind = match standing(new) {
        Standing::Bad => Kind::NewlyFailing,
        Standing::Good => Kind::NewCoverage,
        Standing::Skipped | Standing::CutOff => Kind::NewAndNotRun,
    };
    let reason = Some(new.sentence()).filter(|_| new.failed);
    Change { new: Some(verdict(new)), reason, ..Change::new(kind, name.to_string()) }
}

fn slower(name: &Named, old: &TrialReport, new: &TrialReport) -> Change {
    let time = |trial: &TrialReport| Some(format!("{} ms", trial.duration_ms));
    Change { old: time(old), new: time(new), ..Change::new(Kind::Slower, name.to_string()) }
}

fn standing(trial: &TrialReport) -> Standing {
    match trial.verdict {
        Verdict::Interrupted => Standing::CutOff,
        _ if trial.failed => Standing::Bad,
        Verdict::Passed => Standing::Good,
        _ => Standing::Skipped,
    }
}

fn is_missing(trial: &TrialReport) -> bool {
    trial.verdict == Verdict::Missing
}

fn is_slower(old: &TrialReport, new: &TrialReport) -> bool {
    let (old, new) = (Duration::from_millis(old.duration_ms), Duration::from_millis(new.duration_ms));
    new > old * SLOWER_TIMES && new - old > SLOWER_BY
}

/// Both passed, so what was sent can differ only where what is expected does, or under its masks, where it rightly varies.
fn sends_otherwise(old: &TrialReport, new: &TrialReport) -> bool {
    old.expected != new.expected && old.captured != new.captured && old.alike() != new.alike()
}

/// Whether other messages are wrong, or the same are in another way, where both reports can tell.
fn has_other_messages(old: &TrialReport, new: &TrialReport) -> bool {
    old.wrong_messages().zip(new.wrong_messages()).is_some_and(|(old, new)| old != new)
}

fn cause(trial: &TrialReport) -> Option<&String> {
    trial.diagnoses.first().map(|diagnosis| &diagnosis.name)
}

fn verdict(trial: &TrialReport) -> String {
    trial.verdict.name().to_owned()
}

/// What came on each connection, in short.
fn sent(trial: &TrialReport) -> String {
    let connections = trial.captured.iter().map(|carried| {
        let digest: String = carried.sha256.iter().flat_map(|digest| digest.chars().take(8)).collect();
        format!("{} octets {digest}", carried.length)
    });
    few(connections, CONNECTIONS, ", ")
}
