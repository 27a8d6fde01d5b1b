//! The failures of a report in the order in which they are told, each once. Pure.
//!
//! One fault shows in every environment and every case that provokes it. A person wants to see first that a client fails at all, then
//! each cause that it has, then the rest; and what is the same in three profiles once.

use std::collections::{BTreeMap, BTreeSet};

use super::{Agreement, ClientReport, ClientStatus, Report, TrialReport};
use crate::client::profile::Profile;
use crate::judge::agreement::{Group, listed};
use crate::judge::verdict::Verdict;
use crate::printable::line;

/// Groups of clients of which it is told in what their messages are not as expected.
const GROUPS: usize = 5;

/// A failure of one client on one case, in all the profiles in which it is the same.
#[derive(Debug, Clone)]
pub struct Failure<'a> {
    /// The trial that is told.
    pub trial: &'a TrialReport,
    /// The others in which the same happened.
    pub others: Vec<&'a TrialReport>,
    /// Whether it is the first of its client.
    pub is_first: bool,
    /// How many failures of its client that come behind it have the same cause.
    pub alike: usize,
    /// How many of its client that come before it have the same cause by name, or are decided by the same sentence.
    pub repeats: usize,
}

/// A client that kept its trials from being run.
#[derive(Debug, Clone)]
pub struct NotRun<'a> {
    /// The first of them.
    pub trial: &'a TrialReport,
    /// The others.
    pub others: Vec<&'a TrialReport>,
    /// Why, in full.
    pub problem: &'a str,
    /// How to install it, where it is known.
    pub install: Option<&'a str>,
}

/// A client that is not on this machine, or on none of several.
#[derive(Debug, Clone)]
pub struct Missing<'a> {
    /// Its name, with its platform where there are several.
    pub label: String,
    /// The client.
    pub client: &'a ClientReport,
    /// How many trials failed because it had to be there.
    pub required: usize,
}

impl Failure<'_> {
    /// `also in c-locale, closed-stdin`; nothing where it is in one profile alone.
    #[must_use]
    pub fn also_in(&self) -> Option<String> {
        let names: Vec<&str> = self.others.iter().map(|trial| trial.profile.name()).collect();
        (!names.is_empty()).then(|| format!("also in {}", names.join(", ")))
    }
}

impl NotRun<'_> {
    /// How many trials there are.
    #[must_use]
    pub fn trials(&self) -> usize {
        1 + self.others.len()
    }

    /// The sentence that decides, and all that is said of it once for all of the client's trials.
    #[must_use]
    pub fn said(&self) -> Vec<String> {
        let sentence = self.trial.sentence();
        // The sentence says the first line, perhaps not to its end. What a program printed behind it may be part of it too, and stays.
        let is_said = |(index, text): &(usize, &str)| *index == 0 && sentence.contains(text);
        let rest = self.problem.lines().enumerate().filter(|line| !is_said(line)).map(|(_, text)| text);
        std::iter::once(sentence.as_str()).chain(rest).chain(self.install).map(str::to_owned).collect()
    }

    /// What it is called: `setup-error`, or `missing, required`.
    #[must_use]
    pub fn what(&self) -> &'static str {
        self.trial.what()
    }
}

impl TrialReport {
    /// What a verdict is called where it fails: `setup-error`, or `missing, required`.
    #[must_use]
    pub fn what(&self) -> &'static str {
        if self.verdict == Verdict::Missing && self.failed { REQUIRED } else { self.verdict.name() }
    }
}

/// Cases, each with its profiles.
type Cases<'a> = Vec<(&'a str, Vec<Profile>)>;

/// What a client is called that is missing and had to be there.
pub const REQUIRED: &str = "missing, required";

impl Missing<'_> {
    /// What it is called: `missing`, or `missing, required`.
    #[must_use]
    pub fn what(&self) -> &'static str {
        if self.required > 0 { REQUIRED } else { Verdict::Missing.name() }
    }

    /// Why, and how to install it.
    #[must_use]
    pub fn why(&self) -> String {
        let install = self.client.install.as_ref().map(|install| format!("; {install}")).unwrap_or_default();
        format!("{}{install}", self.client.why.as_deref().unwrap_or_default())
    }
}

/// Clients that do not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement<'a> {
    /// Who is the odd one out.
    pub says: &'a str,
    /// The cases that it is of.
    pub cases: Vec<String>,
    /// In what they differ, in the words of messages: `node: message 2, Publish Message: mqtt.qos is 1, expected 0`. The first few.
    pub differs: Vec<String>,
}

