//! Text with character references, as HTML and XML have them: which form they have, and how often they were made.

use std::collections::BTreeSet;

use super::super::rule::Held;
use super::MOST_OCTETS;

/// The names that XML has, and two that are frequent in HTML.
const NAMED: [(&str, char); 7] =
    [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\''), ("nbsp", '\u{a0}'), ("copy", '\u{a9}')];

/// How a character is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Plain,
    Named,
    Decimal,
    Hex,
}

/// In which forms two texts differ that have the same characters; or that one of them was escaped once more.
pub(super) fn references(expected: &[u8], captured: &[u8]) -> Vec<Held> {
    if expected.len().max(captured.len()) > MOST_OCTETS || !expected.contains(&b'&') && !captured.contains(&b'&') {
        return Vec::new();
    }
    let (Ok(one), Ok(other)) = (std::str::from_utf8(expected), std::str::from_utf8(captured)) else { return Vec::new() };
    Held::together(differences(one, other).unwrap_or_default())
}

fn differences(mut one: &str, mut other: &str) -> Option<BTreeSet<&'static str>> {
    let mut found = BTreeSet::new();
    while !one.is_empty() || !other.is_empty() {
        let (wanted, came) = (character(one)?, character(other)?);
        let again = |one: &str, other: &str, (_, way, length): (char, Way, usize)| {
            let rest = other.strip_prefix("&amp;").filter(|_| way != Way::Plain)?;
            rest.starts_with(&one[1..length]).then_some("&amp;".len() + length - 1)
        };
        if let Some(length) = again(one, other, wanted) {
            found.insert("markup-escaped-twice");
            (one, other) = (&one[wanted.2..], &other[length..]);
        } else if let Some(length) = again(other, one, came) {
            found.insert("markup-escaped-once-only");
            (one, other) = (&one[length..], &other[came.2..]);
        } else {
            found.extend(way(wanted, came)?);
            (one, other) = (&one[wanted.2..], &other[came.2..]);
        }
    }
    Some(found)
}

/// What is different about a character: none where it is another one.
fn way(wanted: (char, Way, usize), came: (char, Way, usize)) -> Option<Option<&'static str>> {
    (wanted.0 == came.0).then(|| match (wanted.1, came.1) {
        (Way::Plain, Way::Plain) => None,
        (Way::Plain, _) => Some(if wanted.0.is_ascii() { "markup-escaped" } else { "character-references" }),
        (_, Way::Plain) => Some("markup-unescaped"),
        _ if wanted == came => None,
        _ => Some("character-reference-forms"),
    })
}

/// What text means whose characters may be references.
pub(super) fn meaning(mut text: &str) -> Option<String> {
    let mut meant = String::with_capacity(text.len());
    while !text.is_empty() {
        let (character, _, length) = character(text)?;
        meant.push(character);
        text = &text[length..];
    }
    Some(meant)
}

/// The first character, how it is written, and in how many octets; none where a reference is cut off.
fn character(text: &str) -> Option<(char, Way, usize)> {
    let end = |rest: &str| rest.bytes().take(10).position(|octet| octet == b';');
    let reference = text.strip_prefix('&').and_then(|rest| rest.get(..end(rest)?));
    let is_cut = |rest: &str| rest.len() < 10 && rest.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'#');
    if text.strip_prefix('&').is_some_and(is_cut) {
        return None;
    }
    let read = reference.and_then(|name| Some((named(name)?, name.len() + 2)));
    match read {
        Some(((character, way), length)) => Some((character, way, length)),
        None => text.chars().next().map(|character| (character, Way::Plain, character.len_utf8())),
    }
}

fn named(name: &str) -> Option<(char, Way)> {
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    if let Some(digits) = name.strip_prefix("#x").or_else(|| name.strip_prefix("#X")) {
        return Some((number(digits, 16)?, Way::Hex));
    }
    if let Some(digits) = name.strip_prefix('#') {
        return Some((number(digits, 10)?, Way::Decimal));
    }
    NAMED.iter().find(|(known, _)| *known == name).map(|(_, character)| (*character, Way::Named))
}
