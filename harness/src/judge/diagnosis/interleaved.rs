//! Frames that were written in parts by several writers at once: header A, header B, data A, data B.

use std::ops::Range;

use memchr::memmem;

use super::layouts::{self, Layout};
use super::subject::Subject;
use super::walk::Fit;
use super::{Finding, Spot};

/// The most frames that are tried in another order.
const MAX_FRAMES: usize = 256;

/// The most steps of the search. Parts that are alike could be tried in very many orders.
const MAX_STEPS: usize = 20_000;

/// The most octets of a header before the length in it, and behind.
const MOST_HEADER: usize = 5;

/// Octets that belong together, by their parts, in order.
type Frame = Vec<Range<usize>>;

/// Frames of which each has all its parts in order, but others' parts between them.
pub(super) fn frames_interleaved(subject: &Subject<'_>) -> Option<Finding> {
    if subject.is_large() || !are_alike(&subject.expected, subject.captured) {
        return None;
    }
    ways(subject).into_iter().filter(|frames| (2..=MAX_FRAMES).contains(&frames.len())).find_map(|frames| {
        let mut search = Search { octets: &subject.expected, next: vec![0; frames.len()], frames, steps: 0, order: Vec::new() };
        search.completes(subject.captured).then(|| finding(subject, &search)).flatten()
    })
}

fn finding(subject: &Subject<'_>, search: &Search<'_>) -> Option<Finding> {
    let (within, open) = search.interrupted()?;
    let (start, all) = (subject.common_start, subject.expected.len());
    let octets = (all - start - subject.common_end) as u64;
    let at = start as u64;
    let spot = Spot { offset: at, octets, captured_offset: at, captured_octets: octets, looks_like: None, follows: false };
    let begins = |frame: usize| search.frames[frame].first().map_or(0, |part| part.start);
    let detail =
        format!("{spot}: what begins at offset {} came before what begins at offset {} was over", begins(within), begins(open));
    let line = subject.piece_at(start).map(|(line, _)| line.number);
    Some(Finding { spots: vec![spot], ..Finding::new("frames-interleaved").fit(Fit::InPlaces).line(line).detail(detail) })
}

/// Whether both have the same octets, in whatever order.
fn are_alike(one: &[u8], other: &[u8]) -> bool {
    let mut counts = [0_i64; 256];
    one.iter().for_each(|octet| counts[usize::from(*octet)] += 1);
    other.iter().for_each(|octet| counts[usize::from(*octet)] -= 1);
    one.len() == other.len() && counts == [0; 256]
}

/// What may be frames: the lines of a plan; without one, what lengths count, and what ends in an empty line.
fn ways(subject: &Subject<'_>) -> Vec<Vec<Frame>> {
    let octets = &*subject.expected;
    if !subject.lines.is_empty() {
        let parts = |line: &super::subject::Line<'_>| line.pieces.iter().map(|piece| piece.range.clone()).collect();
        return vec![subject.lines.iter().map(parts).collect()];
    }
    let headers = (0..MOST_HEADER).flat_map(|before| (0..MOST_HEADER).map(move |behind| (before, behind)));
    let counted = headers.flat_map(|header| layouts::ALL.iter().filter_map(move |layout| counted(octets, layout, header)));
    let ends: [&[u8]; 2] = [b"\r\n\r\n", b"\n\n"];
    counted.chain(ends.into_iter().filter_map(|end| paragraphs(octets, end))).collect()
}

/// The frames that all octets are, where each has a length behind so many octets, and so many more before what it counts. What ends
/// a text that was counted, such as CR LF, belongs to it.
fn counted(octets: &[u8], layout: &Layout, (before, behind): (usize, usize)) -> Option<Vec<Frame>> {
    let (mut frames, mut at) = (Vec::new(), 0);
    while at < octets.len() {
        let (count, width) = (layout.read)(octets, at + before)?;
        let head = at + before + width + behind;
        let end = usize::try_from(count).ok().and_then(|count| head.checked_add(count)).filter(|end| *end <= octets.len())?;
        let mark = if layout.is_text { octets[end..].iter().take_while(|octet| b"\r\n,".contains(octet)).count() } else { 0 };
        frames.push(vec![
            at..at + before,
            at + before..at + before + width,
            at + before + width..head,
            head..end,
            end..end + mark,
        ]);
        at = end + mark;
    }
    Some(frames)
}

/// Messages of lines, each of which ends in an empty line.
fn paragraphs(octets: &[u8], end: &[u8]) -> Option<Vec<Frame>> {
    let ends: Vec<usize> = memmem::find_iter(octets, end).map(|at| at + end.len()).collect();
    let starts = [0].into_iter().chain(ends.iter().copied());
    let lines = |(start, end): (usize, &usize)| {
        let mut at = start;
        let lines = octets[start..*end].split_inclusive(|octet| *octet == b'\n').map(|line| {
            at += line.len();
            at - line.len()..at
        });
        lines.collect::<Frame>()
    };
    (ends.last() == Some(&octets.len())).then(|| starts.zip(&ends).map(lines).collect())
}

struct Search<'a> {
    octets: &'a [u8],
    frames: Vec<Frame>,
    /// Which part of each frame comes next.
    next: Vec<usize>,
    steps: usize,
    /// The frames whose parts came, in order.
    order: Vec<usize>,
}

impl Search<'_> {
    /// Whether the parts that are left can come in an order that makes `rest`, each frame's in its own order.
    fn completes(&mut self, rest: &[u8]) -> bool {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return false;
        }
        if rest.is_empty() {
            return true;
        }
        // The frame of the last part goes on where it can.
        let last = self.order.last().copied();
        let others = (0..self.frames.len()).filter(|frame| Some(*frame) != last);
        let choices: Vec<usize> = last.into_iter().chain(others).collect();
        choices.into_iter().any(|frame| self.takes(frame, rest))
    }

    fn takes(&mut self, frame: usize, rest: &[u8]) -> bool {
        let began = self.next[frame];
        while self.part(frame).is_some_and(Range::is_empty) {
            self.next[frame] += 1;
        }
        let after = self.part(frame).and_then(|part| rest.strip_prefix(&self.octets[part.clone()]));
        if let Some(after) = after {
            self.next[frame] += 1;
            self.order.push(frame);
            if self.completes(after) {
                return true;
            }
            self.order.pop();
        }
        self.next[frame] = began;
        false
    }

    fn part(&self, frame: usize) -> Option<&Range<usize>> {
        self.frames[frame].get(self.next[frame])
    }

    /// The first frame of which a part came within another, and that other.
    fn interrupted(&self) -> Option<(usize, usize)> {
        self.order.windows(2).enumerate().find_map(|(at, pair)| {
            let [open, within] = *pair else { return None };
            (open != within && self.order[at + 1..].contains(&open)).then_some((within, open))
        })
    }
}
