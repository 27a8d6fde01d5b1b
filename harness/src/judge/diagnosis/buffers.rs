//! Buffers that are used wrongly: not cleared, sent to their end, filled from the start again, shared.

use super::Finding;
use super::rule::Variants;
use super::subject::{Line, Piece, Subject, Value};
use super::walk::{Fit, touched_lines};

/// Sizes that buffers have.
const SIZES: [usize; 13] = [256, 512, 1000, 1024, 2048, 4096, 8192, 10_000, 16_384, 32_768, 65_536, 131_072, 1 << 20];

/// A check of one connection.
type Check = fn(&Subject<'_>) -> Option<Finding>;

/// Everything that holds.
pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    const CHECKS: &[(&str, Check)] = &[
        ("buffer-not-cleared", buffer_not_cleared),
        ("stale-buffer-sent", stale_buffer_sent),
        ("stale-buffer-sent", stale_tail_sent),
        ("start-repeated", start_repeated),
        ("pieces-overlap", pieces_overlap),
        ("pieces-apart", pieces_apart),
        ("rest-lost", rest_lost),
        ("number-repeated", number_repeated),
    ];
    let held = |(name, check): &(&'static str, Check)| {
        subject.watch.tries(name);
        check(subject)
    };
    CHECKS.iter().filter_map(held).collect()
}

/// Each line came behind all lines before it.
fn buffer_not_cleared(subject: &Subject<'_>) -> Option<Finding> {
    let lines = || subject.lines.iter().filter(|line| !line.range.is_empty());
    let mut rest = subject.captured;
    for line in lines() {
        rest = rest.strip_prefix(subject.octets(&(0..line.range.end)))?;
    }
    let second = lines().nth(1)?;
    rest.is_empty().then(|| Finding::new("buffer-not-cleared").line(Some(second.number)))
}

/// The last piece was sent with as much of the one before it as was left in the buffer.
fn stale_buffer_sent(subject: &Subject<'_>) -> Option<Finding> {
    if subject.came().is_le() || subject.is_large() && !subject.captured.starts_with(&subject.expected) {
        return None;
    }
    of_lines(subject, "stale-buffer-sent", |octets, size| {
        let last = octets.len() % size;
        match octets.len().checked_sub(size) {
            Some(stale) if last > 0 => vec![[octets, &octets[stale..][..size - last]].concat()],
            _ => Vec::new(),
        }
    })
}

/// What each line has over a multiple of a size did not come.
fn rest_lost(subject: &Subject<'_>) -> Option<Finding> {
    if subject.came().is_ge() {
        return None;
    }
    let whole = |octets: &[u8], size: usize| vec![octets[..octets.len() - octets.len() % size].to_vec()];
    let found = of_lines_by(subject, "rest-lost", &[&[4, 8, 16, 64], &SIZES[..]].concat(), whole);
    found.filter(|found| found.fit == Fit::Throughout).map(|found| found.fit(Fit::Loosely))
}

/// One buffer for all lines, sent as far as the longest of them so far.
fn stale_tail_sent(subject: &Subject<'_>) -> Option<Finding> {
    if subject.captured.is_empty() {
        return None;
    }
    let (mut buffer, mut rest) = (Vec::new(), subject.captured);
    for line in subject.lines.iter().filter(|line| !line.range.is_empty()) {
        let octets = subject.octets(&line.range);
        let old = buffer.split_off(octets.len().min(buffer.len()));
        buffer = [octets, &old].concat();
        rest = rest.strip_prefix(buffer.as_slice())?;
    }
    (rest.is_empty() && !subject.is_same()).then(|| Finding::new("stale-buffer-sent").detail("a longer line before it"))
}

/// Each piece begins with the last octet of the one before it.
fn pieces_overlap(subject: &Subject<'_>) -> Option<Finding> {
    if subject.came().is_le() {
        return None;
    }
    let found = of_lines(subject, "pieces-overlap", |octets, size| {
        let piece = |at: usize| &octets[at..octets.len().min(at + size + 1)];
        vec![(0..octets.len()).step_by(size).map(piece).collect::<Vec<_>>().concat()]
    });
    found.map(|found| found.fit(Fit::Loosely))
}

/// The octet between two pieces is left out.
fn pieces_apart(subject: &Subject<'_>) -> Option<Finding> {
    if subject.came().is_ge() {
        return None;
    }
    let found = of_lines(subject, "pieces-apart", |octets, size| {
        vec![octets.chunks(size + 1).map(|piece| &piece[..piece.len().min(size)]).collect::<Vec<_>>().concat()]
    });
    found.map(|found| found.fit(Fit::Loosely))
}

