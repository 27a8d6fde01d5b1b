//! Numbers as a compiler lays them out in a struct: each at a multiple of its own size, in the machine's order, `long` in 8 octets.

use super::Finding;
use super::subject::{Piece, Subject, Value};
use crate::suite::plan::{Fixed, Float, Order};

/// Which of these a compiler does is up to machine and types.
#[derive(Clone, Copy)]
struct Layout {
    /// `None` leaves the order as the plan says.
    order: Option<Order>,
    /// Octets of what the plan has in four.
    long: usize,
    /// Whether the whole is filled up to a multiple of its largest member.
    filled_up: bool,
}

/// Numbers in a run that were sent as one struct: those of each line, or those of all.
pub(super) fn find(subject: &Subject<'_>) -> Option<Finding> {
    if subject.is_large() || subject.captured.len() <= subject.expected.len() {
        return None;
    }
    let runs: Vec<&[Piece<'_>]> = subject.lines.iter().map(|line| line.pieces.as_slice()).collect();
    let all: Vec<Piece<'_>> = subject.lines.iter().flat_map(|line| line.pieces.iter().cloned()).collect();
    let held = layouts().any(|layout| explains(subject, &runs, layout) || explains(subject, &[&all], layout));
    let line = subject.piece_at(subject.common_start).map(|(line, _)| line.number);
    held.then(|| Finding::new("native-struct").line(line))
}

fn layouts() -> impl Iterator<Item = Layout> {
    [None, Some(Order::Little), Some(Order::Big)].into_iter().flat_map(|order| {
        [4, 8].into_iter().flat_map(move |long| [true, false].map(move |filled_up| Layout { order, long, filled_up }))
    })
}

/// What stands in a gap is whatever was in memory; `None` matches any octet.
fn explains(subject: &Subject<'_>, runs: &[&[Piece<'_>]], layout: Layout) -> bool {
    let mut wanted: Vec<Option<u8>> = Vec::new();
    for run in runs {
        let numbers: Option<Vec<Vec<u8>>> = run.iter().map(|piece| laid_out(&piece.value, layout)).collect();
        match numbers {
            Some(numbers) => wanted.extend(packed(&numbers, layout.filled_up)),
            None => wanted.extend(run.iter().flat_map(|piece| subject.octets(&piece.range)).copied().map(Some)),
        }
    }
    let fits = |(wanted, came): (&Option<u8>, &u8)| wanted.is_none_or(|wanted| wanted == *came);
    wanted.len() == subject.captured.len() && wanted.iter().zip(subject.captured).all(fits)
}

fn laid_out(value: &Value<'_>, layout: Layout) -> Option<Vec<u8>> {
    match *value {
        Value::Integer(fixed, value) => {
            let width = if fixed.width == 4 { layout.long } else { fixed.width };
            Some(Fixed { width, order: layout.order.unwrap_or(fixed.order), ..fixed }.octets(value))
        }
        Value::Float(float, value, _) => Some(Float { order: layout.order.unwrap_or(float.order), ..float }.octets(value)),
        _ => None,
    }
}

fn packed(numbers: &[Vec<u8>], filled_up: bool) -> Vec<Option<u8>> {
    let mut wanted = Vec::new();
    for number in numbers {
        wanted.resize(wanted.len().next_multiple_of(number.len()), None);
        wanted.extend(number.iter().copied().map(Some));
    }
    let largest = numbers.iter().map(Vec::len).max().unwrap_or(1);
    if filled_up {
        wanted.resize(wanted.len().next_multiple_of(largest), None);
    }
    wanted
}
