//! A report as workflow commands of GitHub Actions: what failed, at the file where it is mended.
//!
//! An error of each failure at the source of its client, and a notice of each case that failed at its line. GitHub shows ten of a kind
//! for each step, so the last of more says how many there are; what concerns a whole run or client comes first, then each client and
//! each of its causes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::client::CLIENT_FILE;
use crate::judge::agreement::{Sender, by_platform};
use crate::judge::verdict::Verdict;
use crate::printable::{counted, line};
use crate::report::{CaseReport, Failure, NotRun, Report, TrialReport};
use crate::suite::BUILTIN;

/// Annotations of a kind that GitHub shows for a step.
const MOST: usize = 10;

/// An annotation: where, its title, and what it says.
struct Annotation<'a> {
    file: Cow<'a, Path>,
    line: Option<usize>,
    title: String,
    message: String,
}

/// Where the files are that a report names.
#[derive(Debug, Clone)]
pub struct Places {
    /// The folder that GitHub wants to see files from.
    pub root: PathBuf,
    /// The folder of samewire.toml, from which reports see them.
    pub base: PathBuf,
}

/// The commands, one a line. Files are named as they are seen from the root, as GitHub wants them.
#[must_use]
pub fn render(report: &Report, places: &Places) -> String {
    let mut errors: Vec<Annotation<'_>> = report.faults().into_iter().map(of_problem).collect();
    errors.extend(report.not_run().into_iter().map(|first| of_client(report, first)));
    errors.extend(report.failures().iter().map(|failure| of_failure(report, failure)));
    commands("error", &errors, places) + &commands("notice", &of_cases(report), places)
}

/// Text in which no line is a workflow command: for whatever is printed while GitHub reads along.
#[must_use]
pub fn defused(text: &str) -> Cow<'_, str> {
    let bare = anstream::adapter::strip_str(text).to_string();
    if !bare.lines().any(is_command) {
        return text.into();
    }
    let lines = bare.split_inclusive('\n').map(|line| match is_command(line) {
        true => line.replace("##[", "## [").replacen("::", ": :", 1),
        false => line.to_owned(),
    });
    lines.collect::<String>().into()
}

/// Whether the runner would take it for a command, of the form of today or of the one before.
fn is_command(line: &str) -> bool {
    line.trim_start().starts_with("::") || line.contains("##[")
}

impl Places {
    /// A file of the report, seen from the root where it is below it.
    fn seen(&self, file: &Path) -> String {
        if file.as_os_str().is_empty() {
            return String::new();
        }
        let place = self.base.join(file);
        let seen = place.strip_prefix(&self.root).unwrap_or(file).to_string_lossy();
        if std::path::MAIN_SEPARATOR == '/' { seen.into_owned() } else { seen.replace('\\', "/") }
    }
}

/// What fails the run beside its trials, at the line that it begins with where it does.
fn of_problem<'a>(problem: String) -> Annotation<'a> {
    let at = problem.split_once(": ").and_then(|(place, _)| place.rsplit_once(':'));
    let at = at.and_then(|(file, line)| Some((PathBuf::from(file), line.parse().ok()?)));
    let (file, line) = at.map_or((PathBuf::new(), None), |(file, line)| (file, Some(line)));
    Annotation { file: file.into(), line, title: "problem".into(), message: problem }
}

/// A client that could not be made ready, or is missing and had to be there.
fn of_client<'a>(report: &'a Report, first: NotRun<'a>) -> Annotation<'a> {
    let client = report.client_of(first.trial);
    let file = client.map_or(Path::new("").into(), |client| Cow::from(client.folder.join(CLIENT_FILE)));
    let label = report.label(first.trial.run, &first.trial.client);
    Annotation {
        file: if first.trial.verdict == Verdict::Missing { file } else { source(report, first.trial) },
        line: None,
        title: format!("{} {label} ({})", first.what(), counted(first.trials(), "trial")),
        message: first.said().join("\n"),
    }
}

