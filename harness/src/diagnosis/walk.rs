//! Whether what came is the parts of what was expected, one after the other, each as it should be or as a fault makes it.

use std::collections::BTreeMap;

/// The most offsets that are followed at once. Octets that repeat themselves can be read in many ways; one is enough.
const MAX_READINGS: usize = 64;

/// A part, and what may stand in its place.
#[derive(Debug)]
pub(super) struct Part<'a> {
    /// The line of the plan it comes from, from 1.
    pub line: usize,
    /// As it should be.
    pub expected: &'a [u8],
    /// As a fault makes it.
    pub faulty: Vec<Vec<u8>>,
}

/// Which parts were touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Touched {
    /// How many.
    pub parts: usize,
    /// The line of the first, from 1.
    pub first: Option<usize>,
}

impl Touched {
    fn and(self, line: usize) -> Self {
        Self { parts: self.parts + 1, first: self.first.or(Some(line)) }
    }
}

/// The parts that must have been touched for `captured` to come of it; `None` where it cannot, or where none was.
pub(super) fn walk(parts: &[Part<'_>], captured: &[u8]) -> Option<Touched> {
    let mut readings = BTreeMap::from([(0, Touched::default())]);
    for part in parts {
        readings = step(&readings, part, captured);
        while readings.len() > MAX_READINGS {
            readings.pop_first();
        }
    }
    readings.remove(&captured.len()).filter(|touched| touched.parts > 0)
}

fn step(readings: &BTreeMap<usize, Touched>, part: &Part<'_>, captured: &[u8]) -> BTreeMap<usize, Touched> {
    let mut next: BTreeMap<usize, Touched> = BTreeMap::new();
    for (offset, touched) in readings {
        let rest = captured.get(*offset..).unwrap_or_default();
        let plain = rest.starts_with(part.expected).then(|| (part.expected.len(), *touched));
        let fits = part.faulty.iter().filter(|faulty| *faulty != part.expected && rest.starts_with(faulty));
        for (length, touched) in plain.into_iter().chain(fits.map(|faulty| (faulty.len(), touched.and(part.line)))) {
            let entry = next.entry(offset + length).or_insert(touched);
            if touched.parts < entry.parts {
                *entry = touched;
            }
        }
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(line: usize, expected: &'static [u8], faulty: &[&[u8]]) -> Part<'static> {
        Part { line, expected, faulty: faulty.iter().map(|octets| octets.to_vec()).collect() }
    }

    #[test]
    fn any_of_the_parts_may_be_touched_but_one_must_be() {
        let parts = [part(1, b"a", &[b"a\n"]), part(2, b"b", &[b"b\n"])];
        assert_eq!(walk(&parts, b"ab"), None);
        assert_eq!(walk(&parts, b"ab\n"), Some(Touched { parts: 1, first: Some(2) }));
        assert_eq!(walk(&parts, b"a\nb\n"), Some(Touched { parts: 2, first: Some(1) }));
        assert_eq!(walk(&parts, b"a\nb\n\n"), None);
    }

    #[test]
    fn a_part_that_could_be_read_two_ways_is_read_both_ways() {
        let parts = [part(1, b"a", &[b"aa"]), part(2, b"ab", &[])];
        assert_eq!(walk(&parts, b"aaab"), Some(Touched { parts: 1, first: Some(1) }));
    }
}
