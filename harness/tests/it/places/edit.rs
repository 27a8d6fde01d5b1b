//! Edits of a message that remember where each octet came from, so that the right places are known without any alignment.

use std::ops::Range;

use crate::random::Random;

/// What an edit does to a message.
pub(super) type Edit = fn(&mut Edited, &mut Random);

/// The kinds of edits.
pub(super) const EDITS: [(&str, Edit); 14] = [
    ("octets replaced", replace),
    ("a bit flipped", flip),
    ("octets inserted", insert),
    ("an octet doubled", double),
    ("octets deleted", delete),
    ("a stretch repeated", repeat),
    ("two stretches swapped", swap_stretches),
    ("two fields swapped", swap_fields),
    ("the case changed", change_case),
    ("a number changed", change_number),
    ("a stretch zeroed", zero),
    ("carriage returns lost", lose_returns),
    ("truncated", truncate),
    ("octets appended", append),
];

/// The most octets that one edit of a stretch touches.
const MOST: usize = 12;

/// A message, edited: each octet, and the offset that it had, where it was not put in or changed.
#[derive(Debug, Clone)]
pub(super) struct Edited {
    pub octets: Vec<(u8, Option<usize>)>,
    expected: usize,
}

/// What was expected and what came in its stead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub expected: Range<usize>,
    pub captured: Range<usize>,
}

impl Change {
    /// How many columns it takes to draw it.
    pub(super) fn width(&self) -> usize {
        self.expected.len().max(self.captured.len())
    }

    /// How many columns differ where the two are drawn over each other.
    pub(super) fn marks(&self, expected: &[u8], captured: &[u8]) -> usize {
        let (expected, captured) = (&expected[self.expected.clone()], &captured[self.captured.clone()]);
        let same = expected.iter().zip(captured).filter(|(wanted, came)| wanted == came).count();
        self.width() - same
    }

    /// Whether all of another change lies in this one.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let covers = |one: &Range<usize>, other: &Range<usize>| one.start <= other.start && other.end <= one.end;
        covers(&self.expected, &other.expected) && covers(&self.captured, &other.captured)
    }

    /// The same change without the octets that both sides begin and end with.
    pub(super) fn trimmed(&self, expected: &[u8], captured: &[u8]) -> Self {
        let mut trimmed = self.clone();
        let (wanted, came) = (&mut trimmed.expected, &mut trimmed.captured);
        while wanted.start < wanted.end && came.start < came.end && expected[wanted.start] == captured[came.start] {
            (wanted.start, came.start) = (wanted.start + 1, came.start + 1);
        }
        while wanted.start < wanted.end && came.start < came.end && expected[wanted.end - 1] == captured[came.end - 1] {
            (wanted.end, came.end) = (wanted.end - 1, came.end - 1);
        }
        trimmed
    }

    /// The change with all octets around it at which it may have been made as well: one octet more in a run of them is any of them.
    pub(super) fn slid(&self, expected: &[u8], captured: &[u8]) -> Self {
        let mut slid = self.clone();
        if !self.expected.is_empty() && !self.captured.is_empty() {
            return slid;
        }
        let (octets, length) =
            if self.captured.is_empty() { (expected, self.expected.len()) } else { (captured, self.captured.len()) };
        let range = if self.captured.is_empty() { &self.expected } else { &self.captured };
        let back = (0..range.start).rev().take_while(|at| octets[*at] == octets[at + length]).count();
        let on = (range.end..octets.len()).take_while(|at| octets[*at] == octets[at - length]).count();
        let both = back.min(self.expected.start).min(self.captured.start);
        let on = on.min(expected.len() - self.expected.end).min(captured.len() - self.captured.end);
        slid.expected = self.expected.start - both..self.expected.end + on;
        slid.captured = self.captured.start - both..self.captured.end + on;
        slid
    }
}

impl Edited {
    pub(super) fn new(message: &[u8]) -> Self {
        Self { octets: message.iter().copied().zip((0..).map(Some)).collect(), expected: message.len() }
    }

    pub(super) fn captured(&self) -> Vec<u8> {
        self.octets.iter().map(|(octet, _)| *octet).collect()
    }

