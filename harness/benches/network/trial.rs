//! What a trial costs in a network of its own: the same client bare, in a network that is used again, and in a new one each time.
//!
//! `cargo bench`, or `cargo build --bench network` and the program itself; an argument is the number of rounds.

use std::io::Read;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use samewire::trial::network::{Client, Names, Network, Report, available};

/// As small as a client can be, so that what is measured is the rest.
const CLIENT: &str = r#"
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
int main(int count, char **arguments) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int stream = socket(AF_INET, SOCK_STREAM, 0);
  return connect(stream, (struct sockaddr *)&address, sizeof address) || write(stream, "\f\"", 2) != 2;
}
"#;

/// What is done, and how it is called.
type Way<'a> = (&'static str, Box<dyn FnMut() + 'a>);

pub(crate) fn main() {
    samewire::trial::network::step_in();
    // As the harness does, so that what a trial may have left is found among its descendants.
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).unwrap();
    let rounds = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(300);
    let folder = tempfile::tempdir().unwrap();
    let program = compiled(folder.path());
    let network = Network::new(&Command::spawn).unwrap();
    let names = Names::new(["broker.example.com".into()], [127, 0, 0, 1].into()).unwrap();
    let binds = names.write(folder.path()).unwrap();
    let client = |port: u16| Client { program: program.clone(), args: vec![port.to_string().into()], ..Client::default() };

    let mut ways: Vec<Way> = vec![
        (
            "bare",
            Box::new(|| {
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                bare(&client(listener.local_addr().unwrap().port()), &listener);
            }),
        ),
        (
            "joined",
            Box::new(|| {
                let listener = network.listen(([127, 0, 0, 1], 3099).into()).unwrap();
                joined(&network, &client(3099), &listener);
            }),
        ),
        (
            "joined, asked what is left",
            Box::new(|| {
                let listener = network.listen(([127, 0, 0, 1], 3099).into()).unwrap();
                joined(&network, &client(3099), &listener);
                drop(listener);
                assert_eq!(network.left_behind().unwrap(), []);
            }),
        ),
        (
            "joined with names",
            Box::new(|| {
                let listener = network.listen(([127, 0, 0, 1], 3099).into()).unwrap();
                joined(&network, &Client { binds: binds.clone(), ..client(3099) }, &listener);
            }),
        ),
        (
            "a new network for each",
            Box::new(|| {
                let network = Network::new(&Command::spawn).unwrap();
                let listener = network.listen(([127, 0, 0, 1], 3099).into()).unwrap();
                joined(&network, &client(3099), &listener);
            }),
        ),
        ("  a network, made and ended", Box::new(|| drop(Network::new(&Command::spawn).unwrap()))),
        ("  a listener", Box::new(|| drop(network.listen(([127, 0, 0, 1], 3099).into()).unwrap()))),
        ("  what is left", Box::new(|| drop(network.left_behind().unwrap()))),
        ("  its table of sockets", Box::new(|| drop(network.sockets().unwrap()))),
        (
            "  the socket of a connection",
            Box::new(|| assert_eq!(network.inode(([127, 0, 0, 1], 1).into(), ([127, 0, 0, 1], 3099).into()).unwrap(), None)),
        ),
        ("  is it available", Box::new(|| available(&Command::spawn).unwrap())),
    ];
    // In turns, so that what else the machine does falls on all.
    let mut taken = vec![Vec::new(); ways.len()];
    for _ in 0..rounds {
        for ((_, way), taken) in ways.iter_mut().zip(&mut taken) {
            let begun = Instant::now();
            way();
            taken.push(begun.elapsed());
        }
    }
    for ((name, _), taken) in ways.iter().zip(&mut taken) {
        taken.sort_unstable();
        let at = |percent: usize| milliseconds(taken[(taken.len() - 1) * percent / 100]);
        println!("{name:30} median {:7.2} ms, a tenth below {:7.2} ms", at(50), at(10));
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn compiled(folder: &Path) -> PathBuf {
    let (source, program) = (folder.join("client.c"), folder.join("client"));
    std::fs::write(&source, CLIENT).unwrap();
    assert!(Command::new("cc").args(["-O2", "-o"]).arg(&program).arg(source).status().unwrap().success());
    program
}

fn bare(client: &Client, listener: &TcpListener) {
    let mut command = Command::new(&client.program);
    command.args(&client.args).env_clear();
    finish(command, listener, None);
}

fn joined(network: &Network, client: &Client, listener: &TcpListener) {
    let joining = network.join(client).unwrap();
    let mut command = Command::new(&joining.argv[0]);
    command.args(&joining.argv[1..]);
    finish(command, listener, Some(joining.report));
}

fn finish(mut command: Command, listener: &TcpListener, report: Option<Report>) {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).current_dir("/");
    let mut child: Child = command.spawn().unwrap();
    poll(&mut [PollFd::new(listener, PollFlags::IN)], None).unwrap();
    let (mut stream, _) = listener.accept().unwrap();
    stream.set_nonblocking(false).unwrap();
    let mut octets = Vec::new();
    stream.read_to_end(&mut octets).unwrap();
    assert!(child.wait().unwrap().success() && octets == b"\x0c\"");
    assert!(report.and_then(Report::failure).is_none());
}
