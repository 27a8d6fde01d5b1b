//! Programs that never end by themselves: they are told to when all has come, and how they end is not judged.

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::{Value, json};

use super::support::{Project, example};

/// A case that expects nothing yet.
const UNWRITTEN: &str = "[[case]]\nname = 'hello'\nabout = 'x'\nhazards = []\n";

/// A client that stays.
const ENDLESS: &str = "ends = 'when-received'\ncases = ['case/*']\ntimeout_ms = 60000";

/// The same, whose time is soon up.
const SHORT: &str = "ends = 'when-received'\ncases = ['case/*']\ntimeout_ms = 1500";

/// Says `hello`, and stays.
const STAYS: &str = "exec $STRAY never-reads $host $port";

/// Says `hello`, prints the two octets that are answered and sends them back, and stays.
const ANSWERS: &str = "exec $STRAY answers-and-stays $host $port";

/// A case that expects `hello`; `more` is added to it.
fn hello(more: &str) -> String {
    format!("{UNWRITTEN}expect = {{ text = 'hello' }}\n{more}")
}

/// A project with one endless client, run by this script, in which `stray WAY` is a process that misbehaves in that way.
fn project(script: &str, more: &str, case: &str) -> Project {
    let project = Project::new();
    let script = format!("stray() {{ $STRAY $1 $host $port; }}; host=$1; port=$2; {script}").replace("$STRAY", &example("stray"));
    project.client("endless", &format!("run = ['sh', '-c', '''{script}''', 'sh', '{{host}}', '{{port}}']"), more).cases(case);
    project
}

/// The trial of one that passes, and its capture.
#[track_caller]
fn passes(script: &str, more: &str, case: &str) -> (Value, String) {
    let project = project(script, more, case);
    project.run(&[]).assert().code(0).stdout(contains("1 passed"));
    let trial = project.trial("endless", "case/hello");
    let capture = project.capture(&trial);
    (trial, capture)
}

/// The trial of one that does not, and of which this is said.
#[track_caller]
fn fails(script: &str, more: &str, case: &str, said: &str) -> Value {
    let project = project(script, more, case);
    project.run(&[]).assert().code(1).stdout(contains("timed-out").not());
    let trial = project.trial("endless", "case/hello");
    let told = project.samewire(&["report", "--format", "text", "samewire-report"]).assert().code(0);
    let told = String::from_utf8_lossy(&told.get_output().stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains(said), "{told}");
    trial
}

#[track_caller]
fn says(trial: &Value, said: &str) {
    assert!(trial["explanation"][0].as_str().is_some_and(|first| first.contains(said)), "{trial:#}");
}

