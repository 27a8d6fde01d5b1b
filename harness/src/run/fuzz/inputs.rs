//! Inputs at random for programs that read no plans: what most clients make of one is right.
//!
//! Each client is launched once for an input. An input on which clients part is made smaller as long as they part alike.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::client::profile::Profile;
use crate::judge::agreement::{Agreeing, Seen, disagreement, groups};
use crate::judge::messages::{Decoded, hold};
use crate::run::fuzz::smaller_input::smaller;
use crate::run::in_parallel;
use crate::run::record::folders;
use crate::run::session::Session;
use crate::run::witness::Draft;
use crate::suite::expectation::Content;
use crate::suite::messages::{Wanted, WantedField, WantedText};
use crate::suite::plan::generate::Generator;
use crate::suite::{Case, Generate, Input};
use crate::trial::dialogue::dialogues;
use crate::trial::difference::LOOKED_AT;
use crate::trial::{Interrupt, Launcher, Trial};

/// How long inputs are made smaller together at the most.
const MOST_TIME: Duration = Duration::from_secs(60);

/// The most inputs that are tried instead of one.
const MOST_TRIES: usize = 200;

/// The clients of a case whose input is made at random.
pub(crate) struct Crowd<'a> {
    session: &'a Session,
    case: &'a Case,
    generate: Generate,
    clients: Vec<usize>,
    folder: &'a Path,
    jobs: usize,
    interrupt: &'a Interrupt,
    launches: AtomicU64,
}

/// What one client makes of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shown {
    /// These octets, or with a decoder the messages of these digests.
    Sent(Draft, Vec<Option<String>>),
    /// It did not come to a good end.
    Failed,
}

/// How clients part. The same for two inputs where it is the same fault, as far as that can be told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Parting {
    /// Most agree, and these do not.
    Odd {
        /// Those who do not.
        odd: Vec<String>,
        /// Those who do.
        right: Vec<String>,
    },
    /// There is no majority.
    Split(String),
}

/// An input on which clients part.
pub(crate) struct Parted {
    /// How they do.
    pub parting: Parting,
    /// Which input it was at first.
    pub n: u64,
    /// The input, made smaller.
    pub input: Vec<u8>,
    /// Whether nothing could be taken away from it any more.
    pub is_smallest: bool,
    /// The same as a case that expects what most send, and what an odd one (by its place) does with it; nothing where most fail, or
    /// there is no majority.
    pub shown: Option<(Case, usize, Trial)>,
}

/// What came of all inputs.
#[derive(Default)]
pub(crate) struct Tried {
    /// The last input that every client has done.
    pub inputs: u64,
    /// How many clients took part.
    pub clients: usize,
    /// Where they part, each way once.
    pub parted: Vec<Parted>,
}

impl<'a> Crowd<'a> {
    /// The clients of a case of a session, by its place; nothing where its input is not made at random.
    pub(crate) fn of(
        session: &'a Session,
        case: usize,
        (folder, jobs, interrupt): (&'a Path, usize, &'a Interrupt),
    ) -> Option<Self> {
        let planned = session.trials.iter().filter(|planned| planned.case == case);
        let clients: Vec<usize> = planned.map(|planned| planned.client).collect();
        let case = &session.cases[case];
        let generate = case.generate.filter(|_| !clients.is_empty())?;
        Some(Self { session, case, generate, clients, folder, jobs, interrupt, launches: AtomicU64::new(0) })
    }

    /// The name of the case.
    pub(crate) fn name(&self) -> &str {
        &self.case.name
    }

    /// Tries inputs of a seed up to this number, or as long as there is time.
    pub(crate) fn search(&self, seed: u64, most: Option<u64>, end: Option<Instant>) -> Tried {
        let mut tried = Tried::default();
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        let may_go_on = |n: u64| most.is_none_or(|most| n <= most) && end.is_none_or(|end| Instant::now() < end);
        while may_go_on(tried.inputs + 1) && !self.interrupt.is_stopped() {
            let n = tried.inputs + 1;
            let input = Generator::new(seed).input(n, self.generate);
            let shown = self.shown(&input);
            tried.clients = tried.clients.max(shown.len());
            let parting = self.parting(&shown);
            if self.interrupt.is_stopped() {
                break;
            }
            tried.inputs = n;
            found.extend(parting.filter(|parting| seen.insert(parting.clone())).map(|parting| (n, input, parting)));
        }
        let deadline = Instant::now() + MOST_TIME;
        tried.parted = found.into_iter().map(|(n, input, parting)| self.shrunk(n, input, parting, deadline)).collect();
        tried
    }

