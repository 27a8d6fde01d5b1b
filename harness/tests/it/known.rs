//! Known failures: an entry excuses one failure, and nothing else.

use predicates::prelude::*;
use predicates::str::contains;

use super::support::{HELLO, Project, SAMEWIRE, THREE};

const HEAD: &str = "[[known_failure]]\nreason = 'not yet'\ncase = ";

fn judged(fault: &str, known: &str) -> Project {
    let project = Project::new();
    project.sender(fault, &format!("{HEAD}{known}")).cases(&format!("{HELLO}{THREE}"));
    project
}

#[test]
fn it_excuses_its_own_case_and_no_other() {
    let project = judged("one-octet-changed", "'case/hello'");
    project.run(&[]).assert().code(1);
    assert_eq!(project.verdict("one-octet-changed", "case/hello"), "known-failure");
    assert_eq!(project.trial("one-octet-changed", "case/hello")["known"], "not yet");
    assert_eq!(project.verdict("one-octet-changed", "case/three"), "differs");
    project.run_all(&["--profile", "default", "--case", "case/hello"]).assert().code(0);
}

#[test]
fn passing_all_the_same_fails() {
    let project = judged("right", "'case/hello'");
    project.run(&[]).assert().code(1);
    assert_eq!(project.verdict("right", "case/hello"), "unexpected-pass");
}

#[test]
fn it_may_be_of_one_profile() {
    let project = judged("one-octet-changed", "'case/hello'\nprofile = 'closed-stdin'");
    project.run_all(&["--case", "case/hello", "--out", "samewire-report"]).assert().code(1);
    let report = project.report();
    let verdicts: Vec<(&str, &str)> = (report["trials"].as_array().expect("trials").iter())
        .map(|trial| (trial["name"].as_str().expect("a name"), trial["verdict"].as_str().expect("a verdict")))
        .collect();
    let expected = [
        ("one-octet-changed::case/hello", "differs"),
        ("one-octet-changed+closed-stdin::case/hello", "known-failure"),
        ("one-octet-changed+ipv6::case/hello", "differs"),
    ];
    assert_eq!(verdicts, expected);
}

#[test]
fn another_diagnosis_than_the_named_is_no_known_failure() {
    let hello = ["--profile", "default", "--case", "case/hello"];
    judged("one-octet-changed", "'case/hello'\ndiagnosis = 'nothing-sent'").run_all(&hello).assert().code(1);
    judged("nothing-sent", "'case/hello'\ndiagnosis = 'nothing-sent'").run_all(&hello).assert().code(0);
}

/// A diagnosis speaks of octets: whatever else is wrong is not excused with them.
#[cfg(unix)]
#[test]
fn a_named_diagnosis_excuses_octets_and_nothing_else() {
    let verdict = |what_more: &str| {
        let project = Project::new();
        let script = format!("'{SAMEWIRE}' sender nothing-sent \"$@\"; {what_more}");
        let run = format!("run = ['sh', '-c', '''{script}''', 'sh', '{{host}}', '{{port}}', '{{plan}}']\ntimeout_ms = 1500");
        let known = "[[known_failure]]\ncase = 'case/hello'\nreason = 'x'\ndiagnosis = 'nothing-sent'";
        project.cases(HELLO).client("known", &run, known);
        let status = project.run(&["--case", "case/hello"]).assert().get_output().status.code();
        (status, project.verdict("known", "case/hello"))
    };
    assert_eq!(verdict("exit 0"), (Some(0), "known-failure".into()));
    assert_eq!(verdict("exit 3"), (Some(1), "crashed".into()));
    assert_eq!(verdict("kill -9 $$"), (Some(1), "crashed".into()));
    assert_eq!(verdict("sleep 60"), (Some(1), "timed-out".into()));
    assert_eq!(verdict("echo garbage"), (Some(1), "differs".into()));
}

#[test]
fn an_entry_of_another_suite_is_remarked_and_fails_nothing() {
    for elsewhere in ["'mqtt/publish'", "'text/emoji'"] {
        let project = judged("right", elsewhere);
        project.run(&[]).assert().code(0).stdout(contains("remark: ").and(contains("belongs to another suite")));
    }
}

#[test]
fn its_last_day_ends_it() {
    let hello = ["--profile", "default", "--case", "case/hello"];
    judged("one-octet-changed", "'case/hello'\nuntil = 2999-12-31").run_all(&hello).assert().code(0);
    let over = judged("one-octet-changed", "'case/hello'\nuntil = 2020-01-31");
    over.run_all(&hello).assert().code(1).stdout(contains("is over its `until`"));
}

#[test]
fn an_entry_of_no_trial_fails_even_a_run_that_does_not_select_it() {
    let project = judged("right", "'case/helo'");
    project.run_all(&["--case", "case/three"]).assert().code(1).stdout(contains("matches no trial"));
}

#[test]
fn a_setup_error_is_never_known() {
    let project = judged("right", "'case/hello'");
    let toml = std::fs::read_to_string(project.path("clients/right/client.toml")).expect("a client");
    project.write("clients/right/client.toml", &format!("build = ['sh', '-c', 'exit 1']\n{toml}"));
    project.run(&[]).assert().code(1);
    assert_eq!(project.verdict("right", "case/hello"), "setup-error");
}

#[test]
fn an_entry_that_is_wrong_says_where() {
    let refused = |known: &str, what: &str| {
        judged("right", known).run(&[]).assert().code(1).stdout(contains("client.toml:").and(contains(what)));
    };
    refused("'case/hello'\ndiagnosis = 'no-such-thing'", "no diagnosis has that name");
    refused("'case/hello'\nuntil = 2020-01-31T10:00:00Z", "is a day");
    refused("'case/hello'\nvariant = 'other'", "there is no such variant");
    refused("'case/hello'\nprofile = 'other'", "the profiles are");
}
