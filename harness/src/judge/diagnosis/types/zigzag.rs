//! Variable-length integers below zero, of which ten octets show that they are, where the other form has few.

use crate::judge::diagnosis::guess;
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[
    ("varint-unsigned", |expected, captured| same(expected, captured)),
    ("varint-zigzag", |expected, captured| same(captured, expected)),
];

/// So many octets has every negative number in two's complement of 64 bits (Protocol Buffers).
const NEGATIVE: usize = 10;

/// The same number in zigzag and in two's complement.
fn same(zigzag: &[u8], plain: &[u8]) -> Option<Told> {
    if plain.len() != NEGATIVE {
        return None;
    }
    let plain = guess::varint(plain)? as i64;
    let coded = if let [one @ 0..=0x7f] = zigzag { u64::from(*one) } else { guess::varint(zigzag)? };
    let number = (coded >> 1) as i64 ^ -((coded & 1) as i64);
    let told = || Told { detail: Some(number.to_string()), looks_like: Some("varint".into()), ..Told::default() };
    (number == plain && number < 0).then(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_below_zero_has_ten_octets_in_twos_complement() {
        let plain = b"\xd6\xff\xff\xff\xff\xff\xff\xff\xff\x01";
        assert_eq!(same(b"\x53", plain).and_then(|told| told.detail), Some("-42".into()));
        assert_eq!(same(b"\x54", plain), None);
        assert_eq!(same(b"\x53", &plain[..9]), None);
    }
}
