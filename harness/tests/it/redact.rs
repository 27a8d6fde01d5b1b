//! `redact`: a secret that a client puts wherever it can is in no file that a run leaves, but for captures and packets.

use std::fs;
use std::path::Path;

use base64_simd::STANDARD;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::page;
use crate::support::Project;

/// What is not to be seen, and what it is hidden by.
const SECRET: &str = "Bearer s3cr3t-tok3n.x~y_Z";
const REDACT: &str = "redact = ['Bearer [A-Za-z0-9._~-]+']\n";

/// Sends what stands in SEND, in two writes with the secret cut between them, and says it everywhere.
const TELLTALE: &str = r#"
import binascii, os, socket, sys, base64, urllib.parse
secret, send = os.environ["SECRET"], os.environ["SEND"].encode()
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as server:
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    at = send.find(b"s3cr3t") + 3
    server.sendall(send[:at])
    server.sendall(send[at:])
    server.shutdown(socket.SHUT_WR)
    answer = b""
    while octets := server.recv(4096):
        answer += octets
sys.stdout.buffer.write(answer)
print("I sent", secret, file=sys.stderr)
print("hex", secret.encode().hex(), secret.encode().hex(":"), file=sys.stderr)
print("base64", base64.b64encode(secret.encode()).decode(), urllib.parse.quote(secret, safe=""), file=sys.stderr)
open(os.path.join(os.path.dirname(sys.argv[0]), secret), "w").close()
sys.exit(int(sys.argv[4]))
"#;

fn telltale(send: &str, status: u8, cases: &str) -> Project {
    let project = Project::new();
    let run = format!(
        "run = ['python3', '{{client}}/send.py', '{{host}}', '{{port}}', '{{case}}', '{status}', 'Bearer', 's3cr3t-tok3n.x~y_Z']"
    );
    let run = run.replace("{client}", &project.path("clients/telltale").display().to_string());
    let env = format!("cases = ['case/*']\nneeds = ['python3']\nenv = {{ SECRET = '{SECRET}', SEND = \"{send}\" }}");
    project.client("telltale", &run, &env).write("clients/telltale/send.py", TELLTALE);
    project.write("samewire.toml", &format!("{REDACT}suites = ['suite']\n"));
    project.cases(cases);
    project
}

/// Every form in which somebody may look for it.
fn forms() -> Vec<(&'static str, Vec<u8>)> {
    let octets = SECRET.as_bytes();
    let hex: Vec<String> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    let token = SECRET.trim_start_matches("Bearer ");
    let base64 = STANDARD.encode_to_string(octets);
    vec![
        ("raw", octets.to_vec()),
        ("its end", token.as_bytes().to_vec()),
        ("a part", b"s3cr3t".to_vec()),
        ("another part", b"tok3n".to_vec()),
        ("hex", hex.concat().into_bytes()),
        ("hex of a part", hex[7..13].concat().into_bytes()),
        ("spaced hex of a part", hex[7..12].join(" ").into_bytes()),
        ("hex with colons", hex[7..13].join(":").into_bytes()),
        ("base64", base64.trim_end_matches('=').as_bytes()[..base64.len() - 4].to_vec()),
        ("percent", b"Bearer%20".to_vec()),
    ]
}

/// Looks for it in every file of a folder; in captures it is, as it came.
fn search(folder: &Path, found: &mut Vec<String>, kept: &mut usize) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            search(&path, found, kept);
            continue;
        }
        let mut octets = fs::read(&path).expect("a file");
        if path.extension().is_some_and(|extension| extension == "html") {
            octets.extend(page::inflated(&String::from_utf8_lossy(&octets)).into_bytes());
        }
        if path.extension().is_some_and(|extension| extension == "jsonl" || extension == "pcapng") {
            *kept += 1;
            continue;
        }
        for (form, needle) in forms() {
            if octets.windows(needle.len()).any(|window| window == needle) {
                found.push(format!("{form} in {}", path.display()));
            }
        }
    }
}

#[track_caller]
fn assert_hidden(project: &Project, arguments: &[&str], code: i32) -> String {
    let output = project.run(arguments).assert().code(code).get_output().clone();
    let printed = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let (mut found, mut kept) = (Vec::new(), 0);
    for (form, needle) in forms() {
        if printed.as_bytes().windows(needle.len()).any(|window| window == needle) {
            found.push(format!("{form} in what was printed: {printed}"));
        }
    }
    search(&project.path("samewire-report"), &mut found, &mut kept);
    assert!(found.is_empty(), "{found:#?}");
    assert!(kept > 0, "no capture was kept");
    project.report();
    printed
}

fn case(keys: &str) -> String {
    format!("[[case]]\nname = 'a'\nabout = 'it sends {SECRET}'\nhazards = []\n{keys}\n")
}

const ECHO: &str = "[case.recorder]\necho = true\n";

