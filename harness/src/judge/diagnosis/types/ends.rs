//! Texts whose end is told by a NUL that is missing.

use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[("nul-missing", missing)];

/// What it tells that just the NUL behind a text is missing.
const SURE: i32 = 6;

/// The least text of which that can be told.
const LEAST: usize = 2;

/// A NUL behind a text, before which there may be none, so that the first of a run is as good as the last.
fn missing(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let text = without_nuls(captured);
    let nuls = captured.len() - text.len();
    let holds = nuls < 2
        && expected.len() == captured.len() + 1
        && expected.starts_with(text)
        && expected[text.len()..].iter().all(|octet| *octet == 0)
        && is_ended(text);
    holds.then(|| Told { sure: SURE, beside: (text.len(), nuls), ..Told::default() })
}

fn without_nuls(octets: &[u8]) -> &[u8] {
    let end = octets.iter().rposition(|octet| *octet != 0).map_or(0, |last| last + 1);
    &octets[..end]
}

/// Whether it ends with text of which a NUL tells the end: no length does, or they are labels of a domain name.
fn is_ended(octets: &[u8]) -> bool {
    let text = octets.iter().rev().take_while(|octet| matches!(octet, b' '..=b'~' | 0x80..)).count();
    let start = octets.len() - text;
    if text < LEAST || std::str::from_utf8(&octets[start..]).is_err() {
        return false;
    }
    match octets[..start].last() {
        Some(length) if usize::from(*length) == text => {
            let before = &octets[..start - 1];
            let is_label =
                |size: usize| before.get(before.len().wrapping_sub(size + 1)).is_some_and(|length| usize::from(*length) == size);
            (1..before.len().min(64)).any(is_label)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_ended_by_a_nul_unless_a_length_tells_its_end() {
        let beside = |told: Option<Told>| told.map(|told| told.beside);
        assert_eq!(beside(missing(b"\x01root\0", b"\x01root")), Some((5, 0)));
        assert_eq!(beside(missing(b"\x03www\x07example\x03com\0\0", b"\x03www\x07example\x03com\0")), Some((16, 1)));
        assert_eq!(missing(b"\x04name\0", b"\x04name"), None, "of which a length tells the end");
        assert_eq!(missing(b"\x01\x02\0", b"\x01\x02"), None, "no text");
        assert_eq!(missing(b"ab\0\0\0", b"ab\0\0"), None, "a number, perhaps");
    }
}
