//! The length before a frame: what it counts, how it is written, whether it is there.

use super::rule::{NumberRule, Variants};
use super::subject::{Line, Piece, Subject, Value};
use super::walk::touched_lines;
use super::{Finding, varints};
use crate::suite::plan::{Fixed, Order, Prefix};

pub(super) const RULES: &[NumberRule] = &[
    ("length-counts-characters", |value| recounted(value, |text, _| text.chars().count() as u64)),
    ("length-counts-utf-16-units", |value| recounted(value, |text, _| text.encode_utf16().count() as u64)),
    ("length-includes-itself", |value| {
        recounted(value, |text, prefix| text.len() as u64 + prefix.octets(text.len() as u64).len() as u64)
    }),
    ("length-off-by-one", length_off_by_one),
    ("length-byte-order", length_byte_order),
    ("length-width", length_width),
    ("length-wraps", |value| with_length(value, |_, length| vec![vec![length as u8], (length as u16).to_be_bytes().to_vec()])),
    ("length-big-endian-varint", |value| with_length(value, |_, length| vec![varints::most_significant_first(length)])),
    ("length-as-text", length_as_text),
    ("length-missing", |value| with_length(value, |_, _| vec![Vec::new()])),
];

/// What is said of whole frames.
pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    subject.watch.tries("length-behind");
    empty_frame_skipped(subject).into_iter().chain(length_behind(subject)).collect()
}

/// The length came after what it counts.
fn length_behind(subject: &Subject<'_>) -> Option<Finding> {
    let behind = |line: &Line<'_>| match line.pieces.as_slice() {
        [Piece { value: Value::Length(..), range: length, .. }, body] => {
            vec![[subject.octets(&body.range), subject.octets(length)].concat()]
        }
        _ => Vec::new(),
    };
    let touched = touched_lines(subject, behind)?;
    Some(Finding::new("length-behind").line(touched.first).fit(touched.fit))
}

/// Frames without text that were left out altogether.
fn empty_frame_skipped(subject: &Subject<'_>) -> Option<Finding> {
    let empty =
        |line: &&Line<'_>| matches!(line.pieces.as_slice(), [length, body] if body.range.is_empty() && !length.range.is_empty());
    let first = subject.lines.iter().find(empty)?;
    let kept = subject.lines.iter().filter(|line| !empty(line)).flat_map(|line| subject.octets(&line.range));
    let held = kept.eq(subject.captured);
    held.then(|| Finding::new("empty-frame-skipped").line(Some(first.number)))
}

fn with_length(value: &Value<'_>, sent: impl Fn(Prefix, u64) -> Variants) -> Variants {
    match *value {
        Value::Length(prefix, text) => sent(prefix, text.len() as u64),
        _ => Vec::new(),
    }
}

fn recounted(value: &Value<'_>, count: impl Fn(&str, Prefix) -> u64) -> Variants {
    match *value {
        Value::Length(prefix, text) => vec![prefix.octets(count(text, prefix))],
        _ => Vec::new(),
    }
}

/// A terminator that was counted or not.
fn length_off_by_one(value: &Value<'_>) -> Variants {
    with_length(value, |prefix, length| vec![prefix.octets(length + 1), prefix.octets(length.wrapping_sub(1))])
}

fn length_byte_order(value: &Value<'_>) -> Variants {
    with_length(value, |prefix, length| {
        let mut octets = prefix.octets(length);
        octets.reverse();
        if matches!(prefix, Prefix::Fixed(_)) { vec![octets] } else { Vec::new() }
    })
}

/// In another number of octets, or fixed where it should be variable, or the other way round.
fn length_width(value: &Value<'_>) -> Variants {
    with_length(value, |prefix, length| {
        let orders = [Order::Big, Order::Little];
        let layouts =
            [1, 2, 4, 8].into_iter().flat_map(|width| orders.map(|order| Prefix::Fixed(Fixed { width, signed: false, order })));
        let others = layouts.chain([Prefix::Uleb]).filter(|other| length <= other.max());
        others
            .map(|other| other.octets(length))
            .filter(|octets| octets.len() != prefix.octets(length).len() || prefix == Prefix::Uleb)
            .collect()
    })
}

fn length_as_text(value: &Value<'_>) -> Variants {
    with_length(value, |_, length| ["", ":", " ", "\n", "\r\n"].map(|end| format!("{length}{end}").into_bytes()).to_vec())
}
