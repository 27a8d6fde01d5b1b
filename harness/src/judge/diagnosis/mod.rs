//! Why octets differ: every named cause that turns what was expected exactly into what came.
//!
//! Owns the causes, their names and their order; `causes.toml` has their sentences. Pure: no I/O, no clock. Does not decide whether
//! a trial passed, and does not draw the difference.
//!
//! A cause is a rule: from octets that were expected to those that a program with this fault sends instead. It holds where the
//! result is what came, to the octet. Rules are tried on the whole of a connection and, where there is a plan, on its lines and
//! arguments, any of which may have been touched. Small inputs are ambiguous, so everything that holds is named.

mod apart;
mod arguments;
mod around;
mod asn1;
mod blocks;
mod buffers;
mod but_for;
mod catalogue;
mod checksums;
mod connections;
mod counted;
mod decodings;
mod dns_names;
mod ebcdic;
mod encodings;
mod escapes;
mod evaluated;
mod evidence;
mod exchanged;
mod fields;
mod followers;
mod formats;
mod framings;
mod gaps;
mod gates;
mod groups;
mod guess;
mod header_lines;
mod interleaved;
mod layouts;
mod length_units;
mod lengths;
mod line_ends;
mod masks;
mod miscounted;
mod miscounts;
mod numbers;
mod octets;
mod order;
mod other_sums;
mod padding;
mod parts;
mod prefixes;
mod protocols;
mod quotes;
mod relation;
mod replaced;
mod rule;
mod rules;
mod same;
mod seams;
mod search;
mod sides;
mod sign_octets;
mod spot;
mod stale;
mod streams;
mod stretch;
mod structs;
mod stuffing;
mod stun;
mod subject;
mod sums;
mod text;
mod types;
mod varints;
mod walk;
mod watch;
mod wide_texts;

pub use catalogue::{Cause, Culprit, causes, names};
pub(crate) use catalogue::{is_broad, rank};
pub use spot::Spot;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::judge::align::Change;
use crate::suite::expectation::Mask;
use crate::suite::plan::Plan;
use subject::Subject;
use walk::Fit;
use watch::Watch;

/// The most diagnoses that [`diagnose`] gives.
pub const MAX_DIAGNOSES: usize = 12;

/// The most octets, expected or captured, up to which rules are tried line by line, and with everything that grows faster
/// than its input. Above it each rule is tried on the octets around the first difference before it is worked out in full.
pub const CLOSE_LOOK: usize = 96 << 10;

/// The name where octets differ and no cause explains it.
pub const UNEXPLAINED: &str = "unexplained";

/// What was expected and what came on the connections of one trial.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// What each connection should have carried, in order.
    pub expected: &'a [Expected<'a>],
    /// What each carried, in the order they were opened. Octets that a caller leaves out look like octets that never came.
    pub captured: &'a [&'a [u8]],
    /// What the client was told, where it reads plans. It is of use where it encodes to `expected`, and ignored where it does not.
    pub plan: Option<&'a Plan>,
}

/// What one connection should have carried.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The octets.
    pub octets: &'a [u8],
    /// Those of them that may be anything.
    pub masks: &'a [Mask],
}

/// A named cause that explains a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Diagnosis {
    /// Its stable name: `line-feed-added`.
    pub name: String,
    /// One sentence for people, with particulars where there are any.
    pub sentence: String,
    /// The usual culprits and how to mend them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The connection (from 1), where it concerns one of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<usize>,
    /// The first line of the plan (from 1) that it concerns, where that could be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Where it shows, in order; none where it is of the connection as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spots: Vec<Spot>,
}

/// A cause that holds, before its sentence is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    name: &'static str,
    detail: Option<String>,
    connection: Option<usize>,
    line: Option<usize>,
    spots: Vec<Spot>,
    fit: Fit,
    /// What speaks for it among others that fit as well.
    bits: i32,
    /// The causes that hold together with it.
    with: Vec<&'static str>,
    /// What they leave over, where that is something: `not what differs at offset 7`.
    left: Option<String>,
}

impl Finding {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            detail: None,
            connection: None,
            line: None,
            spots: Vec::new(),
            fit: Fit::default(),
            bits: 0,
            with: Vec::new(),
            left: None,
        }
    }

    fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    fn line(self, line: Option<usize>) -> Self {
        Self { line, ..self }
    }

    fn fit(self, fit: Fit) -> Self {
        Self { fit, ..self }
    }

    /// The same, which says what holds together with it, and what is left over.
    fn in_full(self) -> Self {
        let with = (!self.with.is_empty()).then(|| format!("together with {}", self.with.join(" and ")));
        let left = self.left.as_ref().map(|left| format!("but {left}"));
        let detail: Vec<String> = [self.detail, with, left].into_iter().flatten().collect();
        Self { detail: (!detail.is_empty()).then(|| detail.join(", ")), with: Vec::new(), left: None, ..self }
    }
}

