//! `samewire compare`: the same, different, or unusable; for captures and for reports.

use std::path::PathBuf;

use predicates::prelude::*;
use predicates::str::contains;
use samewire_recorder::{EndedBy, Event, PeerEnd};

use super::support::{HELLO, Project, THREE};

/// A whole capture of connections, each read in pieces and ended in its way.
fn capture(connections: &[(&[u8], PeerEnd)]) -> String {
    let mut events = vec![Event::Start { format: 1, recorder: "test".into(), address: "127.0.0.1:1".into(), at: "now".into() }];
    for (connection, (octets, peer)) in (1..).zip(connections) {
        events.push(Event::Open { connection, at_us: 1, peer: "127.0.0.1:2".into(), address: None });
        for (piece, offset) in octets.chunks(1 << 20).zip((0..).step_by(1 << 20)) {
            events.push(Event::Data { connection, at_us: 1, offset, urgent: None, octets: piece.into() });
        }
        if *peer == PeerEnd::Fin {
            events.push(Event::Fin { connection, at_us: 1 });
        }
        let crc32 = format!("{:08x}", crc32fast::hash(octets)).into();
        let bytes = octets.len() as u64;
        events.push(Event::Close {
            connection,
            at_us: 1,
            bytes,
            peer: *peer,
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

fn one(octets: &[u8]) -> String {
    capture(&[(octets, PeerEnd::Fin)])
}

/// A folder with these captures: `a`, `b` and so on.
#[track_caller]
fn captures(captures: &[String]) -> Project {
    let project = Project::new();
    captures.iter().zip(["a", "b", "c", "d"]).for_each(|(capture, name)| project.write(name, capture));
    project
}

#[test]
fn captures_with_the_same_octets_are_the_same_however_they_were_read() {
    let split = one(b"hello").replace(
        r#"{"event":"data","connection":1,"at_us":1,"offset":0,"base64":"aGVsbG8="}"#,
        "{\"event\":\"data\",\"connection\":1,\"at_us\":1,\"offset\":0,\"base64\":\"aGU=\"}\n\
         {\"event\":\"data\",\"connection\":1,\"at_us\":1,\"offset\":2,\"base64\":\"bGxv\"}",
    );
    assert_ne!(split, one(b"hello"));
    let project = captures(&[one(b"hello"), split]);
    project.samewire(&["compare", "a", "b"]).assert().code(0).stdout("A  a\nB  b\nthe same: 1 connection, 5 octets\n");
}

#[test]
fn captures_that_differ_are_drawn_over_each_other_and_diagnosed() {
    let project = captures(&[one(b"hello"), one(b"hello\n")]);
    project.samewire(&["compare", "a", "b"]).assert().code(1).stdout(
        contains("different\n")
            .and(contains("connection 1: 5 octets in A, 6 in B\nfirst difference at offset 5\n"))
            .and(contains("A         00000000  68 65 6c 6c 6f --                    |hello |\n"))
            .and(contains("B         00000000  68 65 6c 6c 6f 0a                    |hello.|\n"))
            .and(contains("(line-feed-added)")),
    );
}

#[test]
fn octets_that_differ_are_different_though_their_checksum_is_the_same() {
    let (one_way, other) = (b"hello", b")c\x1d\xb7n");
    assert_eq!(crc32fast::hash(one_way), crc32fast::hash(other));
    captures(&[one(one_way), one(other)]).samewire(&["compare", "a", "b"]).assert().code(1);
}

#[test]
fn endings_and_numbers_of_connections_count() {
    let (fin, reset) = (PeerEnd::Fin, PeerEnd::Reset);
    let project = captures(&[capture(&[(b"a", fin), (b"b", fin)]), capture(&[(b"a", reset)])]);
    project.samewire(&["compare", "a", "b"]).assert().code(1).stdout(
        contains("2 connections in A, 1 in B\n")
            .and(contains("connection 1: ended in FIN in A, in RST in B\n"))
            .and(contains("connection 2: only in A, 1 octet\n")),
    );
}

/// A capture in which the recorder answered.
fn answered(octets: &[u8], answer: &[u8]) -> String {
    let mut sent = Vec::new();
    Event::Sent { connection: 1, at_us: 1, offset: 0, octets: answer.into() }.write_line(&mut sent).expect("a line");
    let sent = String::from_utf8(sent).expect("JSON Lines");
    one(octets).replace("{\"event\":\"close\"", &format!("{sent}{{\"event\":\"close\""))
}

#[test]
fn what_was_answered_counts_as_well() {
    let project = captures(&[answered(b"hello", b"OK"), answered(b"hello", b"KO"), answered(b"hello", b"OK")]);
    project.samewire(&["compare", "a", "b"]).assert().code(1).stdout(
        contains("connection 1: answered 2 octets in A, 2 in B\nfirst difference at offset 0\n")
            .and(contains("4f 4b"))
            .and(contains("4b 4f")),
    );
    let same = "the same: 1 connection, 5 octets and 2 answered\n";
    project.samewire(&["compare", "a", "c"]).assert().code(0).stdout(contains(same));
}

#[test]
fn of_three_captures_the_odd_one_is_named() {
    let project = captures(&[one(b"hello"), one(b"help"), one(b"hello")]);
    project
        .samewire(&["compare", "a", "b", "c"])
        .assert()
        .code(1)
        .stdout(contains("different: B differs from the 2 others\n").and(contains("5 octets in A, 4 in B")));
}

#[test]
fn a_block_lost_from_a_large_capture_is_found_where_it_was() {
    let noise: Vec<u8> =
        (0..40_000_000_u64).map(|i| (i.wrapping_mul(i).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as u8).collect();
    let mut lost = noise.clone();
    lost.drain(5_000_000..5_004_096);
    let project = captures(&[one(&noise), one(&lost)]);
    project.samewire(&["compare", "a", "b"]).assert().code(1).stdout(
        contains("first difference at offset 5000000\n")
            .and(contains("... 4060 A and no B octets more ...\n"))
            .and(contains("\n...\n").not()),
    );
}

#[test]
fn what_is_damaged_missing_or_cut_off_is_unusable_and_named() {
    let whole = one(b"hello");
    let damaged = whole.replace("\"bytes\":5", "\"bytes\":6");
    let cut_off = whole.lines().take(3).map(|line| format!("{line}\n")).collect();
    let project = captures(&[whole, damaged, cut_off]);
    let refused = |with: &str, why: &str| {
        project.samewire(&["compare", "a", with]).assert().code(2).stdout("").stderr(contains(why.to_owned()));
    };
    refused("b", "b: line 5: counts 6 octets");
    refused("c", "c: line 4: the capture is cut off here");
    refused("absent", "absent: ");
    refused("clients", "not one with the other");
    project.samewire(&["compare", "a"]).assert().code(2);
    project.samewire(&["compare", "clients", "clients"]).assert().code(2).stderr(contains("report.json"));
}

/// All lines of a capture but the last ones.
fn without_last(capture: &str, last: usize) -> String {
    let lines: Vec<&str> = capture.lines().collect();
    lines[..lines.len() - last].iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn connections_that_are_whole_count_though_the_capture_is_cut_off() {
    let fin = PeerEnd::Fin;
    let (both, first) = (capture(&[(b"one", fin), (b"two", fin)]), capture(&[(b"one", fin)]));
    let project = captures(&[both.clone(), without_last(&both, 1), without_last(&both, 2), first]);
    let compared = |paths: [&str; 2], code: i32, said: &str| {
        project.samewire(&["compare", paths[0], paths[1]]).assert().code(code).stdout(contains(said.to_owned()));
    };
    compared(["b", "b"], 0, "B is cut off in line 10: 2 connections compared; 0 incomplete and left out\nthe same: 2");
    compared(["a", "b"], 0, "B is cut off in line 10");
    compared(["c", "d"], 0, "A is cut off in line 9: 1 connection compared; 1 incomplete and left out\nthe same: 1");
    compared(["a", "c"], 1, "connection 2: only in A, 3 octets\n");
}

#[test]
fn a_connection_is_held_against_the_one_of_its_number() {
    let capture = capture(&[(b"one", PeerEnd::Fin), (b"two", PeerEnd::Fin)]);
    let lines: Vec<&str> = capture.lines().collect();
    // The first is still open where the file ends.
    let order = [0, 1, 5, 6, 7, 8, 2];
    let cut_off: String = order.iter().map(|at| format!("{}\n", lines[*at])).collect();
    let project = captures(&[capture.clone(), cut_off]);
    project
        .samewire(&["compare", "a", "b"])
        .assert()
        .code(1)
        .stdout(contains("connection 1: only in A, 3 octets\n").and(contains("connection 2: ").not()));
}

#[test]
fn nothing_in_a_capture_or_its_name_steers_the_terminal() {
    let project = captures(&[one(b"\x1b[2J"), one(b"\x1b[3J")]);
    project.write("e\u{1b}[2J", &one(b"x"));
    project.samewire(&["compare", "a", "b"]).assert().code(1).stdout(contains("\u{1b}[2J").not());
    project.samewire(&["compare", "a", "e\u{1b}[2J"]).assert().code(1).stdout(contains("B  e\\u{1b}[2J\n"));
}

/// Reports of machines, each with its own clients on its own cases; each client is the right sender but for a fault.
struct Machines(Project);

impl Machines {
    #[track_caller]
    fn new() -> Self {
        Self(Project::new())
    }

    /// Runs the client `sender` with this fault, and keeps the report in a folder of this name.
    #[track_caller]
    fn run(&self, name: &str, fault: &str, cases: &str, more: &[&str]) -> &Self {
        let machine = Project::new();
        machine.sender(fault, "").cases(cases);
        std::fs::rename(machine.path("clients").join(fault), machine.path("clients/sender")).expect("a client");
        let out = self.path(name).display().to_string();
        machine.run_all(&["--profile", "default", "--out", &out]).args(more).assert().success_or_failed();
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path(name)
    }

    #[track_caller]
    fn compare(&self, names: &[&str]) -> assert_cmd::assert::Assert {
        self.0.samewire(&[&["compare"], names].concat()).assert()
    }
}

/// A run that was carried out, whatever came of it.
trait Ran {
    fn success_or_failed(self);
}

/// The cases of the suite, without the contract.
const ALONE: [&str; 2] = ["--case", "case/*"];

impl Ran for assert_cmd::assert::Assert {
    #[track_caller]
    fn success_or_failed(self) {
        assert!(matches!(self.get_output().status.code(), Some(0 | 1)), "{:?}", self.get_output());
    }
}

#[test]
fn reports_of_clients_that_do_the_same_are_the_same() {
    let machines = Machines::new();
    let cases = format!("{HELLO}{THREE}");
    machines.run("linux", "right", &cases, &ALONE).run("mac", "right", &cases, &ALONE);
    machines.compare(&["linux", "mac"]).code(0).stdout("A  linux\nB  mac\n2 trials: 2 the same\n");
}

#[test]
fn a_trial_that_differs_between_machines_is_drawn() {
    let machines = Machines::new();
    machines
        .run("linux", "right", HELLO, &ALONE)
        .run("mac", "one-octet-changed", HELLO, &ALONE)
        .run("bsd", "right", HELLO, &ALONE);
    machines.compare(&["linux", "mac", "bsd"]).code(1).stdout(
        contains("sender::case/hello different: B differs from the 2 others\n")
            .and(contains("  first difference at offset 4\n"))
            .and(contains("  A         00000000  68 65 6c 6c 6f"))
            .and(contains("1 trial: 1 different\n")),
    );
    std::fs::remove_dir_all(machines.path("mac/captures")).expect("captures");
    machines
        .compare(&["linux", "mac"])
        .code(1)
        .stdout(contains("A  5 octets, sha256 2cf24dba5fb0a30e...").and(contains("--keep all")));
}

#[test]
fn a_trial_of_one_report_alone_makes_reports_differ_and_a_missing_toolchain_does_not() {
    let machines = Machines::new();
    machines.run("linux", "right", &format!("{HELLO}{THREE}"), &ALONE).run("mac", "right", HELLO, &ALONE);
    machines.compare(&["linux", "mac"]).code(1).stdout(contains("sender::case/three is not in B\n"));
    let report = std::fs::read_to_string(machines.path("linux/report.json")).expect("a report");
    let (hello, three) = report.split_once("\"case\": \"case/three\"").expect("two trials");
    let missing = format!("{hello}\"case\": \"case/three\"{}", three.replacen("\"passed\"", "\"missing\"", 1));
    machines.0.write("bare/report.json", &missing);
    let said = "2 trials: 1 the same, 1 not run, as a toolchain is missing\n";
    machines.compare(&["linux", "bare"]).code(0).stdout(contains(said));
}

#[test]
fn what_is_masked_may_vary_between_machines() {
    let masked = HELLO.replace("{ text = \"hello\" }", "{ parts = [{ text = \"hell\" }, { any = 1, name = \"id\" }] }");
    let machines = Machines::new();
    machines.run("linux", "right", &masked, &ALONE).run("mac", "one-octet-changed", &masked, &ALONE);
    machines.compare(&["linux", "mac"]).code(0).stdout(contains("1 trial: 1 the same\n"));
}

#[test]
fn reports_without_a_trial_in_common_prove_nothing() {
    let machines = Machines::new();
    machines.run("linux", "right", HELLO, &["--case", "nothing/*"]);
    machines.compare(&["linux", "linux"]).code(2).stderr(contains("no trial was run in all"));
}
