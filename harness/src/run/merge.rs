//! Reports of shards, machines and languages joined into one, with the proof that it is whole. Pure.
//!
//! A trial is known by its platform and its name. Each run says which trials there are, whatever it selected of them; so the parts
//! of one platform must say the same, and each of those trials must be in exactly one part. A trial whose client is missing on one
//! machine gives way to the same trial on another machine of that platform, where it was run.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::judge::verdict::Verdict;
use crate::printable::{counted, line};
use crate::report::{CAPTURES, ClientReport, ClientStatus, Report, Run, TrialReport};

/// Trials that an error names; the others are counted.
const NAMED: usize = 10;

/// A report that is one of several.
#[derive(Debug)]
pub(crate) struct Part {
    /// Its folder, by which errors name it.
    pub folder: PathBuf,
    /// The report.
    pub report: Report,
}

/// Several reports as one.
#[derive(Debug)]
pub(crate) struct Merged {
    /// The report.
    pub report: Report,
    /// The captures that belong to it, and the files of packets beside them.
    pub files: Vec<Moved>,
}

/// What is kept of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Its capture.
    Capture,
    /// The packets that the capture was held against.
    Packets,
}

/// A file that is to be in the folder of the merged report.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Moved {
    /// Its trial: an index into [`Report::trials`].
    pub trial: usize,
    /// What of it.
    pub kept: Kept,
    /// Where it is.
    pub from: PathBuf,
}

impl Kept {
    /// The path that a report has of it.
    pub(crate) fn path(self, trial: &mut TrialReport) -> Option<&mut PathBuf> {
        match self {
            Self::Capture => trial.capture.as_mut(),
            Self::Packets => trial.packets.as_mut()?.file.as_mut(),
        }
    }

    /// Takes that path away from a report: the file did not come along with it.
    pub(crate) fn lose(self, trial: &mut TrialReport) {
        match (self, &mut trial.packets) {
            (Self::Capture, _) => (trial.capture, trial.capture_dropped) = (None, true),
            (Self::Packets, Some(packets)) => packets.file = None,
            (Self::Packets, None) => {}
        }
    }
}

/// Why reports cannot be merged. Trials are named with their platform.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum MergeError {
    /// No report at all.
    #[error("there is no report to merge")]
    Nothing,
    /// Written by different versions.
    #[error("{} was made by samewire {one_version}, and {} by {other_version}; make both with the same version", one.display(), other.display())]
    OtherVersion {
        /// A part.
        one: PathBuf,
        /// Its version.
        one_version: String,
        /// Another part.
        other: PathBuf,
        /// Its version.
        other_version: String,
    },
    /// Of different suites.
    #[error("{} and {} are of different suites: their cases are not the same", one.display(), other.display())]
    OtherSuite {
        /// A part.
        one: PathBuf,
        /// Another part.
        other: PathBuf,
    },
    /// With different clients of one name.
    #[error("{client} differs between {} and {}: {what}; make both with the same client", one.display(), other.display())]
    OtherClient {
        /// A part.
        one: PathBuf,
        /// Another part.
        other: PathBuf,
        /// The client, with its platform.
        client: String,
        /// What is not the same.
        what: String,
    },
    /// Of different trials.
    #[error("{} plans {trial}, and {} does not: parts may differ only in --shard and --client", one.display(), other.display())]
    OtherPlan {
        /// The part that plans it.
        one: PathBuf,
        /// The part that does not.
        other: PathBuf,
        /// The trial.
        trial: String,
    },
    /// Trials that are in no part.
    #[error("{} in no part; is a shard or a client missing? {}", are(.0.len()), named(.0))]
    Missing(Vec<String>),
    /// Trials that are in several parts, and were run there.
    #[error("{} in more than one part; was a part given twice? {}", are(.0.len()), named(.0))]
    Twice(Vec<String>),
    /// Trials that no part plans.
    #[error("{} planned by no part, so the reports are inconsistent: {}", are(.0.len()), named(.0))]
    Unplanned(Vec<String>),
}

