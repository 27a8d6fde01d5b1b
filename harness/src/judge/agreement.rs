//! Who agrees with whom: the clients of one case, grouped by what came from them. Pure.
//!
//! It says which client is the odd one out, and when the expectation is. It never makes a verdict.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::printable::counted;

/// The most names that are listed.
const LISTED: usize = 12;

/// Who sent: a client, with its platform where a report is of several. Shown as `python on linux-x86_64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sender<'a> {
    pub client: &'a str,
    pub platform: Option<&'a str>,
}

/// A trial that was run, as far as it matters here. Trials that were skipped do not count, and are left out by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen<'a, F> {
    /// Whose it is.
    pub sender: Sender<'a>,
    /// What came, such that equal captures have equal fingerprints: length, digest and ending of each connection, in order.
    pub fingerprint: F,
    /// Whether that is what was expected. Under masks, captures may rightly have other fingerprints and be so all the same.
    pub as_expected: bool,
}

/// Senders from which the same came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Agreeing<'a> {
    /// In the order they were given.
    pub senders: Vec<Sender<'a>>,
    /// Whether that is what was expected.
    pub as_expected: bool,
}

/// Clients from which the same came, as a report has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Their names, in the order they were given.
    pub clients: Vec<String>,
    /// Whether that is what was expected.
    pub as_expected: bool,
    /// The first in which its messages are not what was expected, where the case says how they are decoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub differs: Option<String>,
}

impl<'a> From<&'a str> for Sender<'a> {
    fn from(client: &'a str) -> Self {
        Self { client, platform: None }
    }
}

impl fmt::Display for Sender<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.platform {
            Some(platform) => write!(f, "{} on {platform}", self.client),
            None => f.write_str(self.client),
        }
    }
}

impl From<&Agreeing<'_>> for Group {
    fn from(agreeing: &Agreeing<'_>) -> Self {
        Self {
            clients: agreeing.senders.iter().map(ToString::to_string).collect(),
            as_expected: agreeing.as_expected,
            differs: None,
        }
    }
}

/// The senders of one case in groups that agree, the largest first; among groups of one size, what was expected first.
pub(crate) fn groups<'a, F: PartialEq>(trials: &[Seen<'a, F>]) -> Vec<Agreeing<'a>> {
    let mut groups: Vec<(&F, Agreeing<'a>)> = Vec::new();
    for trial in trials {
        let as_expected =
            trial.as_expected || trials.iter().any(|other| other.as_expected && other.fingerprint == trial.fingerprint);
        let same = |(fingerprint, group): &&mut (&F, Agreeing<'a>)| {
            (group.as_expected && as_expected) || **fingerprint == trial.fingerprint
        };
        match groups.iter_mut().find(same) {
            Some((_, group)) => group.senders.push(trial.sender),
            None => groups.push((&trial.fingerprint, Agreeing { senders: vec![trial.sender], as_expected })),
        }
    }
    let mut groups: Vec<Agreeing<'a>> = groups.into_iter().map(|(_, group)| group).collect();
    groups.sort_by_key(|group| (std::cmp::Reverse(group.senders.len()), !group.as_expected));
    groups
}

