//! A picture as lines of text that fit 80 columns, and need no colour.

use super::placed::{PLACED, is_placed};
use super::{COLUMNS, Cells, Difference, Picture, Row, Window};
use crate::printable::{counted, line, wrapped};

/// Characters of the longer of the two names.
const NAME: usize = 8;

/// A line that is longer is better broken; whoever prints it may indent it by two.
const WIDTH: usize = 78;

/// Draws a picture, below where the first difference is. `names` are what the two sides are called: `expected` and `captured`.
#[must_use]
pub fn lines(picture: &Picture, names: [&str; 2]) -> Vec<String> {
    let Some(first) = &picture.first_difference else { return Vec::new() };
    let mut lines = headline(first);
    lines.extend(rows(picture, names));
    lines
}

/// Draws a picture alone, for those who have been told where the first difference is.
#[must_use]
pub fn rows(picture: &Picture, names: [&str; 2]) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, window) in picture.windows.iter().enumerate() {
        if index > 0 {
            lines.push("...".into());
        }
        lines.extend(window.rows.iter().flat_map(|row| row_lines(row, names)));
    }
    if picture.windows.iter().any(is_placed) {
        lines.push(format!("{PLACED} is the same, in a place that is told"));
    }
    if !picture.masks.is_empty() {
        let masks: Vec<String> = picture.masks.iter().map(|name| line(name)).collect();
        lines.push(format!("?? may vary: {}", masks.join(", ")));
    }
    if picture.more > 0 {
        lines.push(format!("... and at least {}", counted(picture.more, "more difference")));
    }
    lines
}

/// Draws octets of which only one side is known, as they were captured.
#[must_use]
pub fn marked(window: &Window) -> Vec<String> {
    let mut lines = Vec::new();
    for row in &window.rows {
        if let Row::Octets { captured, marks, .. } = row {
            lines.push(side("captured", captured));
            lines.extend((!marks.is_empty()).then(|| format!("{:1$}{marks}", "", NAME + 12)));
        }
    }
    lines
}

fn headline(first: &Difference) -> Vec<String> {
    if let Some(part) = &first.part {
        return wrapped(&line(part), WIDTH);
    }
    let offset = format!("first difference at offset {}", first.offset);
    let Some(place) = &first.place else { return vec![offset] };
    let whole = format!("{offset}: {place}");
    if whole.chars().count() <= WIDTH { vec![whole] } else { vec![offset, format!("  {place}")] }
}

fn row_lines(row: &Row, [upper, lower]: [&str; 2]) -> Vec<String> {
    match row {
        Row::Octets { expected, captured, marks } => {
            let mut lines = vec![side(upper, expected), side(lower, captured)];
            if !marks.is_empty() {
                lines.push(format!("{:1$}{marks}", "", NAME + 12));
            }
            lines
        }
        Row::LeftOut { expected, captured } => {
            let count = |count: u64| if count == 0 { "no".into() } else { count.to_string() };
            let (expected, captured) = (count(*expected), count(*captured));
            vec![format!("{:1$}... {expected} {upper} and {captured} {lower} octets more ...", "", NAME + 12)]
        }
    }
}

fn side(name: &str, cells: &Cells) -> String {
    format!("{name:NAME$}  {:08x}  {:2$}  |{3}|", cells.offset, cells.hex, COLUMNS * 3 - 1, cells.ascii)
}
