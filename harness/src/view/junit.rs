//! A report as JUnit XML: one test suite a client, one test case a trial.
//!
//! What is in a trial's name is in the test's: the suite is the client, the class name client and group, the name case and profile.
//! What was skipped and what is known to fail is `skipped`; what the client did wrong a `failure`; what kept it from being tried an
//! `error`. What makes the run fail beside its trials is an `error` in a suite of its own, so that no failed run looks green.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, SerializeError, TestCase, TestCaseStatus, TestSuite};

use crate::judge::verdict::Verdict;
use crate::printable;
use crate::report::{Report, TrialReport};

/// Connections of a trial of which it is said who sent on them; the report has them all.
const CONNECTIONS: usize = 20;

/// The suite of what is wrong beside the trials.
const RUN: &str = "samewire";

/// The whole document.
///
/// # Errors
/// Whatever the serializer says.
pub fn render(report: &Report) -> Result<String, SerializeError> {
    let mut suites: BTreeMap<String, TestSuite> = BTreeMap::new();
    let told = told_elsewhere(report);
    for trial in &report.trials {
        let label = report.label(trial.run, &trial.client);
        let suite = suites.entry(label.clone()).or_insert_with(|| suite(report, trial, &label));
        suite.add_test_case(case(
            report,
            trial,
            &label,
            told.get(&(trial.run, trial.name.as_str())).map(|told| report.full_name(told)),
        ));
    }
    let mut junit = quick_junit::Report::new("samewire");
    junit.set_time(Duration::from_millis(report.runs.iter().map(|run| run.duration_ms).sum()));
    junit.add_test_suites(faults(report));
    junit.add_test_suites(suites.into_values());
    junit.to_string()
}

/// What makes the run fail beside its trials; nothing where there is none.
fn faults(report: &Report) -> Option<TestSuite> {
    let mut suite = TestSuite::new(RUN);
    for fault in report.faults() {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type("problem");
        status.set_message(xml(&fault));
        let mut case = TestCase::new(xml(&fault), status);
        case.set_classname(RUN);
        suite.add_test_case(case);
    }
    (!suite.test_cases.is_empty()).then_some(suite)
}

/// Trials that failed as the same case did in another profile, by run and name, each with the trial that tells it.
fn told_elsewhere(report: &Report) -> HashMap<(usize, &str), &TrialReport> {
    let failures = report.failures();
    failures.iter().flat_map(|told| told.others.iter().map(|other| ((other.run, other.name.as_str()), told.trial))).collect()
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
    let times = report.trials.iter().filter(|other| report.label(other.run, &other.client) == label);
    suite.set_time(Duration::from_millis(times.map(|trial| trial.duration_ms).sum()));
    suite
}

fn case(report: &Report, trial: &TrialReport, label: &str, same: Option<String>) -> TestCase {
    let mut case = TestCase::new(xml(&trial.case_and_profile()), status(report, trial, same.as_deref()));
    case.set_classname(xml(&format!("{label}.{}", trial.group())));
    case.set_time(Duration::from_millis(trial.duration_ms));
    if let Some(client) = report.client_of(trial) {
        case.extra.insert("file".into(), xml(&client.source.display().to_string()).into());
    }
    for (number, holders) in (1..).zip(&trial.processes).take(CONNECTIONS) {
        let octets = trial.captured.get(number - 1).map_or(0, |captured| captured.length);
        let said = format!("{holders}, {}", printable::counted(usize::try_from(octets).unwrap_or(usize::MAX), "octet"));
        case.properties.push(Property::new(format!("connection-{number}"), xml(&said)));
    }
    if trial.processes.len() > CONNECTIONS {
        case.properties.push(Property::new("connections-left-out", (trial.processes.len() - CONNECTIONS).to_string()));
    }
    if let Some(packets) = &trial.packets {
        let file = packets.file.as_ref().map(|file| file.display().to_string());
        case.properties.extend(file.map(|file| Property::new("packets", xml(&file))));
        case.properties.extend(packets.remarks.iter().map(|remark| Property::new("packets-remark", xml(remark))));
    }
    if let Some(server) = &trial.server {
        let version = server.version.as_deref().unwrap_or_default();
        case.properties.push(Property::new("server", xml(format!("{} {version}", server.name).trim_end())));
    }
    if !trial.stderr.is_empty() {
        case.set_system_err(xml(&trial.stderr));
    }
    case
}

fn status(report: &Report, trial: &TrialReport, same: Option<&str>) -> TestCaseStatus {
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
    if let Some(same) = same {
        status.set_description(xml(&format!(
            "{sentence}\nthe same as {same}, which has the details\nrepeat it: {}\n",
            trial.repeat
        )));
        return status;
    }
    let diagnoses: Vec<&str> = trial.diagnoses.iter().map(|diagnosis| diagnosis.name.as_str()).collect();
    let diagnoses = if diagnoses.is_empty() { String::new() } else { format!("diagnoses: {}\n", diagnoses.join(", ")) };
    status.set_description(xml(&format!("{}\n{diagnoses}", report.told(trial).join("\n"))));
    status
}

/// Text that XML can carry: what it has no characters for is shown as an escape.
fn xml(text: &str) -> String {
    printable::text(text).replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}")
}
