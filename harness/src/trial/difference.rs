//! What a trial's octets say where they are not what was expected: why, and where they part.
//!
//! Pure, but for reading the capture file again.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::judge::diagnosis::{self, Diagnosis, Evidence, diagnose, diagnose_counts};
use crate::judge::observed::Observed;
use crate::judge::picture::{self, Picture};
use crate::judge::verdict::{Judgement, Verdict};
use crate::suite::expectation::{Content, Mask};
use crate::suite::parts::{Part, Reading, descriptions, reading_of_nothing, readings};
use crate::suite::plan::{Stream, encode};
use crate::suite::{Case, Redaction};
use crate::trial::capture::{ReadBackError, received};

/// The most of a captured connection that is looked at. What lies behind is not diagnosed and not drawn.
pub const LOOKED_AT: usize = 64 << 20;

/// Connections of one trial of which it is drawn where they part.
pub const DRAWN: usize = 20;

/// What was found in octets that differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Differences {
    /// Why they differ, most specific first.
    pub diagnoses: Vec<Diagnosis>,
    /// Where they part: on connections in their order, then in what the client printed.
    pub drawings: Vec<Drawing>,
    /// How many more connections differ, behind the last that is drawn.
    pub undrawn: usize,
}

/// The picture of one difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Drawing {
    /// The connection (from 1); none of what the client printed.
    pub connection: Option<usize>,
    /// How many octets were expected.
    pub expected: u64,
    /// How many were captured, or printed.
    pub captured: u64,
    /// Both, lined up.
    pub picture: Picture,
}

/// Examines a trial that was observed and judged; `stdout` is the beginning of what its client printed. What is as it should be, also
/// because the client said that it cannot do it, has no causes.
///
/// # Errors
/// The capture cannot be read.
pub fn differences(
    case: &Case,
    observed: &Observed,
    judgement: &Judgement,
    stdout: &[u8],
    (capture, redaction): (&Path, &Redaction),
) -> Result<Differences, ReadBackError> {
    let mut found = Differences::default();
    if judgement.has(Verdict::Differs) {
        let captured = received(capture, LOOKED_AT)?;
        let streams = case.plan.as_ref().map(encode).unwrap_or_default();
        let readings = readings_of(case, &captured.iter().map(Vec::as_slice).collect::<Vec<_>>());
        found.diagnoses = diagnoses(case, &streams, &readings, &captured);
        if hides(redaction, case, &streams, &captured) {
            found.diagnoses.iter_mut().for_each(|diagnosis| *diagnosis = diagnosis.without_particulars());
        }
        (found.drawings, found.undrawn) = drawings((case, redaction), observed, &streams, &readings, &captured);
    }
    if judgement.has(Verdict::WrongOutput) {
        found.drawings.extend(printed((case, redaction), observed, stdout));
    }
    Ok(found)
}

/// Whether something of what is compared is not to be shown. The particulars of causes quote it, and parts of it.
fn hides(redaction: &Redaction, case: &Case, streams: &[Stream], captured: &[Vec<u8>]) -> bool {
    let expected = case.connections.iter().enumerate();
    let expected = expected.filter_map(|(index, expected)| Some(octets_of(&expected.content, streams.get(index))?.0));
    let all = || captured.iter().map(Vec::as_slice).chain(expected).chain(streams.iter().map(|stream| stream.octets.as_slice()));
    !redaction.is_empty() && all().any(|octets| !redaction.hits(octets).is_empty())
}

/// The picture of what the client printed.
fn printed((case, redaction): (&Case, &Redaction), observed: &Observed, stdout: &[u8]) -> Option<Drawing> {
    let readings = readings(&[case.output.parts()], &[stdout]);
    let picture = drawn(&case.output, None, readings.into_iter().next().flatten().as_ref(), (stdout, redaction))?;
    Some(Drawing { connection: None, expected: case.output.length(), captured: observed.output.length, picture })
}

/// What came on each connection, read by its parts where these bend.
pub(super) fn readings_of(case: &Case, captured: &[&[u8]]) -> Vec<Option<Reading>> {
    let parts: Vec<Option<&[Part]>> = case.connections.iter().map(|expected| expected.content.parts()).collect();
    if parts.iter().all(Option::is_none) {
        return vec![None; parts.len()];
    }
    let both = parts.len().min(captured.len());
    let mut found = readings(&parts[..both], &captured[..both]);
    found.extend(parts[both..].iter().map(|parts| parts.and_then(reading_of_nothing)));
    found
}

