//! Variable-length integers of one octet, which might be anything, where the other form is long enough to tell: ten octets of a number
//! below zero, or groups of nothing.

use crate::judge::diagnosis::guess;
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[
    ("varint-unsigned", |expected, captured| same(expected, captured)),
    ("varint-zigzag", |expected, captured| same(captured, expected)),
    ("varint-not-minimal", padded),
    ("cut-to-8-bits", cut),
];

/// So many octets has every negative number in two's complement of 64 bits (Protocol Buffers), and of 32.
const NEGATIVE: usize = 10;
const NEGATIVE_32: usize = 5;

/// The same number in zigzag and in two's complement.
fn same(zigzag: &[u8], plain: &[u8]) -> Option<Told> {
    let value = guess::varint(plain)?;
    let plain = match plain.len() {
        NEGATIVE => value as i64,
        NEGATIVE_32 => u32::try_from(value).ok()?.cast_signed().into(),
        _ => return None,
    };
    let coded = if let [one @ 0..=0x7f] = zigzag { u64::from(*one) } else { guess::varint(zigzag)? };
    let number = (coded >> 1) as i64 ^ -((coded & 1) as i64);
    let told = || Told { detail: Some(number.to_string()), looks_like: Some("varint".into()), ..Told::default() };
    (number == plain && number < 0).then(told)
}

/// A number of one octet, with groups of nothing behind it; of more octets the rules of numbers tell.
fn padded(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let (&[number @ 0..=0x7f], [first, groups @ .., 0]) = (expected, captured) else { return None };
    let holds = *first == number | 0x80 && captured.len() <= NEGATIVE && groups.iter().all(|group| *group == 0x80);
    let detail = || format!("{} octets for {number}", captured.len());
    holds.then(|| Told { detail: Some(detail()), looks_like: Some("varint".into()), ..Told::default() })
}

/// What it tells that one octet came of a number that says itself that it has two, in bits.
const CUT: i32 = 8;

/// A number of two octets or three as its low bits, in one octet that says that nothing follows.
fn cut(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let (&[is @ 1..=0x7f], 2..=3) = (captured, expected.len()) else { return None };
    let number = guess::varint(expected)?;
    let holds = u64::from(is) == number & 0x7f || u64::from(is) == number & 0xff;
    let detail = || format!("{is} instead of {number}");
    holds.then(|| Told { detail: Some(detail()), looks_like: Some("varint".into()), sure: CUT, ..Told::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_below_zero_has_ten_octets_in_twos_complement() {
        let plain = b"\xd6\xff\xff\xff\xff\xff\xff\xff\xff\x01";
        assert_eq!(same(b"\x53", plain).and_then(|told| told.detail), Some("-42".into()));
        assert_eq!(same(b"\x53", b"\xd6\xff\xff\xff\x0f").and_then(|told| told.detail), Some("-42".into()), "of 32 bits");
        assert_eq!(same(b"\x54", b"\x2a\xff\xff\xff\x07").or(same(b"\x53", b"\xd6\xff\xff\xff\x1f")), None);
        assert!(padded(b"\x05", b"\x85\x80\x80\x00").is_some());
        assert_eq!(padded(b"\x05", b"\x85\x80\x81\x00"), None);
        assert_eq!(cut(b"\xac\x02", b"\x2c").and_then(|told| told.detail).as_deref(), Some("44 instead of 300"));
        assert_eq!(cut(b"\xac\x02", b"\x2d"), None);
        assert_eq!(same(b"\x54", plain), None);
        assert_eq!(same(b"\x53", &plain[..9]), None);
    }
}