#[test]
fn a_secret_in_octets_that_differ_is_seen_nowhere() {
    let keys = format!("expect = {{ text = \"GET /\\r\\nAuthorization: {SECRET}\\r\\n\\r\\n\" }}\n{ECHO}");
    let project = telltale(&format!("GET /\\r\\nAuthorization: {SECRET}\\r\\n\\n"), 0, &case(&keys));
    let printed = assert_hidden(&project, &[], 1);
    assert!(printed.contains("** **") && printed.contains("differs"), "{printed}");
    let trial = project.trial("telltale", "case/a");
    let shown = STANDARD.decode_to_vec(trial["captured"][0]["base64"].as_str().expect("octets")).expect("base64");
    assert_eq!(shown, format!("GET /\r\nAuthorization: {}\r\n\n", "*".repeat(SECRET.len())).as_bytes());
    assert!(trial["stderr"].as_str().expect("stderr").contains(&format!("I sent {}", "*".repeat(SECRET.len()))));
    let capture = fs::read(project.path("samewire-report").join(trial["capture"].as_str().expect("a capture"))).expect("a file");
    let events = capture.split(|octet| *octet == b'\n').filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok());
    let data = events.filter(|event| event["event"] == "data").filter_map(|event| event["base64"].as_str().map(str::to_owned));
    let came: Vec<u8> = data.flat_map(|base64| STANDARD.decode_to_vec(base64).expect("base64")).collect();
    assert_eq!(came, format!("GET /\r\nAuthorization: {SECRET}\r\n\n").as_bytes(), "captures hold what came");
    let page = fs::read_to_string(project.path("samewire-report/report.html")).expect("a page");
    assert!(page.contains("hold it as it came"));
}

#[test]
fn it_is_judged_as_it_came() {
    let keys = format!("expect = {{ text = \"Authorization: {SECRET}\\n\" }}\n{ECHO}");
    let right = telltale(&format!("Authorization: {SECRET}\\n"), 0, &case(&keys));
    assert_hidden(&right, &["--keep", "all"], 0);
    // Another secret of the same length differs, though both look the same.
    let other = SECRET.replace("x~y", "y~x");
    let wrong = telltale(&format!("Authorization: {other}\\n"), 0, &case(&keys));
    let printed = assert_hidden(&wrong, &[], 1);
    assert!(printed.contains("first difference at offset"), "{printed}");
}

#[test]
fn masks_parts_and_what_same_refers_to_hide_it_too() {
    let parts = [
        "[{ text = \"A: \" }, { any = 25, name = \"token\" }, { text = \"\\r\\n\" }]",
        "[{ text = \"A: \" }, { matches = \"Bearer [^ \\\\n]+\", name = \"token\" }, { text = \" B: \" }, { same = \"token\" }, { text = \"\\r\\n\" }]",
        "[{ text = \"A: Bearer s3cr3t-tok3n.x~y_Q\" }, { optional = [{ text = \"?\" }] }, { text = \"\\n\" }]",
    ];
    for parts in parts {
        let keys = format!("expect = {{ parts = {parts} }}\n{ECHO}");
        let project = telltale(&format!("A: {SECRET} B: {SECRET}\\n"), 0, &case(&keys));
        assert_hidden(&project, &[], 1);
    }
}

#[test]
fn messages_and_their_fields_hide_it() {
    for keys in [
        format!("decode = 'lines'\nmessages = ['A: {SECRET}', 'b']\n"),
        "decode = 'http1'\nmessages = [{ fields = { authorization = 'Basic' } }]\n".to_owned(),
        "decode = 'mine'\nmessages = [{ fields = { token = 'x' } }]\n".to_owned(),
        "decode = 'hexed'\nmessages = ['x']\n".to_owned(),
    ] {
        let send = match keys.contains("mine") {
            true => format!("{{\\\"token\\\":\\\"{SECRET}\\\"}}\\n"),
            false => format!("GET / HTTP/1.1\\r\\nAuthorization: {SECRET}\\r\\n\\r\\n"),
        };
        let project = telltale(&send, 0, &case(&format!("{keys}{ECHO}")));
        let decoders = "[decoder.mine]\nlines = { fields = 'json' }\n[decoder.hexed]\nframes = 'u8'\n";
        project.write("samewire.toml", &format!("{REDACT}suites = ['suite']\n{decoders}"));
        assert_hidden(&project, &[], 1);
    }
}

#[test]
fn events_processes_and_what_a_failed_client_says_hide_it() {
    let keys = format!("expect = {{ text = \"x\" }}\n{ECHO}");
    let project = telltale(&format!("A: {SECRET}\\n"), 3, &case(&keys));
    assert_hidden(&project, &["--format", "json"], 1);
    let printed = assert_hidden(&project, &[], 1);
    assert!(printed.contains("crashed"), "{printed}");
}

#[test]
fn a_suite_may_say_it_and_both_hold() {
    let keys = format!("expect = {{ text = \"x\" }}\n{ECHO}");
    let project = telltale(&format!("A: {SECRET} key-12345\\n"), 0, &case(&keys));
    project.write("samewire.toml", "suites = ['suite']\nredact = ['key-[0-9]+']\n");
    project.write("suite/suite.toml", REDACT);
    let printed = assert_hidden(&project, &[], 1);
    assert!(!printed.contains("12345"));
    assert!(!fs::read_to_string(project.path("samewire-report/report.json")).expect("a report").contains("12345"));
}

#[test]
fn what_hides_nothing_is_refused_with_its_line() {
    let project = Project::new();
    project.sender("right", "").cases(crate::support::HELLO);
    let refused = |toml: &str| {
        project.write("samewire.toml", toml);
        project.run(&[]).assert().code(2)
    };
    refused("redact = ['a*']").stderr(contains("samewire.toml:1").and(contains("matches where there is nothing")));
    refused("redact = ['[']").stderr(contains("not a regular expression over octets"));
    refused("redact = ['(?:a{1000}){1000}']").stderr(contains("too large"));
    refused("redact = 'a'").stderr(contains("samewire.toml:1"));
}