    /// How clients part on an input; nothing where they agree.
    fn parting(&self, shown: &[(usize, Shown)]) -> Option<Parting> {
        let shown: Vec<(&str, &Shown)> = shown.iter().map(|(client, shown)| (self.client_name(*client), shown)).collect();
        parting(&shown)
    }

    fn client_name(&self, client: usize) -> &str {
        &self.session.clients[client].entry.name
    }

    /// What each client makes of an input; those that could not be tried are left out.
    fn shown(&self, input: &[u8]) -> Vec<(usize, Shown)> {
        let case = Case { input: Some(Input::from(input)), generate: None, unwritten: true, ..self.case.clone() };
        let of = |client: usize| {
            let trial = self.trial(client, &case);
            trial.observed.as_ref()?;
            Some((client, Shown::of(&trial, &case)))
        };
        in_parallel(self.jobs, self.clients.clone(), of).into_iter().flatten().collect()
    }

    fn trial(&self, client: usize, case: &Case) -> Trial {
        let number = self.launches.fetch_add(1, Ordering::Relaxed);
        let capture = self.folder.join(format!("input-{client}-{number}.jsonl"));
        let launch = (capture.as_path(), &Launcher::Ourselves);
        let mut trial = self.session.run_case((client, Profile::Default), (case, None), launch, self.interrupt);
        if case.unwritten {
            self.decode(&mut trial, case, &capture);
        }
        // It has been read, and its folder goes at the end.
        let _ = std::fs::remove_file(&capture);
        trial
    }

    /// What was sent in messages, where the case says how: a case that expects nothing yet judges none. Octets that cannot be decoded
    /// have none.
    fn decode(&self, trial: &mut Trial, case: &Case, capture: &Path) {
        let (Some(decoding), Some(observed)) = (&case.decoding, &mut trial.observed) else { return };
        let dialogues = dialogues(capture, LOOKED_AT).unwrap_or_default();
        for (connection, dialogue) in observed.connections.iter_mut().zip(&dialogues) {
            let Ok(Some(messages)) = self.session.messages(case, dialogue, self.interrupt) else { continue };
            let (decoder, held) = (decoding.decoder.name.clone(), hold(decoding, &[], &messages));
            connection.decoded = Some(Decoded { decoder, version: None, messages, held, judges: false, failed: None });
        }
    }

    fn shrunk(&self, n: u64, mut input: Vec<u8>, parting: Parting, deadline: Instant) -> Parted {
        let mut tries = 0;
        let mut is_smallest = true;
        'smaller: loop {
            for candidate in smaller(self.generate.kind, &input) {
                if tries >= MOST_TRIES || Instant::now() >= deadline || self.interrupt.is_stopped() {
                    is_smallest = false;
                    break 'smaller;
                }
                tries += 1;
                if self.parting(&self.shown(&candidate)).as_ref() == Some(&parting) {
                    input = candidate;
                    continue 'smaller;
                }
            }
            break;
        }
        let shown = self.as_case(n, &input, &parting);
        Parted { parting, n, input, is_smallest, shown }
    }

    /// The case that expects what most send, and the trial of one that does not.
    fn as_case(&self, n: u64, input: &[u8], parting: &Parting) -> Option<(Case, usize, Trial)> {
        let Parting::Odd { odd, right } = parting else { return None };
        let place = |names: &[String]| {
            self.clients.iter().copied().find(|client| names.first().is_some_and(|name| name == self.client_name(*client)))
        };
        let (odd, right) = (place(odd)?, place(right)?);
        let unwritten = Case { input: Some(Input::from(input)), generate: None, unwritten: true, ..self.case.clone() };
        let trial = self.trial(right, &unwritten);
        let Draft { mut connections, output } = Draft::of(&trial).ok()?;
        if let Some(decoding) = &self.case.decoding {
            let seen = &trial.observed.as_ref()?.connections;
            for (expected, seen) in connections.iter_mut().zip(seen) {
                let decoded = seen.decoded.as_ref()?;
                let kept = decoded.messages.iter().zip(&decoded.held.ignored).filter(|(_, is_ignored)| !**is_ignored);
                let wanted = kept.map(|(message, _)| Wanted {
                    text: Some(WantedText::Exactly(message.text.clone())),
                    fields: message
                        .fields
                        .iter()
                        .filter(|field| !decoding.ignore_fields.contains(&field.name))
                        .map(|field| WantedField { name: field.name.clone(), value: field.value.clone() })
                        .collect(),
                });
                expected.messages = Some(wanted.collect());
                expected.content = Content::Anything;
            }
        }
        let group = self.case.group();
        let says_output = output.length() > 0;
        let name = format!("{group}/input-{n}");
        let case = Case { name, connections, output, says_output, unwritten: false, ..unwritten };
        let trial = self.trial(odd, &case);
        Some((case, odd, trial))
    }
}

