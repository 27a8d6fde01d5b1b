//! Trials of which one witness is made false on disk while they run, by their own client: it can write what we write.

use std::fs;

use predicates::prelude::*;
use predicates::str::contains;

use super::support::are_there;
use super::trial::OWN;
use crate::support::{HELLO, Project, has_networks};

/// Sends `hello`, waits until the recorder has said all of it, and has the capture say `hella`, with its digest.
pub(crate) const CAPTURE: &str = r#"
import base64, glob, socket, sys, time, zlib
host, port, project = sys.argv[1:4]
stream = socket.create_connection((host, int(port)))
stream.sendall(b'hello')
stream.shutdown(socket.SHUT_WR)
until = time.monotonic() + 20
while time.monotonic() < until:
    for path in glob.glob(project + '/samewire-report/**/hello.jsonl', recursive=True):
        text = open(path).read()
        if '"close"' in text:
            for octets in [lambda each: base64.b64encode(each).decode(), lambda each: '%08x' % zlib.crc32(each)]:
                assert octets(b'hello') in text
                text = text.replace(octets(b'hello'), octets(b'hella'))
            open(path, 'r+').write(text)
            sys.exit()
sys.exit('the capture was never whole')
"#;

/// Sends so much that some packets are on disk already, and has one of them be no TCP.
const PACKETS: &str = r#"
import glob, socket, struct, sys, time
host, port, project = sys.argv[1:4]
stream = socket.create_connection((host, int(port)))
until = time.monotonic() + 20
while time.monotonic() < until:
    stream.sendall(bytes(200000))
    for path in glob.glob(project + '/samewire-report/**/hello.pcapng', recursive=True):
        file = open(path, 'r+b')
        octets, at = file.read(), 0
        while at + 28 < len(octets):
            kind, length = struct.unpack_from('<II', octets, at)
            if kind == 6 and struct.unpack_from('<I', octets, at + 20)[0] > 1000:
                file.seek(at + 28 + 12)
                file.write(b'\x88\xb5')
                sys.exit()
            at += length
sys.exit('no packet was on disk')
"#;

/// What a run says of a client that does this to its trial.
#[track_caller]
fn assert_said(script: &str, why: &str) {
    let project = Project::new();
    project.sender("right", "").cases(HELLO);
    if !has_networks() || !are_there(&["python3"]) {
        return;
    }
    fs::remove_dir_all(project.path("clients/right")).expect("no other client");
    project.write("clients/false/false.py", script);
    let folder = project.path("").display().to_string();
    project.client("false", &format!("run = ['python3', 'false.py', '{{host}}', '{{port}}', '{folder}', '{{plan}}']"), "");
    let said = contains("setup-error").and(contains("the packets of the trial disagree with its capture"));
    project.run(&OWN).assert().code(1).stdout(said.and(contains(why)).and(contains("SYN, ACK")));
    let trial = project.trial("false", "case/hello");
    assert_eq!((trial["verdict"].as_str(), trial["failed"].as_bool()), (Some("setup-error"), Some(true)));
    assert!(trial["problem"].as_str().is_some_and(|problem| problem.contains(why)), "{trial:#}");
    assert!(project.path("samewire-report/captures/false/case/hello.pcapng").is_file(), "both witnesses are kept");
    assert!(project.path("samewire-report/captures/false/case/hello.jsonl").is_file(), "both witnesses are kept");
}

#[test]
fn a_capture_that_is_false_in_one_octet_is_said() {
    let why = "of what was received on connection 1, the octet at offset 4 is 61 in the capture and 6f in the packets";
    assert_said(CAPTURE, why);
}

#[test]
fn a_packet_that_is_missing_in_the_file_is_said() {
    let why = "of what was received on connection 1, the octet at offset 0 is in no packet, though the kernel dropped none";
    assert_said(PACKETS, why);
}
