//! Trials with a server that goes right, or wrong: it is said clearly, and nothing is left of it.

use super::support::{GREETING, networks, outcome, project, ran, run};
use rustix::process::Signal;

use crate::interrupt::until;
use crate::launch::Run;
use crate::support::example;

/// The problem of a trial that a server spoils, in every network.
#[track_caller]
fn assert_broken(server: &str, said: &[&str]) {
    for network in networks() {
        let (verdict, problem) = outcome(network, server);
        assert_eq!(verdict, "setup-error", "{network}: {problem}");
        said.iter().for_each(|said| assert!(problem.contains(said), "{network}: {said:?} is not in {problem}"));
    }
}

#[track_caller]
fn assert_passes(server: &str) {
    for network in networks() {
        assert_eq!(outcome(network, server), ("passed".into(), String::new()), "{network}");
    }
}

#[test]
fn a_server_answers_through_the_recorder_and_what_is_sent_is_judged() {
    assert_passes(&run("echoes", ""));
    for network in networks() {
        let project = project(network, &run("echoes", ""));
        project
            .cases(&GREETING.replace("expect = { text = \"hello\" }", "expect = { text = \"hullo\" }").replace("plan", "input"));
        project.client("right", &format!("run = ['{}', 'none', '{{host}}', '{{port}}']\ncases = ['*']", example("stray")), "");
        assert_eq!(Run::start(project).finish().project.verdict("right", "case/greeting"), "differs");
    }
}

#[test]
fn its_version_stands_in_the_report() {
    let project = project("auto", &format!("{}\nversion = ['echo', 'it 1.2.3']", run("echoes", "")));
    project.run(&[]).assert().code(0);
    let server = project.trial("right", "case/greeting")["server"].clone();
    assert_eq!(server, serde_json::json!({ "name": "it", "version": "it 1.2.3" }));
}

/// Also where it spoils the trial; what it said is told once, in the reason.
#[test]
fn one_that_spoils_its_trial_stands_in_the_report() {
    let ways = ["dies-in-the-middle", "fails", "no-such-way"].map(|way| run(way, ""));
    for server in ways.iter().map(String::as_str).chain(["run = ['./no-such-server', '{port}']"]) {
        for network in networks() {
            let trial =
                ran(network, &format!("{server}\nversion = ['echo', 'it 1.2.3']")).project.trial("right", "case/greeting");
            assert_eq!(trial["verdict"], "setup-error", "{trial:#}");
            let told = &trial["server"];
            assert_eq!((&told["name"], &told["version"]), (&"it".into(), &"it 1.2.3".into()), "{trial:#}");
            assert!(told.get("last_lines").is_none(), "{trial:#}");
        }
    }
}

/// It runs on, so that nothing but what it said tells why.
#[test]
fn one_that_closes_on_its_client_is_told_with_its_last_lines() {
    for network in networks() {
        let trial = ran(network, &run("hangs-up", "")).project.trial("right", "case/greeting");
        assert_eq!(trial["verdict"], "setup-error", "{trial:#}");
        let problem = trial["problem"].as_str().unwrap_or_default();
        assert!(
            problem.starts_with("upstream it at 127.0.0.1:") && problem.ends_with("nobody was ready to answer the client"),
            "{problem}"
        );
        assert_eq!(trial["server"]["last_lines"], "that is all from me", "{trial:#}");
        let explained = trial["explanation"].as_array().expect("lines");
        assert!(explained.contains(&"server it: that is all from me".into()), "{explained:#?}");
    }
}

#[test]
fn one_that_listens_late_is_waited_for() {
    assert_passes(&run("listens-late", "300"));
}

#[test]
fn one_that_listens_on_ipv6_alone_is_found() {
    if samewire::trial::machine::listens_on_ipv6() {
        assert_passes(&run("listens-on-ipv6", ""));
    }
}

#[test]
fn one_that_is_never_ready_is_told_with_what_it_said() {
    let server = run("never-listens", "") + "\ntimeout_ms = 300";
    assert_broken(&server, &["the server it did not listen on 127.0.0.1:", "within 0.3 s; it said: still looking for my conf"]);
}

