//! Known failures: an entry excuses one failure, and nothing else.

use predicates::prelude::*;
use predicates::str::contains;

use super::page;
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

/// A client that prints this as its version, and fails or passes on `case/hello`, where versions below 2.3 are known to fail.
#[track_caller]
fn of_version(printed: &str, fault: &str) -> Project {
    let project = judged(fault, "'case/hello'\nbelow = '2.3'");
    project.cases(HELLO);
    let path = format!("clients/{fault}/client.toml");
    let toml = std::fs::read_to_string(project.path(&path)).expect("a client");
    let (about, rest) = toml.split_once("\nversion = ").expect("a version");
    let rest = rest.split_once('\n').expect("more").1;
    project.write(&path, &format!("{about}\nversion = ['echo', '{printed}']\n{rest}"));
    project
}

#[cfg(unix)]
#[test]
fn it_may_be_of_versions_below_one_and_excuses_no_other() {
    let verdict = |printed: &str, fault: &str| {
        let project = of_version(printed, fault);
        let run = project.run(&["--case", "case/hello"]).assert();
        let trial = project.trial(fault, "case/hello");
        (run.get_output().status.code(), trial["verdict"].as_str().expect("a verdict").to_owned())
    };
    for below in ["2.2.9", "v2.2", "client 1.10.0 (linux/amd64)", "go version go1.22.2 linux/amd64", "2.2.9-rc.1"] {
        assert_eq!(verdict(below, "one-octet-changed"), (Some(0), "known-failure".into()), "{below}");
        assert_eq!(verdict(below, "right"), (Some(1), "unexpected-pass".into()), "{below}");
    }
    for beyond in ["2.3", "2.10", "Python 3.13.1", "OpenSSL 3.0.2 15 Mar 2022", "2.3.0-rc.1", "nc (netcat-openbsd)"] {
        assert_eq!(verdict(beyond, "one-octet-changed"), (Some(1), "differs".into()), "{beyond}");
        assert_eq!(verdict(beyond, "right"), (Some(0), "passed".into()), "{beyond}");
    }
}

#[cfg(unix)]
#[test]
fn why_another_version_is_not_excused_is_said_in_every_view() {
    let said = |printed: &str, sentence: &str| {
        let project = of_version(printed, "one-octet-changed");
        project.run(&["--case", "case/hello"]).assert().code(1).stdout(contains(sentence));
        let entry = &project.trial("one-octet-changed", "case/hello")["entry"];
        assert_eq!((entry["below"].as_str(), entry["beyond"].is_string()), (Some("2.3"), true), "{entry}");
        for format in ["markdown", "junit", "annotations"] {
            let view = project.samewire(&["report", "--format", format, "samewire-report"]).assert().code(0);
            view.stdout(contains("known to fail below 2.3"));
        }
        let text = std::fs::read_to_string(project.path("samewire-report/report.html")).expect("a page");
        assert!(page::inflated(&text).contains("known to fail below 2.3"));
        project
    };
    let project = said("client 2.10", "client.toml:4), but this is 2.10: ");
    project.samewire(&["list", "--suite", "suite"]).assert().code(0).stdout(contains("not excused: this is 2.10"));
    said("nc (netcat)", "but there is no version in what it prints (`nc (netcat)`): ");
    let known = of_version("2.2", "one-octet-changed");
    known.run(&["--case", "case/hello"]).assert().code(0);
    let sentence = "known to fail below 2.3: not yet (clients/one-octet-changed/client.toml:4)";
    let junit = known.samewire(&["report", "--format", "junit", "samewire-report"]).assert().code(0);
    junit.stdout(contains(sentence));
    known.samewire(&["list", "--suite", "suite"]).assert().stdout(contains("known to fail below 2.3: case/hello (not yet)\n"));
    of_version("2.2", "right").run(&[]).assert().code(1).stdout(contains("remove the entry, or lower its `below`"));
}

#[test]
fn a_version_that_is_none_is_refused() {
    for version in ["'2.x'", "'v2.3'", "''", "'2.3-rc.1'"] {
        let project = judged("right", &format!("'case/hello'\nbelow = {version}"));
        project.run(&[]).assert().code(1).stdout(contains("client.toml:7: a version is numbers separated by dots"));
    }
}
