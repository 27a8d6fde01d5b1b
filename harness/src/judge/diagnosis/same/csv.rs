//! Lines of separated values (RFC 4180): quoted otherwise, with another delimiter, or with one more at the end.

use super::super::rule::Held;
use super::MOST_OCTETS;

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A line of values, without what ends it.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    values: Vec<Vec<u8>>,
    end: Vec<u8>,
}

/// The same values in another form.
pub(super) fn forms(expected: &[u8], captured: &[u8]) -> Vec<Held> {
    let is_csv = |octets: &[u8]| octets.len() <= MOST_OCTETS && octets.iter().any(|octet| DELIMITERS.contains(octet));
    let held = if is_csv(expected) && is_csv(captured) { form(expected, captured) } else { None };
    Held::together(held)
}

fn form(expected: &[u8], captured: &[u8]) -> Option<&'static str> {
    let quoted = expected.contains(&b'"') || captured.contains(&b'"');
    let of = |octets: &[u8], delimiter: u8| lines(octets, delimiter);
    for delimiter in DELIMITERS.into_iter().filter(|delimiter| expected.contains(delimiter)) {
        let Some(wanted) = of(expected, delimiter) else { continue };
        if wanted.iter().all(|line| line.values.len() < 2) {
            continue;
        }
        let is_wanted = |other: u8| of(captured, other).is_some_and(|came| came == wanted);
        if quoted && is_table(&wanted) && is_wanted(delimiter) {
            return Some("csv-quotes");
        }
        let is_other = |other: &&u8| **other != delimiter && !expected.contains(*other) && captured.contains(*other);
        if DELIMITERS.iter().filter(is_other).any(|other| is_wanted(*other)) {
            return Some("csv-delimiter");
        }
        if of(captured, delimiter).is_some_and(|came| is_longer(&wanted, &came)) {
            return Some("csv-trailing-delimiter");
        }
    }
    undoubled(expected, captured)
}

/// Whether there are lines of as many values each: one line alone is a list of anything.
fn is_table(lines: &[Line]) -> bool {
    lines.len() > 1 && lines.windows(2).all(|pair| pair[0].values.len() == pair[1].values.len())
}

/// Whether each line that differs has a delimiter more at its end.
fn is_longer(wanted: &[Line], came: &[Line]) -> bool {
    let is_one_more = |wanted: &Line, came: &Line| {
        came.end == wanted.end
            && matches!(came.values.split_last(), Some((last, values)) if last.is_empty() && *values == wanted.values)
    };
    let fits = |(wanted, came): (&Line, &Line)| wanted == came || is_one_more(wanted, came);
    wanted.len() == came.len() && wanted != came && wanted.iter().zip(came).all(fits)
}

/// The quotes within a quoted value have a backslash before them, and are not doubled.
fn undoubled(expected: &[u8], captured: &[u8]) -> Option<&'static str> {
    let inner = |octets: &[u8], instead: &[u8]| -> Vec<u8> {
        let mut sent = Vec::with_capacity(octets.len());
        let mut rest = octets;
        while let Some((first, after)) = rest.split_first() {
            // An empty value is no doubled quote.
            let is_doubled = rest.starts_with(b"\"\"") && !sent.last().is_none_or(|last| DELIMITERS.contains(last));
            sent.extend_from_slice(if is_doubled { instead } else { std::slice::from_ref(first) });
            rest = if is_doubled { &rest[2..] } else { after };
        }
        sent
    };
    let is_quoted = expected.iter().filter(|octet| **octet == b'"').count() > 2;
    let holds = is_quoted && inner(expected, b"\\\"") == captured;
    (holds && expected != captured).then_some("csv-quotes-not-doubled")
}

fn lines(octets: &[u8], delimiter: u8) -> Option<Vec<Line>> {
    let mut lines = Vec::new();
    let mut rest = octets;
    while !rest.is_empty() {
        let mut values = Vec::new();
        loop {
            values.push(value(&mut rest, delimiter)?);
            match rest.split_first() {
                Some((first, after)) if *first == delimiter => rest = after,
                _ => break,
            }
        }
        let end = rest.iter().take_while(|octet| matches!(octet, b'\r' | b'\n')).count();
        lines.push(Line { values, end: rest[..end].to_vec() });
        rest = &rest[end..];
    }
    Some(lines)
}

/// One value, without its quotes.
fn value(rest: &mut &[u8], delimiter: u8) -> Option<Vec<u8>> {
    let Some(quoted) = rest.strip_prefix(b"\"") else {
        let end = rest.iter().position(|octet| *octet == delimiter || matches!(octet, b'\r' | b'\n')).unwrap_or(rest.len());
        let value = rest[..end].to_vec();
        *rest = &rest[end..];
        return (!value.contains(&b'"')).then_some(value);
    };
    let (mut value, mut inside) = (Vec::new(), quoted);
    loop {
        let end = memchr::memchr(b'"', inside)?;
        value.extend_from_slice(&inside[..end]);
        inside = &inside[end + 1..];
        match inside.first() {
            Some(b'"') => {
                value.push(b'"');
                inside = &inside[1..];
            }
            Some(octet) if *octet != delimiter && !matches!(octet, b'\r' | b'\n') => return None,
            _ => {
                *rest = inside;
                return Some(value);
            }
        }
    }
}
