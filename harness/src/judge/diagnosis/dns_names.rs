//! The same name of DNS in another form: with a pointer to where it stood before, spelled out, or with dots in one label.

use super::sides::Sides;
use super::stretch::{Border, Stretch};
use super::walk::Fit;
use super::{Finding, Spot};
use crate::judge::align::Change;
use crate::printable::counted;

/// The most names.
const MOST: usize = 32;

/// The most octets and labels of a name, and how many pointers are followed.
const LONGEST: usize = 255;
const LABELS: usize = 64;

/// The header that is before all names.
const HEADER: usize = 12;

/// What it tells that a name is the same, in bits.
const NAME: i32 = 20;

/// A name on both sides: where it begins, and how many octets it takes there.
struct Name {
    expected: (usize, usize),
    captured: (usize, usize),
    told: &'static str,
}

/// All that differs is names.
pub(super) fn find(sides: Sides<'_>) -> Option<Finding> {
    if sides.changes.is_empty() || sides.changes.len() > MOST || sides.changes[0].expected.start < HEADER {
        return None;
    }
    let mut names: Vec<Name> = Vec::new();
    for change in sides.changes {
        let is_in =
            names.last().is_some_and(|name| change.expected.end <= name.expected.1 && change.captured.end <= name.captured.1);
        if !is_in {
            names.push(name(sides, change)?);
        }
    }
    let spot = |name: &Name| {
        let stretch = Stretch { border: Border::Field, changes: (0, 1), expected: name.expected, captured: name.captured };
        Spot::of(&stretch, Some("a name of DNS".to_owned()))
    };
    let spots: Vec<Spot> = names.iter().map(spot).collect();
    let more = if spots.len() > 1 { format!(", and in {} more", counted(spots.len() - 1, "place")) } else { String::new() };
    let detail = format!("{}: {}{more}", spots[0], names[0].told);
    let bits = NAME * names.len() as i32;
    Some(Finding { spots, bits, ..Finding::new("dns-name-form").fit(Fit::InPlaces).detail(detail) })
}

/// The name that a change is in. It begins at a label, which may be far before the octets that differ.
fn name(sides: Sides<'_>, change: &Change) -> Option<Name> {
    let most = LONGEST.min(change.expected.start.min(change.captured.start).checked_sub(HEADER)?);
    (0..=most).find_map(|back| {
        let (at, came) = (change.expected.start - back, change.captured.start - back);
        let (was, is) = (read(sides.expected, at)?, read(sides.captured, came)?);
        let (end, ended) = (at + was.size, came + is.size);
        let holds = end >= change.expected.end && ended >= change.captured.end && sides.meet(end, ended);
        let dotted = |name: &Read, other: &Read| {
            name.labels.len() == 1 && other.labels.len() > 1 && name.labels[0] == other.labels.join(".")
        };
        let told = if was.labels == is.labels && was.pointers != is.pointers {
            if is.pointers > was.pointers { "with a pointer" } else { "spelled out, without a pointer" }
        } else if dotted(&is, &was) {
            "with dots in one label"
        } else {
            return None;
        };
        let is_name = was.labels.len() > 1 && holds;
        is_name.then_some(Name { expected: (at, end), captured: (came, ended), told })
    })
}

/// A name as it was read.
struct Read {
    labels: Vec<String>,
    pointers: usize,
    /// How many octets it takes where it begins.
    size: usize,
}

/// RFC 1035, section 4.1.4.
fn read(octets: &[u8], start: usize) -> Option<Read> {
    let (mut read, mut at) = (Read { labels: Vec::new(), pointers: 0, size: 0 }, start);
    loop {
        match *octets.get(at)? {
            0 => {
                read.size = if read.pointers == 0 { at + 1 - start } else { read.size };
                return Some(read);
            }
            size @ 1..=63 => {
                let label = std::str::from_utf8(octets.get(at + 1..at + 1 + usize::from(size))?).ok()?;
                let is_label = label.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_.".contains(&octet));
                if !is_label || read.labels.len() == LABELS {
                    return None;
                }
                read.labels.push(label.to_ascii_lowercase());
                at += 1 + usize::from(size);
            }
            high @ 0xc0.. => {
                let target = usize::from(high & 0x3f) << 8 | usize::from(*octets.get(at + 1)?);
                read.size = if read.pointers == 0 { at + 2 - start } else { read.size };
                read.pointers += 1;
                if target >= at || read.pointers == LABELS {
                    return None;
                }
                at = target;
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::diagnosis::sides::lined_up;

    fn found(expected: &[u8], captured: &[u8]) -> Option<String> {
        let message = |name: &[u8]| {
            [&b"\x12\x34\x81\x80\0\x01\0\x01\0\0\0\0\x07example\x03com\0\0\x01\0\x01"[..], name, b"\0\x01\0\x01\0\0\x01\x2c"]
                .concat()
        };
        let (expected, captured) = (message(expected), message(captured));
        lined_up(&expected, &captured, find)?.detail
    }

    #[test]
    fn a_name_may_have_a_pointer() {
        let (short, long) = (b"\xc0\x0c", b"\x07example\x03com\0");
        let told = found(short, long).unwrap();
        assert!(told.contains("offset 29, 2 octets (looks like a name of DNS): spelled out"), "{told}");
        assert!(found(long, short).is_some_and(|told| told.contains("with a pointer")));
        assert!(found(long, b"\x0bexample.com\0").is_some_and(|told| told.contains("dots")));
        assert_eq!(found(short, b"\x07exampel\x03com\0"), None);
        assert_eq!(found(b"\xc0\x0c", b"\xc0\x14"), None, "another name");
    }
}
