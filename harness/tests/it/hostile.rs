//! Files of others that are made to take memory or to nest without end: each is told, and nothing is run.

use std::fs::{self, File};

use predicates::prelude::*;
use predicates::str::contains;

use super::support::Project;

/// One more than the most octets of a report.
const TOO_MANY: u64 = (1 << 30) + 1;

/// A case with these lines.
fn project(lines: &str) -> Project {
    let project = Project::new();
    project.sender("right", "");
    fs::create_dir(project.path("suite")).expect("a folder");
    let case = format!("[[case]]\nname = \"a\"\nabout = \"x\"\nhazards = [\"encoding\"]\nplan = \"text a\"\n{lines}\n");
    fs::write(project.path("suite/x.toml"), case).expect("a suite");
    project
}

#[track_caller]
fn assert_refused(lines: &str, why: &str) {
    let project = project(lines);
    let run = project.samewire(&["run", "--suite", "suite", "--client", "right"]).assert();
    run.code(2).stderr(contains("suite/x.toml").and(contains(why)));
}

#[test]
fn what_nests_without_end_in_a_suite_is_told() {
    let deep = |open: &str, close: &str| format!("expect = {}1{}", open.repeat(100_000), close.repeat(100_000));
    assert_refused(&deep("[", "]"), "recurs");
    assert_refused(&deep("{ a = ", " }"), "recurs");
}

#[test]
fn an_expression_that_grows_is_told() {
    assert_refused("expect.parts = [{ matches = '((a{900}){900}){900}' }]", "too large");
}

#[test]
fn a_report_that_is_too_large_or_nests_without_end_is_told() {
    let project = Project::new();
    let file = File::create(project.path("large.json")).expect("a file");
    file.set_len(TOO_MANY).expect("a length, and no octets on the disk");
    project.samewire(&["report", "large.json"]).assert().code(2).stderr(contains("large.json: has more than 1024 MiB"));
    fs::write(project.path("deep.json"), "[".repeat(1 << 20)).expect("a file");
    project.samewire(&["report", "deep.json"]).assert().code(2).stderr(contains("deep.json: is not a report"));
}
