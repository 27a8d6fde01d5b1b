//! Which octets of two runs belong together, at a bounded cost.
//!
//! What both begin and end with is taken off first: so a single change is found exactly, however large either run is. The
//! rest is lined up octet by octet where it is small. Where it is large, a window at its beginning is lined up, and so on from
//! where both run together again. Where they do not within a window, whole chunks are lined up, which finds blocks that were
//! lost, added or moved. What is too different even for that is one change, to the end.

mod change;
mod chunks;
mod fewest;
mod pattern;

use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput, Token};

pub use change::Change;
use chunks::{Chunks, starts};
pub use pattern::Pattern;

/// Octets of each side that are lined up one by one at a time.
const WINDOW: usize = 2048;

/// How many octets may differ in all windows before the rest is taken for one change.
const EFFORT: usize = 64 << 10;

/// What a window costs in any case, in octets that differ.
const LEAST_EFFORT: usize = 512;

/// So many equal octets in a row are no chance: both run together again.
const TOGETHER: usize = 16;

/// So few equal octets between two changes may be chance; between wider ones, one in so many of their octets.
const CHANCE: (usize, usize) = (2, 64);

/// So often at least is something added before it is a beat, and not chance.
const LEAST_BEATS: usize = 3;

/// The octets of the widest number: two changes in so many are one, since its octets may be in another order.
const NUMBER: usize = 8;

/// About how many chunks each side is cut into.
const CHUNKS: usize = 4096;

/// The least size of a chunk, on average.
const LEAST_CHUNK: usize = 256;

/// A token that no octet has: an octet under a mask.
const MASKED: u32 = 256;

/// All changes, in order; between them, both sides run together.
pub fn changes(pattern: Pattern<'_>, captured: &[u8]) -> Vec<Change> {
    let mut aligner = Aligner { pattern, captured, effort: EFFORT, changes: Vec::new() };
    aligner.align(Change { expected: 0..pattern.octets.len(), captured: 0..captured.len() });
    aligner.joined()
}

/// As [`changes`], but octets that are equal by chance between two changes keep them apart.
pub fn finest(pattern: Pattern<'_>, captured: &[u8]) -> Vec<Change> {
    let mut aligner = Aligner { pattern, captured, effort: EFFORT, changes: Vec::new() };
    aligner.align(Change { expected: 0..pattern.octets.len(), captured: 0..captured.len() });
    aligner.changes
}

/// The changes within these stretches, in order; outside of them, both sides run together.
pub fn changes_in(pattern: Pattern<'_>, captured: &[u8], stretches: impl Iterator<Item = Change>) -> Vec<Change> {
    let mut aligner = Aligner { pattern, captured, effort: EFFORT, changes: Vec::new() };
    stretches.for_each(|stretch| aligner.align(stretch));
    aligner.joined()
}

struct Aligner<'a> {
    pattern: Pattern<'a>,
    captured: &'a [u8],
    /// How many octets may still differ.
    effort: usize,
    changes: Vec<Change>,
}

