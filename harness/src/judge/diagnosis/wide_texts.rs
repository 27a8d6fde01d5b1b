//! Texts of 16-bit units that came in the other byte order, several in a message that is as long as it should be.

use super::sides::Sides;
use super::stretch::{Border, Stretch};
use super::walk::Fit;
use super::{Finding, Spot};
use crate::printable::counted;

/// The most texts.
const MOST: usize = 64;

/// The longest has so many units at the least: of fewer anything may be text.
const LEAST: usize = 3;

/// What a text tells that comes with its octets the other way round, in bits.
const TEXT: i32 = 16;

/// The units of alphabets end there. Beyond it nobody can tell text from what is none.
const ALPHABETS: u16 = 0x0800;

/// How two octets are a unit, and what that is called.
type Order = (&'static str, fn([u8; 2]) -> u16);

const ORDERS: [Order; 2] = [("UTF-16BE", u16::from_be_bytes), ("UTF-16LE", u16::from_le_bytes)];

/// All that differs is such texts. One alone is told where it stands.
pub(super) fn find(sides: Sides<'_>) -> Option<Finding> {
    let (expected, captured) = (sides.expected, sides.captured);
    if expected.len() != captured.len() {
        return None;
    }
    let differs = |at: usize| (at..expected.len()).find(|at| expected[*at] != captured[*at]);
    let (mut texts, mut next) = (Vec::new(), differs(0));
    while let Some(start) = next {
        let end = start + turned(&expected[start..], &captured[start..]);
        if end == start || texts.len() == MOST {
            return None;
        }
        texts.push((start, end));
        next = differs(end);
    }
    let in_order = |order: &&Order| texts.iter().all(|(start, end)| is_text(&expected[*start..*end], order.1));
    let (name, _) = ORDERS.iter().find(in_order)?;
    let longest = texts.iter().map(|(start, end)| (end - start) / 2).max()?;
    if texts.len() < 2 || longest < LEAST {
        return None;
    }
    let spot = |ends: &(usize, usize)| {
        let stretch = Stretch { border: Border::Field, changes: (0, sides.changes.len()), expected: *ends, captured: *ends };
        Spot::of(&stretch, Some((*name).to_owned()))
    };
    let spots: Vec<Spot> = texts.iter().map(spot).collect();
    let detail = format!("{}, and in {} more", spots[0], counted(spots.len() - 1, "place"));
    let bits = TEXT * spots.len() as i32;
    Some(Finding { spots, bits, ..Finding::new("utf-16-byte-order").fit(Fit::InPlaces).detail(detail) })
}

/// So many octets at the beginning have each two in the other order.
fn turned(expected: &[u8], captured: &[u8]) -> usize {
    let pairs = expected.as_chunks::<2>().0.iter().zip(captured.as_chunks::<2>().0);
    2 * pairs.take_while(|([one, other], came)| one != other && **came == [*other, *one]).count()
}

fn is_text(octets: &[u8], unit: fn([u8; 2]) -> u16) -> bool {
    let is_letter = |unit: u16| unit < ALPHABETS && char::from_u32(unit.into()).is_some_and(|letter| !letter.is_control());
    octets.as_chunks::<2>().0.iter().all(|pair| is_letter(unit(*pair)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::diagnosis::sides::lined_up;

    fn found(expected: &[u8], captured: &[u8]) -> Option<String> {
        lined_up(expected, captured, find)?.detail
    }

    #[test]
    fn several_texts_may_come_in_the_other_order() {
        let (right, wrong) = (b"\x00\x03\0r\0e\0d\x00\x02\0o\0k\x07", b"\x00\x03r\0e\0d\0\x00\x02o\0k\0\x07");
        let told = Some("offset 2, 6 octets (looks like UTF-16BE), and in 1 place more".to_owned());
        assert_eq!(found(right, wrong), told);
        let back = found(wrong, right).expect("the other way round");
        assert!(back.starts_with("offset 2, 6 octets (looks like UTF-16LE)"), "{back}");
    }

    #[test]
    fn other_octets_in_the_other_order_are_no_text() {
        assert_eq!(found(b"\x00\x03\0r\0e\0d\x07", b"\x00\x03r\0e\0d\0\x07"), None, "one is told where it stands");
        assert_eq!(found(b"\x01\x02\x03\x04\x05\x06\x07\x00\x09\x08", b"\x02\x01\x04\x03\x06\x05\x07\x00\x08\x09"), None);
        assert_eq!(found(b"\0r\0e\0d\x07\0a\0b", b"r\0e\0d\0\x07a\0b\x01"), None, "something else differs");
    }
}
