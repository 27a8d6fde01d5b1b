//! The folder of a report: one run at a time writes it, what is not ours stays, and an earlier report stays until a new one is whole.

use std::fs;

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

use super::support::{HELLO, Project, SAMEWIRE, THREE};

#[track_caller]
fn project() -> Project {
    let project = Project::new();
    project.sender("right", "").sender("one-octet-changed", "").cases(&format!("{HELLO}{THREE}"));
    project
}

#[track_caller]
fn read(project: &Project, path: &str) -> String {
    fs::read_to_string(project.path(path)).unwrap_or_else(|error| panic!("read {path}: {error}"))
}

/// A client that goes wrong only while a file `wrong` is in the project.
#[cfg(unix)]
#[track_caller]
fn wrong_at_times(project: &Project, more: &str) {
    let script = format!(
        "if {more} [ -e ../../wrong ]; then fault=one-octet-changed; else fault=right; fi; exec '{SAMEWIRE}' sender $fault \"$@\""
    );
    let run = format!("run = ['sh', '-c', '''{script}''', 'sh', '{{host}}', '{{port}}', '{{plan}}']");
    project.client("at-times", &run, "");
}

#[cfg(unix)]
#[test]
fn one_run_at_a_time_writes_it_and_the_other_is_told_who_does() {
    use super::launch::Run;
    use super::support::{Witness, assert_gone};
    let witness = Witness::new();
    let run = Run::of("connects-and-stays", &witness.env());
    let mut client = witness.accept();
    let refused = contains("samewire-report is being written by process").and(contains("--out"));
    run.project().run(&[]).assert().code(2).stdout("").stderr(refused);
    run.signal(rustix::process::Signal::INT);
    let run = run.finish();
    assert_gone(&mut client);
    // The lock goes with the process, and the next one finds what the first has left.
    run.project.run(&["--case", "!*"]).assert().code(1);
}

