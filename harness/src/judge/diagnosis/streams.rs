//! Octets that are right in themselves and lost, repeated, out of order or more than they should be; and, where no cause holds,
//! where the octets differ.

use memchr::memmem;

use super::blocks;
use super::fields;
use super::interleaved;
use super::order;
use super::stretch::{Sides, Stretch};
use super::subject::{Line, Piece, Subject, Value};
use super::walk::{Fit, Part, Touched, touched_lines, touched_pieces, walk};
use super::{Finding, Spot};
use crate::judge::align::Change;
use crate::printable::{counted, spaced_hex};

/// The most lines of a plan of which each is tried with all behind it.
const MOST_LINES: usize = 40;

/// A check of one connection.
type Check = fn(&Subject<'_>) -> Option<Finding>;

const CAUSES: &[(&str, Check)] = &[
    ("nothing-sent", nothing_sent),
    ("tls-client-hello", tls_client_hello),
    ("plan-sent", plan_sent),
    ("comment-sent", comment_sent),
    ("plan-line-sent", plan_line_sent),
    ("line-overrun", line_overrun),
    ("sent-twice", sent_repeatedly),
    ("truncated", truncated),
    ("head-lost", head_lost),
    ("frames-interleaved", interleaved::frames_interleaved),
];

/// These explain much that has another cause.
const LOOSE: &[(&str, Check)] = &[
    ("last-octet-lost", last_octet_lost),
    ("line-lost", line_lost),
    ("line-repeated", line_repeated),
    ("octets-reversed", octets_reversed),
    ("writes-reordered", order::writes_reordered),
    ("pairs-swapped", pairs_swapped),
    ("block-lost", blocks::lost),
    ("block-repeated", blocks::repeated),
    ("block-moved", blocks::moved),
    ("octet-changed", octet_changed),
    ("argument-differs", argument_differs),
    ("octets-appended", octets_appended),
    ("octets-prepended", octets_prepended),
    ("octets-inserted", octets_inserted),
    ("octets-inserted", octets_around),
];

/// Everything that holds.
pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let held = |(name, check): &(&'static str, Check)| {
        subject.watch.tries(name);
        check(subject)
    };
    let loose = LOOSE.iter().filter_map(held).map(|finding| finding.fit(Fit::Loosely));
    CAUSES.iter().filter_map(held).chain(loose).collect()
}

fn nothing_sent(subject: &Subject<'_>) -> Option<Finding> {
    let finding = || Finding::new("nothing-sent").line(subject.lines.first().map(|line| line.number));
    subject.captured.is_empty().then(finding)
}

/// A record of the handshake (16), of version 3.x, whose first message is a ClientHello (1).
fn tls_client_hello(subject: &Subject<'_>) -> Option<Finding> {
    let is_one = |octets: &[u8]| matches!(octets, [0x16, 3, 0..=4, _, _, 1, ..]);
    (is_one(subject.captured) && !is_one(&subject.expected)).then(|| Finding::new("tls-client-hello"))
}

fn plan_sent(subject: &Subject<'_>) -> Option<Finding> {
    let plan = subject.plan?.as_bytes();
    (subject.captured.trim_ascii_end() == plan.trim_ascii_end() && !plan.is_empty()).then(|| Finding::new("plan-sent"))
}

/// The lines of a plan that send nothing, in place among those that do.
fn comment_sent(subject: &Subject<'_>) -> Option<Finding> {
    if subject.came().is_le() {
        return None;
    }
    let comments = subject.plan?.split('\n').enumerate().filter(|(_, text)| text.starts_with('#'));
    let comment = |(index, text): (usize, &str)| Part { line: index + 1, expected: b"", faulty: spoken(text) };
    let sending =
        subject.lines.iter().map(|line| Part { line: line.number, expected: subject.octets(&line.range), faulty: Vec::new() });
    let mut parts: Vec<Part<'_>> = sending.chain(comments.map(comment)).collect();
    parts.sort_by_key(|part| part.line);
    walk(parts.iter().cloned(), subject.captured).map(|touched| Finding::new("comment-sent").line(touched.first))
}

/// Lines sent as they stand in the plan, with their words or, but for `text`, without.
fn plan_line_sent(subject: &Subject<'_>) -> Option<Finding> {
    let source: Vec<&str> = subject.plan?.split('\n').collect();
    let source = &source;
    let faulty = |line: &Line<'_>| {
        let text = source.get(line.number - 1).copied().unwrap_or_default();
        let rest = text.split_once(' ').filter(|(word, _)| *word != "text").map(|(_, rest)| rest.as_bytes().to_vec());
        spoken(text).into_iter().chain(rest).collect()
    };
    touched_lines(subject, faulty).map(|touched| Finding::new("plan-line-sent").line(touched.first))
}

