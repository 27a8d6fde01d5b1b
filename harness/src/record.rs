//! A first expectation of a case, from what its clients send without one. Pure.
//!
//! It is taken from captures only where most clients agree, of at least two folders: one program under two runtimes is one witness.
//! Where a case has a plan, the reference encoder must agree too. People decide what may vary, so masks are proposed, and not taken.

use std::collections::BTreeSet;

use samewire_recorder::EndedBy;

use crate::agreement::{Seen, disagreement, groups, listed};
use crate::client::folder_of;
use crate::expectation::{Content, Expectation, ExpectedExit, Mask};
use crate::plan::encode;
use crate::suite::Case;
use crate::trial::Trial;
use crate::verdict::{Connection, Verdict};

/// The name of octets that vary, until a person gives them a better one.
const VARIES: &str = "varies";

/// What a case would expect if one client were right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What each connection carries.
    pub connections: Vec<Expectation>,
    /// What the client prints.
    pub output: Content,
}

/// A draft that most clients make.
#[derive(Debug, PartialEq, Eq)]
pub struct Agreed<'a> {
    /// Those who do.
    pub clients: Vec<&'a str>,
    /// Those who do not.
    pub others: Vec<&'a str>,
    /// What they make.
    pub draft: &'a Draft,
}

/// Why nothing is expected yet.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecided {
    /// Nobody or one alone.
    #[error("it takes clients of two folders that agree, and {0}")]
    TooFew(String),
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

impl Draft {
    /// What a trial of an unwritten case shows.
    ///
    /// # Errors
    /// The client did not do it to the end, and what happened instead.
    pub fn of(trial: &Trial) -> Result<Self, String> {
        let verdict = trial.judgement.verdict;
        let observed = match &trial.observed {
            Some(observed) if is_telling(verdict) => observed,
            _ => return Err(what_happened(trial)),
        };
        let mut ended = trial.timelines.iter().filter_map(|timeline| timeline.by);
        if let Some(by) = ended.find(|by| !matches!(by, EndedBy::Peer | EndedBy::Recorder)) {
            return Err(format!("a connection was ended by {by}"));
        }
        let output = &observed.output;
        let printed = if observed.prints_freely {
            Content::exactly(Vec::new())
        } else {
            content(&trial.stdout, output.length, &output.sha256)
        };
        Ok(Self { connections: observed.connections.iter().map(expectation).collect(), output: printed })
    }
}

/// The verdict, with the problem or the last that the client said.
fn what_happened(trial: &Trial) -> String {
    let said = trial.problem.as_deref().or_else(|| trial.stderr.lines().last());
    let said = said.map(|said| format!(": {said}")).unwrap_or_default();
    format!("{}{said}", trial.judgement.verdict)
}

/// Whether a trial of a case that expects nothing ended well, but for the octets that nobody expected.
fn is_telling(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Differs | Verdict::OutOfTurn | Verdict::WrongEnding | Verdict::WrongOutput | Verdict::Passed)
}

fn expectation(seen: &Connection) -> Expectation {
    let content = content(&seen.head, seen.content.length, &seen.content.sha256);
    Expectation { content, ending: seen.ending.into() }
}

/// The octets where `head` is all of them, else their digest.
fn content(head: &[u8], length: u64, sha256: &str) -> Content {
    match head.len() as u64 == length {
        true => Content::exactly(head.to_vec()),
        false => Content::Digest { length, sha256: sha256.to_owned() },
    }
}

