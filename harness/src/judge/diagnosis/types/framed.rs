//! A message that was put into the frame that it has already.

use crate::judge::diagnosis::layouts;
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[("framed-twice", framed_twice)];

/// The most octets of a header.
const MOST_HEADER: usize = 16;

/// What it tells that both headers are alike and each counts what follows it.
const SURE: i32 = 12;

/// Before the message there is its own header once more, with a length that counts the first one too.
fn framed_twice(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let added = captured.len().checked_sub(expected.len()).filter(|added| (1..=MOST_HEADER).contains(added))?;
    if !captured.ends_with(expected) || expected.len() <= added {
        return None;
    }
    let (inner, outer) = (&expected[..added], &captured[..added]);
    let counts = |layout: &layouts::Layout, at: usize| {
        let (was, width) = (layout.read)(expected, at)?;
        let (is, outer_width) = (layout.read)(captured, at)?;
        let is_alike =
            width == outer_width && inner[..at] == outer[..at] && inner.get(at + width..)? == outer.get(at + width..)?;
        let all = expected.len() as u64;
        let is_counted = [all, all - added as u64, all - (at + width) as u64].contains(&was) && is == was + added as u64;
        (is_alike && is_counted).then_some(())
    };
    let found = (0..added).any(|at| layouts::ALL.iter().any(|layout| counts(layout, at).is_some()));
    found.then(|| Told { sure: SURE, ..Told::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_in_a_frame_has_two_headers_that_are_alike() {
        assert!(framed_twice(b"\0\0\0\0\x03abc", b"\0\0\0\0\x08\0\0\0\0\x03abc").is_some());
        assert!(framed_twice(b"\0\x05abc", b"\0\x07\0\x05abc").is_some(), "one that counts itself");
        assert!(framed_twice(b"5:hello", b"7:5:hello").is_some());
        assert_eq!(framed_twice(b"\0\0\0\0\x03abc", b"\0\0\0\0\x09\0\0\0\0\x03abc"), None);
        assert_eq!(framed_twice(b"\0\0\0\0\x03abc", b"\x01\0\0\0\x08\0\0\0\0\x03abc"), None);
        assert_eq!(framed_twice(b"abc", b"xabc"), None);
    }
}
