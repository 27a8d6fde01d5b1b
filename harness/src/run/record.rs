//! A first expectation of a case, from what its clients send without one. Pure.
//!
//! It is taken from captures only where most clients agree, of at least two folders: one program under two runtimes is one witness.
//! A client that does not show the same in each of its runs agrees with nobody. Where a case has a plan, the reference encoder must agree too. People decide what may vary, so noise is proposed, and not taken.

use std::collections::BTreeSet;

use crate::judge::agreement::{Agreeing, Seen, disagreement, groups, listed};
use crate::run::witness::{Draft, Witness};
use crate::suite::Case;
use crate::suite::expectation::ExpectedExit;
use crate::suite::names::folder_of;
use crate::suite::plan::encode;

/// A draft that most clients make.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Agreed<'a> {
    /// Those who do.
    pub clients: Vec<&'a str>,
    /// Those who show something else, in each run the same.
    pub others: Vec<&'a str>,
    /// What they make.
    pub draft: &'a Draft,
}

/// Why nothing is expected yet.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Undecided {
    /// Nobody or one alone.
    #[error("clients of at least two folders must agree, and {0}")]
    TooFew(String),
    /// Nobody shows the same in each run.
    #[error("{0}: not the same in every run")]
    Unsettled(String),
    /// No draft has most of the clients behind it.
    #[error("{0}")]
    NoMajority(String),
    /// They agree in doing nothing.
    #[error("{0} make no connection")]
    NoConnection(String),
    /// They agree, and the plan says otherwise.
    #[error("{0} agree with each other and not with the plan: mend them, or the plan")]
    AgainstPlan(String),
}

/// What most clients make of a case, in each of their runs.
///
/// # Errors
/// Fewer agree than `least` folders, or not with themselves, or they agree on what cannot be right.
pub(crate) fn decide<'a>(case: &Case, witnesses: &'a [Witness], least: usize) -> Result<Agreed<'a>, Undecided> {
    let (settled, unsettled): (Vec<&Witness>, Vec<&Witness>) = witnesses.iter().partition(|witness| witness.settled().is_some());
    let seen = settled.iter().map(|witness| Seen {
        sender: witness.client.as_str().into(),
        fingerprint: witness.settled(),
        as_expected: false,
    });
    let mut groups = groups(&seen.collect::<Vec<_>>());
    groups.sort_by_key(|group| std::cmp::Reverse(folders(&clients_of(group))));
    let Some(largest) = groups.first() else {
        return Err(match unsettled.is_empty() {
            true => Undecided::TooFew("none finished".into()),
            false => Undecided::Unsettled(listed(&names(&unsettled))),
        });
    };
    let (most, others): (Vec<&Witness>, Vec<&Witness>) =
        settled.iter().copied().partition(|witness| clients_of(largest).contains(&witness.client.as_str()));
    let rest = groups[1..].iter().map(|group| folders(&clients_of(group))).sum::<usize>() + folders(&names(&unsettled));
    let clients = names(&most);
    if rest == 0 && folders(&clients) < least {
        return Err(Undecided::TooFew(format!("there is only {}", listed(&clients))));
    }
    if folders(&clients) <= rest {
        let alone = || format!("of {} clients, only {} show the same in every run", witnesses.len(), listed(&clients));
        return Err(Undecided::NoMajority(disagreement(&groups).unwrap_or_else(alone)));
    }
    let Some(draft) = most.first().and_then(|witness| witness.settled()) else {
        return Err(Undecided::TooFew("none finished".into()));
    };
    check(case, draft, &clients)?;
    Ok(Agreed { clients, others: names(&others), draft })
}

fn names<'a>(witnesses: &[&'a Witness]) -> Vec<&'a str> {
    witnesses.iter().map(|witness| witness.client.as_str()).collect()
}

fn clients_of<'a>(group: &Agreeing<'a>) -> Vec<&'a str> {
    group.senders.iter().map(|sender| sender.client).collect()
}

/// Of how many folders clients are.
pub(crate) fn folders(clients: &[&str]) -> usize {
    clients.iter().map(|client| folder_of(client)).collect::<BTreeSet<_>>().len()
}

