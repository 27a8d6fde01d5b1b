//! Values of Redis' protocol that are the same in another type, or that are nothing: `$-1` for `$0`, `:42` for `$2` and `42`.

use super::as_text;
use crate::judge::diagnosis::rule::{BothRule, Told};
use crate::printable;

pub(super) const RULES: &[BothRule] = &[
    ("null-for-empty", |expected, captured| of_nothing(expected, captured).then(Told::default)),
    ("empty-for-null", |expected, captured| of_nothing(captured, expected).then(Told::default)),
    ("resp-type", |expected, captured| other_type(expected, captured).or_else(|| other_head(expected, captured))),
    ("resp-inline", |expected, captured| inline(expected, captured).or_else(|| inline(captured, expected))),
];

/// What it tells that a length goes before the text, and is right.
const SURE: i32 = 6;

/// What is empty, and what is nothing.
fn of_nothing(empty: &[u8], null: &[u8]) -> bool {
    let is_empty = |octets: &[u8]| matches!(octets, b"$0\r\n\r\n" | b"*0\r\n" | b"%0\r\n");
    is_empty(empty) && matches!(null, b"$-1\r\n" | b"*-1\r\n" | b"_\r\n")
}

/// The text of a value, by what it begins with.
fn text(octets: &[u8]) -> Option<(char, &str)> {
    let text = as_text(octets)?.strip_suffix("\r\n")?;
    let kind = text.chars().next()?;
    match kind {
        '+' | '-' | ':' | ',' | '(' if !text.contains('\r') => Some((kind, &text[1..])),
        '$' | '=' => {
            let (count, text) = text[1..].split_once("\r\n")?;
            (count.parse() == Ok(text.len())).then_some((kind, text))
        }
        '_' if text.len() == 1 => Some((kind, "")),
        _ => None,
    }
}

fn other_type(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let nothing = |octets: &[u8]| matches!(octets, b"$-1\r\n" | b"*-1\r\n" | b"_\r\n");
    let told = |detail: String| Told { detail: Some(detail), sure: SURE, ..Told::default() };
    if nothing(expected) && nothing(captured) && expected != captured {
        return Some(told(format!("{} instead of {}", shown(captured), shown(expected))));
    }
    let ((was, wanted), (is, came)) = (text(expected)?, text(captured)?);
    (was != is && wanted == came && !came.is_empty()).then(|| told(format!("`{is}` instead of `{was}`")))
}

/// The head of an aggregate of another type that has as many values: a map has two for each of its entries.
fn other_head(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let head = |octets: &[u8]| {
        let text = as_text(octets)?;
        let text = text.strip_suffix("\r\n").unwrap_or(text);
        let kind = text.chars().next().filter(|kind| "*%~>|".contains(*kind))?;
        let count: u64 = text[1..].parse().ok()?;
        Some((kind, if "%|".contains(kind) { count.checked_mul(2)? } else { count }))
    };
    let ((was, wanted), (is, came)) = (head(expected)?, head(captured)?);
    let told = || Told { detail: Some(format!("`{is}` instead of `{was}`")), sure: SURE, ..Told::default() };
    (was != is && wanted == came && wanted > 0).then(told)
}

/// A command as words in a line, and as an array of texts.
fn inline(array: &[u8], line: &[u8]) -> Option<Told> {
    let line = as_text(line)?.strip_suffix('\n')?;
    let line = line.strip_suffix('\r').unwrap_or(line);
    let (count, mut rest) = as_text(array)?.strip_prefix('*')?.split_once("\r\n")?;
    let mut words = Vec::new();
    while let Some((size, behind)) = rest.strip_prefix('$').and_then(|rest| rest.split_once("\r\n")) {
        let word = behind.get(..size.parse().ok()?)?;
        rest = behind[word.len()..].strip_prefix("\r\n")?;
        words.push(word);
    }
    let holds = rest.is_empty() && count.parse() == Ok(words.len()) && line.split(' ').eq(words.iter().copied());
    holds.then(|| Told { sure: SURE, ..Told::default() })
}

fn shown(octets: &[u8]) -> String {
    format!("`{}`", printable::line(String::from_utf8_lossy(octets).trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_value_may_be_of_another_type() {
        let detail = |was: &str, is: &str| other_type(was.as_bytes(), is.as_bytes()).and_then(|told| told.detail);
        assert_eq!(detail("$2\r\n42\r\n", ":42\r\n").as_deref(), Some("`:` instead of `$`"));
        assert_eq!(detail("$2\r\nOK\r\n", "+OK\r\n").as_deref(), Some("`+` instead of `$`"));
        assert_eq!(detail("$-1\r\n", "_\r\n").as_deref(), Some("`_` instead of `$-1`"));
        assert_eq!(detail("$2\r\n42\r\n", ":43\r\n"), None);
        let head = |was: &str, is: &str| other_head(was.as_bytes(), is.as_bytes()).and_then(|told| told.detail);
        assert_eq!(head("%2\r\n", "*4\r\n").as_deref(), Some("`*` instead of `%`"));
        assert_eq!(head("%2\r\n", "*2\r\n"), None);
        assert!(inline(b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n", b"GET a\r\n").is_some());
        assert_eq!(inline(b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n", b"GET b\r\n"), None);
        assert!(of_nothing(b"$0\r\n\r\n", b"$-1\r\n") && !of_nothing(b"$-1\r\n", b"$0\r\n\r\n"));
    }
}