impl Report {
    /// The trials that were run and failed, each told once: the first of each client, then the first of each cause of each client,
    /// then the others, in the order of the report.
    #[must_use]
    pub fn failures(&self) -> Vec<Failure<'_>> {
        let mut told = self.told_once();
        let mut clients: BTreeSet<String> = BTreeSet::new();
        let mut causes: BTreeMap<(String, String), usize> = BTreeMap::new();
        let keys: Vec<_> = told.iter().map(|failure| self.cause_of(failure.trial)).collect();
        let mut ranks = Vec::new();
        for (failure, (client, cause)) in told.iter_mut().zip(&keys) {
            failure.is_first = clients.insert(client.clone());
            let seen = causes.entry((client.clone(), cause.clone())).or_default();
            ranks.push(if failure.is_first { 0 } else { 1 + usize::from(*seen > 0) });
            *seen += 1;
        }
        for ((failure, key), rank) in told.iter_mut().zip(keys).zip(&ranks) {
            failure.alike = if *rank < 2 { causes.get(&key).map_or(0, |count| count - 1) } else { 0 };
        }
        let mut ranked: Vec<(usize, Failure<'_>)> = ranks.into_iter().zip(told).collect();
        ranked.sort_by_key(|(rank, _)| *rank);
        let mut told: Vec<Failure<'_>> = ranked.into_iter().map(|(_, failure)| failure).collect();
        let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
        for failure in &mut told {
            let count = seen.entry((self.label(failure.trial.run, &failure.trial.client), gist(failure.trial))).or_default();
            failure.repeats = *count;
            *count += 1;
        }
        told
    }

    /// Each failure with those that are the same in other profiles.
    fn told_once(&self) -> Vec<Failure<'_>> {
        let mut told: Vec<Failure<'_>> = Vec::new();
        // Shards part the profiles of a case, so the same client on the same platform may be of several runs.
        let mut places: BTreeMap<(String, &str), Vec<usize>> = BTreeMap::new();
        for trial in self.trials.iter().filter(|trial| trial.failed && !trial.was_not_run()) {
            let of_case = places.entry((self.label(trial.run, &trial.client), &trial.case)).or_default();
            match of_case.iter().copied().find(|place| is_same(told[*place].trial, trial)) {
                Some(place) => told[place].others.push(trial),
                None => {
                    of_case.push(told.len());
                    told.push(Failure { trial, others: Vec::new(), is_first: false, alike: 0, repeats: 0 });
                }
            }
        }
        told
    }

    /// A client on its platform, and what is wrong with it: the name of a cause, or else of a verdict.
    fn cause_of(&self, trial: &TrialReport) -> (String, String) {
        let cause = match trial.cause() {
            _ if trial.failed_otherwise() => trial.sentence(),
            Some(cause) => cause.name.clone(),
            None => trial.verdict.name().to_owned(),
        };
        (self.label(trial.run, &trial.client), cause)
    }

    /// What speaks for a trial whose octets differ: the same came from others, and the expectation is a suspect.
    #[must_use]
    pub fn suspicion(&self, trial: &TrialReport) -> Option<&str> {
        let of_it = |agreement: &&Agreement| agreement.case == trial.case && agreement.profile == trial.profile;
        let differs = trial.failed && trial.decisive() == Verdict::Differs;
        let agreement = differs.then(|| self.agreements.iter().find(of_it)).flatten()?;
        Group::blames_expectation(&agreement.groups).then_some(agreement.says.as_deref()).flatten()
    }

    /// All that there is to say of a trial that did not pass: the sentence that decides, what speaks for it, and what explains it.
    #[must_use]
    pub fn told(&self, trial: &TrialReport) -> Vec<String> {
        let suspicion = self.suspicion(trial).map(str::to_owned);
        let is_required = trial.failed && trial.verdict == Verdict::Missing;
        let install = is_required.then(|| self.client_of(trial)?.install.clone()).flatten();
        let said = std::iter::once(trial.sentence()).chain(suspicion).chain(install);
        said.chain(trial.explanation.iter().cloned()).collect()
    }

    /// Clients that could not be made ready, or are missing and had to be there: each reason once.
    #[must_use]
    pub fn not_run(&self) -> Vec<NotRun<'_>> {
        let mut found: Vec<(String, NotRun<'_>)> = Vec::new();
        let kept = |trial: &&TrialReport| matches!(trial.verdict, Verdict::SetupError | Verdict::Missing) && trial.failed;
        for trial in self.trials.iter().filter(kept) {
            let label = self.label(trial.run, &trial.client);
            let same = |(other, first): &&mut (String, NotRun<'_>)| {
                *other == label && (first.trial.verdict, &first.trial.problem) == (trial.verdict, &trial.problem)
            };
            match found.iter_mut().find(same) {
                Some((_, first)) => first.others.push(trial),
                None => {
                    let install = self.client_of(trial).and_then(|client| client.install.as_deref());
                    found.push((label, NotRun { trial, others: Vec::new(), problem: self.problem_of(trial), install }));
                }
            }
        }
        found.into_iter().map(|(_, first)| first).collect()
    }

    /// For each trial, in the order of the report, which trial is told for it, as its place in that order: trials that are told once,
    /// as [`failures`](Self::failures) and [`not_run`](Self::not_run) have them, have one place. `None` where it did not fail.
    #[must_use]
    pub fn told_by(&self) -> Vec<Option<usize>> {
        let key = |trial: &TrialReport| (trial.run, trial.name.clone());
        let places: BTreeMap<_, _> = self.trials.iter().enumerate().map(|(place, trial)| (key(trial), place)).collect();
        let mut told: Vec<_> = self.trials.iter().enumerate().map(|(place, trial)| trial.failed.then_some(place)).collect();
        let failures = self.failures().into_iter().map(|failure| (failure.trial, failure.others));
        for (first, others) in failures.chain(self.not_run().into_iter().map(|first| (first.trial, first.others))) {
            for other in others {
                told[places[&key(other)]] = Some(places[&key(first)]);
            }
        }
        told
    }

    /// The clients that are missing, each once, whatever the number of shards.
    #[must_use]
    pub fn missing(&self) -> Vec<Missing<'_>> {
        let mut found: Vec<Missing<'_>> = Vec::new();
        for client in self.clients.iter().filter(|client| client.status == ClientStatus::Missing) {
            let label = self.label(client.run, &client.name);
            let of_it = |trial: &&TrialReport| trial.run == client.run && trial.client == client.name;
            let failed = |trial: &&TrialReport| trial.failed && trial.verdict == Verdict::Missing;
            let required = self.trials.iter().filter(of_it).filter(failed).count();
            match found.iter_mut().find(|missing| missing.label == label) {
                Some(missing) => missing.required += required,
                None => found.push(Missing { label, client, required }),
            }
        }
        found
    }

    /// Who is the odd one out: each sentence once, with the cases that it is of, each with its profiles behind it.
    #[must_use]
    pub fn disagreements(&self) -> Vec<Disagreement<'_>> {
        let mut said: Vec<(&str, Cases<'_>, Vec<String>)> = Vec::new();
        for agreement in &self.agreements {
            let Some(says) = agreement.says.as_deref() else { continue };
            let place = said.iter().position(|(other, _, _)| *other == says).unwrap_or_else(|| {
                said.push((says, Vec::new(), Vec::new()));
                said.len() - 1
            });
            let (_, cases, differs) = &mut said[place];
            let new: Vec<String> = in_words(agreement).filter(|words| !differs.contains(words)).collect();
            differs.extend(new);
            match cases.iter_mut().find(|(case, _)| *case == agreement.case) {
                Some((_, profiles)) => profiles.push(agreement.profile),
                None => cases.push((&agreement.case, vec![agreement.profile])),
            }
        }
        let disagreement = |(says, cases, mut differs): (_, Cases<'_>, Vec<String>)| {
            let more = differs.len().saturating_sub(GROUPS);
            differs.truncate(GROUPS);
            differs.extend((more > 0).then(|| format!("and {more} more")));
            Disagreement { says, cases: cases.into_iter().map(with_profiles).collect(), differs }
        };
        said.into_iter().map(disagreement).collect()
    }
}

