//! The places of a diagnosis in a picture: what of them is the same is drawn too.

use super::{Cells, Picture, Row, Window};
use crate::judge::diagnosis::Spot;

/// What stands under octets that are the same in a place of a diagnosis.
pub(super) const PLACED: &str = "~~";

impl Picture {
    /// The same, with marks (`~~`) under octets that are the same in these places of what is drawn, on either side.
    #[must_use]
    pub fn with_places(&self, spots: &[Spot]) -> Self {
        let of = |window: &Window| Window { rows: window.rows.iter().map(|row| with_places(row, spots)).collect() };
        let windows = self.windows.iter().map(of);
        Self { windows: windows.collect(), ..self.clone() }
    }
}

/// Whether anything in it has such a mark.
pub(super) fn is_placed(window: &Window) -> bool {
    window.rows.iter().any(|row| matches!(row, Row::Octets { marks, .. } if marks.contains(PLACED)))
}

fn with_places(row: &Row, spots: &[Spot]) -> Row {
    match row {
        Row::Octets { expected, captured, marks } => {
            let columns = offsets(expected).zip(offsets(captured)).enumerate();
            let columns = columns.map(|(column, offsets)| match marks.get(column * 3..column * 3 + 2) {
                Some(mark) if !mark.trim().is_empty() => format!("{mark} "),
                _ if spots.iter().any(|spot| has(spot, offsets)) => format!("{PLACED} "),
                _ => "   ".into(),
            });
            let marks = columns.collect::<String>().trim_end().to_owned();
            Row::Octets { expected: expected.clone(), captured: captured.clone(), marks }
        }
        Row::LeftOut { .. } => row.clone(),
    }
}

/// Whether an octet of a column stands in a place.
fn has(spot: &Spot, (wanted, came): (Option<u64>, Option<u64>)) -> bool {
    let is_in = |at: Option<u64>, start: u64, length: u64| at.is_some_and(|at| start <= at && at - start < length);
    is_in(wanted, spot.offset, spot.octets) || is_in(came, spot.captured_offset, spot.captured_octets)
}

/// The offset of each column of a row; none of a gap.
fn offsets(cells: &Cells) -> impl Iterator<Item = Option<u64>> {
    cells.hex.split(' ').scan(cells.offset, |next, cell| {
        let offset = (cell != "--").then_some(*next);
        *next += u64::from(offset.is_some());
        Some(offset)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Expected, lines};
    use super::*;
    use crate::judge::diagnosis;

    #[test]
    fn what_is_the_same_in_a_place_is_marked_on_whichever_side_it_is() {
        let (expected, captured) = (b"id=\"sensor-a1\"; x", b"id=\"Sensor-A1\"; x");
        let picture = Picture::of(Expected { octets: expected, ..Expected::default() }, captured);
        let found = diagnosis::of(expected, captured);
        let drawn = lines(&picture.with_places(&found[0].spots), ["expected", "captured"]);
        let marks = "                                ^^ ~~ ~~ ~~ ~~ ~~ ~~ ^^";
        assert!(drawn.iter().any(|line| line == marks), "{drawn:#?} {:?}", found[0]);
        assert_eq!(drawn.last().map(String::as_str), Some("~~ is the same, in a place that is told"));
        assert_eq!(picture.with_places(&[]), picture);
    }
}
