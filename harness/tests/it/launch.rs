//! Clients that misbehave as processes. Whatever they do, the verdict is right and nothing is left: no process, no folder.
//!
//! The proof is a pipe that all of them inherit. It ends when the last process that has it is gone.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use predicates::prelude::*;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};

use super::support::{HELLO, PATIENCE, Project, SAMEWIRE, THREE, Witness, assert_gone, example, has_networks};

/// A run whose descendants all hold its stdout, as descriptor 9.
pub(super) struct Run {
    project: Project,
    child: Child,
    printed: mpsc::Receiver<String>,
    notes: BufReader<ChildStderr>,
}

impl Run {
    #[track_caller]
    pub(crate) fn start(project: Project) -> Self {
        Self::start_with(project, &[])
    }

    #[track_caller]
    fn start_with(project: Project, env: &[(&str, &str)]) -> Self {
        Self::start_by("exec \"$@\" 9>&1", project, env)
    }

    /// Started by this script of a shell, which has the command as its arguments.
    #[track_caller]
    pub(crate) fn start_by(script: &str, project: Project, env: &[(&str, &str)]) -> Self {
        fs::create_dir_all(project.path("tmp")).expect("a folder");
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script, "sh", SAMEWIRE, "run", "--suite", "suite", "--jobs", "2"]);
        command.args(["--profile", "default", "--case", "case/*", "--out", "samewire-report"]);
        command.current_dir(project.path("")).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("TMPDIR", project.path("tmp")).env("SAMEWIRE_CACHE", project.path("cache")).env_remove("SAMEWIRE_REQUIRE");
        command.envs(env.iter().copied());
        let mut child = command.spawn().expect("a process");
        let mut stdout = child.stdout.take().expect("stdout");
        let notes = BufReader::new(child.stderr.take().expect("stderr"));
        let (send, printed) = mpsc::channel();
        thread::spawn(move || {
            let mut text = String::new();
            stdout.read_to_string(&mut text).expect("text");
            send.send(text)
        });
        Self { project, child, printed, notes }
    }

    #[track_caller]
    pub(crate) fn of(misbehaviour: &str, more: &str) -> Self {
        Self::of_in("auto", misbehaviour, more)
    }

    /// In whose network.
    #[track_caller]
    fn of_in(network: &str, misbehaviour: &str, more: &str) -> Self {
        let project = Project::new();
        project.write("samewire.toml", &format!("network = '{network}'\n"));
        project.cases(HELLO);
        project.client(misbehaviour, &stray(misbehaviour), more);
        Self::start(project)
    }

    /// The folder that it runs in.
    pub(crate) fn project(&self) -> &Project {
        &self.project
    }

    #[track_caller]
    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("an id");
        kill_process(id, signal).expect("to signal");
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line on stderr.
    #[track_caller]
    fn wait_for(&mut self, beginning: &str) {
        let mut lines = self.notes.by_ref().lines().map(|line| line.expect("a line"));
        assert!(lines.any(|line| line.starts_with(beginning)), "it ended without saying {beginning:?}");
    }

    /// Waits until the run is over and nothing is left of it.
    #[track_caller]
    pub(crate) fn finish(mut self) -> Finished {
        let printed = self.printed.recv_timeout(PATIENCE).expect("nobody holds the pipe");
        let status = self.child.wait().expect("its end").code();
        let left: Vec<_> =
            fs::read_dir(self.project.path("tmp")).expect("a folder").flatten().map(|entry| entry.path()).collect();
        assert!(left.is_empty(), "left behind: {left:?}");
        Finished { project: self.project, status, printed }
    }
}

/// A run that is over.
pub(super) struct Finished {
    pub project: Project,
    pub status: Option<i32>,
    pub printed: String,
}

impl Finished {
    /// The verdict of the first trial.
    #[track_caller]
    fn verdict(&self) -> String {
        let verdict = &self.project.report()["trials"][0]["verdict"];
        verdict.as_str().unwrap_or_else(|| panic!("no verdict: {}", self.printed)).to_owned()
    }
}

fn stray(misbehaviour: &str) -> String {
    format!("run = ['{}', '{misbehaviour}', '{{host}}', '{{port}}']\ncases = ['case/*']", example("stray"))
}

/// In whose network clients misbehave, and what else their files say: where there are names, a client always gets into its network by
/// way of a process of ours.
fn networks() -> &'static [(&'static str, &'static str)] {
    let all = &[("shared", ""), ("own", ""), ("own", "hosts = ['broker.example']\n")];
    if cfg!(target_os = "linux") && has_networks() { all } else { &all[..1] }
}

macro_rules! leaves_nothing {
    ($($name:ident: $misbehaviour:literal, $more:literal => $verdict:literal;)*) => {$(
        #[test]
        fn $name() {
            for (network, names) in networks() {
                let run = Run::of_in(network, $misbehaviour, &format!("{names}{}", $more));
                assert_eq!(run.finish().verdict(), $verdict, "{network} {names}");
            }
        }
    )*};
}

