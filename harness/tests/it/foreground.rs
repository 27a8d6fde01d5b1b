//! `samewire serve -- PROGRAM` and `--packets`: a program with a recorder of its own. As root and, for root, as `nobody` too.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use predicates::prelude::*;
use predicates::str::contains;
use rustix::process::{Pid, Signal, kill_process};

use super::networks::{as_nobody, forbidden, open_to_others, text};
use super::packets::support::{are_there, tshark};
use super::serve::Server;
use super::support::{Project, example, has_networks, is_root};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// `serve` with these options, for a script that a shell follows.
fn serve(project: &Project, options: &[&str], script: &str) -> assert_cmd::Command {
    let mut arguments = vec!["serve"];
    arguments.extend(options);
    arguments.extend(["--", "sh", "-c", script]);
    project.samewire(&arguments)
}

/// A script that sends a word to where a sender dials that cannot be told.
fn sends(word: &str) -> String {
    format!("{} 127.0.0.1 3099 send:{word} x", example("actor"))
}

fn capture(path: &Path) -> String {
    fs::read_to_string(path).expect("a capture")
}

#[track_caller]
fn assert_recorded(output: &Output, packets: &Path) {
    let said = text(output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("listening on 127.0.0.1:3099, in a network of its own"), "{said}");
    assert!(said.contains("#1 held by process ") && said.contains("actor 127.0.0.1 3099 send:hello x"), "{said}");
    assert!(said.contains("\"hello\"") && said.contains("32 TCP with timestamps, 5 data"), "{said}");
    if are_there(&["tshark"]) {
        let fields = ["-T", "fields", "-e", "tcp.dstport", "-e", "tcp.flags.str", "-e", "tcp.len", "-Y", "tcp.dstport == 3099"];
        let told = tshark(packets, &fields);
        assert!(told.lines().next().expect("a packet").ends_with("S·\t0"), "{told}");
        assert_eq!(told.lines().filter(|line| line.contains("AP") && line.ends_with("\t5")).count(), 1, "{told}");
    }
}

#[test]
fn one_command_records_a_program_that_cannot_be_told_with_its_packets() {
    if !has_networks() {
        return;
    }
    // Taken on the machine, where it can be: in a network of its own it is free.
    let _taken = TcpListener::bind("127.0.0.1:3099");
    let project = Project::new();
    fs::create_dir_all(project.path("clients")).expect("a folder");
    let program = open_to_others(&project);
    let actor = project.path("actor").display().to_string();
    let arguments = ["serve", "--port", "3099", "--packets", "one.pcapng", "--", &actor, "127.0.0.1", "3099", "send:hello", "x"];
    let output = project.samewire(&arguments).output().expect("an end");
    assert_recorded(&output, &project.path("one.pcapng"));
    if is_root() {
        fs::remove_file(project.path("one.pcapng")).expect("packets");
        assert_recorded(&as_nobody(&project, &program, &arguments), &project.path("one.pcapng"));
    }
}

#[test]
fn it_ends_as_the_program_does() {
    if !has_networks() {
        return;
    }
    let project = Project::new();
    serve(&project, &[], "exit 3").assert().code(3).stderr(contains("never connected to 127.0.0.1:3099"));
    serve(&project, &[], "kill -9 $$").assert().code(137).stderr(contains("ended by signal 9"));
    serve(&project, &["--out", "/dev/full"], &sends("x")).assert().code(2).stderr(contains("No space left"));
    serve(&project, &["--packets", "/dev/full"], &sends("x"))
        .assert()
        .code(2)
        .stderr(contains("what is received is still recorded"));
}

#[test]
fn a_program_that_is_not_there_leaves_everything_as_it_is() {
    let project = Project::new();
    let arguments = ["serve", "--out", "new.jsonl", "--packets", "new.pcapng", "--", "no-such-program"];
    project.samewire(&arguments).assert().code(2).stdout("").stderr(contains("there is no such program on PATH"));
    assert!(!project.path("new.jsonl").exists() && !project.path("new.pcapng").exists());
}

#[test]
fn what_it_reads_and_prints_is_its_own() {
    let project = Project::new();
    let script = format!("cat; echo said >&2; echo $COLOUR; {}", sends("hello"));
    let ended = serve(&project, &["--view", "text"], &script).env("COLOUR", "red").write_stdin("typed\n").assert().code(0);
    ended.stdout("typed\nred\n").stderr(contains("said\n").and(contains("\"hello\"")));
    serve(&project, &["--out", "-"], "true").assert().code(2).stderr(contains("stdout is the program's"));
    serve(&project, &["--packets", "-"], "true").assert().code(2).stderr(contains("stdout is the program's"));
    project.samewire(&["serve", "--out", "-", "--packets", "-"]).assert().code(2).stderr(contains("cannot both be stdout"));
}

