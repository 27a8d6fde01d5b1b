//! Captures and reports of earlier formats, as they were written then, and of a later one.

use std::fs;
use std::path::{Path, PathBuf};

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

use crate::support::{Project, valid};

/// Two clients on two cases: all trials, and the two halves of them. `right` passes, `utf-16le` differs.
fn format_1(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/format-1").join(file)
}

fn capture() -> PathBuf {
    format_1("whole/captures/right/case/two.jsonl")
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("a report")).expect("JSON")
}

#[test]
fn captures_of_format_1_are_shown_and_compared() {
    let project = Project::new();
    let shown = contains("|ok|").and(contains("closed by the client (FIN) after 1 octets"));
    project.samewire(&["show"]).arg(capture()).assert().code(0).stdout(shown).stderr("");
    let other = format_1("whole/captures/utf-16le/case/two.jsonl");
    let same = format_1("two/captures/right/case/hello.jsonl");
    project.samewire(&["compare"]).args([&same, &format_1("whole/captures/right/case/hello.jsonl")]).assert().code(0);
    project.samewire(&["compare"]).args([&capture(), &other]).assert().code(1);
    project.samewire(&["show", "--format", "pcapng", "--out", "made.pcapng"]).arg(capture()).assert().code(0);
}

#[test]
fn reports_of_format_1_are_shown_in_every_view() {
    let project = Project::new();
    let report = format_1("whole");
    valid("report", &json(&report.join("report.json")));
    for format in ["text", "html", "markdown", "junit", "annotations"] {
        project.samewire(&["report", "--format", format]).arg(&report).assert().code(0).stdout(contains("utf-16le"));
    }
    let told = project.samewire(&["report", "--format", "json"]).arg(&report).assert().code(0).get_output().stdout.clone();
    let told: Value = serde_json::from_slice(&told).expect("JSON");
    let mut before = json(&report.join("report.json"));
    assert_eq!((before["format"].take(), told["format"].as_u64()), (1.into(), Some(2)));
    assert_eq!(told["trials"], before["trials"]);
}

#[test]
fn reports_of_format_1_are_compared_and_merged() {
    let project = Project::new();
    let whole = format_1("whole");
    project.samewire(&["diff"]).args([&whole, &whole]).assert().code(0);
    project.samewire(&["compare"]).args([&whole, &whole]).assert().code(0).stdout(contains("4 the same"));
    project.samewire(&["merge", "--out", "merged"]).args([format_1("one"), format_1("two")]).assert().code(1);
    let (merged, whole) = (json(&project.path("merged/report.json")), json(&whole.join("report.json")));
    valid("report", &merged);
    let verdicts = |report: &Value| {
        let trials = report["trials"].as_array().expect("trials").iter();
        let mut verdicts: Vec<String> = trials.map(|trial| format!("{}: {}", trial["name"], trial["verdict"])).collect();
        verdicts.sort();
        verdicts
    };
    assert_eq!(verdicts(&merged), verdicts(&whole));
    assert_eq!(merged["format"], 2);
}

#[test]
fn a_file_of_a_later_format_is_refused_with_the_version_that_wrote_it() {
    let project = Project::new();
    let text = fs::read_to_string(capture()).expect("a capture");
    let later = text.replace("samewire 0.1.0", "samewire 7.8.9");
    for start in [r#""format":3"#, r#""format":3,"colour":"red""#] {
        project.write("later.jsonl", &later.replacen(r#""format":1"#, start, 1));
        let said = contains("line 1: has format 3, which \"samewire 7.8.9\" wrote, and the formats known here are 1 to 2");
        project.samewire(&["show", "later.jsonl"]).assert().code(2).stderr(said);
    }
    project.write("none.jsonl", &text.replacen(r#""format":1"#, r#""format":0"#, 1));
    project.samewire(&["show", "none.jsonl"]).assert().code(2).stderr(contains("has format 0"));
    let text = fs::read_to_string(format_1("whole/report.json")).expect("a report");
    let later = text.replacen("\"format\": 1", "\"format\": 3, \"colour\": \"red\"", 1);
    project.write("later.json", &later.replacen("0.1.0", "7.8.9", 1));
    let said = contains("later.json: has format 3, which samewire 7.8.9 wrote");
    project.samewire(&["report", "later.json"]).assert().code(2).stderr(said.clone());
    project.samewire(&["diff", "later.json", "later.json"]).assert().code(2).stderr(said);
}