impl Shown {
    fn of(trial: &Trial, case: &Case) -> Self {
        let Ok(mut draft) = Draft::of(trial) else { return Self::Failed };
        let connections = trial.observed.iter().flat_map(|observed| &observed.connections);
        let digests: Vec<Option<String>> =
            connections.map(|seen| seen.decoded.as_ref().map(|decoded| decoded.held.digest.clone())).collect();
        let is_decoded = case.decoding.is_some() && digests.iter().all(Option::is_some);
        if is_decoded {
            draft.connections.iter_mut().for_each(|expected| expected.content = Content::Anything);
        }
        Self::Sent(draft, if is_decoded { digests } else { Vec::new() })
    }
}

/// How clients part; nothing where they agree, or there is one alone.
fn parting(shown: &[(&str, &Shown)]) -> Option<Parting> {
    let seen = shown.iter().map(|(client, shown)| Seen { sender: (*client).into(), fingerprint: *shown, as_expected: false });
    let groups = groups(&seen.collect::<Vec<_>>());
    let clients = |group: &Agreeing<'_>| group.senders.iter().map(|sender| sender.client.to_owned()).collect::<Vec<String>>();
    let count = |clients: &[String]| folders(&clients.iter().map(String::as_str).collect::<Vec<_>>());
    let (most, others) = groups.split_first().filter(|(_, others)| !others.is_empty())?;
    let (right, odd) = (clients(most), others.iter().flat_map(clients).collect::<Vec<_>>());
    // One program under two runtimes is one witness.
    if count(&right) > 1 && count(&right) > count(&odd) {
        return Some(Parting::Odd { odd, right });
    }
    disagreement(&groups).map(Parting::Split)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parted(all: &[(&str, Option<&str>)]) -> Option<Parting> {
        let shown = |sent: &Option<&str>| match sent {
            Some(sent) => {
                Shown::Sent(Draft { connections: Vec::new(), output: Content::exactly(sent.as_bytes().to_vec()) }, Vec::new())
            }
            None => Shown::Failed,
        };
        let all: Vec<(&str, Shown)> = all.iter().map(|(client, sent)| (*client, shown(sent))).collect();
        parting(&all.iter().map(|(client, shown)| (*client, shown)).collect::<Vec<_>>())
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_most_make_of_an_input_is_right() {
        let (a, b) = (Some("a"), Some("b"));
        assert_eq!(parted(&[("x", a), ("y", a)]), None);
        assert_eq!(parted(&[("x", a)]), None);
        let odd = Parting::Odd { odd: names(&["z"]), right: names(&["x", "y"]) };
        assert_eq!(parted(&[("x", a), ("z", b), ("y", a)]), Some(odd.clone()));
        assert_eq!(parted(&[("x", a), ("z", None), ("y", a)]), Some(odd.clone()), "one that fails is odd too");
        assert_eq!(parted(&[("x", None), ("z", b), ("y", None)]), Some(odd), "and one that does not fail, where most do");
    }

    #[test]
    fn without_a_majority_nobody_is_odd() {
        let split = |all: &[(&str, Option<&str>)]| matches!(parted(all), Some(Parting::Split(_)));
        assert!(split(&[("x", Some("a")), ("y", Some("b"))]));
        assert!(split(&[("x", Some("a")), ("y", Some("a")), ("z", Some("b")), ("w", Some("b"))]));
        assert!(
            split(&[("x@1", Some("a")), ("x@2", Some("a")), ("z", Some("b"))]),
            "one program under two runtimes is one witness"
        );
    }
}
