//! What a picture says, read back from what is drawn.

use std::ops::Range;

use samewire::picture::{Picture, Row};

use super::edit::Change;

/// What is read so far.
struct Drawn {
    /// Where both sides do not run together, from the first such column to the last of each run of them.
    changes: Vec<Change>,
    /// How far the picture tells, on each side.
    until: (usize, usize),
    /// Octets that are not where the picture says, or that it passes over though they differ.
    faults: Vec<String>,
}

/// The columns of a picture that differ, as offsets of both sides, and what is wrong with it. What it does not draw has to be the same.
pub(super) fn read(picture: &Picture, expected: &[u8], captured: &[u8]) -> (Vec<Change>, Vec<String>) {
    let mut drawn = Drawn { changes: Vec::new(), until: (0, 0), faults: Vec::new() };
    for window in &picture.windows {
        let Some(Row::Octets { expected: upper, captured: lower, .. }) = window.rows.first() else {
            drawn.faults.push("a window does not begin with octets".into());
            continue;
        };
        drawn.skip_to((upper.offset as usize, lower.offset as usize), expected, captured);
        for row in &window.rows {
            drawn.row(row, expected, captured);
        }
    }
    if picture.more == 0 {
        drawn.skip_to((expected.len(), captured.len()), expected, captured);
    }
    (drawn.changes, drawn.faults)
}

impl Drawn {
    /// What is not drawn is the same.
    fn skip_to(&mut self, (at, came): (usize, usize), expected: &[u8], captured: &[u8]) {
        let same = expected.get(self.until.0..at).is_some_and(|wanted| captured.get(self.until.1..came) == Some(wanted));
        if !same {
            self.faults.push(format!("not drawn and not the same: {:?} to {:?}", self.until, (at, came)));
        }
        self.until = (at, came);
    }

    fn row(&mut self, row: &Row, expected: &[u8], captured: &[u8]) {
        let (at, came) = self.until;
        match row {
            Row::LeftOut { expected: more, captured: came_more } => {
                self.differ(at..at + *more as usize, came..came + *came_more as usize);
            }
            Row::Octets { expected: upper, captured: lower, marks } => {
                if (upper.offset as usize, lower.offset as usize) != self.until {
                    self.faults.push(format!("a row does not go on where the one before ended: {row:?}"));
                }
                for (column, (wanted, seen)) in upper.hex.split(' ').zip(lower.hex.split(' ')).enumerate() {
                    let mark = marks.get(column * 3..column * 3 + 2) == Some("^^");
                    self.column(mark, octet(wanted, self.until.0, expected), octet(seen, self.until.1, captured));
                }
            }
        }
    }

    fn column(&mut self, mark: bool, wanted: Option<Option<u8>>, seen: Option<Option<u8>>) {
        let (at, came) = self.until;
        let (Some(wanted), Some(seen)) = (wanted, seen) else {
            return self.faults.push(format!("another octet is drawn at {:?}", self.until));
        };
        if mark != (wanted != seen) {
            self.faults.push(format!("marked: {mark}, at {:?}", self.until));
        }
        let (next_at, next_came) = (at + usize::from(wanted.is_some()), came + usize::from(seen.is_some()));
        self.until = (next_at, next_came);
        if mark {
            self.differ(at..next_at, came..next_came);
        }
    }

    fn differ(&mut self, expected: Range<usize>, captured: Range<usize>) {
        self.until = (expected.end, captured.end);
        match self.changes.last_mut() {
            Some(last) if (last.expected.end, last.captured.end) == (expected.start, captured.start) => {
                (last.expected.end, last.captured.end) = (expected.end, captured.end);
            }
            _ => self.changes.push(Change { expected, captured }),
        }
    }
}

/// The octet of a cell, or none for a gap; `None` where it is not the one that is there.
fn octet(cell: &str, at: usize, octets: &[u8]) -> Option<Option<u8>> {
    match cell {
        "--" => Some(None),
        hex => octets.get(at).filter(|octet| format!("{octet:02x}") == hex).map(|octet| Some(*octet)),
    }
}