#[test]
fn a_report_of_another_tool_is_left_as_it_is() {
    let project = project();
    project.write("samewire-report/report.json", r#"{"format": 1, "tests": []}"#);
    project.write("samewire-report/captures/screen.png", "years of work");
    project.run(&[]).assert().code(2).stdout("").stderr(contains("neither empty nor an earlier report"));
    assert_eq!(read(&project, "samewire-report/report.json"), r#"{"format": 1, "tests": []}"#);
    assert_eq!(read(&project, "samewire-report/captures/screen.png"), "years of work");
    assert_eq!(fs::read_dir(project.path("samewire-report")).expect("a folder").count(), 2, "nothing is added");
}

#[cfg(unix)]
#[test]
fn folders_of_a_report_that_lead_elsewhere_are_not_followed() {
    for ours in ["captures", "unfinished"] {
        let project = project();
        project.run(&[]).assert().code(1);
        let folder = project.path("samewire-report").join(ours);
        drop(fs::remove_dir_all(&folder));
        fs::create_dir(project.path("elsewhere")).expect("a folder");
        std::os::unix::fs::symlink(project.path("elsewhere"), &folder).expect("a link");
        project.run(&[]).assert().code(2).stdout("").stderr(contains(format!("{ours} is a link, and was left as it is")));
        assert_eq!(fs::read_dir(project.path("elsewhere")).expect("a folder").count(), 0, "nothing is written there");
    }
}

#[test]
fn what_others_put_beside_a_report_stays() {
    let project = project();
    project.run(&[]).assert().code(1);
    assert!(project.path("samewire-report/captures/right/case/three.jsonl").is_file());
    for foreign in ["captures/notes.txt", "captures/right/case/theirs.jsonl", "captures/right/case/hello.png"] {
        project.write(&format!("samewire-report/{foreign}"), "years of work");
    }
    project.run(&["--case", "!case/three"]).assert().code(1);
    assert!(!project.path("samewire-report/captures/right/case/three.jsonl").exists(), "of the earlier report");
    assert!(project.path("samewire-report/captures/right/case/hello.jsonl").is_file());
    for foreign in ["captures/notes.txt", "captures/right/case/theirs.jsonl", "captures/right/case/hello.png"] {
        assert_eq!(read(&project, &format!("samewire-report/{foreign}")), "years of work");
    }
    project.write("samewire-report/junit.xml", "<testsuites name='theirs'/>");
    project.run(&[]).assert().code(2).stderr(contains("junit.xml was not made by samewire"));
    assert_eq!(read(&project, "samewire-report/junit.xml"), "<testsuites name='theirs'/>");
}

#[cfg(unix)]
#[test]
fn an_earlier_report_stays_where_a_new_one_cannot_be_written_and_what_was_found_is_told() {
    let project = project();
    project.run(&[]).assert().code(1);
    let files = ["report.json", "report.html", "junit.xml", "captures/right/case/three.jsonl"];
    let before = files.map(|file| read(&project, &format!("samewire-report/{file}")));
    // Files of 4 KiB at the most: a capture fits and the report does not.
    let limited = "trap '' XFSZ; ulimit -f 8; exec \"$@\"";
    let run = ["-c", limited, "sh", SAMEWIRE, "run", "--suite", "suite", "--profile", "default", "--case", "case/*"];
    let mut command = assert_cmd::Command::new("/bin/sh");
    command.args(run).args(["--out", "samewire-report"]).current_dir(project.path("")).env_remove("SAMEWIRE_REQUIRE");
    let said = contains("the report was not written: cannot ").and(contains("report.json"));
    command.assert().code(2).stdout(contains("4 trials: 2 passed, 2 differs")).stderr(said);
    assert_eq!(files.map(|file| read(&project, &format!("samewire-report/{file}"))), before);
    project.run(&[]).assert().code(1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_is_no_utf_8_loses_nothing() {
    use std::os::unix::ffi::OsStrExt;
    let odd = std::ffi::OsStr::from_bytes(b"odd-\xff");
    let project = project();
    fs::rename(project.path("clients"), project.path("").join(odd)).expect("a folder");
    project.run(&["--format", "json", "--clients"]).arg(odd).assert().code(1);
    let report = project.report();
    assert_eq!(report["trials"].as_array().map(Vec::len), Some(4));
    assert_eq!(report["clients"][0]["folder"], "odd-\u{fffd}/one-octet-changed");
    let mut elsewhere = project.samewire(&["run", "--suite", "suite", "--case", "case/hello", "--clients"]);
    elsewhere.arg(odd).args(["--format", "json", "--out"]).arg(odd).assert().code(2);
    let out = std::ffi::OsStr::from_bytes(b"out-\xff");
    let mut elsewhere = project.samewire(&["run", "--suite", "suite", "--case", "case/hello", "--clients"]);
    elsewhere.arg(odd).args(["--format", "json", "--out"]).arg(out).assert().code(1).stdout(contains("run-finished"));
    assert!(project.path("").join(out).join("report.json").is_file());
}

/// A name of 300 letters is one that no file system takes.
#[test]
fn a_trial_that_cannot_be_recorded_takes_no_other_down() {
    let project = project();
    project.cases(&format!("{HELLO}{}", THREE.replace("\"three\"", &format!("\"{}\"", "x".repeat(300)))));
    let run = project.run(&[]).assert();
    // The name may be refused when it is read, too.
    if run.get_output().status.code() == Some(1) {
        assert_eq!(project.verdict("right", "case/hello"), "passed");
    } else {
        run.code(2);
    }
}

#[test]
fn paths_are_seen_from_the_folder_of_samewire_toml() {
    let project = project();
    project.write("samewire.toml", "clients = 'clients'\nsuites = ['suite']\n");
    project.sender("nothing-sent", "[[known_failure]]\ncase = 'case/helo'\nreason = 'x'\n");
    project.write("clients/broken/client.toml", "about = 1");
    project.write("inner/README", "");
    let mut run = project.samewire(&["run", "--profile", "default", "--out", "../samewire-report"]);
    run.current_dir(project.path("inner")).assert().code(1);
    let here = project.path("").display().to_string();
    for view in ["report.json", "report.html", "junit.xml"] {
        let text = read(&project, &format!("samewire-report/{view}"));
        assert!(!text.contains(here.trim_end_matches('/')), "{view}");
    }
    let report = project.report();
    let client = report["clients"].as_array().expect("clients").iter().find(|client| client["name"] == "right");
    assert_eq!(client.expect("a client")["source"], "clients/right/client.toml");
    let case = report["cases"].as_array().expect("cases").iter().find(|case| case["name"] == "case/hello");
    assert_eq!(case.expect("a case")["file"], "suite/case.toml");
    let problem = report["problems"][0].as_str().expect("a problem");
    assert!(problem.starts_with("clients/nothing-sent/client.toml:"), "{problem}");
    let broken = project.trial("broken", "case/hello")["problem"].as_str().expect("a problem").to_owned();
    assert!(broken.starts_with("clients/broken/client.toml"), "{broken}");
    // GitHub sees them from the root of the repository, wherever samewire.toml is in it.
    let mut report = project.samewire(&["report", "--format", "annotations", "../samewire-report"]);
    let parent = project.path("").parent().expect("a parent").to_owned();
    let name = project.path("").file_name().expect("a name").to_string_lossy().into_owned();
    report.current_dir(project.path("inner")).env("GITHUB_WORKSPACE", parent);
    report.assert().code(0).stdout(contains(format!("file={name}/suite/case.toml,")));
}

#[cfg(unix)]
#[test]
fn the_worst_of_several_attempts_is_told_with_its_own_capture() {
    for worst_first in [true, false] {
        let project = Project::new();
        let turn = if worst_first { "mkdir ../../once 2>/dev/null ||" } else { "! mkdir ../../once 2>/dev/null ||" };
        wrong_at_times(&project, turn);
        project.cases(HELLO).run(&["--repeat", "2", "--jobs", "1"]).assert().code(1).stdout(contains("1 flaky"));
        let trial = project.trial("at-times", "case/hello");
        let capture = read(&project, &format!("samewire-report/{}", trial["capture"].as_str().expect("a capture")));
        let data = capture.lines().map(|line| serde_json::from_str::<Value>(line).expect("an event"));
        let data: Vec<Value> = data.filter(|event| event["event"] == "data").collect();
        assert_eq!(trial["captured"][0]["base64"], data[0]["base64"], "worst first: {worst_first}");
        assert_ne!(trial["captured"][0]["base64"], trial["expected"][0]["base64"]);
        let folder = project.path("samewire-report/captures/at-times/case");
        assert_eq!(fs::read_dir(folder).expect("a folder").count(), 1, "one capture is left");
    }
}

#[cfg(unix)]
#[test]
fn what_failed_the_last_time_can_be_run_alone_and_runs_first() {
    let project = Project::new();
    project.sender("right", "");
    wrong_at_times(&project, "");
    project.cases(&format!("{HELLO}{THREE}")).run(&["--failed"]).assert().code(2).stderr(contains("no earlier report"));
    project.write("wrong", "");
    project.run(&["--jobs", "1"]).assert().code(1).stdout(contains("4 trials: 2 passed, 2 differs"));
    let events = project.run(&["--jobs", "1", "--format", "json"]).assert().code(1);
    let text = String::from_utf8(events.get_output().stdout.clone()).expect("UTF-8");
    let events = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let begun: Vec<String> = events.filter_map(|event| event["name"].as_str().map(str::to_owned)).collect();
    assert_eq!(begun, ["at-times::case/hello", "at-times::case/three", "right::case/hello", "right::case/three"]);
    let names =
        |report: &Value| report["trials"].as_array().expect("trials").iter().map(|t| t["name"].clone()).collect::<Vec<_>>();
    assert_eq!(names(&project.report())[1], "right::case/hello", "the report has them case by case");
    fs::remove_file(project.path("wrong")).expect("a file");
    project.run(&["--failed"]).assert().code(0).stdout(contains("2 trials: 2 passed"));
    project.run(&["--failed"]).assert().code(0).stdout("").stderr(contains("nothing that is selected failed last time"));
}

/// The full report stays whole, and what failed in it is known until it has been run again.
#[cfg(unix)]
#[test]
fn what_is_run_again_leaves_the_full_report_alone() {
    let project = Project::new();
    project.sender("right", "");
    wrong_at_times(&project, "");
    project.cases(&format!("{HELLO}{THREE}")).write("wrong", "");
    let failed = |more: &[&str]| project.run_all(&["--failed"]).args(more).assert();
    failed(&[]).code(2).stderr(contains("no earlier report in samewire-report;"));
    let full = "samewire-report/report.json";
    project.run(&[]).assert().code(1).stdout(contains("4 trials: 2 passed, 2 differs"));
    let before = read(&project, full);
    failed(&["--case", "case/hello"]).code(1).stdout(contains("1 trial: 1 differs"));
    failed(&[]).code(1).stdout(contains("2 trials: 2 differs"));
    fs::remove_file(project.path("wrong")).expect("a file");
    failed(&["--case", "case/three"]).code(0).stdout(contains("1 trial: 1 passed"));
    failed(&[]).code(0).stdout(contains("1 trial: 1 passed"));
    assert_eq!(read(&project, full), before, "it is as it was");
    assert!(project.path("samewire-report/last-selection/report.json").is_file());
}
