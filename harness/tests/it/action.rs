//! action.yml: its steps, taken as GitHub's runner takes them, with this build in place of what it would install.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::steps::{Machine, Step, root};
use super::support::{HELLO, Project, SAMEWIRE, THREE, is_left_out};

#[derive(Deserialize)]
struct Action {
    inputs: BTreeMap<String, Input>,
    outputs: BTreeMap<String, Output>,
    runs: Runs,
}

#[derive(Deserialize)]
struct Input {
    description: String,
    default: String,
}

#[derive(Deserialize)]
struct Output {
    value: String,
}

#[derive(Deserialize)]
struct Runs {
    using: String,
    steps: Vec<Step>,
}

fn action() -> Action {
    let text = fs::read_to_string(root().join("action.yml")).expect("action.yml");
    serde_saphyr::from_str(&text).expect("an action")
}

/// Takes the steps of the action in this project, with these inputs.
#[track_caller]
fn taken(project: &Project, inputs: &[(&str, &str)]) -> Machine {
    let (mut machine, action) = (Machine::new(), action());
    machine.work_in(&project.path(""));
    for (name, input) in &action.inputs {
        machine.set(&format!("inputs.{name}"), &input.default);
    }
    for (name, value) in inputs {
        assert!(action.inputs.contains_key(*name), "there is no input {name}");
        machine.set(&format!("inputs.{name}"), value);
    }
    machine.take(&action.runs.steps, "");
    for (name, output) in &action.outputs {
        let value = machine.filled(&output.value);
        machine.set(name, &value);
    }
    machine
}

/// A project with a sender that is right, and cases.
fn project() -> Project {
    let project = Project::new();
    project.sender("right", "cases = ['case/*']").cases(&format!("{HELLO}{THREE}"));
    project.write("samewire.toml", "suites = ['suite']\n");
    project
}

/// The artifact that was uploaded: its name, and its folder.
fn artifact(machine: &Machine) -> Option<(&str, &Path)> {
    let upload = machine.used.iter().find(|step| step.uses.starts_with("actions/upload-artifact@"))?;
    Some((&upload.with["name"], Path::new(&upload.with["path"])))
}

#[test]
fn a_suite_that_passes_is_a_step_that_does() {
    let project = project();
    let machine = taken(&project, &[]);
    assert_eq!((machine.failed, machine.value("status")), (None, "0"), "{}", machine.log);
    let summary = machine.read("summary");
    assert!(summary.contains("✅ Samewire: "), "{summary}");
    let (name, folder) = artifact(&machine).expect("an artifact");
    assert_eq!((name, folder.to_str()), ("samewire-report", Some(machine.value("report"))));
    assert!(folder.join("report.html").is_file() && folder.join("captures/right/case/hello.jsonl").is_file());
    assert!(!project.path("samewire-report").exists(), "the workspace is left as it was");
}

#[test]
fn a_suite_that_fails_is_a_step_that_does_and_its_report_is_kept() {
    let project = project();
    project.sender("one-octet-changed", "cases = ['case/*']");
    let machine = taken(&project, &[("clients", "one-octet-changed")]);
    assert_eq!((machine.failed, machine.value("status")), (Some(1), "1"), "{}", machine.log);
    assert!(machine.read("summary").contains("❌ Samewire: ") && machine.log.contains("\n::error "), "{}", machine.log);
    assert!(artifact(&machine).is_some_and(|(_, folder)| folder.join("report.json").is_file()));
    let machine = taken(&project, &[("clients", "right, one-octet-changed"), ("cases", "case/*\n!case/*\n"), ("artifact", "")]);
    assert_eq!(machine.failed, Some(1), "nothing was run: {}", machine.log);
    assert!(artifact(&machine).is_none() && !machine.value("report").is_empty());
}

#[test]
fn shards_are_parts_of_one_report() {
    let project = project();
    let parts = ["1/2", "2/2"].map(|shard| taken(&project, &[("shard", shard)]));
    let names = parts.each_ref().map(|part| artifact(part).expect("an artifact").0);
    assert_eq!(names, ["samewire-report-1-of-2", "samewire-report-2-of-2"]);
    let mut merge = assert_cmd::Command::new(SAMEWIRE);
    merge.arg("merge").args(parts.each_ref().map(|part| part.value("report"))).arg("--out").arg(project.path("all"));
    let planned = merge.assert().code(0).stdout(predicates::str::contains(" in 2 runs")).get_output().stdout.clone();
    assert!(String::from_utf8_lossy(&planned).contains("passed"));
}

#[test]
fn what_is_required_and_missing_fails() {
    let project = project();
    project.client("absent", "run = ['no-such-program', '{plan}']\ncases = ['case/*']", "needs = ['no-such-program']");
    for (require, status) in [("all", "1"), ("absent", "1"), ("right", "0"), ("", "0")] {
        let machine = taken(&project, &[("require", require)]);
        assert_eq!(machine.value("status"), status, "{require:?}: {}", machine.log);
    }
}

