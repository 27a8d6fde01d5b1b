//! Trials in networks of their own, and where there are none. As root and, for root, as `nobody` too.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{fs, iter};

use predicates::prelude::*;
use predicates::str::contains;

use super::support::{HELLO, Project, SAMEWIRE, example, has_networks, is_root};

/// A client that connects to this address and no other.
fn dials(project: &Project, name: &str, address: &str, more: &str) {
    let (host, port) = address.rsplit_once(':').expect("an address");
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let run = format!("run = ['{}', '{host}', '{port}', 'send:hello', 'x']\ncases = ['case/*']", example("actor"));
    project.client(name, &run, more);
}

/// A project of clients that all connect to one address.
fn dialling(address: &str, clients: &[&str]) -> Project {
    let project = Project::new();
    project.cases(&format!("{HELLO}{}", HELLO.replace("\"hello\"\nabout", "\"again\"\nabout")));
    for client in clients {
        dials(&project, client, address, &format!("listen = '{address}'"));
    }
    project
}

/// An address of the machine that no other test has.
fn nobodys_address() -> String {
    let [.., high, low] = std::process::id().to_be_bytes();
    format!("127.77.{high}.{low}")
}

#[test]
fn programs_that_cannot_be_told_run_side_by_side() {
    if !has_networks() {
        return;
    }
    // Taken on the machine, so that only a network of its own has it free.
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let project = dialling(&taken.local_addr().expect("an address").to_string(), &["one", "other"]);
    for network in ["auto", "own"] {
        let run = project.run(&["--network", network, "--jobs", "2", "--repeat", "10"]).assert().code(0);
        run.stdout(contains("4 trials: 4 passed"));
    }
}

#[test]
fn so_they_do_for_nobody() {
    if !has_networks() || !is_root() {
        return;
    }
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let project = dialling(&taken.local_addr().expect("an address").to_string(), &["one", "other"]);
    let program = open_to_others(&project);
    for network in ["auto", "own"] {
        let output = as_nobody(
            &project,
            &program,
            &["run", "--suite", "suite", "--case", "case/*", "--profile", "default", "--network", network],
        );
        assert!(text(&output).contains("4 trials: 4 passed"), "{}", text(&output));
    }
}

/// Copies what the project runs to where other users may run it, and lets them write there.
pub(crate) fn open_to_others(project: &Project) -> PathBuf {
    for (name, from) in [("samewire", SAMEWIRE.to_owned()), ("actor", example("actor"))] {
        fs::copy(from, project.path(name)).expect("a copy");
    }
    for client in fs::read_dir(project.path("clients")).expect("clients").flatten() {
        let toml = client.path().join("client.toml");
        let Ok(text) = fs::read_to_string(&toml) else { continue };
        let text = text.replace(SAMEWIRE, &project.path("samewire").display().to_string());
        fs::write(&toml, text.replace(&example("actor"), &project.path("actor").display().to_string())).expect("a client");
    }
    fs::set_permissions(project.path(""), fs::Permissions::from_mode(0o777)).expect("permissions");
    project.path("samewire")
}

pub(crate) fn as_nobody(project: &Project, program: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]).arg(program).args(arguments);
    command.env_remove("TMPDIR").env_remove("SAMEWIRE_REQUIRE").env("SAMEWIRE_CACHE", project.path("cache"));
    command.current_dir(project.path("")).stdin(Stdio::null()).output().expect("setpriv")
}

pub(crate) fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|octets| String::from_utf8_lossy(octets)).concat()
}

#[test]
fn ports_and_addresses_of_every_kind_are_free() {
    if !has_networks() {
        return;
    }
    let project = Project::new();
    project.cases(HELLO);
    for (name, address) in
        [("low", "127.0.0.1:80"), ("far", "10.1.2.3:3099"), ("six", "[::1]:3099"), ("far-six", "[2001:db8::7]:80")]
    {
        dials(&project, name, address, &format!("listen = '{address}'"));
    }
    dials(&project, "everywhere", "192.0.2.1:3099", "listen = '0.0.0.0:3099'");
    project.run(&[]).assert().code(0).stdout(contains("5 trials: 5 passed"));
}