/// Why octets differ, of which nothing else is known: the likeliest cause first, [`UNEXPLAINED`] where none is known, and nothing
/// where they are the same. Where octets could be numbers or text, what they look like is said as a guess.
///
/// ```
/// use samewire::diagnosis;
///
/// // A request, and what a client sent in its stead.
/// let found = diagnosis::of(b"GET /a HTTP/1.1\r\n\r\n", b"GET /a HTTP/1.1\n\n");
///
/// assert_eq!(found[0].name, "crlf-to-lf");
/// println!("{} ({})", found[0].sentence, found[0].name);
/// if let Some(hint) = &found[0].hint {
///     println!("  {hint}");
/// }
/// assert!(diagnosis::of(b"the same", b"the same").is_empty());
/// ```
///
/// [`Picture::of`](crate::picture::Picture::of) lines both up. [`diagnose`] is for several connections, octets that may be anything, and
/// a plan.
#[must_use]
pub fn of(expected: &[u8], captured: &[u8]) -> Vec<Diagnosis> {
    diagnose(&Evidence { expected: &[Expected { octets: expected, masks: &[] }], captured: &[captured], plan: None })
}

/// The longest value of a field, expected or captured, for which a cause is looked for.
const LONGEST_VALUE: usize = 4 << 10;

/// Shorter values are too often made of one another by chance, but by what happens everywhere.
const SHORT_VALUE: usize = 4;

/// The cause that makes what came of the value that a field should have had; none where that could be chance, or is no more than where
/// they part, which whoever reads both values sees.
pub(crate) fn of_value(expected: &str, captured: &str) -> Option<&'static Cause> {
    let (shorter, longer) = (expected.len().min(captured.len()), expected.len().max(captured.len()));
    if longer > LONGEST_VALUE {
        return None;
    }
    let first = of(expected.as_bytes(), captured.as_bytes()).into_iter().next()?;
    let says_much = shorter >= SHORT_VALUE || catalogue::is_common(&first.name);
    causes().find(|cause| cause.name == first.name).filter(|cause| says_much && !is_broad(&cause.name))
}

/// Every named cause that explains the difference exactly, most specific first; [`UNEXPLAINED`] where there is none, and nothing at
/// all where nothing differs.
#[must_use]
pub fn diagnose(evidence: &Evidence<'_>) -> Vec<Diagnosis> {
    watched(evidence, Watch::NOBODY)
}

/// As [`diagnose`]; `tell` is told the name of each rule just before it is tried, for whoever measures them.
#[doc(hidden)]
#[must_use]
pub fn diagnose_telling(evidence: &Evidence<'_>, tell: &dyn Fn(&'static str)) -> Vec<Diagnosis> {
    watched(evidence, Watch(Some(tell)))
}

/// Whether a cause holds, also where others say more.
#[cfg(feature = "cli")]
pub(crate) fn holds(name: &str, evidence: &Evidence<'_>) -> bool {
    found(evidence, Watch::NOBODY).is_some_and(|found| found.iter().any(|finding| finding.name == name))
}

fn watched(evidence: &Evidence<'_>, watch: Watch<'_>) -> Vec<Diagnosis> {
    found(evidence, watch).map(catalogue::ranked).unwrap_or_default()
}

/// All that holds; nothing where nothing differs.
fn found(evidence: &Evidence<'_>, watch: Watch<'_>) -> Option<Vec<Finding>> {
    watch.tries("(reading)");
    let subjects: Vec<Subject<'_>> = subject::of(evidence).into_iter().map(|subject| subject.watched(watch)).collect();
    if evidence.expected.len() == evidence.captured.len() && subjects.iter().all(Subject::is_same) {
        return None;
    }
    if let Some(finding) = masks::find(evidence, &subjects) {
        return Some(vec![finding]);
    }
    watch.tries("(connections)");
    let mut found = connections::find(evidence);
    if evidence.expected.len() == evidence.captured.len() {
        found.extend(each_connection(&subjects));
    } else if found.is_empty() {
        found.extend(joined(evidence, watch));
    }
    Some(found)
}

/// What can be said where it is not known which octets were expected, but only their digest; they differ.
#[must_use]
pub fn diagnose_counts(expected: usize, captured: &[&[u8]]) -> Vec<Diagnosis> {
    let finding = match captured.len() {
        0 => Finding::new("never-connected"),
        came if came != expected => connections::bare_count(expected, came),
        _ if captured.iter().all(|octets| octets.is_empty()) => Finding::new("nothing-sent"),
        _ => Finding::new(UNEXPLAINED),
    };
    catalogue::ranked(vec![finding])
}

/// What is said where nobody can tell what would have been right, but only that this is not.
#[must_use]
pub fn unexplained() -> Vec<Diagnosis> {
    catalogue::ranked(vec![Finding::new(UNEXPLAINED)])
}

