//! Addresses of STUN that came without the XOR that hides them from translators of addresses, or that should come without it.

use super::sides::Sides;
use super::stretch::{Border, Stretch};
use super::walk::Fit;
use super::{Finding, Spot};

/// What stands in each message of STUN (RFC 8489), and where: the identifier of the transaction follows.
const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const AT: usize = 4;

/// A port, and an address of either version.
const SIZES: [usize; 2] = [18, 6];

/// What it tells that each octet is right with the XOR, in bits.
const OCTET: i32 = 8;

/// The types of the attributes with the XOR and without.
const TYPES: [[u8; 2]; 2] = [[0, 0x20], [0, 0x01]];

/// All that differs is one address, and perhaps the type of its attribute.
pub(super) fn find(sides: Sides<'_>) -> Option<Finding> {
    let (expected, captured) = (sides.expected, sides.captured);
    let cookie = expected.get(AT..AT + COOKIE.len()).filter(|cookie| **cookie == COOKIE)?;
    let identifier = expected.get(AT + COOKIE.len()..AT + COOKIE.len() + 12)?;
    if expected.len() != captured.len() {
        return None;
    }
    let key: Vec<u8> = [&cookie[..2], cookie, identifier].concat();
    let differs = |at: &usize| expected[*at] != captured[*at];
    let (last, first) = (expected.len().checked_sub(1)?, (0..expected.len()).find(differs)?);
    let is_it = |start: usize, size: usize| {
        let octets = expected.get(start..start + size)?.iter().zip(captured.get(start..start + size)?);
        octets.zip(&key).all(|((was, is), key)| was ^ is == *key).then_some((start, size))
    };
    let near = (first..=first + 8).chain([first.saturating_sub(1)]);
    let (start, size) = near.into_iter().find_map(|start| SIZES.into_iter().find_map(|size| is_it(start, size)))?;
    let attribute = start.checked_sub(6).map(|at| at..at + 2)?;
    let is_typed = TYPES.iter().any(|kind| expected[attribute.clone()] == *kind);
    let is_beside = |at: usize| (start..start + size).contains(&at) || is_typed && attribute.contains(&at);
    if !(0..=last).filter(differs).all(is_beside) {
        return None;
    }
    let ends = (start, start + size);
    let stretch = Stretch { border: Border::Field, changes: (0, sides.changes.len()), expected: ends, captured: ends };
    let spot = Spot::of(&stretch, Some("a port and an address".to_owned()));
    Some(
        Finding { bits: OCTET * size as i32, ..Finding::new("address-xor").fit(Fit::InPlaces).detail(spot.to_string()) }.at(spot),
    )
}

impl Finding {
    fn at(self, spot: Spot) -> Self {
        Self { spots: vec![spot], ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::diagnosis::sides::lined_up;

    const HEAD: &[u8] = b"\x01\x01\x00\x0c\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae";

    fn is_found(expected: &[u8], captured: &[u8]) -> bool {
        let (expected, captured) = ([HEAD, expected].concat(), [HEAD, captured].concat());
        lined_up(&expected, &captured, find).is_some()
    }

    #[test]
    fn an_address_may_lack_its_xor() {
        let (with, without) =
            (b"\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43", b"\x00\x20\x00\x08\x00\x01\x80\x55\xc0\x00\x02\x01");
        assert!(is_found(with, without) && is_found(without, with));
        assert!(is_found(with, b"\x00\x01\x00\x08\x00\x01\x80\x55\xc0\x00\x02\x01"), "and another type");
        assert!(!is_found(with, b"\x00\x20\x00\x08\x00\x01\x80\x55\xc0\x00\x02\x02"), "another address");
    }
}
