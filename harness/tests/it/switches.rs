//! What cannot go together is refused alike by the flags of `serve` and in the TOML of a case, and every flag has its place in the table.

use std::fs;
use std::path::Path;

use predicates::prelude::*;
use predicates::str::contains;
use samewire_recorder::REFUSED;

use super::support::Project;

fn flags(switch: &str) -> Vec<String> {
    let flag = if switch == "replies" { "--reply".to_owned() } else { format!("--{}", switch.replace('_', "-")) };
    match switch {
        "replies" => vec![flag, "connect=hi".into()],
        "echo" | "refuse" | "tls" => vec![flag],
        "upstream" => vec![flag, "127.0.0.1:1".into()],
        "read_bytes" => vec![flag, "1".into(), "--read-every-ms".into(), "1".into()],
        _ => vec![flag, "5".into()],
    }
}

fn toml(switch: &str) -> String {
    match switch {
        "replies" => "replies = [{ at = \"connect\", text = \"hi\" }]".into(),
        "echo" | "refuse" | "tls" => format!("{switch} = true"),
        "upstream" => "upstream = \"127.0.0.1:1\"".into(),
        "read_bytes" => "read_bytes = 1\nread_every_ms = 1".into(),
        _ => format!("{switch} = 5"),
    }
}

/// Reads a case whose recorder is this, from line 8 on.
fn reading(recorder: &str) -> assert_cmd::assert::Assert {
    let project = Project::new();
    let case =
        "[[case]]\nname = \"a\"\nabout = \"x\"\nhazards = []\nplan = \"text a\"\nexpect = { text = \"a\" }\n[case.recorder]\n";
    project.sender("right", "").cases(&format!("{case}{recorder}\n"));
    project.samewire(&["list", "--suite", "suite"]).assert()
}

#[test]
fn what_cannot_go_together_is_refused() {
    for (one, other, why) in REFUSED {
        let project = Project::new();
        let (left, right) = (flags(one), flags(other));
        let mut arguments = vec!["serve", "--port", "0"];
        arguments.extend(left.iter().chain(&right).map(String::as_str));
        let both = contains(left[0].as_str()).and(contains(right[0].as_str())).and(contains(*why));
        project.samewire(&arguments).assert().code(2).stderr(both);
        if *other != "connections" {
            let refused = contains(*one).and(contains(*other)).and(contains("case.toml:7"));
            reading(&format!("{}\n{}", toml(one), toml(other))).code(2).stderr(refused);
        }
    }
}

#[test]
fn a_half_close_behind_a_cut_is_refused() {
    let why = contains("before it would half-close after 6");
    reading("close_after_bytes = 5\nhalf_close_after_bytes = 6").code(2).stderr(why.clone());
    let flags = ["serve", "--port", "0", "--reset-after-bytes", "5", "--half-close-after-bytes", "6"];
    Project::new().samewire(&flags).assert().code(2).stderr(why);
}

#[test]
fn an_address_is_checked_where_it_is_read() {
    for address in ["localhost", "tcp://h:1", "h:99999", ":6379", "unix:", "::1:80", "h:0", ""] {
        reading(&format!("upstream = \"{address}\"")).code(2).stderr(contains("case.toml:8"));
        Project::new().samewire(&["serve", "--port", "0", "--upstream", address]).assert().code(2).stderr(contains("--upstream"));
    }
    Project::new().samewire(&["serve", "--host", "unix:"]).assert().code(2).stderr(contains("the path of a socket"));
}

#[test]
fn every_flag_of_the_recorder_stands_in_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/recorder-switches.md");
    let table = fs::read_to_string(path).expect("the table");
    let output = Project::new().samewire(&["serve", "--help"]).assert().code(0).get_output().clone();
    let help = String::from_utf8(output.stdout).expect("UTF-8");
    let (_, switches) = help.split_once("Answers:").expect("the switches");
    let named =
        |line: &str| line.trim_start().strip_prefix("--").map(|rest| rest.split([' ', '=']).next().unwrap_or("").to_owned());
    for flag in switches.lines().filter_map(named) {
        let name = if flag == "reply" { "replies".to_owned() } else { flag.replace('-', "_") };
        assert!(table.contains(&format!("`{name}`")), "--{flag} is not in docs/recorder-switches.md");
    }
}
