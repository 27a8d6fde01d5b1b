//! Whether parts are of one suite, and in what two suites differ.

use std::collections::{BTreeMap, BTreeSet};

use super::{MergeError, Part};
use crate::judge::agreement::listed;
use crate::printable::line;

/// Whether all runs of a part are of the suite of another.
///
/// # Errors
/// They are not, and in what the suites differ.
pub(super) fn same_suite(one: &Part, other: &Part) -> Result<(), MergeError> {
    let Some(suite) = one.report.runs.first().map(|run| &run.suite) else { return Ok(()) };
    match other.report.runs.iter().all(|run| run.suite == *suite) {
        true => Ok(()),
        false => Err(MergeError::OtherSuite {
            one: one.folder.clone(),
            other: other.folder.clone(),
            how: how_suites_differ(one, other),
        }),
    }
}

/// What two parts have of different suites: their versions, and the cases that are not the same.
fn how_suites_differ(one: &Part, other: &Part) -> String {
    let (ones, others) = (cases(one), cases(other));
    let changed = ones.iter().filter(|(name, digest)| others.get(*name).is_some_and(|other| other != *digest));
    let changed: Vec<&str> = changed.map(|(name, _)| *name).collect();
    let changed = (!changed.is_empty()).then(|| format!("not the same in both: {}", shown(&changed)));
    let (versions, others_versions) = (versions(one), versions(other));
    let of_versions = (versions != others_versions).then(|| format!("{versions} and {others_versions}"));
    let said = [of_versions, changed, alone(one, &ones, &others), alone(other, &others, &ones)];
    let said: Vec<String> = said.into_iter().flatten().collect();
    if said.is_empty() { "their cases are not the same".into() } else { said.join("; ") }
}

/// What the suites of a part say of their versions.
fn versions(part: &Part) -> String {
    let versions: BTreeSet<&str> = part.report.runs.iter().flat_map(|run| &run.suite_versions).map(String::as_str).collect();
    if versions.is_empty() { "no version".into() } else { format!("version {}", shown(&Vec::from_iter(versions))) }
}

/// The digests of its cases that have any, by name.
fn cases(part: &Part) -> BTreeMap<&str, &str> {
    part.report.cases.iter().filter_map(|case| Some((case.name.as_str(), case.digest.as_deref()?))).collect()
}

fn alone(part: &Part, has: &BTreeMap<&str, &str>, has_not: &BTreeMap<&str, &str>) -> Option<String> {
    let names: Vec<&str> = has.keys().filter(|name| !has_not.contains_key(*name)).copied().collect();
    (!names.is_empty()).then(|| format!("only {} has trials of {}", part.folder.display(), shown(&names)))
}

fn shown(names: &[&str]) -> String {
    line(&listed(names))
}
