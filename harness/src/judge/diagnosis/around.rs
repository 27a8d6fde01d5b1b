//! What stands around a stretch, and speaks against a cause that holds for it: what the cause would have changed there as well.

use super::stretch::{Sides, Stretch};
use crate::judge::align::Change;

/// What it takes away where a cause makes no sense at its place, in bits.
const SENSELESS: i32 = 16;

/// What it takes away where it spared what it would have changed beside it.
const SPARED: i32 = 8;

/// The most octets before a stretch, or behind it, that are looked at.
const NEAR: usize = 48;

/// So many octets of ASCII before something show that it is in text.
const LEAST_TEXT: usize = 2;

/// What speaks against a cause at its place, in bits.
pub(super) fn against(sides: Sides<'_>, name: &str, stretch: &Stretch) -> i32 {
    let changes = sides.changes.get(stretch.changes.0..stretch.changes.1).unwrap_or_default();
    let none = |holds: fn(Sides<'_>, &Change) -> bool| !changes.iter().any(|change| holds(sides, change));
    match name {
        "nuls-dropped" | "controls-dropped" | "cut-at-nul" if is_last_nul(sides, changes) => SPARED,
        // Who drops those of text drops those of numbers too.
        "nuls-dropped" | "controls-dropped" if !sides.changes.iter().any(|change| is_lost_behind_text(sides, change)) => {
            SENSELESS
        }
        "high-bit-stripped" | "high-octets-dropped" if none(is_within_text) && octets(changes) < MANY => SENSELESS,
        "nul-missing" if changes.len() > 1 && changes.iter().all(|change| is_inside_text(sides, change)) => SPARED,
        "blanks-trimmed" if none(is_at_an_end) => SENSELESS,
        "carriage-return-added" if !none(is_beside_another) => SPARED,
        "cut-at-blank" if !is_a_field(sides, stretch) => SENSELESS,
        "number-rounded" | "number-reformatted" | "fraction-lost" if is_amid_a_number(sides, stretch) => SENSELESS,
        "text-cut" if sides.expected.get(stretch.expected.1).is_some_and(u8::is_ascii_alphanumeric) => SENSELESS,
        "flow-control-filtered" if none(is_behind_text) => SENSELESS,
        name if stretch.expected.0 == stretch.expected.1 && OF_SOMETHING.contains(&name) => SENSELESS,
        "question-mark-per-code-point" | "replacement-per-code-point" if spares_characters(sides, stretch) => SPARED,
        _ => 0,
    }
}

/// Causes that make something of nothing, which nobody sends for it.
const OF_SOMETHING: [&str; 5] =
    ["octet-list-as-text", "frame-added", "string-literal-as-text", "octets-literal-as-text", "json-string"];

/// So many octets are changed alike by no chance.
const MANY: usize = 4;

fn octets(changes: &[Change]) -> usize {
    changes.iter().map(|change| change.expected.len()).sum()
}

/// Whether it is octets that are gone, and text goes before them.
fn is_lost_behind_text(sides: Sides<'_>, change: &Change) -> bool {
    change.captured.is_empty() && is_behind_text(sides, change)
}

/// Whether a number in text goes on behind a stretch, or began before it.
fn is_amid_a_number(sides: Sides<'_>, stretch: &Stretch) -> bool {
    let octets = stretch.expected(sides);
    let before = stretch.expected.0.checked_sub(1).and_then(|at| sides.expected.get(at));
    let began = before.is_some_and(|octet| octet.is_ascii_digit() || *octet == b'.');
    let goes_on = sides.expected.get(stretch.expected.1).is_some_and(u8::is_ascii_digit);
    began && octets.first().is_some_and(u8::is_ascii_digit) || goes_on && octets.last().is_some_and(u8::is_ascii_digit)
}

fn is_ascii_text(octet: &u8) -> bool {
    matches!(octet, b' '..=b'~' | b'\t' | b'\r' | b'\n')
}

/// Whether all that is missing is the one octet that ends a message.
fn is_last_nul(sides: Sides<'_>, changes: &[Change]) -> bool {
    let [change] = changes else { return false };
    change.expected.len() == 1 && change.captured.is_empty() && change.expected.end == sides.expected.len()
}

/// Whether text goes before it.
fn is_behind_text(sides: Sides<'_>, change: &Change) -> bool {
    let before = sides.expected[..change.expected.start].last_chunk::<LEAST_TEXT>();
    before.is_some_and(|before| before.iter().all(is_ascii_text))
}

/// Whether there is text before it or behind it, and nothing else in between.
fn is_within_text(sides: Sides<'_>, change: &Change) -> bool {
    let behind = sides.expected[change.expected.end..].first_chunk::<LEAST_TEXT>();
    is_behind_text(sides, change) || behind.is_some_and(|behind| behind.iter().all(is_ascii_text))
}

/// Whether there is text before it and behind it.
fn is_inside_text(sides: Sides<'_>, change: &Change) -> bool {
    let behind = sides.expected.get(change.expected.end);
    is_behind_text(sides, change) && behind.is_some_and(is_ascii_text)
}

/// Whether a word is on one side of it at the most, beyond more blanks.
fn is_at_an_end(sides: Sides<'_>, change: &Change) -> bool {
    let is_word = |octet: Option<&u8>| octet.is_some_and(|octet| octet.is_ascii_alphanumeric() || *octet >= 0x80);
    let (before, after) = (&sides.expected[..change.expected.start], &sides.expected[change.expected.end..]);
    !(is_word(before.trim_ascii_end().last()) && is_word(after.trim_ascii_start().first()))
}

/// Whether a carriage return came beside one that was there.
fn is_beside_another(sides: Sides<'_>, change: &Change) -> bool {
    let (before, after) = (&sides.captured[..change.captured.start], &sides.captured[change.captured.end..]);
    before.last() == Some(&b'\r') || after.first() == Some(&b'\r')
}

/// Whether it begins and ends where a field does: a name and its sign may go before it.
fn is_a_field(sides: Sides<'_>, stretch: &Stretch) -> bool {
    let is_inside =
        |octet: Option<&u8>| octet.is_some_and(|octet| octet.is_ascii_alphanumeric() || *octet >= 0x80 || *octet == b' ');
    let before = &sides.expected[..stretch.expected.0];
    let before = before.strip_suffix(b": ").or_else(|| before.strip_suffix(b"= ")).map_or(before.last(), |_| None);
    !is_inside(before) && !is_inside(sides.expected.get(stretch.expected.1))
}

/// Whether characters beyond ASCII are beside a stretch, in the same text.
fn spares_characters(sides: Sides<'_>, stretch: &Stretch) -> bool {
    let is_text = |octet: &&u8| is_ascii_text(octet) || **octet >= 0x80;
    let before: usize = sides.expected[..stretch.expected.0].iter().rev().take(NEAR).take_while(is_text).count();
    let after: usize = sides.expected[stretch.expected.1..].iter().take(NEAR).take_while(is_text).count();
    let sides_of_it = [
        &sides.expected[stretch.expected.0 - before..stretch.expected.0],
        &sides.expected[stretch.expected.1..stretch.expected.1 + after],
    ];
    let has_one = |octets: &[u8]| octets.utf8_chunks().any(|chunk| !chunk.valid().is_ascii());
    sides_of_it.into_iter().any(has_one)
}

#[cfg(test)]
mod tests {
    use super::super::stretch::Border;
    use super::*;
    use crate::judge::diagnosis::sides::lined_up;

    fn against_all(name: &str, expected: &[u8], captured: &[u8]) -> i32 {
        lined_up(expected, captured, |sides| {
            let stretches = sides.changes.iter().enumerate();
            let stretches = stretches.map(|(at, change)| Stretch { changes: (at, at + 1), ..Stretch::exact(change) });
            stretches.map(|stretch| against(sides, name, &stretch)).sum()
        })
    }

    #[test]
    fn nuls_are_dropped_from_text_and_not_from_numbers() {
        assert_eq!(against_all("nuls-dropped", b"\x01\x05with\0nul\x07", b"\x01\x05withnul\x07"), 0);
        assert_eq!(against_all("nuls-dropped", b"\x01\x05\x00\x80\x07", b"\x01\x05\x80\x07"), SENSELESS);
        // Beside those of text.
        assert_eq!(against_all("nuls-dropped", b"\x05\x00\x80\x07with\0nul", b"\x05\x80\x07withnul"), 0);
    }

    #[test]
    fn bits_are_stripped_of_text_and_not_of_numbers() {
        assert_eq!(against_all("high-bit-stripped", b"caf\xe9!", b"cafi!"), 0);
        assert_eq!(against_all("high-bit-stripped", b"\x10\xac\x02\x1a", b"\x10\x2c\x02\x1a"), SENSELESS);
        assert_eq!(against_all("high-bit-stripped", b"\x10\xac\xad\xae\xaf", b"\x10\x2c\x2d\x2e\x2f"), 0);
    }

    #[test]
    fn a_number_is_rounded_as_a_whole() {
        let rounded = |text: &[u8], at: (usize, usize), came: (usize, usize)| {
            let sides = Sides { expected: text, captured: text, changes: &[] };
            against(sides, "number-rounded", &Stretch { border: Border::Exact, changes: (0, 0), expected: at, captured: came })
        };
        assert_eq!(rounded(b"a 12.345 b", (2, 8), (2, 8)), 0);
        assert_eq!([rounded(b"a 12.345 b", (2, 7), (2, 7)), rounded(b"a 12.345 b", (3, 8), (3, 8))], [SENSELESS; 2]);
    }

    #[test]
    fn blanks_are_trimmed_at_ends() {
        assert_eq!(against_all("blanks-trimmed", b"a=two ;", b"a=two;"), 0);
        assert_eq!(against_all("blanks-trimmed", b"two words", b"twowords"), SENSELESS);
    }

    #[test]
    fn what_replaces_characters_replaces_all_of_a_text() {
        let name = "question-mark-per-code-point";
        assert_eq!(against_all(name, "na\u{ef}ve \u{1f600}".as_bytes(), "na\u{ef}ve ?".as_bytes()), SPARED);
        assert_eq!(against_all(name, "naive \u{1f600}".as_bytes(), b"naive ?"), 0);
    }
}
