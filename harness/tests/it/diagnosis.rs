//! Diagnosis: what is named for octets that known faults put on the wire, and that nothing is named where nothing is wrong.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use samewire::diagnosis::{Diagnosis, Evidence, Expected, UNEXPLAINED, causes, diagnose};
use samewire::hex;
use samewire::plan::{Plan, encode};
use samewire::suite::Suite;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    row: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    case: String,
    plan: Option<String>,
    expected: String,
    wrong: String,
    first: Option<String>,
    #[serde(default)]
    among: Vec<String>,
    line: Option<usize>,
}

impl Row {
    fn complaint(&self) -> Option<String> {
        let plan = self.plan.as_deref().map(plan);
        let (expected, wrong) = (octets(&self.expected), octets(&self.wrong));
        let found = diagnoses(&[&expected], &[&wrong], plan.as_ref());
        let names = names(&found);
        let first = self.first.as_deref().is_none_or(|first| names.first() == Some(&first));
        let among = self.among.iter().all(|name| names.contains(&name.as_str()));
        let line = self.line.is_none() || found.first().map(|first| first.line) == Some(self.line);
        let wanted = (&self.first, &self.among, self.line);
        (!(first && among && line))
            .then(|| format!("{} {} -> {}: wanted {wanted:?}, got {names:?}", self.case, self.expected, self.wrong))
    }
}

#[track_caller]
fn octets(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap_or_else(|| panic!("not hex: {text}"))
}

#[track_caller]
fn plan(text: &str) -> Plan {
    Plan::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

fn diagnoses(expected: &[&[u8]], captured: &[&[u8]], plan: Option<&Plan>) -> Vec<Diagnosis> {
    let expected: Vec<Expected<'_>> = expected.iter().map(|octets| Expected { octets, masks: &[] }).collect();
    diagnose(&Evidence { expected: &expected, captured, plan })
}

fn names(found: &[Diagnosis]) -> Vec<&str> {
    found.iter().map(|diagnosis| diagnosis.name.as_str()).collect()
}

#[test]
fn what_known_faults_send_is_named() {
    let rows: Rows = toml::from_str(include_str!("diagnosis.toml")).expect("the table");
    assert!(rows.row.len() > 200);
    let complaints: Vec<String> = rows.row.iter().filter_map(Row::complaint).collect();
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), rows.row.len(), complaints.join("\n"));
}