fn diagnoses(case: &Case, streams: &[Stream], readings: &[Option<Reading>], captured: &[Vec<u8>]) -> Vec<Diagnosis> {
    let captured: Vec<&[u8]> = captured.iter().map(Vec::as_slice).collect();
    if captured.len() == case.connections.len() && readings.iter().flatten().any(|reading| !reading.is_whole) {
        return diagnosis::unexplained();
    }
    let connections = case.connections.iter().enumerate();
    let octets = connections.map(|(index, expected)| match (&expected.content, &readings[index]) {
        // What varies is as it came, so that no cause accuses it.
        (Content::Parts(_), Some(reading)) => Some((reading.octets.as_slice(), &[][..])),
        (Content::Parts(_), None) => captured.get(index).map(|captured| (*captured, &[][..])),
        (content, _) => octets_of(content, streams.get(index)),
    });
    match octets.collect::<Option<Vec<_>>>() {
        Some(octets) => {
            let expected: Vec<_> = octets.into_iter().map(|(octets, masks)| diagnosis::Expected { octets, masks }).collect();
            diagnose(&Evidence { expected: &expected, captured: &captured, plan: case.plan.as_ref() })
        }
        None => diagnose_counts(case.connections.len(), &captured),
    }
}

/// The first [`DRAWN`] connections that differ, and how many more there are.
fn drawings(
    (case, redaction): (&Case, &Redaction),
    observed: &Observed,
    streams: &[Stream],
    readings: &[Option<Reading>],
    captured: &[Vec<u8>],
) -> (Vec<Drawing>, usize) {
    let nothing = Content::exactly(Vec::new());
    let content = |index: usize| case.connections.get(index).map_or(&nothing, |expected| &expected.content);
    let stream = |index: usize| streams.get(index).filter(|_| index < case.connections.len());
    let is_known = |index| content(index).parts().is_some() || octets_of(content(index), stream(index)).is_some();
    let connections = observed.connections.iter().zip(captured).enumerate();
    // Nothing where nothing was expected has no picture.
    let is_silent = |index: usize, length: u64| index >= case.connections.len() && length == 0;
    let mut different = connections
        .filter(|(index, (seen, _))| !seen.content.matches && !is_silent(*index, seen.content.length) && is_known(*index));
    let pictures = different
        .by_ref()
        .take(DRAWN)
        .filter_map(|(index, (seen, captured))| {
            let content = content(index);
            let reading = readings.get(index).and_then(Option::as_ref);
            Some(Drawing {
                connection: Some(index + 1),
                expected: reading.map_or(content.length(), |reading| reading.octets.len() as u64),
                captured: seen.content.length,
                picture: drawn(content, stream(index), reading, (captured, redaction))?,
            })
        })
        .collect();
    (pictures, different.count())
}

fn drawn(
    content: &Content,
    stream: Option<&Stream>,
    reading: Option<&Reading>,
    (captured, redaction): (&[u8], &Redaction),
) -> Option<Picture> {
    let hidden = |expected: &[u8], picture: Picture| match redaction.is_empty() {
        true => picture,
        false => picture.hiding(&redaction.hits(expected), &redaction.hits(captured)),
    };
    if let Some(parts) = content.parts() {
        let Some(reading) = reading else { return Some(Picture::default()) };
        let picture = hidden(&reading.octets, Picture::of_reading(reading, captured));
        return Some(picture.saying(|said| shown_of(redaction, parts, said)));
    }
    let (octets, masks) = octets_of(content, stream)?;
    let fields = stream.map(|stream| stream.fields.as_slice()).unwrap_or_default();
    // What came is cut at the limit, so what was expected is cut there too, or its rest would look lost.
    let limit = if captured.len() < LOOKED_AT { octets.len() } else { octets.len().min(LOOKED_AT) };
    let expected = picture::Expected { octets: &octets[..limit], masks, fields };
    Some(hidden(expected.octets, Picture::of(expected, captured)))
}

/// What is said of a part, as it is shown: its description quotes what is expected, and cuts it.
fn shown_of(redaction: &Redaction, parts: &[Part], said: &str) -> String {
    let pairs = descriptions(parts).into_iter().zip(descriptions(&redaction.parts(parts)));
    let said = pairs.filter(|(is, shown)| is != shown).fold(said.to_owned(), |said, (is, shown)| said.replace(&is, &shown));
    redaction.text(&said)
}

/// The octets that are expected; of a digest, those of the reference encoder, and nothing where there is no plan. Of parts that bend,
/// nobody can say.
fn octets_of<'a>(content: &'a Content, stream: Option<&'a Stream>) -> Option<(&'a [u8], &'a [Mask])> {
    match content {
        Content::Octets { octets, masks } => Some((octets, masks)),
        Content::Digest { .. } => stream.map(|stream| (stream.octets.as_slice(), &[][..])),
        Content::Parts(_) => None,
        Content::Anything => None,
    }
}
