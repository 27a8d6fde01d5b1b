//! Packets of trials in networks of their own: recorded, kept, and held against the captures.

use std::fs;

use predicates::prelude::*;
use predicates::str::contains;
use samewire::packets::pcapng::PacketReader;
use samewire::packets::{Direction, Limits, assemble};
use serde_json::Value;

use super::support::{are_there, tshark};
use crate::support::{HELLO, Project, THREE, has_networks};

pub(super) const OWN: [&str; 4] = ["--network", "own", "--packets", "all"];

fn project() -> Option<Project> {
    if !has_networks() {
        return None;
    }
    let project = Project::new();
    project.sender("right", "").sender("utf-16le", "").cases(&format!("{HELLO}{THREE}"));
    Some(project)
}

#[test]
fn the_packets_of_each_trial_say_what_its_capture_says() {
    let Some(project) = project() else { return };
    project.run(&OWN).assert().code(1);
    for (client, case, connections) in [("right", "hello", 1), ("right", "three", 2), ("utf-16le", "hello", 1)] {
        let trial = project.trial(client, &format!("case/{case}"));
        let file = format!("captures/{client}/case/{case}.pcapng");
        let packets = serde_json::json!({ "file": file, "agreed": connections, "remarks": [] });
        let mut said = trial["packets"].clone();
        // Only a trial that failed says each.
        let rows = said.as_object_mut().and_then(|said| said.remove("rows"));
        assert_eq!(rows.is_some(), client == "utf-16le");
        assert_eq!(said, packets, "{trial:#}");
        let path = project.path("samewire-report").join(file);
        let assembly = assemble(PacketReader::open(&path).expect("packets"), Limits::default()).expect("packets");
        assert_eq!(assembly.connections.len(), connections);
        assert_eq!((assembly.dropped, assembly.unread.other), (0, 0));
        if (client, case) == ("right", "hello") {
            assert_eq!(assembly.connections[0].stream(Direction::Received).octets(), b"hello");
            if are_there(&["tshark"]) {
                let one = tshark(&path, &["-Y", "tcp.len > 0", "-T", "fields", "-e", "tcp.flags", "-e", "tcp.len"]);
                assert_eq!(one, "0x0018\t5\n");
            }
        }
    }
    let shown = contains("packets, samewire-report/captures/right/case/hello.pcapng").and(contains("PSH, ACK"));
    project.samewire(&["show", "samewire-report/captures/right/case/hello.jsonl"]).assert().code(0).stdout(shown);
    let path = r#"<property name="packets" value="captures/right/case/hello.pcapng"/>"#;
    project.samewire(&["report", "--format", "junit", "samewire-report"]).assert().code(0).stdout(contains(path));
}

#[test]
fn packets_are_kept_of_which_trials_it_is_said() {
    let Some(project) = project() else { return };
    let kept = |client: &str| project.path(&format!("samewire-report/captures/{client}/case/hello.pcapng")).exists();
    let own = ["--network", "own"];
    project.run(&own).assert().code(1);
    assert_eq!((kept("right"), kept("utf-16le")), (false, true));
    assert_eq!(project.trial("right", "case/hello")["packets"]["agreed"], 1);
    assert_eq!(project.trial("right", "case/hello")["packets"]["file"], Value::Null);
    // What is somebody else's stays.
    fs::write(project.path("samewire-report/captures/mine.pcapng"), super::support::file(&[])).expect("a file");
    project.run(&own).args(["--packets", "none"]).assert().code(1);
    assert_eq!((kept("right"), kept("utf-16le")), (false, false));
    assert_eq!(project.trial("utf-16le", "case/hello")["packets"], Value::Null);
    assert!(project.path("samewire-report/captures/mine.pcapng").exists());
    project.write("samewire.toml", "packets = 'all'\n");
    project.run(&[]).assert().code(1);
    assert_eq!((kept("right"), kept("utf-16le")), (true, true));
    project.write("samewire.toml", "packets = 'some'\n");
    project.run(&[]).assert().code(2).stderr(contains("samewire.toml:1"));
}

#[test]
fn repeated_trials_leave_the_packets_of_the_worst_and_nothing_else() {
    let Some(project) = project() else { return };
    project.run(&OWN).args(["--repeat", "3"]).assert().code(1);
    let files = fs::read_dir(project.path("samewire-report/captures/utf-16le/case")).expect("a folder");
    let mut names: Vec<String> = files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    assert_eq!(names, ["hello.jsonl", "hello.pcapng", "three.jsonl", "three.pcapng"]);
}
