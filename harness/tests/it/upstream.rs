//! A case whose recorder passes everything on: without the server behind it, nobody is judged.

use std::io::Write;
use std::net::TcpListener;
use std::thread;

use serde_json::Value;

use super::support::Project;

/// The trial of a client that sends and ends at once, with this upstream.
fn trial(upstream: &str) -> Value {
    let project = Project::new();
    let case = "[[case]]\nname = 'one-way'\nabout = 'x'\nhazards = []\nplan = 'text hello'\nexpect = { text = 'hello' }";
    project.sender("right", "").cases(&format!("{case}\n[case.recorder]\nupstream = '{upstream}'\n"));
    project.run(&[]).assert().code(1);
    project.trial("right", "case/one-way")
}

#[track_caller]
fn assert_setup_error(upstream: &str, trial: &Value) {
    assert_eq!(trial["verdict"], "setup-error", "{trial:#}");
    let problem = trial["problem"].as_str().expect("a problem");
    assert!(problem.contains(&format!("upstream {upstream}: ")), "{problem}");
}

#[test]
fn an_upstream_that_is_not_there_is_an_error_of_the_setup() {
    for upstream in ["127.0.0.1:1", "unix:/no/such.sock", "no-such-host.invalid:80"] {
        assert_setup_error(upstream, &trial(upstream));
    }
}

#[test]
fn so_is_one_that_goes_away_in_the_middle() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let upstream = server.local_addr().expect("an address").to_string();
    let serving = thread::spawn(move || {
        let (mut stream, _) = server.accept().expect("a connection");
        stream.write_all(b"hm").expect("to send");
        // What came and was not read makes this a reset.
        stream.peek(&mut [0]).expect("octets");
    });
    let trial = trial(&upstream);
    serving.join().expect("its end");
    assert_setup_error(&upstream, &trial);
}
