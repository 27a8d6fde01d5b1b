//! A length before text that is missing, that should not be there, or that has another width, where text makes clear that it is one.

use std::ops::Range;

use super::layouts::{self, Layout};
use super::sides::Sides;
use super::stretch::{Border, Stretch};
use super::walk::Fit;
use super::{Finding, Spot};
use crate::judge::align::Change;
use crate::printable::counted;

/// The most changes, each of which is a length.
const MOST_CHANGES: usize = 16;

/// The most octets of a length before those that differ, or behind them.
const AROUND: usize = 8;

/// Shorter text is counted by chance.
const LEAST_TEXT: u64 = 3;

/// What it tells that a number counts just the text behind it, in bits.
const COUNTED: i32 = 10;

/// What became of a length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Became {
    Missing,
    Added,
    /// In so many octets instead of so many.
    Wide(usize, usize),
    /// In one octet, which is too few.
    Cut(u8),
}

/// A length, and where it is on both sides.
struct Length {
    became: Became,
    says: u64,
    expected: Range<usize>,
    captured: Range<usize>,
    /// Whether just all of a text follows.
    is_sure: bool,
}

/// A length that is gone between another one and the text of both, which counts so many octets less.
fn inner(sides: Sides<'_>) -> Option<Finding> {
    let (first, last) = (sides.changes.first()?, sides.changes.last()?);
    let gone = sides.expected.len().checked_sub(sides.captured.len()).filter(|gone| (1..=2).contains(gone))?;
    let starts = (0..=AROUND.min(first.expected.start)).map(|back| (first.expected.start - back, first.captured.start - back));
    // The widest first.
    numbers().find_map(|outer| {
        starts.clone().find_map(|(at, came)| {
            let ((all, width), (less, narrow)) = ((outer.read)(sides.expected, at)?, (outer.read)(sides.captured, came)?);
            let (start, began) = (at + width, came + narrow);
            let is_counted = width == narrow && all.checked_sub(less) == Some(gone as u64) && at == came;
            let is_same = || sides.expected.get(start + gone..) == sides.captured.get(began..);
            let is_all = is_counted && last.expected.end <= start + gone && is_same();
            let says =
                |layout: &Layout| (layout.read)(sides.expected, start).filter(|(says, long)| *says == less && *long == gone);
            let is_inner =
                is_all && counts(sides.expected, start + gone, less).is_some() && numbers().any(|layout| says(layout).is_some());
            is_inner.then(|| {
                let spot = |expected: Range<usize>, captured: Range<usize>| {
                    Length { became: Became::Missing, says: less, expected, captured, is_sure: true }.spot(0)
                };
                let inner = spot(start..start + gone, began..began);
                let outer = Spot { looks_like: Some("length".into()), follows: true, ..spot(at..start, came..began) };
                let detail = format!("{inner}: it should say {less}, and the length at offset {at} counts it");
                let bits = COUNTED * 2;
                let found = Finding::new("length-missing").fit(Fit::InPlaces).detail(detail);
                Finding { spots: vec![inner, outer], bits, ..found }
            })
        })
    })
}

/// All that differs is lengths of text, of each of which the same became.
pub(super) fn find(sides: Sides<'_>) -> Option<Finding> {
    if let Some(found) = inner(sides) {
        return Some(found);
    }
    if sides.changes.is_empty() || sides.changes.len() > MOST_CHANGES {
        return None;
    }
    let found: Vec<Length> = sides.changes.iter().map(|change| length(sides, change)).collect::<Option<_>>()?;
    let first = found.first()?;
    let is_same = |other: &Length| std::mem::discriminant(&other.became) == std::mem::discriminant(&first.became);
    let sure = found.iter().filter(|length| length.is_sure).count();
    if !found.iter().all(is_same) || sure * 2 < found.len() {
        return None;
    }
    let (name, told) = match first.became {
        Became::Missing => ("length-missing", format!("{} instead of nothing", first.says)),
        Became::Added => ("frame-added", format!("a length of {} before its text", first.says)),
        Became::Cut(is) => ("length-wraps", format!("{is} in one octet instead of {}", first.says)),
        Became::Wide(was, is) => ("length-width", format!("{} in {} instead of {was}", first.says, counted(is, "octet"))),
    };
    let told = if first.became == Became::Missing { format!("it should say {}", first.says) } else { told };
    let spots: Vec<Spot> = found.iter().enumerate().map(|(index, length)| length.spot(index)).collect();
    let more = if spots.len() > 1 { format!(", and in {} more", counted(spots.len() - 1, "place")) } else { String::new() };
    let detail = format!("{}: {told}{more}", spots[0]);
    let bits = COUNTED * sure as i32;
    // What is gone or new may have got there with something else.
    let fit = if matches!(first.became, Became::Missing | Became::Added) { Fit::Loosely } else { Fit::InPlaces };
    Some(Finding { spots, bits, ..Finding::new(name).fit(fit).detail(detail) })
}

