//! Every rule from octets to octets, and how they are tried: on the lines of a plan, on its arguments, on the whole.

use std::ops::Range;

use super::catalogue;
use super::gates::Gate;
use super::rule::{Rule, Variants};
use super::subject::{Line, Piece, Subject, Value, pieces_of};
use super::walk::{Fit, Part, Touched, leads_nowhere, read};
use super::{Finding, decodings, encodings, escapes, formats, framings, line_ends, octets, padding, quotes, stuffing, text};

/// What a rule is tried on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Domain {
    /// Anything.
    Octets,
    /// Anything that is written at once: a frame as a whole.
    Writes,
    /// Text, code points and octets as they are, but no numbers: these do not go through what spoils text.
    Text,
}

/// Every rule.
fn all() -> impl Iterator<Item = (Domain, &'static Rule)> {
    let octets = [line_ends::RULES, octets::RULES, stuffing::RULES, decodings::RULES, escapes::RULES, formats::RULES];
    let octets = octets.into_iter().flatten();
    let writes = framings::RULES.iter().map(|rule| (Domain::Writes, rule));
    let text = [encodings::RULES, text::RULES, padding::RULES, quotes::RULES].into_iter().flatten();
    octets.map(|rule| (Domain::Octets, rule)).chain(writes).chain(text.map(|rule| (Domain::Text, rule)))
}

/// Every rule, wherever it may be tried.
pub(super) fn vocabulary() -> impl Iterator<Item = &'static Rule> {
    all().map(|(_, rule)| rule)
}

/// Every rule that explains a connection.
pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let held = |(domain, (name, rule)): (Domain, &'static Rule)| {
        subject.watch.tries(name);
        Some(finding(name, Attempt { subject, domain, rule, gate: Gate::of(name) }.holds()?))
    };
    all().filter_map(held).collect()
}

/// Rules that are often one of two, besides those that happen everywhere.
const JOINING: [&str; 14] = [
    "latin-1",
    "windows-1252",
    "upper-cased",
    "lower-cased",
    "blanks-trimmed",
    "quotes-added",
    "json-string",
    "percent-text",
    "base64-text",
    "hex-text",
    "utf-16le",
    "utf-16be",
    "markup-escaped",
    "normalised-nfd",
];

/// Whether a rule is often one of two.
pub(super) fn joins(name: &str) -> bool {
    catalogue::is_common(name) || JOINING.contains(&name)
}

/// A rule by its name.
#[cfg(test)]
pub(super) fn named(name: &str) -> fn(&[u8]) -> Variants {
    all().find(|(_, (rule, _))| *rule == name).map(|(_, (_, rule))| *rule).unwrap()
}

/// The most octets on which pairs of rules are tried.
const PAIRS_UP_TO: usize = 512;

/// Every pair of a rule that spoils text and one of those that often join it, such as a line feed after wrongly encoded text.
pub(super) fn find_pairs(subject: &Subject<'_>) -> Vec<Finding> {
    if subject.expected.len().max(subject.captured.len()) > PAIRS_UP_TO {
        return Vec::new();
    }
    subject.watch.tries("(pairs)");
    let decodings = decodings::RULES.iter().chain(escapes::RULES).map(|rule| (Domain::Octets, rule));
    let encodings = encodings::RULES.iter().chain(text::RULES).map(|rule| (Domain::Text, rule));
    let pairs = decodings.chain(encodings).flat_map(|first| line_ends::JOINING.iter().map(move |second| (first, second)));
    let mut found = Vec::new();
    for ((domain, first), second) in pairs.filter(|((_, first), second)| first.0 != second.0) {
        let rule = |octets: &[u8]| both(first.1, second.1, octets);
        let attempt = Attempt { subject, domain, rule: &rule, gate: Gate::default() };
        if let Some(touched) = attempt.throughout(attempt.worth_trying()) {
            found.push(finding(first.0, touched).joined(second.0));
            found.push(finding(second.0, touched).joined(first.0));
        }
    }
    found
}

impl Finding {
    fn joined(self, other: &'static str) -> Self {
        Self { with: vec![other], ..self }
    }
}

fn finding(name: &'static str, touched: Touched) -> Finding {
    let found = Finding::new(name).line(touched.first).fit(touched.fit);
    match touched {
        Touched { first: Some(line), parts: 1, .. } => found.detail(format!("in line {line} of the plan")),
        Touched { first: Some(line), parts, .. } => {
            found.detail(format!("in {parts} places, the first in line {line} of the plan"))
        }
        Touched { first: None, .. } => found,
    }
}

fn both(first: fn(&[u8]) -> Variants, second: fn(&[u8]) -> Variants, octets: &[u8]) -> Variants {
    let mut firsts = first(octets);
    firsts.push(octets.to_vec());
    firsts.iter().flat_map(|octets| second(octets)).collect()
}

impl Domain {
    fn includes(self, piece: &Piece<'_>) -> bool {
        self != Self::Text || piece.is_text()
    }
}

/// By which parts a rule may explain what came.
#[derive(Debug, Clone, Copy)]
struct Tried {
    lines: bool,
    pieces: bool,
}

/// A rule, tried on a connection.
struct Attempt<'a> {
    subject: &'a Subject<'a>,
    domain: Domain,
    rule: &'a dyn Fn(&[u8]) -> Variants,
    gate: Gate,
}

