//! What would be green because it is not there: each is said, and fails the run where nothing is left of a client or a case.

use predicates::prelude::*;
use predicates::str::contains;

use super::support::{HELLO, Project, THREE};

#[track_caller]
fn project(more: &str) -> Project {
    let project = Project::new();
    project.sender("right", "").sender("line-feed-added", more).cases(&format!("{HELLO}{THREE}"));
    project
}

#[test]
fn a_client_that_no_case_is_for_fails_the_run() {
    let project = project("cases = ['case/helo']");
    let said = "line-feed-added is for none of 2 cases";
    project.run(&[]).assert().code(1).stdout(contains("2 trials: 2 passed").and(contains(said)));
    project.run(&["--client", "right"]).assert().code(0).stdout(contains(said).not());
}

#[test]
fn a_case_that_no_client_is_for_fails_the_run() {
    let project = Project::new();
    project.sender("right", "cases = ['case/hello']").cases(&format!("{HELLO}{THREE}"));
    let said = "no client is for 1 case, by its `cases` or by what it reads: case/three";
    project.run(&[]).assert().code(1).stdout(contains("1 trial: 1 passed").and(contains(said)));
    project.run(&["--case", "!case/three"]).assert().code(0);
}

#[test]
fn a_pattern_that_selects_nothing_is_said() {
    let project = Project::new();
    project.sender("right", "").cases(HELLO);
    let some = project.run_all(&["--profile", "default", "--case", "case/*", "--case", "cade/*"]).assert().code(0);
    some.stdout(contains("remark: --case \"cade/*\" matches no case"));
    project.sender("right", "cases = ['case/*', '!case/thre', '!other/x']");
    let said = "remark: right: \"!case/thre\" in its `cases` matches no case";
    project.run(&[]).assert().code(0).stdout(contains(said).and(contains("other/x").not()));
}

/// Whoever takes it away by name knows that it is there.
#[test]
fn a_case_that_is_taken_away_from_the_only_client_is_said() {
    let project = Project::new();
    project.sender("right", "cases = ['!case/three']").cases(&format!("{HELLO}{THREE}"));
    let said = "remark: no client is for 1 case, by its `cases` or by what it reads: case/three";
    project.run(&[]).assert().code(0).stdout(contains(said));
}
