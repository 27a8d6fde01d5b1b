//! `samewire serve` as a real process, fed by real sockets.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use predicates::prelude::*;
use predicates::str::contains;

use super::support::{Project, SAMEWIRE};

/// A `samewire serve` that listens.
pub(crate) struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    pub(crate) address: String,
}

impl Server {
    #[track_caller]
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_in(Path::new("."), arguments)
    }

    /// One that runs in a folder.
    #[track_caller]
    pub(crate) fn start_in(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(SAMEWIRE);
        command.current_dir(folder);
        command.arg("serve").args(["--port", "0"]).args(arguments).stdout(Stdio::piped());
        let mut child = command.spawn().expect("a process");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let address = line.trim_end().strip_prefix("listening on ").expect("its address").to_owned();
        Self { child, stdout, address }
    }

    /// Sends on a connection of its own, and waits until the server has closed it.
    #[track_caller]
    pub(crate) fn send(&self, octets: &[u8]) {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        stream.write_all(octets).expect("to send");
        stream.shutdown(Shutdown::Write).expect("to half-close");
        stream.read_to_end(&mut Vec::new()).expect("the end");
    }

    /// Reads what it prints, up to the line that has this.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert!(self.stdout.read_line(&mut line).expect("a line") > 0, "it never said {text}");
        }
    }

    /// Asks it to end, as Ctrl-C does.
    #[cfg(unix)]
    pub(crate) fn interrupt(&self) {
        use rustix::process::{Pid, Signal, kill_process};
        kill_process(Pid::from_child(&self.child), Signal::INT).expect("a signal");
    }

    /// What it printed, when it has ended by itself in 0.
    #[track_caller]
    pub(crate) fn finish(mut self) -> String {
        let mut text = String::new();
        self.stdout.read_to_string(&mut text).expect("text");
        assert_eq!(self.child.wait().expect("its end").code(), Some(0));
        text
    }
}

#[test]
fn text_is_shown_as_text_and_the_ending_with_its_count() {
    let server = Server::start(&["--connections", "1"]);
    server.send("hé\n".as_bytes());
    let shown = server.finish();
    assert!(shown.contains("#1 opened by 127.0.0.1:"), "{shown}");
    assert!(shown.contains("hé"), "{shown}");
    assert!(shown.contains("#1 closed by the client (FIN) after 4 octets"), "{shown}");
}

#[test]
fn octets_that_are_no_text_are_shown_in_hex() {
    let server = Server::start(&["--connections", "1"]);
    server.send(&[0x0c, 0x22, 0xff]);
    assert!(server.finish().contains("00000000  0c 22 ff"));
}

#[test]
fn escape_sequences_never_reach_the_terminal_raw() {
    let server = Server::start(&["--connections", "1", "--view", "text"]);
    server.send(b"\x1b[31mred\x07");
    let shown = server.finish();
    assert!(!shown.contains('\x1b') && !shown.contains('\x07'), "{shown:?}");
    assert!(shown.contains("[31mred"), "{shown:?}");
}

#[test]
fn a_capture_file_holds_what_was_sent_and_show_renders_it() {
    let project = Project::new();
    let path = project.path("capture.jsonl");
    let path_text = path.display().to_string();
    let server = Server::start(&["--connections", "2", "--out", &path_text]);
    server.send(b"one");
    server.send(&[0, 1, 2]);
    server.finish();
    let connections = samewire::trial::capture::received(&path, usize::MAX).expect("a capture");
    assert_eq!(connections, [b"one".to_vec(), vec![0, 1, 2]]);
    project
        .samewire(&["show", &path_text])
        .assert()
        .code(0)
        .stdout(contains("6f 6e 65").and(contains("00 01 02")).and(contains("FIN")));
}

#[test]
fn show_names_the_line_at_which_a_damaged_capture_stops_being_true() {
    let project = Project::new();
    let path = project.path("capture.jsonl").display().to_string();
    let server = Server::start(&["--connections", "1", "--out", &path]);
    server.send(b"one");
    server.finish();
    let text = fs::read_to_string(&path).expect("a capture");
    fs::write(&path, text.replace("b25l", "b25m")).expect("a file");
    project.samewire(&["show", &path]).assert().code(2).stderr(contains("line 5").and(contains("digest")));
    project.samewire(&["show", "nothing.jsonl"]).assert().code(2).stderr(contains("nothing.jsonl"));
}

