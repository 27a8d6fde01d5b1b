//! `samewire show`: packets made from captures, and packets as a table.

use std::fs;

use predicates::prelude::*;
use predicates::str::contains;
use samewire::packets::{Direction, Finding, hold};
use samewire_recorder::{CaptureReader, PeerEnd};

use super::support::{CLIENT, SERVER, Told, address, are_there, assembled, tshark};
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
    let all_before = contains("is damaged: ").and(contains("all before that line is in the packets"));
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
