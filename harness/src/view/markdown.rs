//! A report as Markdown, for a pull request or the summary of a workflow's step.
//!
//! Whatever comes from a client stands in `<code>` or `<pre>`, where nobody is mentioned and nothing is linked, and each character
//! that Markdown or HTML would take for more than itself is an entity.

use super::matrix::Matrix;
use crate::printable::{self, counted};
use crate::report::{ClientReport, ClientStatus, Report, TrialReport};

/// Octets up to which GitHub takes the summary of a step (1 MiB), with some to spare.
pub const MOST: usize = 1_000_000;

/// The report in at most about `most` octets: details of failures are left out where they would go beyond it, and counted.
#[must_use]
pub fn render(report: &Report, most: usize) -> String {
    let tail = tail(report);
    let mut text = format!("## {}\n\n{}\n", headline(report), matrix(report));
    let mut left_out = 0;
    for trial in report.failures() {
        let details = failure(trial);
        if left_out == 0 && text.len() + details.len() + tail.len() <= most {
            text += &details;
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        text += &format!("\n{} more: the report has them.\n", counted(left_out, "failure"));
    }
    if text.len() + tail.len() <= most { text + &tail } else { text }
}

fn headline(report: &Report) -> String {
    format!("{} Samewire: {}", if report.is_failure() { "❌" } else { "✅" }, report.headline())
}

fn matrix(report: &Report) -> String {
    let matrix = Matrix::of(report);
    let heads: String = matrix.groups.iter().map(|group| format!(" {} |", code(group))).collect();
    let mut text = format!("| client |{heads}\n|---|{}\n", "---:|".repeat(matrix.groups.len()));
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
fn failure(trial: &TrialReport) -> String {
    let sentence = code(&trial.sentence());
    let explanation: Vec<String> = trial.explanation.iter().map(|said| html(&printable::line(said))).collect();
    format!(
        "\n<details><summary>{} <b>{}</b>: {sentence}</summary>\n\n<pre>{}</pre>\n\n</details>\n",
        trial.verdict,
        code(&trial.name),
        explanation.join("\n")
    )
}

/// What is to be said of clients and cases, behind the failures of trials.
fn tail(report: &Report) -> String {
    let mut items: Vec<String> = Vec::new();
    for (trial, count) in report.setup_errors() {
        let problem = code(report.problem_of(trial));
        items.push(format!("setup-error {} ({}): {problem}", code(&trial.client), counted(count, "trial")));
    }
    items.extend(report.causes.iter().filter_map(|common| common.says.as_deref()).map(code));
    for agreement in &report.agreements {
        items.extend(agreement.says.as_ref().map(|says| format!("{}: {}", code(&agreement.case), code(says))));
    }
    items.extend(report.faults().iter().map(|fault| format!("problem: {}", code(fault))));
    items.extend(report.remarks.iter().map(|remark| format!("remark: {}", code(remark))));
    let missing = report.clients.iter().filter(|client| client.status == ClientStatus::Missing);
    items.extend(missing.map(|client| missing_client(report, client)));
    let items: String = items.iter().map(|item| format!("- {item}\n")).collect();
    if items.is_empty() { items } else { format!("\n{items}") }
}

fn missing_client(report: &Report, client: &ClientReport) -> String {
    let why = client.why.as_deref().unwrap_or_default();
    format!("missing {}: {}", code(&report.label(client.run, &client.name)), code(why))
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
