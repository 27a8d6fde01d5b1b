//! The page: a report as one HTML file that asks nobody for anything.
//!
//! The template has what is read first and works without scripts: what ran, where, how it ended. The report itself lies in the page
//! as JSON, and `page.js` draws the matrix and what is behind each cell from it.
//!
//! Recorded octets are hostile. All text goes through [`printable`] before it is in the page at all, the template escapes, the script
//! makes nothing but text nodes, and the policy in the page lets no other script or style run and nothing be loaded.

mod summary;

use base64_simd::STANDARD;
use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use self::summary::Summary;
use crate::printable;
use crate::report::{Report, time_line};

/// Its ending makes the engine escape what is put in.
const TEMPLATE: (&str, &str) = ("page.html", include_str!("page.html"));
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = concat!(
    include_str!("model.js"),
    include_str!("pattern.js"),
    include_str!("matrix.js"),
    include_str!("octets.js"),
    include_str!("messages.js"),
    include_str!("trial.js"),
    include_str!("print.js"),
    include_str!("page.js"),
);

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The report is no JSON.
    #[error("cannot embed the report in its page: {0}")]
    Report(#[from] serde_json::Error),
    /// The template has an error.
    #[error("cannot make the report page: {0}")]
    Template(#[from] minijinja::Error),
}

/// What the template is told.
#[derive(Serialize)]
struct Page<'a> {
    /// A [`Summary`].
    first: &'a Value,
    samewire: &'a Value,
    remarks: &'a Value,
    runs: &'a Value,
    style: &'a str,
    script: &'a str,
    style_hash: String,
    script_hash: String,
    data: String,
}

/// The page of a report.
///
/// # Errors
/// The report cannot be written as JSON, or the template has an error: neither depends on what was recorded.
pub fn render(report: &Report) -> Result<String, PageError> {
    let mut json = serde_json::to_value(report)?;
    add_what_is_told(report, &mut json)?;
    leave_out_planned(&mut json);
    leave_out_connections(&mut json);
    make_printable(&mut json);
    let mut first = serde_json::to_value(Summary::of(report))?;
    make_printable(&mut first);
    let page = Page {
        first: &first,
        samewire: &json["samewire"],
        remarks: &json["remarks"],
        runs: &json["runs"],
        style: STYLE,
        script: SCRIPT,
        style_hash: hash(STYLE),
        script_hash: hash(SCRIPT),
        data: data(&json)?,
    };
    let mut engine = Environment::new();
    engine.add_template(TEMPLATE.0, TEMPLATE.1)?;
    Ok(engine.get_template(TEMPLATE.0)?.render(Serde(page))?)
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
fn leave_out_planned(report: &mut Value) {
    let runs = report.get_mut("runs").and_then(Value::as_array_mut).into_iter().flatten();
    runs.filter_map(Value::as_object_mut).for_each(|run| drop(run.remove("planned")));
}

/// Connections of a trial that the page shows, and beyond them those that are drawn: `CONNECTIONS` in `octets.js`.
const CONNECTIONS: usize = 20;

/// Of connections that the page does not show, it needs to know how many there are: in their places stands null.
fn leave_out_connections(report: &mut Value) {
    let trials = report.get_mut("trials").and_then(Value::as_array_mut).into_iter().flatten();
    for trial in trials.filter_map(Value::as_object_mut) {
        let drawings = trial.get("drawings").and_then(Value::as_array).into_iter().flatten();
        let drawn: Vec<u64> = drawings.filter_map(|drawing| drawing["connection"].as_u64()).collect();
        for of in ["expected", "captured", "timelines", "processes", "answers"] {
            let all = trial.get_mut(of).and_then(Value::as_array_mut).into_iter().flatten().zip(1..);
            all.skip(CONNECTIONS).filter(|(_, number)| !drawn.contains(number)).for_each(|(one, _)| *one = Value::Null);
        }
    }
}

/// Adds to each trial the sentence that decides it, as `sentence`, and the place of the trial that is told for it, as `told_by`: every
/// view says the same first, and the same once. Where its packets are known, they and what the recorder did are its `time_line`.
fn add_what_is_told(report: &Report, json: &mut Value) -> serde_json::Result<()> {
    let trials = json.get_mut("trials").and_then(Value::as_array_mut).into_iter().flatten();
    for ((trial, told_by), json) in report.trials.iter().zip(report.told_by()).zip(trials.filter_map(Value::as_object_mut)) {
        json.insert("sentence".into(), trial.sentence().into());
        json.insert("suspicion".into(), report.suspicion(trial).into());
        json.insert("told_by".into(), told_by.into());
        let entries = time_line::of(trial);
        if !entries.is_empty() {
            json.insert("time_line".into(), serde_json::to_value(entries)?);
        }
    }
    Ok(())
}

/// JSON that may stand in a script element: nothing in it can end the element, or begin a comment.
fn data(json: &Value) -> serde_json::Result<String> {
    Ok(serde_json::to_string(json)?.replace('<', "\\u003c"))
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