#[test]
fn one_that_fails_at_once_is_not_waited_for() {
    let said = "the server it exited with status 3 before it was ready; it said: server: there is no memory left";
    assert_broken(&(run("fails", "") + "\ntimeout_ms = 600000"), &[said]);
}

#[test]
fn one_that_dies_in_the_middle_judges_nobody() {
    assert_broken(
        &run("dies-in-the-middle", ""),
        &["the server it exited with status 3 before the trial was over", "too much for me"],
    );
}

/// So none was made to see whether it is ready, either.
#[cfg(target_os = "linux")]
#[test]
fn one_that_answers_one_connection_and_ends_is_right() {
    assert_passes(&run("is-done-after-one", ""));
}

#[test]
fn one_that_prints_without_end_is_bounded_and_its_last_line_is_kept() {
    for network in networks() {
        let project = project(network, &run("prints", "64"));
        project.cases(&GREETING.replace("output = { text = \"hello\" }", "output = { text = \"hullo\" }"));
        let trial = Run::start(project).finish().project.trial("right", "case/greeting");
        assert_eq!(trial["verdict"], "wrong-output", "{trial:#}");
        let lines = trial["server"]["last_lines"].as_str().expect("its last lines");
        assert!(lines.ends_with("\nthat was all\nechoed") && lines.len() <= 4096, "{lines}");
        let explained = trial["explanation"].as_array().expect("lines");
        assert!(explained.contains(&"server it: that was all".into()), "{explained:#?}");
    }
}

#[test]
fn one_that_ignores_sigterm_is_killed() {
    let script = "trap '' TERM; exec \"$0\" echoes \"$1\" \"$2\"";
    assert_passes(&format!("run = ['sh', '-c', '''{script}''', '{}', '{{host}}', '{{port}}']", example("server")));
}