/// In what the clients of each group send other messages than was expected.
fn in_words(agreement: &Agreement) -> impl Iterator<Item = String> {
    agreement.groups.iter().filter_map(|group| {
        let clients: Vec<&str> = group.clients.iter().map(String::as_str).collect();
        group.differs.as_ref().map(|differs| format!("{}: {}", listed(&clients), line(differs)))
    })
}

/// `text/euro`, and where it is not of the default profile alone, `text/euro (default, c-locale)`.
fn with_profiles((case, profiles): (&str, Vec<Profile>)) -> String {
    if profiles == [Profile::Default] {
        return case.to_owned();
    }
    let names: Vec<&str> = profiles.iter().map(|profile| profile.name()).collect();
    format!("{case} ({})", names.join(", "))
}

/// The text with `0` for each number, however long it is.
fn without_numbers(text: &str) -> String {
    let mut plain = String::new();
    for character in text.chars() {
        match character {
            '0'..='9' if plain.ends_with('0') => {}
            '0'..='9' => plain.push('0'),
            _ => plain.push(character),
        }
    }
    plain
}

/// What one explanation is enough for: a cause that has a name, or else the sentence that decides, whatever its numbers.
fn gist(trial: &TrialReport) -> String {
    let named = trial.cause().filter(|_| trial.decisive() == Verdict::Differs && !trial.failed_otherwise());
    named.map_or_else(|| without_numbers(&trial.sentence()), |cause| cause.name.clone())
}

/// Whether the same happened in two trials of one client on one case. Numbers in what a program says, such as ports, may be others;
/// and what came may be, where a mask lets it vary.
fn is_same(one: &TrialReport, other: &TrialReport) -> bool {
    let plain = |trial: &TrialReport| without_numbers(&trial.sentence());
    let names = |trial: &TrialReport| trial.diagnoses.iter().map(|diagnosis| diagnosis.name.clone()).collect::<Vec<_>>();
    let is_masked = one.expected.iter().any(|expected| !expected.masks.is_empty() || !expected.parts.is_empty());
    one.profile != other.profile
        && (one.verdict, &one.also, &one.exit) == (other.verdict, &other.also, &other.exit)
        && (is_masked || one.captured == other.captured)
        && names(one) == names(other)
        && plain(one) == plain(other)
}
