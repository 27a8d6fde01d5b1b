//! What a reader of a failed trial sees of its packets and processes.

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

use super::trial::OWN;
use crate::page;
use crate::support::{HELLO, Project, example, has_networks};

/// What a view says.
#[track_caller]
fn view(project: &Project, format: &str) -> String {
    let output = project.samewire(&["report", "--format", format, "samewire-report"]).assert().code(0);
    let view = String::from_utf8(output.get_output().stdout.clone()).expect("UTF-8");
    if format == "html" { page::inflated(&view) } else { view }
}

/// The positions of these in a text, which has them in this order.
#[track_caller]
fn assert_in_order(text: &str, all: &[&str]) {
    let mut at = 0;
    for one in all {
        let found = text[at..].find(one).unwrap_or_else(|| panic!("{one:?} is not behind octet {at} of:\n{text}"));
        at += found + one.len();
    }
}

#[test]
fn packets_and_what_the_recorder_did_are_one_list() {
    let project = Project::new();
    project.sender("right", "").sender("utf-16le", "").cases(HELLO);
    if !has_networks() {
        return;
    }
    project.run(&OWN).assert().code(1);
    let data = "76 octets: 14 Ethernet, 20 IPv4, 32 TCP with timestamps, 10 data";
    let happened = ["< SYN ", "> SYN, ACK ", "#1 < PSH, ACK  seq 1 ", "ack 1 ", data, "#1   read 10 octets", "FIN, ACK"];
    for format in ["text", "markdown"] {
        let text = view(&project, format).replace("&lt;", "<").replace("&gt;", ">");
        assert_in_order(&text, &["connection 1: 10 octets from process ", "sender utf-16le"]);
        assert_in_order(&text, &happened);
        assert!(!text.contains("sender right"), "who passed is not told");
    }
    let junit = view(&project, "junit");
    let document = roxmltree::Document::parse(&junit).expect("XML");
    let failure = document.descendants().find(|node| node.has_tag_name("failure")).and_then(|node| node.text()).expect("text");
    assert_in_order(failure, &happened);
    let property = |name: &str| {
        let of = |node: &roxmltree::Node<'_, '_>| node.attribute("name") == Some(name);
        document.descendants().filter(of).filter_map(|node| node.attribute("value")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(property("packets").len(), 2);
    assert!(property("connection-1")[1].ends_with(", 10 octets"), "{:?}", property("connection-1"));
    let page = view(&project, "html");
    assert!(page.contains(r#""time_line":[{"#) && page.contains(data), "the page draws it from this");

    let trial = project.trial("utf-16le", "case/hello");
    let rows: Vec<&Value> = trial["packets"]["rows"]["first"].as_array().expect("rows").iter().collect();
    let times: Vec<i64> = rows.iter().filter_map(|row| row["at_us"].as_i64()).collect();
    assert!(times.is_sorted() && times.len() == rows.len());
    let timeline = &trial["timelines"][0];
    let is_data = |row: &&&Value| row["data"] == 10;
    let came = rows.iter().find(is_data).and_then(|row| row["at_us"].as_i64()).expect("a packet with data");
    let read = timeline["received"][0]["at_us"].as_i64().expect("a time");
    // One clock: neither an hour nor a boot time lies between them.
    assert!((-1_000..20_000_000).contains(&(read - came)), "it passed at {came} and was read at {read}");
}

#[test]
fn what_was_dialled_instead_is_said_first() {
    let project = Project::new();
    project.cases(HELLO).sender("right", "");
    if !has_networks() {
        return;
    }
    let run = format!("run = ['{}', '127.0.0.1', '11300', 'send:hello', '{{plan}}']", example("actor"));
    project.client("elsewhere", &run, "");
    project.run(&OWN).assert().code(1);
    let first = "\n  it dialled 127.0.0.1:11300, where nobody listens; {port} is ";
    assert!(view(&project, "text").contains(first), "{}", view(&project, "text"));
    let trial = project.trial("elsewhere", "case/hello");
    assert_eq!((&trial["verdict"], &trial["packets"]["agreed"]), (&"crashed".into(), &0.into()));
    let between = trial["packets"]["rows"]["first"][0]["between"].as_str().expect("addresses");
    assert!(between.ends_with(" to 127.0.0.1:11300"), "{between}");
    let message = contains(r#"message="it dialled 127.0.0.1:11300, where nobody listens; {port} is "#);
    let remark = contains(r#"<property name="packets-remark" value="it dialled"#);
    assert!(message.and(remark).eval(&view(&project, "junit")));
}

#[test]
fn one_octet_a_segment_is_a_remark() {
    let project = Project::new();
    project
        .cases(&HELLO.replace("expect = { text = \"hello\" }", "expect = { text = \"hellO\" }").replace("plan = ", "input = "));
    project.sender("right", "");
    if !has_networks() {
        return;
    }
    let script = "import socket, sys\ns = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n\
                  s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)\nfor octet in b'hello': s.send(bytes([octet]))\n";
    project.write("clients/single/single.py", script);
    project.client("single", "run = ['python3', 'single.py', '{host}', '{port}', '{input}']", "");
    let run = project.run(&OWN).assert().code(1);
    run.stdout(contains("remark: connection 1 received one octet per segment, in 5 segments"));
    assert_eq!(project.verdict("single", "case/hello"), "differs");
}

#[test]
fn of_many_packets_a_few_are_told() {
    let project = Project::new();
    project.sender("right", "").cases(HELLO);
    if !has_networks() {
        return;
    }
    let script = "import socket, sys\nfor _ in range(60):\n s = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n \
                  s.sendall(b'x'); s.close()\n";
    project.write("clients/many/many.py", script);
    project.client("many", "run = ['python3', 'many.py', '{host}', '{port}', '{plan}']", "");
    let run = project.run(&OWN).assert().code(1);
    let text = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
    assert_in_order(
        &text,
        &["connection 3: 1 octet from ", "who sent on 57 more connections is in the report", "entries are left out]"],
    );
    let told = text.lines().filter(|line| line.contains(" Ethernet, ")).count();
    assert!((1..=30).contains(&told), "{told}");
    let rows = project.trial("many", "case/hello")["packets"]["rows"].take();
    let count = |which: &str| rows[which].as_array().map_or(0, Vec::len);
    assert_eq!((count("first"), count("last")), (100, 100));
    assert!(rows["left_out"].as_u64().is_some_and(|left_out| left_out > 100), "{rows:#}");
}
