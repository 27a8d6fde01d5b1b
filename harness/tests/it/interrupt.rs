//! Runs that a person or a system stops, takes up again, or leaves alone.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::launch::Run;
use super::support::{HELLO, PATIENCE, Project, SAMEWIRE, example};

/// A client that says `waits` with a file and does its part when there is a file `go`. It takes no notice of SIGTERM.
#[track_caller]
fn waiting(more: &str) -> Project {
    let project = Project::new();
    let stray = example("stray");
    let script = format!("trap : TERM; touch ../../waits; while ! [ -e ../../go ]; do sleep 0.01; done; exec {stray} none $0 $1");
    project.client("waits", &format!("run = ['sh', '-c', '{script}', '{{host}}', '{{port}}']\ncases = ['case/*']"), more);
    project.cases(HELLO);
    project
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "{what}: never");
        std::thread::yield_now();
    }
}

#[track_caller]
fn until_there(path: &Path) {
    until(&format!("{} is there", path.display()), || path.exists());
}

#[test]
fn a_hangup_ends_no_run_that_was_started_to_survive_it() {
    let run = Run::start_by("trap '' HUP; exec \"$@\" 9>&1", waiting("timeout_ms = 60000"), &[]);
    until_there(&run.project().path("waits"));
    run.signal(Signal::HUP);
    run.project().write("go", "");
    let run = run.finish();
    assert_eq!((run.status, run.project.report()["complete"].clone()), (Some(0), json!(true)), "{}", run.printed);
}

#[cfg(target_os = "linux")]
#[test]
fn time_in_which_a_run_was_suspended_is_not_the_clients() {
    let limit = Duration::from_secs(4);
    let run = Run::start(waiting(&format!("timeout_ms = {}", limit.as_millis())));
    until_there(&run.project().path("waits"));
    // As Ctrl-Z does; SIGTSTP itself stops nobody where no shell could take it up again.
    run.signal(Signal::STOP);
    let stat = format!("/proc/{}/stat", run.id());
    until("it is stopped", || fs::read_to_string(&stat).expect("its state").contains(") T "));
    let since = Instant::now();
    until("its limit is over", || since.elapsed() > limit + Duration::from_millis(500));
    run.signal(Signal::CONT);
    run.project().write("go", "");
    let run = run.finish();
    assert_eq!((run.status, run.project.verdict("waits", "case/hello")), (Some(0), "passed".to_owned()), "{}", run.printed);
}

#[test]
fn what_was_interrupted_is_nobodys_fault() {
    let run = Run::start(waiting("timeout_ms = 60000"));
    until_there(&run.project().path("waits"));
    run.signal(Signal::INT);
    let run = run.finish();
    let (trial, report) = (run.project.trial("waits", "case/hello"), run.project.report());
    assert_eq!((run.status, &trial["verdict"], &trial["also"]), (Some(1), &json!("interrupted"), &json!([])), "{}", run.printed);
    assert_eq!((&trial["diagnoses"], &report["causes"], &report["agreements"]), (&json!([]), &json!([]), &json!([])));
    for blame in ["explains", "never-connected", "nothing-sent", "missing"] {
        assert!(!run.printed.contains(blame), "{}", run.printed);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn whoever_reads_nothing_of_a_run_holds_up_neither_its_end_nor_a_second_signal() {
    for signals in [&[Signal::INT][..], &[Signal::INT, Signal::TERM]] {
        let project = waiting("timeout_ms = 60000");
        let (read, write) = full_pipe();
        let mut command = Command::new(SAMEWIRE);
        command.args(["run", "--suite", "suite", "--case", "case/*", "--profile", "default", "--verbose"]);
        command.current_dir(project.path("")).env("SAMEWIRE_CACHE", project.path("cache")).env_remove("SAMEWIRE_REQUIRE");
        command.stdout(Stdio::from(write.try_clone().expect("a pipe"))).stderr(Stdio::from(write));
        let mut child = command.spawn().expect("samewire");
        until_there(&project.path("waits"));
        let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("an id");
        let told = Instant::now();
        for signal in signals {
            kill_process(id, *signal).expect("to signal");
        }
        let status = child.wait().expect("its end").code();
        assert!(told.elapsed() < Duration::from_secs(20), "it took {:?}", told.elapsed());
        assert_eq!(status, Some(if signals.len() == 1 { 1 } else { 130 }));
        drop(read);
    }
}

/// A pipe that takes nothing more.
#[track_caller]
fn full_pipe() -> (impl Read, std::io::PipeWriter) {
    let (read, write) = std::io::pipe().expect("a pipe");
    let has_room = || poll(&mut [PollFd::new(&write, PollFlags::OUT)], Some(&Timespec::default())).expect("to ask") > 0;
    while has_room() {
        (&write).write_all(&[b'x'; 4096]).expect("to fill it");
    }
    (read, write)
}
