//! One direction of a connection, put together from its segments.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::limits::{Budget, Limits};

/// The octets that one side of a connection sent.
#[derive(Debug, Default)]
pub struct Stream {
    octets: Vec<u8>,
    /// Pieces behind a gap, none of which overlaps another.
    ahead: BTreeMap<u64, Vec<u8>>,
    /// How far it was seen to go.
    reached: u64,
    /// How far the other side said that it has it, its FIN counted as one octet.
    acknowledged: u64,
    end: Option<u64>,
    conflict: Option<Conflict>,
    marks: BTreeMap<u64, Mark>,
    segments: u64,
}

/// Two segments that say different things of one octet. The first was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conflict {
    /// Its offset in the stream.
    pub offset: u64,
    /// What the first said.
    pub kept: u8,
    /// What a later one said.
    pub came: u8,
}

/// What a sender had of the other stream when it sent a part of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Where in its own stream the part begins.
    pub offset: u64,
    /// When it was sent, in nanoseconds since 1970.
    pub stamp_ns: i64,
    /// How many octets of the other stream it had acknowledged by then.
    pub acknowledged: u64,
}

/// Marks of one stream at most. The last of more is that of all behind it.
const MOST_MARKS: usize = 1 << 16;

impl Stream {
    /// Its octets, up to the first gap.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Where an octet is missing though one behind it was seen, or was acknowledged.
    ///
    /// What is missing in a connection that was aborted, and never was acknowledged, nobody received: that is no gap.
    #[must_use]
    pub fn gap(&self, is_aborted: bool) -> Option<u64> {
        let known = self.octets.len() as u64;
        let needed = if is_aborted { self.acknowledged() } else { self.acknowledged().max(self.reached) };
        (known < needed).then_some(known)
    }

