//! From changes to windows: what is shown of two runs of octets, row by row.

use std::ops::Range;

use super::{Cells, Picture, Row, Window};
use crate::judge::align::{Change, Pattern};
use crate::printable;
use crate::suite::expectation::Mask;

/// Octets in a row: with offset and ASCII, a row fits 80 columns.
pub const COLUMNS: usize = 12;

/// Octets shown before and after a difference: with one octet that differs, they make one row.
const CONTEXT: (usize, usize) = (6, 5);

/// Differences that are shown.
const MOST_CHANGES: usize = 12;

/// Rows of octets that are shown, in all windows together.
const MOST_ROWS: usize = 6;

/// Columns of a long difference that are shown: of its beginning, and of its end.
const LONG: (usize, usize) = (2 * COLUMNS, COLUMNS);

/// Octets that stand over each other.
struct Column {
    expected: Slot,
    captured: Slot,
    differs: bool,
}

/// One side of a column: the octet at an offset, or a gap before it.
#[derive(Clone, Copy)]
enum Slot {
    Octet(usize),
    Gap(usize),
}

/// The windows around the first of the changes, the masks in them, and how many more changes there are.
pub(super) fn around(pattern: Pattern<'_>, captured: &[u8], changes: &[Change]) -> Picture {
    let mut drawing = Drawing { pattern, captured, picture: Picture::default(), rows: 0, drawn: 0 };
    let mut from = 0;
    while from < changes.len().min(MOST_CHANGES) && drawing.rows < MOST_ROWS {
        let to = from + together(&changes[from..]);
        drawing.window(changes, from..to);
        from = to;
    }
    drawing.picture.more = changes.len() - from;
    drawing.picture
}

/// How many of the first changes share a window.
fn together(changes: &[Change]) -> usize {
    let mut width = 0;
    let fits = |pair: &&[Change]| {
        let between = pair[1].expected.start - pair[0].expected.end;
        width += pair[0].width() + between;
        between <= CONTEXT.0 + CONTEXT.1 && width < COLUMNS * MOST_ROWS / 2
    };
    1 + changes.windows(2).take_while(fits).count()
}

struct Drawing<'a> {
    pattern: Pattern<'a>,
    captured: &'a [u8],
    picture: Picture,
    rows: usize,
    /// Up to where expected octets are drawn: none is drawn twice.
    drawn: usize,
}

impl Drawing<'_> {
    /// Draws some of the changes in one window.
    fn window(&mut self, changes: &[Change], these: Range<usize>) {
        let (first, last) = (&changes[these.start], &changes[these.end - 1]);
        let latest = changes.get(these.end).map_or(self.pattern.octets.len(), |change| change.expected.start);
        let before = CONTEXT.0.min(first.expected.start - self.drawn);
        let after = CONTEXT.1.min(latest - last.expected.end);
        let mut columns = same(first.expected.start - before..first.expected.start, first.captured.start - before);
        let mut rows = Vec::new();
        for index in these.clone() {
            self.change(&changes[index], &mut columns, &mut rows);
            let until = if index + 1 < these.end { changes[index + 1].expected.start } else { last.expected.end + after };
            columns.extend(same(changes[index].expected.end..until, changes[index].captured.end));
        }
        self.flush(&mut columns, &mut rows);
        self.drawn = last.expected.end + after;
        self.picture.windows.push(Window { rows });
    }

    /// Draws a change, without the middle of a long one.
    fn change(&mut self, change: &Change, columns: &mut Vec<Column>, rows: &mut Vec<Row>) {
        if change.width() <= LONG.0 + LONG.1 + COLUMNS {
            return self.columns(change, columns);
        }
        let ends = |range: &Range<usize>| {
            let head = range.end.min(range.start + LONG.0);
            (range.start..head, head.max(range.end.saturating_sub(LONG.1))..range.end)
        };
        let ((expected, expected_tail), (captured, captured_tail)) = (ends(&change.expected), ends(&change.captured));
        let left_out = Row::LeftOut {
            expected: (expected_tail.start - expected.end) as u64,
            captured: (captured_tail.start - captured.end) as u64,
        };
        self.columns(&Change { expected, captured }, columns);
        self.flush(columns, rows);
        rows.push(left_out);
        self.columns(&Change { expected: expected_tail, captured: captured_tail }, columns);
    }

    fn columns(&self, change: &Change, columns: &mut Vec<Column>) {
        columns.extend((0..change.width()).map(|index| self.column(change, index)));
    }

    fn column(&self, change: &Change, index: usize) -> Column {
        let slot = |range: &Range<usize>| match range.start + index {
            at if at < range.end => Slot::Octet(at),
            _ => Slot::Gap(range.end),
        };
        let (expected, captured) = (slot(&change.expected), slot(&change.captured));
        let differs = match (expected, captured) {
            (Slot::Octet(at), Slot::Octet(came)) => !self.pattern.accepts(at, self.captured[came]),
            _ => true,
        };
        Column { expected, captured, differs }
    }

    /// Makes rows of the columns so far.
    fn flush(&mut self, columns: &mut Vec<Column>, rows: &mut Vec<Row>) {
        for row in columns.chunks(COLUMNS) {
            let row = self.row(row);
            rows.push(row);
            self.rows += 1;
        }
        columns.clear();
    }

    fn row(&mut self, columns: &[Column]) -> Row {
        let (pattern, octets) = (self.pattern, self.captured);
        let expected = cells(columns.iter().map(|column| column.expected), |at| match pattern.mask(at) {
            Some(mask) => {
                self.name(mask);
                ("??".into(), '?')
            }
            None => shown(pattern.octets[at]),
        });
        let captured = cells(columns.iter().map(|column| column.captured), |at| shown(octets[at]));
        let marks: Vec<&str> = columns.iter().map(|column| if column.differs { "^^" } else { "  " }).collect();
        Row::Octets { expected, captured, marks: marks.join(" ").trim_end().to_owned() }
    }

    fn name(&mut self, mask: &Mask) {
        if !self.picture.masks.contains(&mask.name) {
            self.picture.masks.push(mask.name.clone());
        }
    }
}

/// Columns of octets that are the same on both sides.
fn same(expected: Range<usize>, captured: usize) -> Vec<Column> {
    let pairs = expected.zip(captured..);
    pairs.map(|(at, came)| Column { expected: Slot::Octet(at), captured: Slot::Octet(came), differs: false }).collect()
}

fn shown(octet: u8) -> (String, char) {
    (format!("{octet:02x}"), printable::ascii(&[octet]).chars().next().unwrap_or('.'))
}

fn cells(slots: impl Iterator<Item = Slot> + Clone, mut show: impl FnMut(usize) -> (String, char)) -> Cells {
    let first = slots.clone().next().map_or(0, |(Slot::Octet(at) | Slot::Gap(at))| at);
    let cells = slots.map(|slot| match slot {
        Slot::Octet(at) => show(at),
        Slot::Gap(_) => ("--".into(), ' '),
    });
    let (hex, ascii): (Vec<String>, String) = cells.unzip();
    Cells { offset: first as u64, hex: hex.join(" "), ascii }
}
