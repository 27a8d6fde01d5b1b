//! Inputs at random for programs that read no plans: what most of them send is right.
#![cfg(unix)]

use std::fs;
use std::time::Duration;

use predicates::prelude::*;
use predicates::str::contains;

use super::support::{Project, valid};

/// Longer than searching and shrinking take together.
const PATIENCE: Duration = Duration::from_secs(180);

const FOUND: &str = "suite/found.toml";

/// Clients that send their input as these commands print it, and a case whose input is made at random.
fn project(commands: &[(&str, &str)], case: &str) -> Project {
    let project = Project::new();
    for (name, command) in commands {
        let script = format!("{command} < \"$2\" > /dev/tcp/$0/$1");
        project.client(name, &format!("run = ['bash', '-c', '''{script}''', '{{host}}', '{{port}}', '{{input}}']"), "");
    }
    project.write("suite/made.toml", &format!("[[case]]\nname = 'any'\nabout = 'whatever comes'\nhazards = []\n{case}\n"));
    project
}

/// What `samewire fuzz` prints, and its status.
#[track_caller]
fn fuzzed(project: &Project, arguments: &[&str]) -> (String, Option<i32>) {
    let mut command = project.samewire(&["fuzz", "--seed", "7", "--suite", "suite"]);
    let output = command.args(arguments).timeout(PATIENCE).output().expect("fuzzing");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!stdout.is_empty(), "{stderr}");
    (stdout.into_owned(), output.status.code())
}

#[track_caller]
fn saved(project: &Project) -> Vec<toml::Value> {
    let file: toml::Table = fs::read_to_string(project.path(FOUND)).expect("the file").parse().expect("TOML");
    file["case"].as_array().expect("cases").clone()
}

#[test]
fn who_does_otherwise_than_most_is_found_shrunk_and_saved_as_a_case_that_tells_it_from_them() {
    let all = [("one", "cat"), ("two", "cat"), ("odd", "tr -d '\\r'")];
    let project = project(&all, "input = { generate = 'text', up_to = 64 }\n[case.recorder]\nclose_delay_ms = 1");
    let (said, status) = fuzzed(&project, &["--plans", "4", "--save", FOUND]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("differs odd, input 4 of made/any\n    \"\\r\"\n"), "{said}");
    assert!(said.contains("one and two agree; odd does it otherwise"), "{said}");
    assert!(said.contains("repeat it: samewire fuzz --seed 7 --plans 4 --case made/any"), "{said}");
    let cases = saved(&project);
    assert_eq!(
        (cases.len(), cases[0]["input"].as_str(), cases[0]["recorder"]["close_delay_ms"].as_integer()),
        (1, Some("\r"), Some(1))
    );
    let run = |client: &str| {
        project.samewire(&["run", "--suite", "suite", "--case", "found/*", "--client", client]).timeout(PATIENCE).assert()
    };
    run("one").code(0);
    run("odd").code(1).stdout(contains("differs"));
    let before = fs::read_to_string(project.path(FOUND)).expect("the file");
    fuzzed(&project, &["--plans", "4", "--save", FOUND]);
    assert_eq!(fs::read_to_string(project.path(FOUND)).expect("the file"), before, "it is saved once");
}

#[test]
fn inputs_that_are_saved_are_tried_first_and_alone_where_nothing_else_is_asked() {
    let all = [("one", "cat"), ("two", "cat"), ("odd", "tr -d '\\r'")];
    let project = project(&all, "input = { generate = 'text', up_to = 64 }");
    project.write(FOUND, "[[case]]\nname = 'return'\nabout = 'x'\nhazards = []\ninput = \"a\\r\"\nexpect = { hex = '610d' }\n");
    let alone = |more: &[&str]| fuzzed(&project, &[&["--plans", "0", "--save", FOUND], more].concat());
    let (said, status) = alone(&[]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.starts_with("differs: ") && said.contains(" odd, saved as found/return\n"), "{said}");
    assert!(said.contains("repeat it: samewire fuzz --plans 0 --save suite/found.toml --suite suite --client odd"), "{said}");
    assert!(said.ends_with("3 clients, 3 trials of what is saved: 1 fault found\n"), "{said}");
    let (said, status) = alone(&["--client", "one"]);
    assert!(status == Some(0) && said.ends_with("1 client, 1 trial of what is saved: nothing found\n"), "{said}");
    let (said, status) = fuzzed(&project, &["--plans", "1", "--save", FOUND]);
    assert_eq!(status, Some(1), "{said}");
    let at = |what: &str| said.find(what).expect(what);
    assert!(at("saved as found/return") < at("made/any, inputs 1 to 1: 3 clients: nothing found"), "{said}");
}

