//! docs/real-clients.md: it has the known differences of the clients of `examples/`, and no others. What they send now is asked by `ci/slow`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// An example, a case, a client, and why it differs there.
type Difference = [String; 4];

#[test]
fn the_page_of_real_clients_has_each_known_difference_and_no_other() {
    let page = fs::read_to_string(root().join("docs/real-clients.md")).expect("the page");
    let (written, known) = (written(&page), known());
    let stale = "docs/real-clients.md is stale: run ci/real-clients";
    assert!(!known.is_empty());
    assert_eq!(written.symmetric_difference(&known).collect::<Vec<_>>(), Vec::<&Difference>::new(), "{stale}");
}

#[test]
fn the_page_of_real_clients_says_of_each_case_what_it_is_about() {
    let page = fs::read_to_string(root().join("docs/real-clients.md")).expect("the page");
    let mut example = "";
    let mut lines = page.lines();
    let mut count = 0;
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("## ") {
            example = name;
        } else if let Some(case) = line.strip_prefix("### ") {
            let about = lines.find(|line| !line.is_empty()).expect("what it is about");
            assert_eq!(about, format!("{}.", about_of(example, case)), "{example}, {case}: run ci/real-clients");
            count += 1;
        }
    }
    assert!(count > 0);
}

/// What a case of an example is about.
#[track_caller]
fn about_of(example: &str, case: &str) -> String {
    let (group, name) = case.split_once('/').expect("GROUP/CASE");
    let file = root().join("examples").join(example).join("cases").join(group).with_extension("toml");
    let table: toml::Table = fs::read_to_string(file).expect("a file of cases").parse().expect("TOML");
    let cases = table["case"].as_array().expect("cases");
    text_of(cases.iter().find(|case| text_of(case, "name") == name).expect("a case of that name"), "about")
}

/// Rows `| client | what is said | reason |` below `### case` below `## example`; a `|` in what is said has a `\` before it.
fn written(page: &str) -> BTreeSet<Difference> {
    let (mut example, mut case) = ("", "");
    let mut found = BTreeSet::new();
    for line in page.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            (example, case) = (name, "");
        } else if let Some(name) = line.strip_prefix("### ") {
            case = name;
        } else if let Some(row) = line.strip_prefix("| ").filter(|row| !case.is_empty() && !row.starts_with("client |")) {
            found.extend(difference(example, case, row));
        }
    }
    found
}

fn difference(example: &str, case: &str, row: &str) -> Option<Difference> {
    let (label, rest) = row.split_once(" | ")?;
    let (_, reason) = rest.trim_end_matches(" |").rsplit_once(" | ")?;
    // The profile stands behind the client.
    let client = label.split('+').next()?;
    Some([example, case, client, reason].map(str::to_owned))
}

fn known() -> BTreeSet<Difference> {
    let mut found = BTreeSet::new();
    for example in folders(&root().join("examples")) {
        for client in folders(&example.join("clients")) {
            let text = fs::read_to_string(client.join("client.toml")).expect("a client.toml");
            let table: toml::Table = text.parse().expect("TOML");
            let entries = table.get("known_failure").and_then(toml::Value::as_array).into_iter().flatten();
            found.extend(entries.map(|entry| [name(&example), text_of(entry, "case"), name(&client), text_of(entry, "reason")]));
        }
    }
    found
}

#[track_caller]
fn text_of(entry: &toml::Value, key: &str) -> String {
    entry[key].as_str().expect("a text").to_owned()
}

fn name(folder: &Path) -> String {
    folder.file_name().expect("a name").to_string_lossy().into_owned()
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.filter(|path| path.is_dir()).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
