//! Octets that are expected, some of which may be anything.

use std::ops::Range;

use crate::suite::expectation::Mask;

/// Octets that are compared at once while they are the same.
const BLOCK: usize = 2048;

/// Octets that are expected, some of which may be anything.
#[derive(Debug, Clone, Copy)]
pub struct Pattern<'a> {
    pub octets: &'a [u8],
    pub masks: &'a [Mask],
    /// Those under masks for which something came that may not stand there.
    pub refused: &'a [Range<usize>],
}

impl<'a> Pattern<'a> {
    /// The mask that covers an offset.
    pub fn mask(&self, at: usize) -> Option<&'a Mask> {
        let next = self.masks.partition_point(|mask| mask.start <= at);
        let mask = self.masks[..next].last()?;
        (at < mask.start + mask.length).then_some(mask)
    }

    /// Whether this octet may stand at an offset.
    pub fn accepts(&self, at: usize, octet: u8) -> bool {
        match self.mask(at) {
            Some(_) => !self.refused.iter().any(|refused| refused.contains(&at)),
            None => self.octets[at] == octet,
        }
    }

    /// How many octets both begin with, `expected` being a part of the pattern.
    pub fn prefix(&self, expected: Range<usize>, captured: &[u8]) -> usize {
        let both = expected.len().min(captured.len());
        let parts = |at: &usize| !self.accepts(expected.start + at, captured[*at]);
        let mut blocks = (0..both).step_by(BLOCK).map(|start| start..both.min(start + BLOCK));
        let first = blocks.find_map(|block| {
            let same = self.refused.is_empty()
                && self.octets[expected.start + block.start..expected.start + block.end] == captured[block.clone()];
            block.into_iter().find(|at| !same && parts(at))
        });
        first.unwrap_or(both)
    }

    /// How many octets both end with.
    pub(super) fn suffix(&self, expected: Range<usize>, captured: &[u8]) -> usize {
        let both = expected.len().min(captured.len());
        let parts = |back: &usize| !self.accepts(expected.end - 1 - back, captured[captured.len() - 1 - back]);
        let mut blocks = (0..both).step_by(BLOCK).map(|start| start..both.min(start + BLOCK));
        let first = blocks.find_map(|back| {
            let wanted = &self.octets[expected.end - back.end..expected.end - back.start];
            let same = self.refused.is_empty() && *wanted == captured[captured.len() - back.end..captured.len() - back.start];
            back.into_iter().find(|back| !same && parts(back))
        });
        first.unwrap_or(both)
    }

    /// The octet that has to stand at an offset; `None` where any may.
    pub(super) fn octet(&self, at: usize) -> Option<u8> {
        self.mask(at).is_none().then_some(self.octets[at])
    }
}
