//! Octets with two decimal digits each, and the same as binary numbers, as the registers of clocks have them.

use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[("binary-coded-decimal", coded)];

/// The most octets.
const MOST: usize = 64;

/// What it tells that each octet is right by the same rule; hex that is read as decimal does the same.
const SURE: i32 = 2;

fn coded(expected: &[u8], captured: &[u8]) -> Option<Told> {
    if expected.len() != captured.len() || expected.len() > MOST {
        return None;
    }
    let binary = expected.iter().zip(captured).all(|(was, is)| read(*was) == Some(*is));
    let decimal = expected.iter().zip(captured).all(|(was, is)| read(*is) == Some(*was));
    let told = |detail: &str| Told { detail: Some(detail.into()), sure: SURE, ..Told::default() };
    binary.then(|| told("binary instead")).or_else(|| decimal.then(|| told("instead of binary")))
}

/// The number that two decimal digits are.
fn read(octet: u8) -> Option<u8> {
    let (high, low) = (octet >> 4, octet & 15);
    (high < 10 && low < 10).then(|| high * 10 + low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_packed_or_not() {
        assert!(coded(b"\x45\x23\x04\x27", b"\x2d\x17\x04\x1b").is_some());
        assert!(coded(b"\x2d\x17\x04\x1b", b"\x45\x23\x04\x27").is_some());
        assert_eq!(coded(b"\x45\x2a", b"\x2d\x2a"), None, "no decimal digits");
    }
}