/// Each further piece was the first again, the last of them whole or as long as it should be.
fn start_repeated(subject: &Subject<'_>) -> Option<Finding> {
    if subject.came().is_lt() {
        return None;
    }
    of_lines(subject, "start-repeated", |octets, size| match octets.get(..size) {
        Some(start) => {
            let whole = start.repeat(octets.len().div_ceil(size));
            vec![whole[..octets.len()].to_vec(), whole]
        }
        None => Vec::new(),
    })
}

/// Where some lines, or the whole, came as `sent` has them for a size of buffer.
fn of_lines(subject: &Subject<'_>, name: &'static str, sent: impl Fn(&[u8], usize) -> Variants) -> Option<Finding> {
    of_lines_by(subject, name, &SIZES, sent)
}

/// As [`of_lines`], for other sizes.
fn of_lines_by(
    subject: &Subject<'_>,
    name: &'static str,
    sizes: &[usize],
    sent: impl Fn(&[u8], usize) -> Variants,
) -> Option<Finding> {
    let found = |size: usize| Finding::new(name).detail(format!("a buffer of {size} octets"));
    // What is missing at the end alone has a name of its own.
    if subject.expected.starts_with(subject.captured) {
        return None;
    }
    for size in sizes.iter().copied().filter(|size| subject.expected.len() > *size) {
        if is_sent(subject, size, &sent) {
            return Some(found(size));
        }
        if subject.is_large() {
            continue;
        }
        let touched = touched_lines(subject, |line| sent(subject.octets(&line.range), size));
        if let Some(touched) = touched.filter(|touched| touched.fit < Fit::Sparsely) {
            return Some(found(size).line(touched.first).fit(touched.fit));
        }
    }
    None
}

/// Whether the whole came so. Of megabytes the first pieces are tried first.
fn is_sent(subject: &Subject<'_>, size: usize, sent: &impl Fn(&[u8], usize) -> Variants) -> bool {
    let first = sent(subject.octets(&(0..3 * size)), size);
    let began = |octets: &Vec<u8>| subject.captured.starts_with(&octets[..octets.len().min(2 * size)]);
    let may_be = first.is_empty() || first.iter().any(began);
    may_be && sent(&subject.expected, size).iter().any(|octets| octets == subject.captured)
}

/// All numbers of a line came as the last of them, or as the first.
fn number_repeated(subject: &Subject<'_>) -> Option<Finding> {
    if subject.is_large() {
        return None;
    }
    let is_number = |piece: &Piece<'_>| matches!(piece.value, Value::Integer(..) | Value::Float(..) | Value::Varint(..));
    let repeated = |line: &Line<'_>| match line.pieces.as_slice() {
        [first, .., last] if line.pieces.iter().all(is_number) => {
            [last, first].map(|piece| subject.octets(&piece.range).repeat(line.pieces.len())).to_vec()
        }
        _ => Vec::new(),
    };
    let touched = touched_lines(subject, repeated)?;
    Some(Finding::new("number-repeated").line(touched.first).fit(touched.fit))
}

#[cfg(test)]
mod tests {
    use super::super::{Evidence, Expected, diagnose};

    /// Octets that do not repeat themselves.
    fn noise(count: usize) -> Vec<u8> {
        std::iter::successors(Some(1u64), |x| Some(x * 16_807 % 2_147_483_647)).take(count).map(|x| (x >> 8) as u8).collect()
    }

    #[track_caller]
    fn assert_first(name: &str, expected: &[u8], captured: &[u8]) {
        let expected = [Expected { octets: expected, masks: &[] }];
        let named = diagnose(&Evidence { expected: &expected, captured: &[captured], plan: None });
        assert_eq!(named[0].name, name, "{named:?}");
    }

    #[test]
    fn pieces_of_a_stream_that_go_wrong_are_named() {
        for count in [3000, 300_000] {
            let all = noise(count);
            let last = count % 1024;
            assert_first("stale-buffer-sent", &all, &[&all[..], &all[count - 1024..count - last]].concat());
            let from_the_start = all[..1024].repeat(count.div_ceil(1024));
            assert_first("start-repeated", &all, &from_the_start);
            assert_first("start-repeated", &all, &from_the_start[..count]);
            let overlapping: Vec<u8> = (0..count).step_by(1024).flat_map(|at| &all[at..count.min(at + 1025)]).copied().collect();
            assert_first("pieces-overlap", &all, &overlapping);
            let apart: Vec<u8> = (0..count).step_by(1025).flat_map(|at| &all[at..count.min(at + 1024)]).copied().collect();
            assert_first("pieces-apart", &all, &apart);
        }
    }

    #[test]
    fn what_only_begins_so_is_not_named() {
        let all = noise(3000);
        let mut overlapping: Vec<u8> = (0..3000).step_by(1024).flat_map(|at| &all[at..3000.min(at + 1025)]).copied().collect();
        overlapping[2900] ^= 1;
        assert_first("field-differs", &all, &overlapping);
        assert_first("block-repeated", &all, &[&all[..], &all[1976..2990]].concat());
    }
}
