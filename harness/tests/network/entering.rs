//! The client that runs in a network is what it would be outside.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::fs::Mode;
use rustix::process::umask;
use samewire::trial::network::{Client, Names, Step};

use crate::Test;
use crate::stage::{client, network, program, run, start, start_bare};

pub(crate) const TESTS: &[Test] = &[
    ("nothing_of_the_helper_stays", nothing_of_the_helper_stays),
    ("arguments_and_environment_are_the_clients_octets", arguments_and_environment_are_the_clients_octets),
    ("a_closed_stdin_stays_closed", a_closed_stdin_stays_closed),
    ("statuses_and_signals_are_the_clients", statuses_and_signals_are_the_clients),
    ("what_cannot_be_executed_is_told_as_outside", what_cannot_be_executed_is_told_as_outside),
    ("a_program_that_is_written_to_is_tried_again", a_program_that_is_written_to_is_tried_again),
    ("a_relative_program_is_found_from_the_working_folder", a_relative_program_is_found_from_the_working_folder),
    ("names_are_found", names_are_found),
    ("names_are_no_one_elses", names_are_no_one_elses),
    ("a_network_that_is_gone_cannot_be_entered", a_network_that_is_gone_cannot_be_entered),
];

/// What a process is, as far as it must be the same in a network.
const LOOK: &str = r#"
grep -E '^(SigBlk|SigIgn|SigCgt|SigPnd|Umask|NoNewPrivs|Seccomp|Uid|Gid|Threads|CoreDumping)' /proc/self/status
for descriptor in /proc/self/fd/*; do echo "${descriptor##*/}"; done
ls -l /proc/self/fd | sed -E 's/.* ([0-9]+ -> )/\1/; s/\[[0-9]+\]//; s/[0-9]+\/fd//; /^total/d'
umask
pwd
ulimit -a
read -r id _ _ _ group _ </proc/$$/stat
[ "$group" = $$ ] && echo leads its group
echo "$0 $*"
"#;

fn nothing_of_the_helper_stays() {
    let before = umask(Mode::from_raw_mode(0o027));
    let mut look = program(&["/bin/sh", "-c", LOOK, "name", "an argument"]);
    look.env.insert("TMPDIR".into(), "/tmp/of the client".into());
    let (bare, joined) = (start_bare(&look, Path::new("/usr")).unwrap().end(), start(&network(), &look, Path::new("/usr")).end());
    umask(before);
    assert_eq!(bare.stdout, joined.stdout);
    assert!(joined.stdout.contains("0027\n/usr\n") && joined.stdout.contains("\nleads its group\n"), "{joined:?}");
    assert_eq!((joined.stderr, joined.failure), (String::new(), None));
}

fn arguments_and_environment_are_the_clients_octets() {
    use std::os::unix::ffi::OsStringExt;
    let odd = || std::ffi::OsString::from_vec(b"\xff \n=".to_vec());
    for (file, args) in [("/proc/self/environ", vec![]), ("/proc/self/cmdline", vec![odd(), "".into(), "samewire:door".into()])] {
        // As digits, since what a program prints is read as text here.
        let args = ["-An", "-v", "-tx1", file, "/dev/null"].map(Into::into).into_iter().chain(args).collect();
        let env = [("TMPDIR".into(), "/tmp/x".into()), ("ODD".into(), odd()), ("EMPTY".into(), "".into())].into();
        let client = Client { program: "/usr/bin/od".into(), args, env, ..Client::default() };
        let (bare, joined) = (start_bare(&client, Path::new("/")).unwrap().end(), run(&network(), &client));
        assert!(!bare.stdout.is_empty());
        assert_eq!(bare.stdout, joined.stdout, "{file}");
    }
}

fn a_closed_stdin_stays_closed() {
    let look = |closes_stdin| Client {
        closes_stdin,
        ..program(&["/bin/sh", "-c", "[ -e /proc/self/fd/0 ] || echo closed; ls /proc/self/fd"])
    };
    let network = network();
    for closes_stdin in [false, true] {
        let bare = start_bare(&look(closes_stdin), Path::new("/")).unwrap().end();
        let joined = run(&network, &look(closes_stdin));
        assert_eq!(bare.stdout, joined.stdout);
        assert_eq!(joined.stdout.contains("closed"), closes_stdin, "{joined:?}");
    }
}

fn statuses_and_signals_are_the_clients() {
    let network = network();
    for script in ["exit 0", "exit 7", "exit 127", "kill -KILL $$", "kill -SEGV $$", "kill -PIPE $$", "kill -TERM $$"] {
        let client = program(&["/bin/sh", "-c", script]);
        let (bare, joined) = (start_bare(&client, Path::new("/")).unwrap().end(), run(&network, &client));
        assert_eq!(bare.status, joined.status, "{script}");
        assert_eq!(joined.failure, None);
    }
}

