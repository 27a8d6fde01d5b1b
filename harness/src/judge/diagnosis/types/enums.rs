//! A name of a fixed set as its number, or the other way round.

use super::{as_text, unquoted};
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[
    ("number-for-name", |expected, captured| named(expected, captured)),
    ("name-for-number", |expected, captured| named(captured, expected)),
];

/// The fewest and the most letters of a name, and the most digits of its number.
const NAME: std::ops::RangeInclusive<usize> = 3..=48;
const MOST_DIGITS: usize = 3;

/// What it tells that the quotes went along with the name.
const SURE_OF_QUOTES: i32 = 8;

fn named(name: &[u8], number: &[u8]) -> Option<Told> {
    let (quoted, number) = (as_text(name)?, as_text(number)?);
    let name = unquoted(quoted);
    let is_digit = |text: &str| text.len() <= MOST_DIGITS && !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    let is_letter = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'-' | b'.');
    // A word that has no quotes may be anything, unless its letters say that it is a constant.
    let is_quoted = quoted != name;
    let is_constant = is_quoted || name.bytes().all(|octet| octet.is_ascii_uppercase() || octet == b'_');
    let is_name =
        NAME.contains(&name.len()) && name.bytes().all(is_letter) && name.starts_with(|c: char| c.is_ascii_alphabetic());
    let detail = || format!("{quoted} and {number}");
    (is_name && is_constant && is_digit(number) && !is_value(name)).then(|| {
        let sure = if is_quoted { SURE_OF_QUOTES } else { 0 };
        Told { detail: Some(detail()), sure, ..Told::default() }
    })
}

/// Whether it is a name of something that has a cause of its own.
fn is_value(name: &str) -> bool {
    ["true", "false", "null", "none", "nil", "nan", "yes", "undefined"].contains(&name.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_numbers() {
        assert!(named(b"\"RUNNING\"", b"2").is_some());
        assert!(named(b"\"in-progress\"", b"12").is_some());
        assert!(named(b"LEVEL_WARN", b"3").is_some());
        for (name, number) in
            [("warn", "3"), ("\"true\"", "1"), ("\"a b\"", "1"), ("RUNNING", "1234"), ("12", "3"), ("\"ab\"", "x")]
        {
            assert_eq!(named(name.as_bytes(), number.as_bytes()), None, "{name} {number}");
        }
    }
}