/// What most clients make of a case; each with its name.
///
/// # Errors
/// Too few agree, or they agree on what cannot be right.
pub fn decide<'a>(case: &Case, drafts: &'a [(String, Draft)]) -> Result<Agreed<'a>, Undecided> {
    let seen = drafts.iter().map(|(client, draft)| Seen { client, fingerprint: draft, as_expected: false });
    let mut groups = groups(&seen.collect::<Vec<_>>());
    groups.sort_by_key(|group| std::cmp::Reverse(folders(&group.clients)));
    let Some(largest) = groups.first() else {
        return Err(Undecided::TooFew("none came to an end".into()));
    };
    let behind = |clients: &[String]| drafts.iter().filter(|(client, _)| clients.contains(client)).collect::<Vec<_>>();
    let (most, rest) = (behind(&largest.clients), groups[1..].iter().map(|group| folders(&group.clients)).sum());
    let clients: Vec<&str> = most.iter().map(|(client, _)| client.as_str()).collect();
    if rest == 0 && folders(&largest.clients) < 2 {
        return Err(Undecided::TooFew(format!("there is only {}", listed(&clients))));
    }
    if folders(&largest.clients) <= rest {
        return Err(Undecided::NoMajority(disagreement(&groups).unwrap_or_default()));
    }
    let draft = &most[0].1;
    check(case, draft, &clients)?;
    let others = drafts.iter().map(|(client, _)| client.as_str()).filter(|client| !clients.contains(client)).collect();
    Ok(Agreed { clients, others, draft })
}

/// Of how many folders clients are.
fn folders(clients: &[String]) -> usize {
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

/// A draft that all fit, where they differ only in a few octets of the same length: those are masked. At least half of the octets
/// must be the same everywhere, or it would prove little.
#[must_use]
pub fn masked(drafts: &[(String, Draft)]) -> Option<Draft> {
    let ((_, first), others) = drafts.split_first().filter(|(_, others)| !others.is_empty())?;
    let alike = |other: &Draft| {
        let endings = |draft: &Draft| draft.connections.iter().map(|connection| connection.ending.clone()).collect::<Vec<_>>();
        endings(other) == endings(first) && other.output == first.output
    };
    if !others.iter().all(|(_, other)| alike(other)) {
        return None;
    }
    let connections = first.connections.iter().enumerate().map(|(index, one)| {
        let same = others.iter().map(|(_, other)| &other.connections[index].content);
        Some(Expectation { content: what_is_common(&one.content, same)?, ending: one.ending.clone() })
    });
    let connections = connections.collect::<Option<Vec<_>>>()?;
    let has_mask =
        connections.iter().any(|connection| matches!(&connection.content, Content::Octets { masks, .. } if !masks.is_empty()));
    has_mask.then(|| Draft { connections, output: first.output.clone() })
}

fn what_is_common<'a>(first: &Content, others: impl Iterator<Item = &'a Content>) -> Option<Content> {
    let octets = known(first)?;
    let mut varies = vec![false; octets.len()];
    for other in others {
        let other = known(other).filter(|other| other.len() == octets.len())?;
        for (varies, (one, other)) in varies.iter_mut().zip(octets.iter().zip(other)) {
            *varies |= one != other;
        }
    }
    let count = varies.iter().filter(|varies| **varies).count();
    (count * 2 <= octets.len()).then(|| Content::Octets { octets: octets.to_vec(), masks: masks(&varies) })
}

fn known(content: &Content) -> Option<&[u8]> {
    match content {
        Content::Octets { octets, .. } => Some(octets),
        Content::Digest { .. } => None,
    }
}

