//! A report for a terminal: the matrix, what failed and why, what was missing, and the outcome in one line.

use super::matrix::{Cell, Matrix};
use super::style::{BAD, GOOD, SKIPPED, STRONG, styled};
use crate::printable::{counted, line};
use crate::report::{ClientReport, ClientStatus, Report, TrialReport};
use crate::verdict::Verdict;

/// Cases that are named where the same is to be said of many.
const NAMED: usize = 3;

/// Failures that are explained; the others are named.
const EXPLAINED: usize = 20;

/// How lines begin that are not broken: a command, and what a client said.
const COPIED: [&str; 2] = ["repeat it:", "stderr:"];

/// Between two columns of the matrix, and before the rest of a line that was broken.
const GAP: usize = 2;

/// Everything but the outcome, in lines of at most `width` characters where that can be.
#[must_use]
pub fn details(report: &Report, width: usize) -> String {
    let remarks: String = report.remarks.iter().map(|remark| format!("remark: {}\n", line(remark))).collect();
    format!("{}\n{}{remarks}", matrix(report, width), troubles(report))
}

/// What failed and why, and what was missing; empty where all is well.
#[must_use]
pub fn troubles(report: &Report) -> String {
    let mut text: String = report.failures().take(EXPLAINED).map(failure).collect();
    text += &report.failures().skip(EXPLAINED).map(|trial| format!("{}\n", headline(trial))).collect::<String>();
    text += &report.setup_errors().into_iter().map(|error| setup_error(report, error)).collect::<String>();
    for says in report.causes.iter().filter_map(|common| common.says.as_deref()) {
        text += &format!("{}\n", styled(STRONG, &line(says)));
    }
    text += &disagreements(report);
    for fault in report.faults() {
        text += &format!("{} {}\n", styled(BAD, "problem"), line(&fault));
    }
    let missing = report.clients.iter().filter(|client| client.status == ClientStatus::Missing);
    text += &missing.map(|client| missing_client(report, client)).collect::<String>();
    let writers = report.clients.iter().filter(|client| !client.written.is_empty());
    text + &writers.map(|client| written(report, client)).collect::<String>()
}

/// A remark: it is no failure that a client writes into its folder.
fn written(report: &Report, client: &ClientReport) -> String {
    let files: Vec<String> = client.written.iter().map(|path| path.display().to_string()).collect();
    let name = line(&report.label(client.run, &client.name));
    format!("{} {name}: written in its folder while it ran: {}\n", styled(SKIPPED, "remark"), line(&files.join(", ")))
}

/// Who is the odd one out: each sentence once, with the cases that it is of.
fn disagreements(report: &Report) -> String {
    let mut said: Vec<(&str, Vec<&str>)> = Vec::new();
    for agreement in &report.agreements {
        let Some(says) = agreement.says.as_deref() else { continue };
        match said.iter_mut().find(|(other, _)| *other == says) {
            Some((_, cases)) => cases.push(&agreement.case),
            None => said.push((says, vec![&agreement.case])),
        }
    }
    let cases = |cases: &[&str]| match cases.get(NAMED..).unwrap_or_default().len() {
        0 => cases.join(", "),
        more => format!("{} and {more} more", cases[..NAMED].join(", ")),
    };
    said.iter().map(|(says, of)| format!("{}: {}\n", styled(STRONG, &line(says)), line(&cases(of)))).collect()
}

/// The outcome in one line: how many trials ended in which verdict, and how long it took.
#[must_use]
pub fn outcome(report: &Report) -> String {
    let count = |verdict: &Verdict| report.counts.get(verdict.name()).copied().filter(|count| *count > 0);
    let parts: Vec<String> =
        Verdict::ALL.iter().rev().filter_map(|verdict| Some(format!("{} {verdict}", count(verdict)?))).collect();
    let style = if report.is_failure() { BAD } else { GOOD };
    let partial = if report.complete { "" } else { " (partial: the run was stopped)" };
    let took = match report.runs.as_slice() {
        [run] => format!("in {:.1} s", run.duration_ms as f64 / 1000.0),
        runs => format!("in {}", counted(runs.len(), "run")),
    };
    match report.trials.len() {
        0 if report.is_a_part() => styled(GOOD, "no trial is in this shard"),
        0 => styled(BAD, "no trial was run: no case was selected for any client"),
        total => format!("{}{partial} {took}", styled(style, &format!("{}: {}", counted(total, "trial"), parts.join(", ")))),
    }
}

/// The same text with its long lines broken between words, for a terminal of that width. What people copy stays whole.
#[must_use]
pub fn wrapped(text: &str, width: usize) -> String {
    let mut whole = String::new();
    for text in text.lines() {
        let copied = COPIED.iter().any(|start| text.trim_start().starts_with(start));
        whole += &if copied { text.to_owned() } else { broken(text, width) };
        whole.push('\n');
    }
    whole
}

/// One line in several; all but the first are indented by two more.
fn broken(text: &str, width: usize) -> String {
    let indent = text.len() - text.trim_start().len();
    let mut lines = String::new();
    let mut used = 0;
    for word in text.split_inclusive(' ') {
        let bare = anstream::adapter::strip_str(word).to_string();
        if used > indent && used + bare.trim_end().chars().count() > width {
            lines.truncate(lines.trim_end().len());
            lines += &format!("\n{:1$}", "", indent + GAP);
            used = indent + GAP;
        }
        lines += word;
        used += bare.chars().count();
    }
    lines
}

