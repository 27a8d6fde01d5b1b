//! Who agrees with whom: the clients of one case, grouped by what came from them. Pure.
//!
//! It says which client is the odd one out, and when the expectation is. It never makes a verdict.

use serde::{Deserialize, Serialize};

use crate::printable::counted;

/// The most names that are listed.
const LISTED: usize = 12;

/// Stands between a client and its platform, where a report is of several.
pub(crate) const ON: &str = " on ";

/// A trial that was run, as far as it matters here. Trials that were skipped do not count, and are left out by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen<'a, F> {
    /// The client's name.
    pub client: &'a str,
    /// What came, such that equal captures have equal fingerprints: length, digest and ending of each connection, in order.
    pub fingerprint: F,
    /// Whether that is what was expected. Under masks, captures may rightly have other fingerprints and be so all the same.
    pub as_expected: bool,
}

/// Clients from which the same came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Their names, in the order they were given.
    pub clients: Vec<String>,
    /// Whether that is what was expected.
    pub as_expected: bool,
}

/// The clients of one case in groups that agree, the largest first; among groups of one size, what was expected first.
pub(crate) fn groups<F: PartialEq>(trials: &[Seen<'_, F>]) -> Vec<Group> {
    let mut groups: Vec<(&F, Group)> = Vec::new();
    for trial in trials {
        let as_expected =
            trial.as_expected || trials.iter().any(|other| other.as_expected && other.fingerprint == trial.fingerprint);
        let same =
            |(fingerprint, group): &&mut (&F, Group)| (group.as_expected && as_expected) || **fingerprint == trial.fingerprint;
        match groups.iter_mut().find(same) {
            Some((_, group)) => group.clients.push(trial.client.to_owned()),
            None => groups.push((&trial.fingerprint, Group { clients: vec![trial.client.to_owned()], as_expected })),
        }
    }
    let mut groups: Vec<Group> = groups.into_iter().map(|(_, group)| group).collect();
    groups.sort_by_key(|group| (std::cmp::Reverse(group.clients.len()), !group.as_expected));
    groups
}

/// What there is to say of the groups of one case; nothing where all agree, also with the expectation.
#[must_use]
pub(crate) fn sentence(groups: &[Group]) -> Option<String> {
    let (largest, others) = groups.split_first()?;
    let most = largest.clients.len();
    match others.iter().find(|group| group.as_expected) {
        _ if others.is_empty() && (largest.as_expected || most < 2) => None,
        _ if others.is_empty() => {
            let all = if most == 2 { "both clients agree".into() } else { format!("all {most} clients agree") };
            Some(format!("{all} with each other and not with the expectation: the expectation is the suspect"))
        }
        Some(few) if few.clients.len() < most => {
            let (names, are) = (names(few), if few.clients.len() == 1 { "is" } else { "are" });
            Some(format!("only {names} {are} as expected, and {most} others agree with each other: the expectation is a suspect"))
        }
        _ => disagreement(groups).map(|odd| match largest {
            Group { as_expected: false, .. } if has_majority(groups) => {
                format!("{odd}, which agree with each other and not with the expectation: that is a suspect too")
            }
            _ => odd,
        }),
    }
}

/// Who disagrees, whatever was expected: `node differs from the 14 others`. Nothing where there is one group.
#[must_use]
pub(crate) fn disagreement(groups: &[Group]) -> Option<String> {
    let (largest, others) = groups.split_first().filter(|(_, others)| !others.is_empty())?;
    if !has_majority(groups) {
        return Some(no_majority(groups));
    }
    let odd: Vec<&str> = others.iter().flat_map(|group| &group.clients).map(String::as_str).collect();
    let differ = if odd.len() == 1 { "differs" } else { "differ" };
    let each_other = if others.len() == 1 { "" } else { ", and not all in the same way" };
    Some(format!("{} {differ} from the {} others{each_other}", by_platform(&odd), largest.clients.len()))
}

/// Whether more agree than do not, and at least two.
fn has_majority(groups: &[Group]) -> bool {
    let all: usize = groups.iter().map(|group| group.clients.len()).sum();
    groups.first().is_some_and(|largest| largest.clients.len() > 1 && largest.clients.len() * 2 > all)
}

fn no_majority(groups: &[Group]) -> String {
    if groups.iter().all(|group| group.clients.len() < 2) {
        return "no two agree".into();
    }
    let said = groups.iter().map(|group| format!("{}{}", names(group), if group.as_expected { " (as expected)" } else { "" }));
    format!("{} that do not agree: {}", counted(groups.len(), "group"), said.collect::<Vec<_>>().join("; "))
}

fn names(group: &Group) -> String {
    by_platform(&group.clients.iter().map(String::as_str).collect::<Vec<_>>())
}

/// `a and b on linux-x86_64 and windows-aarch64, and c on linux-x86_64`: platforms are named once for all clients that share them.
pub(crate) fn by_platform(labels: &[&str]) -> String {
    let mut clients: Vec<(&str, Vec<&str>)> = Vec::new();
    for label in labels {
        let (client, platform) = label.split_once(ON).map_or((*label, None), |(client, platform)| (client, Some(platform)));
        match clients.iter_mut().find(|(other, platforms)| *other == client && !platforms.is_empty()) {
            Some((_, platforms)) => platforms.extend(platform),
            None => clients.push((client, platform.into_iter().collect())),
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
        platforms => format!("{}{ON}{}", listed(clients), listed(platforms)),
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

    /// `name=what came`, with `!` behind it where that is as expected.
    fn said(trials: &[&str]) -> Option<String> {
        let seen = trials.iter().map(|trial| {
            let (client, came) = trial.split_once('=').unwrap();
            Seen { client, fingerprint: came.trim_end_matches('!'), as_expected: came.ends_with('!') }
        });
        sentence(&groups(&seen.collect::<Vec<_>>()))
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
            "c differs from the 2 others, which agree with each other and not with the expectation: that is a suspect too"
        );
        let few = said(&["a=1", "b=1", "c=2!"]).unwrap();
        assert_eq!(few, "only c is as expected, and 2 others agree with each other: the expectation is a suspect");
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
        assert_eq!(said(&["a=2", "b=1!", "c=2", "d=1!"]).unwrap(), "2 groups that do not agree: b and d (as expected); a and c");
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
        let odd = ["a on linux=2", "b on linux=2", "a on mac=2", "b on mac=2", "c on mac=2"];
        let right = ["c on linux=1!", "d on linux=1!", "d on mac=1!", "e on linux=1!", "e on mac=1!", "f on linux=1!"];
        let says = said(&[&odd[..], &right[..]].concat()).unwrap();
        assert_eq!(says, "a and b on linux and mac, and c on mac differ from the 6 others");
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
