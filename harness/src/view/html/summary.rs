//! What is read first: who failed, and why, and which clients there were. Pure, of the report alone.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::judge::verdict::Verdict;
use crate::printable::counted;
use crate::report::{ClientReport, ClientStatus, Report, TrialReport};

/// Reasons of a client that are told; the trials of others are counted.
const TOLD: usize = 3;

/// What is read first of a report.
#[derive(Debug, Serialize)]
pub(super) struct Summary<'a> {
    headline: String,
    /// What makes the run fail beside its trials, where the headline does not say it.
    faults: Vec<String>,
    troubles: Vec<Trouble>,
    /// What explains the failures of a client.
    causes: Vec<&'a str>,
    clients: Vec<Row<'a>>,
    /// `7 clients on 2 platforms`
    how_many: String,
    /// Whether there are several platforms.
    several: bool,
}

/// A client that failed, on its platform where there are several.
#[derive(Debug, Serialize)]
struct Trouble {
    client: String,
    failed: usize,
    trials: usize,
    reasons: Vec<Reason>,
    /// Trials that failed for reasons that are not told.
    more: usize,
}

/// What many trials of a client failed for, with the first of them.
#[derive(Debug, Serialize)]
struct Reason {
    /// `differs`, `missing, required`
    what: &'static str,
    /// What makes two reasons one: the name of a cause, or the sentence where none is known.
    cause: String,
    count: usize,
    case: String,
    link: String,
    sentence: String,
    /// What speaks for the client: that the expectation is a suspect.
    suspicion: Option<String>,
}

/// A client in the table of them all.
#[derive(Debug, Serialize)]
struct Row<'a> {
    platform: String,
    #[serde(flatten)]
    client: &'a ClientReport,
    required: bool,
}

impl<'a> Summary<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let headline = report.headline();
        let faults = report.faults().into_iter().filter(|fault| *fault != headline).collect();
        let platforms = report.platforms().len();
        let clients = clients(report);
        Self {
            headline,
            faults,
            troubles: troubles(report),
            causes: report.causes.iter().filter_map(|common| common.says.as_deref()).collect(),
            how_many: how_many(&clients, platforms),
            clients,
            several: platforms > 1,
        }
    }
}

/// Clients count once, whatever the number of their platforms.
fn how_many(rows: &[Row<'_>], platforms: usize) -> String {
    let names: BTreeSet<&str> = rows.iter().map(|row| row.client.name.as_str()).collect();
    let on = if platforms > 1 { format!(" on {}", counted(platforms, "platform")) } else { String::new() };
    format!("{}{on}", counted(names.len(), "client"))
}

/// Each client that failed, in the order of the report.
fn troubles(report: &Report) -> Vec<Trouble> {
    let mut troubles: Vec<Trouble> = Vec::new();
    for trial in &report.trials {
        let client = report.label(trial.run, &trial.client);
        let at = troubles.iter().position(|trouble| trouble.client == client).unwrap_or_else(|| {
            troubles.push(Trouble { client, failed: 0, trials: 0, reasons: Vec::new(), more: 0 });
            troubles.len() - 1
        });
        troubles[at].add(report, trial);
    }
    troubles.retain(|trouble| trouble.failed > 0);
    troubles.iter_mut().for_each(Trouble::shorten);
    troubles
}

/// Each client of each platform once: of several shards' machines, one where it is.
fn clients(report: &Report) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for client in &report.clients {
        let row = Row { platform: report.platform_of(client.run), client, required: is_required(report, client) };
        match rows.iter_mut().find(|other| other.platform == row.platform && other.client.name == client.name) {
            None => rows.push(row),
            Some(other) if other.client.status != ClientStatus::Ready => *other = row,
            Some(_) => {}
        }
    }
    rows
}

/// Whether its trials failed because it is missing.
fn is_required(report: &Report, client: &ClientReport) -> bool {
    let of_it = |trial: &&TrialReport| trial.run == client.run && trial.client == client.name;
    report.trials.iter().filter(of_it).any(|trial| trial.failed && trial.verdict == Verdict::Missing)
}

impl Trouble {
    fn add(&mut self, report: &Report, trial: &TrialReport) {
        self.trials += 1;
        if !trial.failed || trial.verdict == Verdict::Interrupted {
            return;
        }
        self.failed += 1;
        let (what, sentence, suspicion) = (trial.what(), trial.sentence(), report.suspicion(trial));
        let cause = trial.cause().filter(|_| !trial.failed_otherwise());
        let cause = cause.map_or_else(|| sentence.clone(), |cause| cause.name.clone());
        let is_it = |reason: &&mut Reason| {
            (reason.what, &reason.cause, reason.suspicion.is_some()) == (what, &cause, suspicion.is_some())
        };
        match self.reasons.iter_mut().find(is_it) {
            Some(reason) => reason.count += 1,
            None => {
                let (case, link) = (trial.case.clone(), report.full_name(trial));
                let suspicion = suspicion.map(str::to_owned);
                self.reasons.push(Reason { what, cause, count: 1, case, link, sentence, suspicion });
            }
        }
    }

    /// Keeps the reasons of most trials.
    fn shorten(&mut self) {
        self.reasons.sort_by_key(|reason| std::cmp::Reverse(reason.count));
        let told = self.reasons.len().min(TOLD);
        self.more = self.reasons.drain(told..).map(|reason| reason.count).sum();
    }
}