/// Whether what all agree on may be right.
fn check(case: &Case, draft: &Draft, clients: &[&str]) -> Result<(), Undecided> {
    if draft.connections.is_empty() {
        return Err(Undecided::NoConnection(listed(clients)));
    }
    // A client that must fail does not come to the end of its plan.
    let Some(plan) = case.plan.as_ref().filter(|_| case.exit == ExpectedExit::Zero) else { return Ok(()) };
    let streams = encode(plan);
    let same = draft.connections.iter().zip(&streams).all(|(drafted, stream)| drafted.content.matches(&stream.octets));
    match same && streams.len() == draft.connections.len() {
        true => Ok(()),
        false => Err(Undecided::AgainstPlan(listed(clients))),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use samewire_recorder::PeerEnd;

    use super::*;
    use crate::suite::expectation::{Content, Expectation};
    use crate::suite::{Defined, Suite};

    fn case(plan: &str) -> Case {
        let toml = format!("[[case]]\nname = 'a'\nabout = ''\nhazards = []\n{plan}");
        Suite::parse_unwritten(Path::new("case.toml"), &toml, &Defined::default()).unwrap().cases.remove(0)
    }

    fn draft(connections: &[&[u8]]) -> Draft {
        let expectation = |octets: &&[u8]| Expectation {
            content: Content::exactly(octets.to_vec()),
            ending: PeerEnd::Fin.into(),
            messages: None,
        };
        Draft { connections: connections.iter().map(expectation).collect(), output: Content::exactly(Vec::new()) }
    }

    /// Witnesses of one connection each, as `client=octets`, or `client=octets|other octets` in two runs.
    fn witnesses(all: &[&str]) -> Vec<Witness> {
        let drafts = |runs: &str| runs.split('|').map(|octets| draft(&[octets.as_bytes()])).collect();
        let split = |one: &&str| {
            let (client, runs) = one.split_once('=')?;
            Some(Witness { client: client.to_owned(), drafts: drafts(runs) })
        };
        all.iter().filter_map(split).collect()
    }

    #[track_caller]
    fn agreed(all: &[&str]) -> (String, String) {
        let witnesses = witnesses(all);
        let agreed = decide(&case(""), &witnesses, 2).unwrap();
        (agreed.clients.join(" "), agreed.others.join(" "))
    }

    #[track_caller]
    fn undecided(plan: &str, witnesses: &[Witness]) -> String {
        decide(&case(plan), witnesses, 2).unwrap_err().to_string()
    }

    #[test]
    fn most_decide() {
        assert_eq!(agreed(&["a=1", "b=1"]), ("a b".into(), "".into()));
        assert_eq!(agreed(&["c=2", "a=1", "b=1"]), ("a b".into(), "c".into()));
    }

    #[test]
    fn half_decide_nothing() {
        assert_eq!(undecided("", &witnesses(&["a=1", "b=2"])), "no two agree");
        assert_eq!(undecided("", &witnesses(&["a=1", "b=1", "c=2", "d=2"])), "2 groups that disagree: a and b; c and d");
        assert_eq!(undecided("", &witnesses(&["a=1", "b=1", "c=2", "d=3"])), "3 groups that disagree: a and b; c; d");
    }

    #[test]
    fn one_folder_is_one_witness() {
        assert!(undecided("", &[]).ends_with("and none finished"));
        assert!(undecided("", &witnesses(&["a@x=1", "a@y=1"])).ends_with("there is only a@x and a@y"));
        assert_eq!(agreed(&["a@x=2", "a@y=2", "a@z=2", "b=1", "c=1"]), ("b c".into(), "a@x a@y a@z".into()));
    }

    #[test]
    fn who_does_not_agree_with_itself_agrees_with_nobody() {
        assert_eq!(undecided("", &witnesses(&["a=1|2", "b=1|2"])), "a and b: not the same in every run");
        assert_eq!(undecided("", &witnesses(&["a=1", "b=1|2"])), "of 2 clients, only a show the same in every run");
        assert_eq!(
            undecided("", &witnesses(&["a=1", "b=1", "c=1|2", "d=1|1|3"])),
            "of 4 clients, only a and b show the same in every run"
        );
        assert_eq!(agreed(&["a=1|1", "b=1|1", "c=1|2"]), ("a b".into(), "".into()));
    }

    #[test]
    fn the_plan_has_a_say() {
        assert!(decide(&case("plan = 'text 1'"), &witnesses(&["a=1", "b=1"]), 2).is_ok());
        assert!(undecided("plan = 'text 2'", &witnesses(&["a=1", "b=1"])).starts_with("a and b agree with each other and not"));
        assert!(undecided("plan = \"text 1\\nconnect\\ntext 2\"", &witnesses(&["a=1", "b=1"])).contains("not with the plan"));
        assert!(decide(&case("plan = 'text 2'\nexit = 'failure'"), &witnesses(&["a=", "b="]), 2).is_ok());
    }

    #[test]
    fn nothing_done_is_nothing_to_expect() {
        let silent = ["a", "b"].map(|client| Witness { client: client.to_owned(), drafts: vec![draft(&[])] });
        assert_eq!(undecided("", &silent), "a and b make no connection");
    }
}