impl Length {
    fn spot(&self, index: usize) -> Spot {
        let both = |range: &Range<usize>| (range.start, range.end);
        let (expected, captured) = (both(&self.expected), both(&self.captured));
        Spot::of(&Stretch { border: Border::Number, changes: (index, index + 1), expected, captured }, None)
    }
}

/// The length that a change is of: one that surely is, before one that may be.
fn length(sides: Sides<'_>, change: &Change) -> Option<Length> {
    let of = |layout: &Layout| [missing(sides, change, layout), added(sides, change, layout), cut(sides, change, layout)];
    let found = || numbers().flat_map(of).flatten();
    let wide = || numbers().filter_map(|layout| wide(sides, change, layout));
    let all = || found().chain(wide());
    all().find(|length| length.is_sure).or_else(|| all().next())
}

fn numbers() -> impl Iterator<Item = &'static Layout> {
    layouts::ALL.iter().filter(|layout| !layout.is_text)
}

fn missing(sides: Sides<'_>, change: &Change, layout: &Layout) -> Option<Length> {
    let gone = change.captured.is_empty().then(|| only_there(sides.expected, &change.expected, layout))??;
    let came = change.captured.start - (change.expected.start - gone.at);
    Some(Length {
        became: Became::Missing,
        says: gone.says,
        expected: gone.at..gone.at + change.expected.len(),
        captured: came..came,
        is_sure: gone.is_sure,
    })
}

fn added(sides: Sides<'_>, change: &Change, layout: &Layout) -> Option<Length> {
    let new = change.expected.is_empty().then(|| only_there(sides.captured, &change.captured, layout))??;
    let place = change.expected.start - (change.captured.start - new.at);
    Some(Length {
        became: Became::Added,
        says: new.says,
        expected: place..place,
        captured: new.at..new.at + change.captured.len(),
        is_sure: new.is_sure,
    })
}

/// A length that only one side has.
struct OnlyThere {
    at: usize,
    says: u64,
    is_sure: bool,
}

/// Octets that only one side has are a length as a whole. They may begin earlier, where they end as what is before them does.
fn only_there(octets: &[u8], part: &Range<usize>, layout: &Layout) -> Option<OnlyThere> {
    let may_begin = |back: &usize| octets[part.start - back..part.start] == octets[part.end - back..part.end];
    (0..=part.len().min(part.start).min(AROUND)).take_while(may_begin).find_map(|back| {
        let at = part.start - back;
        let (says, width) = (layout.read)(octets, at).filter(|(_, width)| *width == part.len())?;
        // What ends a line is no length, and what has one already is not framed for the first time.
        let length = &octets[at..at + width];
        let is_line_end = matches!(length, [b'\t' | b'\n' | b'\r']) && octets[..at].last().is_some_and(|octet| *octet >= b' ');
        if is_line_end || octets[..at].ends_with(length) {
            return None;
        }
        Some(OnlyThere { at, says, is_sure: counts(octets, at + width, says)? })
    })
}

/// The same number in another width, before the same text.
fn wide(sides: Sides<'_>, change: &Change, layout: &Layout) -> Option<Length> {
    let most = AROUND.min(change.expected.start).min(change.captured.start);
    (0..=most).find_map(|back| {
        let (at, came) = (change.expected.start - back, change.captured.start - back);
        let (says, width) = (layout.read)(sides.expected, at)?;
        numbers().find_map(|other| {
            let (said, wide) = (other.read)(sides.captured, came).filter(|(said, wide)| *said == says && *wide != width)?;
            let (end, ended) = (at + width, came + wide);
            let is_all = end >= change.expected.end && ended >= change.captured.end && sides.meet(end, ended);
            let is_sure = is_all.then(|| counts(sides.expected, end, said))??;
            Some(Length { became: Became::Wide(width, wide), says, expected: at..end, captured: came..ended, is_sure })
        })
    })
}