#[test]
fn nothing_in_a_capture_steers_the_terminal_that_shows_it() {
    let project = Project::new();
    let start = r#"{"event":"start","format":1,"recorder":"r","address":"a","at":"t"}"#;
    // What is wrong with each is told in words of the line itself.
    for hostile in [
        "{\"event\":\"\\n::error::\\u001b[2J\"}",
        "{\"event\":\"open\",\"\\n::error::\\u001b[2J\":1}",
        "{\"event\":\"close\",\"connection\":\"\\n::error::\\u001b[2J\"}",
    ] {
        project.write("e\u{1b}[3J.jsonl", &format!("{start}\n{hostile}\n"));
        let output = project.samewire(&["show", "e\u{1b}[3J.jsonl"]).assert().code(2).get_output().clone();
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(said.contains("\\n::error::\\u{1b}[2J") || !said.contains("::error::"), "{said:?}");
        assert!(!said.contains('\u{1b}') && said.lines().count() == 1, "{said:?}");
    }
}

#[test]
fn a_reader_that_goes_away_changes_no_status() {
    let project = Project::new();
    let start = r#"{"event":"start","format":1,"recorder":"r","address":"a","at":"t"}"#;
    project.write("damaged.jsonl", &format!("{start}\n{start}\n"));
    project.write("empty.jsonl", &format!("{start}\n{{\"event\":\"stop\",\"at_us\":1,\"connections\":0}}\n"));
    let open = r#"{"event":"open","connection":1,"at_us":1,"peer":"p"}"#;
    let close = r#"{"event":"close","connection":1,"at_us":1,"bytes":0,"peer":"open","by":"peer","crc32":"00000000"}"#;
    project.write("one.jsonl", &format!("{start}\n{open}\n{close}\n{{\"event\":\"stop\",\"at_us\":1,\"connections\":1}}\n"));
    let status = |arguments: &[&str]| {
        let (read, write) = std::io::pipe().expect("a pipe");
        drop(read);
        let mut command = Command::new(SAMEWIRE);
        command.current_dir(project.path("")).args(arguments).stdout(write).stderr(Stdio::null());
        command.status().expect("a process").code()
    };
    assert_eq!(status(&["show", "damaged.jsonl"]), Some(2));
    assert_eq!(status(&["show", "one.jsonl"]), Some(0));
    assert_eq!(status(&["compare", "empty.jsonl", "one.jsonl"]), Some(1));
    assert_eq!(status(&["compare", "one.jsonl", "one.jsonl"]), Some(0));
    assert_eq!(status(&["list", "--hazards"]), Some(0));
}

#[test]
fn show_keeps_connections_apart_and_ends_where_the_capture_does() {
    let project = Project::new();
    let lines = [
        r#"{"event":"start","format":1,"recorder":"r","address":"a","at":"t"}"#,
        r#"{"event":"open","connection":1,"at_us":1,"peer":"p"}"#,
        r#"{"event":"data","connection":1,"at_us":2,"offset":0,"base64":"YQ=="}"#,
        r#"{"event":"open","connection":2,"at_us":3,"peer":"q"}"#,
        r#"{"event":"data","connection":1,"at_us":4,"offset":1,"base64":"Yg=="}"#,
        r#"{"event":"data","connection":2,"at_us":5,"offset":0,"base64":"Yw=="}"#,
        r#"{"event":"data","connection":2,"at_us":6,"offset":1,"base64":"ZA=="#,
    ];
    project.write("capture.jsonl", &lines.join("\n"));
    let output =
        project.samewire(&["show", "capture.jsonl"]).assert().code(0).stderr(contains("cut off in line 7")).get_output().clone();
    let shown = String::from_utf8(output.stdout).expect("UTF-8");
    let octets: Vec<&str> = shown.lines().filter_map(|line| line.rsplit_once("  |")).map(|(_, ascii)| ascii).collect();
    assert_eq!(octets, ["a|", "b|", "c|"], "{shown}");
}