fn of_failure<'a>(report: &'a Report, failure: &Failure<'a>) -> Annotation<'a> {
    let trial = failure.trial;
    let also_in = failure.also_in().map(|also| format!(", {also}")).unwrap_or_default();
    let alike = if failure.alike == 0 { String::new() } else { format!(", and {} more like it", failure.alike) };
    let (file, line) = mended_at(report, trial);
    Annotation {
        file,
        line,
        title: format!("{} {}{also_in}{alike}", trial.verdict, report.full_name(trial)),
        message: report.told(trial).join("\n"),
    }
}

/// Where a failure is mended: in the client's program; where it passed and was to fail, in its client.toml.
fn mended_at<'a>(report: &'a Report, trial: &'a TrialReport) -> (Cow<'a, Path>, Option<usize>) {
    match (&trial.entry, report.client_of(trial)) {
        (Some(entry), _) if trial.verdict == Verdict::UnexpectedPass => (entry.file.as_path().into(), Some(entry.line)),
        (None, Some(client)) if trial.verdict == Verdict::UnexpectedPass => (client.folder.join(CLIENT_FILE).into(), None),
        _ => (source(report, trial), None),
    }
}

fn source<'a>(report: &'a Report, trial: &TrialReport) -> Cow<'a, Path> {
    report.client_of(trial).map_or(Path::new(""), |client| client.source.as_path()).into()
}

/// Who failed on a case: each client once, and each with its platform where there are several.
#[derive(Default)]
struct Failed<'a> {
    names: BTreeSet<&'a str>,
    senders: Vec<(&'a str, Option<String>)>,
}

/// The cases that failed, with who failed on them.
fn of_cases(report: &Report) -> Vec<Annotation<'_>> {
    let mut failed: BTreeMap<&str, Failed<'_>> = BTreeMap::new();
    for Failure { trial, .. } in report.failures() {
        let clients = failed.entry(&trial.case).or_default();
        clients.names.insert(&trial.client);
        let sender = (trial.client.as_str(), report.platform_named(trial.run));
        if !clients.senders.contains(&sender) {
            clients.senders.push(sender);
        }
    }
    let cases = report.cases.iter().filter_map(|case| Some((case, failed.get(case.name.as_str())?)));
    cases.map(|(case, clients)| of_case(case, clients)).collect()
}

/// A case that is built in has no file in the repository that GitHub shows.
fn of_case<'a>(case: &'a CaseReport, clients: &Failed<'_>) -> Annotation<'a> {
    let title = format!("{} failed with {}", case.name, counted(clients.names.len(), "client"));
    let senders = clients.senders.iter().map(|(client, platform)| Sender { client, platform: platform.as_deref() });
    let message = format!("{}: {}", case.about, by_platform(&senders.collect::<Vec<_>>()));
    if case.file.to_string_lossy().starts_with(BUILTIN) {
        let message = format!("{message} ({}:{})", case.file.display(), case.line);
        return Annotation { file: Path::new("").into(), line: None, title, message };
    }
    Annotation { file: case.file.as_path().into(), line: Some(case.line), title, message }
}

fn commands(kind: &str, annotations: &[Annotation<'_>], places: &Places) -> String {
    let shown = if annotations.len() > MOST { MOST - 1 } else { annotations.len() };
    let mut text: String = annotations.iter().take(shown).map(|annotation| command(kind, annotation, places)).collect();
    if annotations.len() > shown {
        text += &format!("::{kind} title=samewire::and {} more, which are in the report\n", annotations.len() - shown);
    }
    text
}

fn command(kind: &str, annotation: &Annotation<'_>, places: &Places) -> String {
    let file = places.seen(&annotation.file);
    let mut properties = Vec::new();
    if !file.is_empty() {
        properties.push(format!("file={}", property(&file)));
    }
    properties.extend(annotation.line.map(|line| format!("line={line}")));
    properties.push(format!("title={}", property(&annotation.title)));
    format!("::{kind} {}::{}\n", properties.join(","), message(&annotation.message))
}

/// What follows the second `::`.
fn message(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|text| line(text).replace('%', "%25")).collect();
    lines.join("%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    line(text).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}
