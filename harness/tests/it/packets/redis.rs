//! Sessions of three clients of Redis with a server, as tcpdump saw them: played again without the server.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::support::are_there;
use crate::support::{Project, is_root};

/// Each client, and what starts it: `store.*` of `examples/redis`, told to store a text and to read it back.
const CLIENTS: [(&str, &str); 3] = [
    ("redis-cli", "'sh', '{programs}/redis-cli/store.sh'"),
    ("redis-py", "'python3', '{programs}/redis-py/store.py'"),
    ("node-redis", "'node', '{programs}/built/node/store.mjs'"),
];

/// Captures a session of each in a network of its own.
const SESSIONS: &str = r#"
set -e
ip link set lo up
redis-server --port 6379 --save '' > server & server=$!
until redis-cli ping 2> /dev/null | grep -q PONG; do kill -0 $server; done
capture() {
  tcpdump -q -U -Z root -B 16384 -i lo -w $1.pcap tcp 2> said & pid=$!
  while ! grep -q listening said 2> /dev/null; do kill -0 $pid; done
  "${@:2}" 127.0.0.1 6379 text input > printed
  cmp input printed
  # tcpdump reads late, and what it has not read when it is told to end is lost: a refusal is waited for.
  (echo > /dev/tcp/127.0.0.1/9) 2> /dev/null || true
  until tcpdump -c 1 -r $1.pcap src port 9 2> /dev/null | grep -q .; do :; done
  kill -INT $pid; wait $pid; : > said
}
capture redis-cli sh redis-cli/store.sh
capture redis-py python3 redis-py/store.py
capture node-redis node built/node/store.mjs
kill $server
"#;

#[track_caller]
fn succeeds(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
}

/// The clients of the example, with what they need.
fn build(programs: &Path) {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/redis/clients");
    fs::create_dir_all(programs.join("built/node")).unwrap();
    succeeds(Command::new("cp").args(["-r", &format!("{example}/redis-cli"), &format!("{example}/redis-py")]).arg(programs));
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--target"]).arg(programs.join("built/python"));
    succeeds(pip.args(["-r", &format!("{example}/redis-py/requirements.txt")]));
    let mut npm = Command::new("sh");
    succeeds(npm.current_dir(format!("{example}/node-redis")).arg("build.sh").arg(programs.join("built/node")));
    fs::write(programs.join("input"), "Zoë’s 東京 😀").unwrap();
}

#[test]
#[ignore = "takes pip and npm: ci/slow runs it"]
fn a_session_is_played_again_to_who_had_it_and_another_is_told_where_it_parts() {
    if !is_root() || !are_there(&["tcpdump", "unshare", "redis-server", "redis-cli", "python3", "node", "npm"]) {
        return;
    }
    let project = Project::new();
    project.write("suite/README", "");
    let programs = project.path("programs");
    build(&programs);
    let python = programs.join("built/python");
    let mut sessions = Command::new("timeout");
    sessions.args(["90", "unshare", "--net", "bash", "-c", SESSIONS]);
    succeeds(sessions.current_dir(&programs).env("PYTHONPATH", &python));
    for (name, run) in CLIENTS {
        let (recorded, cases) = (format!("programs/{name}.pcap"), format!("suite/{name}.toml"));
        project.samewire(&["import", &recorded, "--port", "6379", "--out", &cases]).assert().code(0);
        let programs = programs.display().to_string();
        let run = format!("run = [{run}, '{{host}}', '{{port}}', 'text', '{programs}/input']").replace("{programs}", &programs);
        let more = format!("cases = ['*/*']\ntimeout_ms = 5000\nenv = {{ PYTHONPATH = '{}' }}", python.display());
        project.client(name, &run, &more);
    }
    let ran = project.run_all(&["--profile", "default", "--out", "samewire-report"]).assert().code(1);
    let said = String::from_utf8(ran.get_output().stdout.clone()).unwrap();
    for (client, _) in CLIENTS {
        for (session, _) in CLIENTS {
            let trial = project.trial(client, &format!("{session}/connection-1"));
            let differs = trial["verdict"] == "differs" || trial["also"] == serde_json::json!(["differs"]);
            let is_drawn = !trial["drawings"].as_array().unwrap().is_empty();
            let told = if client == session { ["passed", "as it was"] } else { ["parted", "drawn"] };
            let is = [
                if differs { "parted" } else { trial["verdict"].as_str().unwrap() },
                if is_drawn { "drawn" } else { "as it was" },
            ];
            assert_eq!(is, told, "{client} on {session}: {said}");
        }
    }
}
