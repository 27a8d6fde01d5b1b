//! `samewire compare A B --decode NAME`, and what is hidden where captures are compared.

use std::fs;

use predicates::prelude::*;
use predicates::str::contains;
use samewire_recorder::PeerEnd;

use crate::packets::support::{CLIENT, SERVER, Told, are_there};
use crate::support::Project;

/// What was received and answered on a connection.
type Said<'a> = (&'a [u8], &'a [u8]);

fn project(toml: &str, captures: &[&[Said<'_>]]) -> Project {
    let project = Project::new();
    project.write("samewire.toml", toml);
    for (capture, name) in captures.iter().zip(["a", "b", "c"]) {
        let mut told = Told::by(SERVER);
        for ((received, sent), number) in capture.iter().zip(1..) {
            told = told.open(CLIENT).data(number, received);
            told = if sent.is_empty() { told } else { told.sent(number, sent) };
            told = told.fin(number).close(number, PeerEnd::Fin);
        }
        fs::write(project.path(name), told.stop()).expect("a capture");
    }
    project
}

fn compare(project: &Project, more: &[&str]) -> assert_cmd::assert::Assert {
    project.samewire(&["compare", "a", "b"]).args(more).assert()
}

const JSON: &str = "[decoder.json]\nlines = { end = 'lf', fields = 'json' }\n";

#[test]
fn messages_that_say_the_same_are_the_same_though_octets_differ() {
    let project = project(JSON, &[&[(b"{\"a\":1,\"b\":2}\n", b"")], &[(b"{ \"b\":2, \"a\":1 }\n", b"")]]);
    compare(&project, &[]).code(1);
    let said = contains("the same: 1 connection, 1 message; their octets differ, which `samewire compare` shows");
    compare(&project, &["--decode", "json"]).code(0).stdout(said);
}

#[test]
fn what_differs_is_said_in_the_words_of_fields_in_both_directions() {
    let one: &[Said<'_>] = &[(b"{\"qos\":0}\n{\"x\":1}\n", b"{\"ok\":true}\n")];
    let other: &[Said<'_>] = &[(b"{\"qos\":1}\n{\"x\":1}\n", b"{\"ok\":false}\n"), (b"{}\n", b"")];
    let project = project(JSON, &[one, other]);
    let received =
        contains("connection 1: 2 messages in A, 2 in B\n  B against A: message 1, {\"qos\":1}: qos is 1, expected 0\n");
    let answered = contains("connection 1, answered: 1 message in A, 1 in B\n").and(contains("ok is false, expected true\n"));
    let connections = contains("1 connection in A, 2 in B\n").and(contains("connection 2: only in B, 3 octets\n"));
    compare(&project, &["--decode", "json"]).code(1).stdout(received.and(answered).and(connections));
}

#[test]
fn what_rightly_differs_is_left_out_by_name_and_a_name_that_nothing_has_is_refused() {
    let request = |id: &str| format!("HEAD /{id} HTTP/1.1\r\n\r\nGET /{id} HTTP/1.1\r\nDate: {id}\r\nX: y\r\n\r\n");
    let (one, other) = (request("a"), request("b"));
    let project = project("", &[&[(one.as_bytes(), b"")], &[(other.as_bytes(), b"")]]);
    let with = |more: &[&str]| compare(&project, &[&["--decode", "http1"], more].concat());
    with(&["--ignore", "HEAD *"])
        .code(1)
        .stdout(contains("message 2, GET /b HTTP/1.1: target is /b").and(contains("HEAD").not()));
    let all = ["--ignore", "HEAD *", "--ignore-fields", "date", "--ignore-field", "target"];
    with(&all).code(0).stdout(contains("the same: 1 connection, 1 message; their octets differ"));
    let date = with(&["--ignore", "HEAD *", "--ignore-fields", "target"]).code(1);
    date.stdout(contains("date is b, expected a").and(contains("target is").not()));
    with(&["--ignore-fields", "dat"]).code(2).stderr(contains("--ignore-fields dat: no message of these captures has"));
    with(&["--ignore-fields", "Date"]).code(2).stderr(contains("headers are in small letters, as in \"date\""));
    with(&["--ignore", "*"]).code(2).stderr(contains("would leave out every message"));
    with(&["--ignore", "? *", "--ignore", "GET*", "--ignore", "HEAD*"]).code(2).stderr(contains("leaves out all of 4 messages"));
    compare(&project, &["--ignore-fields", "date"]).code(2).stderr(contains("--decode"));
    compare(&project, &["--decode", "lines", "--ignore-fields", "date"]).code(2).stderr(contains("it has: end"));
}

#[test]
fn help_shows_how_to_see_messages() {
    let project = project("", &[]);
    for command in ["show", "serve", "compare"] {
        project.samewire(&[command, "--help"]).assert().code(0).stdout(contains(".jsonl").and(contains(" --decode http1 ")));
    }
}

#[test]
fn octets_that_no_decoder_explains_are_compared_by_octets() {
    let project = project(JSON, &[&[(b"\x00\x01\n", b"")], &[(b"\x00\x02\n", b"")]]);
    let said = contains("3 octets are undecoded").and(contains("expected 3 others: ..."));
    compare(&project, &["--decode", "json"]).code(1).stdout(said);
}

#[test]
fn a_decoder_that_fails_is_an_error_and_of_answers_their_octets_are_compared() {
    let toml = "[decoder.bad]\nrun = ['sh', '-c', 'echo why >&2; false']\n\
                [decoder.half]\nrun = ['sh', '-c', '''test {direction} = received && echo '{\"at\":0,\"octets\":1,\"text\":\"m\"}' ''']\n";
    let project = project(toml, &[&[(b"a", b"x")], &[(b"b", b"y")]]);
    compare(&project, &["--decode", "bad"])
        .code(2)
        .stderr(contains("A, connection 1, received: the decoder bad ").and(contains("why")));
    let remark = contains("B, connection 1, sent: the decoder half ").and(contains("their octets are compared"));
    let said = contains("connection 1, answered: the octets differ, and are not decoded in both");
    compare(&project, &["--decode", "half"]).code(1).stdout(said).stderr(remark);
    compare(&project, &["--decode", "none"]).code(2).stderr(contains("there is no decoder"));
    project
        .samewire(&["compare", "clients", "clients", "--decode", "lines"])
        .assert()
        .code(2)
        .stderr(contains("is for captures"));
}

#[test]
fn what_redact_matches_is_hidden_and_told_to_differ() {
    let (one, other) = (b"to key-123456 from\n".as_slice(), b"to key-123457 from\n".as_slice());
    let project = project("redact = ['key-[0-9]+']\n", &[&[(one, b"")], &[(other, b"")]]);
    let hidden = contains("** ** **").and(contains("12345").not()).and(contains("key").not());
    compare(&project, &[]).code(1).stdout(hidden.and(contains("first difference at offset 12")));
    let said = contains("  what `redact` hides is not the same in both\n").and(contains("12345").not());
    compare(&project, &["--decode", "lines"]).code(1).stdout(said);
    fs::write(project.path("b"), Told::by(SERVER).open(CLIENT).data(1, b"to key-1\n").fin(1).close(1, PeerEnd::Fin).stop())
        .unwrap();
    let said = contains("message 1: it is \"to *****\", expected \"to ********** from\"\n");
    compare(&project, &["--decode", "lines"]).code(1).stdout(said);
}

#[test]
fn wireshark_tells_the_quality_of_service_of_two_captures() {
    if !are_there(&["tshark"]) {
        return;
    }
    let connect = b"\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x03cid";
    let publish = |rest: &[u8]| [&connect[..], rest].concat();
    let (one, other) = (publish(b"\x30\x0a\x00\x03a/bhello"), publish(b"\x32\x0c\x00\x03a/b\x00\x01hello"));
    let project = project("[decoder.mq]\nwireshark = 'mqtt'\n", &[&[(&one, b"")], &[(&other, b"")]]);
    let said = contains("B against A: message 2, Publish Message: mqtt.qos is 1, expected 0; ");
    compare(&project, &["--decode", "mq"]).code(1).stdout(said);
}

#[test]
fn the_cause_of_a_field_that_differs_is_told_and_quotes_nothing() {
    let [one, other] = [(b"{\"topic\":\"room/key\"}\n" as &[u8], b"" as &[u8]), (b"{\"topic\":\"ROOM/KEY\"}\n", b"")];
    let shown = project(JSON, &[&[one], &[other]]);
    let said = contains("topic is ROOM/KEY, expected room/key: ").and(contains("(upper-cased)"));
    compare(&shown, &["--decode", "json"]).code(1).stdout(said);
    let hidden = project(&format!("redact = ['(?i)room']\n{JSON}"), &[&[one], &[other]]);
    compare(&hidden, &["--decode", "json"]).code(1).stdout(contains("oom").not().and(contains("OOM").not()));
}
