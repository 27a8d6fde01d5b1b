//! The tutorial that this grew out of, as trials: two senders that dial 127.0.0.1:3099 and cannot be told otherwise, a process monitor,
//! a look at the packets. As root and, for root, as `nobody` with no capability.

use std::process::Output;

use super::support::{are_there, tshark};
use crate::networks::{as_nobody, open_to_others, text};
use crate::page;
use crate::support::{Project, has_networks, is_root};

const MESSAGE: &str = "GET / hello from a fixed sender, 40 oct.";

const RUN: &str =
    "run --suite suite --case case/* --profile default --network own --packets all --jobs 2 --repeat 3 --out=samewire-report";

fn arguments() -> Vec<&'static str> {
    RUN.split(' ').collect()
}

/// The two senders, each on what it sends.
#[track_caller]
fn project() -> Project {
    let project = Project::new();
    let case =
        |name: &str, expect: &str| format!("[[case]]\nname = '{name}'\nabout = 'x'\nhazards = []\ninput = 'x'\n{expect}\n");
    let hex: String = MESSAGE.bytes().map(|octet| format!("{octet:02x}")).collect();
    project.cases(&(case("message", &format!("expect = {{ hex = '{hex}' }}")) + &case("raw", "expect = { hex = '0c22' }")));
    for (name, sent) in [("message", format!("'{MESSAGE}'")), ("raw", "Buffer.from([0x0c, 0x22])".to_owned())] {
        let script = format!("require('net').connect(3099, '127.0.0.1', function () {{ this.end({sent}) }})\n");
        project.write(&format!("clients/{name}/s.js"), &script);
        let more = format!("listen = '127.0.0.1:3099'\ncases = ['case/{name}']");
        project.client(name, "run = ['node', 's.js']", &more);
    }
    project
}

#[track_caller]
fn assert_as_told(project: &Project, output: &Output) {
    assert!(text(output).contains("2 trials: 2 passed"), "{}", text(output));
    for (name, octets) in [("message", "40"), ("raw", "2")] {
        let file = project.path(&format!("samewire-report/captures/{name}/case/{name}.pcapng"));
        let fields = ["-T", "fields", "-E", "separator=,", "-e", "tcp.flags", "-e", "tcp.dstport", "-e", "tcp.len"];
        let shown = |filter: &str| tshark(&file, &[&["-Y", filter], &fields[..]].concat());
        assert_eq!(shown("tcp.flags.syn == 1 && tcp.flags.ack == 0"), "0x0002,3099,0\n");
        assert_eq!(shown("tcp.len > 0"), format!("0x0018,3099,{octets}\n"));
        let trial = project.trial(name, &format!("case/{name}"));
        let arguments = &trial["processes"][0]["processes"][0]["arguments"];
        assert_eq!(arguments[1], "s.js", "{trial:#}");
        assert_eq!((&trial["packets"]["agreed"], &trial["attempts"]["passed"]), (&1.into(), &3.into()));
    }
    for format in ["junit", "html"] {
        let view = project.samewire(&["report", "--format", format, "samewire-report"]).assert().code(0);
        assert!(page::inflated(&String::from_utf8_lossy(&view.get_output().stdout)).contains("s.js"), "{format}");
    }
}

#[test]
fn senders_that_cannot_be_told_are_recorded_side_by_side_with_packets_and_processes() {
    if has_networks() && are_there(&["node", "tshark"]) {
        let project = project();
        assert_as_told(&project, &project.samewire(&arguments()).output().expect("a run"));
    }
}

#[test]
fn so_they_are_for_nobody() {
    if has_networks() && is_root() && are_there(&["node", "tshark"]) {
        let project = project();
        let program = open_to_others(&project);
        assert_as_told(&project, &as_nobody(&project, &program, &arguments()));
    }
}