impl Aligner<'_> {
    fn align(&mut self, part: Change) {
        let mut rest = self.trimmed(part);
        while !rest.is_empty() {
            if rest.is_one_sided() || self.effort == 0 {
                return self.changes.push(rest);
            }
            if rest.width() <= WINDOW {
                let found = self.octets(&rest);
                return self.changes.extend(found);
            }
            let head = head(&rest);
            let found = self.octets(&head);
            let Some(known) = runs_together_after(&found, &head) else {
                return self.align_chunks(&rest, &found);
            };
            rest.expected.start = found[known - 1].expected.end;
            rest.captured.start = found[known - 1].captured.end;
            self.changes.extend_from_slice(&found[..known]);
            rest = self.trimmed(rest);
        }
    }

    /// Lines up whole chunks. Where no two are the same, the best that is known is what its beginning looks like.
    fn align_chunks(&mut self, whole: &Change, beginning: &[Change]) {
        let parts = self.chunks(whole);
        if parts.first().is_some_and(|part| part != whole) {
            return parts.into_iter().for_each(|part| self.align(part));
        }
        let Some((last, sure)) = beginning.split_last() else { return };
        self.changes.extend_from_slice(sure);
        let expected = last.expected.start..whole.expected.end;
        self.changes.push(Change { expected, captured: last.captured.start..whole.captured.end });
    }

    /// A part without the octets that both sides of it begin and end with.
    fn trimmed(&self, part: Change) -> Change {
        let Change { mut expected, mut captured } = part;
        let prefix = self.pattern.prefix(expected.clone(), &self.captured[captured.clone()]);
        (expected.start, captured.start) = (expected.start + prefix, captured.start + prefix);
        let suffix = self.pattern.suffix(expected.clone(), &self.captured[captured.clone()]);
        (expected.end, captured.end) = (expected.end - suffix, captured.end - suffix);
        Change { expected, captured }
    }

    /// Lines up octet by octet: with the fewest columns that differ where they are few, else nearly so.
    fn octets(&mut self, part: &Change) -> Vec<Change> {
        let expected: Vec<Option<u8>> = part.expected.clone().map(|at| self.pattern.octet(at)).collect();
        let captured = &self.captured[part.captured.clone()];
        let found = fewest::changes(&expected, captured).unwrap_or_else(|| many(&expected, captured));
        let found = found.into_iter().map(|change| self.trimmed(change.moved(part.expected.start, part.captured.start)));
        let found = found.filter(|change| !change.is_empty()).flat_map(|change| self.at_a_beat(&change).unwrap_or(vec![change]));
        let found: Vec<Change> = found.collect();
        let differ: usize = found.iter().map(Change::width).sum();
        self.effort = self.effort.saturating_sub(differ.max(LEAST_EFFORT));
        found
    }

    /// A change as several, where one side is the other with as many octets added each time (`a\0b\0c\0`).
    fn at_a_beat(&self, change: &Change) -> Option<Vec<Change>> {
        let fewer = change.expected.len().min(change.captured.len());
        let beat = (change.width() - fewer).checked_div(fewer + 1).filter(|beat| *beat > 0 && fewer >= LEAST_BEATS - 1)?;
        let step = |range: &Range<usize>| if range.len() == fewer { 0 } else { beat };
        let (down, across) = (step(&change.expected), step(&change.captured));
        let parts = (0..=fewer).map(|index| {
            let (at, came) = (change.expected.start + index * (down + 1), change.captured.start + index * (across + 1));
            Change { expected: at..at + down, captured: came..came + across }
        });
        let parts: Vec<Change> = parts.collect();
        let accepts = |part: &Change| self.pattern.accepts(part.expected.end, self.captured[part.captured.end]);
        let fits = (fewer + 1) * beat + fewer == change.width() && parts[..fewer].iter().all(accepts);
        fits.then_some(parts)
    }

    /// Lines up chunk by chunk, as lines of a text are.
    fn chunks(&self, part: &Change) -> Vec<Change> {
        let size = (part.width() / CHUNKS).max(LEAST_CHUNK).next_power_of_two();
        let expected: Vec<&[u8]> = Chunks { rest: &self.pattern.octets[part.expected.clone()], size }.collect();
        let captured: Vec<&[u8]> = Chunks { rest: &self.captured[part.captured.clone()], size }.collect();
        let mut input = InternedInput::default();
        input.update_before(expected.iter().copied());
        input.update_after(captured.iter().copied());
        let (before, after) = (starts(&expected, part.expected.start), starts(&captured, part.captured.start));
        let diff = Diff::compute(Algorithm::Histogram, &input);
        let parts = diff.hunks().map(|hunk| Change {
            expected: before[hunk.before.start as usize]..before[hunk.before.end as usize],
            captured: after[hunk.after.start as usize]..after[hunk.after.end as usize],
        });
        parts.collect()
    }

    /// The changes, but two that are as well drawn as one are one: the octets between them were equal by chance.
    fn joined(mut self) -> Vec<Change> {
        let mut joined: Vec<Change> = Vec::new();
        for change in std::mem::take(&mut self.changes) {
            match joined.last_mut() {
                Some(last) if self.are_one(last, &change) => {
                    (last.expected.end, last.captured.end) = (change.expected.end, change.captured.end);
                }
                _ => joined.push(change),
            }
        }
        joined.into_iter().map(|change| self.trimmed(change)).collect()
    }

    fn are_one(&self, first: &Change, second: &Change) -> bool {
        let between = second.expected.start - first.expected.end;
        let one_way = |side: fn(&Change) -> &Range<usize>| side(first).is_empty() && side(second).is_empty();
        if between == 0 {
            return true;
        }
        if between >= TOGETHER || one_way(|change| &change.expected) || one_way(|change| &change.captured) {
            return false;
        }
        let by_chance = between <= CHANCE.0.max(first.width().min(second.width()) / CHANCE.1);
        if first.is_even() && second.is_even() {
            return by_chance || first.width() + between + second.width() <= NUMBER;
        }
        if first.width().max(second.width()) > WINDOW {
            return by_chance;
        }
        let expected = first.expected.start..second.expected.end;
        let both = Change { expected, captured: first.captured.start..second.captured.end };
        let apart = self.marks(first) + self.marks(second);
        if by_chance { self.marks(&both) <= apart + between } else { self.marks(&both) < apart }
    }

    /// How many columns differ where a change is drawn.
    fn marks(&self, change: &Change) -> usize {
        let pairs = change.expected.clone().zip(change.captured.clone());
        change.width() - pairs.filter(|(at, came)| self.pattern.accepts(*at, self.captured[*came])).count()
    }
}

