//! Of what there are many, views show a few and say how many more there are.

use predicates::prelude::*;
use predicates::str::contains;

use super::support::{HELLO, Project, SAMEWIRE};

/// So many connections that no view shows them all.
const MANY: usize = 60;

/// A client that sends what it was not asked for: the right sender, with a plan of its own.
fn sends(project: &Project, name: &str, parts: impl Iterator<Item = &'static str>) {
    let parts: Vec<String> = parts.map(|part| format!("text {part}\n")).collect();
    project.write(&format!("plans/{name}"), &parts.join("connect\n"));
    let plan = project.path(&format!("plans/{name}")).display().to_string();
    let run = format!("run = ['{SAMEWIRE}', 'sender', 'right', '{{host}}', '{{port}}', '{plan}']\ncases = ['case/*']");
    project.client(name, &run, "");
}

/// The report of the project's last run as a view.
#[track_caller]
fn view(project: &Project, format: &str) -> String {
    let output = project.samewire(&["report", "--format", format, "samewire-report"]).assert().code(0);
    String::from_utf8(output.get_output().stdout.clone()).expect("UTF-8")
}

#[test]
fn of_many_connections_views_show_a_few_and_the_report_has_what_came_on_all() {
    let project = Project::new();
    sends(&project, "many", std::iter::repeat_n("a", MANY));
    project.cases(HELLO);
    project.run(&[]).assert().code(1);
    for format in ["text", "markdown", "junit", "annotations"] {
        let text = view(&project, format);
        assert!(text.contains("... and 55 more connections differed"), "{text}");
        assert!(text.contains("connection 5: expected") && !text.contains("connection 6: expected"), "{text}");
        assert!(text.lines().count() < 100, "{} lines of {format}: {text}", text.lines().count());
    }
    let trial = project.trial("many", "case/hello");
    let length = |of: &str| trial[of].as_array().map(Vec::len);
    assert_eq!((length("captured"), length("drawings"), trial["undrawn"].as_u64()), (Some(MANY), Some(20), Some(40)));
}

#[cfg(target_os = "linux")]
#[test]
fn who_sent_is_said_of_a_few_connections_in_junit() {
    let project = Project::new();
    sends(&project, "many", std::iter::repeat_n("a", MANY));
    project.cases(HELLO);
    project.run(&[]).assert().code(1);
    let junit = view(&project, "junit");
    assert!(junit.contains("\"connection-20\"") && !junit.contains("\"connection-21\""), "{junit}");
    assert!(junit.contains("name=\"connections-left-out\" value=\"40\""), "{junit}");
}

#[test]
fn connections_of_which_nothing_is_drawn_are_compared_all_the_same() {
    let project = Project::new();
    sends(&project, "letters", std::iter::repeat_n("x", 25));
    sends(&project, "digit", std::iter::repeat_n("x", 24).chain(["5"]));
    let digit = "{ parts = [{ matches = '[0-9]' }] }";
    let connections = vec![digit; 25].join(", ");
    project.cases(&format!("[[case]]\nname = 'digits'\nabout = 'x'\nhazards = []\nconnections = [{connections}]\n"));
    project.run(&[]).assert().code(1);
    let report = project.report();
    let groups = report["agreements"][0]["groups"].as_array().expect("groups");
    assert_eq!(groups.len(), 2, "{groups:#?}");
}

#[test]
fn of_many_failures_for_one_reason_some_are_named_and_the_others_are_counted() {
    let project = Project::new();
    let cases: Vec<String> =
        (0..30).map(|number| HELLO.replace("name = \"hello\"", &format!("name = \"hello-{number}\""))).collect();
    project.sender("one-octet-changed", "").cases(&cases.concat());
    project.run(&[]).assert().code(1).stdout(contains("... and 19 more failures of one-octet-changed, in the report\n"));
    let text = view(&project, "text");
    assert_eq!(text.lines().filter(|line| line.starts_with("differs ")).count(), 11, "{text}");
}

#[test]
fn what_keeps_all_trials_of_a_client_from_being_run_is_told_once_while_it_runs() {
    let project = Project::new();
    let cases: Vec<String> =
        (0..30).map(|number| HELLO.replace("name = \"hello\"", &format!("name = \"hello-{number}\""))).collect();
    project.write("clients/broken/client.toml", "about = 'x'\n");
    project.cases(&cases.concat());
    let told = contains("setup-error broken").count(1);
    project.run(&[]).assert().code(1).stderr(told).stdout(contains("setup-error broken (30 trials)"));
}

#[test]
fn of_many_connections_in_which_captures_differ_some_are_shown() {
    let project = Project::new();
    sends(&project, "one", std::iter::repeat_n("a", MANY));
    sends(&project, "other", std::iter::repeat_n("b", MANY));
    project.cases(HELLO);
    project.run(&["--keep", "all"]).assert().code(1);
    let capture =
        |client: &str| format!("samewire-report/{}", project.trial(client, "case/hello")["capture"].as_str().expect("kept"));
    let more =
        contains("connection 20: ").and(contains("connection 21: ").not()).and(contains("... and 40 more connections differed"));
    project.samewire(&["compare", &capture("one"), &capture("other")]).assert().code(1).stdout(more);
}
