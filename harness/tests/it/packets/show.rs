//! `samewire show`: packets made from captures, and packets as a table.

use std::fs;

use etherparse::TcpOptionElement;
use predicates::prelude::*;
use predicates::str::contains;
use samewire::packets::{Direction, Finding, hold};
use samewire_recorder::{CaptureReader, PeerEnd};

use super::support::{CLIENT, SERVER, Told, address, are_there, assembled, built, file, tshark};
use crate::support::Project;

const MADE: [&str; 5] = ["show", "capture.jsonl", "--format", "pcapng", "--out"];

fn hello() -> Vec<u8> {
    Told::by(SERVER).open(CLIENT).data(1, b"hi").sent(1, b"welcome").fin(1).close(1, PeerEnd::Fin).stop()
}

fn project(capture: &[u8]) -> Project {
    let project = Project::new();
    fs::write(project.path("capture.jsonl"), capture).unwrap();
    project
}

#[test]
fn packets_are_made_from_a_capture() {
    let project = project(&hello());
    project.samewire(&MADE).arg("made.pcapng").assert().code(0).stdout("").stderr("");
    let made = fs::read(project.path("made.pcapng")).unwrap();
    let assembly = assembled(&made);
    assert_eq!(assembly.connections[0].stream(Direction::Sent).octets(), b"welcome");
    let held = hold(&assembly, &[address(SERVER)], CaptureReader::new(&hello()[..])).unwrap();
    assert_eq!(held.finding, Finding::Agrees { connections: 1 });
    // The same on stdout, and over what was there.
    let stdout = project.samewire(&MADE).arg("-").assert().code(0).get_output().stdout.clone();
    assert!(stdout == made);
    project.samewire(&MADE).arg("made.pcapng").assert().code(0);
    if are_there(&["tshark"]) {
        let told = tshark(&project.path("made.pcapng"), &["-Y", "tcp.len > 0", "-T", "fields", "-e", "tcp.payload"]);
        assert_eq!(told, "6869\n77656c636f6d65\n");
    }
}

#[test]
fn what_is_no_file_of_packets_is_left_as_it_is() {
    let project = project(&hello());
    for name in ["capture.jsonl", "clients/README"] {
        project.write("clients/README", "mine");
        let before = fs::read(project.path(name)).unwrap();
        let refused = contains("neither empty nor a pcapng, and is left as it is");
        project.samewire(&MADE).arg(name).assert().code(2).stderr(refused);
        assert!(fs::read(project.path(name)).unwrap() == before);
    }
    project.write("empty", "");
    project.samewire(&MADE).arg("empty").assert().code(0);
    project.samewire(&MADE).arg("clients").assert().code(2);
    project.samewire(&MADE).arg("none/made.pcapng").assert().code(2).stderr(contains("none/made.pcapng"));
    project.samewire(&MADE[..4]).assert().code(2).stderr(contains("needs --out"));
    project.samewire(&["show", "capture.jsonl", "--out", "x"]).assert().code(2).stderr(contains("--format pcapng"));
    assert!(!project.path("x").exists());
}

#[test]
fn of_a_damaged_capture_packets_are_made_as_far_as_it_is_true() {
    let mut damaged = hello();
    damaged.extend_from_slice(b"and more\n");
    let all_before = contains("is damaged: ").and(contains("everything before that line is in the packets"));
    let cut = project(&hello()[..hello().len() - 10]);
    cut.samewire(&MADE).arg("made.pcapng").assert().code(0).stderr(contains("is cut off in line 7"));
    let project = project(&damaged);
    project.samewire(&MADE).arg("made.pcapng").assert().code(2).stderr(all_before);
    assert_eq!(assembled(&fs::read(project.path("made.pcapng")).unwrap()).connections.len(), 1);
    // Nothing of it is true: there is no file then, nor one beside it.
    fs::write(project.path("capture.jsonl"), "nothing\n").unwrap();
    project.samewire(&MADE).arg("none.pcapng").assert().code(2).stderr(contains("capture.jsonl").and(contains("damaged")));
    let mut names: Vec<_> = fs::read_dir(project.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["capture.jsonl", "clients", "made.pcapng"]);
}

