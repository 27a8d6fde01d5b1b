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

/// The built-in cases are for many clients; whoever has few need not have one for each.
#[test]
fn a_case_that_each_client_lacks_a_word_of_fails_the_run() {
    let project = Project::new();
    project.sender("right", "lacks = ['connect']").cases(&format!("{HELLO}{THREE}"));
    let said = "no client can do 1 case, each lacks a word of the plan: case/three";
    project.run(&["--case", "!case/three"]).assert().code(0);
    project.run(&[]).assert().code(1).stdout(contains(said));
    project.sender("line-feed-added", "");
    project.run(&["--client", "right"]).assert().stdout(contains(said).not());
    let list = ["run", "--suite", "builtin:wire", "--case", "integers/u8", "--client", "right"];
    project.sender("line-feed-added", "lacks = ['u8']").sender("right", "lacks = ['u8']");
    project.samewire(&list).assert().stdout(contains("remark: no client can do 1 case"));
}

#[test]
fn a_client_that_can_do_no_case_fails_the_run() {
    let project = project("lacks = ['text']");
    project.run(&[]).assert().code(1).stdout(contains("line-feed-added can do none of the cases: see its `lacks`"));
}

#[test]
fn what_lies_in_a_suite_and_is_not_read_is_said() {
    let project = Project::new();
    project.sender("right", "").cases(HELLO);
    for silent in ["README", "notes.md", "LICENSE-MIT", ".editorconfig", ".git/config", "tools/decode"] {
        project.write(&format!("suite/{silent}"), "");
    }
    project.run(&[]).assert().code(0).stdout(contains("remark").not());
    for (file, told) in [
        ("suite/x.tml", "remark: suite/x.tml is not read: the name of a file of cases ends in `.toml`"),
        ("suite/x.TOML", "remark: suite/x.TOML is not read: the name of a file of cases ends in `.toml`"),
        ("suite/more/x.toml", "remark: suite/more is not read: a suite has no folders"),
        ("suite/empty.toml", "remark: suite/empty.toml has no case"),
    ] {
        project.write(file, "");
        project.run(&[]).assert().code(0).stdout(contains(told));
    }
    assert_eq!(project.report()["remarks"].as_array().map(Vec::len), Some(4), "and the report has them");
}

#[test]
fn what_is_remarked_is_said_by_a_list_and_a_recording_too() {
    let project = project("cases = ['other/*']");
    project.write("suite/x.tml", "");
    let remark = "remark: suite/x.tml is not read";
    let problem = "problem line-feed-added is for none of 2 cases";
    project.samewire(&["list", "--suite", "suite"]).assert().code(0).stdout(contains(remark).and(contains(problem)));
    project.write("suite/new.toml", &HELLO.replace("expect = { text = \"hello\" }\n", ""));
    let record = ["run", "--record", "--suite", "suite", "--client", "right"];
    project.samewire(&record).assert().stdout(contains(remark).and(contains("problem").not()));
}

#[test]
fn a_folder_that_is_no_client_is_said() {
    let project = Project::new();
    project.sender("right", "").cases(HELLO);
    for silent in ["_shared/lines.txt", ".cache/x", "bare/folder/x"] {
        project.write(&format!("clients/{silent}"), "");
    }
    project.run(&[]).assert().code(0).stdout(contains("remark").not());
    project.write("clients/ocaml/clients.toml", "");
    project.run(&[]).assert().code(0).stdout(contains("remark: clients/ocaml is not a client: it has no client.toml"));
}
