//! Senders that go wrong, through the real harness.

use std::io::Read;
use std::thread;

use predicates::prelude::*;

use super::support::{HELLO, Project, THREE, Witness};

fn judged(fault: &str) -> Project {
    let project = Project::new();
    project.sender(fault, "timeout_ms = 20000").cases(&format!("{HELLO}{THREE}"));
    let wrong = fault != "right";
    project.run(&[]).assert().code(i32::from(wrong));
    project
}

#[test]
fn the_right_sender_passes() {
    let project = judged("right");
    assert_eq!(project.verdict("right", "case/hello"), "passed");
    assert_eq!(project.verdict("right", "case/three"), "passed");
}

#[test]
fn one_octet_changed_makes_exactly_its_trials_differ() {
    let project = Project::new();
    project.sender("one-octet-changed", "").sender("right", "").cases(&format!("{HELLO}{THREE}"));
    project.run(&[]).assert().code(1).stdout(
        predicate::str::contains("4 trials: 2 passed, 2 differs")
            .and(predicate::str::contains("first difference at offset 4: line 1, `text hello`, octet 5 of 5"))
            .and(predicate::str::contains("samewire run --client one-octet-changed --case case/hello")),
    );
    for case in ["case/hello", "case/three"] {
        assert_eq!(project.verdict("one-octet-changed", case), "differs");
        assert_eq!(project.verdict("right", case), "passed");
    }
}

#[test]
fn nothing_sent_differs() {
    assert_eq!(judged("nothing-sent").verdict("nothing-sent", "case/hello"), "differs");
}

#[test]
fn no_connection_differs() {
    assert_eq!(judged("never-connects").verdict("never-connects", "case/hello"), "differs");
}

#[test]
fn everything_sent_twice_differs() {
    assert_eq!(judged("sent-twice").verdict("sent-twice", "case/hello"), "differs");
}

#[test]
fn a_second_connection_differs_even_if_silent() {
    let project = judged("extra-connection");
    assert_eq!(project.verdict("extra-connection", "case/hello"), "differs");
    assert_eq!(project.trial("extra-connection", "case/hello")["captured"].as_array().map(Vec::len), Some(2));
}

#[test]
fn an_exit_status_is_a_crash_though_the_octets_are_right() {
    let project = judged("exits-3");
    let trial = project.trial("exits-3", "case/hello");
    assert_eq!(trial["verdict"], "crashed");
    assert_eq!(trial["exit"]["status"], 3);
    assert_eq!(trial["also"].as_array().map(Vec::len), Some(0));
}

#[cfg(unix)]
#[test]
fn a_signal_is_a_crash() {
    let project = judged("aborts");
    let trial = project.trial("aborts", "case/hello");
    assert_eq!(trial["verdict"], "crashed");
    assert_eq!(trial["exit"]["signal"], 6);
}

#[test]
fn nothing_that_a_client_can_see_holds_the_expectation() {
    let witness = Witness::new();
    let project = Project::new();
    project.stray("looks-around", &witness.env()).cases(
        r#"
[[case]]
name = "secret"
about = "the plan says it in decimal"
hazards = []
plan = "u32be 3735928559"
expect = { hex = "deadbeef" }
"#,
    );
    let hears = thread::spawn(move || {
        let mut seen = Vec::new();
        witness.accept().read_to_end(&mut seen).expect("what it saw");
        seen
    });
    project.run(&[]).assert().code(0);
    let seen = hears.join().expect("the witness");
    let holds = |octets: &[u8]| seen.windows(octets.len()).any(|window| window == octets);
    assert!(holds(b"u32be 3735928559"), "it does not even see the plan");
    for octets in [&b"deadbeef"[..], b"DEADBEEF", b"3q2+7w", &[0xde, 0xad, 0xbe, 0xef], b"expect"] {
        assert!(!holds(octets), "{:?} is there to be seen", String::from_utf8_lossy(octets));
    }
    let sha256 = project.trial("looks-around", "case/secret")["expected"][0]["sha256"].as_str().expect("a digest").to_owned();
    assert!(!holds(sha256.as_bytes()));
}