#[cfg(unix)]
#[test]
fn links_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let project = project(&hello());
    project.samewire(&MADE).arg("made.pcapng").assert().code(0);
    let mode = |name: &str| fs::metadata(project.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("made.pcapng"), mode("capture.jsonl"));
    fs::set_permissions(project.path("made.pcapng"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("made.pcapng", project.path("link")).unwrap();
    project.samewire(&MADE).arg("link").assert().code(0);
    assert_eq!(mode("made.pcapng"), 0o640);
    assert!(fs::symlink_metadata(project.path("link")).unwrap().is_symlink());
}

/// An exchange with time stamps, as Linux has them.
fn stamped() -> Vec<Vec<u8>> {
    let segments = [
        built(CLIENT, SERVER, "S", 100, 0, b""),
        built(SERVER, CLIENT, "SA", 500, 101, b""),
        built(CLIENT, SERVER, "A", 101, 501, b""),
        built(CLIENT, SERVER, "PA", 101, 501, b"hi"),
        built(SERVER, CLIENT, "A", 501, 103, b""),
        built(CLIENT, SERVER, "FA", 103, 501, b""),
        built(SERVER, CLIENT, "FA", 501, 104, b""),
        built(CLIENT, SERVER, "A", 104, 502, b""),
    ];
    let frames = segments.into_iter().map(|mut segment| {
        segment.header.set_options(&[TcpOptionElement::Noop, TcpOptionElement::Noop, TcpOptionElement::Timestamp(1, 2)]).unwrap();
        segment.frame()
    });
    frames.collect()
}

#[test]
fn packets_are_a_table() {
    let project = Project::new();
    fs::write(project.path("one.pcapng"), file(&stamped())).unwrap();
    let output = project.samewire(&["show", "one.pcapng"]).assert().code(0).stderr("").get_output().stdout.clone();
    let table = String::from_utf8(output).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 9, "{table}");
    assert_eq!(lines[0], "from 127.0.0.1:40000 to 127.0.0.1:3099");
    let of = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(of(lines[1]), "0.000000 s < SYN seq 0 66 octets: 14 Ethernet, 20 IPv4, 32 TCP with timestamps");
    assert_eq!(of(lines[2]), "0.000001 s > SYN, ACK seq 0 ack 1 66 octets: 14 Ethernet, 20 IPv4, 32 TCP with timestamps");
    assert_eq!(of(lines[4]), "0.000003 s < PSH, ACK seq 1 ack 1 68 octets: 14 Ethernet, 20 IPv4, 32 TCP with timestamps, 2 data");
}

#[test]
#[cfg(target_os = "linux")]
fn on_a_terminal_the_lines_of_a_table_are_broken_between_words() {
    use std::io::Read;
    let project = Project::new();
    fs::write(project.path("one.pcapng"), file(&stamped())).unwrap();
    let (ours, theirs) = crate::support::terminal();
    let mut show = std::process::Command::new(crate::support::SAMEWIRE);
    show.current_dir(project.path("")).env("NO_COLOR", "1").args(["show", "one.pcapng"]).stdin(std::process::Stdio::null());
    let status = show.stdout(theirs.try_clone().unwrap()).stderr(theirs).spawn().unwrap().wait().unwrap();
    assert!(status.success());
    drop(show);
    let mut shown = Vec::new();
    // Where nobody has the other end any more, that is an error.
    let _ = fs::File::from(ours).read_to_end(&mut shown);
    let shown = String::from_utf8(shown).unwrap();
    assert!(shown.lines().count() > 9 && shown.contains("\n     "), "{shown}");
    assert_eq!(shown.lines().filter(|line| line.trim_end().chars().count() > 80).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn packets_beside_a_capture_have_its_times() {
    let project = project(&hello());
    project.samewire(&MADE).arg("capture.pcapng").assert().code(0);
    let shown = contains("|hi|").and(contains("packets, capture.pcapng")).and(contains("0.000100 s  < SYN "));
    project.samewire(&["show", "capture.jsonl"]).assert().code(0).stdout(shown);
    // What is beside it by that name and is no packets is nobody's.
    project.write("capture.pcapng", "mine");
    project.samewire(&["show", "capture.jsonl"]).assert().code(0).stdout(contains("packets").not()).stderr("");
}

#[test]
fn a_table_has_two_hundred_packets_at_most() {
    let project = Project::new();
    let rows = |told: &[u8]| String::from_utf8(told.to_vec()).unwrap().lines().filter(|line| line.contains(" octets: ")).count();
    let mut one = Told::by(SERVER).open(CLIENT);
    for _ in 0..150 {
        one = one.data(1, b"x");
    }
    fs::write(project.path("one.jsonl"), one.fin(1).close(1, PeerEnd::Fin).stop()).unwrap();
    let mut many = Told::by(SERVER);
    for connection in 1..=60 {
        many = many.open(&format!("127.0.0.1:{}", 40_000 + connection)).fin(connection).close(connection, PeerEnd::Fin);
    }
    fs::write(project.path("many.jsonl"), many.stop()).unwrap();
    for (name, said) in [("one", "107 further packets are left out"), ("many", "31 further connections are left out")] {
        let packets = format!("{name}-packets.pcapng");
        project.samewire(&["show", &format!("{name}.jsonl"), "--format", "pcapng", "--out", &packets]).assert().code(0);
        let shown = project.samewire(&["show", &packets]).assert().code(0).stdout(contains(said)).get_output().stdout.clone();
        assert_eq!(rows(&shown), 200);
    }
}

#[test]
fn of_damaged_packets_all_before_the_damage_are_shown() {
    let project = Project::new();
    let mut packets = file(&stamped());
    fs::write(project.path("cut.pcapng"), &packets[..packets.len() - 3]).unwrap();
    let shown = contains("SYN, ACK").and(contains("it was still open").not());
    project.samewire(&["show", "cut.pcapng"]).assert().code(0).stdout(shown).stderr(contains("is cut off"));
    let last = packets.len() - 2;
    packets[last] ^= 0x7f;
    fs::write(project.path("damaged.pcapng"), &packets).unwrap();
    let said = contains("damaged.pcapng: the block at octet").and(contains("all packets before it are shown"));
    project.samewire(&["show", "damaged.pcapng"]).assert().code(2).stdout(contains("SYN, ACK")).stderr(said);
    let refused = contains("it is a packet file already");
    project.samewire(&["show", "cut.pcapng", "--format", "pcapng", "--out", "x"]).assert().code(2).stderr(refused);
}
