//! A report as JUnit XML: one test suite a client, one test case a trial.
//!
//! What is in a trial's name is in the test's: the suite is the client, the class name client and group, the name case and profile.
//! What was skipped and what is known to fail is `skipped`; what the client did wrong a `failure`; what kept it from being tried an
//! `error`.

use std::collections::BTreeMap;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, SerializeError, TestCase, TestCaseStatus, TestSuite};

use crate::printable;
use crate::report::{Report, TrialReport};
use crate::verdict::Verdict;

/// The whole document.
///
/// # Errors
/// Whatever the serializer says.
pub fn render(report: &Report) -> Result<String, SerializeError> {
    let mut suites: BTreeMap<String, TestSuite> = BTreeMap::new();
    for trial in &report.trials {
        let label = report.label(trial.run, &trial.client);
        let suite = suites.entry(label.clone()).or_insert_with(|| suite(report, trial, &label));
        suite.add_test_case(case(report, trial, &label));
    }
    let mut junit = quick_junit::Report::new("samewire");
    junit.set_time(Duration::from_millis(report.runs.iter().map(|run| run.duration_ms).sum()));
    junit.add_test_suites(suites.into_values());
    junit.to_string()
}

/// The suite of the client of a trial, without its cases.
fn suite(report: &Report, trial: &TrialReport, label: &str) -> TestSuite {
    let mut suite = TestSuite::new(xml(label));
    let mut property = |name: &str, value: &str| {
        suite.add_property(Property::new(name, xml(value)));
    };
    property("samewire", &report.samewire);
    property("platform", &report.platform_of(trial.run));
    if let Some(client) = report.client_of(trial) {
        property("version", client.version.as_deref().unwrap_or_default());
        property("about", &client.about);
    }
    if let Some(run) = report.runs.get(trial.run) {
        suite.timestamp = run.started.parse().ok();
    }
    let times = report.trials.iter().filter(|other| other.run == trial.run && other.client == trial.client);
    suite.set_time(Duration::from_millis(times.map(|trial| trial.duration_ms).sum()));
    suite
}

fn case(report: &Report, trial: &TrialReport, label: &str) -> TestCase {
    let mut case = TestCase::new(xml(&trial.case_and_profile()), status(trial));
    case.set_classname(xml(&format!("{label}.{}", trial.group())));
    case.set_time(Duration::from_millis(trial.duration_ms));
    if let Some(client) = report.client_of(trial) {
        case.extra.insert("file".into(), xml(&client.source.display().to_string()).into());
    }
    if !trial.stderr.is_empty() {
        case.set_system_err(xml(&trial.stderr));
    }
    case
}

fn status(trial: &TrialReport) -> TestCaseStatus {
    let mut status = match trial.verdict {
        Verdict::SetupError | Verdict::Missing | Verdict::Interrupted if trial.failed => {
            TestCaseStatus::non_success(NonSuccessKind::Error)
        }
        _ if trial.failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Passed => return TestCaseStatus::success(),
        _ => TestCaseStatus::skipped(),
    };
    let sentence = trial.sentence();
    status.set_type(trial.verdict.name());
    status.set_message(xml(&sentence));
    let diagnoses: Vec<&str> = trial.diagnoses.iter().map(|diagnosis| diagnosis.name.as_str()).collect();
    let diagnoses = if diagnoses.is_empty() { String::new() } else { format!("diagnoses: {}\n", diagnoses.join(", ")) };
    status.set_description(xml(&format!("{}\n{diagnoses}", trial.told().join("\n"))));
    status
}

/// Text that XML can carry: what it has no characters for is shown as an escape.
fn xml(text: &str) -> String {
    printable::text(text).replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}")
}
