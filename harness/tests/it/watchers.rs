//! Whoever watches a recording holds up nothing: they stop reading, come back, or have gone.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use samewire_recorder::{CaptureReader, Completeness, Event};

use super::support::{PATIENCE, Project, SAMEWIRE, terminal};

/// A recorder that is told to end has ended by then, also on a busy machine; without a stalled reader it takes milliseconds.
const SOON: Duration = Duration::from_secs(5);

/// A `samewire serve` whose output nobody has to read.
struct Watched {
    child: Child,
    stdout: BufReader<File>,
    address: SocketAddr,
}

impl Watched {
    /// Reads the first line of its stdout, and no more.
    #[track_caller]
    fn start(arguments: &[&str], out: &Path) -> Self {
        let (read, write) = std::io::pipe().expect("a pipe");
        Self::writing_to(write.into(), File::from(OwnedFd::from(read)), arguments, out)
    }

    #[track_caller]
    fn writing_to(theirs: OwnedFd, ours: File, arguments: &[&str], out: &Path) -> Self {
        let mut command = Command::new(SAMEWIRE);
        command.args(["serve", "--port", "0", "--out"]).arg(out).args(arguments);
        let child = command.stdout(theirs).stderr(Stdio::piped()).spawn().expect("a process");
        drop(command);
        let mut stdout = BufReader::with_capacity(1, ours);
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let address = line.trim_end().strip_prefix("listening on ").expect("its address").parse().expect("an address");
        Self { child, stdout, address }
    }

    /// Sends on a connection of its own, and waits until it was recorded to its end.
    #[track_caller]
    fn send(&self, octets: &[u8]) {
        let mut stream = TcpStream::connect(self.address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
        stream.write_all(octets).expect("to send");
        stream.shutdown(Shutdown::Write).expect("to half-close");
        stream.read_to_end(&mut Vec::new()).expect("the end");
    }

    #[track_caller]
    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process");
        kill_process(pid, signal).expect("a signal");
    }

    /// How it ended, and its stderr, when it did so soon after SIGTERM.
    #[track_caller]
    fn terminate(&mut self) -> (ExitStatus, String) {
        self.signal(Signal::TERM);
        let told = Instant::now();
        let status = ended(&mut self.child);
        assert!(told.elapsed() < SOON, "it took {:?}", told.elapsed());
        let mut stderr = String::new();
        self.child.stderr.take().expect("stderr").read_to_string(&mut stderr).expect("text");
        (status, stderr)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // Where a test has failed, it may still run.
        let _ = self.child.kill();
    }
}

/// How a process ended, which it does within the patience of these tests.
#[track_caller]
fn ended(child: &mut Child) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("its status") {
            return status;
        }
        assert!(begun.elapsed() < PATIENCE, "it has not ended");
        std::thread::yield_now();
    }
}

/// How many connections a whole capture holds, and how many octets.
#[track_caller]
fn recorded(path: &Path) -> (u64, u64) {
    let mut reader = CaptureReader::open(path).expect("a capture");
    let (mut connections, mut octets) = (0, 0);
    for event in reader.by_ref() {
        if let Event::Close { bytes, .. } = event.expect("an event") {
            connections += 1;
            octets += bytes;
        }
    }
    assert_eq!(reader.completeness(), Some(Completeness::Whole));
    (connections, octets)
}

/// More than a pipe and what waits for it hold, as text.
fn much() -> Vec<u8> {
    b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n".repeat((12 << 20) / 64)
}

#[test]
fn a_script_that_reads_one_line_and_no_more_holds_up_nothing() {
    let project = Project::new();
    let path = project.path("capture.jsonl");
    let mut server = Watched::start(&["--view", "none"], &path);
    // A line for each is more than a pipe holds.
    for _ in 0..2000 {
        server.send(b"x");
    }
    let (status, stderr) = server.terminate();
    assert_eq!(status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("not shown: ") && stderr.contains("not read in time"), "{stderr}");
    assert_eq!(recorded(&path), (2000, 2000));
}

