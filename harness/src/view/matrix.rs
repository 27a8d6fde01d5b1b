//! The matrix of a report, as data: clients down, groups of cases across. Clients that were missing throughout are left out unless they
//! are asked for: they are listed elsewhere, with what to install.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::judge::verdict::Verdict;
use crate::report::{Report, TrialReport};

/// Marks behind the count of passed trials.
const MARKS: [(Verdict, &str, &str); 4] = [
    (Verdict::Unsupported, "u", "unsupported"),
    (Verdict::KnownFailure, "k", "known failure"),
    (Verdict::Missing, "m", "missing"),
    (Verdict::Interrupted, "i", "interrupted"),
];

/// The mark of what is missing and had to be there.
const REQUIRED_MARK: &str = "M";

/// Whether clients that were missing throughout have a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// They have none, unless they had to be there.
    LeftOut,
    /// They have one.
    Shown,
}

impl Absent {
    /// Whether they are asked for.
    #[must_use]
    pub fn shown(asked: bool) -> Self {
        if asked { Self::Shown } else { Self::LeftOut }
    }
}

/// Stands where nothing was run.
const NOT_RUN: &str = "-";

/// Clients down, groups of cases across.
#[derive(Debug)]
pub struct Matrix<'a> {
    /// The groups, in the order of the report.
    pub groups: Vec<&'a str>,
    /// A client's label, and its cell of each group.
    pub rows: Vec<(String, Vec<Cell>)>,
}

/// The trials of one client in one group.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    verdicts: BTreeMap<Verdict, usize>,
    /// How many of them are missing and had to be there.
    required: usize,
    /// How many of them make the run fail, but for those that were interrupted.
    pub failed: usize,
}

impl<'a> Matrix<'a> {
    /// The matrix of a report.
    #[must_use]
    pub fn of(report: &'a Report, absent: Absent) -> Self {
        let mut matrix = Self { groups: Vec::new(), rows: Vec::new() };
        let label_of = |trial: &TrialReport| report.label(trial.run, &trial.client);
        let is_there = |trial: &&TrialReport| absent == Absent::Shown || trial.verdict != Verdict::Missing || trial.failed;
        let there: HashSet<String> = report.trials.iter().filter(is_there).map(label_of).collect();
        for trial in report.trials.iter().filter(|trial| there.contains(&label_of(trial))) {
            if !matrix.groups.contains(&trial.group()) {
                matrix.groups.push(trial.group());
            }
        }
        let mut rows = HashMap::new();
        let columns = matrix.groups.len();
        for client in &report.clients {
            let label = report.label(client.run, &client.name);
            if !there.contains(&label) {
                continue;
            }
            rows.entry(label.clone()).or_insert_with(|| {
                matrix.rows.push((label, vec![Cell::default(); columns]));
                matrix.rows.len() - 1
            });
        }
        for trial in &report.trials {
            let row = rows.get(&label_of(trial));
            let column = matrix.groups.iter().position(|group| *group == trial.group());
            if let (Some(row), Some(column)) = (row, column) {
                matrix.rows[*row].1[column].add(trial.verdict, trial.failed);
            }
        }
        matrix
    }

    /// What the marks mean that are used; empty where none is.
    #[must_use]
    pub fn legend(&self) -> Vec<String> {
        let cells = || self.rows.iter().flat_map(|(_, cells)| cells).filter(|cell| !cell.is_empty());
        let used = MARKS.iter().filter(|(verdict, ..)| cells().any(|cell| cell.has(*verdict)));
        let mut parts: Vec<String> = used.map(|(_, mark, name)| format!("{mark} {name}")).collect();
        if self.rows.iter().flat_map(|(_, cells)| cells).any(|cell| cell.required > 0) {
            parts.push(format!("{REQUIRED_MARK} missing, required"));
        }
        if cells().any(|cell| cell.failed > 0) {
            parts.push("! failed".into());
        }
        if self.rows.iter().flat_map(|(_, cells)| cells).any(Cell::is_not_run) {
            parts.push(format!("{NOT_RUN} not run"));
        }
        parts
    }
}

impl Cell {
    /// The cell in a few characters: `18+1u 2!`.
    #[must_use]
    pub fn text(&self) -> String {
        match self.required {
            0 if self.is_empty() => return NOT_RUN.into(),
            required if self.is_empty() => return format!("{required}{REQUIRED_MARK}!"),
            _ => {}
        }
        let mut text = self.verdicts.get(&Verdict::Passed).unwrap_or(&0).to_string();
        for (verdict, mark, _) in MARKS {
            if let Some(count) = self.verdicts.get(&verdict) {
                text += &format!("+{count}{mark}");
            }
        }
        match self.failed {
            0 => text,
            failed => format!("{text} {failed}!"),
        }
    }

    /// Whether there is a trial of that verdict in it.
    #[must_use]
    pub fn has(&self, verdict: Verdict) -> bool {
        self.verdicts.contains_key(&verdict)
    }

    /// Whether nothing of it was run.
    fn is_empty(&self) -> bool {
        self.verdicts.keys().all(|verdict| *verdict == Verdict::Missing)
    }

    /// Whether nobody tried it.
    fn is_not_run(&self) -> bool {
        self.is_empty() && self.required == 0
    }

    fn add(&mut self, verdict: Verdict, failed: bool) {
        *self.verdicts.entry(verdict).or_default() += 1;
        self.failed += usize::from(failed && verdict != Verdict::Interrupted);
        self.required += usize::from(failed && verdict == Verdict::Missing);
    }
}
