//! Wireshark's dissectors as decoders.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::packets::support::are_there;
use crate::support::{Project, run_sender};

/// CONNECT as `cid`; a publication of `hello` to `a/b` at QoS 0, and at QoS 1; DISCONNECT.
const CONNECT: &str = "bytes 100f00044d5154540402003c0003636964";
const PUBLISH: &str = "bytes 300a0003612f6268656c6c6f";
const PUBLISH_1: &str = "bytes 320c0003612f62000168656c6c6f";
const DISCONNECT: &str = "bytes e000";

fn project(dissector: &str, plan: &[&str], keys: &str) -> Project {
    let project = Project::new();
    project.write("samewire.toml", &format!("suites = ['suite']\n[decoder.it]\nwireshark = '{dissector}'\n"));
    let plan = plan.join("\n");
    project
        .sender("right", "")
        .cases(&format!("[[case]]\nname = 'a'\nabout = 'x'\nhazards = []\nplan = '''\n{plan}\n'''\ndecode = 'it'\n{keys}\n"));
    project
}

const MQTT: &str = "messages = ['Connect Command', { like = 'Publish Message*', fields = { 'mqtt.topic' = 'a/b', 'mqtt.qos' = 0 } }, \
                    { fields = { 'mqtt.msgtype' = 14 } }]";

#[test]
fn a_client_that_changed_to_another_quality_of_service_is_told_so() {
    if !are_there(&["tshark"]) {
        return;
    }
    project("mqtt", &[CONNECT, PUBLISH, DISCONNECT], MQTT).run(&[]).assert().code(0);
    let changed = project("mqtt", &[CONNECT, PUBLISH_1, DISCONNECT], MQTT);
    let said = "message 2, Publish Message: mqtt.qos is 1, expected 0\n";
    changed.run(&[]).assert().code(1).stdout(contains(said).and(contains("                                ^^\n")));
    let report = changed.report();
    let messages = &report["trials"][0]["messages"][0];
    assert!(messages["version"].as_str().unwrap().starts_with("TShark (Wireshark) "), "{messages}");
    let qos = messages["messages"][1]["fields"].as_array().unwrap().iter().find(|field| field["name"] == "mqtt.qos");
    assert_eq!(qos.unwrap()["place"], serde_json::json!([17, 1]));
}

#[test]
fn octets_that_differ_are_explained_in_fields_and_what_wireshark_worked_out_is_left_out() {
    if !are_there(&["tshark", "python3"]) {
        return;
    }
    let project = project("mqtt", &[CONNECT, &format!("{PUBLISH_1}\n{DISCONNECT}")], "expect = { hex = 'HEX' }");
    let hex = |lines: &[&str]| lines.iter().map(|line| line.trim_start_matches("bytes ")).collect::<String>();
    let case = std::fs::read_to_string(project.path("suite/case.toml")).unwrap();
    let input = case.replace("plan = '''", "input = '''").replace("HEX", &hex(&[CONNECT, PUBLISH, DISCONNECT]));
    project.cases(&input);
    let came = hex(&[CONNECT, PUBLISH_1, DISCONNECT]);
    let script =
        format!("import socket; s = socket.create_connection(('{{host}}', {{port}})); s.sendall(bytes.fromhex('{came}'))");
    project.client("other", &format!("run = ['python3', '-c', \"{script}\", '{{input}}']"), "");
    let told = "message 2, Publish Message: mqtt.qos is 1, expected 0;";
    let run = project.run(&["--client", "other"]).assert();
    run.code(1).stdout(contains(told).and(contains("frame").not()));
}

#[test]
fn a_message_that_came_in_two_packets_and_one_behind_it_have_their_places() {
    if !are_there(&["tshark"]) {
        return;
    }
    let query = "0100000100000000000003777777076578616d706c6503636f6d0000010001";
    let first = format!("bytes 00211234{}", &query[..30]);
    let rest = format!("bytes {}00211235{query}", &query[30..]);
    let keys = "recorder = { replies = [{ after_bytes = 19, hex = '000212' }] }\n\
                messages = [{ fields = { 'dns.id' = '0x1234', 'dns.qry.name' = 'www.example.com' } }, { fields = { 'dns.id' = '0x9999' } }]";
    let project = project("dns", &[&first, "receive 3", &rest], keys);
    project
        .run(&[])
        .assert()
        .code(1)
        .stdout(contains("message 2, Domain Name System (query): dns.id is 0x1235, expected 0x9999"));
    let messages = &project.report()["trials"][0]["messages"][0]["messages"];
    let place = |message: usize| {
        let fields = messages[message]["fields"].as_array().unwrap();
        fields.iter().find(|field| field["name"] == "dns.id").unwrap()["place"].clone()
    };
    assert_eq!((place(0), place(1)), (serde_json::json!([2, 2]), serde_json::json!([37, 2])));
    assert_eq!((&messages[0]["octets"], &messages[1]["at"]), (&35.into(), &35.into()));
}

#[test]
fn a_recording_is_read_with_what_was_answered_as_a_run_is() {
    if !are_there(&["tshark"]) {
        return;
    }
    // What stands alone on a line is a name or a password where that was asked for.
    let plan = ["text AUTH LOGIN", "bytes 0d0a", "receive 6", "text dXNlcg==", "bytes 0d0a", "receive 6"];
    let replies = "recorder = { replies = [{ after_text = '\\r\\n', text = '334 \\r\\n', each_time = true }] }";
    let project = project("smtp", &plan, &replies.replace('\'', "\""));
    project.client("twin", &format!("run = {}", run_sender("right", "{plan}")), "");
    project.run_all(&["--record"]).assert().code(0).stdout(contains("recorded case/a: right and twin agree"));
    let written = std::fs::read_to_string(project.path("suite/case.toml")).unwrap();
    assert!(written.contains("\"smtp.auth.username\" = \"dXNlcg==\""), "{written}");
    project.run(&[]).assert().code(0);
}

