//! Diagnosis without a plan: what is said of two byte strings, of which nothing else is known.

use samewire::{diagnosis, hex};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pairs {
    pair: Vec<Pair>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    what: String,
    expected: String,
    captured: String,
    first: String,
    #[serde(default)]
    says: String,
    #[serde(default)]
    among: String,
}

impl Pair {
    fn complaint(&self) -> Option<String> {
        let found = diagnosis::of(&octets(&self.expected), &octets(&self.captured));
        let right = found.first().is_some_and(|first| first.name == self.first && first.sentence.contains(&self.says));
        let right = right && (self.among.is_empty() || found.iter().any(|found| found.name == self.among));
        let said: Vec<String> = found.iter().take(3).map(|found| format!("{} ({})", found.name, found.sentence)).collect();
        (!right).then(|| format!("{}: wanted {} {:?}, got {}", self.what, self.first, self.says, said.join("; ")))
    }
}

#[track_caller]
fn octets(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap_or_else(|| panic!("not hex: {text}"))
}

#[test]
fn what_is_wrong_in_a_message_without_a_plan_is_named_with_its_place() {
    let pairs: Pairs = toml::from_str(include_str!("pairs.toml")).expect("the table");
    let complaints: Vec<String> = pairs.pair.iter().filter_map(Pair::complaint).collect();
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), pairs.pair.len(), complaints.join("\n"));
}
