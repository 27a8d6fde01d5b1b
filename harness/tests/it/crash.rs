//! Nothing received is lost in silence: the recorder is killed, its disk is full, its file or its reader goes away.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use predicates::prelude::*;
use predicates::str::contains;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use samewire_recorder::{CaptureReader, Completeness, Event};

use super::support::{PATIENCE, Project, SAMEWIRE};

/// How often the recorder is killed; `SAMEWIRE_CRASHES` says otherwise.
const CRASHES: u64 = 12;

/// The most that one read of the recorder takes.
const READ: u64 = 256 << 10;

/// Ends after one connection, so that no test waits for ever where nothing goes wrong.
const ONE: [&str; 5] = ["serve", "--port", "0", "--connections", "1"];

/// A `samewire serve` that may come to a bad end.
struct Victim {
    child: Child,
    address: SocketAddr,
}

impl Victim {
    /// Starts a command that is, or becomes, `samewire serve`; it says on stdout where it listens, or else on stderr.
    #[track_caller]
    fn start(command: &mut Command, on_stdout: bool) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a process");
        let mut line = String::new();
        if on_stdout {
            BufReader::new(child.stdout.as_mut().expect("stdout")).read_line(&mut line).expect("a line");
        } else {
            BufReader::new(child.stderr.as_mut().expect("stderr")).read_line(&mut line).expect("a line");
        }
        let address = line.trim_end().strip_prefix("listening on ").expect("its address");
        Self { address: address.parse().expect("an address"), child }
    }

    #[track_caller]
    fn recording_to(path: &Path) -> Self {
        Self::start(Command::new(SAMEWIRE).args(ONE).args(["--view", "none", "--out"]).arg(path), true)
    }

    #[track_caller]
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
        stream
    }

    /// Sends on a connection of its own, and waits for its end, whichever it is.
    #[track_caller]
    fn send(&self, octets: &[u8]) {
        // A recorder that has failed refuses the connection, or resets it.
        let Ok(mut stream) = TcpStream::connect(self.address) else { return };
        stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
        let sent = stream.write_all(octets).and_then(|()| stream.shutdown(Shutdown::Write));
        let ended = stream.read_to_end(&mut Vec::new());
        drop((sent, ended));
    }

    #[track_caller]
    fn pid(&self) -> Pid {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process")
    }

    /// Its exit code and stderr, when it has ended by itself.
    #[track_caller]
    fn end(mut self) -> (Option<i32>, String) {
        let mut stderr = String::new();
        self.child.stderr.take().expect("stderr").read_to_string(&mut stderr).expect("text");
        (self.child.wait().expect("its end").code(), stderr)
    }
}

/// Octets that say where in the stream they are.
fn stream(length: usize) -> Vec<u8> {
    (0..length.div_ceil(8) as u64).flat_map(u64::to_be_bytes).take(length).collect()
}

/// What a capture holds of its only connection.
#[track_caller]
fn recorded(path: &Path) -> (Vec<u8>, Option<Completeness>) {
    if fs::metadata(path).expect("a file").len() == 0 {
        // It was killed before the first line.
        return (Vec::new(), None);
    }
    let mut reader = CaptureReader::open(path).expect("a capture");
    let mut received = Vec::new();
    for event in reader.by_ref() {
        if let Event::Data { octets, .. } = event.expect("a capture that is not damaged") {
            received.extend_from_slice(&octets);
        }
    }
    (received, reader.completeness())
}

/// Octets in the queues of a socket of this machine: sent and not acknowledged, and received and not read.
#[track_caller]
fn queues(local: SocketAddr, remote: SocketAddr) -> (u64, u64) {
    let port = |address: SocketAddr| format!(":{:04X}", address.port());
    let table = fs::read_to_string("/proc/net/tcp").expect("the table of sockets");
    let mut rows = table.lines().map(|row| row.split_whitespace().collect::<Vec<_>>());
    let row = rows.find(|row| row[1].ends_with(&port(local)) && row[2].ends_with(&port(remote))).expect("the socket");
    let (sent, received) = row[4].split_once(':').expect("two queues");
    let octets = |hex: &str| u64::from_str_radix(hex, 16).expect("a number");
    (octets(sent), octets(received))
}

/// The least that a recorder has read of a stream, while it is stopped. What is on the way between the two queues counts as
/// not acknowledged, so it may have read more.
#[track_caller]
fn surely_read(victim: &Victim, client: &TcpStream, sent: u64) -> u64 {
    let client = client.local_addr().expect("an address");
    let (unacknowledged, _) = queues(client, victim.address);
    let (_, unread) = queues(victim.address, client);
    sent.saturating_sub(unacknowledged).saturating_sub(unread)
}

