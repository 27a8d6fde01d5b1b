//! The causes by name, with their sentences: `causes.toml`, built in.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::walk::Fit;
use super::{Diagnosis, Finding, MAX_DIAGNOSES, Spot, UNEXPLAINED};
use crate::printable;

/// A cause that can be named.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// Its stable name, in kebab case: `line-feed-added`.
    pub name: String,
    /// What it means, for people.
    pub sentence: String,
    /// What it usually is and how to mend it, whatever the program.
    pub hint: Option<String>,
    /// The same for some programs.
    #[serde(default)]
    pub culprits: Vec<Culprit>,
    /// Whether a program that fails half-way leaves this behind.
    #[serde(default)]
    pub sequel: bool,
    /// Whether it tells only where octets differ, not why. It is named only where no other cause holds.
    #[serde(default)]
    pub shape: bool,
    /// Whether it would explain much else as well.
    #[serde(default)]
    pub broad: bool,
    /// Whether it happens everywhere, so that little speaks for it in the end.
    #[serde(default)]
    pub common: bool,
}

/// Who is usually to blame for a cause.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Culprit {
    /// The programs that it is about, by their names among `[programs]`; none where it is of nobody in particular.
    pub of: Vec<String>,
    /// What it is, and how to mend it.
    pub hint: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct File {
    programs: BTreeMap<String, Vec<String>>,
    cause: Vec<Cause>,
}

/// A test proves that the file parses.
static FILE: LazyLock<File> = LazyLock::new(|| toml::from_str(include_str!("causes.toml")).unwrap_or_default());

/// Every cause, most specific first: the order in which they are reported.
pub fn causes() -> impl Iterator<Item = &'static Cause> {
    FILE.cause.iter()
}

/// The names of all causes.
#[must_use]
pub fn names() -> BTreeSet<&'static str> {
    causes().map(|cause| cause.name.as_str()).collect()
}

impl Cause {
    /// What is usually to blame, for a client that needs these programs: what holds for all, and the culprits that are about one of
    /// them; all culprits where none is.
    #[must_use]
    pub fn hint_for(&self, programs: &[&str]) -> Option<String> {
        let fits = |culprit: &&Culprit| programs.iter().any(|program| culprit.is_about(program));
        let fitting: Vec<&Culprit> = self.culprits.iter().filter(fits).collect();
        let shown = if fitting.is_empty() { self.culprits.iter().collect() } else { fitting };
        let hints: Vec<&str> = self.hint.iter().chain(shown.iter().map(|culprit| &culprit.hint)).map(String::as_str).collect();
        (!hints.is_empty()).then(|| hints.join(" "))
    }
}

impl Culprit {
    /// Whether it is about a program, as a client names it: `/usr/bin/python3.13`.
    fn is_about(&self, program: &str) -> bool {
        let names = self.of.iter().filter_map(|of| FILE.programs.get(of)).flatten();
        let called = bare(program);
        let unversioned = called.trim_end_matches(|character: char| character.is_ascii_digit() || matches!(character, '.' | '-'));
        names.into_iter().any(|name| name == called || name == unversioned)
    }
}

/// The name of a program without its folder and what Windows puts behind it.
fn bare(program: &str) -> &str {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    name.strip_suffix(".exe").unwrap_or(name)
}

impl Diagnosis {
    /// The same, with a hint for a client that needs these programs; none where its client failed and said why (`complained`), and
    /// this is only what that left behind.
    #[must_use]
    pub fn fitting(&self, programs: &[&str], complained: bool) -> Self {
        let cause = causes().find(|cause| cause.name == self.name);
        let hint = cause.filter(|cause| !(complained && cause.sequel)).and_then(|cause| cause.hint_for(programs));
        Self { hint, ..self.clone() }
    }
}

impl Diagnosis {
    /// The same, without what it quotes of octets and plans.
    #[must_use]
    pub(crate) fn without_particulars(&self) -> Self {
        let cause = causes().find(|cause| cause.name == self.name);
        // A guess at what octets are tells something of them.
        let spots = self.spots.iter().map(|spot| Spot { looks_like: None, ..spot.clone() }).collect();
        Self { sentence: cause.map_or_else(|| self.name.clone(), |cause| cause.sentence.clone()), spots, ..self.clone() }
    }
}

/// Whether a cause tells only where octets differ.
pub(super) fn is_shape(name: &str) -> bool {
    causes().any(|cause| cause.shape && cause.name == name)
}

/// Whether a cause would explain much else as well, so that it says less where it holds.
pub(crate) fn is_broad(name: &str) -> bool {
    causes().any(|cause| (cause.shape || cause.broad) && cause.name == name)
}

/// Whether a cause happens so often that a single octet is enough to name it.
pub(super) fn is_common(name: &str) -> bool {
    causes().any(|cause| cause.common && cause.name == name)
}

/// The place of a cause among all; `None`, which is before all, of a name that is no cause's.
pub(crate) fn rank(name: &str) -> Option<usize> {
    causes().position(|cause| cause.name == name)
}

/// The findings as diagnoses, in order, each name once.
pub(super) fn ranked(found: Vec<Finding>) -> Vec<Diagnosis> {
    let mut found = ordered(found);
    if found.is_empty() {
        found.push(Finding::new(UNEXPLAINED));
    }
    let mut named = HashSet::new();
    found.retain(|finding| named.insert(finding.name));
    found.truncate(MAX_DIAGNOSES);
    found.into_iter().map(told).collect()
}

/// The same findings, the likeliest first; without those that tell only where octets differ, where there is one that tells why.
pub(super) fn ordered(mut found: Vec<Finding>) -> Vec<Finding> {
    if found.iter().any(|finding| !is_shape(finding.name) && finding.fit < Fit::Sparsely) {
        // Beside what explains it, a coincidence is none that anybody need think of.
        found.retain(|finding| !is_shape(finding.name) && finding.fit < Fit::Sparsely);
    }
    // Beside where octets differ, one that less speaks for than against is no help either.
    if found.iter().any(|finding| is_shape(finding.name) && finding.fit < Fit::Sparsely) {
        found.retain(|finding| is_shape(finding.name) || finding.bits > 0);
    }
    found.sort_by_key(|finding| (finding.fit, Reverse(finding.bits), rank(finding.name)));
    found
}

fn told(finding: Finding) -> Diagnosis {
    let cause = causes().find(|cause| cause.name == finding.name);
    let sentence = cause.map_or(finding.name, |cause| cause.sentence.as_str());
    Diagnosis {
        name: finding.name.to_owned(),
        sentence: finding
            .detail
            .map_or_else(|| sentence.to_owned(), |detail| format!("{sentence}: {}", printable::line(&detail))),
        hint: cause.and_then(|cause| cause.hint_for(&[])),
        connection: finding.connection,
        line: finding.line,
        spots: finding.spots,
    }
}