#[test]
fn a_reader_that_comes_back_is_told_how_much_it_missed() {
    let project = Project::new();
    let path = project.path("capture.jsonl");
    let mut server = Watched::start(&["--view", "text"], &path);
    let octets = much();
    server.send(&octets);
    let mut line = String::new();
    while !line.starts_with("not shown: ") {
        line.clear();
        assert_ne!(server.stdout.read_line(&mut line).expect("a line"), 0, "it has ended");
    }
    assert!(line.contains(" lines, "), "{line}");
    server.send(b"seen again");
    while !line.contains("seen again") {
        line.clear();
        assert_ne!(server.stdout.read_line(&mut line).expect("a line"), 0, "it has ended");
    }
    let (status, stderr) = server.terminate();
    assert_eq!((status.code(), stderr.as_str()), (Some(0), ""), "what was said once is not said again");
    assert_eq!(recorded(&path), (2, octets.len() as u64 + 10));
}

#[test]
fn a_terminal_that_has_stopped_holds_up_nothing() {
    let project = Project::new();
    let path = project.path("capture.jsonl");
    let (ours, theirs) = terminal();
    let mut server = Watched::writing_to(theirs.into(), ours.into(), &["--view", "text"], &path);
    let octets = much();
    server.send(&octets);
    let (status, stderr) = server.terminate();
    assert_eq!(status.code(), Some(0), "{stderr}");
    assert_eq!(recorded(&path), (1, octets.len() as u64));
}

#[test]
fn a_file_is_shown_everything() {
    let project = Project::new();
    let shown = project.path("shown.txt");
    let ours = File::create(&shown).and_then(|file| file.try_clone()).expect("a file");
    let child = Command::new(SAMEWIRE)
        .args(["serve", "--port", "0", "--connections", "1", "--view", "hex", "--reply", "connect=hi"])
        .stdout(ours)
        .spawn();
    let mut child = child.expect("a process");
    let begun = Instant::now();
    let address: SocketAddr = loop {
        let text = fs::read_to_string(&shown).expect("text");
        match text.strip_prefix("listening on ").and_then(|rest| rest.strip_suffix('\n')) {
            Some(address) => break address.parse().expect("an address"),
            None => assert!(begun.elapsed() < PATIENCE, "it does not listen"),
        }
    };
    let octets = much();
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.write_all(&octets).and_then(|()| stream.shutdown(Shutdown::Write)).expect("to send");
    stream.read_to_end(&mut Vec::new()).expect("the end");
    assert_eq!(ended(&mut child).code(), Some(0));
    let shown = fs::read_to_string(&shown).expect("text");
    // Rows are as long as the reads leave them.
    let ascii = shown.lines().filter_map(|line| line.strip_suffix('|')?.rsplit_once("  |"));
    assert_eq!(ascii.map(|(_, octets)| octets.len()).sum::<usize>(), octets.len());
}

/// Starts a recorder that captures to this stream, whose end it says on stderr.
#[track_caller]
fn capturing_to(theirs: impl Into<Stdio>) -> (Child, SocketAddr) {
    let mut command = Command::new(SAMEWIRE);
    command.args(["serve", "--port", "0", "--out", "-"]).stdout(theirs).stderr(Stdio::piped());
    let mut child = command.spawn().expect("a process");
    let mut line = String::new();
    BufReader::with_capacity(1, child.stderr.as_mut().expect("stderr")).read_line(&mut line).expect("a line");
    let address = line.trim_end().strip_prefix("listening on ").expect("its address").parse().expect("an address");
    (child, address)
}

#[test]
fn a_capture_on_stdout_holds_the_client_back_and_a_signal_still_ends_it_as_incomplete() {
    let (_read, write) = std::io::pipe().expect("a pipe");
    let (child, address) = capturing_to(write);
    let mut server = Watched { child, stdout: BufReader::new(File::open("/dev/null").expect("nothing")), address };
    let mut stream = TcpStream::connect(server.address).expect("a connection");
    stream.set_write_timeout(Some(Duration::from_millis(500))).expect("a time limit");
    let octets = vec![b'x'; 1 << 20];
    let stuck = (0..64).try_for_each(|_| stream.write_all(&octets));
    assert!(stuck.is_err(), "64 MB were taken though nobody reads the capture");
    let (status, stderr) = server.terminate();
    assert_eq!(status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("write the capture to stdout") && stderr.contains("incomplete"), "{stderr}");
}

