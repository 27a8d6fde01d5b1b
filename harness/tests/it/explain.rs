//! `samewire explain`: why any two runs of octets differ, from whatever they are read.

use predicates::prelude::*;
use predicates::str::contains;
use samewire_recorder::{EndedBy, Event, PeerEnd};

use super::support::{Project, valid};

/// A capture of connections that each received these octets.
fn capture(connections: &[&[u8]]) -> String {
    let mut events = vec![Event::Start { format: 2, recorder: "test".into(), address: "127.0.0.1:1".into(), at: "now".into() }];
    for (connection, octets) in (1..).zip(connections) {
        events.push(Event::Open { connection, at_us: 1, peer: "127.0.0.1:2".into(), address: None });
        events.push(Event::Data { connection, at_us: 1, offset: 0, urgent: None, octets: (*octets).into() });
        events.push(Event::Fin { connection, at_us: 1 });
        let crc32 = format!("{:08x}", crc32fast::hash(octets)).into();
        let bytes = octets.len() as u64;
        events.push(Event::Close {
            connection,
            at_us: 1,
            bytes,
            peer: PeerEnd::Fin,
            by: EndedBy::Peer,
            reason: None,
            crc32,
            wire: None,
        });
    }
    events.push(Event::Stop { at_us: 1, connections: connections.len() as u64 });
    let mut text = Vec::new();
    events.iter().for_each(|event| event.write_line(&mut text).expect("a line"));
    String::from_utf8(text).expect("JSON Lines")
}

#[test]
fn octets_may_be_given_in_any_form() {
    let project = Project::new();
    project.write("octets", "hello");
    project.write("hex:00", "hello");
    project.write("capture", &capture(&[b"hello"]));
    for same in ["hex:68656c6C6F", "hex:68 65:6c 6c6f", "text:hello", "base64:aGVsbG8=", "octets", "./hex:00", "capture"] {
        project.samewire(&["explain", "text:hello", same]).assert().code(0).stdout(contains("\nthe same\n"));
        let different = project.samewire(&["explain", same, "text:hello\n"]).assert().code(1);
        different.stdout(contains("(line-feed-added)").and(contains("captured  00000000  68 65 6c 6c 6f 0a")));
    }
    project.samewire(&["explain", "octets", "-"]).write_stdin("hello\n").assert().code(1).stdout(contains("(line-feed-added)"));
}

#[test]
fn connections_of_captures_are_held_against_each_other() {
    let project = Project::new();
    project.write("a", &capture(&[b"one", b"two"]));
    project.write("b", &capture(&[b"one", b"two\n"]));
    project.samewire(&["explain", "a", "a"]).assert().code(0);
    let different = project.samewire(&["explain", "a", "b"]).assert().code(1);
    different.stdout(
        contains("connection 2: ")
            .and(contains("(line-feed-added)"))
            .and(contains("connection 2: expected 3 octets, captured 4\nfirst difference at offset 3\n")),
    );
    let text = capture(&[b"one", b"two\n"]);
    let cut = text.lines().take(text.lines().count() - 1).map(|line| format!("{line}\n")).collect::<String>();
    project.write("b", &cut);
    project.samewire(&["explain", "a", "b"]).assert().code(1).stderr(contains("b is cut off in line "));
    project.write("b", &text.replace("\"event\":\"fin\"", "\"event\":\"fun\""));
    project.samewire(&["explain", "a", "b"]).assert().code(2).stderr(contains("cannot read the capture b: line 4"));
}

#[test]
fn programs_get_it_as_their_schema_says() {
    let project = Project::new();
    for (sides, status) in [(["text:a\u{1b}", "text:a\u{1b}"], 0), (["hex:050080000100", "hex:050001000200"], 1)] {
        let said = project.samewire(&["explain", "--format", "json", sides[0], sides[1]]).assert().code(status);
        let said: serde_json::Value = serde_json::from_slice(&said.get_output().stdout).expect("JSON");
        valid("explain", &said);
        assert_eq!(
            (said["same"].as_bool(), said["diagnoses"].as_array().map(Vec::is_empty)),
            (Some(status == 0), Some(status == 0))
        );
    }
}