    /// How many octets the other side said that it has.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        self.end.map_or(self.acknowledged, |end| self.acknowledged.min(end))
    }

    /// Where its FIN stands, if one was seen.
    #[must_use]
    pub fn end(&self) -> Option<u64> {
        self.end
    }

    /// Whether the other side said that it has the FIN.
    #[must_use]
    pub fn is_end_acknowledged(&self) -> bool {
        self.end.is_some_and(|end| self.acknowledged > end)
    }

    /// The first octet of which two segments say different things.
    #[must_use]
    pub fn conflict(&self) -> Option<Conflict> {
        self.conflict
    }

    /// Segments that brought octets which none before had brought.
    #[must_use]
    pub fn segments(&self) -> u64 {
        self.segments
    }

    /// For each part that was sent when its sender had another count of the other stream: what it had. By rising offset and count.
    #[must_use]
    pub fn marks(&self) -> Vec<Mark> {
        let mut marks: Vec<Mark> = Vec::new();
        let mut least = u64::MAX;
        // A part that was seen late, since its first segment was lost, was sent before those behind it.
        for mark in self.marks.values().rev() {
            least = least.min(mark.acknowledged);
            if let Some(behind) = marks.last_mut().filter(|behind| behind.acknowledged == least) {
                (behind.offset, behind.stamp_ns) = (mark.offset, mark.stamp_ns.min(behind.stamp_ns));
            } else {
                marks.push(Mark { acknowledged: least, ..*mark });
            }
        }
        marks.reverse();
        marks
    }

    /// Whether all of [`Self::marks`] were kept.
    #[must_use]
    pub fn has_all_marks(&self) -> bool {
        self.marks.len() < MOST_MARKS
    }

    /// Whether nothing is known of it yet.
    pub(super) fn is_untouched(&self) -> bool {
        self.reached == 0 && self.acknowledged == 0
    }

    /// How far it was seen to go: the place that sequence numbers are read by.
    pub(super) fn reached(&self) -> u64 {
        self.reached
    }

    /// Notes that a segment had so many octets, whether they were captured or not.
    pub(super) fn reach(&mut self, until: u64) {
        self.reached = self.reached.max(until);
    }

    pub(super) fn finish(&mut self, end: u64) {
        self.end.get_or_insert(end);
        self.reach(end);
    }

    pub(super) fn acknowledge(&mut self, until: u64) {
        self.acknowledged = self.acknowledged.max(until);
    }

    /// Takes octets at a place; `false` where there is no room for them.
    pub(super) fn take(&mut self, mark: Mark, octets: &[u8], budget: &mut Budget) -> bool {
        let (mut at, mut rest) = (mark.offset, octets);
        let known = self.octets.len() as u64;
        if at < known {
            let again = &self.octets[index(at)..];
            let count = again.len().min(rest.len());
            if !self.is_keep_alive(at, rest.len()) {
                self.conflict = self.conflict.or_else(|| conflict(at, again, rest));
            }
            (at, rest) = (at + count as u64, &rest[count..]);
        }
        if rest.is_empty() {
            return true;
        }
        let is_next = at == self.octets.len() as u64 && self.ahead.is_empty();
        if is_next {
            return budget.take(rest.len()) && self.append(Mark { offset: at, ..mark }, rest);
        }
        self.put_ahead(Mark { offset: at, ..mark }, rest, budget) && self.join(budget)
    }

    /// A probe whether the other side is there repeats the last octet, and may say anything in its place.
    fn is_keep_alive(&self, at: u64, count: usize) -> bool {
        count == 1 && at + 1 == self.octets.len() as u64 && self.acknowledged > at
    }

    fn append(&mut self, mark: Mark, octets: &[u8]) -> bool {
        let is_as_before = self.marks.last_key_value().is_some_and(|(_, before)| before.acknowledged == mark.acknowledged);
        self.mark(mark, is_as_before);
        self.octets.extend_from_slice(octets);
        true
    }

    fn mark(&mut self, mark: Mark, is_known: bool) {
        self.segments += 1;
        if !is_known && self.marks.len() < MOST_MARKS {
            self.marks.insert(mark.offset, mark);
        }
    }

    /// Keeps what no piece behind the gap has yet.
    fn put_ahead(&mut self, mark: Mark, octets: &[u8], budget: &mut Budget) -> bool {
        let (mut at, mut rest) = (mark.offset, octets);
        let mut is_new = false;
        while !rest.is_empty() {
            let covering = self.ahead.range(..=at).next_back().map(|(begin, piece)| &piece[piece.len().min(index(at - begin))..]);
            let count = match covering {
                Some(again) if !again.is_empty() => {
                    self.conflict = self.conflict.or_else(|| conflict(at, again, rest));
                    again.len().min(rest.len())
                }
                _ => {
                    let next = self.ahead.range((Bound::Excluded(at), Bound::Unbounded)).next();
                    let count = next.map_or(rest.len(), |(next, _)| rest.len().min(index(next - at)));
                    if !budget.take(count + Limits::PIECE) {
                        return false;
                    }
                    self.ahead.insert(at, rest[..count].to_vec());
                    is_new = true;
                    count
                }
            };
            (at, rest) = (at + count as u64, &rest[count..]);
        }
        if is_new {
            self.mark(mark, false);
        }
        true
    }

    /// Appends the pieces that have no gap before them any more.
    fn join(&mut self, budget: &mut Budget) -> bool {
        while let Some(piece) = self.ahead.first_entry().filter(|piece| *piece.key() == self.octets.len() as u64) {
            self.octets.extend_from_slice(&piece.remove());
            budget.give_back(Limits::PIECE);
        }
        true
    }

    /// Forgets its octets, and says what they cost.
    pub(super) fn forget(&mut self) -> usize {
        let pieces: usize = self.ahead.values().map(|piece| piece.len() + Limits::PIECE).sum();
        let cost = self.octets.len() + pieces;
        (self.octets, self.ahead, self.marks) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        cost
    }
}

/// The first place where two pieces that begin at `at` differ.
fn conflict(at: u64, kept: &[u8], came: &[u8]) -> Option<Conflict> {
    let count = kept.len().min(came.len());
    if kept[..count] == came[..count] {
        return None;
    }
    let index = kept.iter().zip(came).position(|(kept, came)| kept != came)?;
    Some(Conflict { offset: at + index as u64, kept: kept[index], came: came[index] })
}

/// An offset in what memory holds.
fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
