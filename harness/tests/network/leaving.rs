//! What is left: of a trial in a network, and of a network.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, waitpid};
use samewire::trial::network::{Leftover, Network};

use crate::Test;
use crate::stage::{accept, address, client, gone, network, ourselves, program, run, start};

pub(crate) const TESTS: &[Test] = &[
    ("nothing_is_left_by_a_program_that_ends", nothing_is_left_by_a_program_that_ends),
    ("connections_that_were_cut_off_are_over", connections_that_were_cut_off_are_over),
    ("a_process_that_stayed_is_seen", a_process_that_stayed_is_seen),
    ("a_listener_that_stayed_is_seen", a_listener_that_stayed_is_seen),
    ("sockets_of_other_kinds_that_stayed_are_seen", sockets_of_other_kinds_that_stayed_are_seen),
    ("addresses_that_were_changed_are_seen", addresses_that_were_changed_are_seen),
    ("a_door_ends_with_its_network", a_door_ends_with_its_network),
    ("a_door_ends_with_a_harness_that_is_killed", a_door_ends_with_a_harness_that_is_killed),
    ("a_door_is_in_a_group_of_its_own", a_door_is_in_a_group_of_its_own),
];

fn nothing_is_left_by_a_program_that_ends() {
    let network = network();
    assert!(run(&network, &program(&["/bin/true"])).status.success());
    assert_eq!(network.left_behind().unwrap(), []);
}

fn connections_that_were_cut_off_are_over() {
    let network = network();
    for what in ["send-much-and-leave", "read-little-and-leave"].repeat(10) {
        let listener = network.listen(address("127.0.0.1:3099")).unwrap();
        let running = start(&network, &client(&[what, "127.0.0.1:3099"]), Path::new("/"));
        let mut connection = accept(&listener);
        if what == "read-little-and-leave" {
            // Until it has left, and says so by RST.
            while connection.write(&[0; 65536]).is_ok() {}
        }
        assert!(running.end().status.success());
        drop((connection, listener));
        assert_eq!(network.left_behind().unwrap(), [], "{what}");
    }
}

fn a_process_that_stayed_is_seen() {
    for is_reaper in [false, true] {
        let _ = set_child_subreaper(is_reaper.then(getpid));
        let network = network();
        let script = "setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo $!";
        let ended = run(&network, &program(&["/bin/sh", "-c", script]));
        let id: i32 = ended.stdout.trim().parse().unwrap();
        let stayed = || Leftover::Process { id: u32::try_from(id).unwrap(), name: "sleep".into() };
        // Until it has executed `setsid` and `sleep`, its name is another.
        while fs::read_to_string(format!("/proc/{id}/comm")).unwrap() != "sleep\n" {
            std::thread::yield_now();
        }
        let left = network.left_behind().unwrap();
        kill(id);
        assert_eq!(left, [stayed()], "reaper: {is_reaper}");
        assert_eq!(left[0].to_string(), format!("process {id}, \"sleep\""));
        assert_eq!(network.left_behind().unwrap(), []);
    }
    let _ = set_child_subreaper(None);
}

fn kill(id: i32) {
    let pid = Pid::from_raw(id).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
    gone(u32::try_from(id).unwrap(), "what was killed");
    let _ = waitpid(Some(pid), WaitOptions::NOHANG);
}

fn a_listener_that_stayed_is_seen() {
    let network = network();
    let listener = network.listen(address("127.0.0.1:3099")).unwrap();
    let left = network.left_behind().unwrap();
    assert_eq!(left.iter().map(ToString::to_string).collect::<Vec<_>>(), ["a TCP socket at 127.0.0.1:3099, LISTEN"]);
    drop(listener);
    assert_eq!(network.left_behind().unwrap(), []);
}

fn sockets_of_other_kinds_that_stayed_are_seen() {
    let network = network();
    let script = "
import socket, sys, time
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
other = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
udp.bind(('127.0.0.1', 53))
other.bind(('::1', 53))
print('here', flush=True)
time.sleep(1000)";
    let mut running = start(&network, &program(&["/usr/bin/python3", "-c", script]), Path::new("/"));
    running.says("here");
    let left = network.left_behind().unwrap();
    running.child.kill().unwrap();
    running.end();
    assert!(left.contains(&Leftover::Sockets(2)), "{left:?}");
    assert_eq!(network.left_behind().unwrap(), []);
}

/// Only a client with privileges can; without any there is nothing to see.
fn addresses_that_were_changed_are_seen() {
    let network = network();
    let change =
        |arguments: &str| run(&network, &program(&["/bin/sh", "-c", &format!("ip addr {arguments} dev lo")])).status.success();
    let may = !network.has_own_user();
    assert_eq!(change("add 192.0.2.55/24"), may);
    let shown = || network.left_behind().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(shown(), if may { vec!["the address 192.0.2.55, which was added"] } else { vec![] });
    if may {
        assert!(change("del 192.0.2.55/24") && change("del ::1/128"));
        assert_eq!(shown(), ["the address ::1 is gone"]);
    }
}

fn a_door_ends_with_its_network() {
    let network = network();
    let door = network.door();
    assert!(Path::new(&format!("/proc/{door}")).exists());
    drop(network);
    assert!(!Path::new(&format!("/proc/{door}")).exists());
}

fn a_door_ends_with_a_harness_that_is_killed() {
    let mut harness =
        Command::new(ourselves()).args(["client", "hold"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(harness.stdout.as_mut().unwrap()), &mut line).unwrap();
    let door: u32 = line.trim().parse().unwrap();
    assert!(Path::new(&format!("/proc/{door}")).exists());
    harness.kill().unwrap();
    harness.wait().unwrap();
    gone(door, "the door");
}

fn a_door_is_in_a_group_of_its_own() {
    let network = Network::new(&Command::spawn).unwrap();
    let stat = fs::read_to_string(format!("/proc/{}/stat", network.door())).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    assert_eq!(fields[1..3], [std::process::id().to_string(), network.door().to_string()], "parent and group");
    // Its network can be used while clients come and go, and what it is asked meanwhile.
    let running = start(&network, &client(&["listen", "127.0.0.1:3099"]), Path::new("/"));
    let mut running = running;
    running.says("listening");
    drop(network.connect(address("127.0.0.1:3099")).unwrap());
    assert!(running.end().status.success());
    std::io::stdout().flush().unwrap();
}
