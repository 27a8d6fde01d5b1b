//! Why a trial did not pass, in lines for people: what was expected, what came, where they part, and why. Pure.

use crate::contract::Contract;
use crate::diagnosis::{Diagnosis, UNEXPLAINED};
use crate::examine::{Drawing, LOOKED_AT};
use crate::expectation::{Content, ExpectedExit};
use crate::launch::End;
use crate::picture;
use crate::printable::{counted, line, wrapped};
use crate::session::{Planned, Session};
use crate::suite::Case;
use crate::trial::Trial;
use crate::verdict::{Observed, Verdict};

/// Lines of stderr that are shown.
const STDERR_LINES: usize = 8;

/// How wide sentences are; whoever shows them indents by two.
const WIDTH: usize = 78;

/// Diagnoses that are shown; the report has them all.
const DIAGNOSES: usize = 3;

/// Explains a trial that failed; nothing for one that passed.
#[must_use]
pub fn explain(session: &Session, planned: Planned, trial: &Trial) -> Vec<String> {
    let case = &session.cases[planned.case];
    let mut lines: Vec<String> = trial.problem.iter().flat_map(|problem| problem.lines()).map(line).collect();
    if !session.fails(planned, trial.judgement.verdict) && trial.judgement.verdict != Verdict::KnownFailure {
        return lines;
    }
    lines.extend(known(trial));
    if let Some(observed) = &trial.observed {
        lines.extend(ended(case, observed.end));
        lines.extend(diagnosed(&trial.examination.diagnoses));
        lines.extend(connections(case, observed));
        lines.extend(trial.examination.drawings.iter().flat_map(drawn));
        lines.extend(digests(case, observed));
        lines.extend(endings(case, observed));
        lines.extend(left_early(case, observed));
    }
    lines.extend(stderr(&trial.stderr));
    lines.push(format!("repeat it: {}", session.repeat(planned)));
    lines
}

/// What there is to say where a client is known to fail, and does it otherwise or not at all.
fn known(trial: &Trial) -> Option<String> {
    let known = trial.known.as_ref()?;
    let reason = line(&known.reason);
    match (trial.judgement.verdict, &known.diagnosis) {
        (Verdict::UnexpectedPass, _) => {
            Some(format!("it is known to fail ({reason}) and passed: take the entry away, {}", known.location))
        }
        (Verdict::KnownFailure, _) => Some(format!("known to fail: {reason}")),
        (_, Some(diagnosis)) => {
            Some(format!("it is known to fail as {diagnosis}, and this is something else ({})", known.location))
        }
        (_, None) => None,
    }
}

fn ended(case: &Case, end: End) -> Option<String> {
    let asked = match case.exit {
        ExpectedExit::Zero => String::new(),
        ExpectedExit::NonZero => ", and was to end in anything but 0".into(),
        ExpectedExit::Status(status) => format!(", and was to end in {status}"),
    };
    match end {
        End::Exit(0) if case.exit == ExpectedExit::Zero => None,
        End::Exit(status) if case.exit == ExpectedExit::Status(status) => None,
        End::Exit(1..) if case.exit == ExpectedExit::NonZero => None,
        End::Exit(status) => Some(format!("the client ended in {status}{asked}")),
        End::Signal(signal) => Some(format!("the client was ended by signal {signal}{asked}")),
        End::TimedOut => Some("the client's time was up".into()),
        End::Interrupted => Some("the run was stopped".into()),
        End::Unknown => Some("it was started by hand: only its octets and endings are judged".into()),
    }
}

/// The lines that say why octets differ: the likeliest cause with its hint, and others that hold as well.
pub(crate) fn diagnosed(diagnoses: &[Diagnosis]) -> Vec<String> {
    let named: Vec<&Diagnosis> = diagnoses.iter().filter(|diagnosis| diagnosis.name != UNEXPLAINED).collect();
    let mut lines = Vec::new();
    for (index, diagnosis) in named.iter().take(DIAGNOSES).enumerate() {
        let or = if index == 0 { "" } else { "or: " };
        lines.extend(wrapped(&format!("{or}{} ({})", line(&diagnosis.sentence), diagnosis.name), WIDTH));
        // The hint of the likeliest cause alone, or the reader has to choose among culprits.
        let hint = diagnosis.hint.iter().filter(|_| index == 0);
        lines.extend(hint.flat_map(|hint| wrapped(&line(hint), WIDTH - 2)).map(|hint| format!("  {hint}")));
    }
    if named.len() > DIAGNOSES {
        lines.push(format!("or one of {} more causes that the report names", named.len() - DIAGNOSES));
    }
    lines
}

fn connections(case: &Case, observed: &Observed) -> Option<String> {
    let (expected, came) = (case.connections.len(), observed.connections.len());
    (expected != came).then(|| format!("expected {}, and {came} came", counted(expected, "connection")))
}

fn drawn(drawing: &Drawing) -> Vec<String> {
    let (expected, captured) = (counted(drawing.expected as usize, "octet"), drawing.captured);
    let mut lines = vec![match drawing.connection {
        Some(connection) => format!("connection {connection}: expected {expected}, captured {captured}"),
        None => format!("what it received and printed: expected {expected}, printed {captured}"),
    }];
    if drawing.picture.first_difference.is_none() {
        lines.push(format!("the first {LOOKED_AT} octets are the same, and no more is looked at"));
        return lines;
    }
    lines.extend(picture::lines(&drawing.picture, ["expected", "captured"]));
    lines
}

/// Digests that differ, where the octets behind what was expected are not known.
fn digests(case: &Case, observed: &Observed) -> Vec<String> {
    let pairs = case.connections.iter().zip(&observed.connections).enumerate();
    let unknown = pairs.filter(|(_, (expected, seen))| {
        case.plan.is_none() && matches!(expected.content, Content::Digest { .. }) && !seen.content.matches
    });
    unknown
        .flat_map(|(index, (expected, seen))| {
            let counts = [expected.content.length(), seen.content.length];
            [
                format!("connection {}: expected {} octets, captured {}", index + 1, counts[0], counts[1]),
                format!("  expected  sha256 {}", expected.content.sha256().unwrap_or_default()),
                format!("  captured  sha256 {}", seen.content.sha256),
                "  where they part is not known: the case has a digest and no plan".into(),
            ]
        })
        .collect()
}

fn endings(case: &Case, observed: &Observed) -> Vec<String> {
    let pairs = case.connections.iter().zip(&observed.connections).enumerate();
    let wrong = pairs.filter(|(_, (expected, seen))| expected.ending != seen.ending);
    wrong
        .map(|(index, (expected, seen))| {
            format!("connection {}: expected to end in {}, ended in {}", index + 1, expected.ending, seen.ending)
        })
        .collect()
}

fn left_early(case: &Case, observed: &Observed) -> Option<String> {
    let early = case.contract == Some(Contract::HeldClose) && !observed.waited;
    early.then(|| "the client left before the server had closed: after FIN, read until the end of the stream".into())
}

fn stderr(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let shown = &lines[lines.len().saturating_sub(STDERR_LINES)..];
    shown.iter().map(|text| format!("stderr: {}", line(text))).collect()
}
