//! TLS in trials and by hand, with clients in Python and openssl's.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use super::serve::Server;
use super::support::{Project, has_networks};

/// Sends `hello` under TLS as its arguments say: how it trusts, and how it ends.
pub(crate) const SENDER: &str = r#"
import socket, ssl, sys
host, port, ca, trusts, ends = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5]
context = ssl.create_default_context(cafile=ca if trusts != "nobody" else None)
if trusts == "everybody":
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
if len(sys.argv) > 6:
    context.load_cert_chain(sys.argv[6], sys.argv[7])
if trusts == "in-the-clear":
    client = socket.create_connection((host, port))
else:
    client = context.wrap_socket(socket.create_connection((host, port)), server_hostname=host)
client.sendall(b"hello")
if ends == "notify":
    client = client.unwrap()
client.close()
"#;

/// A project with one client that trusts and ends like this, and a case with this recorder.
fn project(trusts: &str, ends: &str, more: &str, case: &str) -> Project {
    let project = Project::new();
    project.write("sender.py", SENDER);
    let run = format!(
        "run = ['python3', '{}', '{{host}}', '{{port}}', '{{ca}}', '{trusts}', '{ends}'{more}]",
        project.path("sender.py").display()
    );
    project.client("python", &run, "cases = ['case/*']");
    project.cases(&format!("[[case]]\nname = 'a'\nabout = 'x'\nhazards = []\n{case}\n"));
    project
}

const TLS: &str = "expect = { text = 'hello' }\nrecorder = { tls = true }";

#[test]
fn plain_octets_are_judged_and_the_handshake_is_in_the_report() {
    for version in ["1.2", "1.3"] {
        let case = TLS.replace("true", &format!("{{ version = '{version}' }}"));
        let project = project("us", "notify", "", &case);
        project.run(&[]).assert().code(0);
        let trial = project.trial("python", "case/a");
        assert_eq!(trial["timelines"][0]["tls"]["version"], format!("TLS {version}"));
        assert_eq!(trial["captured"][0]["ending"], "fin");
    }
}

#[test]
fn whether_close_notify_came_is_judged_where_a_case_says_so() {
    let ending = |ending: &str| TLS.replace("'hello'", &format!("'hello', ending = '{ending}'"));
    project("us", "just", "", TLS).run(&[]).assert().code(0);
    project("us", "just", "", &ending("truncated")).run(&[]).assert().code(0);
    let strict = project("us", "just", "", &ending("fin"));
    strict.run(&[]).assert().code(1).stdout(contains("expected to end in FIN, ended in FIN without close_notify"));
    assert_eq!(strict.verdict("python", "case/a"), "wrong-ending");
    project("us", "notify", "", &ending("truncated")).run(&[]).assert().code(1);
}

#[test]
fn a_client_that_does_not_trust_us_is_told_what_to_give_it() {
    let said = contains("no TLS on connection 1: the client does not trust our authority: give it {ca} (alert unknown_ca); ");
    project("nobody", "notify", "", TLS).run(&[]).assert().code(1).stdout(said);
    let said = contains(r#"no TLS on connection 1: it speaks no TLS: it began with "hello"; "#);
    project("in-the-clear", "just", "", TLS).run(&[]).assert().code(1).stdout(said);
}

#[test]
fn who_accepts_a_bad_certificate_is_caught() {
    for certificate in ["expired", "wrong-name", "unknown-authority"] {
        let case = format!("recorder = {{ tls = {{ certificate = '{certificate}' }} }}");
        project("us", "notify", "", &case).run(&[]).assert().code(0);
        let careless = project("everybody", "notify", "", &case);
        let said = format!("it accepted a certificate that it must refuse ({certificate}), and sent 5 octets");
        careless.run(&[]).assert().code(1).stdout(contains(said));
        assert_eq!(careless.verdict("python", "case/a"), "accepted-bad-certificate");
        let never = project("in-the-clear", "just", "", &case);
        never.run(&[]).assert().code(1);
    }
}

#[test]
fn a_certificate_is_asked_of_the_client() {
    let case = TLS.replace("true", "{ client_certificate = 'required' }");
    project("us", "notify", ", '{cert}', '{key}'", &case).run(&[]).assert().code(0);
    let said = contains("no TLS on connection 1: it has shown no certificate: give it {cert} and {key}");
    project("us", "just", "", &case).run(&[]).assert().code(1).stdout(said);
}

#[test]
fn keys_that_go_nowhere_are_refused() {
    let refused = |recorder: &str, said: &'static str| {
        let case = format!("expect = {{ text = 'hello' }}\nrecorder = {{ {recorder} }}");
        project("us", "just", "", &case).run(&[]).assert().code(2).stderr(contains(said));
    };
    refused("tls = { certificate = 'expired' }", "a client must refuse this certificate (expired), and send nothing");
    refused("upstream_tls = true", "`upstream_tls` is about an `upstream` or a `server`, and there is none");
    refused("upstream_ca = 'ca.pem'", "`upstream_ca` is about TLS to the upstream");
    refused("tls = { certificate = 'good', colour = 'red' }", "unknown field `colour`");
    refused("tls = 'yes'", "expected true, false, or a table");
}

#[test]
fn a_client_that_is_told_of_tls_has_no_trial_without_it() {
    let both = format!("{TLS}\n[[case]]\nname = 'b'\nabout = 'x'\nhazards = []\nexpect = {{ text = 'hello' }}");
    let project = project("us", "notify", "", &both);
    project.run(&[]).assert().stdout(contains("case/b").not().or(contains("1 passed")));
}

