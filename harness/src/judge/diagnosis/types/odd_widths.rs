//! Integers of three, five, six or seven octets, or of more than eight, and the lengths and numbers of QUIC, which have two bits of their first octet for that.

use crate::judge::diagnosis::guess;
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[
    ("byte-order-swapped", swapped),
    ("octets-reversed", reversed),
    ("sign-not-extended", padded),
    ("integer-width", quic_width),
    ("quic-varint", quic_otherwise),
];

/// What speaks against it that a number stands there, where text may.
const SURE: i32 = 2;

/// What speaks against a number of so odd a width, where octets may be those of others beside each other.
const ODD: i32 = 6;

/// From the last octet to the first.
fn swapped(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let is_odd = matches!(expected.len(), 3 | 5 | 6 | 7 | 9..=16) && expected.len() == captured.len();
    let is_text = expected.iter().all(|octet| octet.is_ascii_graphic() || octet.is_ascii_whitespace());
    let is_number = expected.len() < WIDE || is_padded(expected);
    let looks_like = format!("a number of {} bits", expected.len() * 8);
    let holds = is_odd && is_number && !is_text && expected != captured && expected.iter().rev().eq(captured);
    let sure = if expected.len() == 16 { 0 } else { -ODD };
    holds.then(|| Told { looks_like: Some(looks_like), sure, ..Told::default() })
}

/// A wider number than this does not often fill all of its octets.
const WIDE: usize = 9;

/// Whether it begins or ends as a number does that is wider than it has to be.
fn is_padded(octets: &[u8]) -> bool {
    [octets.first_chunk::<2>(), octets.last_chunk::<2>()].into_iter().flatten().any(|end| matches!(end, [0, 0] | [0xff, 0xff]))
}

/// The same of what is no number, or may be none.
fn reversed(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let holds = expected.len() >= WIDE && expected != captured && expected.iter().rev().eq(captured);
    (holds && swapped(expected, captured).is_none()).then(Told::default)
}

/// The least octets before a number below zero that show its sign by themselves.
const LEAST_PADDING: usize = 5;

/// A number below zero that was made wide with nothing, and not with its sign.
fn padded(expected: &[u8], captured: &[u8]) -> Option<Told> {
    // All ones of a usual width are a number, or an address, of their own.
    let is_all = matches!(expected.len(), 6 | 8 | 16);
    let holds = expected.len() >= LEAST_PADDING
        && !is_all
        && expected.len() == captured.len()
        && expected.iter().all(|octet| *octet == 0xff)
        && captured.iter().all(|octet| *octet == 0);
    let detail = || format!("00 instead of ff in {} octets before it", expected.len());
    holds.then(|| Told { detail: Some(detail()), looks_like: Some("a number below zero".into()), ..Told::default() })
}

/// RFC 9000, section 16.
fn quic(octets: &[u8]) -> Option<u64> {
    let first = octets.first()?;
    let is_one = octets.len() == 1 << (first >> 6);
    is_one.then(|| octets[1..].iter().fold(u64::from(first & 0x3f), |number, octet| number << 8 | u64::from(*octet)))
}

fn quic_width(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let (was, is) = (quic(expected)?, quic(captured)?);
    let holds = was == is && expected.len() != captured.len();
    let detail = format!("{was} in {} octets instead of {}", captured.len(), expected.len());
    let looks_like = Some("a varint of QUIC".into());
    holds.then(|| Told { detail: Some(detail), looks_like, sure: SURE, ..Told::default() })
}

/// As LEB128, or where that is to be.
fn quic_otherwise(expected: &[u8], captured: &[u8]) -> Option<Told> {
    if expected.len() < 2 || captured.len() < 2 {
        return None;
    }
    let (leb, other) = (guess::varint(captured), quic(expected));
    let detail =
        match (leb.is_some() && leb == other, guess::varint(expected).is_some() && guess::varint(expected) == quic(captured)) {
            (true, _) => "LEB128 instead of QUIC's",
            (_, true) => "QUIC's instead of LEB128",
            _ => return None,
        };
    Some(Told { detail: Some(detail.into()), ..Told::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_odd_widths_have_an_order_too() {
        assert!(swapped(b"\x01\x02\x03", b"\x03\x02\x01").is_some());
        assert!(swapped(b"\0\0\0\0\0\0\0\0\x49\x96\x02\xd7", b"\xd7\x02\x96\x49\0\0\0\0\0\0\0\0").is_some());
        assert_eq!(swapped(b"abc", b"cba"), None);
        assert_eq!((swapped(b"no number", b"rebmun on"), reversed(b"abc", b"cba")), (None, None));
        assert!(reversed(b"no number", b"rebmun on").is_some());
        assert!(reversed(b"\x80no number", b"rebmun on\x80").is_some());
        assert_eq!(swapped(b"\x01\x02\x03\x04", b"\x04\x03\x02\x01"), None, "which others know");
    }

    #[test]
    fn a_wide_number_below_zero_begins_with_its_sign() {
        assert!(padded(&[0xff; 11], &[0; 11]).is_some());
        assert_eq!(padded(&[0xff; 8], &[0; 8]), None, "another number");
        assert_eq!(padded(&[0xff; 11], &[0; 10]).or(padded(b"\xff\xff\xff\xff\xfe", &[0; 5])), None);
    }

    #[test]
    fn numbers_of_quic_say_how_long_they_are() {
        assert!(quic_width(b"\x40\x25", b"\x80\0\0\x25").is_some());
        assert!(quic_width(b"\x25", b"\x40\x25").is_some());
        assert_eq!(quic_width(b"\x40\x25", b"\x80\0\0\x26"), None);
        assert!(quic_otherwise(b"\x40\xc8", b"\xc8\x01").is_some());
        assert_eq!(quic_otherwise(b"\x40\xc8", b"\xc9\x01"), None);
    }
}
