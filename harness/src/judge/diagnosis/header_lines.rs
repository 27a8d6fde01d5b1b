//! A header of a message in lines that is missing, or that should not be there.

use std::ops::Range;

use super::sides::Sides;
use super::stretch::Stretch;
use super::walk::Fit;
use super::{Finding, Spot};
use crate::printable;

/// What it tells that just one header is gone, or new, in bits.
const HEADER: i32 = 8;

/// The most octets of a header.
const MOST: usize = 1024;

/// All that differs is one header.
pub(super) fn find(sides: Sides<'_>) -> Option<Finding> {
    let [change] = sides.changes else { return None };
    let (name, header) = match (change.expected.is_empty(), change.captured.is_empty()) {
        (false, true) => ("header-missing", header(sides.expected, &change.expected)?),
        (true, false) => ("header-added", header(sides.captured, &change.captured)?),
        _ => return None,
    };
    let spot = Spot::of(&Stretch::exact(change), None);
    let detail = format!("{spot}: `{}`", printable::line(header));
    Some(Finding { spots: vec![spot], bits: HEADER, ..Finding::new(name).fit(Fit::InPlaces).detail(detail) })
}

/// The header that octets are, which may begin earlier where they end as what is before them does.
fn header<'a>(octets: &'a [u8], part: &Range<usize>) -> Option<&'a str> {
    let size = part.len();
    let is_same = |back: &usize| octets[part.start - back..part.start] == octets[part.end - back..part.end];
    let starts = (0..=size.min(part.start)).take_while(is_same).map(|back| part.start - back);
    starts.filter(|_| size <= MOST).find_map(|start| {
        let line = std::str::from_utf8(&octets[start..start + size]).ok()?.strip_suffix("\r\n")?;
        let (name, _) = line.split_once(':')?;
        let is_name = !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-');
        (is_name && !line.contains('\n') && octets[..start].ends_with(b"\r\n")).then_some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::diagnosis::sides::lined_up;

    fn found(expected: &[u8], captured: &[u8]) -> Option<(&'static str, String)> {
        let found = lined_up(expected, captured, find)?;
        Some((found.name, found.detail.unwrap_or_default()))
    }

    #[test]
    fn a_header_may_be_missing_or_new() {
        let (with, without) = (b"GET / H\r\nA: 1\r\nAccept: x\r\nB: 2\r\n\r\n", b"GET / H\r\nA: 1\r\nB: 2\r\n\r\n");
        let told = found(with, without).unwrap();
        assert!(told.0 == "header-missing" && told.1.ends_with("`Accept: x`"), "{told:?}");
        assert_eq!(found(without, with).map(|told| told.0), Some("header-added"));
        assert_eq!(found(b"one\r\ntwo\r\nthree\r\n", b"one\r\nthree\r\n"), None);
        assert_eq!(found(b"A: 1\r\nB: 2, 3\r\n", b"A: 1\r\nB: 3\r\n"), None);
    }
}
