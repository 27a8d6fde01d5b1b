//! What of a stream is not shown.

use std::ops::Range;

use crate::judge::messages::{Direction, Span};
use crate::printable::{ROW, row, row_hiding};
use crate::suite::Redaction;
use crate::trial::dialogue::Dialogue;
use crate::trial::difference::LOOKED_AT;

/// Octets of a stream that are not shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Hidden(Vec<Range<u64>>);

impl Hidden {
    /// What `redact` matches in the beginning of a stream; of what lies behind that nobody can say, so nothing is shown.
    pub(super) fn of(redaction: &Redaction, octets: &[u8]) -> Self {
        if redaction.is_empty() {
            return Self::default();
        }
        let hits = redaction.hits(octets).into_iter();
        let behind = (octets.len() >= LOOKED_AT).then_some(LOOKED_AT as u64..u64::MAX);
        Self(hits.map(|hit| hit.start as u64..hit.end as u64).chain(behind).collect())
    }

    /// Both directions of a connection, what was received first.
    pub(super) fn of_both(redaction: &Redaction, dialogue: &Dialogue) -> [Self; 2] {
        [Direction::Received, Direction::Sent].map(|direction| Self::of(redaction, dialogue.octets(direction)))
    }

    /// What is hidden behind an offset, from there on.
    pub(super) fn behind(&self, offset: u64) -> Vec<Range<usize>> {
        let place = |at: u64| usize::try_from(at.saturating_sub(offset)).unwrap_or(usize::MAX);
        self.0.iter().filter(|hit| hit.end > offset).map(|hit| place(hit.start)..place(hit.end)).collect()
    }

    /// Rows of a hex dump of octets at an offset.
    pub(super) fn rows(&self, offset: u64, octets: &[u8]) -> impl Iterator<Item = String> {
        octets.chunks(ROW).zip((offset..).step_by(ROW)).map(|(octets, offset)| match self.0.is_empty() {
            true => row(offset, octets),
            false => row_hiding(offset, octets, |index| self.has(offset + index as u64)),
        })
    }

    /// Octets as digits without spaces, as far as they are there.
    pub(super) fn hex(&self, span: Span, octets: &[u8]) -> String {
        let end = span.at.saturating_add(span.octets).min(octets.len() as u64);
        let shown = octets.get(span.at as usize..end as usize).unwrap_or_default();
        let digits = |(octet, at): (&u8, u64)| if self.has(at) { "**".to_owned() } else { format!("{octet:02x}") };
        shown.iter().zip(span.at..).map(digits).collect()
    }

    fn has(&self, at: u64) -> bool {
        let next = self.0.partition_point(|hit| hit.end <= at);
        self.0.get(next).is_some_and(|hit| hit.contains(&at))
    }
}
