//! What another user of this machine holds is said to be held, also where we may only read it.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;

use predicates::prelude::*;
use predicates::str::contains;
use rustix::process::geteuid;

use super::support::{HELLO, Project, SAMEWIRE};

/// The user that has nothing.
const NOBODY: u32 = 65534;

/// `samewire`, as a user who may not write what is read-only: root may, and becomes nobody, with a program that nobody can reach.
fn as_another_user(project: &Project, arguments: &[&str]) -> assert_cmd::assert::Assert {
    as_another_user_through(&["env"], project, arguments)
}

/// The same, started by another program.
fn as_another_user_through(starter: &[&str], project: &Project, arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = std::process::Command::new(starter[0]);
    command.args(&starter[1..]);
    if geteuid().is_root() {
        let program = project.path("samewire");
        // By a process of its own: what another test starts meanwhile would hold a file that we write, and keep it from being started.
        let copied = std::process::Command::new("cp").arg(SAMEWIRE).arg(&program).status().expect("cp");
        assert!(copied.success(), "{copied}");
        command.arg(program).uid(NOBODY).gid(NOBODY);
    } else {
        command.arg(SAMEWIRE);
    }
    command.args(arguments).current_dir(project.path("")).env_remove("SAMEWIRE_REQUIRE").env("HOME", "/");
    assert_cmd::Command::from_std(command).timeout(super::support::PATIENCE).assert()
}

#[track_caller]
fn read_only(project: &Project, path: &str) {
    fs::set_permissions(project.path(path), Permissions::from_mode(0o444)).expect("permissions");
}

/// A file that this process holds, and others may read.
#[track_caller]
fn held(project: &Project, path: &str, text: &str) -> File {
    project.write(path, text);
    let file = File::open(project.path(path)).expect("a file");
    file.lock().expect("a lock");
    read_only(project, path);
    file
}

#[test]
fn what_another_user_holds_is_said_to_be_held() {
    let project = Project::new();
    project.sender("right", "").cases(HELLO);
    fs::set_permissions(project.path(""), Permissions::from_mode(0o755)).expect("permissions");
    let _report = held(&project, "samewire-report/.samewire.lock", "process 1 on \"there\", since 2026-01-01\n");
    let start = r#"{"event":"start","format":1,"recorder":"samewire 0.1.0","address":"127.0.0.1:7","at":"2026-01-01"}"#;
    let _capture = held(&project, "capture.jsonl", &format!("{start}\n"));
    let _socket = held(&project, "there.sock.lock", "");
    let refused = |arguments: &[&str], why: &str| {
        as_another_user(&project, arguments).code(2).stderr(contains(why).and(contains("denied").not()));
    };
    refused(
        &["run", "--suite", "suite", "--out", "samewire-report"],
        "samewire-report is being written by process 1 on \"there\"",
    );
    refused(&["serve", "--port", "0", "--out", "capture.jsonl"], "samewire 0.1.0 on 127.0.0.1:7, since 2026-01-01,");
    refused(&["serve", "--host", "unix:there.sock"], "another recorder listens there already; name another path");
}

#[test]
fn what_another_user_left_is_said_not_to_be_ours() {
    let project = Project::new();
    project.sender("right", "").cases(HELLO);
    project.write("samewire-report/.samewire.lock", "");
    project.write("capture.jsonl", "");
    read_only(&project, "samewire-report/.samewire.lock");
    read_only(&project, "capture.jsonl");
    fs::set_permissions(project.path("samewire-report"), Permissions::from_mode(0o555)).expect("permissions");
    fs::set_permissions(project.path(""), Permissions::from_mode(0o755)).expect("permissions");
    let report = as_another_user(&project, &["run", "--suite", "suite", "--out", "samewire-report"]);
    report.code(2).stderr(contains("Permission denied").and(contains("name a folder of your own with --out")));
    let capture = as_another_user(&project, &["serve", "--port", "0", "--out", "capture.jsonl"]);
    capture.code(2).stderr(contains("write the capture to capture.jsonl: Permission denied"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_user_who_may_start_no_thread_is_told_so() {
    let project = Project::new();
    project.sender("right", "").cases(HELLO);
    fs::set_permissions(project.path(""), Permissions::from_mode(0o777)).expect("permissions");
    for arguments in [&["run", "--suite", "suite"][..], &["serve", "--port", "0", "--upstream", "localhost:1"]] {
        let told = as_another_user_through(&["prlimit", "--nproc=1:1"], &project, arguments).code(2);
        told.stderr(contains("start a thread: ").and(contains("raise `ulimit -u`")).and(contains("panicked").not()));
    }
}
