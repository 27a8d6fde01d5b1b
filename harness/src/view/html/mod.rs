//! The page: a report as one HTML file that asks nobody for anything.
//!
//! The template has what is read first and works without scripts: what ran, where, how it ended. Behind it lies the report as JSON,
//! deflated, and the script draws everything else from that: an outline of all trials (`outline.rs`), with which the page opens, and
//! blocks of trials as they are in the report (`blocks.rs`), of which one is inflated when somebody opens a trial of it. The page is
//! written as it is made: what is in memory at once is one block, and some numbers of each trial.
//!
//! Recorded octets are hostile. All text goes through [`printable`] before it is in the page at all, the template escapes, what is deflated
//! is base64, the script makes nothing but text nodes, and the policy in the page lets no other script or style run and nothing be loaded.

mod blocks;
mod outline;
mod summary;

use std::io::{self, Write};

use base64_simd::STANDARD;
use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use self::blocks::{Blocks, deflated};
use self::outline::Outline;
use self::summary::Summary;
use crate::printable;
use crate::report::{Report, TrialReport, time_line};
use crate::view::issue;

/// Its ending makes the engine escape what is put in.
const TEMPLATE: (&str, &str) = ("page.html", include_str!("page.html"));
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = concat!(
    include_str!("inflate.js"),
    include_str!("model.js"),
    include_str!("pattern.js"),
    include_str!("matrix.js"),
    include_str!("lanes.js"),
    include_str!("glance.js"),
    include_str!("octets.js"),
    include_str!("messages.js"),
    include_str!("trial.js"),
    include_str!("print.js"),
    include_str!("page.js"),
);

/// What the template is told.
#[derive(Serialize)]
struct Page<'a> {
    /// A [`Summary`].
    first: &'a Value,
    samewire: &'a Value,
    remarks: &'a Value,
    runs: &'a Value,
    style: &'a str,
    style_hash: String,
    script_hash: String,
}

/// The page of a report.
///
/// # Errors
/// The report cannot be written as JSON, or the template has an error: neither depends on what was recorded.
pub fn render(report: &Report) -> io::Result<String> {
    let mut page = Vec::new();
    write(report, &mut page)?;
    String::from_utf8(page).map_err(io::Error::other)
}

/// Writes the page of a report as it is made.
///
/// # Errors
/// As [`render`], or it cannot be written.
pub fn write(report: &Report, to: &mut dyn Write) -> io::Result<()> {
    let runs = runs(report)?;
    write_head(report, &runs, to)?;
    let (mut outline, mut blocks) = (Outline::of(report), Blocks::new(to));
    for (trial, told_by) in report.trials.iter().zip(report.told_by()) {
        let is_searched = says_much(trial);
        let block = blocks.add(&details(report, trial)?, is_searched)?;
        outline.add(trial, told_by, block, is_searched);
    }
    blocks.finish()?;
    write_deflated("agreements", &printed(&report.agreements)?, to)?;
    write_deflated("outline", &outline.json(&runs)?, to)?;
    writeln!(to, "<script>{}</script>\n</body>\n</html>", script())
}

/// What is read first, and works without scripts.
fn write_head(report: &Report, runs: &Value, to: &mut dyn Write) -> io::Result<()> {
    let page = Page {
        first: &printed(&Summary::of(report))?,
        samewire: &printed(&report.samewire)?,
        remarks: &printed(&report.remarks)?,
        runs,
        style: STYLE,
        style_hash: hash(STYLE),
        script_hash: hash(&script()),
    };
    let mut engine = Environment::new();
    engine.add_template(TEMPLATE.0, TEMPLATE.1).map_err(io::Error::other)?;
    let template = engine.get_template(TEMPLATE.0).map_err(io::Error::other)?;
    to.write_all(template.render(Serde(page)).map_err(io::Error::other)?.as_bytes())
}

