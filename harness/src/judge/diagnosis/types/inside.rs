//! What happened to text before it was encoded: the rules of text, tried on what percent-encoding, base64 and hex stand for.

use std::sync::LazyLock;

use super::{as_text, printed, token};
use crate::hex;
use crate::judge::diagnosis::rule::{FormRule, Held, Rule, Told};
use crate::judge::diagnosis::rules;

pub(super) const RULES: &[FormRule] = &[inside];

/// The rules of text that are tried there.
const TRIED: [&str; 16] = [
    "normalised-nfc",
    "normalised-nfd",
    "latin-1",
    "windows-1252",
    "double-encoded-latin-1",
    "replacement-per-octet",
    "question-mark-per-code-point",
    "utf-16le",
    "utf-16be",
    "line-feed-added",
    "nul-added",
    "lf-to-crlf",
    "crlf-to-lf",
    "blanks-trimmed",
    "lower-cased",
    "upper-cased",
];

static RULES_OF_TEXT: LazyLock<Vec<&Rule>> =
    LazyLock::new(|| rules::vocabulary().filter(|rule| TRIED.contains(&rule.0)).collect());

/// What it tells that octets that were encoded follow the rule, and not merely the text.
const SURE: i32 = 6;

/// The most octets that are decoded.
const MOST: usize = 4096;

/// The fewest characters of base64 and hex: fewer are a word.
const LEAST: usize = 8;

/// A way of writing octets as text.
struct Coding {
    name: &'static str,
    is_part: fn(u8) -> bool,
    decode: fn(&[u8]) -> Option<Vec<u8>>,
}

const CODINGS: [Coding; 3] = [
    Coding {
        name: "percent-encoded text",
        is_part: |octet| octet.is_ascii_graphic() && !b"&=/?#\"<>;".contains(&octet),
        decode: percent,
    },
    Coding { name: "base64", is_part: |octet| octet.is_ascii_alphanumeric() || b"+/-_=".contains(&octet), decode: base64 },
    Coding { name: "hex", is_part: |octet| octet.is_ascii_hexdigit(), decode: from_hex },
];

fn inside(expected: &[u8], captured: &[u8]) -> Vec<Held> {
    if expected.len().max(captured.len()) > MOST {
        return Vec::new();
    }
    let held = CODINGS.iter().find_map(|coding| {
        let beside = token::around(expected, captured, coding.is_part);
        let part = |octets| (coding.decode)(token::within(octets, beside));
        let (was, is) = (part(expected)?, part(captured)?);
        let detail = Some(format!("in {}", coding.name));
        let told = Told { detail, sure: SURE, beside, ..Told::default() };
        cause(&was, &is).map(|name| Held { name, told })
    });
    held.into_iter().collect()
}

fn cause(was: &[u8], is: &[u8]) -> Option<&'static str> {
    let holds = |rule: &&&Rule| (rule.1)(was).iter().any(|sent| sent == is);
    let rule = || RULES_OF_TEXT.iter().find(holds).map(|rule| rule.0);
    let printed = || printed::value_printed(was, is).map(|_| "value-printed");
    if was == is || is.is_empty() { None } else { rule().or_else(printed) }
}

/// Text with at least one octet in hex behind a percent sign.
fn percent(text: &[u8]) -> Option<Vec<u8>> {
    let text = as_text(text).filter(|text| text.contains('%'))?;
    let mut parts = text.split('%');
    let mut octets = parts.next()?.replace('+', " ").into_bytes();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        octets.extend(hex::decode(&digits.to_ascii_lowercase())?);
        octets.extend(rest.replace('+', " ").into_bytes());
    }
    Some(octets)
}

fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let text = as_text(text).filter(|text| text.len() >= LEAST)?;
    let standard = text.replace('-', "+").replace('_', "/");
    base64_simd::STANDARD_NO_PAD.decode_to_vec(standard.trim_end_matches('=')).ok()
}

fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let text = as_text(text).filter(|text| text.len() >= LEAST)?;
    hex::decode(&text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_follows_rules_too() {
        let named = |was: &str, is: &str| {
            let held = inside(was.as_bytes(), is.as_bytes()).pop()?;
            Some((held.name, held.told.detail.unwrap_or_default()))
        };
        let of = |name, coding: &str| Some((name, format!("in {coding}")));
        let percent = "percent-encoded text";
        assert_eq!(named("PUT /caf%C3%A9.txt H", "PUT /cafe%CC%81.txt H"), of("normalised-nfd", percent));
        assert_eq!(named("q=f%C3%BCr&a=1", "q=f%FCr&a=1"), of("latin-1", percent));
        assert_eq!(named("f=%7B%22a%22%3A1%7D", "f=%5Bobject+Object%5D"), of("value-printed", percent));
        assert_eq!(named("key Z3LDvG4gdW5k.", "key Z3L8biB1bmQ=."), of("latin-1", "base64"));
        assert_eq!(named("dXNlcjpwYXNz", "dXNlcjpwYXNzCg=="), of("line-feed-added", "base64"));
        assert_eq!(named("7573657220", "75736572200a"), of("line-feed-added", "hex"));
        assert_eq!(named("q=f%C3%BCr", "q=f%FDr"), None);
        assert_eq!(named("q=abc", "q=abd"), None);
    }
}