impl<'a> Attempt<'a> {
    /// Whether the rule explains what came, and which lines it touched.
    fn holds(&self) -> Option<Touched> {
        let of_frames = self.domain != Domain::Writes && self.subject.is_framed();
        if !self.subject.is_large() && !self.gate.lets_through(self.subject.counted(), of_frames) {
            return None;
        }
        if self.subject.is_large() {
            return (self.fits_at_the_first_difference() && self.holds_for_whole()).then(Touched::default);
        }
        // One line is the whole, and was tried as such.
        let is_divided = self.subject.lines.len() > 1 || self.subject.pieces().nth(1).is_some();
        let tried = self.worth_trying();
        self.throughout(tried).or_else(|| if is_divided { self.by_parts(tried, Fit::InPlaces) } else { None })
    }

    fn throughout(&self, tried: Tried) -> Option<Touched> {
        self.by_parts(tried, Fit::Throughout).or_else(|| self.holds_for_whole().then(Touched::default))
    }

    fn by_parts(&self, tried: Tried, fit: Fit) -> Option<Touched> {
        let lines = &self.subject.lines;
        let by_lines = if tried.lines { read(self.lines(lines), self.captured(), fit) } else { None };
        by_lines.or_else(|| if tried.pieces { read(self.pieces(lines), self.captured(), fit) } else { None })
    }

    /// Where each line has one argument, there is nothing to try on arguments that lines do not try.
    fn worth_trying(&self) -> Tried {
        let is_frame = |line: &Line<'_>| line.pieces.iter().any(|piece| matches!(piece.value, Value::Body(_)));
        let lines = &self.subject.lines;
        let has_several =
            lines.iter().any(|line| line.pieces.len() > 1) && (self.domain != Domain::Writes || !lines.iter().any(is_frame));
        Tried {
            lines: !leads_nowhere(self.subject, |lines| self.lines(lines)),
            pieces: has_several && !leads_nowhere(self.subject, |lines| self.pieces(lines)),
        }
    }

    fn holds_for_whole(&self) -> bool {
        let included = self.subject.pieces().all(|(_, piece)| self.domain.includes(piece));
        included && self.worked_out(&self.subject.expected).iter().any(|octets| octets == self.captured())
    }

    fn worked_out(&self, octets: &[u8]) -> Variants {
        self.gate.worked_out(self.rule, octets, self.subject)
    }

    fn captured(&self) -> &[u8] {
        self.subject.captured
    }

    fn lines(&self, lines: &'a [Line<'a>]) -> impl Iterator<Item = Part<'a>> {
        lines.iter().map(|line| Part {
            line: line.number,
            expected: self.subject.octets(&line.range),
            faulty: self.faulty_line(line),
        })
    }

    /// A frame may be touched as a whole or in its text, with a length that follows it (and wraps) or not, or without its length:
    /// of an empty text nothing would be left then.
    fn faulty_line(&self, line: &Line<'_>) -> Variants {
        let whole = line.pieces.iter().all(|piece| self.domain.includes(piece));
        let mut faulty = if whole { self.worked_out(self.subject.octets(&line.range)) } else { Vec::new() };
        if let [length, Piece { value: Value::Body(prefix), range, .. }] = line.pieces.as_slice()
            && self.domain != Domain::Writes
        {
            let text = self.subject.octets(range);
            for body in (self.rule)(text).into_iter().filter(|body| body != text) {
                faulty.push([prefix.octets(body.len() as u64), body.clone()].concat());
                faulty.push([self.subject.octets(&length.range), &body].concat());
                if !text.is_empty() {
                    faulty.push(body);
                }
            }
        }
        faulty
    }

    fn pieces(&self, lines: &'a [Line<'a>]) -> impl Iterator<Item = Part<'a>> {
        pieces_of(lines).map(|(line, piece)| {
            let expected = self.subject.octets(&piece.range);
            Part { line, expected, faulty: if self.domain.includes(piece) { self.worked_out(expected) } else { Vec::new() } }
        })
    }

    /// Whether the rule, tried on the octets around the first difference, gives what came there. Spares working it out for megabytes.
    fn fits_at_the_first_difference(&self) -> bool {
        let window = window(self.subject);
        let came = &self.captured()[window.start..];
        let is_tail = window.end == self.subject.expected.len();
        let fits = |octets: &Vec<u8>| match is_tail {
            true => octets == came,
            false => came.starts_with(&octets[..octets.len().saturating_sub(RAGGED)]),
        };
        (self.rule)(&self.subject.expected[window]).iter().any(fits)
    }
}

/// Octets before and after the first difference on which a rule is tried first.
const WINDOW: (usize, usize) = (64, 4096);

/// At the end of a window a rule may see half of something.
const RAGGED: usize = 16;

fn window(subject: &Subject<'_>) -> Range<usize> {
    let inside = |at: &usize| subject.expected.get(*at).is_some_and(|octet| octet & 0xc0 == 0x80);
    let boundary = |at: usize| (at..at + 4).find(|at| !inside(at)).unwrap_or(at);
    let first = subject.common_start;
    boundary(first.saturating_sub(WINDOW.0)).min(first)..boundary(first + WINDOW.1).min(subject.expected.len())
}