leaves_nothing! {
    a_well_behaved_client_passes: "none", "" => "passed";
    a_client_that_closes_its_output_passes: "closes-its-output", "" => "passed";
    a_client_that_ignores_sigterm_is_killed: "ignores-sigterm", "timeout_ms = 300" => "timed-out";
    a_client_that_connects_and_never_sends_is_timed_out: "connects-and-stays", "timeout_ms = 300" => "timed-out";
    a_client_that_stops_itself_is_timed_out: "stops-itself", "timeout_ms = 300" => "timed-out";
    a_client_that_exits_in_the_middle_differs: "exits-in-the-middle", "" => "differs";
    a_grandchild_with_the_socket_holds_nothing_up: "leaves-the-socket-in-its-group", "timeout_ms = 20000" => "passed";
    a_thousand_connections_differ: "opens-1000-connections", "timeout_ms = 20000" => "differs";
}

#[cfg(target_os = "linux")]
leaves_nothing! {
    a_session_with_the_socket_holds_nothing_up: "leaves-the-socket-in-a-session", "timeout_ms = 20000" => "passed";
    a_daemon_is_found: "leaves-a-daemon", "" => "passed";
    a_daemon_with_the_output_is_found: "leaves-a-daemon-with-its-output", "" => "passed";
    a_daemon_without_environment_is_found: "leaves-a-daemon-without-environment", "" => "passed";
    a_daemon_is_found_when_time_is_up: "leaves-a-daemon-and-stays", "timeout_ms = 300" => "timed-out";
}

#[test]
fn a_client_that_never_reads_is_timed_out() {
    let project = Project::new();
    let reply = "61".repeat(1 << 20);
    project.cases(&format!(
        "[[case]]\nname = 'reply'\nabout = 'x'\nhazards = []\nplan = 'text hello'\nexpect = {{ text = 'hello' }}\n\
         [case.recorder]\nreplies = [{{ after_bytes = 5, hex = '{reply}' }}]\n"
    ));
    project.client("never-reads", &stray("never-reads"), "timeout_ms = 300");
    assert_eq!(Run::start(project).finish().verdict(), "timed-out");
}

#[cfg(target_os = "linux")]
#[test]
fn a_flood_on_stdout_is_bounded() {
    let run = Run::of("floods-stdout", "").finish();
    assert_eq!(run.verdict(), "passed");
    let stderr = run.project.trial("floods-stdout", "case/hello")["stderr"].as_str().expect("stderr").to_owned();
    let peak: u64 = stderr.split_whitespace().nth(1).and_then(|peak| peak.parse().ok()).expect(&stderr);
    assert!(peak < 64 << 10, "samewire took {peak} KiB while 512 MiB were printed");
}

