//! TLS: clients in nine languages, each told the authority in its own way.

use predicates::str::contains;

use super::support::Example;

const CLIENTS: &[&str] = &["curl", "go", "java", "node", "openssl", "php", "python", "ruby", "socat"];

#[test]
fn clients_send_the_same_under_tls_and_refuse_what_is_not_to_be_trusted() {
    let tls = Example::copy("tls");
    tls.run(CLIENTS, &[]).assert().code(0).stdout(contains(" passed"));
}

#[test]
fn a_client_that_accepts_any_certificate_is_caught() {
    let tls = Example::copy("tls");
    tls.change("clients/openssl/send.sh", " -verify_return_error -verify_ip", " -verify_ip");
    let told = "accepted-bad-certificate openssl::secured/expired";
    tls.run(&["openssl"], &["--case", "secured/expired"]).assert().code(1).stdout(contains(told));
}
