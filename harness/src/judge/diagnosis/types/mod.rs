//! Rules of octets that are of a type, where nothing tells of which: times, UUIDs, numbers in text, truth values, text in some encoding.
//!
//! Each says what it took both sides for. It holds only where both sides are exactly the same thing in two forms, or where what came
//! follows from what was expected.

mod addresses;
mod booleans;
mod clocks;
mod code_pages;
mod cuts;
mod dates;
mod decimals;
mod decoded;
mod digits;
mod durations;
mod ends;
mod enums;
mod escaped;
mod framed;
mod halves;
mod http;
mod inside;
mod integers;
mod items;
mod lengths;
mod letters;
mod mail;
mod marks;
mod moments;
mod odd_widths;
mod packed;
mod pairs;
mod printed;
mod query_lists;
mod resp;
mod retyped;
mod scaled;
mod septets;
mod tagged;
mod times;
mod token;
mod uuids;
mod web_tokens;
mod wide;
mod written;
mod zigzag;

use super::rule::{BothRule, FormRule};

/// Every rule of types.
pub(super) fn rules() -> impl Iterator<Item = &'static BothRule> {
    let text = [booleans::RULES, code_pages::RULES, decimals::RULES, decoded::RULES, digits::RULES, printed::RULES, wide::RULES];
    let more_text = [ends::RULES, pairs::RULES, marks::RULES, septets::RULES, written::RULES, addresses::RULES, cuts::RULES];
    let values = [dates::RULES, letters::RULES, enums::RULES, scaled::RULES, framed::RULES, zigzag::RULES, items::RULES];
    let binary = [lengths::RULES, packed::RULES, retyped::RULES, tagged::RULES, times::RULES, uuids::RULES];
    let messages = [
        http::RULES,
        query_lists::RULES,
        escaped::RULES,
        clocks::RULES,
        integers::RULES,
        mail::RULES,
        resp::RULES,
        halves::RULES,
        odd_widths::RULES,
        durations::RULES,
        web_tokens::RULES,
    ];
    text.into_iter().chain(more_text).chain(values).chain(binary).chain(messages).flatten()
}

/// Every rule of text that stands for octets, which names one of several causes.
pub(super) fn forms() -> impl Iterator<Item = FormRule> {
    inside::RULES.iter().copied()
}

/// Text without the quotes around it.
fn unquoted(text: &str) -> &str {
    let within = |quote: char| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    within('"').or_else(|| within('\'')).unwrap_or(text)
}

fn as_text(octets: &[u8]) -> Option<&str> {
    std::str::from_utf8(octets).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of all types that have nothing to do with each other.
    const UNRELATED: [&[u8]; 30] = [
        b"48213",
        b"90377",
        b"-17.25",
        b"3.1416",
        b"2.5",
        b"7",
        b"1470045600",
        b"1700000123",
        b"1312345678901",
        b"2024-01-02T03:04:05Z",
        b"2023-11-30T11:17:59Z",
        b"Tue, 15 Nov 1994 08:12:31 GMT",
        b"00112233-4455-6677-8899-AABBCCDDEEFF",
        b"A0B1C2D3-0415-4677-9899-0A0B0C0D0E0F",
        b"\x65\x54\x12\x7c",
        b"\x57\x9f\x16\x61",
        b"\x00\x00\x01\x31\x8c\x2a\x11\x05",
        b"\x3f\x8c\xcc\xcd",
        b"\x40\x09\x21\xfb\x54\x44\x2d\x18",
        b"\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xf1",
        b"\xb5\x32\x71\x90\x04\x15\x46\x77\x98\x99\x0a\x0b\x0c\x0d\x0e\x0f",
        b"alice",
        b"peter",
        b"GET /index.html HTTP/1.1",
        b"{\"a\":[1,2]}",
        "gr\u{fc}n".as_bytes(),
        b"d\xe9j\xe0",
        b"a\0b\0c\0",
        b"c2FtZXdpcmU=",
        b"true",
    ];

    #[test]
    fn what_has_nothing_to_do_with_each_other_is_not_related() {
        for expected in UNRELATED {
            for captured in UNRELATED.into_iter().filter(|captured| *captured != expected) {
                let held: Vec<&str> =
                    rules().filter(|(_, rule)| rule(expected, captured).is_some()).map(|(name, _)| *name).collect();
                assert!(held.is_empty(), "{held:?} of {} and {}", expected.escape_ascii(), captured.escape_ascii());
            }
        }
    }
}
