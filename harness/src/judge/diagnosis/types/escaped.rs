//! Escapes of protocols of text that are not made: the colon in a header of STOMP, blanks in a tag of InfluxDB.

use super::as_text;
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[("header-escapes", of_stomp), ("quoted-for-escaped", quoted)];

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

#[cfg(test)]
mod tests {
    use super::*;

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