#[test]
fn one_that_stays_is_told_to_end_once_all_has_come() {
    let (trial, capture) = passes(STAYS, ENDLESS, &hello(""));
    assert_eq!(trial["exit"], json!({ "enough": { "was_killed": false } }));
    assert_eq!((&trial["ends_freely"], &trial["captured"][0]["ending"]), (&json!(true), &json!("open")));
    assert!(capture.contains(r#""event":"enough""#), "{capture}");
}

#[test]
fn one_that_ignores_sigterm_is_killed_and_that_is_a_remark() {
    let (trial, _) = passes(&format!("trap \"\" TERM; {STAYS}"), ENDLESS, &hello(""));
    assert_eq!(trial["exit"], json!({ "enough": { "was_killed": true } }));
    says(&trial, "and was killed");
}

#[test]
fn what_comes_once_it_is_told_to_end_is_recorded_and_not_judged() {
    let (trial, capture) = passes("trap \"stray none; exit 3\" TERM; stray never-reads & wait", ENDLESS, &hello(""));
    assert_eq!(trial["captured"].as_array().map(Vec::len), Some(1));
    let (judged, after) = capture.split_once(r#""event":"enough""#).expect("an enough");
    assert!(judged.contains(r#""event":"data""#) && after.contains(r#""connection":2"#), "{capture}");
}

#[test]
fn at_the_time_limit_what_has_come_is_judged() {
    let other = hello("").replace("hello' }", "help!' }");
    let trial = fails(STAYS, SHORT, &other, "first difference at offset 3; its time was up after 1.5 s");
    assert_eq!((&trial["verdict"], &trial["exit"]), (&json!("differs"), &json!("timed-out")));
    fails(STAYS, SHORT, &format!("{UNWRITTEN}decode = 'lines'\nmessages = ['help!']"), "its time was up after 1.5 s");
    // What is more than was expected was never right.
    fails(STAYS, SHORT, &hello("").replace("hello' }", "hell' }"), "its time was up after 1.5 s");
    fails("exec $STRAY hang", SHORT, &hello(""), "the client never connected (never-connected); its time was up after");
}

#[test]
fn one_that_ends_by_itself_is_judged_then() {
    let trial = fails("stray exits-in-the-middle", ENDLESS, &hello(""), "it ended by itself after");
    assert_eq!((&trial["verdict"], &trial["exit"]), (&json!("differs"), &json!({ "status": 0 })));
    fails("echo no such index >&2; exit 3", ENDLESS, &hello(""), "with status 3: no such index");
    says(&passes("stray none; exit 3", ENDLESS, &hello("")).0, "with status 3");
    says(&passes("stray none; kill -11 $$", ENDLESS, &hello("")).0, "by signal 11");
}

#[test]
fn while_a_reply_is_due_it_is_not_enough() {
    let replies = "recorder.replies = [{ after_bytes = 5, text = 'ok', delay_ms = 900 }]\n";
    fails(ANSWERS, SHORT, &hello(replies), "expected 5 octets, captured 7");
    let whole = hello(replies).replace("hello' }", "hellook' }");
    passes(ANSWERS, ENDLESS, &(whole + "output = { text = \"ok\\n\" }\n"));
}

#[test]
fn what_it_prints_is_waited_for_and_what_it_prints_once_told_is_not_judged() {
    let case = hello("output = { text = \"ready\\n\" }\n");
    passes("trap \"echo stopping; exit\" TERM; echo ready; stray never-reads & wait", ENDLESS, &case);
    // What a program holds back until its end.
    passes("trap \"echo ready; exit\" TERM; stray never-reads & wait", SHORT, &case);
    fails(STAYS, SHORT, &case, "printed 0; first difference at offset 0; its time was up");
}

#[test]
fn all_connections_and_all_messages_are_waited_for() {
    let two = format!("stray never-reads & {STAYS}");
    passes(&two, ENDLESS, &format!("{UNWRITTEN}connections = [{{ text = 'hello' }}, {{ text = 'hello' }}]"));
    let bends =
        "connections = [{ parts = [{ text = 'h' }, { any = 4, name = 'id' }] }, { parts = [{ text = 'h' }, { same = 'id' }] }]";
    passes(&two, ENDLESS, &format!("{UNWRITTEN}{bends}"));
    passes(STAYS, ENDLESS, &format!("{UNWRITTEN}decode = 'lines'\nmessages = [{{ like = 'h*' }}]"));
    let any = "connections_in = 'any'\nconnections = [{ text = 'hellook' }, { text = 'hello' }]";
    let replies = "recorder.replies = [{ after_bytes = 5, text = 'ok', delay_ms = 400 }]";
    passes(&format!("stray never-reads & {ANSWERS}"), ENDLESS, &format!("{UNWRITTEN}{any}\n{replies}"));
}

#[test]
fn a_case_that_expects_nothing_yet_is_recorded_until_the_time_is_up() {
    let project = project(STAYS, SHORT, UNWRITTEN);
    project.client("other", &format!("run = ['{}', 'never-reads', '{{host}}', '{{port}}']", example("stray")), SHORT);
    project.samewire(&["run", "--suite", "suite", "--record"]).assert().code(0).stdout(contains("endless and other agree"));
    let written = std::fs::read_to_string(project.path("suite/case.toml")).expect("a suite");
    assert!(written.contains("expect = { text = \"hello\" }"), "{written}");
    project.run(&[]).assert().code(0).stdout(contains("2 passed"));
}

#[test]
fn who_reads_plans_ends_with_them() {
    let project = Project::new();
    project.sender("right", "ends = 'when-received'").cases(&hello("plan = 'text hello'"));
    project.run(&[]).assert().code(1).stdout(contains("one that is told {plan} ends"));
}
