//! A report for a terminal: the matrix, what failed and why, what was missing, and the outcome in one line.

use std::collections::BTreeMap;

use super::matrix::{Absent, Cell, Matrix};
use super::style::{BAD, GOOD, SKIPPED, STRONG, styled};
use crate::judge::verdict::Verdict;
use crate::printable::{counted, few, line};
use crate::report::{ClientReport, Disagreement, Failure, Missing, NotRun, Report, TrialReport, traffic};

/// Cases that are named where the same is to be said of many.
const NAMED: usize = 3;

/// Failures that are explained, and the first of each client beyond. Of the others, and of those whose cause was explained already, the
/// sentence that decides is said.
const EXPLAINED: usize = 20;

/// Failures of which that is said: repetitions of one cause of one client, and all.
const BRIEF: [usize; 2] = [10, 100];

/// How lines begin that are not broken: a command, and what a client said.
const COPIED: [&str; 2] = ["repeat it:", "stderr:"];

/// Between two columns of the matrix, and before the rest of a line that was broken.
const GAP: usize = 2;

/// Everything but the outcome, in lines of at most `width` characters where that can be.
#[must_use]
pub fn details(report: &Report, width: usize, absent: Absent) -> String {
    let remarks: String = report.remarks.iter().map(|remark| format!("remark: {}\n", line(remark))).collect();
    format!("{}\n{}{remarks}", matrix(report, width, absent), troubles(report))
}

/// What failed and why, and what was missing; empty where all is well.
#[must_use]
pub fn troubles(report: &Report) -> String {
    let failures = report.failures();
    let (repeated, new): (Vec<_>, Vec<_>) = failures.iter().partition(|failure| failure.repeats > 0);
    let explained = new.iter().filter(|failure| failure.is_first).count().max(EXPLAINED).min(new.len());
    let (explained, named) = new.split_at(explained);
    let mut text: String = explained.iter().map(|told| failure(report, told)).collect();
    text += &in_brief(report, named.iter().chain(&repeated).copied());
    text += &report.not_run().into_iter().map(|first| not_run(report, first)).collect::<String>();
    for says in report.causes.iter().filter_map(|common| common.says.as_deref()) {
        text += &format!("{}\n", styled(STRONG, &line(says)));
    }
    text += &disagreements(report);
    for fault in report.faults() {
        text += &format!("{} {}\n", styled(BAD, "problem"), line(&fault));
    }
    text += &report.missing().iter().filter(|missing| missing.required == 0).map(missing_client).collect::<String>();
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
    let said = |disagreement: Disagreement<'_>| {
        let differs: String = disagreement.differs.iter().map(|differs| format!("  {}\n", line(differs))).collect();
        let cases = few(&disagreement.cases, NAMED, ", ");
        format!("{}: {}\n{differs}", styled(STRONG, &line(disagreement.says)), line(&cases))
    };
    report.disagreements().into_iter().map(said).collect()
}

/// The outcome in one line: how many trials ended in which verdict, and how long it took.
#[must_use]
pub fn outcome(report: &Report) -> String {
    let count = |verdict: &Verdict| report.counts.get(verdict.name()).copied().filter(|count| *count > 0);
    let required = report.trials.iter().filter(|trial| trial.failed && trial.verdict == Verdict::Missing).count();
    let part = |verdict: &Verdict| match (verdict, count(verdict)?) {
        (Verdict::Missing, all) if required == all => Some(format!("{all} missing (required)")),
        (Verdict::Missing, all) if required > 0 => Some(format!("{all} missing ({required} required)")),
        (_, all) => Some(format!("{all} {verdict}")),
    };
    let parts: Vec<String> = Verdict::ALL.iter().rev().filter_map(part).collect();
    let style = if report.is_failure() { BAD } else { GOOD };
    let partial = if report.complete { "" } else { " (partial: the run was stopped)" };
    let took = match report.runs.as_slice() {
        [run] => format!("in {:.1} s", run.duration_ms as f64 / 1000.0),
        runs => format!("in {}", counted(runs.len(), "run")),
    };
    match report.trials.len() {
        0 if report.is_a_part() => styled(GOOD, "there is no trial in this shard"),
        0 => styled(BAD, "no trial was run"),
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
    titled(trial, &trial.name)
}

fn titled(trial: &TrialReport, name: &str) -> String {
    let also: Vec<&str> = trial.also.iter().map(|verdict| verdict.name()).collect();
    let also = if also.is_empty() { String::new() } else { format!(", also {}", also.join(", ")) };
    format!("{} {}{also}", styled(BAD, trial.verdict.name()), styled(STRONG, &line(name)))
}

/// The headline of a failure, and in which profiles it is the same.
fn title(report: &Report, failure: &Failure<'_>) -> String {
    let also_in = failure.also_in().map(|also| format!(", {also}")).unwrap_or_default();
    titled(failure.trial, &report.full_name(failure.trial)) + &also_in
}

fn failure(report: &Report, failure: &Failure<'_>) -> String {
    let told = report.told(failure.trial);
    let lines: String = told.iter().map(|said| format!("  {}\n", line(said))).collect();
    format!("{}\n{lines}\n", title(report, failure))
}

/// Failures that are not explained here, and of each client how many are not even named.
fn in_brief<'a>(report: &Report, failures: impl Iterator<Item = &'a Failure<'a>>) -> String {
    let [repeats, all] = BRIEF;
    let (mut told, mut left_out) = (Vec::new(), BTreeMap::<String, usize>::new());
    for failure in failures {
        if failure.repeats <= repeats && told.len() < all {
            told.push(brief(report, failure));
        } else {
            *left_out.entry(report.label(failure.trial.run, &failure.trial.client)).or_default() += 1;
        }
    }
    let more = left_out.iter();
    let more =
        more.map(|(client, more)| format!("... and {} of {}, in the report\n", counted(*more, "more failure"), line(client)));
    told.into_iter().chain(more).collect()
}

/// A failure that is not explained here: what decides it.
fn brief(report: &Report, failure: &Failure<'_>) -> String {
    format!("{}: {}\n", title(report, failure), line(&failure.trial.sentence()))
}

/// A client that cannot be set up, or is missing and had to be there, fails all its trials for the same reason: said once.
fn not_run(report: &Report, first: NotRun<'_>) -> String {
    let said = first.said().into_iter().chain(traffic::time_line(first.trial));
    let lines: String = said.map(|text| format!("  {}\n", line(&text))).collect();
    let client = report.label(first.trial.run, &first.trial.client);
    format!("{} {} ({})\n{lines}", styled(BAD, first.what()), styled(STRONG, &line(&client)), counted(first.trials(), "trial"))
}

fn missing_client(missing: &Missing<'_>) -> String {
    format!("{} {}: {}\n", styled(SKIPPED, missing.what()), line(&missing.label), line(&missing.why()))
}

/// The matrix in as many blocks as the width makes it.
fn matrix(report: &Report, width: usize, absent: Absent) -> String {
    let matrix = Matrix::of(report, absent);
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