#[test]
fn by_hand_a_program_is_told_whom_to_trust() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("sender.py"), SENDER).expect("a file");
    let mut serve = Command::new(super::support::SAMEWIRE);
    serve.current_dir(folder.path()).args(["serve", "--port", "0", "--tls", "--alpn", "h2", "--out", "a.jsonl", "--"]);
    serve.args(["python3", "sender.py", "{host}", "{port}", "{ca}", "us", "notify"]);
    let output = serve.output().expect("a recording");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("#1 TLS 1.3, TLS_") && said.contains("\"hello\""), "{said}");
    let capture = std::fs::read_to_string(folder.path().join("a.jsonl")).expect("the capture");
    assert!(capture.contains(r#""event":"tls""#), "{capture}");
    let mut show = Command::new(super::support::SAMEWIRE);
    let shown = show.current_dir(folder.path()).args(["show", "a.jsonl"]).output().expect("a dump");
    assert!(String::from_utf8_lossy(&shown.stdout).contains("TLS 1.3, TLS_"), "{shown:?}");
}

#[test]
fn openssl_is_a_client_too() {
    let mut server = Server::start(&["--tls", "--connections", "1", "--reply", "5=bye"]);
    server.wait_for("clients speak TLS, and are to trust ");
    let mut client = Command::new("openssl");
    client.args(["s_client", "-connect", &server.address, "-quiet", "-no_ign_eof"]);
    // It does not know the authority, says so, and goes on.
    let mut client = client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("openssl");
    let mut input = client.stdin.take().expect("its input");
    input.write_all(b"hello").expect("to send");
    let mut answer = [0; 3];
    client.stdout.take().expect("its output").read_exact(&mut answer).expect("the reply");
    drop(input);
    client.wait().expect("its end");
    assert_eq!(&answer, b"bye");
    server.wait_for("TLS 1.3, TLS_");
    server.wait_for("\"hello\"");
}

#[test]
fn what_was_recorded_under_tls_is_played_under_tls() {
    let project = project("us", "notify", "", TLS);
    let serve =
        ["serve", "--port", "0", "--tls", "--client-certificate", "optional", "--out", "a.jsonl", "--", "python3", "sender.py"];
    let sender = ["{host}", "{port}", "{ca}", "us", "notify", "{cert}", "{key}"];
    project.samewire(&[&serve[..], &sender].concat()).assert().code(0);
    project.samewire(&["import", "a.jsonl", "--out", "suite/again.toml"]).assert().code(0);
    let case = std::fs::read_to_string(project.path("suite/again.toml")).expect("a case");
    assert!(case.ends_with("[case.recorder]\ntls = { client_certificate = \"required\" }\n"), "{case}");
    let run = "run = ['python3', '../../sender.py', '{host}', '{port}', '{ca}', 'us', 'notify'";
    project.client("same", &format!("{run}, '{{cert}}', '{{key}}']"), "cases = ['again/*']");
    project.client("other", &format!("{run}]"), "cases = ['again/*']");
    let run = project.run_all(&["--profile", "default", "--case", "again/*"]).assert().code(1);
    run.stdout(contains("2 trials: 1 passed, 1 ").and(contains("it has shown no certificate: give it {cert} and {key}")));
}

#[test]
fn a_stream_of_packets_has_its_secrets_in_a_file_beside_it() {
    if !has_networks() {
        return;
    }
    let project = project("us", "notify", "", TLS);
    let fifo = project.path("packets");
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo").success());
    let copy = std::thread::spawn(move || std::fs::read(fifo).expect("what goes through the FIFO"));
    let serve =
        ["serve", "--port", "0", "--tls", "--tls-files", "tls", "--packets", "packets", "--out", "a.jsonl", "--", "python3"];
    let sender = ["sender.py", "{host}", "{port}", "{ca}", "us", "notify"];
    let said = contains("secrets of sessions go into tls/keys.log: a stream of packets holds none");
    project.samewire(&[&serve[..], &sender].concat()).assert().code(0).stderr(said);
    std::fs::write(project.path("copy.pcapng"), copy.join().expect("a copy")).expect("a file");
    let mut tshark = Command::new("tshark");
    tshark.current_dir(project.path(".")).args(["-o", "tls.keylog_file:tls/keys.log", "-r", "copy.pcapng"]);
    let shown = tshark.args(["-q", "-z", "follow,tls,ascii,0"]).output().expect("tshark");
    assert!(String::from_utf8_lossy(&shown.stdout).contains("\nhello"), "{shown:?}");
}

#[test]
fn tshark_shows_plain_octets_of_a_trials_packets_with_no_other_file() {
    if !has_networks() {
        return;
    }
    for version in ["1.2", "1.3"] {
        let case = TLS.replace("true", &format!("{{ version = '{version}' }}"));
        let project = project("us", "notify", "", &case);
        project.run(&["--packets", "all"]).assert().code(0);
        let packets = walk(&project.path("."), "pcapng");
        let mut tshark = Command::new("tshark");
        tshark.arg("-r").arg(&packets).args(["-q", "-z", "follow,tls,ascii,0"]);
        let output = tshark.output().expect("tshark");
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(shown.contains("\nhello"), "{shown}");
    }
}

/// The only file with this extension.
fn walk(folder: &std::path::Path, extension: &str) -> std::path::PathBuf {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|is| is == extension) {
                return path;
            }
        }
    }
    panic!("no file *.{extension}");
}
