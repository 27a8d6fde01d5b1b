//! `samewire diff`: what is worse in one report than in another, and a gate that closes on it.

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

use super::support::{HELLO, Project, THREE};

/// A right client and one that changes an octet; the same report twice: `old` and `new`.
#[track_caller]
fn project() -> Project {
    let project = Project::new();
    project.sender("right", "").sender("one-octet-changed", "").cases(&format!("{HELLO}{THREE}"));
    project.run(&[]).assert().code(1);
    for folder in ["old", "new"] {
        std::fs::create_dir_all(project.path(folder)).expect("a folder");
        std::fs::copy(project.path("samewire-report/report.json"), project.path(folder).join("report.json")).expect("a report");
    }
    project
}

#[track_caller]
fn edit(project: &Project, edit: impl FnOnce(&mut Value)) {
    let mut report: Value =
        serde_json::from_str(&std::fs::read_to_string(project.path("old/report.json")).expect("a report")).expect("JSON");
    edit(&mut report);
    project.write("new/report.json", &report.to_string());
}

/// The trial of that client on that case.
#[track_caller]
fn trial<'a>(report: &'a mut Value, client: &str, case: &str) -> &'a mut Value {
    let mut trials = report["trials"].as_array_mut().expect("trials").iter_mut();
    trials.find(|trial| trial["client"] == client && trial["case"] == case).expect("a trial")
}

fn keep(report: &mut Value, wanted: impl Fn(&Value) -> bool) {
    report["trials"].as_array_mut().expect("trials").retain(wanted);
}

#[track_caller]
fn diff(project: &Project, arguments: &[&str]) -> assert_cmd::assert::Assert {
    project.samewire(&[&["diff", "old", "new"], arguments].concat()).assert()
}

#[test]
fn the_same_twice_is_no_change() {
    diff(&project(), &[]).code(0).stdout("4 trials unchanged\n");
}

#[test]
fn what_fails_newly_is_worse_and_what_is_mended_is_not() {
    let project = project();
    edit(&project, |report| {
        let broken = trial(report, "one-octet-changed", "case/hello").clone();
        let right = trial(report, "right", "case/hello");
        for field in ["verdict", "failed", "diagnoses"] {
            right[field] = broken[field].clone();
        }
        right["explanation"] = Value::from(vec!["some octet is another"]);
    });
    let said = "newly failing (1)\n  right::case/hello: passed before, differs now: ";
    diff(&project, &[]).code(1).stdout(contains(said).and(contains("worse: 1 newly failing, 3 trials unchanged")));
    let back = project.samewire(&["diff", "new", "old"]).assert().code(0);
    back.stdout(
        contains("mended (1)\n  right::case/hello: differs before, passed now\n").and(contains("nothing is worse: 1 mended")),
    );
}

#[test]
fn trials_and_clients_that_are_gone_are_worse() {
    let project = project();
    edit(&project, |report| keep(report, |trial| trial["name"] != "right::case/hello"));
    diff(&project, &[]).code(1).stdout(contains("lost coverage (1)\n  right::case/hello: passed before, gone now\n"));
    edit(&project, |report| keep(report, |trial| trial["client"] != "right"));
    diff(&project, &[]).code(1).stdout(contains("lost coverage (2)\n  right: the client, with 2 trials\n"));
    project.samewire(&["diff", "new", "old"]).assert().code(0).stdout(contains("new coverage (2)\n  right: the client"));
}

#[test]
fn a_new_trial_that_fails_is_worse() {
    let project = project();
    edit(&project, |report| keep(report, |trial| trial["name"] != "one-octet-changed::case/hello"));
    let new = project.samewire(&["diff", "new", "old"]).assert().code(1);
    new.stdout(contains("newly failing (1)\n  one-octet-changed::case/hello: not there before, differs now: "));
}

#[test]
fn what_is_skipped_newly_is_worse() {
    let project = project();
    for verdict in ["missing", "unsupported", "known-failure"] {
        edit(&project, |report| trial(report, "right", "case/three")["verdict"] = verdict.into());
        let said = format!("newly skipped (1)\n  right::case/three: passed before, {verdict} now");
        diff(&project, &[]).code(1).stdout(contains(said));
        project.samewire(&["diff", "new", "old"]).assert().code(0).stdout(contains("new coverage (1)"));
    }
}

