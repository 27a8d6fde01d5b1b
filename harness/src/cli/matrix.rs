//! The matrix of a report: clients down, groups of cases across. Pure.

use std::collections::BTreeMap;

use super::terminal::{BAD, GOOD, SKIPPED, styled};
use crate::report::Report;
use crate::verdict::Verdict;

/// How many trials of a cell have which verdict.
type Cell = BTreeMap<Verdict, usize>;

/// Marks behind the count of passed trials.
const MARKS: [(Verdict, &str, &str); 3] = [
    (Verdict::Unsupported, "u", "unsupported"),
    (Verdict::KnownFailure, "k", "known failure"),
    (Verdict::Missing, "m", "missing"),
];

/// The matrix, with a legend for the marks that are used.
pub fn render(report: &Report) -> String {
    let groups = groups(report);
    let names: Vec<&str> = report.clients.iter().map(|client| client.name.as_str()).collect();
    let cells: Vec<Vec<Cell>> = names.iter().map(|name| groups.iter().map(|group| cell(report, name, group)).collect()).collect();
    let texts: Vec<Vec<String>> = cells.iter().map(|row| row.iter().map(text).collect()).collect();
    let first = names.iter().map(|name| name.len()).max().unwrap_or(0);
    let width = |column: usize| texts.iter().map(|row| row[column].len()).chain([groups[column].len()]).max().unwrap_or(0);
    let mut lines = vec![format!(
        "{:first$}{}",
        "",
        groups.iter().enumerate().map(|(i, group)| format!("  {group:>0$}", width(i))).collect::<String>()
    )];
    for (name, (row, texts)) in names.iter().zip(cells.iter().zip(&texts)) {
        let cells = row.iter().zip(texts).enumerate();
        let cells: String =
            cells.map(|(i, (cell, text))| format!("  {}", colour(cell, &format!("{text:>0$}", width(i))))).collect();
        lines.push(format!("{name:first$}{cells}"));
    }
    lines.extend(legend(&cells));
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn groups(report: &Report) -> Vec<&str> {
    let mut groups: Vec<&str> = Vec::new();
    for trial in &report.trials {
        let group = trial.group();
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    groups
}

fn cell(report: &Report, client: &str, of: &str) -> Cell {
    let mut cell = Cell::new();
    for trial in report.trials.iter().filter(|trial| trial.client == client && trial.group() == of) {
        *cell.entry(trial.verdict).or_default() += 1;
    }
    cell
}

fn text(cell: &Cell) -> String {
    let total: usize = cell.values().sum();
    let passed = cell.get(&Verdict::Passed).copied().unwrap_or(0);
    if total == 0 || cell.get(&Verdict::Missing) == Some(&total) {
        return "-".into();
    }
    let mut text = passed.to_string();
    for (verdict, mark, _) in MARKS {
        if let Some(count) = cell.get(&verdict) {
            text += &format!("+{count}{mark}");
        }
    }
    match failed(cell) {
        0 => text,
        failed => format!("{text} {failed}!"),
    }
}

fn failed(cell: &Cell) -> usize {
    cell.iter().filter(|(verdict, _)| verdict.is_failure()).map(|(_, count)| count).sum()
}

fn colour(cell: &Cell, text: &str) -> String {
    let passed = cell.contains_key(&Verdict::Passed);
    let style = if failed(cell) > 0 {
        BAD
    } else if passed {
        GOOD
    } else {
        SKIPPED
    };
    styled(style, text)
}

fn legend(cells: &[Vec<Cell>]) -> Option<String> {
    let all = || cells.iter().flatten();
    let used = MARKS.iter().filter(|(verdict, ..)| *verdict != Verdict::Missing && all().any(|cell| cell.contains_key(verdict)));
    let mut parts: Vec<String> = used.map(|(_, mark, name)| format!("{mark} {name}")).collect();
    if all().any(|cell| failed(cell) > 0) {
        parts.push("! failed".into());
    }
    if all().any(|cell| text(cell) == "-") {
        parts.push("- not run".into());
    }
    (!parts.is_empty()).then(|| format!("({})", parts.join(", ")))
}
