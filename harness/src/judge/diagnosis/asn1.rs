//! Values of ASN.1 that mean the same in another form, within whatever encloses them: truth, NULL, defaults, kinds of text.

use super::sides::Sides;
use super::stretch::Stretch;
use super::walk::Fit;
use super::{Finding, Spot};
use crate::judge::align::Change;
use crate::printable::counted;

/// The most values.
const MOST: usize = 16;

/// What it tells that a value means the same within something of ASN.1, in bits.
const SAME: i32 = 12;

/// How far before a value that begins which encloses it.
const NEAR: usize = 4096;

/// The most levels.
const DEEPEST: usize = 32;

/// Tags of text, by name.
const TEXTS: [(u8, &str); 6] = [
    (0x0c, "UTF8String"),
    (0x13, "PrintableString"),
    (0x14, "TeletexString"),
    (0x16, "IA5String"),
    (0x1a, "VisibleString"),
    (0x04, "OCTET STRING"),
];

/// All that differs is such values; lengths that count them are put back before.
pub(super) fn find(sides: Sides<'_>) -> Option<Finding> {
    let first = sides.changes.first().filter(|_| sides.changes.len() <= MOST)?;
    let told: Vec<String> = sides.changes.iter().map(|change| told(sides, change)).collect::<Option<_>>()?;
    if !is_enclosed(sides.expected, first.expected.start) {
        return None;
    }
    let spots: Vec<Spot> = sides.changes.iter().map(|change| Spot::of(&Stretch::exact(change), None)).collect();
    let more = if spots.len() > 1 { format!(", and in {} more", counted(spots.len() - 1, "place")) } else { String::new() };
    let detail = format!("{}: {}{more}", spots[0], told[0]);
    let bits = SAME * spots.len() as i32;
    Some(Finding { spots, bits, ..Finding::new("asn1-otherwise").fit(Fit::InPlaces).detail(detail) })
}

fn told(sides: Sides<'_>, change: &Change) -> Option<String> {
    match (&sides.expected[change.expected.clone()], &sides.captured[change.captured.clone()]) {
        ([was @ 1..=0xff], [is @ 1..=0xff]) if sides.expected[..change.expected.start].ends_with(&[1, 1]) => {
            (*was == 0xff || *is == 0xff).then(|| format!("TRUE as {is:02x} instead of {was:02x}"))
        }
        ([was], [is]) => {
            let name = |tag: u8| TEXTS.iter().find(|(text, _)| *text == tag).map(|(_, name)| *name);
            let (was, is) = (name(*was)?, name(*is)?);
            is_text(&sides.expected[change.expected.end..]).then(|| format!("{is} instead of {was}"))
        }
        (gone, []) => default(sides.expected, change.expected.start, gone.len()).map(|what| format!("{what} was left out")),
        ([], new) => default(sides.captured, change.captured.start, new.len()).map(|what| format!("{what} came")),
        _ => None,
    }
}

/// Whether a length goes before as much text.
fn is_text(octets: &[u8]) -> bool {
    let Some((length, rest)) = octets.split_first() else { return false };
    let text = rest.get(..usize::from(*length)).unwrap_or_default();
    text.len() > 1 && std::str::from_utf8(text).is_ok_and(|text| !text.contains(char::is_control))
}

/// What need not be written. Its octets may begin earlier, where they end as what is before them does.
fn default(octets: &[u8], start: usize, size: usize) -> Option<&'static str> {
    let is_same = |back: &usize| octets[start - back..start] == octets[start + size - back..start + size];
    let parts = (0..=size.min(start)).take_while(is_same).map(|back| &octets[start - back..start - back + size]);
    parts.into_iter().find_map(|part| match part {
        [0x05, 0x00] => Some("a NULL"),
        [0x01, 0x01, 0x00] => Some("a FALSE, which is the usual default,"),
        _ => None,
    })
}

/// Whether something of ASN.1 has an offset inside.
fn is_enclosed(octets: &[u8], at: usize) -> bool {
    let starts = (0..at).rev().take(NEAR).filter(|start| octets[*start] & 0x20 != 0);
    starts.into_iter().any(|start| value(&octets[start..], 0).is_some_and(|size| start + size > at))
}

/// How many octets a value has that is whole; what is inside of it is made of whole values.
fn value(octets: &[u8], depth: usize) -> Option<usize> {
    let (tag, (head, length)) = (octets.first()?, length(octets)?);
    let inside = octets.get(head..head.checked_add(length)?)?;
    let is_constructed = tag & 0x20 != 0;
    if *tag == 0 || tag & 0x1f == 0x1f || depth > DEEPEST || inside.is_empty() && is_constructed {
        return None;
    }
    let mut rest = inside;
    while is_constructed && !rest.is_empty() {
        rest = &rest[value(rest, depth + 1)?..];
    }
    Some(head + length)
}

/// Where the content begins, and how long it is.
fn length(octets: &[u8]) -> Option<(usize, usize)> {
    match octets.get(1..)? {
        [length @ ..=0x7f, ..] => Some((2, (*length).into())),
        [0x81, length, ..] => Some((3, (*length).into())),
        [0x82, high, low, ..] => Some((4, u16::from_be_bytes([*high, *low]).into())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::diagnosis::sides::lined_up;

    fn found(expected: &[u8], captured: &[u8]) -> Option<String> {
        lined_up(expected, captured, find)?.detail
    }

    #[test]
    fn values_of_asn1_mean_the_same_in_another_form() {
        let told = found(b"\x30\x08\x06\x03\x55\x1d\x13\x01\x01\xff", b"\x30\x08\x06\x03\x55\x1d\x13\x01\x01\x01");
        assert_eq!(told.as_deref(), Some("offset 9, 1 octet: TRUE as 01 instead of ff"));
        let told = found(b"\x30\x09\x06\x03\x55\x04\x03\x13\x02CA", b"\x30\x09\x06\x03\x55\x04\x03\x0c\x02CA");
        assert_eq!(told.as_deref(), Some("offset 7, 1 octet: UTF8String instead of PrintableString"));
        let told = found(b"\x30\x07\x06\x03\x55\x04\x03\x05\x00", b"\x30\x07\x06\x03\x55\x04\x03");
        assert_eq!(told.as_deref(), Some("offset 7, 2 octets: a NULL was left out"));
    }

    #[test]
    fn what_nothing_of_asn1_encloses_is_none() {
        assert_eq!(found(b"\x11\x08\x06\x03\x55\x1d\x13\x01\x01\xff", b"\x11\x08\x06\x03\x55\x1d\x13\x01\x01\x01"), None);
        assert_eq!(found(b"\x30\x08\x06\x03\x55\x1d\x13\x01\x01\xff", b"\x30\x08\x06\x03\x55\x1d\x13\x01\x01\x00"), None);
        assert_eq!(found(b"\x30\x04\x04\x02\x05\x00", b"\x30\x04\x04\x02\x05\x01"), None);
    }
}