/// Lines up what differs much (Myers 1986, with bounds on its cost). An octet under a mask is the same as none here.
fn many(expected: &[Option<u8>], captured: &[u8]) -> Vec<Change> {
    let expected: Vec<Token> = expected.iter().map(|octet| Token(octet.map_or(MASKED, u32::from))).collect();
    let captured: Vec<Token> = captured.iter().map(|octet| Token((*octet).into())).collect();
    let mut diff = Diff::default();
    diff.compute_with(Algorithm::Myers, &expected, &captured, MASKED + 1);
    let range = |range: Range<u32>| range.start as usize..range.end as usize;
    diff.hunks().map(|hunk| Change { expected: range(hunk.before), captured: range(hunk.after) }).collect()
}

fn head(part: &Change) -> Change {
    let first = |range: &Range<usize>| range.start..range.end.min(range.start + WINDOW);
    Change { expected: first(&part.expected), captured: first(&part.captured) }
}

/// After how many of the changes in a window both sides certainly run together.
fn runs_together_after(found: &[Change], window: &Change) -> Option<usize> {
    let next = |index: usize| found.get(index).map_or(window.expected.end, |change| change.expected.start);
    (1..=found.len()).rev().find(|known| next(*known) - found[known - 1].expected.end >= TOGETHER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::expectation::Mask;

    fn of(expected: &[u8], captured: &[u8]) -> Vec<Change> {
        changes(Pattern { octets: expected, masks: &[], refused: &[] }, captured)
    }

    fn change(expected: Range<usize>, captured: Range<usize>) -> Change {
        Change { expected, captured }
    }

    fn noise(count: usize, seed: u32) -> Vec<u8> {
        let steps = std::iter::successors(Some(seed), |x| Some((u64::from(*x) * 16807 % 2_147_483_647) as u32));
        steps.skip(1).take(count).map(|x| (x >> 8) as u8).collect()
    }

    #[test]
    fn small_changes_line_up() {
        assert_eq!(of(b"hello", b"hello"), []);
        assert_eq!(of(b"hello", b"hello\n"), [change(5..5, 5..6)]);
        assert_eq!(of(b"hello", b"help"), [change(3..5, 3..4)]);
        assert_eq!(of(b"", b"abc"), [change(0..0, 0..3)]);
        assert_eq!(of(b"abc", b""), [change(0..3, 0..0)]);
        assert_eq!(
            of(b"one\ntwo\nsix\n", b"one\r\ntwo\r\nsix\r\n"),
            [change(3..3, 3..4), change(7..7, 8..9), change(11..11, 13..14)]
        );
        assert_eq!(of(b"a\0b\0c\0", b"abc").len(), 3, "octets that are only lost are not taken for chance");
    }

    #[test]
    fn what_is_equal_by_chance_is_one_change() {
        assert_eq!(of(&[0, 0, 2, 1], &[1, 2, 0, 0]), [change(0..4, 0..4)]);
        assert_eq!(of(&[0, 0, 0, 0, 0, 0, 2, 1], &[1, 2, 0, 0, 0, 0, 0, 0]), [change(0..8, 0..8)]);
        assert_eq!(of(b"a quick brown fox", b"A quick browN fox").len(), 2);
        assert_eq!(of(&noise(300, 1), &noise(300, 2)), [change(0..300, 0..300)]);
    }

    #[test]
    fn octets_under_a_mask_line_up_with_anything() {
        let masks = [Mask { start: 2, length: 2, name: "id".into() }];
        let pattern = Pattern { octets: &[1, 2, 0, 0, 5, 6], masks: &masks, refused: &[] };
        assert_eq!(changes(pattern, &[1, 2, 9, 9, 5, 6]), []);
        assert_eq!(changes(pattern, &[1, 7, 2, 9, 9, 5, 6, 8]), [change(1..1, 1..2), change(6..6, 7..8)]);
        assert_eq!(changes(pattern, &[1, 2, 9, 9, 7, 5, 6, 8]), [change(4..4, 4..5), change(6..6, 7..8)]);
    }

    #[test]
    fn a_lost_block_is_found_where_it_was() {
        let ramp: Vec<u8> = (0..20_000_000).map(|i| (i % 251) as u8).collect();
        for expected in [ramp, noise(20_000_000, 7)] {
            let mut captured = expected.clone();
            captured.drain(9_000_000..9_004_096);
            assert_eq!(of(&expected, &captured), [change(9_000_000..9_004_096, 9_000_000..9_000_000)]);
        }
    }

    #[test]
    fn blocks_lost_and_added_far_apart_are_each_found() {
        let expected = noise(3_000_000, 7);
        let mut captured = expected.clone();
        captured[2_500_000] ^= 1;
        captured.splice(2_000_000..2_000_000, noise(10_000, 8));
        captured.drain(1_000_000..1_050_000);
        captured.insert(10, 0x55);
        let found = of(&expected, &captured);
        let sizes: Vec<_> = found.iter().map(|change| (change.expected.len(), change.captured.len())).collect();
        assert_eq!(sizes, [(0, 1), (50_000, 0), (0, 10_000), (1, 1)], "{found:?}");
        assert_eq!(found[1].expected.start, 1_000_000);
        assert_eq!(found[2].expected.start, 2_000_000);
    }

    #[test]
    fn unrelated_octets_are_one_change_after_the_first_window() {
        let found = of(&noise(2_000_000, 7), &noise(2_500_000, 8));
        let last = found.last().unwrap();
        assert_eq!((last.expected.end, last.captured.end), (2_000_000, 2_500_000));
        assert!(last.expected.start < WINDOW, "{found:?}");
    }

    #[test]
    fn between_changes_both_sides_are_the_same() {
        let expected = b"the quick brown fox jumps over the lazy dog, again and again and again".repeat(300);
        let mut captured = expected.clone();
        for at in (0..captured.len()).step_by(997) {
            captured.insert(at, b'!');
        }
        let (mut at, mut came) = (0, 0);
        for change in of(&expected, &captured) {
            assert_eq!(expected[at..change.expected.start], captured[came..change.captured.start]);
            (at, came) = (change.expected.end, change.captured.end);
        }
        assert_eq!(expected[at..], captured[came..]);
    }
}
