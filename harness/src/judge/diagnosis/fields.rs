//! What can be said of what differs where no rule holds: which fields, what they were and what they are now.

use std::ops::Range;

use super::guess;
use super::stretch::{Border, Sides, Stretch};
use super::walk::Fit;
use super::{Finding, Spot};
use crate::judge::align::Change;
use crate::printable::{self, counted};

/// The most fields that are each told.
const MOST_TOLD: usize = 4;

/// The most fields, where there are more than those it is a message of another kind.
const MOST: usize = 16;

/// So few octets that are the same between two changes of something binary do not part it.
const TOGETHER: usize = 3;

/// The most octets that a field may have beyond what differs in it.
const MOST_GROWN: usize = 64;

/// What text is, at the least, in octets.
const LEAST_TEXT: usize = 3;

/// A field that differs, and how it is told.
struct Field {
    stretch: Stretch,
    looks_like: Option<String>,
    captured: String,
    expected: String,
}

/// Everything is right but for some fields. Of one octet another cause says it.
pub(super) fn find(sides: Sides<'_>) -> Option<Finding> {
    let changes = sides.changes;
    let groups = groups(sides);
    let differing: usize = groups.iter().map(|group| exact(sides, group).size()).sum();
    let is_octet = matches!(changes, [Change { expected, captured }] if expected.len() == 1 && captured.len() == 1);
    let all = sides.expected.len() + sides.captured.len();
    if changes.is_empty() || is_octet || groups.len() > MOST || differing * 2 > all {
        return None;
    }
    let fields: Vec<Field> = groups.iter().map(|group| Field::of(sides, group)).collect();
    let told: Vec<String> = fields.iter().take(MOST_TOLD).map(Field::told).collect();
    let more = fields.len().checked_sub(MOST_TOLD + 1).map(|more| format!("; and {} more", counted(more + 1, "field")));
    let spots = fields.iter().map(Field::spot).collect();
    let detail = format!("{}{}", told.join("; "), more.unwrap_or_default());
    Some(Finding { spots, ..Finding::new("field-differs").fit(Fit::Loosely).detail(detail) })
}

/// Of one change: what the field was that it is in, where more can be said of it than its octets, and where it is if it is a number.
pub(super) fn reading(sides: Sides<'_>) -> Option<(String, Option<Spot>)> {
    let field = Field::of(sides, &(0..sides.changes.len()));
    let place = field.stretch.expected.0;
    let told = format!("{} instead of {}", field.captured, field.expected);
    match &field.looks_like {
        Some(looks_like) => Some((format!("as {looks_like} at offset {place}, {told}"), Some(field.spot()))),
        None if field.stretch.border == Border::Field => Some((told, None)),
        None => None,
    }
}

/// The changes that are in one field each, by number.
fn groups(sides: Sides<'_>) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    for (index, change) in sides.changes.iter().enumerate() {
        let belongs = |group: &&mut Range<usize>| {
            let between = &sides.expected[sides.changes[group.end - 1].expected.end..change.expected.start];
            is_one_field(between, exact(sides, group), exact(sides, &(index..index + 1)), sides)
        };
        match groups.last_mut().filter(belongs) {
            Some(group) => group.end = index + 1,
            None => groups.push(index..index + 1),
        }
    }
    groups
}

/// Whether two changes are in the same field: a word, or binary octets next to each other.
fn is_one_field(between: &[u8], before: Stretch, after: Stretch, sides: Sides<'_>) -> bool {
    let is_text = [&before, &after].iter().all(|stretch| is_text(stretch.expected(sides)) && is_text(stretch.captured(sides)));
    match is_text {
        true => between.len() <= MOST_GROWN && between.iter().all(|octet| is_word(*octet)),
        false => between.len() <= TOGETHER,
    }
}

/// What differs, without more around it.
fn exact(sides: Sides<'_>, group: &Range<usize>) -> Stretch {
    let (first, last) = (&sides.changes[group.start], &sides.changes[group.end - 1]);
    Stretch {
        border: Border::Exact,
        changes: (group.start, group.end),
        expected: (first.expected.start, last.expected.end),
        captured: (first.captured.start, last.captured.end),
    }
}

