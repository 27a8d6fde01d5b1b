//! Octets that may vary and came in another number than their mask has: a process id with a digit more.

use super::subject::Subject;
use super::{Evidence, Expected, Finding};
use crate::printable::counted;
use crate::suite::expectation::Mask;

/// So many times as long as its mask, and so many octets more, is taken for what may vary, and no more.
const MOST: (usize, usize) = (2, 8);

/// Holds where this alone explains every connection that differs.
pub(super) fn find(evidence: &Evidence<'_>, subjects: &[Subject<'_>]) -> Option<Finding> {
    if evidence.expected.len() != evidence.captured.len() {
        return None;
    }
    let pairs = evidence.expected.iter().zip(evidence.captured).enumerate();
    let mut different = pairs.filter(|(index, _)| subjects.get(*index).is_some_and(|subject| !subject.is_same()));
    let (index, (expected, captured)) = different.next()?;
    let detail = stretched(*expected, captured)?;
    let others = different.all(|(_, (expected, captured))| stretched(*expected, captured).is_some());
    let connection = (subjects.len() > 1).then_some(index + 1);
    others.then(|| Finding { connection, ..Finding::new("masked-length").detail(detail) })
}

/// Which mask it is, where all that is not masked came as expected and what is masked in another length.
fn stretched(expected: Expected<'_>, captured: &[u8]) -> Option<String> {
    let mut masks = expected.masks.iter().peekable();
    let start = masks.peek().and_then(|mask| expected.octets.get(..mask.start))?;
    let mut rest = captured.strip_prefix(start)?;
    let mut found = None;
    while let Some(mask) = masks.next() {
        let end = mask.start + mask.length;
        let fixed = expected.octets.get(end..masks.peek().map_or(expected.octets.len(), |next| next.start))?;
        let length = match masks.peek() {
            Some(_) if fixed.is_empty() => mask.length.min(rest.len()),
            Some(_) => rest.windows(fixed.len()).position(|window| window == fixed)?,
            None => rest.strip_suffix(fixed)?.len(),
        };
        // Without anything fixed behind it, what is shorter was cut off.
        let is_cut = fixed.is_empty() && length < mask.length;
        if length == 0 || is_cut || length > mask.length * MOST.0 + MOST.1 {
            return None;
        }
        if length != mask.length && found.is_none() {
            found = Some(said(mask, length));
        }
        rest = rest.get(length + fixed.len()..)?;
    }
    found
}

fn said(mask: &Mask, length: usize) -> String {
    format!("`{}` has {}, and its mask {}", mask.name, counted(length, "octet"), mask.length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of `expected`, whose question marks are masked.
    fn said_of(expected: &str, captured: &str) -> Option<String> {
        let mut masks: Vec<Mask> = Vec::new();
        for (at, _) in expected.match_indices('?') {
            match masks.last_mut() {
                Some(mask) if mask.start + mask.length == at => mask.length += 1,
                _ => masks.push(Mask { start: at, length: 1, name: "pid".into() }),
            }
        }
        stretched(Expected { octets: expected.as_bytes(), masks: &masks }, captured.as_bytes())
    }

    #[test]
    fn what_may_vary_is_told_by_its_length_where_all_else_is_right() {
        assert_eq!(said_of("[????]: a", "[12345]: a").unwrap(), "`pid` has 5 octets, and its mask 4");
        assert_eq!(said_of("[????] ?? a", "[1234] 3 a").unwrap(), "`pid` has 1 octet, and its mask 2");
        assert!(said_of("a????", "a12345").is_some());
    }

    #[test]
    fn what_is_wrong_elsewhere_or_cut_off_is_not() {
        for captured in ["[12345]: b", "[]: a", "12345]: a", "[1234]: a", "[12345678901234567890]: a", ""] {
            assert_eq!(said_of("[????]: a", captured), None, "{captured}");
        }
        assert_eq!(said_of("a????", "a12"), None);
        assert_eq!(said_of("abc", "abcd"), None);
    }
}
