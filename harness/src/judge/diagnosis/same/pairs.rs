//! Lines of a name and a value, as in HTTP, in mail and in INI files: blanks, the case of names, folded lines, order.

use std::collections::BTreeSet;

use super::super::rule::Held;
use super::MOST_OCTETS;
use super::lists::split;

/// A name and its value; a line that has none is all value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line<'a> {
    name: &'a [u8],
    /// The blanks and the `:` or `=` between both.
    mark: &'a [u8],
    value: &'a [u8],
}

/// In which forms two blocks of lines differ that have the same names and values.
pub(super) fn forms(expected: &[u8], captured: &[u8]) -> Vec<Held> {
    let is_mark = |octet: &u8| matches!(octet, b':' | b'=');
    let may_be = |octets: &[u8]| octets.len() <= MOST_OCTETS && !octets.contains(&0) && octets.iter().any(is_mark);
    if !may_be(expected) || !may_be(captured) {
        return Vec::new();
    }
    let unfolded = [unfolded(expected), unfolded(captured)];
    let [one, other] = [lines(&unfolded[0]), lines(&unfolded[1])];
    let mut forms = differences(&one, &other).unwrap_or_default();
    let is_folded = unfolded[0].len() < expected.len() || unfolded[1].len() < captured.len();
    if is_folded && (one == other || !forms.is_empty()) {
        forms.insert("line-folded");
    }
    Held::together(forms)
}

/// A line that begins with a blank goes on with the one before it.
fn unfolded(octets: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(octets.len());
    for line in octets.split_inclusive(|octet| *octet == b'\n') {
        let goes_on = matches!(line, [b' ' | b'\t', after, ..] if !after.is_ascii_whitespace());
        if goes_on && text.ends_with(b"\n") {
            text.truncate(text.trim_ascii_end().len());
            text.push(b' ');
            text.extend_from_slice(line.trim_ascii_start());
        } else {
            text.extend_from_slice(line);
        }
    }
    text
}

fn lines(octets: &[u8]) -> Vec<Line<'_>> {
    split(octets, b"\n").into_iter().map(Line::of).collect()
}

impl<'a> Line<'a> {
    fn of(line: &'a [u8]) -> Self {
        let is_name = |octet: &u8| octet.is_ascii_alphanumeric() || b"-_.".contains(octet);
        let (name, rest) = line.split_at(line.iter().take_while(|octet| is_name(octet)).count());
        let value = rest.trim_ascii_start().strip_prefix(b":").or(rest.trim_ascii_start().strip_prefix(b"="));
        let value = value.map(|value| value.trim_ascii_start()).filter(|_| !name.is_empty());
        match value {
            Some(value) => Self { name, mark: &rest[..rest.len() - value.len()], value },
            None => Self { name: b"", mark: b"", value: line },
        }
    }

    fn key(&self) -> (Vec<u8>, &'a [u8]) {
        (self.name.to_ascii_lowercase(), self.value)
    }

    fn is_same(&self, other: &Self) -> bool {
        self.name.eq_ignore_ascii_case(other.name) && self.value == other.value
    }
}

/// How lines differ that are the same but for their form; `None` where they are not.
fn differences(one: &[Line<'_>], other: &[Line<'_>]) -> Option<BTreeSet<&'static str>> {
    if one.len() != other.len() {
        return None;
    }
    if one.iter().zip(other).all(|(one, other)| one.is_same(other)) {
        return Some(each(one, other));
    }
    let [one, other] = [sorted(one), sorted(other)];
    let same = one.iter().zip(&other).all(|(one, other)| one.is_same(other));
    // In the order of their names, what is left are other forms. Without one, that they moved is said of any list.
    let forms = Some(each(&one, &other)).filter(|forms| same && !forms.is_empty());
    forms.map(|forms| forms.into_iter().chain(["fields-reordered"]).collect())
}

fn sorted<'a>(lines: &[Line<'a>]) -> Vec<Line<'a>> {
    let mut lines = lines.to_vec();
    lines.sort_by_cached_key(Line::key);
    lines
}

fn each(one: &[Line<'_>], other: &[Line<'_>]) -> BTreeSet<&'static str> {
    let both = || one.iter().zip(other);
    let mut forms = BTreeSet::new();
    if both().any(|(one, other)| one.name != other.name) {
        forms.insert("field-name-case");
    }
    if both().any(|(one, other)| one.mark != other.mark) {
        forms.insert("field-spacing");
    }
    forms
}
