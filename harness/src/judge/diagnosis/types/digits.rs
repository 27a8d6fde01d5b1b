//! Octets in hex digits: of which the top bit was taken for a sign, without zeros before them, or from the last on.

use super::as_text;
use crate::hex;
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] =
    &[("sign-extended", sign_extended), ("leading-zeros", leading_zeros), ("byte-order-swapped", reversed)];

/// The most octets.
const MOST: usize = 4096;

/// What it tells that just zeros are missing that do not count.
const SURE: i32 = 4;

/// As many digits, at the least, are octets in hex.
const LEAST: usize = 4;

/// The octets of hex digits, in lower or upper case.
fn octets(digits: &[u8]) -> Option<Vec<u8>> {
    let digits = as_text(digits).filter(|digits| digits.len() <= MOST)?;
    hex::decode(&digits.to_ascii_lowercase())
}

/// As C prints a `char` that is signed, with `%x`: all octets from 80 on have four times as many digits.
fn sign_extended(expected: &[u8], captured: &[u8]) -> Option<Told> {
    if captured.len() <= expected.len() {
        return None;
    }
    let octets = octets(expected)?;
    let wide = |octet: &u8| match octet {
        0x80.. => format!("ffffff{octet:02x}"),
        _ => format!("{octet:02x}"),
    };
    let sent: String = octets.iter().map(wide).collect();
    (as_text(captured)?.to_ascii_lowercase() == sent).then(|| Told { looks_like: Some("hex".into()), ..Told::default() })
}

/// Of each octet, or of the number that they are.
fn leading_zeros(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let is_shorter = expected.len() >= LEAST && captured.len() < expected.len() && !captured.is_empty();
    // Decimal digits are another number.
    let octets = octets(expected).filter(|_| is_shorter && expected.iter().any(u8::is_ascii_alphabetic))?;
    let came = as_text(captured)?.to_ascii_lowercase();
    let of_each: String = octets.iter().map(|octet| format!("{octet:x}")).collect();
    let all = hex::encode(&octets);
    let detail = match (came == of_each, came == all.trim_start_matches('0')) {
        (true, false) => "of each octet",
        (_, true) => "of the number",
        _ => return None,
    };
    Some(Told { detail: Some(detail.into()), looks_like: Some("hex".into()), sure: SURE, ..Told::default() })
}

/// The octets from the last to the first, as a number is written that stands in memory.
fn reversed(expected: &[u8], captured: &[u8]) -> Option<Told> {
    if expected.len() != captured.len() || expected.len() < 2 * LEAST {
        return None;
    }
    let (was, mut is) = (octets(expected)?, octets(captured)?);
    is.reverse();
    (was == is).then(|| Told { looks_like: Some("hex".into()), sure: SURE, ..Told::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_of_octets_in_hex_may_be_missing() {
        let detail = |was: &str, is: &str| leading_zeros(was.as_bytes(), is.as_bytes()).and_then(|told| told.detail);
        assert_eq!(detail("0a1b2c0d", "a1b2cd").as_deref(), Some("of each octet"));
        assert_eq!(detail("0a1b2c3d", "a1b2c3d").as_deref(), Some("of the number"));
        assert_eq!(detail("0a1b2c3d", "a1b2c3"), None);
        assert_eq!(detail("00120034", "120034"), None, "decimal, perhaps");
    }

    #[test]
    fn octets_in_hex_may_come_from_the_last_on() {
        assert!(reversed(b"3ac5d2419f7e", b"7e9f41d2c53a").is_some());
        assert_eq!(reversed(b"3ac5d2419f7e", b"7e9f41d2c53b"), None);
    }
}