#[test]
fn it_is_told_where_to_connect() {
    if !has_networks() {
        return;
    }
    let project = Project::new();
    let ended = serve(&project, &["--port", "0"], "echo {host} {port} {url}").assert().code(0);
    let said = String::from_utf8(ended.get_output().stdout.clone()).expect("text");
    let port = said.split(' ').nth(1).expect("a port");
    assert!(port.parse::<u16>().is_ok_and(|port| port > 0), "{said}");
    assert_eq!(said, format!("127.0.0.1 {port} 127.0.0.1:{port}\n"));
    // In the machine's network, and at an address that the machine does not have.
    let tells = format!("{} {{host}} {{port}} send:told x", example("actor"));
    serve(&project, &["--port", "0", "--network", "shared"], &tells).assert().code(0).stderr(contains("\"told\""));
    serve(&project, &["--host", "192.0.2.77"], &tells).assert().code(0).stderr(contains("\"told\""));
}

#[test]
fn what_it_leaves_behind_is_ended() {
    let project = Project::new();
    let leaves = "setsid sleep 600 >/dev/null 2>&1 & until grep -q sleep /proc/$!/comm; do :; done; echo $!";
    let ended = serve(&project, &[], leaves).assert().code(0);
    let id = String::from_utf8(ended.get_output().stdout.clone()).expect("text");
    assert!(!Path::new("/proc").join(id.trim()).exists(), "{id}");
    ended.stderr(contains(format!("had left behind: {}: ", id.trim())).and(contains("sleep 600\n")));
}

#[test]
fn of_much_that_it_leaves_behind_some_is_named() {
    let project = Project::new();
    let leaves = "for n in 1 2 3 4 5 6 7; do sleep 60$n >/dev/null 2>&1 & done";
    serve(&project, &[], leaves).assert().code(0).stderr(contains("ended processes that").and(contains(" and 2 more\n")));
    // What is gone by itself was not left behind.
    serve(&project, &[], "sleep 0 & wait").assert().code(0).stderr(contains("left behind").not());
}

#[test]
fn connections_that_outlast_it_are_waited_for() {
    if !has_networks() {
        return;
    }
    let project = Project::new();
    for name in ["connected", "more"] {
        Command::new("mkfifo").arg(project.path(name)).status().expect("mkfifo");
    }
    let child = "exec 3<>/dev/tcp/127.0.0.1/3099; printf a >&3; echo >connected; cat more >&3";
    let mut server = begin(&project, &["--out", "all.jsonl"], &format!("bash -c '{child}' & read _ <connected"));
    server.wait_for("the program has ended, and the recording waits for connections");
    fs::write(project.path("more"), "b").expect("somebody reads");
    assert_eq!(server.status(), Some(0));
    let all = capture(&project.path("all.jsonl"));
    assert!(all.contains("\"bytes\":2,\"peer\":\"fin\"") && all.contains("\"event\":\"stop\""), "{all}");
}

/// A recording that goes on.
struct Begun {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
}

fn begin(project: &Project, options: &[&str], script: &str) -> Begun {
    let mut command = Command::new(super::support::SAMEWIRE);
    command.arg("serve").args(options).args(["--", "sh", "-c", script]).current_dir(project.path(""));
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("a process");
    let stderr = BufReader::new(child.stderr.take().expect("stderr"));
    Begun { child, stderr }
}

impl Begun {
    #[track_caller]
    fn wait_for(&mut self, text: &str) {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert!(self.stderr.read_line(&mut line).expect("a line") > 0, "it never said {text}");
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
    }

    /// Its status, once it has ended.
    fn status(mut self) -> Option<i32> {
        self.stderr.read_to_string(&mut String::new()).expect("text");
        self.child.wait().expect("its end").code()
    }
}

#[test]
fn a_signal_is_for_the_program_and_a_second_for_both() {
    if !has_networks() {
        return;
    }
    let project = Project::new();
    let (options, heeds) = (["--out", "all.jsonl", "--packets", "all.pcapng"], "trap 'exit 7' TERM");
    let script = |trap: &str| format!("{trap}; {}; echo ready >&2; while :; do sleep 0.05; done", sends("hello"));
    let mut heeding = begin(&project, &options, &script(heeds));
    heeding.wait_for("ready");
    heeding.signal(Signal::TERM);
    assert_eq!(heeding.status(), Some(7));
    let mut stubborn = begin(&project, &options, &script("trap 'echo heard >&2' INT"));
    stubborn.wait_for("ready");
    stubborn.signal(Signal::INT);
    stubborn.wait_for("heard");
    stubborn.signal(Signal::INT);
    assert_eq!(stubborn.status(), Some(137));
    assert!(capture(&project.path("all.jsonl")).ends_with("\"connections\":1}\n"));
    project.samewire(&["show", "all.pcapng"]).assert().code(0).stdout(contains("5 data")).stderr("");
}

