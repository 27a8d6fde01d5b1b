//! Percent-encoded text: which characters are encoded, in which letters, how a blank is written, and how often.

use std::collections::BTreeSet;

use super::super::rule::Held;
use super::MOST_OCTETS;

/// An octet of the text, and how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unit {
    octet: u8,
    written: Way,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Plain,
    Plus,
    Lower,
    Upper,
}

/// In which forms two percent-encoded texts differ that mean the same; or that one of them is encoded once more.
pub(super) fn forms(expected: &[u8], captured: &[u8]) -> Vec<Held> {
    let is_text = |octets: &[u8]| octets.len() <= MOST_OCTETS && octets.iter().all(|octet| !octet.is_ascii_control());
    if !is_text(expected) || !is_text(captured) || !expected.contains(&b'%') && !captured.contains(&b'%') {
        return Vec::new();
    }
    if let Some(name) = repeated(expected, captured) {
        return Held::together([name]);
    }
    let blank = |units: &[Unit]| units.iter().any(|unit| unit.octet == b' ');
    let (one, other) = (units(expected, false), units(captured, false));
    if same(&one, &other) {
        return Held::together(differences(&one, &other));
    }
    let (one, other) = (units(expected, true), units(captured, true));
    let forms = if same(&one, &other) && blank(&one) { differences(&one, &other) } else { BTreeSet::new() };
    Held::together(forms)
}

/// Encoded twice, or undone twice.
fn repeated(expected: &[u8], captured: &[u8]) -> Option<&'static str> {
    let is_once_more = |one: &[u8], other: &[u8]| {
        let signs = one.iter().filter(|octet| **octet == b'%').count();
        one.len() + signs * 2 == other.len() && signs > 0 && plain(&units(other, false)) == one
    };
    match (is_once_more(expected, captured), is_once_more(captured, expected)) {
        (true, _) => Some("percent-twice"),
        (_, true) => Some("percent-once-only"),
        _ => None,
    }
}

fn units(octets: &[u8], plus_is_blank: bool) -> Vec<Unit> {
    let mut units = Vec::with_capacity(octets.len());
    let mut rest = octets;
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|digits| *first == b'%' && digits.iter().all(u8::is_ascii_hexdigit));
        let (unit, length) = match digits.and_then(|digits| std::str::from_utf8(digits).ok()) {
            Some(digits) => (encoded(digits), 3),
            None if *first == b'+' && plus_is_blank => (Unit { octet: b' ', written: Way::Plus }, 1),
            None => (Unit { octet: *first, written: Way::Plain }, 1),
        };
        units.push(unit);
        rest = &rest[length..];
    }
    units
}

fn encoded(digits: &str) -> Unit {
    let is_lower = digits.bytes().any(|digit| digit.is_ascii_lowercase());
    let octet = u8::from_str_radix(digits, 16).unwrap_or_default();
    Unit { octet, written: if is_lower { Way::Lower } else { Way::Upper } }
}

fn plain(units: &[Unit]) -> Vec<u8> {
    units.iter().map(|unit| unit.octet).collect()
}

fn same(one: &[Unit], other: &[Unit]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.octet == other.octet)
}

fn differences(one: &[Unit], other: &[Unit]) -> BTreeSet<&'static str> {
    let difference = |(one, other): (&Unit, &Unit)| match (one.written, other.written) {
        (one, other) if one == other => None,
        (Way::Lower, Way::Upper) | (Way::Upper, Way::Lower) => Some("percent-letters"),
        (Way::Plus, _) | (_, Way::Plus) => Some("percent-plus"),
        (_, Way::Plain) => Some("percent-decoded"),
        _ => Some("percent-too-much"),
    };
    one.iter().zip(other).filter_map(difference).collect()
}