#[cfg(target_os = "linux")]
#[test]
fn one_that_leaves_the_foreground_is_told_to_stay_there_and_its_daemon_is_ended() {
    let said = ["the server it exited with status 0 before a client came", "a server must stay in the foreground"];
    assert_broken(&(run("becomes-a-daemon", "") + "\ntimeout_ms = 600000"), &said);
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_server_leaves_behind_is_ended_with_it() {
    assert_passes(&run("leaves-a-daemon", ""));
    assert_passes(&run("leaves-a-daemon-without-environment", ""));
}

#[test]
fn one_that_is_not_there_makes_its_cases_missing_with_how_to_install_it() {
    let project = project("auto", &(run("echoes", "") + "\nneeds = ['no-such-server']\ninstall = { apt = 'no-such' }"));
    let run = project.run(&[]).assert().code(1);
    let trial = project.trial("right", "case/greeting");
    let why = "the server it: no-such-server is not on PATH; apt install no-such";
    assert_eq!((&trial["verdict"], &trial["problem"]), (&"missing".into(), &why.into()));
    run.stdout(predicates::str::contains(format!("cases are missing: {why}")));
}

/// Debian has PostgreSQL's programs where no PATH leads.
#[test]
fn what_it_needs_may_be_named_by_a_path() {
    let server = run("echoes", "");
    assert_passes(&format!("{server}\nneeds = ['{}']", example("server")));
    let project = project("auto", &format!("{server}\nneeds = ['/no/such/server']\ninstall = {{ apt = 'no-such' }}"));
    project.run(&[]).assert().code(1);
    let why = "the server it: there is no program /no/such/server; apt install no-such";
    assert_eq!(project.trial("right", "case/greeting")["problem"], why);
}

#[test]
fn doctor_and_list_know_servers() {
    let project = project("auto", &format!("{}\nversion = ['echo', 'it 1.2.3']", run("echoes", "")));
    project.write("suite/suite.toml", "[server.absent]\nrun = ['x', '{port}']\nneeds = ['no-such-server']\n");
    project.write(
        "samewire.toml",
        &(std::fs::read_to_string(project.path("samewire.toml"))
            .expect("a file")
            .replace("network", "suites = ['suite']\nnetwork")),
    );
    let words = |arguments: &[&str]| {
        let output = project.samewire(arguments).output().expect("an end");
        String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let doctor = words(&["doctor"]);
    assert!(doctor.contains("servers absent missing no-such-server is not on PATH it ready it 1.2.3"), "{doctor}");
    let list = words(&["list"]);
    assert!(list.contains("1 server it ready it 1.2.3 "), "{list}");
}

#[test]
fn one_that_cannot_be_started_is_an_error_of_the_setup() {
    assert_broken(
        "run = ['./no-such-server', '{port}']",
        &["the server it: cannot start ./no-such-server: there is no such file"],
    );
}

#[test]
fn two_at_once_have_each_their_own() {
    for network in networks() {
        let project = project(network, &run("echoes", ""));
        let cases: String = (0..8).map(|number| GREETING.replace("greeting", &format!("greeting-{number}"))).collect();
        project.cases(&cases);
        let run = Run::start(project).finish();
        assert_eq!(run.status, Some(0), "{}", run.printed);
    }
}

/// A server that cannot be told, at a port that nobody has now.
fn fixed() -> String {
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    format!("run = ['{}', 'echoes', '127.0.0.1', '{port}']\nlisten = '127.0.0.1:{port}'", example("server"))
}

#[test]
fn several_at_the_same_address_do_not_meet() {
    for network in networks() {
        let project = project(network, &fixed());
        project.cases(&(0..4).map(|number| GREETING.replace("greeting", &format!("greeting-{number}"))).collect::<String>());
        let run = Run::start(project).finish();
        assert_eq!(run.status, Some(0), "{network}: {}", run.printed);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn who_has_its_address_already_is_told() {
    let holder = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = holder.local_addr().expect("an address").port();
    let server = format!("run = ['{}', 'echoes', '127.0.0.1', '{port}']\nlisten = '127.0.0.1:{port}'", example("server"));
    let (verdict, problem) = outcome("shared", &server);
    assert_eq!(verdict, "setup-error");
    let said = "the server it cannot listen: it-";
    assert!(
        problem.starts_with(said) && problem.contains(&format!("listens on 127.0.0.1:{port} already; end that")),
        "{problem}"
    );
    if networks().contains(&"own") {
        assert_eq!(outcome("own", &server).0, "passed");
    }
}

#[test]
fn what_a_build_made_is_copied_for_each_trial() {
    let server = example("server");
    let toml = format!(
        "build = ['{server}', 'builds', '-', '-', '{{out}}']\nrun = ['{server}', 'greets', '{{host}}', '{{port}}', '{{out}}']"
    );
    for network in networks() {
        let project = project(network, &toml);
        let case = GREETING.replace(
            "plan = \"text hello\\nreceive 5\"\nexpect = { text = \"hello\" }",
            "plan = \"receive 5\"\nexpect = { hex = \"\" }",
        );
        project.cases(&(0..3).map(|number| case.replace("greeting", &format!("greeting-{number}"))).collect::<String>());
        let run = Run::start(project).finish();
        assert_eq!(run.status, Some(0), "{network}: {}", run.printed);
    }
}

/// Files are ours all the same: they are written, copied and removed.
#[cfg(target_os = "linux")]
#[test]
fn one_that_refuses_root_is_another_user_and_so_are_its_build_and_prepare() {
    let server = example("server");
    let refuses = "test $(id -u) != 0 && test $(id -un) != root";
    let toml = format!(
        "root = false\nbuild = ['sh', '-c', '{refuses} && umask 077 && mkdir \"$0/data\" && touch \"$0/data/file\"', '{{out}}']\n\
         run = ['sh', '-c', '{refuses} && test -O \"$0/data\" && echo x >> \"$0/data/file\" && touch \"$4/mine\" && exec \"$1\" echoes \"$2\" \"$3\"', \
         '{{out}}', '{server}', '{{host}}', '{{port}}', '{{tmp}}']\n\
         prepare = ['sh', '-c', '{refuses} && test -O \"$0/mine\"', '{{tmp}}']"
    );
    assert_passes(&toml);
}

#[test]
fn prepare_is_repeated_until_it_ends_in_0() {
    const PREPARE: &str = "prepare = ['sh', '-c', 'echo x >> tries && test $(wc -l < tries) -ge 3']";
    for network in networks() {
        let project = ran(network, &format!("{}\n{PREPARE}", run("echoes", ""))).project;
        assert_eq!(project.trial("right", "case/greeting")["verdict"], "passed", "{network}");
        assert_eq!(std::fs::read_to_string(project.path("tries")).expect("its tries").lines().count(), 3, "{network}");
    }
}

#[test]
fn a_prepare_that_fails_is_told_with_what_it_and_the_server_said() {
    let prepare = "prepare = ['sh', '-c', 'echo no such table >&2; exit 4']\ntimeout_ms = 500";
    let said = ["`prepare` of the server it exited with status 4, each time in the 0.5 s", "it said: no such table"];
    assert_broken(&format!("{}\n{prepare}", run("echoes", "")), &said);
}

#[test]
fn a_prepare_that_never_ends_is_ended() {
    let prepare = "prepare = ['sh', '-c', 'echo hm; sleep 1000 & sleep 1000']\ntimeout_ms = 500";
    let said = ["`prepare` of the server it did not end within the 0.5 s", "it said: hm"];
    assert_broken(&format!("{}\n{prepare}", run("echoes", "")), &said);
}

#[test]
fn a_server_that_ends_while_it_is_prepared_is_told() {
    let prepare = "prepare = ['sh', '-c', 'kill $(cat \"$0\")', '{tmp}/pid']";
    let script = "echo $$ > \"$0/pid\"; exec \"$1\" echoes \"$2\" \"$3\"";
    let server = format!("run = ['sh', '-c', '''{script}''', '{{tmp}}', '{}', '{{host}}', '{{port}}']", example("server"));
    // Whichever is seen first: that it is gone, or that `prepare` ended in 0.
    assert_broken(&format!("{server}\n{prepare}"), &["the server it was ended by signal 15 before"]);
}

#[test]
fn variables_are_filled_in_and_nothing_leaks() {
    let script = "test \"$AT\" = \"$0:$1\" && test -d \"$WHERE\" && test \"$WHERE\" = \"$TMPDIR\" && test -z \"$LEAKS\" && \
                  exec \"$2\" echoes \"$0\" \"$1\"";
    let server = example("server");
    let toml = format!(
        "run = ['sh', '-c', '''{script}''', '{{host}}', '{{port}}', '{server}']\nenv = {{ AT = '{{url}}', WHERE = '{{tmp}}' }}"
    );
    let project = project("auto", &toml);
    project.run(&[]).env("LEAKS", "yes").assert().code(0);
}

/// Servers that leave another, which is in a session of its own.
const DAEMONS: [&str; 2] = ["leaves-a-daemon", "leaves-a-daemon-without-environment"];

/// A run whose client waits for ever, once its server is ready.
fn waiting(network: &str, way: &str) -> Run {
    let project = project(network, &(run(way, "") + "\nprepare = ['touch', 'is-ready']"));
    project.cases(&GREETING.replace("receive 5", "receive 6"));
    project.sender("right", "timeout_ms = 600000");
    let run = Run::start(project);
    until("the server is ready", || run.project().path("is-ready").exists());
    run
}

#[test]
fn a_signal_leaves_no_server() {
    for network in networks() {
        let run = waiting(network, "leaves-a-daemon");
        run.signal(Signal::INT);
        assert_eq!(run.finish().project.verdict("right", "case/greeting"), "interrupted");
    }
}

/// One without environment too, which nothing but what it inherited tells of.
#[test]
fn nor_does_a_second_one() {
    for (network, way) in networks().iter().flat_map(|network| DAEMONS.map(|way| (network, way))) {
        let run = waiting(network, way);
        run.signal(Signal::INT);
        run.signal(Signal::INT);
        run.finish();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn no_server_is_left_when_samewire_itself_is_killed() {
    for (network, way) in networks().iter().flat_map(|network| DAEMONS.map(|way| (network, way))) {
        let run = waiting(network, way);
        run.signal(Signal::KILL);
        run.finish();
    }
}