/// A failed trial in one line: its verdict and its name.
#[must_use]
pub fn headline(trial: &TrialReport) -> String {
    let also: Vec<&str> = trial.also.iter().map(|verdict| verdict.name()).collect();
    let also = if also.is_empty() { String::new() } else { format!(", also {}", also.join(", ")) };
    format!("{} {}{also}", styled(BAD, trial.verdict.name()), styled(STRONG, &line(&trial.name)))
}

fn failure(trial: &TrialReport) -> String {
    let told = trial.told();
    let lines: String = told.iter().map(|said| format!("  {}\n", line(said))).collect();
    format!("{}\n{lines}\n", headline(trial))
}

/// A client that cannot be set up fails all its trials for the same reason: said once.
fn setup_error(report: &Report, (trial, trials): (&TrialReport, usize)) -> String {
    let lines: String = report.problem_of(trial).lines().map(|text| format!("  {}\n", line(text))).collect();
    let (what, client) = (styled(BAD, "setup-error"), styled(STRONG, &line(&trial.client)));
    format!("{what} {client} ({})\n{lines}", counted(trials, "trial"))
}

fn missing_client(report: &Report, client: &ClientReport) -> String {
    let why = line(client.why.as_deref().unwrap_or_default());
    let install = client.install.as_ref().map(|install| format!("; {}", line(install))).unwrap_or_default();
    let style = if report.had_to_be_there(client) { BAD } else { SKIPPED };
    format!("{} {}: {why}{install}\n", styled(style, "missing"), line(&report.label(client.run, &client.name)))
}

/// The matrix in as many blocks as the width makes it.
fn matrix(report: &Report, width: usize) -> String {
    let matrix = Matrix::of(report);
    let first = matrix.rows.iter().map(|(label, _)| length(label)).max().unwrap_or(0);
    let widths: Vec<usize> = (0..matrix.groups.len()).map(|column| column_width(&matrix, column)).collect();
    let blocks: Vec<String> =
        blocks(&widths, width.saturating_sub(first)).map(|block| rows(&matrix, first, &widths, block)).collect();
    let legend = matrix.legend();
    let legend = if legend.is_empty() { String::new() } else { format!("({})\n", legend.join(", ")) };
    blocks.join("\n") + &legend
}

/// Runs of columns that each fit into `room`; at least one column each.
fn blocks(widths: &[usize], room: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let mut used = 0;
        let fits = |width: &&usize| {
            used += **width + GAP;
            used <= room
        };
        let columns = widths[start..].iter().take_while(fits).count().max(1);
        let block = start..(start + columns).min(widths.len());
        start = block.end;
        (!block.is_empty()).then_some(block)
    })
}

fn rows(matrix: &Matrix<'_>, first: usize, widths: &[usize], block: std::ops::Range<usize>) -> String {
    let heads = block.clone().map(|column| padded(&line(matrix.groups[column]), widths[column]));
    let mut text = format!("{:first$}{}\n", "", heads.collect::<String>());
    for (label, cells) in &matrix.rows {
        let cells = block.clone().map(|column| colour(&cells[column], &padded(&cells[column].text(), widths[column])));
        text += &format!("{:first$}{}\n", line(label), cells.collect::<String>());
    }
    text
}

fn column_width(matrix: &Matrix<'_>, column: usize) -> usize {
    let cells = matrix.rows.iter().map(|(_, cells)| cells[column].text().len());
    cells.chain([length(matrix.groups[column])]).max().unwrap_or(0)
}

/// Text at the right of a column, behind its gap.
fn padded(text: &str, width: usize) -> String {
    format!("{:GAP$}{text:>width$}", "")
}

fn colour(cell: &Cell, text: &str) -> String {
    let style = if cell.failed > 0 {
        BAD
    } else if cell.has(Verdict::Passed) {
        GOOD
    } else {
        SKIPPED
    };
    styled(style, text)
}

/// How wide it is when it is shown.
fn length(text: &str) -> usize {
    line(text).chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_broken_between_words_and_commands_stay_whole() {
        assert_eq!(wrapped("  one two three\n", 9), "  one two\n    three\n");
        assert_eq!(wrapped("short\n\nx", 9), "short\n\nx\n");
        assert_eq!(wrapped("  repeat it: samewire run\n", 9), "  repeat it: samewire run\n");
        assert_eq!(wrapped("unbreakable-word and", 9), "unbreakable-word\n  and\n");
        assert_eq!(
            wrapped(&format!("{}: said of it", styled(BAD, "a/b")), 13),
            format!("{}: said of\n  it\n", styled(BAD, "a/b"))
        );
    }

    #[test]
    fn columns_go_into_as_many_blocks_as_they_need() {
        let of = |widths: &[usize], room| blocks(widths, room).map(|block| (block.start, block.end)).collect::<Vec<_>>();
        assert_eq!(of(&[4, 4, 4], 18), [(0, 3)]);
        assert_eq!(of(&[4, 4, 4], 17), [(0, 2), (2, 3)]);
        assert_eq!(of(&[4, 40, 4], 10), [(0, 1), (1, 2), (2, 3)], "one at the least");
        assert!(of(&[], 10).is_empty());
    }
}