#[test]
fn slower_is_more_than_twice_and_more_than_half_a_second() {
    let project = project();
    let timed = |old: u64, new: u64| {
        edit(&project, |report| trial(report, "right", "case/hello")["duration_ms"] = old.into());
        std::fs::copy(project.path("new/report.json"), project.path("before.json")).expect("a report");
        edit(&project, |report| trial(report, "right", "case/hello")["duration_ms"] = new.into());
        project.samewire(&["diff", "before.json", "new"]).assert()
    };
    timed(10, 500).code(0);
    timed(600, 1200).code(0);
    timed(400, 901).code(1).stdout(contains("slower (1)\n  right::case/hello: 400 ms before, 901 ms now\n"));
}

#[test]
fn other_octets_that_pass_too_and_other_failures_are_said_and_not_worse() {
    let project = project();
    edit(&project, |report| {
        let passed = trial(report, "right", "case/hello");
        for side in ["expected", "captured"] {
            passed[side][0]["length"] = 6.into();
            passed[side][0]["sha256"] = "5891b5b522d5df08".into();
        }
        trial(report, "one-octet-changed", "case/hello")["verdict"] = "crashed".into();
    });
    diff(&project, &[]).code(0).stdout(
        contains("changed bytes (1)\n  right::case/hello: 5 octets 2cf24dba before, 6 octets 5891b5b5 now\n")
            .and(contains("fails otherwise (1)\n  one-octet-changed::case/hello: differs before, crashed now")),
    );
}

#[test]
fn octets_under_a_mask_may_change() {
    let project = project();
    edit(&project, |report| trial(report, "right", "case/hello")["captured"][0]["sha256"] = "00".into());
    diff(&project, &[]).code(0).stdout("4 trials unchanged\n");
}

#[test]
fn other_programs_and_pull_requests_are_told_the_same() {
    let project = project();
    edit(&project, |report| {
        keep(report, |trial| trial["client"] != "right");
        trial(report, "one-octet-changed", "case/hello")["name"] = "a`b|<script>@you".into();
    });
    let json = diff(&project, &["--format", "json"]).code(1);
    let json: Value = serde_json::from_slice(&json.get_output().stdout).expect("JSON");
    assert_eq!((&json["worse"], &json["unchanged"]), (&true.into(), &1.into()));
    assert_eq!(json["changes"][0]["kind"], "newly-failing");
    let markdown = diff(&project, &["--format", "markdown"]).code(1);
    markdown.stdout(
        contains("## ❌ Samewire: worse: ")
            .and(contains("\n**lost coverage** (3)\n\n- <code>"))
            .and(contains("<code>a&#96;b&#124;&#60;script&#62;&#64;you</code>"))
            .and(contains("<script>").not()),
    );
}

#[test]
fn a_report_that_cannot_be_read_is_unusable() {
    let project = project();
    project.samewire(&["diff", "old", "nowhere"]).assert().code(2).stdout("").stderr(contains("nowhere"));
}

#[test]
fn problems_beside_the_trials_count() {
    let project = project();
    edit(&project, |report| report["problems"] = vec!["a known failure is of no trial"].into());
    diff(&project, &[])
        .code(1)
        .stdout(contains("newly failing (1)\n  a known failure is of no trial: not there before, a problem now"));
    project.samewire(&["diff", "new", "old"]).assert().code(0).stdout(contains("mended (1)\n  a known failure is of no trial"));
}

#[test]
fn a_client_that_is_missing_now_is_no_new_coverage() {
    let project = project();
    let missing = |report: &mut Value, client: &str| {
        for trial in report["trials"].as_array_mut().expect("trials").iter_mut().filter(|trial| trial["client"] == client) {
            trial["verdict"] = "missing".into();
        }
    };
    // It came with no toolchain.
    edit(&project, |report| keep(report, |trial| trial["client"] != "right"));
    std::fs::rename(project.path("new"), project.path("before")).expect("a folder");
    edit(&project, |report| missing(report, "right"));
    let new = project.samewire(&["diff", "before", "new"]).assert().code(0);
    new.stdout(contains("new and not run (2)\n  right: the client, with 2 trials\n").and(contains("new coverage").not()));
    // It was unsupported or known to fail, which is run all the same.
    edit(&project, |report| trial(report, "right", "case/hello")["verdict"] = "known-failure".into());
    std::fs::rename(project.path("new"), project.path("known")).expect("a folder");
    edit(&project, |report| missing(report, "right"));
    project.samewire(&["diff", "known", "new"]).assert().code(1).stdout(contains("newly skipped (2)"));
}

#[test]
fn a_trial_is_counted_once() {
    let project = project();
    edit(&project, |report| keep(report, |trial| trial["client"] != "one-octet-changed"));
    let new = project.samewire(&["diff", "new", "old"]).assert().code(1);
    new.stdout(contains("worse: 2 newly failing, 2 trials unchanged"));
}