/// All of it waits for what it inflates, so it is one function that may wait; `opened` says what became of it.
fn script() -> String {
    format!("\"use strict\";\nopened((async () => {{\n{SCRIPT}}})());\n{}", include_str!("opened.js"))
}

fn write_deflated(id: &str, json: &Value, to: &mut dyn Write) -> io::Result<()> {
    let deflated = deflated(&serde_json::to_vec(json)?)?;
    writeln!(to, "<script type=\"application/octet-stream\" id=\"{id}\">{deflated}</script>")
}

/// As JSON, in which nothing steers or hides.
fn printed(of: &impl Serialize) -> serde_json::Result<Value> {
    let mut json = serde_json::to_value(of)?;
    make_printable(&mut json);
    Ok(json)
}

/// Escapes all that steers or hides in every text of a report.
fn make_printable(json: &mut Value) {
    match json {
        Value::String(text) => *text = printable::text(text),
        Value::Array(items) => items.iter_mut().for_each(make_printable),
        Value::Object(fields) => fields.values_mut().for_each(make_printable),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The names of all that might have been tried are for merging, and many.
fn runs(report: &Report) -> serde_json::Result<Value> {
    let mut runs = printed(&report.runs)?;
    let all = runs.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut);
    all.for_each(|run| drop(run.remove("planned")));
    Ok(runs)
}

/// Whether a search finds more in it than stands in the outline.
fn says_much(trial: &TrialReport) -> bool {
    !trial.stderr.is_empty()
        || trial.problem.is_some()
        || trial.known.is_some()
        || !trial.diagnoses.is_empty()
        || !trial.also.is_empty()
}

/// A trial as it is in the report, and what every view says of it: what speaks for it as `suspicion`, and of one that did not pass, all for
/// an `issue` of somebody else's. Where its packets are known, they and what the recorder did are its `time_line`.
fn details(report: &Report, trial: &TrialReport) -> serde_json::Result<Value> {
    let mut json = serde_json::to_value(trial)?;
    if let Some(fields) = json.as_object_mut() {
        if let Some(suspicion) = report.suspicion(trial) {
            fields.insert("suspicion".into(), suspicion.into());
        }
        if trial.failed || !trial.diagnoses.is_empty() {
            fields.insert("issue".into(), issue::render(report, trial).into());
        }
        let entries = time_line::of(trial);
        if !entries.is_empty() {
            fields.insert("time_line".into(), serde_json::to_value(entries)?);
        }
    }
    leave_out_connections(&mut json);
    make_printable(&mut json);
    Ok(json)
}

/// Connections of a trial that the page shows, and beyond them those that are drawn: `CONNECTIONS` in `octets.js`.
const CONNECTIONS: usize = 20;

/// Of connections that the page does not show, it needs to know how many there are: in their places stands null.
fn leave_out_connections(trial: &mut Value) {
    let drawings = trial.get("drawings").and_then(Value::as_array).into_iter().flatten();
    let drawn: Vec<u64> = drawings.filter_map(|drawing| drawing["connection"].as_u64()).collect();
    for of in ["expected", "captured", "timelines", "processes", "answers"] {
        let all = trial.get_mut(of).and_then(Value::as_array_mut).into_iter().flatten().zip(1..);
        all.skip(CONNECTIONS).filter(|(_, number)| !drawn.contains(number)).for_each(|(one, _)| *one = Value::Null);
    }
}

/// As a Content Security Policy names what may run.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode_to_string(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::SCRIPT;
    use crate::judge::verdict::Verdict;

    #[test]
    fn the_page_shows_as_many_connections_as_it_is_given() {
        assert!(SCRIPT.contains(&format!("\nconst CONNECTIONS = {};", super::CONNECTIONS)));
    }

    #[test]
    fn every_verdict_has_a_mark() {
        for verdict in Verdict::ALL {
            let name = verdict.name();
            assert!(SCRIPT.contains(&format!("\n  {name}: [")) || SCRIPT.contains(&format!("\n  \"{name}\": [")), "{name}");
        }
    }
}
