//! How many wrong senders fuzzing finds from nothing: each beside the right one. It takes an hour, and `ci/slow` runs it.
//!
//! `SAMEWIRE_FUZZ` says how far (`--seconds 20`), `SAMEWIRE_FAULTS` which senders, separated by commas (all).

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use samewire::senders::{RIGHT, faults};

use super::support::Project;

/// Longer than searching and shrinking take together.
const PATIENCE: Duration = Duration::from_secs(300);

const FOUND: &str = "suite/found.toml";

/// What no valid plan shows with a server that answers at once and does as it should, or none that does not wait long.
const NOT_OF_PLANS: &[&str] = &[
    "buffers-while-pausing",
    "buffers-while-receiving",
    "cannot-without-plan",
    "checks-as-it-goes",
    "claims-success",
    "fails-at-unknown-words",
    "gives-up-waiting",
    "half-closes-late",
    "ignores-bare-words",
    "ignores-unknown-words",
    "impatient",
    "needs-no-plan",
    "patient-for-5-s",
    "short-write",
    "takes-reset-for-close",
    "words-by-their-beginning",
    "words-in-any-case",
];

#[derive(Debug)]
struct Hunted {
    is_found: bool,
    accuses_right: bool,
    /// Whether what was saved passes for the right sender, and fails for the wrong one.
    tells_them_apart: bool,
    /// Lines of the longest plan that was saved.
    lines: usize,
    took: Duration,
}

fn hunted(fault: &str, extent: &[&str]) -> Hunted {
    let project = Project::new();
    project.sender(RIGHT, "timeout_ms = 20000").sender(fault, "timeout_ms = 20000");
    fs::create_dir(project.path("suite")).expect("a folder");
    let started = Instant::now();
    let mut fuzz = project.samewire(&["fuzz", "--seed", "7", "--save", FOUND]);
    let output = fuzz.args(extent).timeout(PATIENCE).output().expect("fuzzing");
    let took = started.elapsed();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let fails = said.lines().filter_map(|line| line.trim().strip_prefix("fails: ")?.split(';').next());
    let accuses_right = fails.into_iter().any(|names| names.split([',', ' ']).any(|name| name == RIGHT));
    let file: toml::Table = fs::read_to_string(project.path(FOUND)).unwrap_or_default().parse().expect("TOML");
    let plans = file.get("case").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let lines = plans.iter().map(|case| case["plan"].as_str().expect("a plan").lines().count()).max().unwrap_or(0);
    let run = |client: &str| {
        let mut run = project.samewire(&["run", "--suite", "suite", "--case", "found/*", "--client", client]);
        run.timeout(PATIENCE).output().expect("a run").status.code()
    };
    let is_found = output.status.code() == Some(1) && !plans.is_empty();
    let tells_them_apart = is_found && (run(RIGHT), run(fault)) == (Some(0), Some(1));
    Hunted { is_found, accuses_right, tells_them_apart, lines, took }
}

#[test]
#[ignore = "it takes an hour: ci/slow runs it"]
fn every_wrong_sender_that_plans_show_is_found_from_nothing_and_the_right_one_never_accused() {
    let extent = std::env::var("SAMEWIRE_FUZZ").unwrap_or_else(|_| "--seconds 20".into());
    let extent: Vec<&str> = extent.split(' ').collect();
    let asked = std::env::var("SAMEWIRE_FAULTS").unwrap_or_default();
    let asked: BTreeSet<&str> = asked.split(',').filter(|name| !name.is_empty()).collect();
    let is_asked = |name: &&str| *name != RIGHT && (asked.is_empty() || asked.contains(*name));
    let mut wrong = Vec::new();
    for name in faults().map(|fault| fault.name).filter(is_asked) {
        let hunted = hunted(name, &extent);
        let seconds = hunted.took.as_secs_f64();
        eprintln!(
            "{name}: found {}, {seconds:.1} s, {} lines, tells apart {}, accuses right {}",
            hunted.is_found, hunted.lines, hunted.tells_them_apart, hunted.accuses_right
        );
        let is_right = !hunted.accuses_right && (NOT_OF_PLANS.contains(&name) || hunted.is_found && hunted.tells_them_apart);
        wrong.extend((!is_right).then(|| format!("{name}: {hunted:?}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
