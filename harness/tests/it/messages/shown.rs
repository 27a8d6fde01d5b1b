//! `samewire show FILE --decode NAME`: a capture as messages.

use std::fs;

use predicates::prelude::*;
use predicates::str::contains;
use samewire_recorder::PeerEnd;
use serde_json::{Value, json};

use crate::packets::support::{CLIENT, SERVER, Told, are_there};
use crate::support::Project;

const REQUEST: &[u8] = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

/// A project with this `samewire.toml`, and a capture of one connection: what was received and answered, by turns.
fn project(toml: &str, turns: &[&[u8]]) -> Project {
    let project = Project::new();
    project.write("samewire.toml", toml);
    let mut told = Told::by(SERVER).open(CLIENT);
    for (index, turn) in turns.iter().enumerate() {
        told = if index % 2 == 0 { told.data(1, turn) } else { told.sent(1, turn) };
    }
    fs::write(project.path("capture.jsonl"), told.fin(1).close(1, PeerEnd::Fin).stop()).expect("a capture");
    project
}

fn decoder(name: &str, script: &str) -> String {
    format!("[decoder.{name}]\nrun = ['sh', '-c', '''{script}''']\n")
}

fn show(project: &Project, more: &[&str]) -> assert_cmd::assert::Assert {
    project.samewire(&["show", "capture.jsonl"]).args(more).assert()
}

#[test]
fn both_directions_are_shown_as_messages_in_the_order_in_which_they_were_whole() {
    let project = project("", &[&REQUEST[..9], b"", &REQUEST[9..], ANSWER, REQUEST]);
    let shown = show(&project, &["--decode", "http1"]).code(0).stderr("");
    let text = String::from_utf8(shown.get_output().stdout.clone()).unwrap();
    let of = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what} is not in {text}"));
    assert!(of("< message 1 at 0, 28 octets: GET /a HTTP/1.1") < of("> message 1 at 0, 40 octets: HTTP/1.1 200 OK"), "{text}");
    assert!(of("> message 1") < of("< message 2 at 28, 28 octets"), "{text}");
    assert!(text.contains("    host = h  (at 23, 1 octet)") && text.contains("    body = hi  (at 38, 2 octets)"), "{text}");
    assert!(text.contains("< FIN") && text.contains("closed by the client (FIN)"), "{text}");
    let shown = show(&project, &["--decode", "http1", "--format", "json"]).code(0).stderr("");
    let lines = String::from_utf8(shown.get_output().stdout.clone()).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1]["direction"], "sent");
    assert_eq!(lines[1]["fields"].as_array().unwrap().last().unwrap(), &json!({"name": "body", "value": "hi", "place": [38, 2]}));
}

#[test]
fn octets_that_no_decoder_explains_are_shown() {
    let project = project("", &[b"\x00\x1b[2Jx"]);
    let said = "< message 1 at 0, 6 octets: undecoded: ";
    let row = "    00000000  00 1b 5b 32 4a 78                                |..[2Jx|\n";
    show(&project, &["--decode", "http1"]).code(0).stdout(contains(said).and(contains(row)));
    show(&project, &["--decode", "http1", "--format", "json"]).stdout(contains("\"hex\":\"001b5b324a78\""));
}

