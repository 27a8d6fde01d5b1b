//! What one client shows of a case that expects nothing yet, in several runs: what would be expected if it were right, and whether it
//! agrees with itself. Pure.

use samewire_recorder::{EndedBy, PeerEnd};

use crate::judge::agreement::listed;
use crate::judge::end::End;
use crate::judge::observed::Connection;
use crate::judge::verdict::Verdict;
use crate::suite::expectation::{Content, Expectation, Mask};
use crate::trial::Trial;

/// The name of octets that vary, until a person gives them a better one.
const VARIES: &str = "varies";

/// What a case would expect if one client were right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    /// What each connection carries.
    pub connections: Vec<Expectation>,
    /// What the client prints.
    pub output: Content,
}

/// A client that came to its end in every run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Witness {
    /// Its name.
    pub client: String,
    /// What each run shows.
    pub drafts: Vec<Draft>,
}

impl Witness {
    /// What it shows in every run; nothing where two of them differ.
    #[must_use]
    pub(crate) fn settled(&self) -> Option<&Draft> {
        let (first, others) = self.drafts.split_first()?;
        others.iter().all(|other| other == first).then_some(first)
    }

    /// What is not the same in each run, such as `the octets at 3-5 and 9 of connection 1`.
    #[must_use]
    pub(crate) fn varies(&self) -> Vec<String> {
        let Some((first, others)) = self.drafts.split_first() else { return Vec::new() };
        if others.iter().any(|other| other.connections.len() != first.connections.len()) {
            return vec!["how many connections it makes".into()];
        }
        let mut varies = Vec::new();
        for (index, one) in first.connections.iter().enumerate() {
            let again = || others.iter().map(|other| &other.connections[index]);
            let number = index + 1;
            varies.extend(
                how(&one.content, again().map(|other| &other.content)).map(|how| format!("{how} of connection {number}")),
            );
            varies.extend(again().any(|other| other.ending != one.ending).then(|| format!("the ending of connection {number}")));
        }
        varies.extend(how(&first.output, others.iter().map(|other| &other.output)).map(|how| format!("{how} of what it prints")));
        varies
    }
}

/// How contents differ: in length, at which offsets, or anyhow where only their digests are known.
fn how<'a>(first: &Content, others: impl Iterator<Item = &'a Content> + Clone) -> Option<String> {
    if others.clone().all(|other| other == first) {
        return None;
    }
    if others.clone().any(|other| other.length() != first.length()) {
        return Some("the length".into());
    }
    let runs = varying(first, others).unwrap_or_default();
    let places: Vec<String> = runs.iter().map(place).collect();
    let places = listed(&places.iter().map(String::as_str).collect::<Vec<_>>());
    Some(if places.is_empty() { "the octets".into() } else { format!("the octets at {places}") })
}

/// Its offsets: `3-5`, or `9` of a single octet.
fn place(run: &Mask) -> String {
    let (first, last) = (run.start, run.start + run.length - 1);
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

/// A mask over each run of octets that are not the same in all; nothing where they are not known, or not of one length.
pub(crate) fn varying<'a>(first: &Content, others: impl Iterator<Item = &'a Content>) -> Option<Vec<Mask>> {
    let octets = known(first)?;
    let mut varies = vec![false; octets.len()];
    for other in others {
        let other = known(other).filter(|other| other.len() == octets.len())?;
        for (varies, (one, other)) in varies.iter_mut().zip(octets.iter().zip(other)) {
            *varies |= one != other;
        }
    }
    Some(masks(&varies))
}

impl Draft {
    /// What a trial of an unwritten case shows.
    ///
    /// # Errors
    /// The client did not do it to the end, and what happened instead.
    pub(crate) fn of(trial: &Trial) -> Result<Self, String> {
        let verdict = trial.judgement.verdict;
        let observed = match &trial.observed {
            Some(observed) if is_telling(verdict) => observed,
            _ => return Err(what_happened(trial)),
        };
        // Whoever went on before it had received cannot be right, whatever it sent.
        if let Some(breach) = observed.breaches.first() {
            return Err(breach.to_string());
        }
        if trial.judgement.has(Verdict::OutOfTurn) {
            return Err(Verdict::OutOfTurn.to_string());
        }
        // One that never ends by itself, and did, has not said all that it has to say.
        if let (true, End::Exit(1..) | End::Signal(_)) = (observed.ends_freely, observed.end) {
            return Err(format!("it ended by itself{}", said(trial)));
        }
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
        let mut connections: Vec<Expectation> = observed.connections.iter().map(expectation).collect();
        if observed.ends_freely {
            connections.iter_mut().for_each(|expected| expected.ending = PeerEnd::Fin.into());
        }
        Ok(Self { connections, output: printed })
    }