#[test]
fn what_cannot_be_explained_is_said() {
    let project = Project::new();
    project.write("file", "hello");
    let refused = |sides: [&str; 2], why: &str| {
        project.samewire(&["explain", sides[0], sides[1]]).assert().code(2).stdout("").stderr(contains(why));
    };
    refused(["-", "-"], "both sides are the same pipe");
    refused([".", "file"], "cannot explain .: it is a folder");
    refused(["file", "nowhere"], "cannot read nowhere: ");
    refused(["hex:0", "file"], "two digits an octet");
    refused(["file", "base64:?"], "is not base64");
    std::fs::File::create(project.path("large")).and_then(|file| file.set_len((32 << 20) + 1)).expect("a file");
    refused(["large", "file"], "it has more than the 32 MiB");
    project.samewire(&["explain", "hex:", "hex:"]).assert().code(0);
}

#[test]
fn nothing_in_octets_steers_a_terminal() {
    let project = Project::new();
    project.write("\u{1b}[31m", "\u{1b}[31mred\n");
    let said = project.samewire(&["explain", "text:blue", "\u{1b}[31m"]).assert().code(1);
    let said = String::from_utf8_lossy(&said.get_output().stdout).into_owned();
    assert!(!said.contains('\u{1b}'), "{said}");
}

#[test]
fn what_is_not_to_be_shown_is_not() {
    let project = Project::new();
    project.write("samewire.toml", "redact = ['token=[a-z]+']\n");
    for format in ["text", "json"] {
        let sides = ["text:GET token=secret 1 x", "text:GET token=secrets 2 x"];
        let said = project.samewire(&["explain", "--format", format, sides[0], sides[1]]).assert().code(1);
        let said = String::from_utf8_lossy(&said.get_output().stdout).into_owned();
        assert!(!said.contains("secret") && !said.contains("73 65 63") && said.contains("** **"), "{said}");
    }
}

#[test]
fn what_octets_are_taken_for_is_not_told_where_something_is_hidden() {
    let project = Project::new();
    let explain = || {
        let sides = ["hex:0573656e736f727303e9ff", "hex:0573656e736f7273e903ff"];
        let said = project.samewire(&["explain", "--format", "json", sides[0], sides[1]]).assert().code(1);
        String::from_utf8_lossy(&said.get_output().stdout).into_owned()
    };
    assert!(explain().contains("looks_like"), "{}", explain());
    project.write("samewire.toml", "redact = ['sensors']\n");
    assert!(explain().contains("\"spots\"") && !explain().contains("looks"), "{}", explain());
}

#[test]
fn causes_that_hold_beside_each_other_are_no_alternatives() {
    let project = Project::new();
    let sides = ["text:{\"name\":\"Sensor 1\",\"at\":\"a b c d\"}", "text:{\"name\":\"SENSOR 1\",\"at\":\"a%20b%20c%20d\"}"];
    let beside = contains("(upper-cased)").and(contains("\nand: ")).and(contains("\nor: ").not());
    project.samewire(&["explain", sides[0], sides[1]]).assert().code(1).stdout(beside);
    project.samewire(&["explain", "text:a\r\n\r\n", "text:a\n\n"]).assert().code(1).stdout(contains("\nor: "));
}

/// A capture of a connection for each of these, which was answered so.
fn answered(connections: &[[&[u8]; 2]]) -> String {
    let received: Vec<&[u8]> = connections.iter().map(|[received, _]| *received).collect();
    let sent = |connection: usize| Event::Sent {
        connection: connection as u64 + 1,
        at_us: 1,
        offset: 0,
        octets: connections[connection][1].into(),
    };
    let mut lines: Vec<String> = capture(&received).lines().map(str::to_owned).collect();
    for connection in 0..connections.len() {
        let mut line = Vec::new();
        sent(connection).write_line(&mut line).expect("a line");
        let fin =
            lines.iter().rposition(|line| line.starts_with(&format!("{{\"event\":\"fin\",\"connection\":{}", connection + 1)));
        lines.insert(fin.expect("its end"), String::from_utf8(line).expect("JSON").trim_end().to_owned());
    }
    lines.join("\n") + "\n"
}

