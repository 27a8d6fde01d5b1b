//! What a case says of answers and endings: replies that recur, turns, endings that may vary; and what the harness says of them.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use super::support::{Project, example};

/// A project with one client that does these things, one after the other, and a case that ends so.
fn project(acts: &[&str], case: &str) -> Project {
    let project = Project::new();
    let acts: Vec<String> = acts.iter().map(|act| format!("'{act}'")).collect();
    let run = format!("run = ['{}', '{{host}}', '{{port}}', {}, '{{case}}']", example("actor"), acts.join(", "));
    project.client("actor", &run, "");
    project.cases(&format!("[[case]]\nname = 'a'\nabout = 'x'\nhazards = []\n{case}\n"));
    project
}

const SMTP: &str = r#"
expect = { text = "EHLO x\r\n" }
turns = "strict"
[case.recorder]
replies = [{ at = "connect", text = "220 ready\r\n", delay_ms = 200 }, { after_text = "EHLO x\r\n", text = "250 ok\r\n" }]
"#;

#[test]
fn who_talks_while_a_reply_is_due_is_out_of_turn() {
    let soon = project(&[r"send:EHLO x\r\n", "read:19"], SMTP);
    let said = contains("8 octets came out of turn: reply 1 of 2 was due, ").and(contains(" ms before it was sent"));
    soon.run(&[]).assert().code(1).stdout(said);
    assert_eq!(soon.verdict("actor", "case/a"), "out-of-turn");
    let patient = project(&["read:11", r"send:EHLO x\r\n", "read:8"], SMTP);
    patient.run(&[]).assert().code(0);
    let free = project(&[r"send:EHLO x\r\n", "read:19"], &SMTP.replace("strict", "free"));
    free.run(&[]).assert().code(0);
}

#[test]
fn a_client_is_served_by_what_it_asked() {
    let case = r#"
expect = { text = "id=7;id=89;PING;PING;" }
output = { text = "got 7got 89+PONG+PONG" }
[case.recorder]
replies = [{ after_matches = "id=([0-9]+);", text = "got {1}", each_time = true }, { after_hex = "50494e473b", hex = "2b504f4e47", each_time = true }]
"#;
    let project = project(&["send:id=7;", "print:5", "send:id=89;", "print:6", "send:PING;PING;", "print:10"], case);
    project.run(&[]).assert().code(0);
}

#[test]
fn the_reply_that_still_waits_is_named_where_time_is_up() {
    let case = r#"
expect = { text = "" }
timeout_ms = 300
[case.recorder]
replies = [{ after_text = "HELLO", text = "x", optional = true }, { after_text = "$1\r\n3\r\n", text = "+OK\r\n" }]
"#;
    let project = project(&[r"send:$1\r\n4\r\n", "read:5"], case);
    let toml = std::fs::read_to_string(project.path("clients/actor/client.toml")).expect("the client");
    project.write("clients/actor/client.toml", &format!("timeout_ms = 300\n{toml}"));
    project.run(&[]).assert().code(1).stdout(contains(r#"connection 1: reply 2 of 2 waits for "$1\r\n3\r\n""#));
}

#[test]
fn an_ending_may_vary_and_a_reset_with_an_answer_unread_is_explained() {
    let case = |ending: &str| {
        format!("expect = {{ hex = 'c000'{ending} }}\n[case.recorder]\nreplies = [{{ after_hex = 'c000', hex = 'd000' }}]\n")
    };
    for acts in [&[r"send:\xc0\x00", "read:2"][..], &[r"send:\xc0\x00", "wait:2"]] {
        project(acts, &case(", ending = ['fin', 'reset']")).run(&[]).assert().code(0);
    }
    let strict = project(&[r"send:\xc0\x00", "wait:2"], &case(""));
    let said = contains("expected to end in FIN, ended in RST").and(contains("it had been answered 2 octets"));
    strict.run(&[]).assert().code(1).stdout(said);
}

#[test]
fn what_a_program_prints_is_its_own_affair_unless_it_reads_plans_or_the_case_speaks_of_it() {
    let prints = project(&["send:a", "say:OK"], "expect = { text = 'a' }");
    prints.run(&[]).assert().code(0);
    assert_eq!(prints.trial("actor", "case/a")["output"]["length"], 2);
    let asked = project(&["send:a", "say:OK"], "expect = { text = 'a' }\noutput = { text = '' }");
    asked.run(&[]).assert().code(1);
    assert_eq!(asked.verdict("actor", "case/a"), "wrong-output");
}