#[test]
fn a_second_signal_ends_a_recording_that_waits_for_its_reader() {
    let (_read, write) = std::io::pipe().expect("a pipe");
    let (child, address) = capturing_to(write);
    let mut server = Watched { child, stdout: BufReader::new(File::open("/dev/null").expect("nothing")), address };
    let mut stream = TcpStream::connect(server.address).expect("a connection");
    stream.set_write_timeout(Some(Duration::from_millis(500))).expect("a time limit");
    let stuck = (0..64).try_for_each(|_| stream.write_all(&[b'x'; 1 << 20]));
    assert!(stuck.is_err(), "64 MB were taken though nobody reads the capture");
    // Two of them, since two of one kind may arrive as one. The reader is given up only later than the second comes.
    server.signal(Signal::INT);
    server.signal(Signal::TERM);
    assert_eq!(ended(&mut server.child).code(), Some(130));
}

#[test]
fn a_capture_on_a_slow_stdout_is_whole() {
    let (mut read, write) = std::io::pipe().expect("a pipe");
    let (child, address) = capturing_to(write);
    let mut server = Watched { child, stdout: BufReader::new(File::open("/dev/null").expect("nothing")), address };
    let octets = much();
    let sent = octets.len() as u64;
    let sending = std::thread::spawn(move || {
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream.write_all(&octets).and_then(|()| stream.shutdown(Shutdown::Write)).expect("to send");
        stream.read_to_end(&mut Vec::new()).expect("the end");
    });
    let project = Project::new();
    let path = project.path("capture.jsonl");
    let mut copy = File::create(&path).expect("a file");
    let reading = std::thread::spawn(move || std::io::copy(&mut read, &mut copy).expect("to read"));
    sending.join().expect("no panic");
    let (status, stderr) = server.terminate();
    assert_eq!(status.code(), Some(0), "{stderr}");
    reading.join().expect("no panic");
    assert_eq!(recorded(&path), (1, sent));
}

#[test]
fn a_second_signal_ends_it_at_once_and_the_first_while_it_waits_for_a_reader() {
    let project = Project::new();
    let fifo = project.path("fifo");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0).expect("a FIFO");
    let (read, write) = std::io::pipe().expect("a pipe");
    drop(read);
    let mut command = Command::new(SAMEWIRE);
    command.args(["serve", "--port", "0", "--out"]).arg(&fifo).stdout(write);
    let mut child = command.spawn().expect("a process");
    // Until the signal is listened for, it ends the process by itself.
    wait_for_handler(child.id());
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process");
    kill_process(pid, Signal::INT).expect("a signal");
    assert_eq!(ended(&mut child).code(), Some(130));
}

/// Waits until a process handles SIGINT and SIGTERM: SIGHUP it leaves alone where these tests run under `nohup`.
#[track_caller]
fn wait_for_handler(process: u32) {
    let begun = Instant::now();
    loop {
        let status = fs::read_to_string(format!("/proc/{process}/status")).expect("its status");
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("a mask").trim().to_owned();
        if u64::from_str_radix(&caught, 16).expect("a mask") & 0x4002 == 0x4002 {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "it handles no signal");
    }
}

#[test]
fn who_cannot_be_written_to_is_named() {
    let full = || File::options().write(true).open("/dev/full").expect("a full device");
    for arguments in [&["list"][..], &["explain", "hex:00", "hex:01"], &["schema", "report"]] {
        let output = Command::new(SAMEWIRE).args(arguments).current_dir("..").stdout(full()).output().expect("a command");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("cannot write to stdout: No space left"), "{arguments:?}: {said}");
    }
}