/// A trial's platform and name.
type Key = (String, String);

/// Where a trial is: in which part, and where in it.
type Place = (usize, usize);

/// Merges reports.
///
/// # Errors
/// They do not belong together, or do not add up to the whole.
pub(crate) fn merge(parts: &[Part]) -> Result<Merged, MergeError> {
    let plans = plans(parts)?;
    same_clients(parts)?;
    let mut places = places(parts)?;
    let mut chosen: Vec<Place> = Vec::new();
    let mut missing = Vec::new();
    for (platform, (_, planned)) in plans {
        for name in planned {
            match places.remove(&(platform.clone(), name.clone())) {
                Some(place) => chosen.push(place),
                None => missing.push(full_name(&platform, name)),
            }
        }
    }
    if !missing.is_empty() {
        return Err(MergeError::Missing(missing));
    }
    let mut unplanned: Vec<String> = places.keys().map(|(platform, name)| full_name(platform, name)).collect();
    unplanned.sort();
    if unplanned.is_empty() { Ok(joined(parts, &chosen)) } else { Err(MergeError::Unplanned(unplanned)) }
}

/// What is planned on each platform, and who says so; all parts agree, also on the suite.
fn plans(parts: &[Part]) -> Result<BTreeMap<String, (&Part, &Vec<String>)>, MergeError> {
    let first = parts.first().ok_or(MergeError::Nothing)?;
    let suite = first.report.runs.first().map(|run| &run.suite);
    let mut plans: BTreeMap<String, (&Part, &Vec<String>)> = BTreeMap::new();
    for part in parts {
        same_version(first, part)?;
        for run in &part.report.runs {
            if Some(&run.suite) != suite {
                return Err(MergeError::OtherSuite { one: first.folder.clone(), other: part.folder.clone() });
            }
            let (one, planned) = *plans.entry(run.platform()).or_insert((part, &run.planned));
            same_plan((one, planned), (part, run))?;
        }
    }
    Ok(plans)
}

fn same_version(one: &Part, other: &Part) -> Result<(), MergeError> {
    if one.report.samewire == other.report.samewire {
        return Ok(());
    }
    Err(MergeError::OtherVersion {
        one: one.folder.clone(),
        one_version: one.report.samewire.clone(),
        other: other.folder.clone(),
        other_version: other.report.samewire.clone(),
    })
}

fn same_plan((one, planned): (&Part, &Vec<String>), (other, run): (&Part, &Run)) -> Result<(), MergeError> {
    let (ones, others): (BTreeSet<&String>, BTreeSet<&String>) = (planned.iter().collect(), run.planned.iter().collect());
    let refused = |has: &Part, has_not: &Part, name: &str| MergeError::OtherPlan {
        one: has.folder.clone(),
        other: has_not.folder.clone(),
        trial: full_name(&run.platform(), name),
    };
    match (ones.difference(&others).next(), others.difference(&ones).next()) {
        (Some(name), _) => Err(refused(one, other, name)),
        (None, Some(name)) => Err(refused(other, one, name)),
        (None, None) => Ok(()),
    }
}

/// Whether a client is the same in all parts of a platform: its folder, what is said of it, and what it says of its version.
fn same_clients(parts: &[Part]) -> Result<(), MergeError> {
    let mut known: HashMap<(String, &str), (&Part, &ClientReport)> = HashMap::new();
    for part in parts {
        for client in part.report.clients.iter().filter(|client| client.status == ClientStatus::Ready) {
            let platform = part.report.platform_of(client.run);
            let (first, one) = *known.entry((platform.clone(), &client.name)).or_insert((part, client));
            if let Some(what) = what_differs(one, client) {
                let (one, other) = (first.folder.clone(), part.folder.clone());
                return Err(MergeError::OtherClient { one, other, client: full_name(&platform, &client.name), what });
            }
        }
    }
    Ok(())
}

