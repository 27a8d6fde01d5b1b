//! The contract, sentence by sentence: each is in `contract.toml` with what goes red when a client breaks it, and does.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::support::Project;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    sentence: Vec<Sentence>,
}

/// A sentence, and one of: a fault with the trial that catches it, a test, a reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sentence {
    says: String,
    fault: Option<String>,
    trial: Option<String>,
    shown_by: Option<String>,
    not_held: Option<String>,
}

#[track_caller]
fn table() -> Vec<Sentence> {
    toml::from_str::<Table>(include_str!("contract.toml")).expect("a table of sentences").sentence
}

/// The sentences of what clients/README.md says of the contract and of plans; a row of a table is one.
#[track_caller]
fn sentences() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../clients/README.md");
    let text = fs::read_to_string(path).expect("the contract");
    let (_, text) = text.split_once("## The contract\n").expect("its beginning");
    let (text, _) = text.split_once("## client.toml\n").expect("its end");
    let mut paragraphs: Vec<String> = vec![String::new()];
    for line in text.lines() {
        match line.strip_prefix("- ") {
            Some(item) => paragraphs.push(item.into()),
            None if line.is_empty() || line.starts_with(['#', '|']) => paragraphs.push(line.into()),
            None => paragraphs.last_mut().expect("a paragraph").push_str(&format!(" {}", line.trim())),
        }
    }
    paragraphs.iter().filter(|paragraph| !is_heading(paragraph)).flat_map(|paragraph| cut(paragraph)).collect()
}

/// Headings, and the first two rows of tables.
fn is_heading(paragraph: &str) -> bool {
    const ROWS: [&str; 4] = ["| placeholder |", "| exit status |", "| line |", "|---|"];
    paragraph.starts_with('#') || ROWS.iter().any(|row| paragraph.starts_with(row))
}

fn cut(paragraph: &str) -> Vec<String> {
    if paragraph.starts_with('|') {
        return vec![paragraph.into()];
    }
    let sentences = paragraph.trim().split_inclusive(". ").map(|sentence| sentence.trim().to_owned());
    sentences.filter(|sentence| !sentence.is_empty()).collect()
}

#[test]
fn every_sentence_of_the_contract_is_in_the_table_and_no_other() {
    let table = table();
    let held: BTreeSet<&str> = table.iter().map(|sentence| sentence.says.as_str()).collect();
    let said = sentences();
    let said: BTreeSet<&str> = said.iter().map(String::as_str).collect();
    let missing: Vec<_> = said.difference(&held).collect();
    let gone: Vec<_> = held.difference(&said).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not in contract.toml: {missing:#?}; not in clients/README.md: {gone:#?}");
    for Sentence { says, fault, trial, shown_by, not_held } in &table {
        let ways = [fault.is_some(), shown_by.is_some(), not_held.is_some()].iter().filter(|way| **way).count();
        assert!(ways == 1 && fault.is_some() == trial.is_some(), "one way to hold a client to it: {says}");
    }
}

#[test]
fn every_test_that_the_table_names_is_there() {
    let mut code = String::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut code);
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"), &mut code);
    for name in table().iter().filter_map(|sentence| sentence.shown_by.as_ref()) {
        assert!(code.contains(&format!("fn {name}()")), "there is no test {name}");
    }
}

#[track_caller]
fn collect(folder: &Path, code: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        match entry.is_dir() {
            true => collect(&entry, code),
            false => code.push_str(&fs::read_to_string(&entry).unwrap_or_default()),
        }
    }
}

#[test]
fn whoever_breaks_a_sentence_is_caught_by_its_trial() {
    let table = table();
    let held: Vec<(&str, &str)> =
        table.iter().filter_map(|sentence| Some((sentence.fault.as_deref()?, sentence.trial.as_deref()?))).collect();
    let options = held.iter().flat_map(|(fault, trial)| ["--fault", fault, "--case", trial]);
    let arguments: Vec<&str> = ["self-check", "--format", "json"].into_iter().chain(options).collect();
    let run = Project::new().samewire(&arguments).output().expect("a run");
    let matrix: Value = serde_json::from_slice(&run.stdout).expect("JSON");
    let trials = matrix["faults"].as_array().expect("faults").iter().flat_map(|fault| {
        let caught = fault["trials"].as_array().into_iter().flatten().filter(|trial| trial["caught"] == true);
        caught.map(|trial| (fault["fault"].as_str().unwrap_or_default(), trial["case"].as_str().unwrap_or_default()))
    });
    let caught: BTreeSet<(&str, &str)> = trials.collect();
    let survives: Vec<_> = held.iter().filter(|pair| !caught.contains(*pair)).collect();
    assert!(survives.is_empty(), "{survives:?}");
}
