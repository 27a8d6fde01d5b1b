//! Lengths of ASN.1 that are not as short as they can be, wherever they stand.

use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[("asn1-lengths", otherwise)];

/// The same length in another number of octets, the longer of which has more than one.
fn otherwise(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let (was, is) = (length(expected)?, length(captured)?);
    let holds = was == is && expected.len() != captured.len();
    let which = if captured.len() > expected.len() { "not the shortest form" } else { "a shorter form" };
    let detail = format!("the length {was} in {} octets instead of {}, {which}", captured.len(), expected.len());
    holds.then(|| Told { detail: Some(detail), looks_like: Some("a BER length".into()), ..Told::default() })
}

/// Whether it may be the first octet of a length, which says in how many the length is.
pub(super) fn is_first(octet: u8) -> bool {
    matches!(octet, 0x81..=0x84)
}

/// X.690, section 8.1.3.
fn length(octets: &[u8]) -> Option<u64> {
    match octets {
        [short @ 0..=0x7f] => Some((*short).into()),
        [count @ 0x81..=0x84, digits @ ..] if usize::from(count & 0x7f) == digits.len() => {
            Some(digits.iter().fold(0, |length, digit| length << 8 | u64::from(*digit)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_has_several_forms() {
        assert!(otherwise(b"\x81\x96", b"\x82\x00\x96").is_some());
        assert!(otherwise(b"\x82\x00\x20", b"\x20").is_some());
        assert_eq!(otherwise(b"\x81\x96", b"\x82\x00\x97"), None);
        assert_eq!(otherwise(b"\x81\x96", b"\x82\x96"), None);
    }
}
