//! What a run prints while it goes on: for people, quietly or in detail, and for other programs.

use predicates::prelude::*;
use predicates::str::{contains, ends_with, starts_with};
use serde_json::Value;

use super::support::{HELLO, Project, SAMEWIRE, THREE};

#[track_caller]
fn project() -> Project {
    let project = Project::new();
    project.sender("right", "").sender("one-octet-changed", "").cases(&format!("{HELLO}{THREE}"));
    project
}

#[test]
fn failures_are_told_as_they_happen() {
    let failed = "\ndiffers one-octet-changed::case/hello: ";
    project()
        .run(&[])
        .assert()
        .code(1)
        .stderr(starts_with("making 2 clients ready\nrunning 4 trials\n").and(contains(failed)).and(contains("passed").not()));
}

#[test]
fn a_quiet_run_prints_failures_and_the_outcome_alone() {
    let project = project();
    let one = ["--quiet", "--client", "right"];
    project.run(&one).assert().code(0).stderr("").stdout(starts_with("2 trials: 2 passed in "));
    project
        .run(&["-q"])
        .assert()
        .code(1)
        .stderr("")
        .stdout(starts_with("differs one-octet-changed::case/hello\n  ").and(contains("\n4 trials: 2 passed, 2 differs in ")));
}

#[test]
fn a_verbose_run_prints_how_clients_are_started_and_each_trial() {
    project().run(&["--verbose"]).assert().code(1).stderr(
        contains("ready right (samewire ")
            .and(contains(" right {host} {port} {plan}\n"))
            .and(contains("passed right::case/hello ("))
            .and(contains("differs one-octet-changed::case/three: ")),
    );
}

#[test]
fn other_programs_are_told_events() {
    let project = project();
    let output = project.run(&["--format", "json"]).assert().code(1).stderr("");
    let text = String::from_utf8(output.get_output().stdout.clone()).expect("UTF-8");
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let count = |event: &str| events.iter().filter(|line| line["event"] == event).count();
    assert_eq!((count("trial-started"), count("trial-finished"), events.len()), (4, 4, 11));
    assert_eq!((&events[0]["event"], &events[0]["format"]), (&"run-started".into(), &2.into()));
    assert_eq!(events[1]["clients"], project.report()["clients"]);
    let last = &events[10];
    assert_eq!((&last["event"], &last["failed"], &last["trials"]), (&"run-finished".into(), &true.into(), &4.into()));
    assert_eq!(last["report"], "samewire-report/report.json");
    let told = events.iter().find(|line| line["trial"]["name"] == "right::case/hello").expect("a trial");
    assert_eq!(told["trial"], project.trial("right", "case/hello"));
}

#[test]
fn colours_are_left_out_where_they_are_not_wanted() {
    let project = project();
    let coloured = project.run(&[]).env("CLICOLOR_FORCE", "1").env_remove("NO_COLOR").assert().code(1);
    coloured.stdout(contains("\u{1b}[")).stderr(contains("\u{1b}["));
    let plain = project.run(&[]).env("NO_COLOR", "1").env_remove("CLICOLOR_FORCE").assert().code(1);
    plain.stdout(contains("\u{1b}").not()).stderr(contains("\u{1b}").not());
}

#[test]
fn shells_and_man_are_told_of_every_command() {
    let told = |arguments: &[&str]| {
        let output = assert_cmd::Command::new(SAMEWIRE).args(arguments).assert().code(0).stderr("");
        String::from_utf8(output.get_output().stdout.clone()).expect("UTF-8")
    };
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = told(&["completions", shell]);
        assert!(
            ["merge", "diff", "schema", "--shard"].iter().all(|word| script.contains(word.trim_start_matches('-'))),
            "{shell}"
        );
    }
    let man = told(&["man"]);
    for page in ["samewire", "samewire-run", "samewire-merge"] {
        assert!(man.contains(&format!(".TH {page} 1")), "{page}");
    }
    assert!(ends_with("\n").eval(&man));
}

/// `samewire` with a pipe for stdout that the test holds, in the folder of a project.
#[cfg(unix)]
fn piped(project: &Project, arguments: &[&str]) -> std::process::Child {
    let mut command = std::process::Command::new(SAMEWIRE);
    command.args(["run", "--suite", "suite", "--profile", "default", "--case", "case/*", "--out", "samewire-report"]);
    command.args(arguments).current_dir(project.path("")).env_remove("SAMEWIRE_REQUIRE").env_remove("GITHUB_ACTIONS");
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn().expect("a process")
}

/// The status of a process that comes to an end.
#[cfg(unix)]
#[track_caller]
fn ended(mut child: std::process::Child) -> Option<i32> {
    let (send, status) = std::sync::mpsc::channel();
    std::thread::spawn(move || send.send(child.wait().expect("its end").code()));
    status.recv_timeout(super::support::PATIENCE).expect("an end")
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_changes_neither_the_run_nor_its_status() {
    use std::io::{BufRead, BufReader};
    for format in ["json", "text"] {
        let project = project();
        let mut child = piped(&project, &["--format", format]);
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout"));
        stdout.read_line(&mut String::new()).expect("a line");
        drop(stdout);
        assert_eq!(ended(child), Some(1), "{format}");
        assert_eq!(project.report()["counts"], serde_json::json!({ "passed": 2, "differs": 2 }));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_does_not_read_holds_up_events_and_not_the_end() {
    use rustix::process::{Pid, Signal, kill_process};
    let project = Project::new();
    let cases: String = (0..200).map(|i| HELLO.replace("\"hello\"\nabout", &format!("\"hello-{i}\"\nabout"))).collect();
    project.sender("right", "").cases(&cases);
    let mut child = piped(&project, &["--format", "json"]);
    let stdout = child.stdout.take().expect("stdout");
    let until = std::time::Instant::now() + super::support::PATIENCE;
    // A pipe holds 64 KiB unless told otherwise (less where pieces do not fill its pages), and two hundred trials tell more.
    while rustix::io::ioctl_fionread(&stdout).expect("a pipe") < 30_000 {
        assert!(std::time::Instant::now() < until, "the pipe is never full");
        std::thread::yield_now();
    }
    let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("an id");
    kill_process(id, Signal::INT).expect("to signal");
    let told = std::time::Instant::now();
    assert_eq!(ended(child), Some(1));
    assert!(told.elapsed().as_secs() < 20, "it took {:?}", told.elapsed());
    let report = project.report();
    assert_eq!((&report["complete"], report["trials"].as_array().map(Vec::len)), (&false.into(), Some(200)));
    drop(stdout);
}