#[test]
fn what_a_dissector_does_not_understand_is_undecoded() {
    if !are_there(&["tshark"]) {
        return;
    }
    let octets = |text: &str| format!("bytes {}", samewire::hex::encode(text.as_bytes()));
    let request = octets("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let keys = "messages = [{ fields = { 'http.request.method' = 'GET', 'http.host' = 'a' } }]";
    project("http", &[&request], keys).run(&[]).assert().code(0);
    let cut = project("http", &[&request, &octets("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc")], keys);
    cut.run(&[]).assert().code(1).stdout(contains("octets are undecoded (Wireshark does not explain them): POST / HTTP/1.1"));
    let garbage = project("mqtt", &[CONNECT, "bytes f0ffffffffff01020304"], "messages = ['Connect Command']");
    garbage.run(&[]).assert().code(1).stdout(contains("undecoded"));
}

#[test]
#[ignore = "Wireshark lists all its fields for each, which takes long: ci/slow runs it"]
fn names_that_wireshark_does_not_know_are_refused_with_the_nearest() {
    if !are_there(&["tshark"]) {
        return;
    }
    let refused = |dissector: &str, keys: &str, said: &str| {
        project(dissector, &[CONNECT], keys).run(&[]).assert().code(2).stderr(contains(said));
    };
    refused("mqtt", "messages = [{ fields = { 'mqtt.topik' = 1 } }]", "no field \"mqtt.topik\"; did you mean \"mqtt.topic\"?");
    let ignored = "ignore_fields = ['mqtt.kaliv']\nmessages = ['x']";
    refused(
        "mqtt",
        ignored,
        "case.toml:1: the case case/a: Wireshark has no field \"mqtt.kaliv\"; did you mean \"mqtt.kalive\"?",
    );
    refused(
        "mqqt",
        "messages = ['x']",
        "samewire.toml:2: the decoder it: Wireshark has no protocol \"mqqt\"; did you mean \"mqtt\"?",
    );
    refused("ip", "messages = ['x']", "Protocol \"ip\" isn't valid for layer type \"tcp.port\"");
}

#[test]
fn without_tshark_its_cases_are_missing_and_how_to_install_it_is_said() {
    let project = project("mqtt", &[CONNECT], "messages = ['Connect Command']");
    let said = "the decoder it: tshark is not on PATH; apt install tshark";
    project.run(&[]).env("PATH", project.path("clients")).assert().stdout(contains("1 missing").and(contains(said)));
}

/// A `tshark` that knows MQTT, and does this when it is to read packets; `$N` counts how often it was started for that.
#[cfg(unix)]
fn fake(project: &Project, reading: &str) -> std::ffi::OsString {
    let script = format!(
        "#!/bin/sh\ncase \"$1\" in\n--version) echo 'TShark (Wireshark) 9.9 (Git x)';;\n\
         -G) printf 'P\\tMQTT\\tmqtt\\nF\\tTopic\\tmqtt.topic\\n';;\n-n) cat > /dev/null;;\n\
         *) echo x >> '{log}'; N=$(wc -l < '{log}'); {reading}\n;;\nesac\n",
        log = project.path("started").display()
    );
    project.write("bin/tshark", &script);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(project.path("bin/tshark"), mode).expect("a mode");
    let mut path = project.path("bin").into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").expect("a PATH"));
    path
}

#[cfg(unix)]
#[test]
fn one_that_dies_or_floods_is_an_error_of_that_trial_and_is_started_anew() {
    for (reading, said) in [
        ("head -c 24 > /dev/null; echo 'tshark: it hurts' >&2; exit 3", "tshark ended before it had read everything"),
        ("cat /dev/zero", "tshark printed more than"),
        ("yes '<packet><proto name=\"mqtt\"></packet>'", "the decoder it failed: tshark told of"),
        // As many as it was given: three to open, one of data, its acknowledgment, and four to close.
        ("yes '<packet></packet>' | head -n 9; cat > /dev/null", "tshark told of packets that it was not given"),
    ] {
        let other =
            format!("[[case]]\nname = 'b'\nabout = 'x'\nhazards = []\nplan = '{CONNECT}'\ndecode = 'it'\nmessages = ['x']");
        let project = project("mqtt", &[CONNECT], &format!("messages = ['Connect Command']\n{other}"));
        let path = fake(&project, reading);
        let run = project.run(&["--jobs", "1"]).env("PATH", path).assert();
        let _ = run.code(1).stdout(contains("2 setup-error").and(contains(said)));
        assert_eq!(std::fs::read_to_string(project.path("started")).unwrap(), "x\nx\n", "{said}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_dissector_s_program_leaves_behind_ends_with_it() {
    let project = project("mqtt", &[CONNECT], "messages = ['Connect Command']");
    let child = project.path("child");
    let leaves = format!("env -i setsid sleep 1000 > /dev/null 2>&1 & echo $! > '{}'; exit 3", child.display());
    let path = fake(&project, &leaves);
    let _ = project.run(&["--jobs", "1"]).env("PATH", path).assert().code(1).stdout(contains("tshark ended before"));
    let child = std::fs::read_to_string(child).unwrap();
    assert!(!std::path::Path::new("/proc").join(child.trim()).exists(), "an orphan: {child}");
}