/// Text that did not end where its line does, but where the plan does, or a line in between.
fn line_overrun(subject: &Subject<'_>) -> Option<Finding> {
    let source: Vec<&str> = subject.plan?.split('\n').collect();
    if subject.is_large() || source.len() > MOST_LINES {
        return None;
    }
    let overrun = |line: &Line<'_>| {
        let [piece] = line.pieces.as_slice() else { return Vec::new() };
        let text = subject.octets(&piece.range);
        let behind = (line.number + 1..=source.len()).map(|last| source[line.number..last].join("\n"));
        let ends = behind.flat_map(|rest| ["", "\n"].map(|end| [text, b"\n", rest.as_bytes(), end.as_bytes()].concat()));
        if piece.value == Value::Plain { ends.collect() } else { Vec::new() }
    };
    touched_lines(subject, overrun).map(|touched| Finding::new("line-overrun").line(touched.first))
}

fn spoken(text: &str) -> Vec<Vec<u8>> {
    ["", "\n", "\r\n"].map(|end| format!("{text}{end}").into_bytes()).to_vec()
}

fn sent_repeatedly(subject: &Subject<'_>) -> Option<Finding> {
    let (expected, captured) = (&*subject.expected, subject.captured);
    let times = captured.len().checked_div(expected.len()).filter(|times| *times > 1)?;
    let whole = captured.chunks(expected.len()).all(|chunk| chunk == expected);
    whole.then(|| Finding::new("sent-twice").detail(format!("{times} times")))
}

/// What [`truncated`] and [`head_lost`] say is not said of lines.
fn line_lost(subject: &Subject<'_>) -> Option<Finding> {
    if subject.captured.is_empty()
        || subject.came().is_ge()
        || subject.expected.starts_with(subject.captured)
        || subject.expected.ends_with(subject.captured)
    {
        return None;
    }
    touched_lines(subject, |_| vec![Vec::new()]).map(|touched| of_lines("line-lost", touched))
}

/// Of each line or argument; of one alone, [`truncated`] says it.
fn last_octet_lost(subject: &Subject<'_>) -> Option<Finding> {
    if subject.is_large() || subject.came().is_gt() || subject.expected.starts_with(subject.captured) {
        return None;
    }
    let of_line = |line: &Line<'_>| all_but_last(subject.octets(&line.range), false);
    let of_piece = |piece: &Piece<'_>| all_but_last(subject.octets(&piece.range), piece.is_text());
    let touched = touched_lines(subject, of_line).or_else(|| touched_pieces(subject, of_piece))?;
    Some(of_lines("last-octet-lost", touched))
}

/// Without it, or with a NUL in its place: a buffer that was filled up to the octet before.
fn all_but_last(octets: &[u8], zeroed: bool) -> Vec<Vec<u8>> {
    let Some((_, rest)) = octets.split_last() else { return Vec::new() };
    if zeroed { vec![rest.to_vec(), [rest, b"\0"].concat()] } else { vec![rest.to_vec()] }
}

fn line_repeated(subject: &Subject<'_>) -> Option<Finding> {
    if subject.is_large() || subject.came().is_le() {
        return None;
    }
    let times = |octets: &[u8]| (2..4).map(|times| octets.repeat(times)).collect::<Vec<_>>();
    let of_line = |line: &Line<'_>| times(subject.octets(&line.range));
    let of_piece = |piece: &Piece<'_>| times(subject.octets(&piece.range));
    let touched = touched_lines(subject, of_line).or_else(|| touched_pieces(subject, of_piece))?;
    Some(of_lines("line-repeated", touched))
}

fn of_lines(name: &'static str, touched: Touched) -> Finding {
    let first = touched.first.unwrap_or_default();
    let others = if touched.parts > 1 { format!(" and {} more", touched.parts - 1) } else { String::new() };
    Finding::new(name).line(touched.first).detail(format!("line {first} of the plan{others}"))
}

fn truncated(subject: &Subject<'_>) -> Option<Finding> {
    let (came, all) = (subject.captured.len(), subject.expected.len());
    if came == 0 || came >= all || !subject.expected.starts_with(subject.captured) {
        return None;
    }
    let size = known_size(came).map(|size| format!(", {size}")).unwrap_or_default();
    let place = place(subject, came).map(|place| format!(", {place}")).unwrap_or_default();
    let line = subject.piece_at(came).map(|(line, _)| line.number);
    let detail = format!("it stops after {came} of {}{size}{place}", counted(all, "octet"));
    Some(Finding::new("truncated").fit(at_an_end(subject)).line(line).detail(detail))
}

