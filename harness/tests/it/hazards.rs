//! No hazard is uncovered: each has a case that provokes it, or a reason why none can.

use std::collections::BTreeSet;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use samewire::hex;
use samewire::suite::Suite;
use samewire::suite::hazards::{hazards, tags};

use super::support::Project;

/// How many ways there are that were seen; a row that gets lost is missed here.
const KNOWN: usize = 113;

fn wire() -> Suite {
    Suite::load(&["builtin:wire".into()]).expect("the wire suite")
}

#[test]
fn no_hazard_is_uncovered() {
    assert!(hazards().len() >= KNOWN, "{}", hazards().len());
    for hazard in hazards() {
        let reason = hazard.beyond.as_deref().unwrap_or_default();
        assert!(!hazard.shown_by.is_empty() || !reason.is_empty(), "{} has neither a case nor a reason", hazard.name);
        assert!(!hazard.languages.is_empty() && !hazard.cause.is_empty(), "{}", hazard.name);
    }
    let names: BTreeSet<&str> = hazards().iter().map(|hazard| hazard.name.as_str()).collect();
    assert_eq!(names.len(), hazards().len(), "two hazards have the same name");
}

#[test]
fn every_case_that_shows_a_hazard_exists() {
    let cases: BTreeSet<String> = wire().cases.into_iter().map(|case| case.name).collect();
    for hazard in hazards() {
        let unknown: Vec<&String> = hazard.shown_by.iter().filter(|case| !cases.contains(*case)).collect();
        assert!(unknown.is_empty(), "{}: {unknown:?}", hazard.name);
    }
}

#[test]
fn what_arrived_is_not_what_was_intended() {
    for hazard in hazards() {
        assert_eq!(hazard.intended.is_some(), hazard.arrived.is_some(), "{}", hazard.name);
        for octets in [&hazard.intended, &hazard.arrived].into_iter().flatten() {
            assert!(hex::decode(octets).is_some(), "{}: {octets}", hazard.name);
        }
        assert!(hazard.intended.is_none() || hazard.intended != hazard.arrived, "{}", hazard.name);
    }
}

#[test]
fn every_tag_of_a_case_is_documented_and_used() {
    let used: BTreeSet<String> = wire().cases.into_iter().flat_map(|case| case.hazards).collect();
    let documented: BTreeSet<String> = tags().iter().map(|tag| tag.name.clone()).collect();
    assert_eq!(used, documented);
    assert_eq!(documented.len(), tags().len(), "a tag is there twice");
}

#[test]
fn the_list_of_hazards_fits_a_terminal_and_names_language_and_case() {
    let output = Project::new().samewire(&["list", "--hazards"]).assert().code(0).get_output().stdout.clone();
    let output = String::from_utf8(output).expect("text");
    assert!(output.lines().all(|line| line.chars().count() <= 80), "{output}");
    assert!(output.contains("  echo-adds-line-feed [shell]\n"), "{output}");
    assert!(output.contains("68656c6c6f became 68656c6c6f0a\n"), "{output}");
    assert!(output.contains("shown by text/ascii"), "{output}");
}

#[test]
fn the_list_of_diagnoses_has_their_names_and_sentences() {
    let project = Project::new();
    let first = samewire::diagnosis::causes().next().expect("a cause");
    project.samewire(&["list", "--diagnoses"]).assert().code(0).stdout(contains(&first.name).and(contains(&first.sentence)));
}