/// A number of two octets or more that came as its low bits, which counts just what is left of the message, or a text.
fn cut(sides: Sides<'_>, change: &Change, layout: &Layout) -> Option<Length> {
    let most = AROUND.min(change.expected.start).min(change.captured.start);
    (0..=most).find_map(|back| {
        let (at, came) = (change.expected.start - back, change.captured.start - back);
        let (says, width) = (layout.read)(sides.expected, at).filter(|(says, width)| *width > 1 && *says > u64::from(LOW))?;
        let is = *sides.captured.get(came)?;
        let is_low = is == says as u8 || is == says as u8 & LOW;
        let (end, ended) = (at + width, came + 1);
        let is_all = end >= change.expected.end && ended >= change.captured.end && sides.meet(end, ended);
        let is_rest = (sides.expected.len() - end) as u64 == says;
        let counts = is_rest || counts(sides.expected, end, says) == Some(true);
        let became = Became::Cut(is);
        (is_low && is_all && counts).then_some(Length { became, says, expected: at..end, captured: came..ended, is_sure: true })
    })
}

/// The bits of a group of a variable-length number.
const LOW: u8 = 0x7f;

/// Whether text follows of so many octets; if so, whether it ends there.
fn counts(octets: &[u8], start: usize, count: u64) -> Option<bool> {
    let end = start.checked_add(usize::try_from(count).ok()?)?;
    let text = std::str::from_utf8(octets.get(start..end)?).ok()?;
    let is_text = count >= LEAST_TEXT && !text.chars().any(|character| character.is_control() && !character.is_whitespace());
    is_text.then(|| !begins_text(&octets[end..]))
}

/// Whether a character begins there that text may have.
fn begins_text(octets: &[u8]) -> bool {
    let first = octets.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
    first.is_some_and(|character| !character.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::diagnosis::sides::lined_up;

    fn found(expected: &[u8], captured: &[u8]) -> Option<(&'static str, String)> {
        let found = lined_up(expected, captured, find)?;
        Some((found.name, found.detail.unwrap_or_default()))
    }

    #[track_caller]
    fn assert_found(expected: &[u8], captured: &[u8], name: &str, detail: &str) {
        assert_eq!(found(expected, captured), Some((name, detail.into())));
    }

    #[test]
    fn a_length_of_text_may_be_missing_or_new_or_of_another_width() {
        let (with, without) = (b"\x01\x02\x00\x0ahello text\x05\x01", b"\x01\x02hello text\x05\x01");
        assert_found(with, without, "length-missing", "offset 2, 2 octets: it should say 10");
        assert_found(without, with, "frame-added", "offset 2, 0 octets: a length of 10 before its text");
        let wide = b"\x01\x02\x00\x00\x00\x0ahello text\x05\x01";
        assert_found(with, wide, "length-width", "offset 2, 2 octets: 10 in 4 octets instead of 2");
    }

    #[test]
    fn the_inner_of_two_lengths_may_be_missing() {
        let with = b"\x00\x10\x00\x01\x00\x0d\x0cv=spf1 ~all!\x00\x00";
        let without = b"\x00\x10\x00\x01\x00\x0cv=spf1 ~all!\x00\x00";
        assert_found(
            with,
            without,
            "length-missing",
            "offset 6, 1 octet: it should say 12, and the length at offset 4 counts it",
        );
        let other = b"\x00\x10\x00\x01\x00\x0d\x0bv=spf1 ~all!\x00\x00";
        assert!(found(other, without).is_none_or(|(_, detail)| !detail.contains("counts it")));
    }

    #[test]
    fn a_length_may_be_cut_to_one_octet() {
        let rest = [b'x'; 180];
        let (right, cut) = ([&b"\x30\xb4\x01"[..], &rest].concat(), [&b"\x30\xb4"[..], &rest].concat());
        assert_found(&right, &cut, "length-wraps", "offset 1, 2 octets: 180 in one octet instead of 180");
    }

    #[test]
    fn what_counts_no_text_is_no_length() {
        assert_eq!(found(b"\x01\x02\x00\x09hello text\x05\x01", b"\x01\x02hello text\x05\x01"), None);
        assert_eq!(
            found(
                b"\x01\x02\x00\x0a\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x05",
                b"\x01\x02\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x05"
            ),
            None
        );
        assert_eq!(found(b"\x01\x02\x00\x0ahello text\x05\x01", b"\x01\x02\x00\x0bhello text\x05\x01"), None);
    }
}