/// Without a plan a cause that foretells which octets are missing is better.
fn at_an_end(subject: &Subject<'_>) -> Fit {
    if subject.lines.is_empty() { Fit::InPlaces } else { Fit::AtAnEnd }
}

/// What a length may come from.
fn known_size(length: usize) -> Option<&'static str> {
    match length {
        1024 | 1400 | 1460 | 1500 | 2048 | 4096 => Some("the size of a small buffer"),
        8192 => Some("the size of a buffer in many libraries"),
        16_384 | 32_768 => Some("the size of a buffer"),
        65_535 => Some("the most that 16 bits can count"),
        65_536 => Some("the size of a pipe buffer"),
        length if length.is_power_of_two() && length > 256 => Some("a power of two"),
        length if length.is_multiple_of(65_536) => Some("a multiple of 65536"),
        length if length.is_multiple_of(4096) => Some("a multiple of 4096"),
        length if length > 1 << 20 => Some("about what the system buffers for a socket"),
        _ => None,
    }
}

/// Where in the plan an offset is.
fn place(subject: &Subject<'_>, offset: usize) -> Option<String> {
    let (line, piece) = subject.piece_at(offset)?;
    let number = line.number;
    if offset == line.range.start {
        return Some(format!("before line {number} of the plan"));
    }
    Some(format!(
        "in line {number} of the plan, before octet {} of {} of `{}`",
        offset - piece.range.start + 1,
        piece.range.len(),
        piece.what
    ))
}

fn head_lost(subject: &Subject<'_>) -> Option<Finding> {
    let (came, all) = (subject.captured.len(), subject.expected.len());
    if came == 0 || came >= all || !subject.expected.ends_with(subject.captured) {
        return None;
    }
    let detail = format!("the first {} of {all} did not come", counted(all - came, "octet"));
    Some(Finding::new("head-lost").fit(at_an_end(subject)).line(subject.lines.first().map(|line| line.number)).detail(detail))
}

/// Octets of each pair of a text exchanged, as the function for 16 bits does it; of an odd number the last stays.
fn pairs_swapped(subject: &Subject<'_>) -> Option<Finding> {
    let swapped = |octets: &[u8]| octets.chunks(2).flat_map(|pair| pair.iter().rev().copied()).collect::<Vec<_>>();
    if subject.lines.is_empty() {
        // Of megabytes, the pair that differs first tells enough where it is not swapped.
        let first = subject.common_start & !1;
        let pair = |octets: &[u8]| octets[first.min(octets.len())..octets.len().min(first + 2)].to_vec();
        let may_be = swapped(&pair(&subject.expected)) == pair(subject.captured);
        return (may_be && swapped(&subject.expected) == subject.captured).then(|| Finding::new("pairs-swapped"));
    }
    let of_line = |line: &Line<'_>| match line.pieces.as_slice() {
        [length, body] if body.is_text() && !length.is_text() => {
            vec![[subject.octets(&length.range), &swapped(subject.octets(&body.range))].concat()]
        }
        pieces if pieces.iter().all(Piece::is_text) => vec![swapped(subject.octets(&line.range))],
        _ => Vec::new(),
    };
    let touched = touched_lines(subject, of_line)?;
    Some(Finding::new("pairs-swapped").line(touched.first))
}

fn octets_reversed(subject: &Subject<'_>) -> Option<Finding> {
    let (expected, came, first) = (&*subject.expected, subject.captured, subject.common_start);
    // Octets that repeat themselves are the same for long: where they are not is looked at first.
    let may_be = expected.len() == came.len() && expected.iter().nth_back(first) == came.get(first);
    let reversed = may_be && expected.iter().rev().eq(came);
    reversed.then(|| Finding::new("octets-reversed"))
}

