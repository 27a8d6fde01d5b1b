//! `new --from-program`: a client around a program that exists already, and its first case.

use std::fs;

use assert_cmd::assert::Assert;
use predicates::prelude::*;
use predicates::str::contains;

use super::support::{Project, example, has_networks};

/// A folder in which nothing is.
pub(super) fn empty() -> Project {
    let project = Project::new();
    fs::remove_dir_all(project.path("clients")).expect("the folder of clients");
    project
}

#[track_caller]
fn new(project: &Project, name: &str, more: &[&str], program: &[&str]) -> Assert {
    project.samewire(&[&["new", name, "--from-program"], more, &["--"], program].concat()).assert()
}

#[track_caller]
fn text(project: &Project, path: &str) -> String {
    fs::read_to_string(project.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A program that says `hello` where this script of a shell tells it to.
fn script(project: &Project, script: &str) -> String {
    project.write("tools/send.sh", &format!("#!/bin/sh\nstray() {{ {} \"$@\"; }}\n{script}\n", example("stray")));
    let path = project.path("tools/send.sh");
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("permissions");
    "./tools/send.sh".into()
}

/// Nothing was made but what was there.
#[track_caller]
fn made_nothing(project: &Project) {
    for path in ["clients", "cases", "samewire.toml"] {
        assert!(!project.path(path).exists(), "{path}");
    }
}

#[test]
fn an_empty_folder_has_a_client_and_a_case_that_passes() {
    let project = empty();
    let made = new(&project, "stray", &[], &[&example("stray"), "none", "localhost", "3099"]);
    let made = made.code(0).stdout(contains("recognised localhost as {host}").and(contains("recognised 3099 as {port}")));
    made.stdout(contains("samewire run --client stray").and(contains("samewire.toml")));
    assert!(text(&project, "clients/stray/client.toml").contains(r#""none", "{host}", "{port}"]"#));
    assert!(text(&project, "cases/stray.toml").contains(r#"expect  = { text = "hello" }"#));
    project.samewire(&["run"]).assert().code(0).stdout(contains("passed").and(contains("failed").not()));
    new(&project, "second", &[], &[&example("stray"), "none", "{host}", "{port}"]).code(0).stdout(contains("recognised").not());
    project.samewire(&["run"]).assert().code(0).stdout(contains("second").and(contains("failed").not()));
}

#[test]
fn one_that_knows_no_ipv6_lacks_it_and_passes() {
    let project = empty();
    let program = script(&project, "case $1 in *:*) exit 1 ;; esac; stray none $1 $2");
    new(&project, "old", &[], &[&program, "127.0.0.1", "3099"]).code(0).stdout(contains("it does not connect to ::1"));
    assert!(text(&project, "clients/old/client.toml").contains("lacks   = [\"ipv6\"]\n"));
    project.samewire(&["run"]).assert().code(0).stdout(contains("2 trials: 2 passed"));
    new(&project, "young", &[], &[&example("stray"), "none", "127.0.0.1", "3099"]).code(0).stdout(contains("::1").not());
    assert!(!text(&project, "clients/young/client.toml").contains("lacks"));
}

#[test]
fn what_it_dials_of_its_own_accord_is_found_out() {
    let project = empty();
    let program = script(&project, "stray none 127.0.0.1 3099");
    let made = new(&project, "fixed", &[], &[&program]);
    if !has_networks() {
        made.code(2).stderr(contains("write {host} and {port}"));
        return;
    }
    made.code(0).stdout(contains("it dials 127.0.0.1:3099 of its own accord"));
    let client = text(&project, "clients/fixed/client.toml");
    assert!(client.contains("listen  = \"127.0.0.1:3099\"") && client.contains("\"../../tools/send.sh\""), "{client}");
    project.samewire(&["run"]).assert().code(0);
}

#[test]
#[ignore = "it takes long: ci/slow runs it"]
fn one_that_stays_is_told_to_end() {
    let project = empty();
    new(&project, "stays", &[], &[&example("stray"), "never-reads", "{host}", "{port}"]).code(0).stdout(contains("did not end"));
    assert!(text(&project, "clients/stays/client.toml").contains("ends    = \"when-received\""));
    project.samewire(&["run", "--profile", "default"]).assert().code(0).stdout(contains("1 passed"));
}

#[test]
fn what_it_is_to_send_comes_through_its_stdin_or_a_file() {
    let project = empty();
    let echoes = script(&project, "read word; [ \"$word\" = hello ] && stray none $1 $2");
    new(&project, "piped", &["--input", "hello\n"], &[&echoes, "{host}", "{port}"]).code(0);
    assert!(text(&project, "clients/piped/client.toml").contains("stdin   = \"{input}\""));
    assert!(text(&project, "cases/piped.toml").contains("hello"));
    let echoes = script(&project, "[ \"$(cat $3)\" = hello ] && stray none $1 $2");
    new(&project, "filed", &["--input", "hello"], &[&echoes, "{host}", "{port}", "{input}"]).code(0);
    assert!(!text(&project, "clients/filed/client.toml").contains("stdin"));
    new(&project, "untold", &[], &["sh", "{host}", "{port}", "{input}"]).code(2).stderr(contains("add --input TEXT"));
}

#[test]
#[ignore = "it takes long: ci/slow runs it"]
fn one_that_waits_for_an_answer_is_given_one() {
    let project = empty();
    new(&project, "asks", &["--reply", "connect=\\xc3\\|\\xa9"], &[&example("stray"), "answers", "{host}", "{port}"]).code(0);
    let case = text(&project, "cases/asks.toml");
    assert!(case.contains("{ at = \"connect\", text = \"é\", pieces = [1], pause_ms = 50 }"), "{case}");
    assert!(case.contains("expect  = { text = \"é\" }"), "{case}");
    let stays = [&example("stray"), "answers-and-stays", "{host}", "{port}"];
    let made = new(&project, "goes-on", &["--reply", "/hel/*=no", "--reply", "5+20=ok"], &stays).code(0);
    made.stdout(contains("hellono").and(contains("each_time = true")).and(contains("delay_ms = 20")));
    project.samewire(&["run", "--profile", "default"]).assert().code(0).stdout(contains("2 passed"));
    new(&project, "wrong", &["--reply", "ok"], &stays).code(2).stderr(contains("`ok` is none of: connect"));
    new(&project, "wrong", &["--reply", "3=ok", "--server", "it"], &stays).code(2).stderr(contains("cannot be used with"));
}

#[test]
#[ignore = "it takes long: ci/slow runs it"]
fn one_that_waits_for_its_server_is_given_it() {
    let project = empty();
    let program = [&example("stray"), "answers-and-stays", "{host}", "{port}"];
    new(&project, "served", &["--server", "it"], &program).code(2).stderr(contains("there is no server \"it\"; there is none"));
    made_nothing(&project);
    let run = format!("run = ['{}', 'echoes', '{{host}}', '{{port}}', '']", example("server"));
    project.write("samewire.toml", &format!("clients = 'clients'\nsuites = ['cases']\n[server.it]\n{run}\n"));
    new(&project, "served", &["--server", "it"], &program).code(0).stdout(contains("hellohe"));
    assert!(text(&project, "cases/served.toml").contains("server  = \"it\""));
    project.samewire(&["run", "--profile", "default"]).assert().code(0).stdout(contains("1 passed"));
}

#[test]
fn a_program_that_cannot_be_recorded_leaves_nothing() {
    let project = empty();
    let fails = script(&project, "stray none $1 $2; echo no such index >&2; exit 3");
    let [host, port, stray] = ["{host}", "{port}", &example("stray")];
    let varies = "stray none $1 $2; if [ -e $0 ]; then rm $0; else touch $0; stray none $1 $2; fi";
    for (program, said) in [
        (&["no-such-program", host, port][..], "no-such-program is not on PATH"),
        (&["./no-such-program", host, port], "there is no such file"),
        (&["true", host, port], "never connected to the recorder; it exited with status 0"),
        (&[stray, "connects", host, port], "connected, and sent nothing; it exited with status 0; if it reads from stdin"),
        (&[&fails, host, port], "connected, and failed; it exited with status 3: no such index"),
        (&["sh", "-c", &varies.replace("stray", stray), &project.path("x").display().to_string(), host, port], "every run"),
        (&["x", "{plan}"], "samewire new NAME"),
    ] {
        new(&project, "nope", &[], program).code(2).stderr(contains(said).and(contains("/samewire-").not()));
        made_nothing(&project);
    }
}

#[test]
fn what_is_there_is_left_as_it_is_and_hostile_names_are_refused() {
    let project = empty();
    let program = [&example("stray"), "none", "{host}", "{port}"];
    project.write("cases/taken.toml", "mine");
    new(&project, "taken", &[], &program).code(2).stderr(contains("taken.toml exists already"));
    assert!(!project.path("clients").exists() && text(&project, "cases/taken.toml") == "mine");
    for name in ["../x", "a b", "con", ""] {
        new(&project, name, &[], &program).code(2).stderr(contains("the name "));
    }
    fs::remove_dir_all(project.path("cases")).expect("the folder of cases");
    made_nothing(&project);
    project.write("samewire.toml", "clients = 'senders'\nsuites = ['builtin:wire']\n");
    new(&project, "mine", &[], &program).code(2).stderr(contains("no folder of cases of its own"));
    project.write("samewire.toml", "clients = 'senders'\nsuites = ['builtin:wire', 'own']\n");
    new(&project, "mine", &[], &program).code(0);
    assert!(project.path("senders/mine/client.toml").is_file() && project.path("own/mine.toml").is_file());
    assert!(!project.path("cases").exists());
}