impl Field {
    fn of(sides: Sides<'_>, group: &Range<usize>) -> Self {
        let exact = exact(sides, group);
        let begins = group.start.checked_sub(1).map_or(0, |previous| sides.changes[previous].expected.end);
        let ends = sides.changes.get(group.end).map_or(sides.expected.len(), |next| next.expected.start);
        let (before, after) = (&sides.expected[begins..exact.expected.0], &sides.expected[exact.expected.1..ends]);
        Self::word(sides, &exact, before, after)
            .or_else(|| Self::number(sides, &exact, before, after))
            .unwrap_or_else(|| Self::quoted(sides, exact))
    }

    /// The word that it is in.
    fn word(sides: Sides<'_>, exact: &Stretch, before: &[u8], after: &[u8]) -> Option<Self> {
        if !is_text(exact.expected(sides)) || !is_text(exact.captured(sides)) {
            return None;
        }
        let left = before.iter().rev().take_while(|octet| is_word(**octet)).count();
        let right = after.iter().take_while(|octet| is_word(**octet)).count();
        let is_wide = left + right > MOST_GROWN;
        let stretch = if is_wide { exact.clone() } else { grown(exact, Border::Field, left, right) };
        if [stretch.expected(sides), stretch.captured(sides)].iter().any(|octets| std::str::from_utf8(octets).is_err()) {
            return None;
        }
        let run = stretch.expected(sides).len().max(stretch.captured(sides).len());
        let beside = [before.get(..before.len() - left).and_then(<[u8]>::last), after.get(right)];
        let is_amid_text =
            beside.into_iter().all(|octet| octet.is_none_or(|octet| matches!(octet, b' '..=b'~' | b'\r' | b'\n' | b'\t')));
        (run >= LEAST_TEXT || is_amid_text && sides.expected.len() > run).then(|| Self::quoted(sides, stretch))
    }

    /// The number that it is in, by a guess.
    fn number(sides: Sides<'_>, exact: &Stretch, before: &[u8], after: &[u8]) -> Option<Self> {
        let sizes = (exact.expected(sides).len(), exact.captured(sides).len());
        if sizes.0 != sizes.1 {
            return None;
        }
        let windows = guess::WIDTHS.into_iter().filter_map(|width| width.checked_sub(sizes.0));
        let windows = windows.flat_map(|spare| (0..=spare).map(move |left| (left, spare - left)));
        let windows = windows.filter(|(left, right)| *left <= before.len() && *right <= after.len());
        let readings = windows.filter_map(|(left, right)| {
            let stretch = grown(exact, Border::Number, left, right);
            let both = guess::likely(stretch.expected(sides), stretch.captured(sides), stretch.expected.0)?;
            Some((both, stretch))
        });
        let (both, stretch) = readings.max_by_key(|(both, _)| both.percent)?;
        Some(Self { stretch, looks_like: Some(both.name.into()), captured: both.captured, expected: both.expected })
    }

    fn quoted(sides: Sides<'_>, stretch: Stretch) -> Self {
        let (expected, captured) = (stretch.expected(sides), stretch.captured(sides));
        Self { looks_like: None, captured: quoted(captured), expected: quoted(expected), stretch }
    }

    fn spot(&self) -> Spot {
        Spot::of(&self.stretch, self.looks_like.clone())
    }

    fn told(&self) -> String {
        format!("{}: {} instead of {}", self.spot(), self.captured, self.expected)
    }
}

fn grown(exact: &Stretch, border: Border, left: usize, right: usize) -> Stretch {
    Stretch {
        border,
        changes: exact.changes,
        expected: (exact.expected.0 - left, exact.expected.1 + right),
        captured: (exact.captured.0 - left, exact.captured.1 + right),
    }
}

/// What stands in a word, a number or a name.
fn is_word(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'-' | b'.' | b'+' | 0x80..)
}

fn is_text(octets: &[u8]) -> bool {
    octets.iter().all(|octet| matches!(octet, b' '..=b'~' | b'\t' | b'\r' | b'\n' | 0x80..))
        && !octets.utf8_chunks().any(is_broken)
}

