//! Networks whose door is gone, or which a client has changed: the run goes on, in others.

use std::collections::BTreeSet;
use std::fs;

use predicates::str::contains;
use serde_json::Value;

use super::networks::text;
use super::support::{HELLO, Project, SAMEWIRE, example, has_networks, is_root, run_sender};

/// Does this to every door of the harness that started the shell.
const TO_EVERY_DOOR: &str = r#"
to_every_door() {
    for folder in /proc/[0-9]*; do
        grep -q "^PPid:.$PPID\$" "$folder/status" 2>/dev/null || continue
        tr '\0' ' ' <"$folder/cmdline" | grep -q ' samewire:door' && kill "$1" "${folder#/proc/}"
    done
}
"#;

/// A client that does something, says in a file in which network it is, and sends.
fn client(project: &Project, name: &str, before: &str, more: &str) {
    // SO_NETNS_COOKIE: a number that no other network ever has.
    const SAY: &str = r#"
/usr/bin/python3 -c 'import socket; print(int.from_bytes(socket.socket().getsockopt(1, 71, 8), "little"))' >>"$SEEN"
exec "$@"
"#;
    project.write(name, &format!("{TO_EVERY_DOOR}{before}{SAY}"));
    let (script, actor) = (project.path(name), example("actor"));
    let run = format!("run = ['sh', '{}', '{actor}', '{{host}}', '{{port}}', 'send:hello', '{{case}}']", script.display());
    let seen = project.path(&format!("seen-{name}"));
    project.client(
        name,
        &run,
        &format!("env = {{ SEEN = '{}', FLAG = '{}' }}\n{more}", seen.display(), project.path("flag").display()),
    );
}

fn networks_seen(project: &Project, name: &str) -> Vec<String> {
    let seen = fs::read_to_string(project.path(&format!("seen-{name}"))).expect("what it said");
    seen.lines().map(str::to_owned).collect()
}

fn in_turn(project: &Project, repeat: &str) -> assert_cmd::Command {
    project.run(&["--network", "own", "--packets", "all", "--jobs", "1", "--repeat", repeat])
}

#[test]
fn a_door_that_is_killed_in_a_trial_is_of_that_trial_alone() {
    if !has_networks() {
        return;
    }
    let project = Project::new();
    project.cases(HELLO);
    client(&project, "kills", "[ -e \"$FLAG\" ] || to_every_door -KILL\n: >\"$FLAG\"\n", "");
    // What was recorded by then does not need it any more.
    in_turn(&project, "3").assert().code(0).stdout(contains("1 trial: 1 passed"));
    let seen = networks_seen(&project, "kills");
    assert_eq!((seen.len(), &seen[1]), (3, &seen[2]));
    assert_ne!(seen[0], seen[1]);
}

#[test]
fn a_door_that_was_killed_between_two_trials_is_of_none() {
    if !has_networks() {
        return;
    }
    let project = Project::new();
    project.cases(HELLO);
    client(&project, "a-sends", "", "");
    client(&project, "kills", "to_every_door -KILL\n", "network = 'shared'");
    client(&project, "z-sends", "", "");
    in_turn(&project, "1").assert().code(0).stdout(contains("3 trials: 3 passed"));
    assert_ne!(networks_seen(&project, "a-sends"), networks_seen(&project, "z-sends"), "no door was killed between two trials");
}

#[test]
fn without_proc_there_is_none_and_it_is_said_why() {
    if !has_networks() || !is_root() {
        return;
    }
    let project = Project::new();
    project.cases(HELLO).sender("right", "");
    let run = |arguments: &str| {
        let script = format!("mount -t tmpfs none /proc && exec {SAMEWIRE} {arguments}");
        let mut command = std::process::Command::new("unshare");
        command.args(["--mount", "sh", "-c", &script]).env("SAMEWIRE_CACHE", project.path("cache"));
        text(&command.current_dir(project.path("")).env_remove("SAMEWIRE_REQUIRE").output().expect("unshare"))
    };
    let run_one = "run --suite suite --case case/* --profile default";
    assert!(run(run_one).contains("1 trial: 1 passed"), "{}", run(run_one));
    let own = run(&format!("{run_one} --network own"));
    assert!(own.contains("1 trial: 1 missing") && own.contains("mount -t proc proc /proc"), "{own}");
}

#[test]
fn too_many_open_files_are_said_and_nothing_is_missing() {
    if !has_networks() {
        return;
    }
    for most in [24, 26, 28, 30, 32, 34, 36, 40, 50, 64] {
        let project = Project::new();
        project.cases(HELLO);
        for client in ["a", "b", "c", "d"] {
            project.sender("right", "").client(client, &format!("run = {}", run_sender("right", "{plan}")), "");
        }
        let run = "run --suite suite --case case/* --profile default --network own --packets all --jobs 4 --out samewire-report";
        let script = format!("ulimit -n {most} && exec {SAMEWIRE} {run}");
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &script]).env("SAMEWIRE_CACHE", project.path("cache")).env_remove("SAMEWIRE_REQUIRE");
        let said = text(&command.current_dir(project.path("")).output().expect("sh"));
        for trial in project.report()["trials"].as_array().expect("trials") {
            let (verdict, why) = (&trial["verdict"], trial["problem"].to_string());
            assert!(
                verdict == "passed" || (verdict == "setup-error" && why.contains("Too many open files")),
                "{most}: {trial:#}\n{said}"
            );
        }
    }
}

#[test]
fn a_client_in_a_network_that_it_made_itself_is_over_when_it_ends() {
    if !has_networks() || !is_root() {
        return;
    }
    let project = Project::new();
    project.cases(HELLO);
    client(&project, "unshares", "unshare --net true || exit 1\nunshare --user --map-root-user --net true || exit 1\n", "");
    in_turn(&project, "3").assert().code(0).stdout(contains("1 trial: 1 passed"));
    let seen: BTreeSet<String> = networks_seen(&project, "unshares").into_iter().collect();
    assert_eq!(seen.len(), 1, "{seen:?}");
    let trial: Value = project.trial("unshares", "case/hello");
    assert_eq!(trial["packets"]["agreed"], 1, "{trial:#}");
}

#[test]
fn two_runs_at_once_have_the_same_address() {
    if !has_networks() {
        return;
    }
    // Taken on the machine, so that only networks of their own have it free.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let project = Project::new();
    project.cases(HELLO);
    // Each waits in its trial until the other is in its own.
    const MEETS: &str = "echo >>\"$MET\"; until [ \"$(wc -l <\"$MET\")\" -ge 2 ]; do sleep 0.01; done; exec \"$@\"";
    let run = format!("run = ['sh', '-c', '{MEETS}', 'sh', '{}', '127.0.0.1', '{port}', 'send:hello', 'x']", example("actor"));
    let met = project.path("met");
    project.client(
        "dials",
        &run,
        &format!("listen = '127.0.0.1:{port}'\ncases = ['case/*']\nenv = {{ MET = '{}' }}", met.display()),
    );
    let start = |out: &str| {
        let mut command = std::process::Command::new(SAMEWIRE);
        command.args(["run", "--suite", "suite", "--case", "case/*", "--profile", "default", "--out", out]);
        command.current_dir(project.path("")).env("SAMEWIRE_CACHE", project.path("cache")).env_remove("SAMEWIRE_REQUIRE");
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().expect("a run")
    };
    for run in ["one", "other"].map(start) {
        let output = run.wait_with_output().expect("its end");
        assert!(text(&output).contains("1 trial: 1 passed"), "{}", text(&output));
    }
}
