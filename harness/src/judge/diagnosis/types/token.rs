//! The word that a difference is in, where a stretch has more than that.

/// How many octets there are before and behind the word that differs, the same on both sides. `is_part` says what a word is made of.
pub(super) fn around(expected: &[u8], captured: &[u8], is_part: impl Fn(u8) -> bool) -> (usize, usize) {
    let same = expected.iter().zip(captured).take_while(|(was, is)| was == is).count();
    let left = expected[..same].iter().rposition(|octet| !is_part(*octet)).map_or(0, |at| at + 1);
    let rests = (&expected[left..], &captured[left..]);
    let behind = rests.0.iter().rev().zip(rests.1.iter().rev()).take_while(|(was, is)| was == is).count();
    let tail = &expected[expected.len() - behind..];
    let right = tail.iter().position(|octet| !is_part(*octet)).map_or(0, |at| behind - at);
    (left, right)
}

/// Octets without so many at their beginning and end.
pub(super) fn within(octets: &[u8], (left, right): (usize, usize)) -> &[u8] {
    octets.get(left..octets.len().saturating_sub(right)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_ends_where_something_else_begins() {
        let is_digit = |octet: u8| octet.is_ascii_digit();
        let word = |was: &'static [u8], is: &'static [u8]| {
            let beside = around(was, is, is_digit);
            (within(was, beside), within(is, beside))
        };
        assert_eq!(word(b"a 123 b", b"a 143 b"), (&b"123"[..], &b"143"[..]));
        assert_eq!(word(b"123", b"12"), (&b"123"[..], &b"12"[..]));
        assert_eq!(word(b"11,2", b"1,2"), (&b"11"[..], &b"1"[..]), "what repeats belongs to one end alone");
        assert_eq!(word(b"a,b", b"a,c"), (&b"b"[..], &b"c"[..]), "what differs need be no word");
    }
}
