//! HTTP: those clients that come with their language or system.

use predicates::str::contains;

use super::support::Example;

const CLIENTS: &[&str] = &["curl", "fetch", "go", "perl", "php", "ruby", "urllib", "wget"];

#[test]
fn clients_of_http_send_what_must_be_the_same() {
    let http = Example::copy("http");
    http.run(CLIENTS, &[]).assert().code(0).stdout(contains(" passed"));
}

#[test]
fn a_client_of_http_that_encodes_otherwise_is_told_by_header_and_body() {
    let http = Example::copy("http");
    http.change("clients/urllib/notes.py", r#"given.encode("utf-8")"#, r#"given.replace("ë", "e").encode("utf-8")"#);
    let told = r#"message 1, POST /notes HTTP/1.1: content-length is 61, expected 62; body is "{\"title\":\"Zoe’s"#;
    http.run(&["urllib"], &["--case", "notes/post"]).assert().code(1).stdout(contains(told));
}

#[test]
fn a_known_difference_of_a_client_of_http_is_one() {
    let http = Example::copy("http");
    http.run(&["php"], &["--case", "notes/address"]).assert().code(0);
    let trial = &http.report()["trials"][0];
    assert_eq!(trial["verdict"], "known-failure", "{trial:#}");
    assert!(trial.to_string().contains("target is /cafés?q=naïve, expected /caf%C3%A9s?q=na%C3%AFve"), "{trial:#}");
}