#[test]
fn jsonl_on_stdout_is_nothing_but_jsonl() {
    let mut child = Command::new(SAMEWIRE)
        .args(["serve", "--port", "0", "--connections", "1", "--out", "-"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a process");
    let mut line = String::new();
    let mut stderr = BufReader::new(child.stderr.take().expect("stderr"));
    stderr.read_line(&mut line).expect("a line");
    let address = line.trim_end().strip_prefix("listening on ").expect("its address");
    TcpStream::connect(address).and_then(|mut stream| stream.write_all(b"x")).expect("to send");
    let output = child.wait_with_output().expect("its end");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let events: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(events.first().map(|event| event["event"].clone()), Some("start".into()));
    assert_eq!(events.last().map(|event| event["event"].clone()), Some("stop".into()));
}

#[cfg(unix)]
#[test]
fn signals_finish_the_capture() {
    use rustix::process::{Pid, Signal, kill_process};
    for signal in [Signal::INT, Signal::TERM] {
        let project = Project::new();
        let path = project.path("capture.jsonl");
        let server = Server::start(&["--out", &path.display().to_string()]);
        let mut stream = TcpStream::connect(&server.address).expect("a connection");
        stream.write_all(b"half").expect("to send");
        let pid = i32::try_from(server.child.id()).ok().and_then(Pid::from_raw).expect("a process");
        kill_process(pid, signal).expect("a signal");
        let shown = server.finish();
        assert!(shown.contains("after 4 octets"), "{shown}");
        let mut reader = samewire_recorder::CaptureReader::open(&path).expect("a capture");
        assert!(reader.by_ref().all(|event| event.is_ok()));
        assert_eq!(reader.completeness(), Some(samewire_recorder::Completeness::Whole));
    }
}

/// Clients that come and go while the recorder stands still, and the recorder told to end before it goes on.
#[cfg(unix)]
#[track_caller]
fn assert_all_are_recorded(server: Server, path: &Path, clients: usize) {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = i32::try_from(server.child.id()).ok().and_then(Pid::from_raw).expect("a process");
    kill_process(pid, Signal::STOP).expect("a signal");
    let streams: Vec<TcpStream> = (0..clients)
        .map(|number| {
            let mut stream = TcpStream::connect(&server.address).expect("a connection");
            stream.write_all(format!("client {number}").as_bytes()).expect("to send");
            stream.shutdown(Shutdown::Write).expect("to half-close");
            stream
        })
        .collect();
    kill_process(pid, Signal::INT).expect("a signal");
    kill_process(pid, Signal::CONT).expect("a signal");
    server.finish();
    drop(streams);
    let mut received = samewire::trial::capture::received(path, usize::MAX).expect("a capture");
    let mut sent: Vec<Vec<u8>> = (0..clients).map(|number| format!("client {number}").into_bytes()).collect();
    received.sort();
    sent.sort();
    assert!(
        received == sent,
        "{} connections, {} whole",
        received.len(),
        received.iter().filter(|one| sent.contains(one)).count()
    );
}

#[cfg(unix)]
#[test]
fn what_only_the_kernel_has_seen_when_it_is_stopped_is_recorded() {
    let project = Project::new();
    let path = project.path("capture.jsonl");
    let out = path.display().to_string();
    assert_all_are_recorded(Server::start(&["--view", "none", "--out", &out]), &path, 900);
    assert_all_are_recorded(with_few_files(&["--view", "none", "--out", &out]), &path, 80);
}

#[test]
fn what_cannot_be_served_is_one_line_that_names_the_cause() {
    let project = Project::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let refused = |arguments: &[&str], cause: &str| {
        let arguments: Vec<&str> = [&["serve"], arguments].concat();
        project
            .samewire(&arguments)
            .assert()
            .code(2)
            .stderr(contains(cause).and(predicate::function(|text: &str| text.lines().count() == 1)));
    };
    refused(&["--port", &port, "--out", "half.jsonl"], "the address is in use");
    assert!(!project.path("half.jsonl").exists(), "nothing half-made is left behind");
    refused(&["--port", "0", "--host", "no-such-host.invalid"], "no-such-host.invalid");
    refused(&["--port", "0", "--host", "192.0.2.1"], "does not have that address");
    refused(&["--port", "0", "--out", "no/such/folder/c.jsonl"], "no/such/folder/c.jsonl");
}

/// Sends on a connection of its own, and returns what came back and how that ended.
#[track_caller]
fn exchange(address: &str, octets: &[u8]) -> (Vec<u8>, std::io::Result<usize>) {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(super::support::PATIENCE)).expect("a time limit");
    stream.write_all(octets).expect("to send");
    let mut answer = Vec::new();
    // Where the server has reset already, reading says so.
    let _ = stream.shutdown(Shutdown::Write);
    let end = stream.read_to_end(&mut answer);
    (answer, end)
}

#[test]
fn flags_make_it_answer() {
    let server = Server::start(&[
        "--connections",
        "1",
        "--reply",
        "connect=hi\\n",
        "--reply",
        "/QUIT/=bye",
        "--reply",
        "fin=\\xc3\\|\\xa9",
    ]);
    assert_eq!(exchange(&server.address, b"QUIT").0, "hi\nbyeé".as_bytes());
    assert!(server.finish().contains("#1 answered 1 octet\n"), "the last is sent in two pieces");
    let server = Server::start(&["--connections", "1", "--echo"]);
    assert_eq!(exchange(&server.address, b"abc").0, b"abc");
    server.finish();
}

#[test]
fn an_upstream_that_is_not_there_is_a_line_for_people() {
    let server = Server::start(&["--connections", "1", "--upstream", "unix:/no/such.sock"]);
    assert!(exchange(&server.address, b"").1.is_err());
    let shown = server.finish();
    assert!(shown.contains("#1 aborted: upstream unix:/no/such.sock: "), "{shown}");
    assert!(shown.contains("#1 closed by the upstream"), "{shown}");
}

#[test]
fn a_limit_that_is_reached_is_a_line_for_people() {
    let server = Server::start(&["--connections", "1", "--max-bytes", "3"]);
    assert!(exchange(&server.address, b"abcd").1.is_err());
    let shown = server.finish();
    assert!(shown.contains("#1 aborted: beyond the limit of 3 octets a connection"), "{shown}");
    assert!(shown.contains("#1 closed by a limit (still open) after 3 octets"), "{shown}");
}

#[test]
fn an_address_that_others_can_reach_is_said_to_be_one() {
    for (host, exposed) in [("0.0.0.0", true), ("::", true), ("127.0.0.1", false), ("::1", false)] {
        let server = Server::start(&["--connections", "1", "--host", host]);
        TcpStream::connect(&server.address).expect("a connection");
        let shown = server.finish();
        assert_eq!(shown.contains("other machines can reach this"), exposed, "{host}: {shown}");
    }
}

#[cfg(unix)]
#[test]
fn a_unix_socket_is_served_and_its_file_removed() {
    let project = Project::new();
    let path = project.path("s.sock");
    let server = Server::start(&["--connections", "1", "--host", &format!("unix:{}", path.display())]);
    let mut stream = std::os::unix::net::UnixStream::connect(&path).expect("a connection");
    stream.write_all(b"abc").expect("to send");
    drop(stream);
    assert!(server.finish().contains("closed by the client (FIN) after 3 octets"));
    assert!(!path.exists());
}

/// Starts `serve` by a shell that lowers the limit of open files first.
#[cfg(unix)]
#[track_caller]
fn with_few_files(arguments: &[&str]) -> Server {
    let script = "ulimit -n 40 && exec \"$0\" serve --port 0 \"$@\"";
    let mut child =
        Command::new("sh").args(["-c", script, SAMEWIRE]).args(arguments).stdout(Stdio::piped()).spawn().expect("a process");
    let mut stdout = BufReader::new(child.stdout.take().expect("stdout"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("a line");
    let address = line.trim_end().strip_prefix("listening on ").expect("its address").to_owned();
    Server { child, stdout, address }
}

#[cfg(unix)]
#[test]
fn without_files_others_wait_and_none_is_lost() {
    let server = with_few_files(&["--connections", "100", "--view", "none"]);
    let streams: Vec<TcpStream> = (0..100)
        .map(|_| {
            let mut stream = TcpStream::connect(&server.address).expect("a connection");
            stream.write_all(b"x").expect("to send");
            stream
        })
        .collect();
    let mut server = server;
    // Only when it has run out do the first ones go.
    let mut line = String::new();
    while !line.contains("too many open files") {
        line.clear();
        assert_ne!(server.stdout.read_line(&mut line).expect("a line"), 0, "it has ended");
    }
    assert!(line.contains("ulimit -n"), "{line}");
    drop(streams);
    let shown = server.finish();
    assert_eq!(shown.matches("(FIN) after 1 octet").count(), 100, "{shown}");
}

#[cfg(unix)]
#[test]
fn more_connections_than_files_are_said_at_the_start() {
    let mut server = with_few_files(&["--connections", "1", "--max-connections", "50"]);
    let mut line = String::new();
    server.stdout.read_line(&mut line).expect("a line");
    assert!(line.contains("50 connections at once need more than the 40 open files"), "{line}");
    server.send(b"x");
    server.finish();
}

/// Connections that wait for each other, by way of an upstream, while there are not files for all.
#[cfg(unix)]
#[test]
fn without_files_for_an_upstream_clients_wait_and_each_is_served() {
    let upstream = Server::start(&["--connections", "60", "--view", "none", "--echo"]);
    let port = upstream.address.rsplit_once(':').expect("a port").1;
    for host in ["127.0.0.1", "localhost"] {
        let server = with_few_files(&["--connections", "30", "--view", "none", "--upstream", &format!("{host}:{port}")]);
        let streams: Vec<TcpStream> = (0..30).map(|_| TcpStream::connect(&server.address).expect("a connection")).collect();
        for (number, mut stream) in streams.into_iter().enumerate() {
            let octets = format!("client {number}").into_bytes();
            stream.set_read_timeout(Some(super::support::PATIENCE)).expect("a time limit");
            stream.write_all(&octets).expect("to send");
            stream.shutdown(Shutdown::Write).expect("to half-close");
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).expect("the end");
            assert_eq!(answer, octets);
        }
        let shown = server.finish();
        assert!(shown.contains("too many open files at ") && !shown.contains("aborted"), "{shown}");
    }
    upstream.finish();
}

#[cfg(unix)]
#[test]
fn the_budget_of_files_counts_upstreams_and_takes_any_number() {
    let most = usize::MAX.to_string();
    for (connections, more) in [("30", &["--upstream", "unix:/no/such.sock"][..]), (most.as_str(), &[])] {
        let mut server = with_few_files(&[&["--connections", "1", "--max-connections", connections], more].concat());
        let mut line = String::new();
        server.stdout.read_line(&mut line).expect("a line");
        assert!(line.contains(&format!("{connections} connections at once need more than the 40 open files")), "{line}");
        drop(TcpStream::connect(&server.address).expect("a connection"));
        server.finish();
    }
}

#[test]
fn syncing_is_for_files() {
    let project = Project::new();
    #[cfg(unix)]
    project
        .samewire(&["serve", "--port", "0", "--sync", "--out", "/dev/null"])
        .assert()
        .code(2)
        .stderr(contains("--sync needs a file on a disk, and /dev/null is not one"));
    project.samewire(&["serve", "--port", "0", "--sync", "--out", "-"]).assert().code(2).stderr(contains("and - is not one"));
    // rustix makes none on macOS.
    #[cfg(target_os = "linux")]
    {
        let fifo = project.path("fifo");
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0).expect("a FIFO");
        let synced = project.samewire(&["serve", "--port", "0", "--sync", "--out", "fifo"]).assert();
        synced.code(2).stderr(contains("--sync needs a file on a disk, and fifo is not one"));
    }
}

/// Whatever stdout is called, a capture on it is whole: what is shown to people goes to stderr.
#[cfg(target_os = "linux")]
#[test]
fn a_capture_on_stdout_by_any_name_is_whole() {
    let project = Project::new();
    let path = project.path("stdout.jsonl");
    for name in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", &path.display().to_string()] {
        let stdout = fs::File::create(&path).expect("a file");
        let mut command = Command::new("timeout");
        command.args([&super::support::PATIENCE.as_secs().to_string(), SAMEWIRE]);
        command.args(["serve", "--port", "0", "--connections", "1", "--out", name]);
        let mut child = command.stdout(stdout).stderr(Stdio::piped()).spawn().expect("a process");
        let mut line = String::new();
        BufReader::new(child.stderr.as_mut().expect("stderr")).read_line(&mut line).expect("a line");
        let address = line.trim_end().strip_prefix("listening on ").expect("its address");
        TcpStream::connect(address).and_then(|mut stream| stream.write_all(b"abc")).expect("to send");
        assert!(child.wait_with_output().expect("its end").status.success(), "{name}");
        assert_eq!(samewire::trial::capture::received(&path, usize::MAX).expect("a capture"), [b"abc".to_vec()], "{name}");
        project.samewire(&["show", "stdout.jsonl"]).assert().code(0).stdout(contains("after 3 octets"));
    }
}

#[test]
fn a_synced_capture_needs_a_file_and_is_whole() {
    let project = Project::new();
    let path = project.path("capture.jsonl");
    let server = Server::start(&["--connections", "1", "--sync", "--out", &path.display().to_string()]);
    server.send(b"one");
    server.finish();
    assert_eq!(samewire::trial::capture::received(&path, usize::MAX).expect("a capture"), [b"one".to_vec()]);
    project.samewire(&["serve", "--sync"]).assert().code(2).stderr(contains("--out"));
}