/// A mask over each run of octets that vary.
fn masks(varies: &[bool]) -> Vec<Mask> {
    let mut masks: Vec<Mask> = Vec::new();
    for start in varies.iter().enumerate().filter(|(_, varies)| **varies).map(|(at, _)| at) {
        match masks.last_mut() {
            Some(mask) if mask.start + mask.length == start => mask.length += 1,
            _ => masks.push(Mask { start, length: 1, name: VARIES.into() }),
        }
    }
    masks
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use samewire_recorder::PeerEnd;

    use super::*;
    use crate::suite::Suite;

    fn case(plan: &str) -> Case {
        let toml = format!("[[case]]\nname = 'a'\nabout = ''\nhazards = []\n{plan}");
        Suite::parse_unwritten(Path::new("case.toml"), &toml).unwrap().cases.remove(0)
    }

    fn draft(connections: &[&[u8]]) -> Draft {
        let expectation =
            |octets: &&[u8]| Expectation { content: Content::exactly(octets.to_vec()), ending: PeerEnd::Fin.into() };
        Draft { connections: connections.iter().map(expectation).collect(), output: Content::exactly(Vec::new()) }
    }

    /// Drafts of one connection each, as `client=octets`.
    fn drafts(all: &[&str]) -> Vec<(String, Draft)> {
        let split = |one: &&str| one.split_once('=').map(|(client, octets)| (client.to_owned(), draft(&[octets.as_bytes()])));
        all.iter().filter_map(split).collect()
    }

    #[track_caller]
    fn agreed(all: &[&str]) -> (String, String) {
        let drafts = drafts(all);
        let agreed = decide(&case(""), &drafts).unwrap();
        (agreed.clients.join(" "), agreed.others.join(" "))
    }

    #[track_caller]
    fn undecided(plan: &str, drafts: &[(String, Draft)]) -> String {
        decide(&case(plan), drafts).unwrap_err().to_string()
    }

    #[test]
    fn most_decide() {
        assert_eq!(agreed(&["a=1", "b=1"]), ("a b".into(), "".into()));
        assert_eq!(agreed(&["c=2", "a=1", "b=1"]), ("a b".into(), "c".into()));
    }

    #[test]
    fn half_decide_nothing() {
        assert_eq!(undecided("", &drafts(&["a=1", "b=2"])), "no two agree");
        assert_eq!(undecided("", &drafts(&["a=1", "b=1", "c=2", "d=2"])), "2 groups that do not agree: a and b; c and d");
        assert_eq!(undecided("", &drafts(&["a=1", "b=1", "c=2", "d=3"])), "3 groups that do not agree: a and b; c; d");
    }

    #[test]
    fn one_folder_is_one_witness() {
        assert!(undecided("", &[]).ends_with("and none came to an end"));
        assert!(undecided("", &drafts(&["a@x=1", "a@y=1"])).ends_with("there is only a@x and a@y"));
        assert_eq!(agreed(&["a@x=2", "a@y=2", "a@z=2", "b=1", "c=1"]), ("b c".into(), "a@x a@y a@z".into()));
    }

    #[test]
    fn the_plan_has_a_say() {
        assert!(decide(&case("plan = 'text 1'"), &drafts(&["a=1", "b=1"])).is_ok());
        assert!(undecided("plan = 'text 2'", &drafts(&["a=1", "b=1"])).starts_with("a and b agree with each other and not"));
        assert!(undecided("plan = \"text 1\\nconnect\\ntext 2\"", &drafts(&["a=1", "b=1"])).contains("not with the plan"));
        assert!(decide(&case("plan = 'text 2'\nexit = 'failure'"), &drafts(&["a=", "b="])).is_ok());
    }

    #[test]
    fn nothing_done_is_nothing_to_expect() {
        let silent = ["a", "b"].map(|client| (client.to_owned(), draft(&[])));
        assert_eq!(undecided("", &silent), "a and b make no connection");
    }

    fn mask(all: &[&str]) -> Option<Vec<(usize, usize)>> {
        let draft = masked(&drafts(all))?;
        let Content::Octets { masks, .. } = &draft.connections[0].content else { panic!("a digest") };
        Some(masks.iter().map(|mask| (mask.start, mask.length)).collect())
    }

    #[test]
    fn octets_that_vary_among_many_that_do_not_are_masked() {
        assert_eq!(mask(&["a=id 12, 5", "b=id 34, 5"]), Some(vec![(3, 2)]));
        assert_eq!(mask(&["a=ab", "b=ac"]), Some(vec![(1, 1)]), "half of them");
        assert_eq!(mask(&["a=id 12, 5", "b=id 34, 5", "c=id 12, 6"]), Some(vec![(3, 2), (7, 1)]));
    }

    #[test]
    fn what_is_too_different_or_the_same_is_not_masked() {
        assert_eq!(mask(&["a=1", "b=2"]), None);
        assert_eq!(mask(&["a=same", "b=same"]), None);
        assert_eq!(mask(&["a=same", "b=same."]), None);
        assert_eq!(mask(&["a=same"]), None);
        let (one, two) = (draft(&[b"same"]), draft(&[b"sane", b""]));
        assert_eq!(masked(&[("a".into(), one), ("b".into(), two)]), None);
    }
}