fn what_differs(one: &ClientReport, other: &ClientReport) -> Option<String> {
    match (&one.version, &other.version, &one.digest, &other.digest) {
        (Some(one), Some(other), ..) if one != other => Some(format!("version {} and {}", line(one), line(other))),
        (.., Some(one), Some(other)) if one != other => Some("its folder, its inputs or its client.toml was changed".into()),
        (.., Some(_), None) | (.., None, Some(_)) => Some("only one of them says what it was made of".into()),
        _ => None,
    }
}

/// The one place of each trial.
fn places(parts: &[Part]) -> Result<HashMap<Key, Place>, MergeError> {
    let mut places: HashMap<Key, Place> = HashMap::new();
    let mut twice = Vec::new();
    let is_missing = |(part, trial): Place| parts[part].report.trials[trial].verdict == Verdict::Missing;
    for (index, part) in parts.iter().enumerate() {
        for (at, trial) in part.report.trials.iter().enumerate() {
            let key = (part.report.platform_of(trial.run), trial.name.clone());
            let here = (index, at);
            match places.get(&key).copied() {
                Some(_) if is_missing(here) => {}
                Some(other) if !is_missing(other) => twice.push(full_name(&key.0, &key.1)),
                _ => {
                    places.insert(key, here);
                }
            }
        }
    }
    if twice.is_empty() { Ok(places) } else { Err(MergeError::Twice(twice)) }
}

/// The report of the trials that were chosen.
fn joined(parts: &[Part], chosen: &[Place]) -> Merged {
    let mut report = Report { runs: Vec::new(), clients: Vec::new(), cases: Vec::new(), ..parts[0].report.clone() };
    let mut first_run = Vec::new();
    for part in parts {
        first_run.push(report.runs.len());
        report.runs.extend(part.report.runs.iter().cloned());
        extend_by(&mut report.cases, &part.report.cases, |one, other| one.name == other.name);
        extend_by(&mut report.problems, &part.report.problems, PartialEq::eq);
        extend_by(&mut report.remarks, &part.report.remarks, PartialEq::eq);
    }
    let mut files = Vec::new();
    report.trials = Vec::new();
    for (index, at) in chosen {
        let mut trial = parts[*index].report.trials[*at].clone();
        trial.run += first_run[*index];
        for kept in [Kept::Capture, Kept::Packets] {
            let platform = report.platform_of(trial.run);
            if let Some(path) = kept.path(&mut trial) {
                files.push(Moved { trial: report.trials.len(), kept, from: parts[*index].folder.join(&*path) });
                *path = moved(path, &platform);
            }
        }
        report.trials.push(trial);
    }
    let has_a_trial: HashSet<(usize, &str)> = report.trials.iter().map(|trial| (trial.run, trial.client.as_str())).collect();
    for (part, first_run) in parts.iter().zip(first_run) {
        let clients = part.report.clients.iter().cloned().map(|mut client| {
            client.run += first_run;
            client
        });
        report.clients.extend(clients.filter(|client| has_a_trial.contains(&(client.run, client.name.as_str()))));
    }
    report.conclude();
    Merged { report, files }
}

fn extend_by<T: Clone>(all: &mut Vec<T>, more: &[T], same: impl Fn(&T, &T) -> bool) {
    for item in more {
        if !all.iter().any(|known| same(known, item)) {
            all.push(item.clone());
        }
    }
}

/// Where such a file goes: `captures/linux-x86_64/python/text/euro.jsonl`, so that machines do not get into each other's way.
fn moved(file: &Path, platform: &str) -> PathBuf {
    let inside = file.strip_prefix(CAPTURES).unwrap_or(file);
    let inside = inside.strip_prefix(platform).unwrap_or(inside);
    Path::new(CAPTURES).join(platform).join(inside)
}

fn full_name(platform: &str, name: &str) -> String {
    format!("{name} on {platform}")
}

fn are(count: usize) -> String {
    format!("{} {}", counted(count, "trial"), if count == 1 { "is" } else { "are" })
}

fn named(names: &[String]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let more = if more == 0 { String::new() } else { format!(", and {more} more") };
    let names: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    format!("{}{more}", names.join(", "))
}