/// Whether there is something else than UTF-8 in the middle; characters may be cut where a change begins or ends.
fn is_broken(chunk: std::str::Utf8Chunk<'_>) -> bool {
    !chunk.invalid().is_empty() && !chunk.valid().is_empty()
}

/// Octets as text where they are that, and as hex where not.
fn quoted(octets: &[u8]) -> String {
    const MOST: usize = 48;
    match std::str::from_utf8(octets) {
        Ok("") => "nothing".into(),
        Ok(text) if !text.contains(char::is_control) => format!("`{}`", printable::cut(text, MOST)),
        _ if octets.len() > MOST / 2 => format!("{} ...", printable::spaced_hex(&octets[..MOST / 2])),
        _ => printable::spaced_hex(octets),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::align::{self, Pattern};

    #[track_caller]
    fn assert_told(expected: &[u8], captured: &[u8], told: &str) {
        let changes = align::finest(Pattern { octets: expected, masks: &[], refused: &[] }, captured);
        let found = find(Sides { expected, captured, changes: &changes }).and_then(|finding| finding.detail);
        assert_eq!(found.as_deref(), Some(told));
    }

    #[track_caller]
    fn assert_read(expected: &[u8], captured: &[u8], read: Option<&str>) {
        let changes = align::finest(Pattern { octets: expected, masks: &[], refused: &[] }, captured);
        assert_eq!(reading(Sides { expected, captured, changes: &changes }).map(|(told, _)| told).as_deref(), read);
    }

    #[test]
    fn a_word_is_told_as_a_whole_whatever_of_it_is_the_same() {
        assert_told(
            b"{\"n\":\"test\",\"id\":48213,\"v\":2}",
            b"{\"n\":\"test\",\"id\":90377,\"v\":2}",
            "offset 17, 5 octets: `90377` instead of `48213`",
        );
        assert_told(
            b"\x08\x09\x12\x05alice\x18\x01",
            b"\x08\x09\x12\x05peter\x18\x01",
            "offset 4, 5 octets: `peter` instead of `alice`",
        );
        assert_told(b"GET /a b\r\nA: 1\r\n", b"GET /a b\r\nA: 10\r\n", "offset 13, 1 octet: `10` instead of `1`");
    }

    #[test]
    fn words_apart_from_each_other_are_told_one_by_one() {
        let told = "offset 5, 3 octets: `car` instead of `bus`; offset 13, 3 octets: `red` instead of `hot`";
        assert_told(b"take bus, be hot and go", b"take car, be red and go", told);
    }

    #[test]
    fn numbers_are_told_as_what_they_most_likely_are() {
        assert_told(
            b"\x07\x07\x00\x00\x01\x02\xff\xff\xff\xff",
            b"\x07\x07\x00\x00\x03\x04\xff\xff\xff\xff",
            "offset 2, 4 octets (looks like u32be): 772 instead of 258",
        );
        assert_read(
            b"\x05\x00\x80\x00\x01\x00\x00\x00",
            b"\x05\x00\x01\x00\x01\x00\x00\x00",
            Some("as u16le at offset 2, 1 instead of 128"),
        );
        assert_read(b"\xa2ax9\x01\xf3ay\x05", b"\xa2ax9\x01\xf4ay\x05", Some("as u16be at offset 4, 500 instead of 499"));
        assert_read(b"a1b2\xff\xff\xff\xfec3", b"a1b2\xff\xff\xff\xfdc3", Some("as i32be at offset 4, -3 instead of -2"));
    }

    #[test]
    fn octets_that_look_like_nothing_are_told_as_octets() {
        let wanted = b"\x81\x92\xa3\xb4\xc5\xd6\xe7\xf8\x99\xaa\xbb\xcc";
        let came = b"\x81\x92\xa3\xb4\x91\x92\xe7\xf8\x99\xaa\xbb\xcc";
        assert_told(wanted, came, "offset 4, 2 octets: 91 92 instead of c5 d6");
        assert_read(b"\x01\x10\x04\x17\x6a\x91\xa2\x97\x9a", b"\x01\x10\x04\x5c\x6a\x91\xa2\x97\x9a", None);
    }
}