fn what_cannot_be_executed_is_told_as_outside() {
    let folder = tempfile::tempdir().unwrap();
    let network = network();
    for (name, text, mode) in [
        ("absent", None, 0),
        ("not-executable", Some("#!/bin/sh\n"), 0o644),
        ("no-interpreter", Some("#!/no/such/program\n"), 0o755),
        ("no-first-line", Some("echo it ran\n"), 0o755),
        ("empty", Some(""), 0o755),
    ] {
        let path = folder.path().join(name);
        if let Some(text) = text {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
        let client = Client { program: path, ..program(&["/"]) };
        let bare = start_bare(&client, Path::new("/")).err().unwrap();
        let joined = run(&network, &client);
        let failure = joined.failure.unwrap_or_else(|| panic!("{name}: nothing was told"));
        assert_eq!((failure.step, Some(failure.errno)), (Step::Execute, bare.raw_os_error()), "{name}");
        assert_eq!(joined.stdout, "", "{name}");
    }
}

fn a_program_that_is_written_to_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("client");
    fs::copy("/bin/true", &path).unwrap();
    let writer = fs::File::options().append(true).open(&path).unwrap();
    let client = Client { program: path, ..Client::default() };
    assert_eq!(start_bare(&client, Path::new("/")).err().unwrap().kind(), std::io::ErrorKind::ExecutableFileBusy);
    let network = network();
    let running = start(&network, &client, Path::new("/"));
    // It sleeps between two tries, and at no other time.
    let stat = format!("/proc/{}/stat", running.child.id());
    let is = |state: &str| fs::read_to_string(&stat).unwrap().contains(state);
    while !is(") S ") && !is(") Z ") {
        std::thread::yield_now();
    }
    drop(writer);
    let ended = running.end();
    assert!(ended.status.success() && ended.failure.is_none(), "{ended:?}");
}

fn a_relative_program_is_found_from_the_working_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/bin/echo", folder.path().join("client")).unwrap();
    let ended = start(&network(), &program(&["./client", "found"]), folder.path()).end();
    assert_eq!(ended.stdout, "found\n", "{ended:?}");
}

fn names_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["broker.example.com", "b2"].map(str::to_owned);
    let names = Names::new(names, "127.0.0.1".parse().unwrap()).unwrap();
    // `ahosts` asks with AI_ADDRCONFIG.
    let script = "getent ahosts broker.example.com; getent ahostsv4 b2; getent ahosts localhost; getent ahosts \"$(uname -n)\"; getent ahosts no.such.name";
    let client = Client { binds: names.write(folder.path()).unwrap(), ..program(&["/bin/sh", "-c", script]) };
    let network = network();
    let ended = run(&network, &client);
    let streams: Vec<_> =
        ended.stdout.lines().filter(|line| line.contains("STREAM")).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(streams[..2], ["127.0.0.1", "127.0.0.1"], "{ended:?}");
    assert!(
        streams.len() >= 4 && streams[2..].iter().all(|found| ["127.0.0.1", "::1", "127.0.1.1"].contains(found)),
        "{ended:?}"
    );
    assert_eq!(ended.status.code(), Some(2), "a name that nobody gave was found: {ended:?}");
    assert_eq!(network.left_behind().unwrap(), []);
}

fn names_are_no_one_elses() {
    let folder = tempfile::tempdir().unwrap();
    let names = Names::new(["broker.example.com".to_owned()], "::1".parse().unwrap()).unwrap();
    let binds = names.write(folder.path()).unwrap();
    let network = network();
    let look = program(&["/bin/sh", "-c", "cat /etc/hosts /etc/nsswitch.conf"]);
    let (with, without) = (run(&network, &Client { binds, ..look.clone() }), run(&network, &look));
    assert!(with.stdout.contains("::1\tbroker.example.com\n") && with.stdout.contains("\nhosts: files\n"), "{with:?}");
    let outside = [fs::read_to_string("/etc/hosts"), fs::read_to_string("/etc/nsswitch.conf")].map(Result::unwrap).concat();
    assert_eq!(without.stdout, outside);
}

fn a_network_that_is_gone_cannot_be_entered() {
    let network = network();
    let door = rustix::process::Pid::from_raw(i32::try_from(network.door()).unwrap()).unwrap();
    rustix::process::kill_process(door, rustix::process::Signal::KILL).unwrap();
    crate::stage::gone(network.door(), "the door");
    let ended = run(&network, &client(&["send", "127.0.0.1:1", "x"]));
    assert_eq!(ended.failure.map(|failure| failure.step), Some(Step::FindDoor));
    assert_eq!(network.left_behind().unwrap_err().kind(), std::io::ErrorKind::BrokenPipe);
    assert!(network.listen("127.0.0.1:1".parse().unwrap()).is_err());
}
