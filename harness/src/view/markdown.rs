//! A report as Markdown, for a pull request or the summary of a workflow's step.
//!
//! Whatever comes from a client stands in `<code>` or `<pre>`, where nobody is mentioned and nothing is linked, and each character
//! that Markdown or HTML would take for more than itself is an entity.

use super::matrix::{Absent, Matrix};
use crate::printable::{self, counted};
use crate::report::{Failure, Report};

/// Octets up to which GitHub takes the summary of a step (1 MiB), with some to spare.
pub const MOST: usize = 1_000_000;

/// The report in at most about `most` octets: what is to be said of clients and cases, then the failures, folded. Details of failures
/// are left out where they would go beyond it, and counted.
#[must_use]
pub fn render(report: &Report, most: usize) -> String {
    let mut text = format!("## {}\n{}", headline(report), matrix(report));
    let summary = summary(report);
    if text.len() + summary.len() <= most {
        text += &summary;
    }
    let mut left_out = 0;
    for failed in report.failures() {
        let details = failure(report, &failed);
        if left_out == 0 && text.len() + details.len() <= most {
            text += &details;
        } else {
            left_out += 1 + failed.others.len();
        }
    }
    if left_out > 0 {
        text += &format!("\n{} more, which are in the report.\n", counted(left_out, "failure"));
    }
    text
}

fn headline(report: &Report) -> String {
    format!("{} Samewire: {}", if report.is_failure() { "❌" } else { "✅" }, report.headline())
}

fn matrix(report: &Report) -> String {
    let matrix = Matrix::of(report, Absent::LeftOut);
    if matrix.rows.is_empty() {
        return String::new();
    }
    let heads: String = matrix.groups.iter().map(|group| format!(" {} |", code(group))).collect();
    let mut text = format!("\n| client |{heads}\n|---|{}\n", "---:|".repeat(matrix.groups.len()));
    for (label, cells) in &matrix.rows {
        let cells = cells
            .iter()
            .map(|cell| if cell.failed > 0 { format!(" **{}** |", cell.text()) } else { format!(" {} |", cell.text()) });
        text += &format!("| {} |{}\n", code(label), cells.collect::<String>());
    }
    match matrix.legend() {
        legend if legend.is_empty() => text,
        legend => format!("{text}\n({})\n", legend.join(", ")),
    }
}

/// A failure, folded. The empty lines make `<pre>` a block of its own, which ends with its tag and not with an empty line in it.
fn failure(report: &Report, failure: &Failure<'_>) -> String {
    let trial = failure.trial;
    let also_in = failure.also_in().map(|also| format!(", {also}")).unwrap_or_default();
    let sentence = code(&trial.sentence());
    let explanation: Vec<String> = report.told(trial).iter().skip(1).map(|said| html(&printable::line(said))).collect();
    format!(
        "\n<details><summary>{} <b>{}</b>{also_in}: {sentence}</summary>\n\n<pre>{}</pre>\n\n</details>\n",
        trial.verdict,
        code(&report.full_name(trial)),
        explanation.join("\n")
    )
}

/// What is to be said of clients and cases: what makes the run fail first.
fn summary(report: &Report) -> String {
    let mut items: Vec<String> = report.faults().iter().map(|fault| format!("problem: {}", code(fault))).collect();
    for first in report.not_run() {
        let problem = first.said().join("\n");
        let client = code(&report.label(first.trial.run, &first.trial.client));
        items.push(format!("{} {client} ({}): {}", first.what(), counted(first.trials(), "trial"), code(&problem)));
    }
    items.extend(report.causes.iter().filter_map(|common| common.says.as_deref()).map(code));
    items.extend(report.remarks.iter().map(|remark| format!("remark: {}", code(remark))));
    let odd = report.disagreements();
    items.extend(odd.iter().map(|odd| {
        let differs: String = odd.differs.iter().map(|differs| format!("\n  - {}", code(differs))).collect();
        format!("{}: {}{differs}", code(odd.says), code(&odd.cases.join(", ")))
    }));
    let missing = report.missing();
    let skipped = missing.iter().filter(|missing| missing.required == 0);
    items.extend(skipped.map(|missing| format!("{} {}: {}", missing.what(), code(&missing.label), code(&missing.why()))));
    let items: String = items.iter().map(|item| format!("- {item}\n")).collect();
    if items.is_empty() { items } else { format!("\n{items}") }
}

/// One line of somebody else's text.
pub(crate) fn code(text: &str) -> String {
    let mut escaped = String::from("<code>");
    for character in printable::line(text).chars() {
        if character.is_ascii_punctuation() && !matches!(character, '/' | '-' | ',' | '.' | ':' | '(' | ')') {
            escaped += &format!("&#{};", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
    escaped + "</code>"
}

/// Text within HTML.
fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
