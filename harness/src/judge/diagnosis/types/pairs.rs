//! Text in which the octets of each pair were swapped.

use super::as_text;
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[("pairs-swapped", swapped)];

/// What it tells that so many pairs are swapped, and none is not.
const SURE: i32 = 12;

/// Fewer pairs than this are swapped by chance, or are numbers.
const FEWEST: usize = 3;

/// Text of which each pair came the other way round, as swab() does it.
fn swapped(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let (pairs, rest) = expected.as_chunks::<2>();
    let is_text = as_text(expected)?.chars().all(|character| !character.is_control() || character.is_whitespace());
    let (came, behind) = captured.as_chunks::<2>();
    let is_swapped = pairs.iter().zip(came).all(|([one, other], came)| [*other, *one] == *came);
    let differ = pairs.iter().filter(|[one, other]| one != other).count();
    let holds = is_text && rest == behind && pairs.len() == came.len() && is_swapped && differ >= FEWEST;
    holds.then(|| Told { looks_like: Some("text".into()), sure: SURE, ..Told::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_text_may_be_swapped_and_few_of_them_are_nothing() {
        let holds = |was: &[u8], is: &[u8]| swapped(was, is).is_some();
        assert!(holds(b"pairs of octets", b"apri sfoo tctes") && holds(b"loopless", b"olpoelss"));
        assert!(!holds(b"abcd", b"badc") && !holds(b"aaaaaabc", b"aaaaaacb"));
        assert!(!holds(b"\x00\x01\x00\x02\x00\x03", b"\x01\x00\x02\x00\x03\x00"));
        assert!(!holds(b"pairs of octets", b"apri sfoo tctes!") && !holds(b"", b""));
    }
}