#[cfg(target_os = "linux")]
#[test]
fn a_daemon_is_left_alone_until_its_own_trial_is_over() {
    let (one, other) = (Witness::new(), Witness::new());
    let (leaves, ends) = ("leaves-a-daemon-without-environment-and-waits", "waits-and-does-nothing");
    let project = Project::new();
    project.cases(HELLO).client(leaves, &stray(leaves), &one.env()).client(ends, &stray(ends), &other.env());
    let mut run = Run::start(project);
    let (mut daemon, client) = (one.accept(), one.accept());
    drop(other.accept());
    run.wait_for("differs waits-and-does-nothing");
    daemon.set_nonblocking(true).expect("a socket");
    let error = daemon.read(&mut [0]).expect_err("it lives, and says nothing");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    daemon.set_nonblocking(false).expect("a socket");
    drop(client);
    assert_eq!(run.finish().project.verdict(leaves, "case/hello"), "passed");
    assert_gone(&mut daemon);
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_is_left_when_samewire_itself_is_killed() {
    let witness = Witness::new();
    let run = Run::of("leaves-a-daemon-and-stays", &witness.env());
    let mut both = [witness.accept(), witness.accept()];
    run.signal(Signal::KILL);
    let run = run.finish();
    both.iter_mut().for_each(assert_gone);
    assert_eq!(run.project.report()["complete"], false);
}

/// A run in networks of their own, whose client is there, leaves a daemon, and does not heed SIGTERM. The network's door has the pipe
/// that is the proof, too.
#[cfg(target_os = "linux")]
fn in_a_network_of_its_own() -> Run {
    const SCRIPT: &str = "trap '' TERM; echo >\\\"$READY\\\"; exec \\\"$@\\\"";
    let project = Project::new();
    let ready = project.path("ready");
    assert!(Command::new("mkfifo").arg(&ready).status().expect("mkfifo").success());
    // Opened for both, so that nobody waits for the other here.
    let told = fs::File::options().read(true).write(true).open(&ready).expect("a FIFO");
    let stray = format!("'{}', 'leaves-a-daemon-and-stays', '{{host}}', '{{port}}'", example("stray"));
    let run = format!("run = ['sh', '-c', \"{SCRIPT}\", 'sh', {stray}]\ncases = ['case/*']");
    project.write("samewire.toml", "network = 'own'\n");
    project.cases(HELLO).client("stays", &run, &format!("env = {{ READY = '{}' }}", ready.display()));
    let run = Run::start(project);
    let patience = Timespec { tv_sec: 60, tv_nsec: 0 };
    assert_eq!(poll(&mut [PollFd::new(&told, PollFlags::IN)], Some(&patience)), Ok(1), "the client is not there");
    run
}

#[cfg(target_os = "linux")]
#[test]
fn no_network_is_left_when_samewire_itself_is_killed() {
    if has_networks() {
        let run = in_a_network_of_its_own();
        run.signal(Signal::KILL);
        assert_eq!(run.finish().project.report()["complete"], false);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn no_network_is_left_by_a_second_signal() {
    if has_networks() {
        let run = in_a_network_of_its_own();
        run.signal(Signal::INT);
        run.signal(Signal::TERM);
        assert_eq!(run.finish().status, Some(130));
    }
}

#[test]
fn a_signal_stops_the_clients_and_leaves_a_partial_report() {
    for signal in [Signal::INT, Signal::TERM] {
        let witness = Witness::new();
        let project = Project::new();
        project.cases(&format!("{HELLO}{THREE}"));
        project.client("stays", &stray("connects-and-stays"), &witness.env());
        project.client("waits", &stray("connects-and-stays"), &witness.env());
        let run = Run::start(project);
        let mut both = [witness.accept(), witness.accept()];
        run.signal(signal);
        let run = run.finish();
        both.iter_mut().for_each(assert_gone);
        assert_eq!(run.status, Some(1));
        assert!(run.printed.contains("4 trials: 4 interrupted (partial: the run was stopped)"), "{}", run.printed);
        assert_eq!(run.project.report()["complete"], false);
        // The ones that ran and the ones that did not begin.
        assert_eq!(run.project.trial("stays", "case/hello")["exit"], "interrupted");
        assert!(run.project.trial("stays", "case/three")["exit"].is_null());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_second_signal_ends_all_at_once() {
    let witness = Witness::new();
    // Its grace is longer than a second signal takes.
    let run = Run::of("ignores-sigterm", &witness.env());
    let mut client = witness.accept();
    run.signal(Signal::INT);
    run.signal(Signal::TERM);
    let run = run.finish();
    assert_gone(&mut client);
    assert_eq!(run.status, Some(130));
    assert_eq!(run.project.report()["complete"], false);
}

#[test]
fn a_build_that_was_stopped_is_made_again() {
    let witness = Witness::new();
    let build = format!("build = ['{}', 'hang']", example("stray"));
    let mut project = Project::new();
    project.cases(HELLO).client("builds", &stray("none"), &build);
    for _ in 0..2 {
        let run = Run::start_with(project, &[("WITNESS", &witness.address.to_string())]);
        let mut builds = witness.accept();
        run.signal(Signal::INT);
        let run = run.finish();
        assert_gone(&mut builds);
        assert_eq!((run.status, run.verdict().as_str()), (Some(1), "interrupted"));
        project = run.project;
    }
}

#[test]
fn a_client_that_hangs_is_timed_out() {
    let project = Project::new();
    project.sender("hangs", "timeout_ms = 300").cases(HELLO);
    project.run(&[]).assert().code(1).stdout(predicate::str::contains("timed-out hangs::case/hello"));
    assert_eq!(project.verdict("hangs", "case/hello"), "timed-out");
}

#[test]
fn a_grandchild_is_gone_when_the_trial_is_over() {
    let witness = Witness::new();
    let project = Project::new();
    project.stray("leaves-a-grandchild", &witness.env()).cases(HELLO);
    let hears = thread::spawn(move || {
        let (one, other) = (witness.accept(), witness.accept());
        // The grandchild says something, and its parent waits for us to close.
        let mut grandchild = None;
        for mut stream in [one, other] {
            stream.set_read_timeout(Some(Duration::from_millis(500))).expect("a time limit");
            if stream.read_exact(&mut [0]).is_ok() {
                stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
                grandchild = Some(stream);
            }
        }
        grandchild.expect("a grandchild")
    });
    project.run(&[]).assert().code(0);
    let mut grandchild = hears.join().expect("the witness");
    assert_gone(&mut grandchild);
}

#[test]
fn a_flood_on_stderr_is_bounded() {
    let project = Project::new();
    project.stray("floods", "").cases(HELLO);
    project.run(&[]).assert().code(0);
    let stderr = project.trial("floods", "case/hello")["stderr"].as_str().expect("stderr").to_owned();
    assert!(stderr.len() < 20_000, "{} octets of stderr are kept", stderr.len());
    assert!(stderr.contains("\n[268419072 octets left out]\n"), "{:.60}", stderr);
}