/// Kills a recorder with these octets on the way to it, and holds the capture against them.
#[track_caller]
fn kill_with(octets: &[u8], stop_first: bool) {
    let project = Project::new();
    let path = project.path("capture.jsonl");
    let mut victim = Victim::recording_to(&path);
    let mut client = victim.connect();
    client.write_all(octets).expect("to send");
    let mut read = 0;
    if stop_first {
        kill_process(victim.pid(), Signal::STOP).expect("to stop it");
        waitpid(Some(victim.pid()), WaitOptions::UNTRACED).expect("that it has stopped");
        read = surely_read(&victim, &client, octets.len() as u64);
    }
    victim.child.kill().expect("to kill it");
    victim.child.wait().expect("its end");
    let (recorded, completeness) = recorded(&path);
    assert!(octets.starts_with(&recorded), "{} octets are no prefix of {}", recorded.len(), octets.len());
    assert!(recorded.len() as u64 + READ >= read, "of {read} octets that were read, {} are recorded", recorded.len());
    assert_ne!(completeness, Some(Completeness::Whole));
}

#[test]
fn a_recorder_killed_at_any_moment_leaves_all_but_its_last_read() {
    let crashes = std::env::var("SAMEWIRE_CRASHES").map_or(CRASHES, |text| text.parse().expect("a number"));
    let octets = stream(16 << 20);
    for crash in 0..crashes {
        // The length decides the moment: the kernel holds some megabytes that the recorder has not read yet.
        let length = (crash * 16807 * 7919) % octets.len() as u64;
        kill_with(&octets[..usize::try_from(length).expect("a length")], crash % 2 == 0);
    }
}

#[test]
fn a_full_disk_is_named() {
    let project = Project::new();
    let mut full = project.samewire(&["serve", "--port", "0", "--out", "/dev/full"]);
    full.assert().code(2).stderr(contains("/dev/full").and(contains("No space left")));
}

#[test]
fn a_file_that_cannot_grow_ends_the_recording_and_stays_readable() {
    let project = Project::new();
    let path = project.path("capture.jsonl");
    // In blocks of 512 octets; without the trap, the limit would be a signal that kills.
    let limited = "ulimit -f 64 && trap '' XFSZ && exec \"$@\"";
    let mut command = Command::new("sh");
    command
        .args(["-c", limited, "sh", SAMEWIRE, "serve", "--port", "0", "--connections", "2", "--view", "none", "--out"])
        .arg(&path);
    let victim = Victim::start(&mut command, true);
    let octets = stream(1 << 20);
    victim.send(&octets[..1000]);
    victim.send(&octets);
    let (code, stderr) = victim.end();
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("capture.jsonl") && stderr.contains("File too large"), "{stderr}");
    let (recorded, completeness) = recorded(&path);
    assert!(recorded.starts_with(&octets[..1000]), "{} octets", recorded.len());
    assert_ne!(completeness, Some(Completeness::Whole));
}

#[test]
fn a_capture_on_a_stdout_that_nobody_reads_is_an_error() {
    let mut victim = Victim::start(Command::new(SAMEWIRE).args(ONE).args(["--out", "-"]), false);
    drop(victim.child.stdout.take());
    victim.send(b"lost");
    let (code, stderr) = victim.end();
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("write the capture to stdout") && stderr.contains("Broken pipe"), "{stderr}");
}

#[test]
fn a_capture_on_a_stdout_that_is_closed_is_not_begun() {
    let mut command = assert_cmd::Command::new("sh");
    command.args(["-c", "exec \"$@\" >&-", "sh", SAMEWIRE]).args(ONE).args(["--out", "-"]).timeout(PATIENCE);
    command.assert().code(2).stderr(contains("stdout: it is closed").and(contains("listening").not()));
}

#[test]
fn a_capture_that_is_not_wanted_may_go_to_the_null_device() {
    let mut child = Command::new("sh");
    child.args(["-c", "exec \"$@\" > /dev/null", "sh", SAMEWIRE]).args(ONE).args(["--out", "-"]);
    let victim = Victim::start(&mut child, false);
    victim.send(b"lost");
    let (code, stderr) = victim.end();
    assert_eq!(code, Some(0), "{stderr}");
}

#[test]
fn a_recording_whose_view_nobody_reads_goes_on_and_says_what_was_not_shown() {
    let project = Project::new();
    let path = project.path("capture.jsonl");
    let mut victim = Victim::recording_to(&path);
    drop(victim.child.stdout.take());
    victim.send(b"unseen");
    let (code, stderr) = victim.end();
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.contains("not shown: ") && stderr.contains("Broken pipe"), "{stderr}");
    assert_eq!(recorded(&path), (b"unseen".to_vec(), Some(Completeness::Whole)));
}

#[test]
fn a_capture_that_is_removed_meanwhile_is_an_error() {
    let project = Project::new();
    let path = project.path("folder/capture.jsonl");
    project.write("folder/README", "");
    let victim = Victim::recording_to(&path);
    fs::remove_dir_all(project.path("folder")).expect("to remove the folder");
    victim.send(b"lost");
    let (code, stderr) = victim.end();
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("was removed while it was being written"), "{stderr}");
}
