//! `samewire import`: recorded exchanges become cases, that their client passes and another does not.

use std::fs;

use predicates::prelude::*;
use predicates::str::contains;
use samewire_recorder::PeerEnd;

use super::support::{Built, CLIENT, Chance, SERVER, Told, built, file};
use crate::support::Project;

/// The server speaks first, and answers; the client says the last word.
fn session() -> Vec<u8> {
    let told = Told::by(SERVER).open(CLIENT).sent(1, b"hi\n").data(1, b"PING\n").sent(1, b"PO").sent(1, b"NG\n");
    told.data(1, b"BYE\n").fin(1).close(1, PeerEnd::Fin).stop()
}

const SESSION: &str = r#"[[case]]
name     = "connection-1"
about    = "Recorded: 127.0.0.1:40000 with 127.0.0.1:3099"
hazards  = []
expect   = { text = "PING\nBYE\n" }

[case.recorder]
replies = [
  { at = "connect", text = "hi\n" },
  { after_bytes = 5, text = "PONG\n" },
]
"#;

/// What the client does that was recorded, as a plan.
const PLAN: &str = r#"plan = '''
receive 3
text PING
bytes 0a
receive 5
text BYE
bytes 0a
'''
output = { text = "hi\nPONG\n" }"#;

fn project(name: &str, recorded: &[u8]) -> Project {
    let project = Project::new();
    project.write("suite/README", "");
    fs::write(project.path(name), recorded).unwrap();
    project
}

/// The cases that were written, without what stands before them.
#[track_caller]
fn cases(project: &Project, out: &str) -> String {
    let text = fs::read_to_string(project.path(out)).unwrap();
    text[text.find("[[case]]").unwrap()..].to_owned()
}

/// Who sends a segment, its flags and its octets.
type Step<'a> = (&'a str, &'a str, &'a [u8]);

/// One connection, packet by packet: who sends, flags, octets. Sequence numbers are filled in; all that came is acknowledged.
fn packets(segments: &[Step<'_>]) -> Vec<Built> {
    // Near the end of what 32 bits can count, so that they wrap.
    let mut next = [u32::MAX - 3, 7_u32];
    let mut all = Vec::new();
    for (who, flags, data) in segments {
        let one = usize::from(*who == "server");
        let (source, target) = if one == 0 { (CLIENT, SERVER) } else { (SERVER, CLIENT) };
        all.push(built(source, target, flags, next[one], next[1 - one], data));
        let ends = u32::from(flags.contains('S')) + u32::from(flags.contains('F'));
        next[one] = next[one].wrapping_add(data.len() as u32 + ends);
    }
    all
}

const BEGIN: [Step<'static>; 3] = [("client", "S", b""), ("server", "SA", b""), ("client", "A", b"")];

fn file_of(segments: &[Built]) -> Vec<u8> {
    file(&segments.iter().map(Built::frame).collect::<Vec<_>>())
}

fn session_with(more: &[Step<'_>]) -> Vec<Built> {
    packets(&[&BEGIN[..], more].concat())
}

#[test]
fn a_session_becomes_a_case_that_its_client_passes_and_another_does_not() {
    let project = project("session.jsonl", &session());
    let import = ["import", "session.jsonl", "--out", "suite/session.toml"];
    let said = contains("written suite/session.toml: 1 case; it may hold secrets");
    project.samewire(&import).assert().code(0).stdout(said).stderr("");
    assert_eq!(cases(&project, "suite/session.toml"), SESSION);
    let with_plan = cases(&project, "suite/session.toml").replacen("hazards  = []", &format!("hazards  = []\n{PLAN}"), 1);
    project.write("suite/session.toml", &with_plan);
    project.sender("right", "").sender("one-octet-changed", "");
    let run = project.run_all(&["--profile", "default", "--case", "session/*"]).assert().code(1);
    run.stdout(contains("differs one-octet-changed::session/connection-1").and(contains("2 trials: 1 passed, 1 differs")));
}

#[test]
fn packets_and_a_capture_of_the_same_session_become_the_same_case() {
    let project = project("session.jsonl", &session());
    project.samewire(&["show", "session.jsonl", "--format", "pcapng", "--out", "session.pcapng"]).assert().code(0);
    project.samewire(&["import", "session.pcapng", "--out", "suite/a.toml"]).assert().code(0);
    assert_eq!(cases(&project, "suite/a.toml"), SESSION);
    // Through a pipe, which cannot be read twice.
    let piped = project.samewire(&["import", "-", "--port", "3099", "--out", "suite/b.toml"]);
    let octets = fs::read(project.path("session.pcapng")).unwrap();
    { piped }.write_stdin(octets).assert().code(0);
    assert_eq!(cases(&project, "suite/b.toml"), SESSION);
}

#[test]
fn a_server_that_ends_first_ends_again() {
    let ends: [(&[Step<'_>], &str); 4] = [
        (
            &[
                ("client", "PA", b"GET"),
                ("server", "PFA", b"200"),
                ("client", "PA", b"!"),
                ("client", "FA", b""),
                ("server", "A", b""),
            ],
            "expect   = { text = \"GET!\" }\n\n[case.recorder]\nreplies = [\n  { after_bytes = 3, text = \"200\" },\n]\nhalf_close_after_bytes = 3\n",
        ),
        (
            &[("client", "PA", b"GET"), ("server", "FA", b""), ("client", "PA", b"more"), ("server", "R", b"")],
            "expect   = { text = \"GET\", ending = \"open\" }\n\n[case.recorder]\nclose_after_bytes = 3\n",
        ),
        (
            &[("client", "PA", b"GET"), ("server", "RA", b"")],
            "expect   = { text = \"GET\", ending = \"open\" }\n\n[case.recorder]\nreset_after_bytes = 3\n",
        ),
        (
            &[("client", "PA", b"GET"), ("server", "A", b""), ("client", "RA", b"")],
            "expect   = { text = \"GET\", ending = \"reset\" }\n",
        ),
    ];
    for (index, (segments, expected)) in ends.into_iter().enumerate() {
        let project = project("session.pcapng", &file_of(&session_with(segments)));
        project.samewire(&["import", "session.pcapng", "--out", "suite/a.toml"]).assert().code(0);
        let text = cases(&project, "suite/a.toml");
        assert_eq!(&text[text.find("expect").unwrap()..], expected, "{index}");
    }
}

#[test]
fn what_a_bad_network_does_changes_no_case() {
    let answers: Vec<Vec<u8>> = (0..20_u8).map(|number| vec![b'a' + number; usize::from(number) + 1]).collect();
    let turns = answers.iter().flat_map(|answer| [("client", "PA", b"next\n".as_slice()), ("server", "PA", answer)]);
    let end: [Step<'_>; 3] = [("client", "FA", b""), ("server", "FA", b""), ("client", "A", b"")];
    let good = session_with(&turns.chain(end).collect::<Vec<_>>());
    let project = project("good.pcapng", &file_of(&good));
    project.samewire(&["import", "good.pcapng", "--out", "suite/good.toml"]).assert().code(0);
    for seed in 0..40 {
        let mut chance = Chance(seed);
        let mut bad = good.clone();
        for at in 3..bad.len() - 4 {
            if chance.one_in(3) {
                bad.swap(at, at + 1);
            }
            if chance.one_in(5) {
                let again = bad[at].clone();
                bad.insert(at + 1, again);
            }
        }
        fs::write(project.path("bad.pcapng"), file_of(&bad)).unwrap();
        let out = format!("suite/bad-{seed}.toml");
        project.samewire(&["import", "bad.pcapng", "--out", &out]).assert().code(0);
        assert_eq!(cases(&project, &out), cases(&project, "suite/good.toml"), "seed {seed}");
    }
}

#[test]
fn what_is_not_whole_is_left_out_and_never_invented() {
    let end: [Step<'_>; 3] = [("client", "FA", b""), ("server", "FA", b""), ("client", "A", b"")];
    let whole = session_with(
        &[&[("client", "PA", b"one".as_slice()), ("client", "PA", b"two"), ("server", "PA", b"ok")][..], &end].concat(),
    );
    let lost = [&whole[..3], &whole[4..]].concat();
    let refused = |segments: &[Built], why: &str| {
        let project = project("session.pcapng", &file_of(segments));
        let import = project.samewire(&["import", "session.pcapng", "--out", "suite/a.toml"]).assert().code(1);
        let all = import.get_output();
        let said = String::from_utf8([&all.stdout[..], &all.stderr].concat()).unwrap();
        assert!(said.contains(why), "{said}");
        assert!(!project.path("suite/a.toml").exists());
    };
    refused(
        &lost,
        "left out connection 1 (127.0.0.1:40000 with 127.0.0.1:3099): packets are missing: the octet at offset 0 of what was received",
    );
    refused(&whole[..6], "it was still open when the capture ended");
    refused(&whole[3..], "1 connections began before the packets do, and are left out");
    let tls = [0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0];
    refused(&session_with(&[&[("client", "PA", tls.as_slice())][..], &end].concat()), "it speaks TLS: its octets are encrypted");
    refused(&session_with(&end), "nobody said anything on it");
    let piece = vec![b'a'; 1 << 20];
    let large = (0..17).fold(Told::by(SERVER).open(CLIENT), |told, _| told.data(1, &piece)).fin(1).close(1, PeerEnd::Fin).stop();
    let project = project("large.jsonl", &large);
    let import = project.samewire(&["import", "large.jsonl", "--out", "suite/a.toml"]).assert().code(1);
    import.stdout(contains("it has more octets than are kept: 16 MiB"));
    fs::write(project.path("open.jsonl"), Told::by(SERVER).open(CLIENT).data(1, b"a").stop()).unwrap();
    let import = project.samewire(&["import", "open.jsonl", "--out", "suite/a.toml"]).assert().code(1);
    import.stdout(contains("connection 1 (127.0.0.1:40000 with 127.0.0.1:3099): it was still open when the capture ended"));
}

#[test]
fn what_cannot_be_written_is_refused_before_anything_is_read() {
    let project = project("session.jsonl", &session());
    project.write("suite/there.toml", "");
    let refusals = [
        ("suite/there.toml", "it is there already; name another file, or remove it"),
        ("suite/Not A Group.toml", "it must consist of a-z, 0-9 and -"),
        ("suite/con.toml", "\"con\" is a device on Windows"),
        ("suite/plain", "a file of cases ends in .toml"),
        ("nowhere/a.toml", "there is no folder nowhere; create it first"),
    ];
    for (out, why) in refusals {
        project.samewire(&["import", "no-such-file", "--out", out]).assert().code(2).stdout("").stderr(contains(why));
    }
    let out = ["--out", "suite/a.toml"];
    let refused = |file: &str, why: &str| {
        project.samewire(&["import", file]).args(out).assert().code(2).stderr(contains(why));
        assert!(!project.path("suite/a.toml").exists());
    };
    project.write("text", "hello\n");
    refused("text", "it is neither packets (pcap, pcapng) nor a capture: line 1");
    refused("clients", "it is a folder");
    refused("no-such-file", "cannot import no-such-file: ");
    project.write("empty", "");
    refused("empty", "it is neither packets (pcap, pcapng) nor a capture");
}

#[test]
fn a_port_chooses_among_servers() {
    let project = project("session.jsonl", &session());
    let end: [Step<'_>; 4] = [("client", "PA", b"a"), ("client", "FA", b""), ("server", "FA", b""), ("client", "A", b"")];
    let mut both = session_with(&end);
    for segment in session_with(&end) {
        let moved =
            |address: std::net::SocketAddr| if address.port() == 3099 { "127.0.0.1:25".parse().unwrap() } else { address };
        let (source, target) = (moved(segment.source), moved(segment.target));
        let mut header = segment.header.clone();
        (header.source_port, header.destination_port) = (source.port(), target.port());
        both.push(Built { source, target, header, data: segment.data.clone() });
    }
    fs::write(project.path("both.pcapng"), file_of(&both)).unwrap();
    let import = |port: &[&str]| project.samewire(&["import", "both.pcapng", "--out", "suite/a.toml"]).args(port).assert();
    import(&[]).code(2).stderr(contains("its connections are to several ports, 25 (1), 3099 (1): choose one with --port"));
    import(&["--port", "80"])
        .code(2)
        .stderr(contains("none of its connections is to port 80; there are connections to 25 (1), 3099 (1)"));
    import(&["--port", "25"]).code(0);
    assert!(cases(&project, "suite/a.toml").contains("127.0.0.1:40000 with 127.0.0.1:25"));
}

#[test]
fn the_clock_bends_and_secrets_are_hidden() {
    let told = Told::by(SERVER).open(CLIENT).data(1, b"at 2026-01-31T10:00:00Z token=abc\n").sent(1, b"hello token=xyz\n");
    let project = project("session.jsonl", &told.fin(1).close(1, PeerEnd::Fin).stop());
    project.write("samewire.toml", "redact = ['token=[a-z]+']\n");
    let import = project.samewire(&["import", "session.jsonl", "--out", "suite/a.toml"]).assert().code(0);
    import.stdout(
        contains("connection-1: the time may differ in another run, and bends")
            .or(contains("and bends"))
            .and(contains("`redact` hides octets of what the server answers")),
    );
    let text = fs::read_to_string(project.path("suite/a.toml")).unwrap();
    assert!(text.contains("matches = ") && text.contains("hello *********"), "{text}");
    assert!(!text.contains("abc") && !text.contains("xyz"), "{text}");
}

#[test]
fn messages_are_expected_where_there_is_a_decoder() {
    let project = project("session.jsonl", &session());
    project.samewire(&["import", "session.jsonl", "--decode", "lines", "--out", "suite/a.toml"]).assert().code(0);
    let text = cases(&project, "suite/a.toml");
    assert!(text.contains("decode   = \"lines\"\nmessages = [{ text = \"PING\", fields = { end = \"lf\" } }, "), "{text}");
    project.samewire(&["import", "session.jsonl", "--decode", "none", "--out", "suite/b.toml"]).assert().code(2);
}