    /// What the edits changed: all that is between octets which stayed.
    pub(super) fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        let (mut at, mut came) = (0, 0);
        let stayed = self.octets.iter().enumerate().filter_map(|(now, (_, before))| Some((now, (*before)?)));
        for (now, before) in stayed.chain([(self.octets.len(), self.expected)]) {
            if (at, came) != (before, now) {
                changes.push(Change { expected: at..before, captured: came..now });
            }
            (at, came) = (before + 1, now + 1);
        }
        changes
    }

    /// A stretch of up to so many octets, and of one at least.
    fn stretch(&self, random: &mut Random, most: usize) -> Range<usize> {
        let start = random.below(self.octets.len());
        start..self.octets.len().min(start + 1 + random.below(most))
    }

    fn put(&mut self, stretch: Range<usize>, octets: Vec<u8>) {
        self.octets.splice(stretch, octets.into_iter().map(|octet| (octet, None)));
    }

    fn of(&self, stretch: Range<usize>) -> Vec<u8> {
        self.octets[stretch].iter().map(|(octet, _)| *octet).collect()
    }

    fn set(&mut self, at: usize, octet: u8) {
        if self.octets[at].0 != octet {
            self.octets[at] = (octet, None);
        }
    }

    /// Where octets of a kind stand, near a random place: a whole run of them.
    fn run_of(&self, random: &mut Random, kind: fn(&u8) -> bool) -> Option<Range<usize>> {
        let from = random.below(self.octets.len());
        let start = (from..self.octets.len()).find(|at| kind(&self.octets[*at].0))?;
        let end = (start..self.octets.len()).find(|at| !kind(&self.octets[*at].0)).unwrap_or(self.octets.len());
        Some(start..end)
    }

    /// Swaps two stretches, the first before the second.
    fn swap(&mut self, first: Range<usize>, second: Range<usize>) {
        let (one, other) = (self.of(first.clone()), self.of(second.clone()));
        self.put(second, one);
        self.put(first, other);
    }
}

fn replace(edited: &mut Edited, random: &mut Random) {
    for at in edited.stretch(random, MOST) {
        edited.set(at, random.next() as u8);
    }
}

fn flip(edited: &mut Edited, random: &mut Random) {
    let at = random.below(edited.octets.len());
    edited.set(at, edited.octets[at].0 ^ 1 << random.below(8));
}

fn insert(edited: &mut Edited, random: &mut Random) {
    let at = random.below(edited.octets.len() + 1);
    let count = 1 + random.below(MOST);
    edited.put(at..at, random.octets(count));
}

fn double(edited: &mut Edited, random: &mut Random) {
    let at = random.below(edited.octets.len());
    edited.put(at..at, vec![edited.octets[at].0]);
}

fn delete(edited: &mut Edited, random: &mut Random) {
    let stretch = edited.stretch(random, MOST);
    edited.put(stretch, Vec::new());
}

fn repeat(edited: &mut Edited, random: &mut Random) {
    let stretch = edited.stretch(random, 4 * MOST);
    edited.put(stretch.end..stretch.end, edited.of(stretch));
}

fn swap_stretches(edited: &mut Edited, random: &mut Random) {
    let (one, other) = (edited.stretch(random, MOST), edited.stretch(random, MOST));
    let (first, second) = if one.start < other.start { (one, other) } else { (other, one) };
    if first.end <= second.start {
        edited.swap(first, second);
    }
}

fn swap_fields(edited: &mut Edited, random: &mut Random) {
    let is_in_field = |octet: &u8| octet.is_ascii_alphanumeric() || b"-_.=:\"".contains(octet);
    if let (Some(one), Some(other)) = (edited.run_of(random, is_in_field), edited.run_of(random, is_in_field)) {
        let (first, second) = if one.start < other.start { (one, other) } else { (other, one) };
        if first.end <= second.start && first.len() <= 2 * MOST && second.len() <= 2 * MOST {
            edited.swap(first, second);
        }
    }
}

fn change_case(edited: &mut Edited, random: &mut Random) {
    for at in edited.run_of(random, u8::is_ascii_alphabetic).into_iter().flatten().take(MOST) {
        edited.set(at, edited.octets[at].0 ^ 0x20);
    }
}

fn change_number(edited: &mut Edited, random: &mut Random) {
    let Some(digits) = edited.run_of(random, u8::is_ascii_digit) else { return };
    let before = String::from_utf8_lossy(&edited.of(digits.clone())).parse::<u128>().unwrap_or(0);
    let after = [before + 1, before * 10, before / 10, before.saturating_sub(1)][random.below(4)].to_string();
    edited.put(digits, after.into_bytes());
}

fn zero(edited: &mut Edited, random: &mut Random) {
    for at in edited.stretch(random, MOST) {
        edited.set(at, 0);
    }
}

fn lose_returns(edited: &mut Edited, _: &mut Random) {
    edited.octets.retain(|(octet, _)| *octet != b'\r');
}

fn truncate(edited: &mut Edited, random: &mut Random) {
    let left = 1 + random.below(edited.octets.len());
    edited.octets.truncate(left);
}

fn append(edited: &mut Edited, random: &mut Random) {
    let end = edited.octets.len();
    let count = 1 + random.below(2 * MOST);
    edited.put(end..end, random.octets(count));
}
