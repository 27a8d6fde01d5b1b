//! Who sent: the processes that hold connections, by hand and in trials.

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use predicates::str::contains;
use samewire::trial::holders::{Finder, Holders};

use crate::serve::Server;
use crate::support::Project;

fn own(client: &TcpStream) -> (SocketAddr, SocketAddr) {
    (client.local_addr().expect("an address"), client.peer_addr().expect("an address"))
}

#[test]
fn those_that_hold_a_socket_are_found_the_oldest_first() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let client = TcpStream::connect(listener.local_addr().expect("an address")).expect("a connection");
    let (from, to) = own(&client);
    let mut finder = Finder::of_machine().expect("the kernel says");
    let ids = |holders: &Holders| holders.processes.iter().map(|process| process.id).collect::<Vec<_>>();
    assert_eq!(ids(&finder.holders(from, to).expect("holders")), [std::process::id()]);
    let heir = OwnedFd::from(client.try_clone().expect("a descriptor"));
    let mut child = Command::new("sleep").arg("60").stdin(Stdio::from(heir)).spawn().expect("sleep");
    let holders = finder.holders(from, to).expect("holders");
    assert_eq!(ids(&holders), [std::process::id(), child.id()]);
    assert_eq!(holders.processes[1].arguments, ["sleep", "60"]);
    drop(client);
    assert_eq!(ids(&finder.holders(from, to).expect("holders")), [child.id()]);
    child.kill().and_then(|()| child.wait()).expect("an end");
    assert_eq!(finder.holders(from, to).expect("holders"), Holders::default());
}

#[test]
fn a_recording_by_hand_names_who_sends() {
    for host in ["127.0.0.1", "0.0.0.0", "::"] {
        let mut server = Server::start(&["--host", host, "--connections", "1"]);
        let (_, port) = server.address.rsplit_once(':').expect("a port");
        let mut client = TcpStream::connect(format!("127.0.0.1:{port}")).expect("a connection");
        client.write_all(b"hi").expect("room");
        server.wait_for(&format!("#1 held by process {}: ", std::process::id()));
        drop(client);
        server.finish();
    }
}

#[test]
fn a_trial_names_who_sent() {
    let project = Project::new();
    // It waits for the close, and so is there when it is looked for.
    project.sender("right", "").cases(
        "[[case]]\nname = 'hello'\nabout = 'x'\nhazards = []\nplan = '''\ntext hello\nconnect\ntext b\n'''
connections = [{ text = 'hello' }, { text = 'b' }]\n[case.recorder]\nclose_delay_ms = 400\n",
    );
    project.run(&[]).assert().code(0);
    let trial = project.trial("right", "case/hello");
    let processes = trial["processes"].as_array().expect("processes");
    assert_eq!(processes.len(), 2);
    for holders in processes {
        assert!(holders["inferred"].is_null(), "{holders}");
        let arguments: Vec<&str> =
            holders["processes"][0]["arguments"].as_array().expect("arguments").iter().flat_map(|word| word.as_str()).collect();
        assert_eq!(arguments[1..3], ["sender", "right"]);
        assert_eq!(holders["processes"].as_array().map(Vec::len), Some(1));
    }
    assert_eq!(processes[0]["processes"][0]["id"], processes[1]["processes"][0]["id"]);
    let junit = project.samewire(&["report", "--format", "junit", "samewire-report"]).assert().code(0);
    junit.stdout(contains(r#"<property name="connection-2" value="process "#)).stdout(contains("sender right"));
}

/// Whether it was seen in time or not.
#[test]
fn a_client_that_is_gone_at_once_is_named_too() {
    let project = Project::new();
    project.client("at-once", "run = ['bash', '-c', 'printf hello > /dev/tcp/$0/$1', '{host}', '{port}', '{input}']", "");
    project.cases("[[case]]\nname = 'hello'\nabout = 'x'\nhazards = []\ninput = 'x'\nexpect = { text = 'hello' }\n");
    project.run(&[]).assert().code(0);
    let trial = project.trial("at-once", "case/hello");
    assert_eq!(trial["processes"][0]["processes"][0]["arguments"][2], "printf hello > /dev/tcp/$0/$1", "{trial:#}");
}
