//! Reports in messages: who agrees with whom, what differs between machines, and what changed, in the words of messages.

use predicates::prelude::*;
use predicates::str::contains;

use crate::support::{Project, SAMEWIRE};

/// A project whose clients each send these lines.
fn project(keys: &str, clients: &[(&str, &str)]) -> Project {
    let project = Project::new();
    for (name, sends) in clients {
        let plan = sends.split_terminator('\n').map(|line| format!("text {line}\\nbytes 0a\\n")).collect::<String>();
        let script = format!("printf '{plan}' > $TMPDIR/plan; '{SAMEWIRE}' sender right $0 $1 $TMPDIR/plan");
        let run = format!("run = ['sh', '-c', '''{script}''', '{{host}}', '{{port}}']\ncases = ['case/*']");
        project.client(name, &run, "");
    }
    project.cases(&format!("[[case]]\nname = 'a'\nabout = 'x'\nhazards = []\ndecode = 'lines'\n{keys}"));
    project
}

/// The folder of the report of one client that sends these lines.
fn machine(folder: &Project, name: &str, keys: &str, sends: &str) {
    let machine = project(keys, &[("c", sends)]);
    let ran = machine.run(&[]).assert();
    assert!(matches!(ran.get_output().status.code(), Some(0 | 1)), "{ran}");
    std::fs::rename(machine.path("samewire-report"), folder.path(name)).expect("a report");
}

const MESSAGES: &str = "ignore = ['HELLO*']\nmessages = ['SET k v']";

#[test]
fn clients_agree_by_what_of_their_messages_is_wrong() {
    let clients = [
        ("a", "HELLO 1\nSET k v\n"),
        ("b", "HELLO 2\nSET k v\n"),
        ("c", "HELLO 3\nSET k x\n"),
        ("d", "HELLO\nHELLO 4\nSET k x\n"),
        ("e", "SET k v\n"),
    ];
    let project = project(MESSAGES, &clients);
    let said = "c and d differ from the 3 others: case/a\n  c and d: message 2: it is \"SET k x\", expected \"SET k v\"\n";
    project.run(&[]).assert().code(1).stdout(contains(said));
    let groups = &project.report()["agreements"][0]["groups"];
    assert_eq!(groups[1]["differs"], "message 2: it is \"SET k x\", expected \"SET k v\"", "{groups}");
    assert_eq!(groups[0].get("differs"), None);
}

#[test]
fn values_that_are_told_alike_and_are_not_keep_clients_apart() {
    let long = |end: &str| format!("SET k {}{end}\n", "v".repeat(200));
    let project = project("messages = ['SET k v']", &[("a", &long("1")), ("b", &long("2"))]);
    project.run(&[]).assert().code(1).stdout(contains("no two agree: case/a\n  a: message 1"));
}

#[test]
fn what_no_case_asks_for_keeps_nobody_apart_who_is_wrong_in_the_same() {
    let clients = [("a", "ID 1\nSET k x\n"), ("b", "ID 2\nSET k x\n"), ("c", "ID 3\nSET k v\n")];
    let project = project("messages = [{ like = 'ID *' }, 'SET k v']", &clients);
    project.run(&[]).assert().code(1);
    let groups = project.report()["agreements"][0]["groups"].clone();
    let together = |group: usize| groups[group]["clients"].as_array().expect("clients").len();
    assert_eq!((groups.as_array().map(Vec::len), together(0), together(1)), (Some(2), 2, 1), "{groups:#}");
}

#[test]
fn of_many_differences_between_machines_a_few_are_said_and_how_many_more_there_are() {
    let folder = Project::new();
    let wanted: Vec<String> = (1..=12).map(|number| format!("'SET k {number}'")).collect();
    let messages = format!("messages = [{}]", wanted.join(", "));
    let sent = |value: &str| (1..=12).map(|number| format!("SET k {number}{value}\n")).collect::<String>();
    machine(&folder, "right", &messages, &sent(""));
    machine(&folder, "wrong", &messages, &sent("x"));
    folder.samewire(&["compare", "right", "wrong"]).assert().code(1).stdout(contains("and 7 more"));
}

#[test]
fn what_differs_between_machines_is_said_in_messages() {
    let folder = Project::new();
    machine(&folder, "one", MESSAGES, "HELLO 1\nSET k v\n");
    machine(&folder, "two", MESSAGES, "HELLO 2\nSET k x\n");
    machine(&folder, "three", MESSAGES, "HELLO\nSET k x\n");
    let compare = |one: &str, other: &str| folder.samewire(&["compare", one, other]).assert();
    let said = "different\n  A  as expected\n  B  message 2: it is \"SET k x\", expected \"SET k v\"\n";
    compare("one", "two").code(1).stdout(contains(said).and(contains("octets").not()));
    compare("two", "three").code(0).stdout(contains("1 trial: 1 the same"));
    let octets = "expect = { text = \"HELLO\\nSET k v\\n\" }";
    machine(&folder, "four", octets, "HELLO\nSET k v\n");
    machine(&folder, "five", octets, "HELLO\nSET k x\n");
    let picture = contains("A         00000006  53 45 54");
    compare("four", "five").code(1).stdout(contains(said).and(picture));
}

#[test]
fn a_failure_in_other_messages_is_another() {
    let folder = Project::new();
    machine(&folder, "old", MESSAGES, "HELLO 1\nSET k x\n");
    machine(&folder, "same", MESSAGES, "HELLO\nHELLO\nSET k x\n");
    machine(&folder, "new", MESSAGES, "HELLO 1\nSET k y\n");
    let diff = |one: &str, other: &str| folder.samewire(&["diff", one, other]).assert();
    diff("old", "same").code(0).stdout(contains("1 trial unchanged"));
    let said = "fails otherwise (1)\n  c::case/a: message 2: it is \"SET k x\", expected \"SET k v\" before, \
                message 2: it is \"SET k y\", expected \"SET k v\" now\n";
    diff("old", "new").code(0).stdout(contains(said));
}

#[test]
fn what_redact_hides_is_in_no_group_s_words_nor_told_by_a_digest() {
    let project = project("messages = ['SET k v']", &[("a", "SET k key-1\n"), ("b", "SET k key-2\n")]);
    project.write("samewire.toml", "suites = ['suite']\nredact = ['key-[0-9]']\n");
    project.run(&[]).assert().code(1).stdout(contains("key-").not());
    let report = project.report();
    let wrong = |trial: usize| &report["trials"][trial]["messages"][0]["wrong"];
    assert_eq!(wrong(0), wrong(1), "whoever reads it could try secrets until one fits");
    assert!(wrong(0).is_string() && !report.to_string().contains("key-"));
}
