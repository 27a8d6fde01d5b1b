//! `samewire run --wait`: a person starts the client, and it is judged as any other.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use predicates::str::contains;

use super::support::{HELLO, PATIENCE, Project, SAMEWIRE, THREE};

/// A run that waits, and the command that it told.
struct Waiting {
    run: Child,
    command: String,
}

impl Waiting {
    #[track_caller]
    fn begin(project: &Project, arguments: &[&str]) -> Self {
        let mut run = Command::new(SAMEWIRE)
            .args(["run", "--suite", "suite", "--wait", "--out", "samewire-report"])
            .args(["--timeout", &PATIENCE.as_secs().to_string()])
            .args(arguments)
            .current_dir(project.path("."))
            .env("SAMEWIRE_CACHE", project.path("cache"))
            .env_remove("GITHUB_ACTIONS")
            .env_remove("GITHUB_STEP_SUMMARY")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("samewire");
        let mut command = String::new();
        let stderr = BufReader::new(run.stderr.take().expect("stderr"));
        for line in stderr.lines().map(|line| line.expect("a line")) {
            if line.starts_with("waiting for ") {
                break;
            }
            if line.starts_with("cd ") || !command.is_empty() {
                command += &format!("{line}\n");
            }
        }
        Self { run, command }
    }

    /// What it says in the end, and its status.
    #[track_caller]
    fn end(mut self) -> (String, Option<i32>) {
        let mut text = String::new();
        self.run.stdout.take().expect("stdout").read_to_string(&mut text).expect("text");
        (text, self.run.wait().expect("an end").code())
    }
}

#[track_caller]
fn project(fault: &str) -> Project {
    let project = Project::new();
    project.sender(fault, "env = { ODD = \"it's \\\"$HOME\\\" \\u001b[2J\" }").cases(&format!("{HELLO}{THREE}"));
    project
}

#[test]
fn the_command_that_is_told_is_the_trial() {
    let project = project("right");
    let waiting = Waiting::begin(&project, &["--case", "case/three"]);
    assert!(!waiting.command.contains('\u{1b}'), "{}", waiting.command);
    assert!(Command::new("bash").args(["-c", &waiting.command]).status().expect("bash").success(), "{}", waiting.command);
    let (text, status) = waiting.end();
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("1 trial: 1 passed"), "{text}");
    assert_eq!(project.trial("right", "case/three")["exit"], "unknown");
}

#[test]
fn what_is_wrong_is_explained_and_that_the_end_is_unknown() {
    let project = project("one-octet-changed");
    let waiting = Waiting::begin(&project, &["--case", "case/hello", "--profile", "default"]);
    Command::new("bash").args(["-c", &waiting.command]).status().expect("bash");
    let (text, status) = waiting.end();
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains("first difference at offset 4") && text.contains("it was started by hand"), "{text}");
}

#[test]
fn a_signal_ends_the_wait_and_what_came_is_judged() {
    let project = project("right");
    let waiting = Waiting::begin(&project, &["--case", "case/hello"]);
    Command::new("kill").args(["-INT", &waiting.run.id().to_string()]).status().expect("kill");
    let (text, status) = waiting.end();
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains("the client never connected"), "{text}");
}

#[test]
fn it_may_have_a_time_limit() {
    let project = project("right");
    let only = ["--case", "case/hello", "--out", "samewire-report", "--wait", "--timeout", "0"];
    project.run_all(&only).assert().code(1).stdout(contains("the client's time was up"));
    assert_eq!(project.verdict("right", "case/hello"), "timed-out");
}

#[test]
fn it_is_for_one_trial() {
    let project = project("right");
    let refused = |arguments: &[&str], why: &str| {
        project.run_all(arguments).arg("--wait").assert().code(2).stderr(contains(why.to_owned()));
    };
    refused(&["--case", "case/*"], "--wait is for one trial, and 2 are selected; name it with --client");
    refused(&["--case", "nothing/*"], "and 0 are selected");
    refused(&["--repeat", "2"], "cannot be used with");
}