#[test]
fn a_decoder_that_fails_is_said_and_the_octets_are_shown() {
    let failing = [
        ("crash", "echo broken >&2; kill -KILL $$", "the decoder crash was ended by signal 9: broken"),
        ("flood", "yes", "the decoder flood printed more than 1048"),
        ("liar", r#"echo '{"at":0,"octets":9,"text":"x"}'"#, "has a message of 9 octets at 0, and 3 octets came"),
        ("hang", "sleep 600", "the decoder hang did not end within 0.3 s"),
    ];
    let toml: String = failing.iter().map(|(name, script, _)| decoder(name, script)).collect();
    let project = project(&(toml + "timeout_ms = 300\n"), &[b"abc"]);
    for (name, _, said) in failing {
        let said = contains("connection 1, received: ").and(contains(said));
        let octets = contains("< 00000000  61 62 63 ").and(contains("closed by the client"));
        show(&project, &["--decode", name]).code(2).stderr(said).stdout(octets);
        let line = contains("\"octets\":3").and(contains("\"undecoded\":\"the decoder ")).and(contains("\"hex\":\"616263\""));
        show(&project, &["--decode", name, "--format", "json"]).code(2).stdout(line);
    }
}

#[test]
fn of_answers_that_a_decoder_fails_on_no_more_is_said() {
    let script = r#"test {direction} = received && echo '{"at":0,"octets":3,"text":"fine"}'"#;
    let project = project(&decoder("requests", script), &[b"abc", b"yes"]);
    let octets = contains("< message 1 at 0, 3 octets: fine").and(contains("> 00000000  79 65 73 "));
    show(&project, &["--decode", "requests"]).code(0).stderr(contains("connection 1, sent: ")).stdout(octets);
}

#[test]
fn what_a_decoder_says_steers_no_terminal_and_what_redact_matches_is_hidden() {
    let said =
        r#"printf '%s\n' '{"at":0,"octets":9,"text":"\u001b[31m\u202e key-1 6b65792d31","fields":{"a\n":"key-1","b":"key-12"}}'"#;
    let toml = format!("redact = ['key-[0-9]+']\n{}{}", decoder("it", said), decoder("bad", "cat >&2; false"));
    let project = project(&toml, &[b"a key-1 b", b"key-2!"]);
    let text = "\\u{1b}[31m\\u{202e} ***** **********\n";
    let fields = contains("a\\n = *****\n").and(contains("b = ******\n"));
    show(&project, &["--decode", "it"]).code(0).stdout(contains(text).and(fields).and(contains("key-").not()));
    show(&project, &["--decode", "bad"]).code(2).stderr(contains("a ***** b")).stdout(contains("key").not());
    let plain = contains("61 20 ** ** ** ** ** 20 62 ").and(contains("|a ***** b|")).and(contains("|*****!|"));
    show(&project, &[]).code(0).stdout(plain);
    let json = contains("key-").not().and(contains("\"value\":\"******\""));
    show(&project, &["--decode", "it", "--format", "json"]).stdout(json);
}

#[test]
fn decoders_of_suites_are_there_and_names_that_mean_nothing_or_two_things_are_refused() {
    let suite = |end: &str| format!("[decoder.records]\nlines = {{ end = '{end}' }}\n");
    let project = project("suites = ['one', 'two', 'gone']\n", &[b"a;b"]);
    project.write("one/suite.toml", &suite("3b"));
    show(&project, &["--decode", "records"]).code(0).stdout(contains("message 2 at 2, 1 octet: b"));
    project.write("two/suite.toml", &suite("62"));
    let two =
        contains("there are two decoders \"records\", at ").and(contains("one/suite.toml:1").and(contains("two/suite.toml:1")));
    show(&project, &["--decode", "records"]).code(2).stderr(two);
    project.write("samewire.toml", &format!("suites = ['one', 'two']\n{}", suite("61")));
    show(&project, &["--decode", "records"]).code(0).stdout(contains("message 2 at 1, 2 octets: ;b"));
    show(&project, &["--decode", "recrods"])
        .code(2)
        .stderr(contains("there is no decoder \"recrods\"; there are: http1 lines records"));
    show(&project, &["--format", "json"]).code(2).stderr(contains("needs --decode"));
    let made = ["--decode", "lines", "--format", "pcapng", "--out", "x"];
    show(&project, &made).code(2).stderr(contains("leave one of them out"));
    project.write("samewire.toml", "redact = 1\n");
    show(&project, &[]).code(2).stdout("").stderr(contains("samewire.toml:1").and(contains("`redact`")));
}

#[test]
fn a_capture_that_is_cut_off_is_shown_as_far_as_it_goes() {
    let project = project("", &[REQUEST]);
    let capture = fs::read(project.path("capture.jsonl")).unwrap();
    let lines: Vec<&[u8]> = capture.split_inclusive(|octet| *octet == b'\n').collect();
    fs::write(project.path("capture.jsonl"), lines[..3].concat()).unwrap();
    let said = contains("has no end after line 3");
    show(&project, &["--decode", "http1"]).code(0).stdout(contains("< message 1 at 0")).stderr(said);
    fs::write(project.path("capture.jsonl"), [&lines[..3].concat(), &b"junk\n"[..]].concat()).unwrap();
    show(&project, &["--decode", "http1"]).code(2).stdout(contains("< message 1 at 0")).stderr(contains("is damaged"));
}

#[test]
fn wireshark_reads_both_directions() {
    if !are_there(&["tshark"]) {
        return;
    }
    let toml = "[decoder.mq]\nwireshark = 'mqtt'\n[decoder.none]\nwireshark = 'mqqt'\n";
    let connect = b"\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x03cid";
    let project = project(toml, &[connect, b"\x20\x02\x00\x00", b"\xe0\x00"]);
    let both = contains("< message 1 at 0, 17 octets: Connect Command").and(contains("> message 1 at 0, 4 octets: Connect Ack"));
    let client = contains("mqtt.clientid = cid  (at 14, 3 octets)").and(contains("messages as mq reads them, TShark"));
    show(&project, &["--decode", "mq"]).code(0).stdout(both.and(client));
    show(&project, &["--decode", "none"]).code(2).stderr(contains("the decoder none: ").and(contains("mqqt")));
}
