//! Escapes of protocols of text that are not made, or not undone: the colon in a header of STOMP, blanks in a tag of InfluxDB, octets by
//! their numbers as LDAP and DNS write them.

use super::as_text;
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[
    ("header-escapes", of_stomp),
    ("quoted-for-escaped", quoted),
    ("hex-escapes-as-text", by_hex),
    ("octal-escapes-as-text", by_numbers),
];

/// What it tells that every escape is one that the protocol has, and stands for what came, in bits.
const SURE: i32 = 6;

/// The most octets.
const MOST: usize = 4096;

/// STOMP 1.2: `\c` is a colon, and `\n`, `\r` and `\\` are as ever.
fn of_stomp(expected: &[u8], captured: &[u8]) -> Option<Told> {
    if expected.len() == captured.len() || expected.len().max(captured.len()) > MOST {
        return None;
    }
    let (was, is) = (as_text(expected)?, as_text(captured)?);
    let told = |detail: &str| Told { detail: Some(detail.to_owned()), sure: SURE, ..Told::default() };
    if was.contains(r"\c") && unescaped(was).as_deref() == Some(is) {
        return Some(told(r"`:` as it is instead of `\c`"));
    }
    (is.contains(r"\c") && unescaped(is).as_deref() == Some(was)).then(|| told(r"`\c` instead of `:` as it is"))
}

fn unescaped(text: &str) -> Option<String> {
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text.chars());
    while let Some(character) = rest.next() {
        plain.push(match character {
            '\\' => match rest.next()? {
                'c' => ':',
                'n' => '\n',
                'r' => '\r',
                '\\' => '\\',
                _ => return None,
            },
            other => other,
        });
    }
    Some(plain)
}

/// What is escaped one by one with a backslash came within quotes, or the other way round.
fn quoted(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let (was, is) = (as_text(expected)?, as_text(captured)?);
    let same = |escaped: &str, quoted: &str| {
        let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let escapes = [r"\ ", r"\,", r"\="];
        let plain = || escapes.iter().fold(escaped.to_owned(), |text, escape| text.replace(escape, &escape[1..]));
        inner.is_some_and(|inner| escapes.iter().any(|escape| escaped.contains(escape)) && plain() == inner)
    };
    let is_short = expected.len().max(captured.len()) <= MOST;
    (is_short && (same(was, is) || same(is, was))).then(|| Told { sure: SURE, ..Told::default() })
}

/// `\c3` where the octet belongs that it stands for (RFC 4515).
fn by_hex(expected: &[u8], captured: &[u8]) -> Option<Told> {
    undone(captured, 2, 16).filter(|octets| octets == expected)?;
    Some(Told { detail: Some("a backslash and two hex digits".into()), sure: SURE, ..Told::default() })
}

/// `\195` or `\303`.
fn by_numbers(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let is = |radix: u32| undone(captured, 3, radix).is_some_and(|octets| octets == expected);
    let detail = match (is(8), is(10)) {
        (true, _) => "a backslash and three octal digits",
        (_, true) => "a backslash and three decimal digits",
        _ => return None,
    };
    Some(Told { detail: Some(detail.into()), sure: SURE, ..Told::default() })
}

/// The octets that text with escapes of so many digits stands for; none where it has no escapes.
fn undone(text: &[u8], digits: usize, radix: u32) -> Option<Vec<u8>> {
    if text.len() > MOST || !text.is_ascii() || !text.contains(&b'\\') {
        return None;
    }
    let (mut octets, mut rest) = (Vec::with_capacity(text.len()), text);
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first == b'\\' {
            let number = as_text(after.get(..digits)?).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
            octets.push(u8::from_str_radix(number, radix).ok()?);
            rest = &after[digits..];
        } else {
            octets.push(*first);
        }
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_may_come_as_backslashes_and_their_numbers() {
        let octets = b"d\x93\\8\xa2";
        assert!(by_hex(octets, br"\64\93\5c\38\a2").is_some() && by_hex(octets, br"d\93\5C8\a2").is_some());
        assert!(by_numbers(b"caf\xc3\xa9", br"caf\195\169").is_some() && by_numbers(b"caf\xc3\xa9", br"caf\303\251").is_some());
        assert_eq!(by_hex(octets, br"\64\93\5c\38\a3").or(by_hex(octets, br"\64\93\5c\38\a")), None);
        assert_eq!(by_hex(b"plain", b"plain").or(by_numbers(b"caf\xc3", br"caf\+19")), None);
    }

    #[test]
    fn a_colon_in_a_header_of_stomp_is_escaped() {
        assert!(of_stomp(br"ID\c63\c1", b"ID:63:1").is_some());
        assert!(of_stomp(b"ID:63:1", br"ID\c63\c1").is_some());
        assert_eq!(of_stomp(br"ID\c63\c1", b"ID:63:2"), None);
        assert_eq!(of_stomp(br"a\n", b"a\n"), None, "of anything");
        assert_eq!(of_stomp(br"C\d\c", b"C\\d:"), None);
    }

    #[test]
    fn a_tag_of_influxdb_is_escaped_and_not_quoted() {
        assert!(quoted(br"Halle\ North", b"\"Halle North\"").is_some());
        assert_eq!(quoted(b"Halle North", b"\"Halle North\""), None);
        assert_eq!(quoted(br"Halle\ North", b"\"Halle South\""), None);
    }
}
