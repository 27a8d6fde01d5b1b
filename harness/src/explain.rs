//! Why a trial did not pass, in lines for people: what was expected, what came, where they part.
//!
//! Pure, but for reading the capture file.

use std::path::Path;

use samewire_recorder::PeerEnd;

use crate::expectation::Content;
use crate::launch::End;
use crate::observe::received;
use crate::picture::{self, Expected, Picture};
use crate::plan::{Stream, encode};
use crate::printable::{counted, line};
use crate::session::{Planned, Session};
use crate::suite::Case;
use crate::trial::{LOOKED_AT, Trial};
use crate::verdict::Verdict;

/// Lines of stderr that are shown.
const STDERR_LINES: usize = 8;

/// Explains a trial that failed; nothing for one that passed.
#[must_use]
pub fn explain(session: &Session, planned: Planned, trial: &Trial, capture: &Path) -> Vec<String> {
    let case = &session.cases[planned.case];
    let mut lines = Vec::new();
    if let Some(problem) = &trial.problem {
        lines.extend(problem.lines().map(line));
    }
    if !session.fails(planned, trial.judgement.verdict) && trial.judgement.verdict != Verdict::KnownFailure {
        return lines;
    }
    if let Some(observed) = &trial.observed {
        lines.extend(ended(observed.end));
        if case.connections.len() != observed.connections.len() {
            let (expected, came) = (case.connections.len(), observed.connections.len());
            lines.push(format!("expected {}, and {came} came", counted(expected, "connection")));
        }
        lines.extend(connections(case, trial, capture));
        if !observed.output.matches && observed.end == End::Exit(0) {
            lines.push("what it printed of what it received is not what was sent:".into());
            lines.extend(parted(&case.output, None, &trial.stdout));
        }
    }
    lines.extend(stderr(&trial.stderr));
    lines.push(format!("repeat it: {}", session.repeat(planned)));
    lines
}

fn ended(end: End) -> Option<String> {
    match end {
        End::Exit(0) => None,
        End::Exit(status) => Some(format!("the client ended in {status}")),
        End::Signal(signal) => Some(format!("the client was ended by signal {signal}")),
        End::TimedOut => Some("the client's time was up".into()),
        End::Interrupted => Some("the run was stopped".into()),
    }
}

fn connections(case: &Case, trial: &Trial, capture: &Path) -> Vec<String> {
    let Some(observed) = &trial.observed else { return Vec::new() };
    let received = match received(capture, LOOKED_AT) {
        Ok(received) => received,
        Err(error) => return vec![format!("the capture cannot be shown: {error}")],
    };
    let streams = case.plan.as_ref().map(encode).unwrap_or_default();
    let mut lines = Vec::new();
    for (index, received) in received.iter().enumerate() {
        let seen = observed.connections.get(index);
        let Some(expected) = case.connections.get(index) else {
            lines.push(format!("connection {}: {} that nobody expected:", index + 1, counted(received.len(), "octet")));
            lines.extend(parted(&Content::exactly(Vec::new()), None, received));
            continue;
        };
        if seen.is_some_and(|seen| !seen.content.matches) {
            let length = expected.content.length() as usize;
            lines.push(format!("connection {}: expected {}, captured {}", index + 1, counted(length, "octet"), received.len()));
            lines.extend(parted(&expected.content, streams.get(index), received));
        }
        if let Some(seen) = seen.filter(|seen| seen.ending != expected.ending) {
            lines.push(format!(
                "connection {}: expected to end in {}, ended in {}",
                index + 1,
                name(expected.ending),
                name(seen.ending)
            ));
        }
    }
    lines
}

/// Where what was captured parts from what was expected, as a picture; of a digest, the octets are the reference encoder's.
fn parted(content: &Content, stream: Option<&Stream>, captured: &[u8]) -> Vec<String> {
    let fields = stream.map(|stream| stream.fields.as_slice()).unwrap_or_default();
    let (octets, masks) = match content {
        Content::Octets { octets, masks } => (octets.as_slice(), masks.as_slice()),
        Content::Digest { .. } => (stream.map(|stream| stream.octets.as_slice()).unwrap_or_default(), [].as_slice()),
    };
    let limit = if captured.len() < LOOKED_AT { octets.len() } else { octets.len().min(LOOKED_AT) };
    let picture = Picture::of(Expected { octets: &octets[..limit], masks, fields }, captured);
    if picture.first_difference.is_none() {
        return vec![format!("the first {} octets are the same, and no more is looked at", captured.len())];
    }
    picture::lines(&picture, ["expected", "captured"])
}

fn stderr(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let shown = &lines[lines.len().saturating_sub(STDERR_LINES)..];
    shown.iter().map(|text| format!("stderr: {}", line(text))).collect()
}

fn name(ending: PeerEnd) -> String {
    ending.to_string()
}
