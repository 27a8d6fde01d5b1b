//! Rules from octets to octets, and how they are tried: on the lines of a plan, on its arguments, on the whole.

use std::ops::Range;

use super::subject::{Line, Piece, Subject, Value};
use super::walk::{Fit, Part, Touched, walk};
use super::{Finding, decodings, encodings, escapes, line_ends, octets, text};

/// A cause, and what a program with this fault may send in place of some octets. Nothing where it would change nothing, or where it
/// makes no sense of them.
pub(super) type Rule = (&'static str, fn(&[u8]) -> Variants);

/// What may come in place of some octets.
pub(super) type Variants = Vec<Vec<u8>>;

/// What a rule is tried on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Domain {
    /// Anything.
    Octets,
    /// Text, code points and octets as they are, but no numbers: these do not go through what spoils text.
    Text,
}

/// Every rule.
fn all() -> impl Iterator<Item = (Domain, &'static Rule)> {
    let octets = [line_ends::RULES, octets::RULES, decodings::RULES, escapes::RULES].into_iter().flatten();
    let text = [encodings::RULES, text::RULES].into_iter().flatten();
    octets.map(|rule| (Domain::Octets, rule)).chain(text.map(|rule| (Domain::Text, rule)))
}

/// Every rule that explains a connection.
pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    all().filter_map(|(domain, (name, rule))| Some(finding(name, held(subject, domain, rule)?))).collect()
}

/// Every pair of a rule and one of those that often join another, such as a line feed after wrongly encoded text.
pub(super) fn find_pairs(subject: &Subject<'_>) -> Vec<Finding> {
    if subject.is_large() {
        return Vec::new();
    }
    let pairs = all().flat_map(|first| line_ends::JOINING.iter().map(move |second| (first, second)));
    let mut found = Vec::new();
    for ((domain, first), second) in pairs.filter(|((_, first), second)| first.0 != second.0) {
        if let Some(touched) = held(subject, domain, &|octets: &[u8]| both(first.1, second.1, octets)) {
            found.push(finding(first.0, touched).joined(second.0));
            found.push(finding(second.0, touched).joined(first.0));
        }
    }
    found
}

impl Finding {
    fn joined(self, other: &str) -> Self {
        let place = self.detail.clone().map(|place| format!(", {place}")).unwrap_or_default();
        self.detail(format!("together with {other}{place}"))
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

/// Whether a rule explains a connection, and which lines it touched.
fn held(subject: &Subject<'_>, domain: Domain, rule: &dyn Fn(&[u8]) -> Variants) -> Option<Touched> {
    let whole = || subject.pieces().all(|(_, piece)| domain.includes(piece)) && holds_for_whole(subject, rule);
    if subject.is_large() {
        return (fits_at_the_first_difference(subject, rule) && whole()).then(Touched::default);
    }
    let (line, piece) = (by_line(subject, domain, rule), by_piece(subject, domain, rule));
    let whole = || whole().then(Touched::default);
    let throughout = [line, piece].into_iter().flatten().find(|touched| touched.fit == Fit::Throughout);
    throughout.or_else(whole).or(line).or(piece)
}

impl Domain {
    fn includes(self, piece: &Piece<'_>) -> bool {
        self == Self::Octets || matches!(piece.value, Value::Plain | Value::Body(_))
    }
}

fn holds_for_whole(subject: &Subject<'_>, rule: &dyn Fn(&[u8]) -> Variants) -> bool {
    rule(&subject.expected).iter().any(|octets| octets == subject.captured)
}

fn by_line(subject: &Subject<'_>, domain: Domain, rule: &dyn Fn(&[u8]) -> Variants) -> Option<Touched> {
    let part = |line: &Line<'_>| Part {
        line: line.number,
        expected: subject.octets(&line.range),
        faulty: faulty_line(subject, line, domain, rule),
    };
    walk(&subject.lines.iter().map(part).collect::<Vec<_>>(), subject.captured)
}

/// A frame may be touched as a whole or in its text, with a length that follows it or not, or without its length.
fn faulty_line(subject: &Subject<'_>, line: &Line<'_>, domain: Domain, rule: &dyn Fn(&[u8]) -> Variants) -> Variants {
    let whole = line.pieces.iter().all(|piece| domain.includes(piece));
    let mut faulty = if whole { rule(subject.octets(&line.range)) } else { Vec::new() };
    if let [length, Piece { value: Value::Body(prefix), range, .. }] = line.pieces.as_slice() {
        let text = subject.octets(range);
        for body in rule(text).into_iter().filter(|body| body != text) {
            if body.len() as u64 <= prefix.max() {
                faulty.push([prefix.octets(body.len() as u64), body.clone()].concat());
            }
            faulty.push([subject.octets(&length.range), &body].concat());
            faulty.push(body);
        }
    }
    faulty
}

fn by_piece(subject: &Subject<'_>, domain: Domain, rule: &dyn Fn(&[u8]) -> Variants) -> Option<Touched> {
    let part = |(line, piece): (usize, &Piece<'_>)| {
        let expected = subject.octets(&piece.range);
        Part { line, expected, faulty: if domain.includes(piece) { rule(expected) } else { Vec::new() } }
    };
    walk(&subject.pieces().map(part).collect::<Vec<_>>(), subject.captured)
}

/// Octets before and after the first difference on which a rule is tried first.
const WINDOW: (usize, usize) = (64, 4096);

/// At the end of a window a rule may see half of something.
const RAGGED: usize = 16;

/// Whether a rule, tried on the octets around the first difference, gives what came there. Spares working it out for megabytes.
fn fits_at_the_first_difference(subject: &Subject<'_>, rule: &dyn Fn(&[u8]) -> Variants) -> bool {
    let window = window(subject);
    let came = &subject.captured[window.start..];
    let is_tail = window.end == subject.expected.len();
    let fits = |octets: &Vec<u8>| match is_tail {
        true => octets == came,
        false => came.starts_with(&octets[..octets.len().saturating_sub(RAGGED)]),
    };
    rule(&subject.expected[window]).iter().any(fits)
}

fn window(subject: &Subject<'_>) -> Range<usize> {
    let inside = |at: &usize| subject.expected.get(*at).is_some_and(|octet| octet & 0xc0 == 0x80);
    let boundary = |at: usize| (at..at + 4).find(|at| !inside(at)).unwrap_or(at);
    let first = subject.common_start;
    boundary(first.saturating_sub(WINDOW.0)).min(first)..boundary(first + WINDOW.1).min(subject.expected.len())
}

/// What is sent when every octet is replaced.
pub(super) fn each_octet(octets: &[u8], replace: impl Fn(u8, &mut Vec<u8>)) -> Vec<u8> {
    let mut sent = Vec::with_capacity(octets.len());
    octets.iter().for_each(|octet| replace(*octet, &mut sent));
    sent
}

/// What is sent when every character is replaced; nothing where the octets are not UTF-8.
pub(super) fn each_char(octets: &[u8], replace: impl Fn(char, &mut Vec<u8>)) -> Variants {
    let Ok(text) = std::str::from_utf8(octets) else { return Vec::new() };
    let mut sent = Vec::with_capacity(octets.len());
    text.chars().for_each(|character| replace(character, &mut sent));
    vec![sent]
}

/// Appends a character as UTF-8.
pub(super) fn push(character: char, sent: &mut Vec<u8>) {
    sent.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}
