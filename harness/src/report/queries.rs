//! What views ask a report for, beyond its fields.

use std::collections::BTreeSet;

use super::{ClientReport, ClientStatus, Report, Run, TrialReport};
use crate::client::profile::Profile;
use crate::judge::agreement::Sender;
use crate::judge::verdict::Verdict;
use crate::suite::config::Require;
use crate::trial::difference::Drawing;

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

    /// The kind of machine of a run, where the report is of several.
    #[must_use]
    pub(crate) fn platform_named(&self, run: usize) -> Option<String> {
        (self.platforms().len() > 1).then(|| self.platform_of(run))
    }

    /// What a client is called in this report: `python`, and where there are several platforms, `python on linux-x86_64`.
    #[must_use]
    pub fn label(&self, run: usize, client: &str) -> String {
        Sender { client, platform: self.platform_named(run).as_deref() }.to_string()
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

    /// Whether something is hidden in it, which is in its captures and packets as it came.
    #[must_use]
    pub fn is_redacted(&self) -> bool {
        self.runs.iter().any(|run| run.redacted)
    }

    /// Why a trial did not come about: what its client says once for all of its trials, or the trial itself.
    #[must_use]
    pub fn problem_of<'a>(&'a self, trial: &'a TrialReport) -> &'a str {
        let broken = self.client_of(trial).filter(|client| client.status == ClientStatus::Broken);
        broken.and_then(|client| client.why.as_deref()).or(trial.problem.as_deref()).unwrap_or_default()
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

    /// Whether this is among what was found.
    #[must_use]
    pub fn has(&self, verdict: Verdict) -> bool {
        self.verdict == verdict || self.also.contains(&verdict)
    }

    /// Where the octets of a connection (from 1) part.
    #[must_use]
    pub(crate) fn drawing_of(&self, connection: usize) -> Option<&Drawing> {
        self.drawings.iter().find(|drawing| drawing.connection == Some(connection))
    }

    /// Whether a connection (from 1) may differ though nothing is drawn of it: it is behind those that are.
    #[must_use]
    pub(crate) fn may_be_undrawn(&self, connection: usize) -> bool {
        self.undrawn > 0 && self.drawings.iter().filter_map(|drawing| drawing.connection).all(|drawn| drawn < connection)
    }

    /// Whether it did not come about for a reason that many share: its client's, or the end of the run.
    #[must_use]
    pub fn was_not_run(&self) -> bool {
        matches!(self.verdict, Verdict::SetupError | Verdict::Missing | Verdict::Interrupted)
    }
}