#[test]
fn where_there_is_no_network_of_its_own_it_runs_in_the_machines() {
    if !has_networks() {
        return;
    }
    let project = Project::new();
    let tells = format!("{} {{host}} {{port}} send:told x", example("actor"));
    let output = forbidden(&project, &["serve", "--port", "0", "--", "sh", "-c", &tells]);
    let said = text(&output);
    assert!(output.status.success() && said.contains("\"told\""), "{said}");
    assert!(said.contains("the program runs in the machine's network") && said.contains("sysctl"), "{said}");
    for more in [["--network", "own"], ["--packets", "x.pcapng"]] {
        let output = forbidden(&project, &["serve", "--port", "0", more[0], more[1], "--", "true"]);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    }
    assert!(!project.path("x.pcapng").exists());
}

#[test]
fn packets_of_the_machines_network_take_a_privilege() {
    let project = Project::new();
    fs::create_dir_all(project.path("clients")).expect("a folder");
    let program = open_to_others(&project);
    let arguments = ["serve", "--port", "0", "--packets", "x.pcapng"];
    if !is_root() {
        project.samewire(&arguments).assert().code(2).stderr(contains("setcap cap_net_raw+ep"));
        return;
    }
    let output = as_nobody(&project, &program, &arguments);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("setcap cap_net_raw+ep") && text(&output).contains("-- PROGRAM"), "{}", text(&output));

    // Of another port there are none.
    let path = project.path("mine.pcapng");
    let server = Server::start(&["--connections", "1", "--packets", path.to_str().expect("a path")]);
    let others = TcpListener::bind("127.0.0.1:0").expect("a port");
    let other = others.local_addr().expect("an address");
    let mut elsewhere = TcpStream::connect(other).expect("a connection");
    elsewhere.write_all(b"elsewhere").expect("room");
    TcpStream::connect(&server.address).expect("a connection").write_all(b"mine").expect("room");
    assert!(server.finish().contains("4 data"));
    let shown = project.samewire(&["show", "mine.pcapng"]).assert().code(0);
    shown.stdout(contains("4 data").and(contains("SYN, ACK")).and(contains(other.to_string()).not()));
}

#[test]
fn a_file_that_holds_something_else_is_left_alone() {
    if !has_networks() {
        return;
    }
    let project = Project::new();
    project.write("notes.txt", "of mine");
    serve(&project, &["--packets", "notes.txt"], "true").assert().code(2).stderr(contains("neither empty nor a pcapng"));
    assert_eq!(capture(&project.path("notes.txt")), "of mine");
    // Nor are packets lost to a recording that did not come about.
    serve(&project, &["--packets", "kept.pcapng"], &sends("hello")).assert().code(0);
    let kept = fs::read(project.path("kept.pcapng")).expect("packets");
    serve(&project, &["--packets", "kept.pcapng", "--out", "notes.txt"], "true").assert().code(2);
    assert!(fs::read(project.path("kept.pcapng")).expect("packets") == kept);
    serve(&project, &["--packets", "kept.pcapng"], &sends("more")).assert().code(0);
    project.samewire(&["show", "kept.pcapng"]).assert().code(0).stdout(contains("4 data").and(contains("5 data").not()));
}

#[test]
fn packets_are_in_the_file_when_they_have_passed() {
    if !has_networks() {
        return;
    }
    let project = Project::new();
    let mut killed = begin(&project, &["--packets", "soon.pcapng"], &format!("{}; exec sleep 600", sends("hello")));
    killed.wait_for("closed by the client");
    let started = Instant::now();
    let is_there = || {
        let shown = project.samewire(&["show", "soon.pcapng"]).output().expect("an end");
        text(&shown).contains("5 data")
    };
    while !is_there() {
        assert!(started.elapsed() < PATIENCE, "no packets");
    }
    let another = serve(&project, &["--packets", "soon.pcapng"], "true").assert();
    another.code(2).stderr(contains("another recorder is writing to it"));
    killed.signal(Signal::INT);
    assert_eq!(killed.status(), Some(130));
}

#[test]
fn who_reads_no_packets_holds_up_nothing() {
    if !has_networks() {
        return;
    }
    let project = Project::new();
    Command::new("mkfifo").arg(project.path("fifo")).status().expect("mkfifo");
    let fifo = project.path("fifo");
    let opening = std::thread::spawn(move || File::open(fifo).expect("a FIFO"));
    let script = format!("head -c 1000000 /dev/zero | bash -c 'cat >/dev/tcp/127.0.0.1/3099'; {}", sends("hello"));
    let ended = serve(&project, &["--view", "none", "--packets", "fifo", "--out", "all.jsonl"], &script).assert();
    ended.code(2).stderr(contains("no longer read"));
    drop(opening.join().expect("a reader"));
    assert!(capture(&project.path("all.jsonl")).contains("\"bytes\":1000000,\"peer\":\"fin\""));
}
