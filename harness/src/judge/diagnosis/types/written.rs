//! Numbers in text that are the same but for how they are written: zeros before them, blanks or separators among their digits.

use super::{as_text, token};
use crate::judge::diagnosis::rule::{BothRule, Told};
use crate::printable;

pub(super) const RULES: &[BothRule] =
    &[("leading-zeros", leading_zeros), ("leading-zeros", before_point), ("digits-separated", separated)];

/// What it tells that just zeros are missing that do not count, or that there is just a blank where none belongs.
const SURE: i32 = 6;

/// The most octets of numbers in text.
const MOST: usize = 64;

/// Texts with digits that are no longer than a number may be.
fn both<'a>(expected: &'a [u8], captured: &'a [u8]) -> Option<(&'a str, &'a str)> {
    let is_one = |octets: &[u8]| octets.len() <= MOST && octets.iter().any(u8::is_ascii_digit);
    if expected.len() == captured.len() || !is_one(expected) || !is_one(captured) {
        return None;
    }
    Some((as_text(expected)?, as_text(captured)?))
}

/// The zero before the point of a fraction: `.5` for `0.5`.
fn before_point(expected: &[u8], captured: &[u8]) -> Option<Told> {
    if expected.len().abs_diff(captured.len()) != 1 {
        return None;
    }
    let beside = token::around(expected, captured, |octet| octet.is_ascii_digit() || octet == b'.');
    let (was, is) = (as_text(token::within(expected, beside))?, as_text(token::within(captured, beside))?);
    let is_same = |long: &str, short: &str| long.strip_prefix('0') == Some(short) && short.starts_with('.') && short.len() > 1;
    (is_same(was, is) || is_same(is, was)).then(|| Told { beside, ..told(was, is) })
}

/// Of a number with a fixed number of digits, of which the octet before it shows that it begins there.
fn leading_zeros(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let (longer, shorter) = if expected.len() > captured.len() { (expected, captured) } else { (captured, expected) };
    let zeros = longer.len() - shorter.len();
    let same = longer.iter().zip(shorter).take_while(|(one, other)| one == other).count();
    let is_digit = |octet: &&u8| octet.is_ascii_digit();
    // Zeros that are gone from a run of zeros are its last ones, as far as one can see.
    let start = same - longer[..same].iter().rev().take_while(is_digit).count();
    let end = same + longer[same..].iter().take_while(is_digit).count();
    let value = |run: &[u8]| run.iter().position(|digit| *digit != b'0').map_or(0, |first| run.len() - first);
    let (run, other) = (&longer[start..end], longer[start..end].get(zeros..)?);
    let holds = zeros > 0
        && start > 0
        && !other.is_empty()
        && value(run) <= other.len()
        && shorter[start..].starts_with(other)
        && shorter[start + other.len()..] == longer[end..]
        && !is_fraction(&longer[..start], &longer[end..]);
    let (was, is) = if expected.len() > captured.len() { (run, other) } else { (other, run) };
    holds.then(|| Some(Told { beside: (start, longer.len() - end), ..told(as_text(was)?, as_text(is)?) }))?
}

/// Whether digits between these octets stand behind a decimal point, and not in an address, a version or a date.
fn is_fraction(before: &[u8], after: &[u8]) -> bool {
    let is_number = |octet: &&u8| octet.is_ascii_digit() || **octet == b'.';
    let points = |octets: &mut dyn Iterator<Item = &u8>| octets.filter(|octet| **octet == b'.').count();
    let of_word = points(&mut before.iter().rev().take_while(is_number)) + points(&mut after.iter().take_while(is_number));
    before.ends_with(b".") && of_word == 1
}

/// A blank somewhere in a number, or thousands parted.
fn separated(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let (was, is) = both(expected, captured)?;
    let is_number = was.bytes().all(|octet| octet.is_ascii_digit() || matches!(octet, b'.' | b'+' | b'-' | b'e' | b'E'));
    let is_amid =
        is.ends_with(|last: char| last.is_ascii_digit()) && is.starts_with(|first: char| first.is_ascii_digit() || first == '-');
    let without = |separator: char| is.contains(separator) && is.replace(separator, "") == was;
    let in_thousands = |separator: char| {
        let whole = is.split('.').next().unwrap_or_default();
        let mut groups = whole.split(separator).skip(1);
        groups.all(|group| group.len() == 3) && without(separator)
    };
    let holds = is_number
        && is_amid
        && (without(' ') || [',', '\'', '_', '\u{a0}', '\u{202f}', '\u{2009}'].into_iter().any(in_thousands));
    let amid = if is.contains(' ') { ", with a blank" } else { "" };
    holds.then(|| told(was, is)).map(|told| Told { detail: told.detail.map(|detail| detail + amid), ..told })
}

fn told(was: &str, is: &str) -> Told {
    let detail = format!("`{}` instead of `{}`", printable::line(is), printable::line(was));
    Told { detail: Some(detail), sure: SURE, ..Told::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_before_numbers_do_not_count() {
        let beside = |was: &str, is: &str| leading_zeros(was.as_bytes(), is.as_bytes()).map(|told| told.beside);
        assert_eq!(beside("10=071;", "10=71;"), Some((3, 1)));
        assert_eq!(beside("at 9:05", "at 09:05"), Some((3, 3)));
        assert_eq!(beside("e+006", "e+06"), Some((2, 0)));
        assert_eq!(beside("a 10.0.0.1", "a 10.0.0.001"), Some((9, 0)));
        for (was, is) in [
            ("n 1.05", "n 1.5"),
            ("n 10", "n 1"),
            ("n 0a", "n a"),
            ("n 71", "n 072"),
            ("n 0", "n "),
            ("05", "5"),
            ("a 105", "a 15"),
        ] {
            assert_eq!(beside(was, is), None, "{was} {is}");
        }
    }

    #[test]
    fn a_fraction_may_begin_with_its_point() {
        assert!(before_point(b"a=0.5;", b"a=.5;").is_some() && before_point(b"a=.5", b"a=0.5").is_some());
        assert_eq!(before_point(b"a=10.5;", b"a=1.5;"), None);
        assert_eq!(before_point(b"a=0.5;", b"a=0.;"), None);
    }

    #[test]
    fn digits_may_be_parted() {
        for (was, is) in [("1234567", "1,234,567"), ("1234.5", "1 234.5"), ("1.2e+006", "1.2e+ 006"), ("-12345", "-12'345")] {
            assert!(separated(was.as_bytes(), is.as_bytes()).is_some(), "{was} {is}");
        }
        for (was, is) in [("12", "1,2"), ("1,2", "12"), ("12", "12 "), ("ab1", "a b1"), ("12", "1 3")] {
            assert_eq!(separated(was.as_bytes(), is.as_bytes()), None, "{was} {is}");
        }
    }
}
