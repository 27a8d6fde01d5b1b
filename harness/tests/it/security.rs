//! What docs/security.md says holds a line is there, and so is the test that shows it.

use std::fs;
use std::path::Path;

/// What stands in backticks, in its order.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Names in a cell, each with the file that stands before it; and files with nothing behind them, with no name.
fn named<'a>(cell: &'a str) -> Vec<(&'a str, Option<&'a str>)> {
    let mut all: Vec<(&'a str, Option<&'a str>)> = Vec::new();
    for word in quoted(cell) {
        match all.last().copied() {
            _ if word.ends_with(".rs") => all.push((word, None)),
            Some((file, _)) if word.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'_') => {
                all.push((file, Some(word)));
            }
            _ => {}
        }
    }
    all
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// What is wrong with a row: a file or a name that is not there, or nothing that shows it.
fn flaw(row: &str) -> Option<String> {
    let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
    let [what, holds, shows] = cells.as_slice() else { return Some(format!("{row}: is not of three cells")) };
    let is_test = |text: &str, name: &str| text.contains(&format!("fn {name}(")) || text.contains(&format!(" {name}: "));
    for (cell, is_there) in
        [(holds, &(|text: &str, name: &str| text.contains(name)) as &dyn Fn(&str, &str) -> bool), (shows, &is_test)]
    {
        for (file, name) in named(cell) {
            let Ok(text) = fs::read_to_string(root().join(file)) else { return Some(format!("{what}: there is no {file}")) };
            if let Some(name) = name.filter(|name| !is_there(&text, name)) {
                return Some(format!("{what}: there is no {name} in {file}"));
            }
        }
    }
    let is_shown = named(shows).iter().any(|(_, name)| name.is_some());
    (!is_shown).then(|| format!("{what}: no test shows it"))
}

#[test]
fn each_line_is_held_and_shown() {
    let page = fs::read_to_string(root().join("docs/security.md")).expect("the page");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with('|')).skip(2).collect();
    assert!(rows.len() > 20, "{rows:?}");
    let flaws: Vec<String> = rows.iter().filter_map(|row| flaw(row)).collect();
    assert!(flaws.is_empty(), "{flaws:#?}");
}

#[test]
fn what_is_not_there_is_told() {
    let row = |holds: &str, shows: &str| flaw(&format!("| hole | {holds} | {shows} |")).unwrap_or_default();
    let ours = "`harness/tests/it/security.rs`";
    assert_eq!(row(&format!("{ours} (`flaw`)"), &format!("{ours} `what_is_not_there_is_told`")), "");
    assert!(row("`src/nowhere.rs`", "").contains("there is no src/nowhere.rs"));
    let absent = ["no", "such", "test"].join("_");
    assert!(row(ours, &format!("{ours} `{absent}`")).contains(&absent));
    assert!(row(ours, ours).contains("no test shows it"));
}
