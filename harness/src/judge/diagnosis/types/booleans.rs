//! Truth values, as octets and as words.

use super::as_text;
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] =
    &[("booleans-as-text", as_words), ("literal-respelled", respelled), ("booleans-as-numbers", as_digits)];

/// Words for no and yes.
const WORDS: [(&str, &str); 8] = [
    ("false", "true"),
    ("False", "True"),
    ("FALSE", "TRUE"),
    ("no", "yes"),
    ("No", "Yes"),
    ("off", "on"),
    ("N", "Y"),
    ("F", "T"),
];

/// What may stand between words.
const BETWEEN: [&str; 4] = ["", ",", " ", "\n"];

/// The most octets that are taken for truth values.
const MOST: usize = 64;

fn as_words(expected: &[u8], captured: &[u8]) -> Option<Told> {
    if expected.is_empty() || expected.len() > MOST || expected.iter().any(|octet| *octet > 1) {
        return None;
    }
    let written = |(no, yes): (&str, &str), between: &str| {
        let words: Vec<&str> = expected.iter().map(|octet| if *octet == 1 { yes } else { no }).collect();
        words.join(between).into_bytes()
    };
    let holds = WORDS[..3].iter().any(|words| BETWEEN.iter().any(|between| written(*words, between) == captured));
    holds.then(|| Told { looks_like: Some("bool".into()), ..Told::default() })
}

/// A word came as a digit, or a digit as a word.
fn as_digits(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let same = |word: &[u8], digit: &[u8]| {
        let of = |(no, yes): &(&str, &str)| word == no.as_bytes() && digit == b"0" || word == yes.as_bytes() && digit == b"1";
        WORDS[..3].iter().any(of)
    };
    (same(expected, captured) || same(captured, expected)).then(Told::default)
}

/// One word for another of the same truth.
fn respelled(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let (was, is) = (as_text(expected)?, as_text(captured)?);
    let truth =
        |text: &str| WORDS.iter().find_map(|(no, yes)| if *no == text { Some(false) } else { (*yes == text).then_some(true) });
    // A letter or a digit for another may be anything.
    let is_word = was.len() > 1 && is.len() > 1 && was != is;
    (is_word && truth(was)? == truth(is)?).then(|| Told { detail: Some(format!("`{is}` instead of `{was}`")), ..Told::default() })
}
