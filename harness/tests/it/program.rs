//! One program through the one door, and the reasons why there is none.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use samewire::judge::end::End;
use samewire::trial::launch::{self, LaunchError, Output, Program, Scratch, Stdin, TimeLimit};

use super::support::PATIENCE;

struct Ran {
    end: End,
    stdout: String,
}

fn program(folder: &Path, argv: &[&str]) -> Program {
    Program {
        argv: argv.iter().map(Into::into).collect(),
        folder: folder.to_owned(),
        env: BTreeMap::from([("PATH".into(), std::env::var_os("PATH").expect("a PATH"))]),
        temporary: folder.to_owned(),
        ..Program::default()
    }
}

async fn run_for(program: &Program, limit: Duration) -> Result<Ran, LaunchError> {
    let mut stdout = Output::new(None);
    let ended = launch::run(program, &mut TimeLimit::new(limit), std::future::pending(), &mut stdout).await?;
    Ok(Ran { end: ended.end, stdout: String::from_utf8_lossy(&stdout.finish().1).into_owned() })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn run(program: &Program) -> Result<Ran, LaunchError> {
    runtime().block_on(run_for(program, PATIENCE))
}

/// Why a program of this name cannot be started, in a folder that has a file `text` and a script `orphan`.
#[track_caller]
fn reason(name: &str) -> String {
    let scratch = Scratch::new().expect("a folder");
    fs::write(scratch.path().join("text"), "true").expect("a file");
    script(&scratch.path().join("orphan"), "#!/no/such/interpreter\n");
    let error = run(&program(scratch.path(), &[name])).map(|ran| ran.end).expect_err("an error");
    error.to_string().replace(&scratch.path().display().to_string(), "FOLDER")
}

fn script(path: &Path, text: &str) {
    fs::write(path, text).expect("a script");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("permissions");
}

#[test]
fn what_cannot_be_started_says_why() {
    assert_eq!(reason("no-such"), "cannot start no-such: there is no such program on PATH; install it, or mend the name");
    assert_eq!(reason("./no-such"), "cannot start ./no-such: there is no such file in FOLDER");
    assert_eq!(
        reason("./text"),
        "cannot start FOLDER/./text: it exists but is not executable; `chmod +x` makes a script executable"
    );
    assert_eq!(
        reason("./orphan"),
        "cannot start FOLDER/orphan: it exists, but what runs it does not: the program in its first line, or its loader"
    );
}

#[test]
fn a_working_folder_that_is_not_there_is_named() {
    let scratch = Scratch::new().expect("a folder");
    let mut program = program(scratch.path(), &["true"]);
    program.folder = "/no/such/folder".into();
    let error = run(&program).map(|ran| ran.end).expect_err("an error");
    assert!(error.to_string().ends_with("its working folder /no/such/folder does not exist"), "{error}");
}

#[test]
fn a_program_that_is_still_written_to_is_tried_again() {
    let scratch = Scratch::new().expect("a folder");
    let path = scratch.path().join("fresh");
    script(&path, "#!/bin/sh\necho ran\n");
    let program = program(scratch.path(), &["./fresh"]);
    let writes = File::options().append(true).open(&path).expect("the script");
    // It is tried once before this goes on.
    let closes = async { drop(writes) };
    let (ran, ()) = runtime().block_on(async { tokio::join!(run_for(&program, PATIENCE), closes) });
    assert_eq!(ran.expect("a program").stdout, "ran\n");
}

#[test]
fn a_program_that_is_written_to_for_ever_is_given_up() {
    let scratch = Scratch::new().expect("a folder");
    let path = scratch.path().join("fresh");
    script(&path, "#!/bin/sh\n");
    let _writes = File::options().append(true).open(&path).expect("the script");
    let program = program(scratch.path(), &["./fresh"]);
    let error = runtime().block_on(run_for(&program, Duration::from_millis(30))).map(|ran| ran.end).expect_err("an error");
    assert!(matches!(error, LaunchError::Failed { .. }), "{error}");
}

#[test]
fn stdin_is_empty_or_closed() {
    let script = "if (: 9<&0) 2>&-; then cat; echo empty; else echo closed; fi; exit 3";
    for (stdin, says) in [(Stdin::Empty, "empty\n"), (Stdin::Closed, "closed\n")] {
        let scratch = Scratch::new().expect("a folder");
        let program = Program { stdin, ..program(scratch.path(), &["sh", "-c", script]) };
        let ran = run(&program).expect("a program");
        assert_eq!((ran.stdout.as_str(), ran.end), (says, End::Exit(3)));
    }
}

#[test]
fn a_closed_stdin_changes_neither_arguments_nor_environment() {
    let scratch = Scratch::new().expect("a folder");
    let seen = |stdin| {
        let mut program = Program { stdin, ..program(scratch.path(), &["env", "A B=$HOME 'x'", "env"]) };
        program.env.insert("C".into(), "\u{e9}\n\"".into());
        let mut lines: Vec<String> = run(&program).expect("a program").stdout.lines().map(str::to_owned).collect();
        // Some shells cannot but set this.
        lines.retain(|line| !line.starts_with("_="));
        lines.sort();
        lines
    };
    assert!(seen(Stdin::Empty).contains(&"A B=$HOME 'x'".to_owned()));
    assert_eq!(seen(Stdin::Empty), seen(Stdin::Closed));
}

#[test]
fn a_closed_stdin_is_closed_for_its_program_alone() {
    let scratch = Scratch::new().expect("a folder");
    let closed = Program { stdin: Stdin::Closed, ..program(scratch.path(), &["true"]) };
    let before = rustix::io::fcntl_getfd(std::io::stdin()).expect("our own");
    run(&closed).expect("a program");
    assert_eq!(rustix::io::fcntl_getfd(std::io::stdin()).expect("our own"), before);
}

#[test]
fn a_stdin_may_be_a_file() {
    let scratch = Scratch::new().expect("a folder");
    fs::write(scratch.path().join("input"), "h\u{e9}llo").expect("a file");
    let told = |file: &str| Program { stdin: Stdin::File(file.into()), ..program(scratch.path(), &["cat"]) };
    assert_eq!(run(&told("input")).expect("a program").stdout, "h\u{e9}llo");
    let error = run(&told("no-such")).map(|ran| ran.end).expect_err("an error");
    assert!(error.to_string().starts_with("cannot start cat: cannot open its stdin, no-such: "), "{error}");
}

#[test]
fn a_program_that_stopped_itself_is_told_apart_from_a_slow_one() {
    let scratch = Scratch::new().expect("a folder");
    let end = |script| {
        let program = program(scratch.path(), &["sh", "-c", script]);
        runtime().block_on(run_for(&program, Duration::from_millis(300))).expect("a program").end
    };
    assert_eq!(end("kill -STOP $$"), End::Stopped(19));
    assert_eq!(end("kill -TTIN $$"), End::Stopped(21));
    assert_eq!(end("while :; do :; done"), End::TimedOut);
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_program_keeps_is_open_in_all_that_it_starts_and_nowhere_else() {
    let scratch = Scratch::new().expect("a folder");
    let lock = Arc::new(File::create(scratch.path().join("lock")).expect("a file"));
    let open_in_a_descendant = |keeps| {
        let script = "sh -c 'readlink /proc/self/fd/* | grep /lock$'";
        let program = Program { keeps, ..program(scratch.path(), &["sh", "-c", script]) };
        run(&program).expect("a program").stdout
    };
    assert!(open_in_a_descendant(Some(Arc::clone(&lock))).ends_with("/lock\n"));
    assert_eq!(open_in_a_descendant(None), "");
}

/// A bad first line is one fault, in whichever profile.
#[test]
fn what_cannot_be_started_cannot_be_without_a_stdin_either() {
    let scratch = Scratch::new().expect("a folder");
    script(&scratch.path().join("orphan"), "#!/no/such/interpreter\n");
    for stdin in [Stdin::Empty, Stdin::Closed] {
        let program = Program { stdin, ..program(scratch.path(), &["./orphan"]) };
        let error = run(&program).map(|ran| ran.end).expect_err("an error");
        assert!(matches!(error, LaunchError::NoInterpreter(_)), "{error}");
    }
}

/// Whether the kernel, `env` or a shell finds that out.
#[test]
fn a_script_that_was_saved_on_windows_is_named_with_and_without_a_stdin() {
    let scratch = Scratch::new().expect("a folder");
    for (text, what) in [
        ("#!/bin/sh\r\nexit 0\r\n", "its first line ends in a carriage return"),
        ("#!/usr/bin/env sh\r\nexit 0\r\n", "its first line ends in a carriage return"),
        ("#!/bin/sh -e\r\nexit 0\r\n", "its first line ends in a carriage return"),
        ("\u{feff}#!/bin/sh\nexit 127\n", "a byte order mark stands before its `#!`"),
    ] {
        script(&scratch.path().join("orphan"), text);
        for stdin in [Stdin::Empty, Stdin::Closed] {
            let program = Program { stdin, ..program(scratch.path(), &["./orphan"]) };
            let error = run(&program).map(|ran| ran.end).expect_err(text).to_string();
            assert!(error.contains(what), "{text:?}: {error}");
        }
    }
    script(&scratch.path().join("orphan"), "#!/bin/sh\n# \r\nexit 127\n");
    assert_eq!(run(&program(scratch.path(), &["./orphan"])).expect("a program").end, End::Exit(127));
}

#[test]
fn a_signal_to_a_program_with_closed_stdin_is_told() {
    let scratch = Scratch::new().expect("a folder");
    let program = Program { stdin: Stdin::Closed, ..program(scratch.path(), &["sh", "-c", "kill -9 $$"]) };
    assert_eq!(run(&program).expect("a program").end, End::Signal(9));
}

#[test]
fn a_scratch_folder_is_removed_though_it_was_made_read_only() {
    let scratch = Scratch::new().expect("a folder");
    let path = scratch.path().to_owned();
    let read_only = path.join("cache/module");
    fs::create_dir_all(&read_only).expect("a folder");
    fs::write(read_only.join("file"), "x").expect("a file");
    for folder in [&read_only, &path.join("cache")] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o500)).expect("permissions");
    }
    scratch.close().expect("to remove it");
    assert!(!path.exists());
}