#[test]
fn several_addresses_lead_to_one_recorder() {
    if !has_networks() {
        return;
    }
    let project = Project::new();
    project.cases(HELLO);
    for (name, address) in [("first", "127.0.0.1:21"), ("second", "127.0.0.1:20")] {
        dials(&project, name, address, "listen = ['127.0.0.1:21', '127.0.0.1:20']");
    }
    project.run(&["--packets", "all"]).assert().code(0).stdout(contains("2 trials: 2 passed"));
    for (name, address) in [("first", "127.0.0.1:21"), ("second", "127.0.0.1:20")] {
        assert_eq!(project.trial(name, "case/hello")["timelines"][0]["address"], address);
        let capture = project.path(&format!("samewire-report/captures/{name}/case/hello.jsonl"));
        let shown = project.samewire(&["show", capture.to_str().expect("a path")]).assert().code(0);
        shown.stdout(contains(format!(" to {address}, opened after")).and(contains(format!(" to {address}\n"))));
    }
}

#[test]
fn a_case_that_names_an_address_wins() {
    if !has_networks() {
        return;
    }
    let project = Project::new();
    project.cases(&format!("{HELLO}[case.recorder]\nlisten = '127.0.0.1:8080'\n"));
    project.sender("right", "");
    dials(&project, "dials", "127.0.0.1:8080", "listen = '127.0.0.1:80'");
    project.run(&[]).assert().code(0).stdout(contains("2 trials: 2 passed"));
}

#[test]
fn a_case_of_ipv6_is_for_those_who_can_go_there() {
    if !has_networks() {
        return;
    }
    let project = Project::new();
    project
        .cases(&format!("{HELLO}[case.recorder]\naddress = 'ipv6'\n{}", HELLO.replace("\"hello\"\nabout", "\"other\"\nabout")));
    let run = format!("run = ['{}', '{{host}}', '{{port}}', 'send:hello', '{{case}}']", example("actor"));
    project.client("can", &run, "").client("cannot", &run, "lacks = ['ipv6']");
    dials(&project, "elsewhere", "127.0.0.1:80", "listen = '127.0.0.1:80'");
    project.run(&[]).assert().code(0).stdout(contains("4 trials: 4 passed"));
    assert_eq!(project.verdict("can", "case/hello"), "passed");
}

#[test]
fn names_lead_to_the_recorder() {
    if !has_networks() {
        return;
    }
    let project = Project::new();
    project.cases(HELLO);
    let run = format!("run = ['{}', 'broker.example.com', '{{port}}', 'send:hello', '{{case}}']", example("actor"));
    project.client("by-name", &run, "hosts = ['broker.example.com']");
    project.run(&[]).assert().code(0);
    let run = project.run(&["--network", "shared"]).assert().code(1);
    run.stdout(contains("`hosts` needs a network of its own, but the run uses the machine's"));
}

#[test]
fn a_closed_stdin_is_closed_there_too() {
    if !has_networks() {
        return;
    }
    let project = Project::new();
    project.cases(HELLO).sender("right", "");
    let script = format!("[ -e /proc/self/fd/0 ] || exec {} \"$@\"", example("actor"));
    let run = format!("run = ['sh', '-c', '{script}', 'sh', '{{host}}', '{{port}}', 'send:hello', '{{case}}']");
    project.client("looks", &run, "");
    for network in ["own", "shared"] {
        let run =
            project.run_all(&["--network", network, "--profile", "closed-stdin", "--out", "samewire-report"]).assert().code(0);
        run.stdout(contains("2 trials: 2 passed"));
    }
}

#[test]
fn in_the_machines_network_those_of_one_address_run_one_at_a_time() {
    let project = dialling(&format!("{}:3099", nobodys_address()), &["one", "other", "third"]);
    let arguments = "run --suite suite --case case/* --profile default --network shared --jobs 4 --repeat 3";
    let start = |out: &str| {
        let mut command = Command::new(SAMEWIRE);
        command
            .current_dir(project.path(""))
            .args(arguments.split(' '))
            .args(["--out", out])
            // Of other users too.
            .env("SAMEWIRE_CACHE", project.path(&format!("cache-{out}")));
        command.env_remove("SAMEWIRE_REQUIRE").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a run")
    };
    // Runs of other processes too.
    for run in ["a", "b"].map(start) {
        let output = run.wait_with_output().expect("its end");
        assert!(text(&output).contains("6 trials: 6 passed"), "{}", text(&output));
    }
}

