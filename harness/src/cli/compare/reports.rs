//! Reports of different machines held against each other, trial by trial.
//!
//! A report has the digest of every connection, so captures that were not kept are compared as well. Where both were kept, what
//! differs is shown.

use std::path::PathBuf;

use super::super::terminal::{BAD, GOOD, STRONG, print, styled};
use super::super::{CommandError, Status};
use super::captures::{self, Capture};
use super::{headline, legend, lines, name, pairs, seen};
use crate::judge::agreement::groups;
use crate::judge::verdict::Verdict;
use crate::printable::{counted, few, line};
use crate::report::{Carried, Report, TrialReport, file_of};
use crate::suite::Redaction;

/// Trials whose differences are shown; the others are named.
const SHOWN: usize = 5;

/// Connections of a trial of which it is said what came.
const CONNECTIONS: usize = 5;

/// A trial of every report, where it is in it.
struct Row<'a> {
    name: String,
    trials: Vec<Option<&'a TrialReport>>,
}

/// What comes of a trial that is held against itself on other machines.
enum Outcome {
    Same,
    /// A toolchain is missing on one of the machines.
    Missing,
    /// In a word, and what there is to show of it.
    Different(String, Vec<String>),
}

pub(super) fn compare(folders: &[PathBuf], redaction: &Redaction) -> Result<Status, CommandError> {
    let reports = folders.iter().map(|folder| Report::read(folder)).collect::<Result<Vec<_>, _>>()?;
    let rows = rows(&reports);
    print(&legend(folders))?;
    let (mut same, mut missing, mut different) = (0, 0, 0);
    for row in &rows {
        match row.outcome(folders, (different < SHOWN).then_some(redaction))? {
            Outcome::Same => same += 1,
            Outcome::Missing => missing += 1,
            Outcome::Different(who, how) => {
                different += 1;
                print(&format!("{} {who}", styled(STRONG, &line(&row.name))))?;
                print(&lines(&how, "  "))?;
            }
        }
    }
    print(&summary(same, missing, different))?;
    match (same, different) {
        (0, 0) => Err("no trial was run in all of these reports".into()),
        (_, 0) => Ok(Status::Good),
        _ => Ok(Status::Failed),
    }
}

fn summary(same: usize, missing: usize, different: usize) -> String {
    let mut parts = vec![styled(if different == 0 { GOOD } else { BAD }, &counted(same + missing + different, "trial"))];
    let counts = [(same, "the same"), (different, "different"), (missing, "not run, as a toolchain is missing")];
    parts.extend(counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    format!("{}: {}\n", parts[0], parts[1..].join(", "))
}

/// The trials of all reports, in the order in which they first come.
fn rows(reports: &[Report]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut index = std::collections::HashMap::new();
    for (column, report) in reports.iter().enumerate() {
        for trial in &report.trials {
            let at = *index.entry(trial.name.clone()).or_insert(rows.len());
            if at == rows.len() {
                rows.push(Row { name: trial.name.clone(), trials: vec![None; reports.len()] });
            }
            rows[at].trials[column] = Some(trial);
        }
    }
    rows
}

impl Row<'_> {
    fn outcome(&self, folders: &[PathBuf], shown: Option<&Redaction>) -> Result<Outcome, CommandError> {
        if let Some(column) = self.trials.iter().position(Option::is_none) {
            return Ok(Outcome::Different(format!("is not in {}\n", name(column)), Vec::new()));
        }
        let trials: Vec<&TrialReport> = self.trials.iter().flatten().copied().collect();
        if trials.iter().any(|trial| trial.verdict == Verdict::Missing) {
            return Ok(Outcome::Missing);
        }
        if let Some(column) = trials.iter().position(|trial| trial.exit.is_none()) {
            let verdict = trials[column].verdict;
            return Ok(Outcome::Different(format!("was not run in {}: {verdict}\n", name(column)), Vec::new()));
        }
        octets(&trials, folders, shown)
    }
}

/// Holds the octets of one trial on several machines against each other. Differences are shown where it is known what is to be hidden.
fn octets(trials: &[&TrialReport], folders: &[PathBuf], shown: Option<&Redaction>) -> Result<Outcome, CommandError> {
    let names: Vec<String> = (0..trials.len()).map(name).collect();
    let passed = |trial: &TrialReport| trial.verdict == Verdict::Passed && trial.expected == trials[0].expected;
    let seen: Vec<_> = names.iter().zip(trials).map(|(name, trial)| seen(name, trial.alike(), passed(trial))).collect();
    let groups = groups(&seen);
    if groups.len() < 2 {
        return Ok(Outcome::Same);
    }
    let mut how = Vec::new();
    for ((one, other), redaction) in pairs(&groups, &names).into_iter().zip(std::iter::repeat(shown)) {
        let Some(redaction) = redaction else { break };
        let sides = [(&folders[one], trials[one]), (&folders[other], trials[other])];
        how.extend(differences(sides, [&names[one], &names[other]], redaction)?);
    }
    Ok(Outcome::Different(headline(&groups), how))
}

/// What differs in a trial: in the words of its messages, where it has any, then in octets.
fn differences(
    sides: [(&PathBuf, &TrialReport); 2],
    names: [&str; 2],
    redaction: &Redaction,
) -> Result<Vec<String>, CommandError> {
    let words = sides.map(|(_, trial)| trial.in_words());
    let are_told = words.iter().any(|words| !words.is_empty());
    let mut told: Vec<String> = Vec::new();
    for ((name, (_, trial)), words) in names.iter().zip(sides).zip(&words).filter(|_| are_told) {
        let right = (words.is_empty() && trial.verdict == Verdict::Passed).then(|| "as expected".to_owned());
        told.extend(words.iter().chain(&right).map(|said| format!("{name}  {}", line(said))));
    }
    // Where messages alone are judged, other octets say nothing.
    if !are_told || !sides.iter().all(|(_, trial)| trial.is_judged_by_messages()) {
        told.extend(in_octets(sides, names, redaction)?);
    }
    Ok(told)
}

/// The octets of a trial that differ: from its captures, or where one was not kept, in numbers.
fn in_octets(sides: [(&PathBuf, &TrialReport); 2], names: [&str; 2], redaction: &Redaction) -> Result<Vec<String>, CommandError> {
    let paths = sides.map(|(folder, trial)| trial.capture.as_ref().and_then(|capture| file_of(folder, capture).ok()));
    if let [Some(one), Some(other)] = paths {
        return captures::differences(&Capture::read(&one)?, &Capture::read(&other)?, names, redaction);
    }
    let numbers = names
        .iter()
        .zip(sides)
        .map(|(name, (_, trial))| format!("{name}  {}", few(trial.captured.iter().map(carried), CONNECTIONS, "; ")));
    Ok(numbers.chain(["(at least one capture was not kept: run with --keep all)".into()]).collect())
}

fn carried(carried: &Carried) -> String {
    let digest: String = carried.sha256.iter().flat_map(|digest| digest.chars().take(16)).collect();
    let ending = carried.ending.map(|ending| format!(", {ending}")).unwrap_or_default();
    format!("{} octets, sha256 {}...{ending}", carried.length, line(&digest))
}
