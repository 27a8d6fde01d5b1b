//! Finding patterns in a stream, one after the other, wherever its reads are cut. Pure.

use std::collections::VecDeque;

use crate::settings::{Answers, Trigger};

/// Looks for patterns in their order, each behind the one before.
#[derive(Default)]
pub(crate) struct Patterns {
    wanted: VecDeque<Vec<u8>>,
    found: usize,
    /// The end of what came, where a pattern may have begun.
    tail: Vec<u8>,
}

impl Patterns {
    /// Those that the replies of a connection wait for.
    pub(crate) fn of(answers: &Answers, connection: u64) -> Self {
        let Answers::Replies(replies) = answers else { return Self::default() };
        let wanted = replies.iter().filter(|reply| reply.is_for(connection)).filter_map(|reply| match &reply.when {
            Trigger::Pattern(octets) => Some(octets.clone()),
            _ => None,
        });
        Self { wanted: wanted.collect(), ..Self::default() }
    }

    /// The next octets of the stream.
    pub(crate) fn update(&mut self, octets: &[u8]) {
        if self.wanted.is_empty() {
            return;
        }
        self.tail.extend_from_slice(octets);
        while let Some(pattern) = self.wanted.front() {
            let Some(at) = position(&self.tail, pattern) else {
                let kept = pattern.len().saturating_sub(1).min(self.tail.len());
                self.tail.drain(..self.tail.len() - kept);
                return;
            };
            self.tail.drain(..at + pattern.len());
            self.wanted.pop_front();
            self.found += 1;
        }
        self.tail = Vec::new();
    }

    /// How many were found.
    pub(crate) fn found(&self) -> usize {
        self.found
    }
}

/// An empty pattern is found at once.
fn position(octets: &[u8], pattern: &[u8]) -> Option<usize> {
    if pattern.is_empty() { Some(0) } else { octets.windows(pattern.len()).position(|window| window == pattern) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(patterns: &[&str], reads: &[&str]) -> Vec<usize> {
        let wanted = patterns.iter().map(|pattern| pattern.as_bytes().to_vec()).collect();
        let mut patterns = Patterns { wanted, ..Patterns::default() };
        let found = reads.iter().map(|octets| {
            patterns.update(octets.as_bytes());
            patterns.found()
        });
        found.collect()
    }

    #[test]
    fn a_pattern_is_found_wherever_its_reads_are_cut() {
        let stream = "xababac";
        for cut in 0..=stream.len() {
            let (one, other) = stream.split_at(cut);
            assert_eq!(found(&["abac"], &[one, other]).last(), Some(&1), "cut at {cut}");
        }
        assert_eq!(found(&["abc"], &["a", "b", "c"]), [0, 0, 1]);
    }

    #[test]
    fn each_pattern_is_looked_for_behind_the_one_before() {
        assert_eq!(found(&["\n", "\n"], &["a\n", "b", "\n"]), [1, 1, 2]);
        assert_eq!(found(&["b", "a"], &["ab"]), [1]);
        assert_eq!(found(&["aa", "a"], &["aa"]), [1], "no octet counts twice");
        assert_eq!(found(&["a", "b"], &["ab"]), [2]);
    }
}
