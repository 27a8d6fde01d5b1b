//! Reports of shards, machines and languages joined into one, with the proof that it is whole. Pure.
//!
//! A trial is known by its platform and its name. Each run says which trials there are, whatever it selected of them; so the parts
//! of one platform that have a client must say the same of it, and each of its trials must be in exactly one part. Parts may have
//! other clients: those of another repository with the same suite. A trial whose client is missing on one machine gives way to the
//! same trial on another machine of that platform, where it was run.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

mod error;
mod suites;

pub(crate) use error::MergeError;
use suites::same_suite;

use crate::judge::verdict::Verdict;
use crate::printable::line;
use crate::report::kept::{Kept, Moved};
use crate::report::{CAPTURES, ClientReport, ClientStatus, Report, Run};
use crate::run::absence::{is_without_client, without_client};
use crate::suite::config::Require;
use crate::suite::names::{client_of, folder_of};

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

/// A trial's platform and name.
type Key = (String, String);

/// Where a trial is: in which part, and where in it.
type Place = (usize, usize);

/// Merges reports, in which these clients have to be.
///
/// # Errors
/// They do not belong together, or do not add up to the whole.
pub(crate) fn merge(parts: &[Part], require: &Require) -> Result<Merged, MergeError> {
    let plans = plans(parts)?;
    same_clients(parts)?;
    let mut places = places(parts)?;
    let mut chosen: Vec<Place> = Vec::new();
    let mut missing = Vec::new();
    for ((platform, _), Plan { trials, .. }) in plans {
        for name in trials {
            match places.remove(&(platform.clone(), name.to_owned())) {
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
    if unplanned.is_empty() { Ok(joined(parts, &chosen, require)) } else { Err(MergeError::Unplanned(unplanned)) }
}

/// The trials of a client on a platform, and who says that they are these.
struct Plan<'a> {
    part: &'a Part,
    trials: Vec<&'a str>,
}

/// What is planned for each client on each platform; all parts that have it agree, and all of them on the suite.
fn plans(parts: &[Part]) -> Result<BTreeMap<(String, &str), Plan<'_>>, MergeError> {
    let first = parts.first().ok_or(MergeError::Nothing)?;
    let mut plans: BTreeMap<(String, &str), Plan<'_>> = BTreeMap::new();
    for part in parts {
        same_version(first, part)?;
        same_suite(first, part)?;
        for run in &part.report.runs {
            for (client, trials) in by_client(run) {
                let plan = Plan { part, trials };
                match plans.entry((run.platform(), client)) {
                    Entry::Vacant(place) => drop(place.insert(plan)),
                    Entry::Occupied(one) => same_plan(one.get(), &plan, &run.platform())?,
                }
            }
        }
    }
    Ok(plans)
}

fn by_client(run: &Run) -> BTreeMap<&str, Vec<&str>> {
    let mut clients: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in &run.planned {
        let sender = name.split_once("::").map_or(name.as_str(), |(sender, _)| sender);
        clients.entry(client_of(sender)).or_default().push(name);
    }
    clients
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

fn same_plan(one: &Plan<'_>, other: &Plan<'_>, platform: &str) -> Result<(), MergeError> {
    let (ones, others): (BTreeSet<&str>, BTreeSet<&str>) =
        (one.trials.iter().copied().collect(), other.trials.iter().copied().collect());
    let refused = |has: &Plan<'_>, has_not: &Plan<'_>, name: &str| MergeError::OtherPlan {
        one: has.part.folder.clone(),
        other: has_not.part.folder.clone(),
        trial: full_name(platform, name),
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
fn joined(parts: &[Part], chosen: &[Place], require: &Require) -> Merged {
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
        for kept in Kept::ALL {
            let platform = report.platform_of(trial.run);
            if let Some(path) = kept.path(&mut trial) {
                files.push(Moved { trial: report.trials.len(), kept, part: parts[*index].folder.clone(), from: path.clone() });
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
    claim(&mut report);
    demand(&mut report, require);
    report.conclude();
    Merged { report, files }
}

/// Of the cases that a part has no client for, only those are still to be told that no other part has one for.
fn claim(report: &mut Report) {
    let said = report.problems.len();
    report.problems.retain(|problem| !is_without_client(problem));
    report.remarks.retain(|remark| !is_without_client(remark));
    let planned = report.runs.iter().flat_map(|run| &run.planned).filter_map(|trial| Some(trial.split_once("::")?.1));
    let claimed: HashSet<&str> = planned.collect();
    let unclaimed: BTreeSet<&str> = report.runs.iter().flat_map(|run| &run.unclaimed).map(String::as_str).collect();
    let left = without_client(unclaimed.into_iter().filter(|case| !claimed.contains(case)));
    let of_them = if said == report.problems.len() { &mut report.remarks } else { &mut report.problems };
    of_them.extend(left);
}

/// Clients that have to be there: one that nobody ran is a problem, and one that was missing fails.
fn demand(report: &mut Report, require: &Require) {
    if let Require::Names(names) = require {
        let has = |name: &str| report.clients.iter().any(|client| client.name == name || folder_of(&client.name) == name);
        let absent = names.iter().filter(|name| !has(name));
        let absent: Vec<String> =
            absent.map(|name| format!("no part has the client {}, which is required", line(name))).collect();
        report.problems.extend(absent);
    }
    for run in &mut report.runs {
        run.require.extend(require.names());
    }
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
