//! Numbers of as many octets as they take, without the zero before their top bit, or with one that they do not need: ASN.1, SSH.

use super::sides::Sides;
use super::stretch::Stretch;
use super::walk::Fit;
use super::{Finding, Spot};
use crate::judge::align::Change;
use crate::printable::counted;

/// The most numbers.
const MOST: usize = 16;

/// What it tells that a zero is just before a number that a length counts, in bits.
const SIGN: i32 = 14;

/// Tags of ASN.1 that numbers have: of all, and those of SNMP.
const TAGS: [u8; 7] = [0x02, 0x0a, 0x41, 0x42, 0x43, 0x46, 0x47];

/// So many octets, or a multiple, has a number of a key or of a signature.
const KEY: u64 = 8;

/// All that differs is such zeros; the lengths that count them are put back before.
pub(super) fn find(sides: Sides<'_>) -> Option<Finding> {
    if sides.changes.is_empty() || sides.changes.len() > MOST {
        return None;
    }
    let told: Vec<&str> = sides.changes.iter().map(|change| told(sides, change)).collect::<Option<_>>()?;
    let spots: Vec<Spot> = sides.changes.iter().map(|change| Spot::of(&Stretch::exact(change), None)).collect();
    let more = if spots.len() > 1 { format!(", and in {} more", counted(spots.len() - 1, "place")) } else { String::new() };
    let detail = format!("{}: {}{more}", spots[0], told[0]);
    let bits = SIGN * spots.len() as i32;
    Some(Finding { spots, bits, ..Finding::new("number-sign-octet").fit(Fit::InPlaces).detail(detail) })
}

fn told(sides: Sides<'_>, change: &Change) -> Option<&'static str> {
    let (came, gone) = (&sides.captured[change.captured.clone()], &sides.expected[change.expected.clone()]);
    let is_lost = match (gone, came) {
        ([0], []) => true,
        ([], [0]) => false,
        _ => return None,
    };
    // Of several zeros nobody can tell which one it is: the first.
    let before = sides.expected[..change.expected.start].iter().rev().take_while(|octet| **octet == 0).count();
    let starts = (0..=before).map(|back| change.expected.start - back);
    let first =
        starts.filter(|at| is_number(sides.expected, *at)).find_map(|at| sides.expected.get(at + usize::from(is_lost)))?;
    Some(match (is_lost, *first >= 0x80) {
        (true, true) => "the zero before its top bit is missing, so that it reads as negative",
        (true, false) => "a zero that it does not need is missing",
        (false, true) => "there is a zero before its top bit, so that it is not negative",
        (false, false) => "there is a zero that it does not need",
    })
}

/// Whether a number begins there of which the octets before it are the length.
fn is_number(octets: &[u8], at: usize) -> bool {
    let fits = |length: u64| length > 0 && length <= (octets.len() - at) as u64;
    let tagged = |octet: Option<&u8>| octet.is_some_and(|tag| TAGS.contains(tag));
    let tag = |back: usize| tagged(at.checked_sub(back).and_then(|at| octets.get(at)));
    let ber = match &octets[..at] {
        [.., 0x82, high, low] if tag(4) => Some(u64::from(u16::from_be_bytes([*high, *low]))),
        [.., 0x81, length] if tag(3) => Some((*length).into()),
        [.., length @ ..=0x7f] if tag(2) => Some((*length).into()),
        _ => None,
    };
    let key = octets[..at].last_chunk().map(|length| u64::from(u32::from_be_bytes(*length)));
    let is_key = |length: u64| length > KEY && (length.is_multiple_of(KEY) || length % KEY == 1);
    ber.is_some_and(fits) || key.is_some_and(|length| is_key(length) && fits(length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::diagnosis::sides::lined_up;

    fn found(expected: &[u8], captured: &[u8]) -> Option<String> {
        lined_up(expected, captured, find)?.detail
    }

    #[test]
    fn a_number_of_asn1_needs_a_zero_before_its_top_bit() {
        let (with, without) = (b"\x30\x07\x02\x02\x00\x80\x02\x01\x05", b"\x30\x07\x02\x02\x80\x02\x01\x05");
        let missing = "offset 4, 1 octet: the zero before its top bit is missing, so that it reads as negative";
        assert_eq!(found(with, without).as_deref(), Some(missing));
        let more = "offset 4, 0 octets: there is a zero that it does not need";
        assert_eq!(found(b"\x30\x06\x02\x01\x70\x02\x01\x05", b"\x30\x06\x02\x01\x00\x70\x02\x01\x05").as_deref(), Some(more));
    }

    #[test]
    fn so_does_a_number_of_a_key() {
        let rest = [0xa1; 16];
        let with = [&b"\x00\x00\x00\x11\x00"[..], &rest, b"\x07"].concat();
        let without = [&b"\x00\x00\x00\x11"[..], &rest, b"\x07"].concat();
        assert!(found(&with, &without).is_some());
    }

    #[test]
    fn a_zero_of_something_else_is_none() {
        assert_eq!(found(b"\x01\x09\x03\x00\x80\x05", b"\x01\x09\x03\x80\x05"), None);
        assert_eq!(found(b"\x30\x07\x04\x02\x00\x80\x02\x01\x05", b"\x30\x07\x04\x02\x80\x02\x01\x05"), None);
        assert_eq!(found(b"\x02\x02\x01\x80\x05", b"\x02\x02\x80\x05"), None);
    }
}
