//! What a run leaves behind. Every other view is made from this.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use samewire_recorder::PeerEnd;
use serde::{Deserialize, Serialize};

use crate::expectation::{Content, Match};
use crate::launch::End;
use crate::session::{Pair, Session};
use crate::trial::Trial;
use crate::verdict::Verdict;

/// The version of the report's format, raised when a field is added.
pub const FORMAT: u32 = 1;

/// The file in a report's folder that makes it one.
pub const REPORT_FILE: &str = "report.json";

/// A run: its clients, its trials, its counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// [`FORMAT`].
    pub format: u32,
    /// The version of Samewire.
    pub samewire: String,
    /// Whether every trial was run to its end.
    pub complete: bool,
    /// The clients that were selected.
    pub clients: Vec<ClientReport>,
    /// Every trial that was selected.
    pub trials: Vec<TrialReport>,
    /// How many trials have each verdict; verdicts that none has are left out.
    pub counts: BTreeMap<String, usize>,
}

/// A client of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientReport {
    /// The name of its folder.
    pub name: String,
    /// What it is.
    pub about: String,
    /// Whether it could run.
    pub status: ClientStatus,
    /// What its `version` printed.
    pub version: Option<String>,
    /// Why it could not run.
    pub why: Option<String>,
    /// How to install what it needs, where it is missing.
    pub install: Option<String>,
}

/// Whether a client could run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientStatus {
    /// It could.
    Ready,
    /// What it needs is not on this machine.
    Missing,
    /// Its `client.toml` or its build has an error.
    Broken,
}

/// A trial of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialReport {
    /// The client's name.
    pub client: String,
    /// The case's full name.
    pub case: String,
    /// The outcome.
    pub verdict: Verdict,
    /// What else was found.
    pub also: Vec<Verdict>,
    /// Whether this makes the run fail.
    pub failed: bool,
    /// Why the trial did not come about, where it did not.
    pub problem: Option<String>,
    /// What was expected of each connection.
    pub expected: Vec<Carried>,
    /// What came on each connection.
    pub captured: Vec<Carried>,
    /// What the client should have printed.
    pub expected_output: Carried,
    /// What it printed.
    pub output: Option<Carried>,
    /// The capture, relative to the report's folder.
    pub capture: Option<PathBuf>,
    /// Whether there was a capture that was not kept.
    pub capture_dropped: bool,
    /// How long the client ran.
    pub duration_ms: u64,
    /// How the client ended.
    pub exit: Option<Exit>,
    /// The end of what it wrote to stderr.
    pub stderr: String,
    /// For people: what was expected, what came, and where they part.
    pub explanation: Vec<String>,
}

/// Octets, by length and digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carried {
    /// How many octets.
    pub length: u64,
    /// Their SHA-256 in hex; none where a mask lets them vary.
    pub sha256: Option<String>,
    /// How the client ended the connection.
    pub ending: Option<PeerEnd>,
}

/// How a client ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Exit {
    /// By itself, with this status.
    Status(i32),
    /// By this signal.
    Signal(i32),
    /// It was ended: its time was up.
    TimedOut,
    /// It was ended: the run was stopped.
    Interrupted,
}

impl Report {
    /// A report without trials yet.
    #[must_use]
    pub fn begin() -> Self {
        Self {
            format: FORMAT,
            samewire: env!("CARGO_PKG_VERSION").into(),
            complete: false,
            clients: Vec::new(),
            trials: Vec::new(),
            counts: BTreeMap::new(),
        }
    }

    /// Writes the report into its folder.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        std::fs::write(folder.join(REPORT_FILE), json)
    }

    /// Counts the verdicts.
    pub fn count(&mut self) {
        self.counts.clear();
        for trial in &self.trials {
            *self.counts.entry(trial.verdict.name().to_owned()).or_default() += 1;
        }
    }

    /// Whether something failed, or nothing ran at all.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        let ran = self.trials.iter().any(|trial| trial.verdict != Verdict::Missing);
        !ran || self.trials.iter().any(|trial| trial.failed)
    }
}

impl TrialReport {
    /// What there is to say of a trial, but for its capture.
    #[must_use]
    pub fn of(session: &Session, pair: Pair, trial: &Trial, explanation: Vec<String>) -> Self {
        let case = &session.cases[pair.case];
        let verdict = trial.judgement.verdict;
        let connections = trial.observed.iter().flat_map(|observed| &observed.connections);
        Self {
            client: session.clients[pair.client].entry.name.clone(),
            case: case.name.clone(),
            verdict,
            also: trial.judgement.also.clone(),
            failed: session.fails(pair, verdict),
            problem: trial.problem.clone(),
            expected: case.connections.iter().map(|expected| carried(&expected.content, Some(expected.ending))).collect(),
            captured: connections.map(|seen| Carried::of(&seen.content, Some(seen.ending))).collect(),
            expected_output: carried(&case.output, None),
            output: trial.observed.as_ref().map(|observed| Carried::of(&observed.output, None)),
            capture: None,
            capture_dropped: false,
            duration_ms: u64::try_from(trial.duration.as_millis()).unwrap_or(u64::MAX),
            exit: trial.observed.as_ref().map(|observed| observed.end.into()),
            stderr: trial.stderr.clone(),
            explanation,
        }
    }

    /// `python::text/euro`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}::{}", self.client, self.case)
    }
}

impl Carried {
    fn of(seen: &Match, ending: Option<PeerEnd>) -> Self {
        Self { length: seen.length, sha256: Some(seen.sha256.clone()), ending }
    }
}

impl From<End> for Exit {
    fn from(end: End) -> Self {
        match end {
            End::Exit(status) => Self::Status(status),
            End::Signal(signal) => Self::Signal(signal),
            End::TimedOut => Self::TimedOut,
            End::Interrupted => Self::Interrupted,
        }
    }
}

fn carried(content: &Content, ending: Option<PeerEnd>) -> Carried {
    Carried { length: content.length(), sha256: content.sha256(), ending }
}