#[test]
fn what_differs_in_messages_is_said_first_in_the_words_of_their_fields() {
    let project = Project::new();
    let request = |host: &str| format!("GET /a HTTP/1.1\r\nHost: {host}\r\n\r\n");
    project.write("expected", &request("example.org"));
    project.write("captured", &request("EXAMPLE.org"));
    let said = project.samewire(&["explain", "expected", "captured", "--decode", "http1"]).assert().code(1);
    let said = String::from_utf8(said.get_output().stdout.clone()).expect("text");
    let places = [
        "messages as http1 reads them",
        "expected 1 message, 1 came",
        "  message 1",
        "host",
        "(upper-cased)",
        "first difference",
    ];
    let places: Vec<Option<usize>> = places.iter().map(|part| said.find(part)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}\n{said}");
    project.samewire(&["explain", "expected", "expected", "--decode", "http1"]).assert().code(0);
    let same = ["explain", "text:GET / HTTP/1.1\r\nA: b\r\n\r\n", "text:GET / HTTP/1.1\r\nA:  b\r\n\r\n", "--decode", "http1"];
    project.samewire(&same).assert().code(1).stdout(contains("the messages are the same; their octets differ"));
    project.samewire(&["explain", "expected", "captured", "--decode", "nobody"]).assert().code(2).stdout("");
    let json = project.samewire(&["explain", "expected", "captured", "--decode", "http1", "--format", "json"]).assert().code(1);
    let json: serde_json::Value = serde_json::from_slice(&json.get_output().stdout).expect("JSON");
    valid("explain", &json);
    assert_eq!(json["messages"][0]["differences"].as_array().map(Vec::len), Some(1), "{json:#}");
}

#[test]
fn what_was_sent_and_the_connections_of_captures_may_be_chosen() {
    let project = Project::new();
    project.write("a", &answered(&[[b"one", b"1"], [b"two", b"yes"], [b"three", b"3"]]));
    project.write("b", &answered(&[[b"one", b"1"], [b"two", b"YES"], [b"THREE", b"3"]]));
    let status = |more: &[&str]| project.samewire(&[&["explain", "a", "b"], more].concat()).assert();
    status(&[]).code(1).stdout(contains("connection 3").and(contains("(upper-cased)")));
    status(&["--connection", "2"]).code(0).stdout(contains("expected  a, 3 octets in 1 connection (number 2 of 3)"));
    status(&["--connection", "1,2"]).code(0);
    let third = status(&["--connection", "1", "--connection", "3"]).code(1);
    third
        .stdout(contains("b, 8 octets in 2 connections (number 1, 3 of 3, counted from 1 here)").and(contains("connection 2: ")));
    status(&["--sent"]).code(1).stdout(contains("5 octets that were sent in 3 connections").and(contains("connection 2: ")));
    status(&["--sent", "--connection", "3"]).code(0);
    project.samewire(&["explain", "a", "text:yes", "--sent", "--connection", "2"]).assert().code(0);
    status(&["--connection", "4"]).code(2).stderr(contains("a has no connection 4: it has 3 connections"));
    status(&["--connection", "0"]).code(2);
    project
        .samewire(&["explain", "text:a", "text:b", "--connection", "1"])
        .assert()
        .code(2)
        .stderr(contains("neither side is one"));
}

#[test]
fn octets_that_are_the_same_in_a_place_that_is_told_are_marked_as_such() {
    let project = Project::new();
    let said = project.samewire(&["explain", "hex:050080000100", "hex:050001000100"]).assert().code(1);
    said.stdout(contains("^^ ~~\n").and(contains("~~ is the same, in a place that is told")));
    let hostile =
        project.samewire(&["explain", "text:id=\u{1b}[31mred\u{1b}[0m;", "text:id=\u{1b}[31mRED\u{1b}[0m;"]).assert().code(1);
    hostile.stdout(contains('\u{1b}').not());
}