/// What explains each connection that differs. What explains several in the same way is said once, for all; what leaves others
/// unexplained explains loosely.
fn each_connection(subjects: &[Subject<'_>]) -> Vec<Finding> {
    let different: Vec<(usize, &Subject<'_>)> = subjects.iter().enumerate().filter(|(_, subject)| !subject.is_same()).collect();
    let mut found: Vec<(Finding, BTreeSet<usize>)> = Vec::new();
    for (index, subject) in &different {
        for finding in stream(subject) {
            match found.iter_mut().find(|(other, _)| other.name == finding.name) {
                Some((other, explained)) => {
                    other.connection = other.connection.filter(|connection| *connection == index + 1);
                    explained.insert(*index);
                }
                None => {
                    let connection = (subjects.len() > 1).then_some(index + 1);
                    found.push((Finding { connection, ..finding }, BTreeSet::from([*index])));
                }
            }
        }
    }
    let judged = |(finding, explained): (Finding, BTreeSet<usize>)| match explained.len() == different.len() {
        true => finding,
        false => Finding { fit: finding.fit.max(Fit::Loosely), ..finding },
    };
    found.into_iter().map(judged).collect()
}

/// Where the number of connections differs for no reason of its own: what explains all octets, one connection after the other.
fn joined(evidence: &Evidence<'_>, watch: Watch<'_>) -> Vec<Finding> {
    let (expected, masks, captured) = subject::join(evidence);
    let whole = Expected { octets: &expected, masks: &masks };
    let mut found = match subject::joined(whole, &captured, evidence.plan).watched(watch) {
        subject if subject.is_same() => Vec::new(),
        subject => stream(&subject),
    };
    found.retain(|finding| !catalogue::is_shape(finding.name));
    let (expected, came) = (evidence.expected.len(), evidence.captured.len());
    let truncated = found.iter().any(|finding| finding.name == "truncated");
    if found.is_empty() && came < expected {
        // A client that went astray on one connection may not have opened the next: what came is explained by itself.
        found.extend(each_connection(&subject::of(evidence)));
        found.retain(|finding| !catalogue::is_shape(finding.name));
        if !found.is_empty() {
            return found;
        }
    }
    found.push(if found.is_empty() {
        connections::bare_count(expected, came)
    } else {
        connections::count(expected, came, truncated)
    });
    found
}

/// What explains one connection, and which lengths are wrong besides.
fn stream(subject: &Subject<'_>) -> Vec<Finding> {
    stale::said(subject, explained(subject).into_iter().map(Finding::in_full).collect())
}

/// The same, whatever lengths say.
fn explained(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = rules::find(subject).into_iter().map(|finding| search::weighed(subject, finding)).collect();
    found.extend(arguments::find(subject));
    found.extend(lengths::find(subject));
    if found.is_empty() && !subject.lines.is_empty() {
        found.extend(rules::find_pairs(subject));
    }
    found.extend(streams::find(subject));
    found.extend(buffers::find(subject));
    subject.watch.tries("(evaluated)");
    found.extend(evaluated::find(subject));
    let leaves_open = |finding: &Finding| {
        let is_guess = subject.lines.is_empty() && (finding.fit >= Fit::AtAnEnd || same::is_plainer(finding.name));
        is_guess || finding.fit == Fit::Sparsely || catalogue::is_shape(finding.name)
    };
    if found.iter().all(leaves_open) {
        subject.watch.tries("(search)");
        let has_cause = found.iter().any(|finding| finding.fit < Fit::Sparsely && !catalogue::is_shape(finding.name));
        found.extend(searched(subject, has_cause));
    }
    if subject.lines.is_empty() && found.iter().all(|finding| finding.fit > Fit::InPlaces) {
        found.extend(rules::find_pairs(subject));
    }
    subject.watch.tries("(ranked)");
    search::placed(subject, found)
}

/// What is found of stretches. What only follows what else changed is no fault of its own: it is put back, and said beside.
fn searched(subject: &Subject<'_>, has_cause: bool) -> Vec<Finding> {
    let followers = followers::find(subject);
    if followers.is_empty() {
        return apart_or_together(subject, has_cause);
    }
    let captured = followers::put_back(&followers, &subject.expected, subject.captured);
    let without = subject.but_for(&captured);
    // Numbers that explain nothing together would be put back again and again, without an end.
    if differing(&without) >= differing(subject) {
        return apart_or_together(subject, has_cause);
    }
    let alone = explained(&without).into_iter().map(|finding| finding.followed(&followers));
    search::find_whole(subject).into_iter().chain(alone).collect()
}

/// What is found of stretches; where there are several faults, each is told as if it were alone.
fn apart_or_together(subject: &Subject<'_>, has_cause: bool) -> Vec<Finding> {
    let search::Found { mut findings, together, parts } = search::find(subject);
    findings.extend(apart::find(subject, &parts, explained).unwrap_or(together));
    let is_open = |findings: &[Finding]| findings.iter().all(|finding| finding.fit > Fit::InPlaces);
    if is_open(&findings) {
        findings.extend(but_for::find(subject, explained));
    }
    // Where one cause explains all, nothing is parted to have two.
    if !has_cause && is_open(&findings) {
        findings.extend(apart::at_seams(subject, explained));
    }
    findings
}

/// How many columns differ.
fn differing(subject: &Subject<'_>) -> usize {
    subject.changes().iter().map(Change::width).sum()
}