#[test]
fn programs_get_what_came_of_inputs_as_json() {
    let differences = |commands: &[(&str, &str)]| {
        let project = project(commands, "input = { generate = 'text' }");
        let (said, status) = fuzzed(&project, &["--plans", "4", "--format", "json", "--save", FOUND]);
        assert_eq!(status, Some(1), "{said}");
        let json: serde_json::Value = serde_json::from_str(&said).expect("JSON");
        valid("fuzz", &json);
        assert_eq!((&json["inputs"][0]["case"], &json["inputs"][0]["inputs"]), (&"made/any".into(), &4.into()));
        json["inputs"][0]["differences"][0].clone()
    };
    let odd = differences(&[("one", "cat"), ("two", "cat"), ("odd", "tr -d '\\r'")]);
    assert_eq!(
        (&odd["number"], &odd["hex"], &odd["odd"][0], &odd["right"][1]),
        (&4.into(), &"0d".into(), &"odd".into(), &"two".into())
    );
    assert_eq!(odd["saved"], "found/any-seed-7-input-4");
    let split = differences(&[("one", "cat"), ("odd", "tr -d '\\r'")]);
    assert!(split["split"].as_str().expect("who agrees").contains("no two agree"), "{split}");
    assert_eq!((&split["saved"], &split["unsaved"]), (&serde_json::Value::Null, &serde_json::Value::Null));
}

#[test]
fn what_is_no_text_is_saved_in_hex() {
    let all = [("one", "cat"), ("two", "cat"), ("odd", "LC_ALL=C tr -d '\\377'")];
    let project = project(&all, "input = { generate = 'octets' }");
    let (said, status) = fuzzed(&project, &["--plans", "9", "--save", FOUND]);
    assert_eq!(status, Some(1), "{said}");
    assert_eq!(saved(&project)[0]["input"]["hex"].as_str(), Some("ff"), "{said}");
}

#[test]
fn without_a_majority_that_is_told_and_fails() {
    let project = project(&[("one", "cat"), ("odd", "tr -d '\\r'")], "input = { generate = 'text' }");
    let (said, status) = fuzzed(&project, &["--plans", "4", "--save", FOUND]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("differs no majority, input 4 of made/any\n    \"\\r\"\n") && said.contains("no two agree"), "{said}");
    assert!(said.contains("not saved: nobody can say what is right"), "{said}");
    assert!(!project.path(FOUND).exists(), "nobody can say what is right");
}

#[test]
fn where_there_is_a_decoder_messages_agree_and_not_octets() {
    let all = [("one", "cat"), ("two", "cat"), ("other", "awk 1")];
    let case = "input = { generate = 'number' }\ndecode = 'lines'\n";
    let agreed = project(&all, &format!("{case}ignore_fields = ['end']"));
    let (said, status) = fuzzed(&agreed, &["--plans", "5"]);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("seed 7, made/any, inputs 1 to 5: 3 clients: nothing found"), "{said}");
    let (said, status) = fuzzed(&project(&all, case), &["--plans", "5"]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("differs other, input 1 of made/any"), "{said}");
}

#[test]
fn such_a_case_is_for_fuzzing_alone_and_says_nothing_of_what_is_right() {
    let project = project(&[("one", "cat"), ("two", "cat")], "input = { generate = 'json' }");
    project.write("suite/plain.toml", "[[case]]\nname = 'a'\nabout = 'x'\nhazards = []\ninput = 'a'\nexpect = { text = 'a' }\n");
    let run = project.samewire(&["run", "--suite", "suite"]).timeout(PATIENCE).assert().code(0);
    run.stdout(
        contains("made/any is for `samewire fuzz` alone").and(contains("6 trials: 6 passed")).and(contains("missing").not()),
    );
    for (wrong, why) in [
        ("input = { generate = 'text' }\nexpect = { text = 'a' }", "remove `expect`"),
        ("input = { generate = 'text' }\nplan = 'text a'", "remove `plan`"),
        ("input = { generate = 'nonsense' }", "of text, octets, json or number"),
        ("input = { generate = 'text', up_to = 99999999 }", "octets are the most"),
        ("input = { hex = 'f' }\nexpect = { text = 'a' }", "pairs of 0-9"),
    ] {
        project.write("suite/made.toml", &format!("[[case]]\nname = 'any'\nabout = 'x'\nhazards = []\n{wrong}\n"));
        project.samewire(&["run", "--suite", "suite"]).timeout(PATIENCE).assert().code(2).stderr(contains(why));
    }
}

#[test]
fn one_client_alone_agrees_with_nobody() {
    let project = project(&[("one", "cat")], "input = { generate = 'text' }");
    let (said, status) = fuzzed(&project, &["--plans", "2"]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("there are not two to agree"), "{said}");
}
