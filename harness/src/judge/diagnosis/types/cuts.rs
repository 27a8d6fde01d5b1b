//! Text that ends before it should: at a length that somebody chose, or without the empty fields at the end of its line.

use super::as_text;
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[("text-cut", cut), ("empty-fields-dropped", empty_fields)];

/// The lengths that programs give to fields: powers of two, and what is left of them behind a NUL.
const LEAST: usize = 31;
const MOST: usize = 65536;

/// What it tells that just such a length is left.
const SURE: i32 = 5;

/// What it tells that nothing is missing but delimiters before the end of a line.
const SURE_OF_EMPTY: i32 = 6;

fn is_size(length: usize) -> bool {
    (LEAST..=MOST).contains(&length) && (length.is_power_of_two() || (length + 1).is_power_of_two())
}

/// A field of which as many octets came as a buffer has.
fn cut(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let is_start = expected.len() > captured.len() && expected.starts_with(captured);
    let holds = is_start && is_size(captured.len()) && as_text(expected)?.chars().all(|character| !character.is_control());
    let detail = || format!("{} octets of {}", captured.len(), expected.len());
    holds.then(|| Told { detail: Some(detail()), sure: SURE, ..Told::default() })
}

/// Delimiters that are missing before the end of a line, with nothing between them.
fn empty_fields(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let lost = expected.len().checked_sub(captured.len()).filter(|lost| *lost > 0)?;
    let same = expected.iter().zip(captured).take_while(|(was, is)| was == is).count();
    let rest = &captured[same..];
    let is_end = rest.is_empty() || rest.starts_with(b"\n") || rest.starts_with(b"\r\n");
    let gone = &expected[same..same + lost];
    let delimiter = *gone.first()?;
    // Delimiters before it would be gone as well.
    let is_whole = captured[..same].last().is_some_and(|before| *before != delimiter && !before.is_ascii_control());
    let holds = b",;|\t".contains(&delimiter)
        && gone.iter().all(|octet| *octet == delimiter)
        && expected[same + lost..] == *rest
        && is_end
        && is_whole;
    holds.then(|| Told { sure: SURE_OF_EMPTY, beside: (same, rest.len()), ..Told::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_a_fixed_size_cuts_text() {
        let text = "an identifier of some length that does not fit";
        assert!(cut(text.as_bytes(), &text.as_bytes()[..32]).is_some());
        assert!(cut(text.as_bytes(), &text.as_bytes()[..31]).is_some());
        assert_eq!(cut(text.as_bytes(), &text.as_bytes()[..30]), None);
        assert_eq!(cut(text.as_bytes(), &text.as_bytes()[14..46]), None);
        assert_eq!(cut(text.as_bytes(), &text.as_bytes()[..16]), None, "so short that it may be chance");
        assert_eq!(
            cut(b"1234567890123456789012345678901234567\n901", b"12345678901234567890123456789012"),
            None,
            "more than a field"
        );
    }

    #[test]
    fn empty_fields_stand_at_the_end_of_a_line() {
        let beside = |was: &[u8], is: &[u8]| empty_fields(was, is).map(|told| told.beside);
        assert_eq!(beside(b"a,b,,\r\nc", b"a,b\r\nc"), Some((3, 3)));
        assert_eq!(beside(b"a|b|", b"a|b"), Some((3, 0)));
        assert_eq!(beside(b"a,,b", b"a,b"), None, "in the middle");
        assert_eq!(beside(b"a,,,\n", b"a,\n"), None, "not all of them");
        assert_eq!(beside(b"a,b\n", b"a\n"), None);
    }
}