/// What there is to say of the groups of one case; nothing where all agree, also with the expectation.
#[must_use]
pub(crate) fn sentence(groups: &[Agreeing<'_>]) -> Option<String> {
    let (largest, others) = groups.split_first()?;
    let most = largest.senders.len();
    match others.iter().find(|group| group.as_expected) {
        _ if others.is_empty() && (largest.as_expected || most < 2) => None,
        _ if others.is_empty() => {
            let all = if most == 2 { "both clients agree".into() } else { format!("all {most} clients agree") };
            Some(format!("{all} with each other and not with the expectation: the expectation is the suspect"))
        }
        Some(few) if few.senders.len() < most => {
            let (names, are) = (names(few), if few.senders.len() == 1 { "is" } else { "are" });
            Some(format!("only {names} {are} as expected, and {most} others agree with each other: the expectation is a suspect"))
        }
        _ => disagreement(groups).map(|odd| match largest {
            Agreeing { as_expected: false, .. } if has_majority(groups) => {
                format!("{odd}, which agree with each other and not with the expectation: the expectation is a suspect too")
            }
            _ => odd,
        }),
    }
}

impl Group {
    /// Whether the largest of the groups of one case, as a report has them, makes the expectation a suspect, as its sentence says.
    #[must_use]
    pub fn blames_expectation(groups: &[Self]) -> bool {
        let Some((largest, others)) = groups.split_first() else { return false };
        let most = largest.clients.len();
        let all: usize = groups.iter().map(|group| group.clients.len()).sum();
        let is_outnumbered = |group: &Self| group.as_expected && group.clients.len() < most;
        !largest.as_expected && most > 1 && (most * 2 > all || others.iter().any(is_outnumbered))
    }
}

/// Who disagrees, whatever was expected: `node differs from the 14 others`. Nothing where there is one group.
#[must_use]
pub(crate) fn disagreement(groups: &[Agreeing<'_>]) -> Option<String> {
    let (largest, others) = groups.split_first().filter(|(_, others)| !others.is_empty())?;
    if !has_majority(groups) {
        return Some(no_majority(groups));
    }
    let odd: Vec<Sender<'_>> = others.iter().flat_map(|group| &group.senders).copied().collect();
    let differ = if odd.len() == 1 { "differs" } else { "differ" };
    let each_other = if others.len() == 1 { "" } else { ", and not all in the same way" };
    Some(format!("{} {differ} from the {} others{each_other}", by_platform(&odd), largest.senders.len()))
}

/// Whether more agree than do not, and at least two.
fn has_majority(groups: &[Agreeing<'_>]) -> bool {
    let all: usize = groups.iter().map(|group| group.senders.len()).sum();
    groups.first().is_some_and(|largest| largest.senders.len() > 1 && largest.senders.len() * 2 > all)
}

fn no_majority(groups: &[Agreeing<'_>]) -> String {
    if groups.iter().all(|group| group.senders.len() < 2) {
        return "no two agree".into();
    }
    let said = groups.iter().map(|group| format!("{}{}", names(group), if group.as_expected { " (as expected)" } else { "" }));
    format!("{} that disagree: {}", counted(groups.len(), "group"), said.collect::<Vec<_>>().join("; "))
}

fn names(group: &Agreeing<'_>) -> String {
    by_platform(&group.senders)
}

/// `a and b on linux-x86_64 and windows-aarch64, and c on linux-x86_64`: platforms are named once for all clients that share them.
pub(crate) fn by_platform(senders: &[Sender<'_>]) -> String {
    let mut clients: Vec<(&str, Vec<&str>)> = Vec::new();
    for Sender { client, platform } in senders {
        match clients.iter_mut().find(|(other, platforms)| other == client && !platforms.is_empty()) {
            Some((_, platforms)) => platforms.extend(platform),
            None => clients.push((client, platform.iter().copied().collect())),
        }
    }
    let mut shared: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
    for (client, platforms) in clients {
        match shared.iter_mut().find(|(other, _)| *other == platforms) {
            Some((_, clients)) => clients.push(client),
            None => shared.push((platforms, vec![client])),
        }
    }
    let says = shared.iter().map(|(platforms, clients)| match platforms.as_slice() {
        [] => listed(clients),
        platforms => format!("{} on {}", listed(clients), listed(platforms)),
    });
    says.collect::<Vec<_>>().join(", and ")
}

/// `a`, `a and b`, `a, b and c`; of very many the first few.
pub(crate) fn listed(names: &[&str]) -> String {
    match names {
        _ if names.len() > LISTED => {
            let (few, others) = names.split_at(LISTED - 1);
            format!("{} and {} more", few.join(", "), others.len())
        }
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `client@platform=what came`, with `!` behind it where that is as expected.
    fn said(trials: &[&str]) -> Option<String> {
        let seen = trials.iter().map(|trial| {
            let (sender, came) = trial.split_once('=').unwrap();
            let (client, platform) = sender.split_once('@').map_or((sender, None), |(client, on)| (client, Some(on)));
            Seen {
                sender: Sender { client, platform },
                fingerprint: came.trim_end_matches('!'),
                as_expected: came.ends_with('!'),
            }
        });
        let groups = groups(&seen.collect::<Vec<_>>());
        let says = sentence(&groups);
        let in_report: Vec<Group> = groups.iter().map(Group::from).collect();
        let is_suspect = says.as_ref().is_some_and(|says| says.contains("the expectation is "));
        assert_eq!(Group::blames_expectation(&in_report), is_suspect, "{says:?}");
        says
    }

    #[test]
    fn the_odd_one_out_is_named() {
        assert_eq!(said(&["a=1!", "b=1!", "c=2", "d=1!"]).unwrap(), "c differs from the 3 others");
        assert_eq!(said(&["a=1!", "b=2", "c=2", "d=1!", "e=1!"]).unwrap(), "b and c differ from the 3 others");
        let said = said(&["a=1!", "b=2", "c=3", "d=1!", "e=1!"]).unwrap();
        assert_eq!(said, "b and c differ from the 3 others, and not all in the same way");
    }

    #[test]
    fn agreement_against_the_expectation_makes_it_the_suspect() {
        let suspect = "agree with each other and not with the expectation: the expectation is the suspect";
        assert_eq!(said(&["a=1", "b=1", "c=1"]).unwrap(), format!("all 3 clients {suspect}"));
        assert_eq!(said(&["a=1", "b=1"]).unwrap(), format!("both clients {suspect}"));
        let most = said(&["a=1", "b=1", "c=2"]).unwrap();
        assert_eq!(
            most,
            "c differs from the 2 others, which agree with each other and not with the expectation: the expectation is a suspect too"
        );
        let few = said(&["a=1", "b=1", "c=2!"]).unwrap();
        assert_eq!(few, "only c is as expected, and 2 others agree with each other: the expectation is a suspect");
    }

    #[test]
    fn an_expectation_that_few_meet_is_a_suspect_without_a_majority_too() {
        let said = said(&["a=1", "b=1", "c=2!", "d=3", "e=4"]).unwrap();
        assert!(said.contains("the expectation is a suspect"), "{said}");
    }

    #[test]
    fn nothing_is_said_where_there_is_nothing_to_compare() {
        assert_eq!(said(&[]), None);
        assert_eq!(said(&["a=1"]), None);
        assert_eq!(said(&["a=1!", "b=1!"]), None);
    }

    #[test]
    fn without_a_majority_nobody_is_the_odd_one() {
        assert_eq!(said(&["a=1!", "b=2"]).unwrap(), "no two agree");
        assert_eq!(said(&["a=2", "b=1!", "c=2", "d=1!"]).unwrap(), "2 groups that disagree: b and d (as expected); a and c");
    }

    #[test]
    fn of_very_many_the_first_few_are_named() {
        let names: Vec<String> = (0..13).map(|number| format!("c{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(listed(&names[..12]).matches(',').count(), 10);
        assert_eq!(listed(&names), "c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10 and 2 more");
    }

    #[test]
    fn platforms_are_named_once_for_the_clients_that_share_them() {
        let odd = ["a@linux=2", "b@linux=2", "a@mac=2", "b@mac=2", "c@mac=2"];
        let right = ["c@linux=1!", "d@linux=1!", "d@mac=1!", "e@linux=1!", "e@mac=1!", "f@linux=1!"];
        let says = said(&[&odd[..], &right[..]].concat()).unwrap();
        assert_eq!(says, "a and b on linux and mac, and c on mac differ from the 6 others");
    }

    #[test]
    fn a_name_that_reads_like_one_with_a_platform_is_a_name() {
        assert_eq!(
            said(&["a on b=2", "c on b=2", "d=1!", "e=1!", "f=1!"]).unwrap(),
            "a on b and c on b differ from the 3 others"
        );
    }

    #[test]
    fn what_is_as_expected_is_one_group_whatever_is_under_the_masks() {
        assert_eq!(said(&["a=1!", "b=2!", "c=3!"]), None);
        assert_eq!(said(&["a=1!", "b=2!", "c=3"]).unwrap(), "c differs from the 2 others");
    }

    #[test]
    fn a_client_that_failed_otherwise_still_agrees_with_what_is_as_expected() {
        assert_eq!(said(&["a=1", "b=1!", "c=1!"]), None);
    }
}
