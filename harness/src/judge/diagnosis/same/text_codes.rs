//! Octets written as text: base64 in its variants, and hex.

use super::super::rule::Held;
use super::MOST_OCTETS;

/// Less than that may be anything.
const LEAST: usize = 8;

/// Octets as text, and how that is written.
#[derive(Debug, PartialEq, Eq)]
struct Written {
    octets: Vec<u8>,
    /// Whether `-` and `_` stand for `+` and `/`; `None` where neither comes.
    url_safe: Option<bool>,
    padding: usize,
    /// Those between its lines: what ends the last is no matter of base64.
    line_ends: Vec<u8>,
}

/// The names of the forms in which the same octets are written differently as text.
pub(super) fn forms(expected: &[u8], captured: &[u8]) -> Vec<Held> {
    if expected.len().min(captured.len()) < LEAST || expected.len().max(captured.len()) > MOST_OCTETS {
        return Vec::new();
    }
    let (expected, captured) = part(expected, captured);
    match (base64(expected), base64(captured)) {
        (Some(one), Some(other)) if one.octets == other.octets => Held::together(differences(&one, &other)),
        (one, other) => of_hex(expected, captured, one.as_ref(), other.as_ref()),
    }
}

/// Octets as text of another kind, and what they are on both sides.
pub(super) fn meaning(expected: &[u8], captured: &[u8]) -> Option<(Vec<Held>, Vec<u8>, Vec<u8>)> {
    if expected.len().min(captured.len()) < LEAST || expected.len().max(captured.len()) > MOST_OCTETS {
        return None;
    }
    match (hex(expected), hex(captured)) {
        (None, Some(came)) => Some((Held::together(["hex-for-base64"]), base64(expected)?.octets, came)),
        (Some(hex), None) => Some((Held::together(["base64-for-hex"]), hex, base64(captured)?.octets)),
        _ => {
            let (one, other) = (base64(expected)?, base64(captured)?);
            let forms = differences(&one, &other);
            (!forms.is_empty()).then(|| (Held::together(forms), one.octets, other.octets))
        }
    }
}

/// Of parts between dots, as a JSON web token has them, that from the one that differs on.
fn part<'a>(expected: &'a [u8], captured: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let same = expected.iter().zip(captured).take_while(|(one, other)| one == other).count();
    let dot = expected[..same].iter().rposition(|octet| *octet == b'.').map_or(0, |dot| dot + 1);
    (&expected[dot..], &captured[dot..])
}

fn differences(one: &Written, other: &Written) -> Vec<&'static str> {
    let mut forms = Vec::new();
    if one.url_safe != other.url_safe {
        forms.push("base64-alphabet");
    }
    if one.padding != other.padding {
        forms.push("base64-padding");
    }
    if one.line_ends != other.line_ends {
        forms.push("base64-lines");
    }
    forms
}

/// Hex against base64.
fn of_hex(expected: &[u8], captured: &[u8], one: Option<&Written>, other: Option<&Written>) -> Vec<Held> {
    let (hex, came) = (hex(expected), hex(captured));
    let is = |written: Option<&Written>, octets: &[u8]| written.is_some_and(|written| written.octets == octets);
    let held = match (&hex, &came) {
        (Some(hex), _) if is(other, hex) => Some("base64-for-hex"),
        (_, Some(came)) if is(one, came) => Some("hex-for-base64"),
        _ => None,
    };
    Held::together(held)
}

fn hex(octets: &[u8]) -> Option<Vec<u8>> {
    let is_hex = octets.len().is_multiple_of(2) && octets.iter().all(u8::is_ascii_hexdigit);
    crate::hex::decode(std::str::from_utf8(octets).ok().filter(|_| is_hex)?)
}

/// All lines of base64 but the last are as long, and not short.
const SHORTEST_LINE: usize = 16;

fn are_lines(octets: &[u8]) -> bool {
    let mut lines = octets.split(|octet| matches!(octet, b'\r' | b'\n')).filter(|line| !line.is_empty()).map(<[u8]>::len);
    let Some(first) = lines.next() else { return true };
    let mut last = first;
    lines.all(|line| std::mem::replace(&mut last, line) == first && line <= first && first >= SHORTEST_LINE)
}

/// Base64 in any of its variants, in one line or in several.
fn base64(octets: &[u8]) -> Option<Written> {
    let is_digit = |octet: &u8| octet.is_ascii_alphanumeric() || b"+/-_".contains(octet);
    let line_ends: Vec<u8> = octets.trim_ascii_end().iter().copied().filter(|octet| matches!(octet, b'\r' | b'\n')).collect();
    let mut digits: Vec<u8> = octets.iter().copied().filter(|octet| !matches!(octet, b'\r' | b'\n')).collect();
    let padding = digits.iter().rev().take(2).take_while(|octet| **octet == b'=').count();
    digits.truncate(digits.len() - padding);
    let has = |marks: [u8; 2]| digits.iter().any(|octet| marks.contains(octet));
    let url_safe = match (has([b'+', b'/']), has([b'-', b'_'])) {
        (true, true) => return None,
        (false, false) => None,
        (_, url_safe) => Some(url_safe),
    };
    if !are_lines(octets.trim_ascii_end())
        || !digits.iter().all(is_digit)
        || digits.len() % 4 == 1
        || padding > 0 && !(digits.len() + padding).is_multiple_of(4)
    {
        return None;
    }
    let decoder = if url_safe == Some(true) { base64_simd::URL_SAFE_NO_PAD } else { base64_simd::STANDARD_NO_PAD };
    Some(Written { octets: decoder.decode_to_vec(&digits).ok()?, url_safe, padding, line_ends })
}
