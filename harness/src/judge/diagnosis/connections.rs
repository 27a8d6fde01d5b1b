//! The right octets on the wrong connections, or on none.

use super::subject::same;
use super::{Evidence, Expected, Finding};
use crate::judge::agreement::listed;
use crate::printable::counted;

/// A check of all connections of a trial.
type Check = fn(&Evidence<'_>) -> Option<Finding>;

const CHECKS: &[Check] = &[
    never_connected,
    connections_reordered,
    divided_otherwise,
    extra_empty_connection,
    connection_missing,
    sent_again,
    extra_connection,
];

/// Everything that holds, where the connections are not each as they should be.
pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    CHECKS.iter().filter_map(|check| check(evidence)).collect()
}

/// What can be said of the number of connections, where octets differ as well.
pub(super) fn count(expected: usize, came: usize, truncated: bool) -> Finding {
    let name = match came > expected {
        true => "split-over-connections",
        false if truncated => "connection-missing",
        false => "connections-merged",
    };
    Finding::new(name).detail(in_numbers(expected, came))
}

/// Only that another number came.
pub(super) fn bare_count(expected: usize, came: usize) -> Finding {
    Finding::new("connection-count").detail(in_numbers(expected, came))
}

fn in_numbers(expected: usize, came: usize) -> String {
    format!("{came} instead of {}", counted(expected, "connection"))
}

fn never_connected(evidence: &Evidence<'_>) -> Option<Finding> {
    (evidence.captured.is_empty() && !evidence.expected.is_empty()).then(|| Finding::new("never-connected"))
}

/// All octets came, in order, and the borders between connections are elsewhere.
fn divided_otherwise(evidence: &Evidence<'_>) -> Option<Finding> {
    let (octets, masks, captured) = super::subject::join(evidence);
    let (expected, came) = (evidence.expected.len(), evidence.captured.len());
    if !same(Expected { octets: &octets, masks: &masks }, &captured) || captured.is_empty() {
        return None;
    }
    if extra_empty_connection(evidence).is_some() || connection_missing(evidence).is_some() {
        return None;
    }
    let in_numbers = |name| Finding::new(name).detail(in_numbers(expected, came));
    Some(match came.cmp(&expected) {
        std::cmp::Ordering::Greater => in_numbers("split-over-connections"),
        std::cmp::Ordering::Less => in_numbers("connections-merged"),
        std::cmp::Ordering::Equal => Finding::new("connections-divided-elsewhere"),
    })
}

fn connections_reordered(evidence: &Evidence<'_>) -> Option<Finding> {
    if evidence.expected.len() != evidence.captured.len() {
        return None;
    }
    let mut left: Vec<&[u8]> = evidence.captured.to_vec();
    for expected in evidence.expected {
        let found = left.iter().position(|octets| same(*expected, octets))?;
        left.remove(found);
    }
    Some(Finding::new("connections-reordered"))
}

/// Taking away connections that carry nothing makes it right.
fn extra_empty_connection(evidence: &Evidence<'_>) -> Option<Finding> {
    let mut expected = evidence.expected.iter().peekable();
    let mut extra = Vec::new();
    for (number, octets) in (1..).zip(evidence.captured) {
        match expected.next_if(|expected| same(**expected, octets)) {
            Some(_) => {}
            None if octets.is_empty() => extra.push(number.to_string()),
            None => return None,
        }
    }
    let which = || match extra.as_slice() {
        [one] => format!("connection {one}"),
        _ => format!("connections {}", listed(&extra.iter().map(String::as_str).collect::<Vec<_>>())),
    };
    (!extra.is_empty() && expected.next().is_none()).then(|| Finding::new("extra-empty-connection").detail(which()))
}

/// Those that came are right and in order, and others are not there.
fn connection_missing(evidence: &Evidence<'_>) -> Option<Finding> {
    if evidence.captured.is_empty() || evidence.captured.len() >= evidence.expected.len() {
        return None;
    }
    let mut captured = evidence.captured.iter().peekable();
    let missing: Vec<usize> = (1..)
        .zip(evidence.expected)
        .filter(|(_, expected)| captured.next_if(|octets| same(**expected, octets)).is_none())
        .map(|(number, _)| number)
        .collect();
    let first = *missing.first()?;
    let silent = missing.iter().all(|number| evidence.expected[number - 1].octets.is_empty());
    let name = if silent { "silent-connection-missing" } else { "connection-missing" };
    let finding = || Finding { connection: Some(first), ..Finding::new(name).detail(format!("the first is connection {first}")) };
    captured.next().is_none().then(finding)
}

/// Everything came right, and then again on further connections.
fn sent_again(evidence: &Evidence<'_>) -> Option<Finding> {
    let (expected, captured) = (evidence.expected, evidence.captured);
    let times = captured.len().checked_div(expected.len()).filter(|times| *times > 1)?;
    let all = captured.chunks(expected.len()).all(|chunk| chunk.len() == expected.len() && pairs_match(expected, chunk));
    all.then(|| Finding::new("sent-again").detail(format!("{times} times")))
}

fn extra_connection(evidence: &Evidence<'_>) -> Option<Finding> {
    let (expected, captured) = (evidence.expected, evidence.captured);
    let extra = captured.get(expected.len()..).filter(|extra| extra.iter().any(|octets| !octets.is_empty()))?;
    let finding = || Finding {
        connection: Some(expected.len() + 1),
        ..Finding::new("extra-connection").detail(counted(extra.len(), "connection"))
    };
    pairs_match(expected, captured).then(finding)
}

fn pairs_match(expected: &[Expected<'_>], captured: &[&[u8]]) -> bool {
    expected.iter().zip(captured).all(|(expected, octets)| same(*expected, octets))
}
