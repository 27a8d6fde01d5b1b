//! What this program does as a client, or as a harness of its own.

use std::io::{Read, Write, stdin};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, ExitCode};

use samewire::trial::network::{Names, Network, available};

use crate::stage;

/// What a program is told that does not begin as it must.
pub(crate) fn before_the_first_statement() -> ExitCode {
    println!("{}", Network::new(&Command::spawn).unwrap_err());
    ExitCode::SUCCESS
}

pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["send", address, text] => send(address, text),
        ["send-and-wait", address] => send_and_wait(address),
        ["send-much-and-leave", address] => send_much_and_leave(address),
        ["read-little-and-leave", address] => read_little_and_leave(address),
        ["listen", address] => listen(address),
        ["available"] => say_whether_available(),
        ["hold"] => hold(),
        ["names-with-shared-mounts"] => names_with_shared_mounts(),
        ["replaced"] => replaced(),
        _ => panic!("{arguments:?}"),
    }
    ExitCode::SUCCESS
}

/// Sends, and is the first to close.
fn send(address: &str, text: &str) {
    TcpStream::connect(address).unwrap().write_all(text.as_bytes()).unwrap();
}

fn send_and_wait(address: &str) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"x").unwrap();
    let _ = stream.read(&mut [0]);
}

/// Leaves when nobody takes what it sends, with all that the kernel still holds.
fn send_much_and_leave(address: &str) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nonblocking(true).unwrap();
    while stream.write(&[0; 65536]).is_ok() {}
}

/// Leaves what it was sent unread, so that its connection ends by RST.
fn read_little_and_leave(address: &str) {
    TcpStream::connect(address).unwrap().read_exact(&mut [0; 2]).unwrap();
}

/// Listens until somebody connects.
fn listen(address: &str) {
    let listener = TcpListener::bind(address).unwrap();
    println!("listening");
    listener.accept().unwrap();
}

fn say_whether_available() {
    match available(&Command::spawn) {
        Ok(()) => println!("available"),
        Err(reason) => println!("{reason}; {}", reason.mend()),
    }
}

/// A harness that is going to be killed.
fn hold() {
    let network = Network::new(&Command::spawn).unwrap();
    let _listener = network.listen(stage::address("127.0.0.1:3099")).unwrap();
    println!("{}", network.door());
    let _ = stdin().read(&mut [0]);
}

/// A harness whose mounts are shared with others.
fn names_with_shared_mounts() {
    let mounts = || std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    let before = (mounts(), std::fs::read("/etc/hosts").unwrap());
    assert!(before.0.lines().any(|line| line.contains(" / / ") && line.contains(" shared:")), "{}", before.0);
    let folder = tempfile::tempdir().unwrap();
    let names = Names::new(["broker.example.com".to_owned()], "127.0.0.1".parse().unwrap()).unwrap();
    let mut client = stage::program(&["/bin/sh", "-c", "echo listening; read -r _; getent ahosts broker.example.com"]);
    client.binds = names.write(folder.path()).unwrap();
    let network = stage::network();
    let mut running = stage::start(&network, &client, std::path::Path::new("/"));
    // It sees its own files now, and waits.
    running.says("listening");
    assert_eq!((mounts(), std::fs::read("/etc/hosts").unwrap()), before);
    let ended = running.end();
    assert!(ended.stdout.starts_with("127.0.0.1"), "{ended:?}");
    println!("unseen");
}

/// A harness whose file is replaced while it runs.
fn replaced() {
    let file = stage::ourselves();
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, "#!/bin/sh\necho replaced\n").unwrap();
    let network = stage::network();
    let ended = stage::run(&network, &stage::program(&["/bin/echo", "ran"]));
    print!("{}", ended.stdout);
}