fn octet_changed(subject: &Subject<'_>) -> Option<Finding> {
    let (first, after) = (subject.common_start, subject.common_start + 1);
    if subject.expected.len() != subject.captured.len() || after + subject.common_end != subject.expected.len() {
        return None;
    }
    let (expected, came) = (subject.expected[first], subject.captured[first]);
    let bit = if (expected ^ came).is_power_of_two() { ", one bit of it" } else { "" };
    let change = [Change { expected: first..after, captured: first..after }];
    let sides = Sides { expected: &subject.expected, captured: subject.captured, changes: &change };
    // A plan tells what an octet belongs to.
    let reading = if subject.lines.is_empty() { fields::reading(sides) } else { None };
    let (reading, number) = reading.map(|(reading, number)| (format!("; {reading}"), number)).unwrap_or_default();
    let detail = format!("{came:02x} instead of {expected:02x} at offset {first}{bit}{reading}");
    let line = subject.piece_at(first).map(|(line, _)| line.number);
    let spots = vec![number.unwrap_or_else(|| Spot::of(&Stretch::exact(&change[0]), None))];
    Some(Finding { spots, ..Finding::new("octet-changed").line(line).detail(detail) })
}

/// Everything but one argument of the plan is right.
fn argument_differs(subject: &Subject<'_>) -> Option<Finding> {
    let (line, piece) = subject.piece_at(subject.common_start)?;
    let Piece { range, what, .. } = piece;
    let after = subject.expected.len() - range.end;
    let fits = after <= subject.common_end && range.start + after <= subject.captured.len();
    let whole = range.len() == subject.expected.len();
    (fits && !whole)
        .then(|| Finding::new("argument-differs").line(Some(line.number)).detail(format!("`{what}` in line {}", line.number)))
}

fn octets_appended(subject: &Subject<'_>) -> Option<Finding> {
    let stray = subject.captured.strip_prefix(&*subject.expected)?;
    Some(Finding::new("octets-appended").detail(shown(stray)))
}

fn octets_prepended(subject: &Subject<'_>) -> Option<Finding> {
    let stray = subject.captured.strip_suffix(&*subject.expected)?;
    Some(Finding::new("octets-prepended").detail(shown(stray)))
}

fn octets_inserted(subject: &Subject<'_>) -> Option<Finding> {
    let stray = subject.captured.len().checked_sub(subject.expected.len()).filter(|stray| *stray > 0)?;
    let start = subject.common_start;
    let inside = start > 0 && start < subject.expected.len() && start + subject.common_end >= subject.expected.len();
    let line = subject.piece_at(start).map(|(line, _)| line.number);
    let detail = || format!("{} at offset {start}", shown(&subject.captured[start..start + stray]));
    inside.then(|| Finding::new("octets-inserted").line(line).detail(detail()))
}

/// Every line is there, in order, with other octets around them.
fn octets_around(subject: &Subject<'_>) -> Option<Finding> {
    if subject.came().is_le() {
        return None;
    }
    let lines = subject.lines.iter().map(|line| subject.octets(&line.range)).filter(|octets| !octets.is_empty());
    let whole = Some(&*subject.expected).filter(|_| subject.lines.is_empty());
    let (mut at, mut places) = (0, 0);
    for octets in lines.chain(whole) {
        let stray = memmem::find(&subject.captured[at..], octets)?;
        places += usize::from(stray > 0);
        at += stray + octets.len();
    }
    places += usize::from(at < subject.captured.len());
    let detail = || {
        format!("in {}, {} in all", counted(places, "place"), counted(subject.captured.len() - subject.expected.len(), "octet"))
    };
    (places > 0 && !subject.expected.is_empty()).then(|| Finding::new("octets-inserted").detail(detail()))
}

/// `3 octets, 0d 0a 00`
fn shown(octets: &[u8]) -> String {
    const MOST: usize = 16;
    let more = if octets.len() > MOST { " …" } else { "" };
    format!("{}, {}{more}", counted(octets.len(), "octet"), spaced_hex(&octets[..octets.len().min(MOST)]))
}

#[cfg(test)]
mod tests {
    use crate::judge::diagnosis::{Evidence, Expected, diagnose};

    #[track_caller]
    fn first(expected: &[u8], captured: &[u8]) -> String {
        let expected = [Expected { octets: expected, masks: &[] }];
        diagnose(&Evidence { expected: &expected, captured: &[captured], plan: None })[0].name.to_string()
    }

    #[test]
    fn an_order_that_is_another_is_named_wherever_it_shows_first() {
        assert_eq!(first(b"pairs of octets", b"apri sfoo tctes"), "pairs-swapped");
        assert_eq!(first(b"xxxxxxxxabacadae.", b"xxxxxxxxbacadaea."), "pairs-swapped");
        assert_eq!(first(b"from the end", b"dne eht morf"), "octets-reversed");
        assert_eq!(first(b"aab and baa", b"aab dna baa"), "octets-reversed");
    }
}
