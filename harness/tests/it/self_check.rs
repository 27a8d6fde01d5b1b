//! What the wire suite is worth: every wrong sender is caught, and named for what it does.

use std::collections::BTreeSet;
use std::time::Duration;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;

use super::support::Project;

/// Far longer than all wrong senders take.
const PATIENCE: Duration = Duration::from_secs(600);

/// The verdicts that are signs of their own; every other sign is the name of a diagnosis.
const VERDICTS: [&str; 7] = ["crashed", "timed-out", "differs", "wrong-ending", "out-of-turn", "wrong-output", "unexpected-pass"];

#[track_caller]
fn list<'a>(value: &'a Value, of: &str) -> &'a [Value] {
    value[of].as_array().unwrap_or_else(|| panic!("no {of} in {value}"))
}

#[test]
fn every_wrong_sender_is_caught_and_named_and_the_right_one_is_not() {
    let project = Project::new();
    let run = project.samewire(&["self-check", "--messages", "1", "--format", "json"]).timeout(PATIENCE).output().expect("a run");
    let matrix: Value = serde_json::from_slice(&run.stdout).expect("JSON");
    let faults: Vec<&Value> = list(&matrix, "faults").iter().collect();
    let problems: Vec<&&Value> = faults.iter().filter(|fault| !fault["problem"].is_null()).collect();
    assert!(problems.is_empty(), "{problems:#?}");
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    assert!(faults.len() > 120, "only {} faults", faults.len());
    for fault in faults {
        match fault["fault"] == "right" {
            true => assert_right(fault),
            false => assert_caught(fault),
        }
    }
}

#[track_caller]
fn assert_right(sender: &Value) {
    assert!(list(sender, "trials").len() > 140, "it is run on every case");
    for trial in list(sender, "trials") {
        assert_eq!(trial["verdict"], "passed", "{trial}");
        assert_eq!(list(trial, "diagnoses").len(), 0, "{trial}");
    }
}

#[track_caller]
fn assert_caught(fault: &Value) {
    let (name, sign) = (&fault["fault"], &fault["sign"]);
    let caught: Vec<&Value> = list(fault, "trials").iter().filter(|trial| trial["verdict"] != "passed").collect();
    assert!(!caught.is_empty(), "{name} survives");
    if VERDICTS.iter().any(|verdict| sign == verdict) {
        return;
    }
    let told: Vec<&[Value]> = caught.iter().map(|trial| list(trial, "diagnoses")).filter(|names| !names.is_empty()).collect();
    let named = told.iter().filter(|names| names[0] == *sign).count();
    assert!(named * 10 >= told.len() * 9 && named > 0, "{name} is called {sign} first in {named} of {} cases", told.len());
}

#[test]
fn the_matrix_fits_a_terminal_and_says_what_was_run() {
    let project = Project::new();
    let faults = ["--fault", "silent*", "--fault", "unicode-line-ends", "--fault", "length-and-text"];
    let run = project.samewire(&[&["self-check"][..], &faults].concat()).assert().code(0);
    let text = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(text.contains("\n3 senders, ") && text.contains(" (at most 20 a fault): each caught and named\n"), "{text}");
}

#[test]
fn a_selection_takes_faults_and_cases() {
    let project = Project::new();
    let run = project.samewire(&["self-check", "--fault", "nf*", "--case", "text/decomposed", "--format", "json"]).assert();
    let matrix: Value = serde_json::from_slice(&run.get_output().stdout).expect("JSON");
    let names: BTreeSet<&str> = list(&matrix, "faults").iter().filter_map(|fault| fault["fault"].as_str()).collect();
    assert_eq!(names, BTreeSet::from(["nfc", "nfkc"]));
    assert!(list(&matrix, "faults").iter().all(|fault| list(fault, "trials").len() == 1));
}

#[test]
fn nothing_selected_is_no_success() {
    let project = Project::new();
    project
        .samewire(&["self-check", "--fault", "nan-sign", "--case", "text/*"])
        .assert()
        .code(1)
        .stdout(contains("no sender was run"));
    project.samewire(&["self-check", "--fault", "no-such-*"]).assert().code(2).stderr(contains("no fault matches"));
}

#[test]
fn a_fault_is_no_command_for_people() {
    let project = Project::new();
    project.samewire(&["--help"]).assert().code(0).stdout(contains("  self-check").and(contains("  sender").not()));
    project.samewire(&["sender", "no-such-fault", "::1", "1", "plan"]).assert().code(2).stderr(contains("there is no fault"));
}

#[test]
fn faults_in_messages_without_a_plan_are_named_and_hardly_taken_for_others() {
    let project = Project::new();
    let arguments = ["self-check", "--without-plan", "--messages", "3", "--format", "json"];
    let run = project.samewire(&arguments).timeout(PATIENCE).output().expect("a run");
    let found: Value = serde_json::from_slice(&run.stdout).expect("JSON");
    let found = &found["without_plan"];
    let faults = list(found, "faults");
    assert!(faults.len() > 110, "only {} faults", faults.len());
    for fault in faults {
        let count = |of: &str| fault[of].as_u64().expect("a count");
        let missed = count("tried") - count("right");
        assert!(missed * 10 <= count("tried").max(10) * (10 - count("floor")) && count("tried") >= 3, "{fault:#}");
        assert_eq!(count("right") + count("wrong") + count("open"), list(fault, "trials").len() as u64);
    }
    let unrelated = faults.iter().find(|fault| fault["fault"] == "another-value").expect("a row of its own");
    let (tried, invented) = (list(unrelated, "trials").len(), unrelated["wrong"].as_u64().expect("a count"));
    assert!(tried >= 120 && invented * 100 <= tried as u64, "causes are named where there are none: {unrelated:#}");
    let (all, wrong) = (found["tried"].as_u64().expect("a count"), found["wrong"].as_u64().expect("a count"));
    let faulty = all - tried as u64;
    assert!(wrong * 100 <= faulty * 10, "{wrong} of {faulty} have a cause named that is none");
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn what_is_said_without_a_plan_fits_a_terminal_and_starts_no_client() {
    let project = Project::new();
    let run = project.samewire(&["self-check", "--without-plan", "--fault", "utf-16*", "--messages", "2"]).assert();
    let text = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(text.starts_with("without a plan") && text.contains("utf-16le-bom"), "{text}");
    assert!(text.contains("8 messages without a plan: right "), "{text}");
    project.samewire(&["self-check", "--without-plan", "--fault", "never-connects"]).assert().code(1);
}