#[test]
fn who_holds_an_address_is_said() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let project = dialling(&address, &["one"]);
    let run = project.run(&["--network", "shared"]).assert().code(1);
    run.stdout(contains("setup-error"))
        .stdout(contains(format!("listen on {address}")))
        .stdout(contains(format!("(process {}) has it", std::process::id())));
}

/// Where user namespaces are forbidden, as a nested one may forbid them to itself.
pub(crate) fn forbidden(project: &Project, arguments: &[&str]) -> Output {
    let script = "echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all --inh-caps=-all \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "sh", "-c", script, "sh", SAMEWIRE]).args(arguments);
    command.current_dir(project.path("")).env("SAMEWIRE_CACHE", project.path("cache")).env_remove("SAMEWIRE_REQUIRE");
    command.stdin(Stdio::null()).output().expect("unshare")
}

#[test]
fn where_they_are_forbidden_all_goes_on_and_it_is_said_why() {
    if !has_networks() {
        return;
    }
    let project = dialling(&format!("{}:3100", nobodys_address()), &["fixed"]);
    project.sender("right", "");
    let run = |more: &[&str]| {
        let arguments: Vec<&str> =
            iter::once("run").chain(["--suite", "suite", "--case", "case/*"]).chain(more.iter().copied()).collect();
        forbidden(&project, &arguments)
    };
    let output = run(&["--profile", "default"]);
    assert!(text(&output).contains("4 trials: 4 passed"), "{}", text(&output));

    let mend = "user.max_user_namespaces is 0; `sudo sysctl -w user.max_user_namespaces=15000`";
    let output = run(&["--profile", "default", "--network", "own"]);
    assert!(text(&output).contains("4 missing") && flat(&output).contains(mend), "{}", text(&output));
    let output = run(&["--profile", "default", "--network", "own", "--require", "fixed"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));

    // What was asked for and is not there is said.
    let output = run(&["--profile", "default", "--packets", "all"]);
    assert!(text(&output).contains("4 trials: 4 passed"), "{}", text(&output));
    let remark = "no packets were recorded of fixed and right: that takes a network of its own: ";
    assert!(flat(&output).contains(remark) && flat(&output).contains(mend), "{}", text(&output));

    let output = forbidden(&project, &["doctor"]);
    assert!(flat(&output).contains("own networks do not work") && flat(&output).contains(mend.split("; ").next().expect("why")));
}

