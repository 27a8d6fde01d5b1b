//! Blocks of a stream that are lost, sent again, or exchanged with what follows. Linear, so that megabytes are no matter.

use memchr::memmem;

use super::Finding;
use super::subject::Subject;
use crate::printable::{counted, spaced_hex};

/// Sizes in which programs and systems pass octets on.
const SIZES: [usize; 9] = [512, 1024, 1460, 2048, 4096, 8192, 16_384, 32_768, 65_536];

/// The start or the end being lost has names of its own.
pub(super) fn lost(subject: &Subject<'_>) -> Option<Finding> {
    let (came, all) = (subject.captured.len(), subject.expected.len());
    let length = all.checked_sub(came).filter(|length| *length > 0)?;
    let at_an_end = subject.common_start == came || subject.common_end == came;
    if at_an_end || subject.common_start + subject.common_end < came {
        return None;
    }
    let least = came - subject.common_end;
    if subject.lines.is_empty() && length < MIN_LOST {
        let start = subject.common_start;
        let octets = &subject.expected[start..start + length];
        let shown = if length < MIN_BLOCK { format!(", {}", spaced_hex(octets)) } else { String::new() };
        return Some(Finding::new("octets-lost").detail(format!("{}{shown} at offset {start}", counted(length, "octet"))));
    }
    Some(located(subject, "block-lost", least, length))
}

/// Without a plan fewer octets are no block: they are in many fields by chance.
const MIN_BLOCK: usize = 4;

/// A block that is lost has so many: fewer are a field, a line or a header.
const MIN_LOST: usize = 64;

/// Right behind itself, or again somewhere later.
pub(super) fn repeated(subject: &Subject<'_>) -> Option<Finding> {
    let (came, all) = (subject.captured.len(), subject.expected.len());
    let length = came.checked_sub(all).filter(|length| *length > 0)?;
    if subject.common_start + subject.common_end < all {
        return None;
    }
    if subject.lines.is_empty() && length < MIN_BLOCK {
        return None;
    }
    let start = subject.common_start.min(all);
    let (before, from) = subject.captured.split_at(start);
    let block = from.get(..length)?;
    let again = before.ends_with(block) || (!subject.is_large() && length >= MIN_AGAIN && memmem::find(before, block).is_some());
    again.then(|| located(subject, "block-repeated", all - subject.common_end, length))
}

/// A block that came before is found again only from this length on: anything shorter is found by chance.
const MIN_AGAIN: usize = 4;

/// Where a block could have begun at several places, since it begins or ends like what is beside it, a round offset is likely.
fn located(subject: &Subject<'_>, name: &'static str, least: usize, length: usize) -> Finding {
    let most = subject.common_start;
    let round = |size: usize| Some(least.next_multiple_of(size)).filter(|offset| *offset <= most);
    let border = subject.lines.iter().map(|line| line.range.start).find(|start| (least..=most).contains(start));
    let offset = [65_536, 4096, 1024].into_iter().find_map(round).filter(|_| length >= 1024).or(border).unwrap_or(most);
    let line = subject.piece_at(offset).map(|(line, _)| line.number);
    let size = if length > 1 && length.is_power_of_two() { ", a power of two" } else { "" };
    Finding::new(name).line(line).detail(format!("{} at offset {offset}{size}", counted(length, "octet")))
}

/// Two neighbouring blocks exchanged: A B C D came as A C B D. How long B and C are shows where their first and last octets came
/// from, or they are of a known size.
pub(super) fn moved(subject: &Subject<'_>) -> Option<Finding> {
    let (expected, captured) = (&*subject.expected, subject.captured);
    if expected.len() != captured.len() || subject.is_same() {
        return None;
    }
    let (start, end) = (subject.common_start, expected.len() - subject.common_end);
    let (first, second) =
        lengths(expected, captured, start, end).find(|(first, second)| exchanged(subject, *first, *second).is_some())?;
    let offset = exchanged(subject, first, second)?;
    let line = subject.piece_at(start).map(|(line, _)| line.number);
    let detail = format!("{} at offset {offset} came before the {first} that belong before them", counted(second, "octet"));
    Some(Finding::new("block-moved").line(line).detail(detail))
}

/// Lengths that B and C may have.
fn lengths(expected: &[u8], captured: &[u8], start: usize, end: usize) -> impl Iterator<Item = (usize, usize)> {
    const NEEDLE: usize = 32;
    let head = &captured[start..end.min(start + NEEDLE)];
    let tail = &captured[end.saturating_sub(NEEDLE).max(start)..end];
    let forward = memmem::find(&expected[start..end], head);
    let backward = memmem::rfind(&expected[start..end], tail).map(|at| end - start - at - tail.len());
    let middle = end - start;
    let found = forward
        .into_iter()
        .flat_map(move |first| [Some((first, middle.saturating_sub(first))), backward.map(|second| (first, second))]);
    found.flatten().chain(SIZES.into_iter().map(|size| (size, size))).filter(|(first, second)| *first > 0 && *second > 0)
}

/// The offset of B, where exchanging blocks of these lengths explains what came.
fn exchanged(subject: &Subject<'_>, first: usize, second: usize) -> Option<usize> {
    let (expected, captured) = (&*subject.expected, subject.captured);
    let least = (expected.len() - subject.common_end).saturating_sub(first + second);
    let explains = |at: &usize| {
        let (b, c, after) = (*at..at + first, at + first..at + first + second, at + first + second);
        after <= expected.len()
            && captured[*at..].starts_with(&expected[c])
            && captured[at + second..].starts_with(&expected[b])
            && after + subject.common_end >= expected.len()
    };
    const MOST: usize = 64;
    (least..=subject.common_start).take(MOST).find(explains)
}
