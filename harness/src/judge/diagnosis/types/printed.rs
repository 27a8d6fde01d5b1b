//! What a language shows of a value that is no text, sent in place of the value.

use super::{as_text, unquoted};
use crate::judge::diagnosis::rule::{BothRule, Told};
use crate::printable;

pub(super) const RULES: &[BothRule] = &[("value-printed", value_printed)];

/// What programs print for nothing, for no number, or for a value of which they do not show what it holds.
const WORDS: [&str; 17] = [
    "undefined",
    "null",
    "NULL",
    "(null)",
    "None",
    "nil",
    "<nil>",
    "NaN",
    "nan",
    "Infinity",
    "Array",
    "Object",
    "System.Byte[]",
    "System.Object",
    "System.String[]",
    "Nothing",
    "<null>",
];

/// What begins and ends what is printed of a value, the address or the contents of which stand between.
const AROUND: [(&str, &str); 17] = [
    ("[object ", "]"),
    ("<Buffer", ">"),
    ("#<", ">"),
    ("<__main__.", ">"),
    ("<function ", ">"),
    ("<generator object ", ">"),
    ("<built-in ", ">"),
    ("<memory at 0x", ">"),
    ("dict_values([", "])"),
    ("dict_keys([", "])"),
    ("Promise {", "}"),
    ("%!", ")"),
    ("System.Collections.Generic.", "]"),
    ("ARRAY(0x", ")"),
    ("HASH(0x", ")"),
    ("SCALAR(0x", ")"),
    ("CODE(0x", ")"),
];

/// What is put around a value that may be missing.
const WRAPPED: [(&str, &str); 8] = [
    ("Some(", ")"),
    ("Some(\"", "\")"),
    ("Optional(", ")"),
    ("Optional(\"", "\")"),
    ("Optional[", "]"),
    ("Just ", ""),
    ("Ok(", ")"),
    ("{:ok, ", "}"),
];

const LONGEST: usize = 256;

pub(super) fn value_printed(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let came = as_text(captured).filter(|text| text.len() <= LONGEST)?;
    let was = as_text(expected).map(unquoted);
    let came = unquoted(came);
    let wraps = |was: &str| {
        WRAPPED.iter().any(|(begin, end)| came.strip_prefix(begin).and_then(|rest| rest.strip_suffix(end)) == Some(was))
    };
    let holds = is_printed(came) || was.is_some_and(|was| !was.is_empty() && wraps(was));
    // Nothing for nothing is another cause, and whoever expects an address expects what is printed.
    let is_other = was.is_none_or(|was| !is_printed(was) && !is_nothing(was) && !was.eq_ignore_ascii_case(came));
    (holds && is_other).then(|| Told { detail: Some(format!("`{}`", printable::line(came))), ..Told::default() })
}

fn is_nothing(text: &str) -> bool {
    WORDS[..7].iter().any(|word| word.eq_ignore_ascii_case(text))
}

fn is_printed(text: &str) -> bool {
    let is_around =
        |(begin, end): &(&str, &str)| text.strip_prefix(begin).is_some_and(|rest| rest.ends_with(end) && is_one(rest, end));
    WORDS.contains(&text) || AROUND.iter().any(is_around) || is_identity(text) || is_address(text)
}

/// Whether what begins there ends at the end and not before, so that it is one value.
fn is_one(rest: &str, end: &str) -> bool {
    rest.find(end).is_some_and(|at| at + end.len() == rest.len())
}

/// A class and the hash of an object: `[B@1b2c3d`, `java.lang.Object@7a81197d`, `[Ljava.lang.String;@1b2c3d`.
fn is_identity(text: &str) -> bool {
    let Some((class, hash)) = text.split_once('@') else { return false };
    let is_array = class.strip_prefix('[').is_some_and(|rest| rest.len() == 1 || rest.starts_with('L') && rest.ends_with(';'));
    let is_class =
        class.contains('.') && class.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'$' | b'_'));
    (is_array || is_class) && (4..=8).contains(&hash.len()) && is_hex(hash)
}

/// Where something is in memory: `0x7ffd5e8c`, `0xc000012345`.
fn is_address(text: &str) -> bool {
    text.strip_prefix("0x").is_some_and(|digits| (8..=16).contains(&digits.len()) && is_hex(digits))
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|octet| octet.is_ascii_digit() || matches!(octet, b'a'..=b'f'))
}
