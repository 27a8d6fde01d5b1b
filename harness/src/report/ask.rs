//! What views ask a report for, beyond its fields.

use std::collections::BTreeSet;

use super::{ClientReport, ClientStatus, Report, Run, TrialReport};
use crate::config::Require;
use crate::profile::Profile;
use crate::verdict::Verdict;

impl Report {
    /// The kinds of machines that it is of.
    #[must_use]
    pub fn platforms(&self) -> BTreeSet<String> {
        self.runs.iter().map(Run::platform).collect()
    }

    /// The kind of machine of a run; empty where there is no such run.
    #[must_use]
    pub fn platform_of(&self, run: usize) -> String {
        self.runs.get(run).map(Run::platform).unwrap_or_default()
    }

    /// What a client is called in this report: `python`, and where there are several platforms, `python on linux-x86_64`.
    #[must_use]
    pub fn label(&self, run: usize, client: &str) -> String {
        if self.platforms().len() < 2 { client.to_owned() } else { format!("{client} on {}", self.platform_of(run)) }
    }

    /// The name of a trial; where there are several platforms, with its own: `python::text/euro on linux-x86_64`.
    #[must_use]
    pub fn full_name(&self, trial: &TrialReport) -> String {
        self.label(trial.run, &trial.name)
    }

    /// What is known of the client of a trial.
    #[must_use]
    pub fn client_of(&self, trial: &TrialReport) -> Option<&ClientReport> {
        self.clients.iter().find(|client| client.run == trial.run && client.name == trial.client)
    }

    /// The trials that were run and failed.
    pub fn failures(&self) -> impl Iterator<Item = &TrialReport> {
        self.trials.iter().filter(|trial| trial.failed && !trial.was_not_run())
    }

    /// How many trials were stopped with the run, or before they began.
    #[must_use]
    pub fn interrupted(&self) -> usize {
        self.trials.iter().filter(|trial| trial.verdict == Verdict::Interrupted).count()
    }

    /// Whether a trial fails the run: by its verdict, or because its client is missing and had to be there.
    #[must_use]
    pub fn fails(&self, trial: &TrialReport) -> bool {
        let had_to_be_there = || {
            let require = self.runs.get(trial.run).map(|run| Require::of(run.require.clone())).unwrap_or_default();
            require.includes(&trial.client, self.client_of(trial).is_some_and(|client| client.optional))
        };
        trial.verdict.is_failure() || (trial.verdict == Verdict::Missing && (trial.failed || had_to_be_there()))
    }

    /// Whether it is of one shard of several: of the others it knows nothing.
    #[must_use]
    pub fn is_a_part(&self) -> bool {
        matches!(self.runs.as_slice(), [run] if run.selection.shard.is_some() && !run.planned.is_empty())
    }

    /// Clients that could not be made ready: the first of the trials that failed for the same reason, and how many there are.
    #[must_use]
    pub fn setup_errors(&self) -> Vec<(&TrialReport, usize)> {
        let mut found: Vec<(&TrialReport, usize)> = Vec::new();
        for trial in self.trials.iter().filter(|trial| trial.verdict == Verdict::SetupError) {
            let same = |(first, _): &&mut (&TrialReport, usize)| {
                (first.run, &first.client, &first.problem) == (trial.run, &trial.client, &trial.problem)
            };
            match found.iter_mut().find(same) {
                Some((_, count)) => *count += 1,
                None => found.push((trial, 1)),
            }
        }
        found
    }

    /// Why a trial did not come about: what its client says once for all of its trials, or the trial itself.
    #[must_use]
    pub fn problem_of<'a>(&'a self, trial: &'a TrialReport) -> &'a str {
        let broken = self.client_of(trial).filter(|client| client.status == ClientStatus::Broken);
        broken.and_then(|client| client.why.as_deref()).or(trial.problem.as_deref()).unwrap_or_default()
    }

    /// Whether one of a client's trials failed because it is missing and had to be there.
    #[must_use]
    pub fn had_to_be_there(&self, client: &ClientReport) -> bool {
        let of_it = |trial: &&TrialReport| trial.run == client.run && trial.client == client.name;
        self.trials.iter().filter(of_it).any(|trial| trial.failed && trial.verdict == Verdict::Missing)
    }
}

impl Run {
    /// The kind of machine: `linux-x86_64`.
    #[must_use]
    pub fn platform(&self) -> String {
        format!("{}-{}", self.os, self.arch)
    }
}

impl TrialReport {
    /// The stem of its case's file: `text`.
    #[must_use]
    pub fn group(&self) -> &str {
        self.case.split_once('/').map_or(self.case.as_str(), |(group, _)| group)
    }

    /// The case, and behind a `+` the profile where it is not the default one: `text/euro+c-locale`.
    #[must_use]
    pub fn case_and_profile(&self) -> String {
        match self.profile {
            Profile::Default => self.case.clone(),
            profile => format!("{}+{profile}", self.case),
        }
    }

    /// Whether it did not come about for a reason that many share: its client's, or the end of the run.
    #[must_use]
    pub fn was_not_run(&self) -> bool {
        matches!(self.verdict, Verdict::SetupError | Verdict::Missing | Verdict::Interrupted)
    }
}
