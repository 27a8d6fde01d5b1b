//! What this repository says of itself is so.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use samewire::plan::{Plan, WORDS, encode};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[track_caller]
fn read(relative: &str) -> String {
    fs::read_to_string(root().join(relative)).unwrap_or_else(|error| panic!("{relative}: {error}"))
}

/// The scripts below ci/ that a text calls.
fn scripts(text: &str) -> BTreeSet<String> {
    let words = text.lines().filter(|line| !line.trim_start().starts_with('#')).flat_map(str::split_whitespace);
    words.filter(|word| word.starts_with("ci/")).map(str::to_owned).collect()
}

#[test]
fn the_workflow_and_the_gate_call_the_same_scripts_and_they_exist() {
    let workflow = scripts(&read(".github/workflows/ci.yml"));
    assert_eq!(workflow, scripts(&read(".ci/run")));
    assert!(workflow.contains("ci/check"), "{workflow:?}");
    for script in workflow {
        assert!(root().join(&script).is_file(), "{script} is not there");
    }
}

#[test]
fn the_example_plan_in_the_contract_makes_the_octets_beside_it() {
    let contract = read("clients/README.md");
    let (_, section) = contract.split_once("## Every word, and its octets").expect("the section");
    let table = section.split("```").nth(1).and_then(|block| block.strip_prefix("text\n")).expect("the table");
    let mut words = BTreeSet::from(["reset"]);
    let mut plan = String::new();
    let mut octets = String::new();
    for row in table.lines() {
        let (line, hex) = row.split_once("  ").unwrap_or((row, ""));
        plan += &format!("{line}\n");
        octets += hex.trim();
        words.extend(line.split(' ').next());
    }
    let plan = Plan::parse(&plan).expect("a valid plan");
    assert_eq!(samewire::hex::encode(&encode(&plan)[0].octets), octets);
    assert_eq!(words, WORDS.iter().copied().collect());
}

#[test]
fn the_embedding_lines_in_the_readme_are_those_of_our_own_test() {
    let ours = read("harness/tests/interop.rs");
    let (_, main) = ours.split_once("\n\n").expect("a comment and a main");
    assert!(read("README.md").contains(main));
}

#[test]
fn existing_programs_are_judged_without_reading_plans() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let mut command = assert_cmd::Command::new(super::support::SAMEWIRE);
    command.current_dir(root().join("examples/greetings")).args(["run", "--out"]).arg(out.path().join("report"));
    // With SAMEWIRE_REQUIRE, as in the gate, both must be there.
    command.assert().code(0).stdout(predicates::str::contains(" passed"));
}
