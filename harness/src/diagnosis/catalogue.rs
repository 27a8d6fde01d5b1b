//! The causes by name, with their sentences: `causes.toml`, built in.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::walk::Fit;
use super::{Diagnosis, Finding, MAX_DIAGNOSES, UNEXPLAINED};
use crate::printable;

/// A cause that can be named.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// Its stable name, in kebab case: `line-feed-added`.
    pub name: String,
    /// What it means, for people.
    pub sentence: String,
    /// The usual culprits and how to mend them.
    pub hint: Option<String>,
    /// Whether it tells only where octets differ, not why. It is named only where no other cause holds.
    #[serde(default)]
    pub shape: bool,
    /// Whether it would explain much else as well.
    #[serde(default)]
    pub broad: bool,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct File {
    cause: Vec<Cause>,
}

/// A test proves that the file parses.
static CAUSES: LazyLock<Vec<Cause>> =
    LazyLock::new(|| toml::from_str::<File>(include_str!("causes.toml")).unwrap_or_default().cause);

/// Every cause, most specific first: the order in which they are reported.
pub fn causes() -> impl Iterator<Item = &'static Cause> {
    CAUSES.iter()
}

/// Whether a cause tells only where octets differ.
pub(super) fn is_shape(name: &str) -> bool {
    causes().any(|cause| cause.shape && cause.name == name)
}

/// Whether a cause would explain much else as well, so that it says less where it holds.
pub(crate) fn is_broad(name: &str) -> bool {
    causes().any(|cause| (cause.shape || cause.broad) && cause.name == name)
}

/// The place of a cause among all; `None`, which is before all, of a name that is no cause's.
pub(crate) fn rank(name: &str) -> Option<usize> {
    causes().position(|cause| cause.name == name)
}

/// The findings as diagnoses, in order, each name once.
pub(super) fn ranked(mut found: Vec<Finding>) -> Vec<Diagnosis> {
    if found.iter().any(|finding| !is_shape(finding.name) && finding.fit < Fit::Sparsely) {
        found.retain(|finding| !is_shape(finding.name));
    }
    if found.is_empty() {
        found.push(Finding::new(UNEXPLAINED));
    }
    found.sort_by_key(|finding| (finding.fit, rank(finding.name)));
    let mut named = HashSet::new();
    found.retain(|finding| named.insert(finding.name));
    found.truncate(MAX_DIAGNOSES);
    found.into_iter().map(told).collect()
}

fn told(finding: Finding) -> Diagnosis {
    let cause = causes().find(|cause| cause.name == finding.name);
    let sentence = cause.map_or(finding.name, |cause| cause.sentence.as_str());
    Diagnosis {
        name: finding.name.to_owned(),
        sentence: finding
            .detail
            .map_or_else(|| sentence.to_owned(), |detail| format!("{sentence}: {}", printable::line(&detail))),
        hint: cause.and_then(|cause| cause.hint.clone()),
        connection: finding.connection,
        line: finding.line,
    }
}