#[test]
fn inputs_command_no_shell_and_no_runner() {
    let project = project();
    let hostile = "x\";touch pwned;$(touch pwned)`touch pwned`\n' && touch pwned";
    for name in action().inputs.keys().filter(|name| *name != "working-directory" && *name != "networks") {
        let machine = taken(&project, &[(name, hostile)]);
        assert!(machine.failed.is_some(), "{name}: {}", machine.log);
        assert!(!project.path("pwned").exists(), "{name}");
    }
    let machine = taken(&project, &[("artifact", "x\nreport=/etc")]);
    assert_eq!((machine.failed, artifact(&machine).is_none(), machine.value("report")), (Some(2), true, ""));
    let machine = taken(&project, &[("version", "1\nroot=/etc")]);
    assert_eq!((machine.failed, machine.value("steps.wanted.outputs.root")), (Some(2), ""));
    for step in action().runs.steps {
        assert!(!step.run.contains("${{"), "an expression is part of a script: {}", step.run);
    }
}

#[test]
fn what_could_not_run_is_said_and_leaves_no_artifact() {
    let project = project();
    project.write("broken/samewire.toml", "clients = 1\n");
    let machine = taken(&project, &[("working-directory", "broken")]);
    assert_eq!((machine.failed, machine.value("status"), machine.value("report")), (Some(2), "2", ""), "{}", machine.log);
    assert!(machine.read("summary").contains("could not run") && artifact(&machine).is_none());
}

#[test]
fn what_redact_hides_is_in_no_artifact() {
    let project = project();
    project.sender("one-octet-changed", "cases = ['case/*']");
    project.write("suite/suite.toml", "redact = ['hel+']\n");
    let machine = taken(&project, &[("args", "--keep\nall")]);
    assert_eq!(machine.value("status"), "1", "{}", machine.log);
    let (_, folder) = artifact(&machine).expect("an artifact");
    let mut files: Vec<String> = Vec::new();
    for entry in fs::read_dir(folder).expect("the report") {
        files.push(entry.expect("an entry").file_name().to_string_lossy().into_owned());
    }
    files.sort();
    assert_eq!(files, [".samewire.lock", "junit.xml", "report.html", "report.json"]);
    let report = fs::read_to_string(folder.join("report.json")).expect("a report");
    assert!(!report.contains("kept beside it") && report.contains("\"redacted\""), "{report}");
}

#[test]
fn what_is_installed_is_the_action_s_own_or_a_version() {
    let project = project();
    let machine = taken(&project, &[]);
    let asked = machine.read("cargo-log");
    assert!(asked.contains("install --locked") && asked.contains(&format!("--path {}/harness", root().display())), "{asked}");
    assert!(root().join("harness/Cargo.toml").is_file());
    let cache = machine.used.iter().find(|step| step.uses.starts_with("actions/cache@")).expect("a cache");
    let (_, digest) = cache.with["key"].rsplit_once('-').expect("a digest");
    assert!(digest.len() == 32 && digest.bytes().all(|octet| octet.is_ascii_hexdigit()), "{digest}");
    let machine = taken(&project, &[("version", "0.1.0")]);
    assert!(machine.read("cargo-log").ends_with("--version 0.1.0 samewire\n"), "{}", machine.read("cargo-log"));
}

#[test]
fn every_input_is_described_and_used() {
    let text = fs::read_to_string(root().join("action.yml")).expect("action.yml");
    let action = action();
    assert_eq!(action.runs.using, "composite");
    for (name, input) in &action.inputs {
        assert!(input.description.ends_with('.'), "{name}: {}", input.description);
        assert!(text.contains(&format!("inputs.{name}")), "{name} is not used");
    }
    let used: BTreeSet<&str> = text.split("inputs.").skip(1).filter_map(|text| text.split([' ', ')']).next()).collect();
    assert!(used.iter().all(|name| action.inputs.contains_key(*name)), "{used:?}");
}

#[test]
fn its_scripts_are_sound() {
    if which::which("shellcheck").is_err() && is_left_out("shellcheck is not on PATH") {
        return;
    }
    for step in action().runs.steps.iter().filter(|step| !step.run.is_empty()) {
        assert_eq!(step.shell, "bash");
        let mut check = Command::new("shellcheck").args(["--shell=bash", "-"]).stdin(Stdio::piped()).spawn().expect("shellcheck");
        check.stdin.take().expect("stdin").write_all(format!("set -eo pipefail\n{}", step.run).as_bytes()).expect("its script");
        assert!(check.wait().expect("its end").success(), "{}", step.run);
    }
}
