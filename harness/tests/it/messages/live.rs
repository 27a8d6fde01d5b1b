//! `samewire serve --decode NAME`: a recording as messages while it goes on.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use predicates::prelude::*;
use predicates::str::contains;

use crate::serve::Server;
use crate::support::{Project, example};

fn project(toml: &str) -> Project {
    let project = Project::new();
    project.write("samewire.toml", toml);
    project
}

fn server(project: &Project, arguments: &[&str]) -> Server {
    Server::start_in(&project.path(""), arguments)
}

#[test]
fn what_is_built_in_is_told_while_a_connection_is_open_and_before_its_end() {
    let project = project("");
    let mut server = server(&project, &["--decode", "lines", "--connections", "1", "--reply", "/a/=hi\n"]);
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.write_all(b"a\x1b\nb").unwrap();
    server.wait_for("#1 < message 1 at 0, 3 octets: a\\u{1b}");
    server.wait_for("#1 > message 1 at 0, 3 octets: hi");
    stream.write_all(b"c\n").unwrap();
    server.wait_for("#1 < message 2 at 3, 3 octets: bc");
    stream.write_all(b"rest").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
    let told = server.finish();
    let (rest, end) = (told.find("#1 < message 3 at 6, 4 octets: rest"), told.find("#1 closed by "));
    assert!(rest.is_some() && rest < end, "{told}");
    assert!(!told.contains("answered") && !told.contains("00000000"), "messages stand for octets: {told}");
}

#[test]
fn a_program_is_given_whole_connections_and_one_that_fails_is_said_with_the_octets() {
    let toml = "[decoder.whole]\nrun = ['sh', '-c', '''printf '{\"at\":0,\"octets\":%s,\"text\":\"all\"}' $(wc -c)''']\n\
                [decoder.crash]\nrun = ['sh', '-c', 'kill -KILL $$']\n\
                [decoder.hang]\nrun = ['sleep', '600']\ntimeout_ms = 300\n";
    let project = project(toml);
    for (name, said) in [
        ("whole", "#1 < message 1 at 0, 5 octets: all"),
        ("crash", "#1 received: the decoder crash was ended by signal 9"),
        ("hang", "#1 received: the decoder hang did not end within 0.3 s"),
    ] {
        let out = format!("{name}.jsonl");
        let server = server(&project, &["--decode", name, "--view", "none", "--connections", "2", "--out", &out]);
        server.send(b"hello");
        server.send(b"!");
        let told = server.finish();
        let heading = format!("messages as {name} reads them, when a connection has closed\n");
        assert!(told.contains(&heading) && told.contains(said), "{told}");
        assert_eq!(told.contains("#1 < 00000000  68 65 6c 6c 6f"), name != "whole", "{told}");
        project.samewire(&["show", &out]).assert().code(0).stdout(contains("closed by the client (FIN) after 5 octets"));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_decoder_that_hangs_holds_up_neither_the_recording_nor_its_end() {
    let project = project("[decoder.hang]\nrun = ['sleep', '61.5']\ntimeout_ms = 60000\n");
    let mut server = server(&project, &["--decode", "hang", "--out", "all.jsonl"]);
    for number in 1..=20 {
        server.send(b"hello");
        server.wait_for(&format!("#{number} closed by the client"));
    }
    let asked = Instant::now();
    server.interrupt();
    let told = server.finish();
    assert!(asked.elapsed() < Duration::from_secs(30), "it waited for the decoder");
    assert!(told.contains("#1 is not decoded: the recording was ended first\n"), "{told}");
    assert!(told.contains("#20 is not decoded"), "{told}");
    assert_eq!(fs::read_to_string(project.path("all.jsonl")).unwrap().matches("\"close\"").count(), 20);
    let mut left = fs::read_dir("/proc").unwrap().flatten();
    let is_left = left.any(|entry| fs::read(entry.path().join("cmdline")).is_ok_and(|line| line == b"sleep\x0061.5\x00"));
    assert!(!is_left, "the decoder outlives it");
}

#[test]
fn what_redact_matches_is_hidden_also_where_it_came_in_two() {
    let project = project("redact = ['key-[0-9]+']\n");
    let server = server(&project, &["--decode", "lines", "--connections", "1"]);
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.write_all(b"a key-1").unwrap();
    stream.write_all(b"23 b\nend\n").unwrap();
    drop(stream);
    let told = server.finish();
    assert!(told.contains("when a connection has closed"), "{told}");
    assert!(told.contains("at 0, 12 octets: a ******* b\n") && told.contains("at 12, 4 octets: end\n"), "{told}");
    assert!(!told.contains("key-"), "{told}");
}

#[test]
fn messages_of_a_program_that_is_started_go_to_stderr() {
    let project = project("");
    let script = format!("echo mine; {} {{host}} {{port}} send:told x", example("actor"));
    let arguments = ["serve", "--port", "0", "--network", "shared", "--decode", "lines", "--", "sh", "-c", &script];
    let told = contains("#1 < message 1 at 0, 4 octets: told\n").and(contains("end = none"));
    project.samewire(&arguments).assert().code(0).stdout("mine\n").stderr(told);
}

#[test]
fn a_decoder_that_is_not_there_is_refused_before_anything_is_recorded() {
    let project = project("[decoder.gone]\nrun = ['no-such-program']\n[decoder.bad]\nrun = ['sh']\nversion = ['false']\n");
    for (name, said) in [("none", "there is no decoder"), ("gone", "is not on PATH"), ("bad", "its `version` ")] {
        let arguments = ["serve", "--port", "0", "--decode", name, "--out", "new.jsonl"];
        project.samewire(&arguments).assert().code(2).stdout("").stderr(contains(said));
        assert!(!project.path("new.jsonl").exists());
    }
}
