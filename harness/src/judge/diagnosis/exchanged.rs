//! Two values that came in each other's place: latitude and longitude, a port for the other.

use super::sides::Sides;
use super::stretch::{Border, Stretch};
use super::walk::Fit;
use super::{Finding, Spot};

/// The widths of numbers that are exchanged, the widest first.
const WIDTHS: [usize; 4] = [16, 8, 4, 2];

/// The most octets between them, and the most of a word.
const BETWEEN: usize = 16;
const WORD: usize = 64;

/// What an octet tells that came where it belongs to the other value, in bits, and what it takes to say which values these are.
const OCTET: i32 = 6;
const VALUES: i32 = 18;

/// All that differs is two values that are exchanged.
pub(super) fn find(sides: Sides<'_>) -> Option<Finding> {
    let (expected, captured) = (sides.expected, sides.captured);
    if sides.changes.is_empty() || expected.len() != captured.len() {
        return None;
    }
    let same = expected.iter().zip(captured).take_while(|(one, other)| one == other).count();
    let behind = expected.iter().rev().zip(captured.iter().rev()).take_while(|(one, other)| one == other).count();
    let (start, end) = (same, expected.len() - behind);
    if end - start > 2 * WORD + BETWEEN {
        return None;
    }
    let (start, end, detail) = words(expected, captured, start, end).or_else(|| numbers(expected, captured, start, end))?;
    let told = (end - start) as i32;
    let ends = (start, end);
    let stretch = Stretch { border: Border::Field, changes: (0, sides.changes.len()), expected: ends, captured: ends };
    let spot = Spot::of(&stretch, None);
    let detail = format!("{spot}: {detail}");
    let bits = OCTET * told - VALUES;
    Some(Finding { spots: vec![spot], bits, ..Finding::new("fields-reordered").fit(Fit::InPlaces).detail(detail) })
}

type Exchanged = (usize, usize, String);

/// Two words with something between them that is none.
fn words(expected: &[u8], captured: &[u8], start: usize, end: usize) -> Option<Exchanged> {
    let is_word = |octet: &u8| octet.is_ascii_alphanumeric() || b"._-+".contains(octet);
    let left = expected[..start].iter().rev().take(WORD).take_while(|octet| is_word(octet)).count();
    let right = expected[end..].iter().take(WORD).take_while(|octet| is_word(octet)).count();
    let (start, end) = (start - left, end + right);
    let (was, is) = (&expected[start..end], &captured[start..end]);
    let word = |octets: &[u8]| octets.iter().take_while(|octet| is_word(octet)).count();
    let (first, second) = (&was[..word(was)], &is[..word(is)]);
    let between = was.get(first.len()..was.len().checked_sub(second.len())?)?;
    let is_exchanged = was.ends_with(second) && is.ends_with(first) && is[second.len()..].starts_with(between);
    let is_apart = !between.is_empty() && between.len() <= BETWEEN && !between.iter().any(is_word);
    let is_clear = first.len().min(second.len()) > 1 && first != second;
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    let detail = || format!("`{}` and `{}` in each other's place", text(first), text(second));
    (is_exchanged && is_apart && is_clear).then(|| (start, end, detail()))
}

/// Two numbers as wide as each other. Halves of one number are told elsewhere.
fn numbers(expected: &[u8], captured: &[u8], start: usize, end: usize) -> Option<Exchanged> {
    WIDTHS.into_iter().find_map(|width| {
        // The first octets of both may be the same, and the last.
        let begins = (0..width).filter_map(|back| start.checked_sub(back));
        let pairs = begins.flat_map(|start| (0..width).map(move |on| (start, end + on)));
        pairs.into_iter().find_map(|(start, end)| {
            let (was, is) = (expected.get(start..end)?, captured.get(start..end)?);
            let middle = was.len().checked_sub(2 * width)?;
            let is_exchanged = was[..width] == is[width + middle..] && was[width + middle..] == is[..width];
            let is_same = was[width..width + middle] == is[width..width + middle];
            // Zeros and what repeats show nothing.
            let told = was[..width].iter().zip(&is[..width]).filter(|(one, other)| one != other).count();
            let is_wide = width == 8 && middle == 0 || middle.is_multiple_of(width) && middle > 0 && middle <= BETWEEN;
            // Each the other way round is the order of their octets.
            let is_reversed = was[..width].iter().rev().eq(&is[..width]);
            let is_clear = !is_reversed && is_wide && told * 2 >= width && told > 1;
            let detail = || format!("two values of {width} octets in each other's place");
            (is_exchanged && is_same && is_clear).then(|| (start, end, detail()))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::diagnosis::sides::lined_up;

    fn found(expected: &[u8], captured: &[u8]) -> Option<String> {
        lined_up(expected, captured, find)?.detail
    }

    #[test]
    fn two_words_may_be_exchanged() {
        let told = found(b"{\"at\":[9.9685,53.5435],\"b\":1}", b"{\"at\":[53.5435,9.9685],\"b\":1}");
        assert_eq!(told.as_deref(), Some("offset 7, 14 octets: `9.9685` and `53.5435` in each other's place"));
        assert_eq!(found(b"{\"at\":[9.9685,53.5435]}", b"{\"at\":[53.5435,9.9686]}"), None);
        assert_eq!(found(b"a=1&b=2", b"a=2&b=1"), None, "of one letter each");
    }

    #[test]
    fn two_numbers_may_be_exchanged() {
        let (one, other) = (b"\x40\x23\xf0\x20\xc4\x9b\xa5\xe3", b"\x40\x4a\xc5\x91\x68\x72\xb0\x21");
        let message = |first: &[u8], second: &[u8]| [b"\x01\x02", first, second, b"\x07"].concat();
        let told = found(&message(one, other), &message(other, one));
        assert!(told.as_deref().is_some_and(|told| told.ends_with("two values of 8 octets in each other's place")), "{told:?}");
        assert_eq!(found(b"\x01\x01\x2c\x05\x05\x2c\x01\x07", b"\x01\x2c\x01\x05\x05\x01\x2c\x07"), None, "the other way round");
        assert_eq!(found(b"\x01\x11\x22\x33\x44\x07", b"\x01\x33\x44\x11\x22\x07"), None, "halves");
    }
}