/// What was said, in one line.
fn flat(output: &Output) -> String {
    text(output).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn doctor_says_that_they_work() {
    if !has_networks() {
        return;
    }
    let project = Project::new();
    project.sender("right", "");
    let output = project.samewire(&["doctor"]).output().expect("doctor");
    assert!(flat(&output).contains("own networks work"), "{}", text(&output));
}

#[test]
fn a_client_that_must_reach_other_things_runs_in_the_machines_network() {
    if !has_networks() {
        return;
    }
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let there = taken.local_addr().expect("an address").to_string();
    let project = Project::new();
    project.cases(HELLO);
    let script = "n=$(readlink /proc/self/ns/net); [ \"$n\" = \"$OURS\" ] && shift && exec \"$@\"";
    let run = format!(
        "run = ['sh', '-c', '{script}', 'sh', 'x', '{}', '{{host}}', '{{port}}', 'send:hello', '{{case}}']",
        example("actor")
    );
    let ours = fs::read_link("/proc/self/ns/net").expect("a network");
    let env = format!("env = {{ OURS = '{}' }}", ours.display());
    project.client("shares", &run, &format!("network = 'shared'\n{env}")).client("does-not", &run, &env);
    let run = project.run(&["--network", "own", "--packets", "all"]).assert().code(1);
    run.stdout(contains("no packets were recorded of shares: that takes a network of its own, and client.toml says `network = "));
    assert_eq!(project.verdict("shares", "case/hello"), "passed", "{there}");
    assert_ne!(project.verdict("does-not", "case/hello"), "passed");
}

/// A client that does something first, and says in a file in which network it is, and how many connections are remembered there.
fn says_its_network(project: &Project, first: &str) {
    // SO_NETNS_COOKIE: a number that no other network ever has.
    const SAY: &str = r#"
cookie=$(/usr/bin/python3 -c 'import socket; print(int.from_bytes(socket.socket().getsockopt(1, 71, 8), "little"))')
remembered=$(sed -n 's/^TCP:.* tw \([0-9]*\) .*/\1/p' /proc/net/sockstat)
echo "$cookie $remembered" >>"$SEEN"
exec "$@"
"#;
    project.write("says", &format!("{first}{SAY}"));
    let (says, actor) = (project.path("says"), example("actor"));
    let run = format!("run = ['sh', '{}', '{actor}', '{{host}}', '{{port}}', 'send:hello', '{{case}}']", says.display());
    project.client("says", &run, &format!("env = {{ SEEN = '{}' }}", project.path("seen").display()));
}

/// Of each trial, in its order, its network, and how many connections were remembered in there.
fn networks_of_trials(project: &Project, trials: u32) -> Vec<(String, u32)> {
    project.cases(HELLO);
    let trials = trials.to_string();
    project.run(&["--network", "own", "--jobs", "1", "--repeat", &trials]).assert().code(0);
    let seen = fs::read_to_string(project.path("seen")).expect("what it said");
    let line = |line: &str| line.split_once(' ').map(|(network, count)| (network.to_owned(), count.parse().expect("a count")));
    seen.lines().filter_map(line).collect()
}

#[test]
#[ignore = "it takes long: ci/slow runs it"]
fn a_network_is_used_again_though_connections_are_remembered_and_made_anew_after_three_hundred_trials() {
    if !has_networks() {
        return;
    }
    let project = Project::new();
    says_its_network(&project, "");
    let seen = networks_of_trials(&project, 302);
    assert_eq!(seen.len(), 302);
    let (first, second) = seen.split_at(300);
    assert!(first.iter().all(|(network, _)| *network == first[0].0), "{seen:?}");
    assert!(first[299].1 > 0, "no connection is in TIME_WAIT: {seen:?}");
    assert!(second.iter().all(|(network, _)| *network == second[0].0 && *network != first[0].0), "{seen:?}");
}

#[test]
fn a_network_with_an_address_more_is_made_anew() {
    // Whoever has no privileges can change none.
    if !has_networks() || !is_root() {
        return;
    }
    let project = Project::new();
    says_its_network(&project, "ip addr add 192.0.2.55/24 dev lo || exit 1\n");
    let seen = networks_of_trials(&project, 3);
    let networks: std::collections::BTreeSet<_> = seen.iter().map(|(network, _)| network).collect();
    assert_eq!(networks.len(), 3, "{seen:?}");
}

#[test]
fn what_says_two_things_of_a_network_is_refused() {
    let project = Project::new();
    project.cases(HELLO);
    let refused = |more: &str, why: &str| {
        dials(&project, "one", "127.0.0.1:80", more);
        project.run(&[]).assert().stdout(contains(why));
    };
    refused("network = 'shared'\nhosts = ['a.example']", "`hosts` lead to the recorder only in a network of its own");
    refused("hosts = ['127.0.0.1']", "not a host name");
    refused("listen = 'localhost:80'", "not a numeric address");
    refused("lacks = ['ipv5']", "neither a word of plans nor ipv6");
    project.cases(&format!("{HELLO}[case.recorder]\nlisten = '127.0.0.1:80'\naddress = 'ipv4'\n"));
    project.run(&[]).assert().code(2);
}

#[test]
fn the_profile_of_ipv6_is_for_those_who_can_go_there() {
    let project = Project::new();
    project.cases(&format!("{HELLO}{}", HELLO.replace("\"hello\"\nabout", "\"again\"\nabout")));
    let run = |host: &str| format!("run = ['{}', '{host}', '{{port}}', 'send:hello', '{{case}}']", example("actor"));
    // It is told the family, and connects to no other.
    project.client("told", &run("{host}"), "").client("six", &run("::1"), "").client(
        "cannot",
        &run("{host}"),
        "lacks = ['ipv6']",
    );
    dials(&project, "dials", "127.0.0.1:80", "listen = '127.0.0.1:80'");
    let run = project.run_all(&["--profile", "ipv6", "--case", "case/*"]).assert().code(0);
    run.stdout(contains("2 trials: 2 passed"));
}