    /// The same, where the client prints what its plan receives: of each connection so many octets as `asked` (`None` for all) of
    /// those that were `sent` to it.
    ///
    /// # Errors
    /// It prints something else, or was not sent what the plan receives.
    pub(crate) fn that_received(self, asked: &[Option<u64>], sent: &[Vec<u8>]) -> Result<Self, String> {
        let mut expected = Vec::new();
        for (index, asked) in asked.iter().enumerate() {
            let sent = sent.get(index).map_or(&[][..], Vec::as_slice);
            let count = asked.map_or(sent.len(), |count| usize::try_from(count).unwrap_or(usize::MAX));
            let received = sent.get(..count).ok_or_else(|| {
                format!("connection {}: the plan receives {count} octets, and {} were sent to it", index + 1, sent.len())
            })?;
            expected.extend_from_slice(received);
        }
        if self.output.matches(&expected) {
            return Ok(self);
        }
        let (printed, expected) = (self.output.length(), expected.len());
        Err(format!("it does not print what its plan receives: it printed {printed} octets, and not the {expected} received"))
    }
}

/// The verdict, with the problem or the last that the client said.
fn what_happened(trial: &Trial) -> String {
    format!("{}{}", trial.judgement.verdict, said(trial))
}

fn said(trial: &Trial) -> String {
    let said = trial.problem.as_deref().or_else(|| trial.stderr.lines().last());
    said.map(|said| format!(": {said}")).unwrap_or_default()
}

/// Whether a trial of a case that expects nothing ended well, but for the octets that nobody expected.
fn is_telling(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Differs | Verdict::WrongEnding | Verdict::WrongOutput | Verdict::Passed)
}

fn expectation(seen: &Connection) -> Expectation {
    let content = content(&seen.head, seen.content.length, &seen.content.sha256);
    Expectation { content, ending: seen.ending.into(), messages: None }
}

/// The octets where `head` is all of them, else their digest.
fn content(head: &[u8], length: u64, sha256: &str) -> Content {
    match head.len() as u64 == length {
        true => Content::exactly(head.to_vec()),
        false => Content::Digest { length, sha256: sha256.to_owned() },
    }
}

fn known(content: &Content) -> Option<&[u8]> {
    match content {
        Content::Octets { octets, .. } => Some(octets),
        Content::Digest { .. } | Content::Parts(_) | Content::Anything => None,
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
    use super::*;

    fn draft(connections: &[&[u8]], output: &[u8]) -> Draft {
        let content = |octets: &[u8]| Content::exactly(octets.to_vec());
        let expectation = |octets: &&[u8]| Expectation { content: content(octets), ending: PeerEnd::Fin.into(), messages: None };
        Draft { connections: connections.iter().map(expectation).collect(), output: content(output) }
    }

    fn witness(drafts: Vec<Draft>) -> Witness {
        Witness { client: "a".into(), drafts }
    }

    #[test]
    fn one_that_shows_the_same_each_time_is_settled() {
        let same = witness(vec![draft(&[b"a"], b""); 3]);
        assert_eq!((same.settled(), same.varies()), (same.drafts.first(), Vec::new()));
        let luck = witness(vec![draft(&[b"a"], b""), draft(&[b"a"], b""), draft(&[b"b"], b"")]);
        assert_eq!(luck.settled(), None);
    }

    #[track_caller]
    fn varies(drafts: Vec<Draft>) -> String {
        witness(drafts).varies().join("; ")
    }

    #[test]
    fn what_varies_is_said_with_its_place() {
        let octets = vec![
            draft(&[b"same", b"id 123, 5"], b""),
            draft(&[b"same", b"id 456, 5"], b""),
            draft(&[b"same", b"id 123, 6"], b""),
        ];
        assert_eq!(varies(octets), "the octets at 3-5 and 8 of connection 2");
        assert_eq!(
            varies(vec![draft(&[b"a"], b"x"), draft(&[b"ab"], b"y")]),
            "the length of connection 1; the octets at 0 of what it prints"
        );
        assert_eq!(varies(vec![draft(&[b"a"], b""), draft(&[b"a", b""], b"")]), "how many connections it makes");
        let mut reset = draft(&[b"a"], b"");
        reset.connections[0].ending = PeerEnd::Reset.into();
        assert_eq!(varies(vec![draft(&[b"a"], b""), reset]), "the ending of connection 1");
        let digest = |sha256: &str| Content::Digest { length: 5000, sha256: sha256.into() };
        let long = |sha256| Draft { connections: Vec::new(), output: digest(sha256) };
        assert_eq!(varies(vec![long("aa"), long("bb")]), "the octets of what it prints");
    }

    #[test]
    fn what_a_plan_receives_is_printed() {
        let received = |output: &[u8], asked: &[Option<u64>], sent: &[&[u8]]| {
            let sent: Vec<Vec<u8>> = sent.iter().map(|sent| sent.to_vec()).collect();
            draft(&[b"a"], output).that_received(asked, &sent).map(drop)
        };
        assert_eq!(received(b"okrest", &[Some(2), None], &[b"ok, and more", b"rest"]), Ok(()));
        assert_eq!(received(b"", &[Some(0)], &[b"unasked"]), Ok(()));
        for printed in [&b""[..], b"o", b"on", b"ok\n"] {
            assert!(received(printed, &[Some(2)], &[b"ok"]).is_err_and(|why| why.contains("not the 2 received")), "{printed:?}");
        }
        assert!(received(b"o", &[Some(2)], &[b"o"]).is_err_and(|why| why.contains("receives 2 octets, and 1 were sent")));
        assert!(received(b"", &[Some(0), Some(1)], &[b""]).is_err_and(|why| why.starts_with("connection 2")));
    }
}
