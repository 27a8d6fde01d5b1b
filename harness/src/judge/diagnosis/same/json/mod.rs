//! JSON that is equal as a value, or that a program takes for equal: blanks, escapes, forms of numbers, the order of keys.

mod compare;
mod number;
mod reader;

use super::super::rule::{Held, Told};
use super::place::{Place, place};
use compare::Comparison;
use reader::{Document, Node};

/// The names of the forms in which two JSON texts of an object or array differ; none where they are not equal apart from these.
pub(super) fn forms(expected: &[u8], captured: &[u8]) -> Vec<Held> {
    let both = documents(expected, captured);
    both.and_then(|(expected, captured)| of_documents(&expected, &captured, Comparison::default())).unwrap_or_default().0
}

/// The most values that differ besides the forms.
const MOST_DIFFERING: usize = 3;

/// The same of JSON that is equal but for a few values, with the places of these.
pub(super) fn nearly(expected: &[u8], captured: &[u8]) -> Option<(Vec<Held>, Vec<Place>)> {
    let (one, other) = documents(expected, captured)?;
    let comparison = Comparison { most_differing: MOST_DIFFERING, ..Comparison::default() };
    let (held, differing) = of_documents(&one, &other, comparison)?;
    let place = |(one, other): (&str, &str)| (place(one.as_bytes(), expected), place(other.as_bytes(), captured));
    let places: Vec<Place> = differing.into_iter().map(place).collect();
    (!places.is_empty() && !held.is_empty()).then_some((held, places))
}

fn documents<'a>(expected: &'a [u8], captured: &'a [u8]) -> Option<(Document<'a>, Document<'a>)> {
    let is_open = |octets: &[u8]| matches!(octets, [b'{', .., b'}'] | [b'[', .., b']']);
    if !is_open(expected) || !is_open(captured) {
        return None;
    }
    Some((reader::read(expected)?, reader::read(captured)?))
}

/// Values as they are written on both sides.
type Differing<'a> = Vec<(&'a str, &'a str)>;

fn of_documents<'a>(
    expected: &Document<'a>,
    captured: &Document<'a>,
    mut comparison: Comparison<'a>,
) -> Option<(Vec<Held>, Differing<'a>)> {
    if !comparison.are_equal(&expected.root, &captured.root) {
        return None;
    }
    let mut forms = comparison.forms;
    let habits = expected.habits.symmetric_difference(&captured.habits).copied();
    forms.extend(habits);
    if expected.blanks != captured.blanks || forms.is_empty() && comparison.differing.is_empty() {
        forms.insert("json-spacing");
    }
    let said = comparison.number;
    let told = |held: Held| match held.name {
        "json-number-forms" => Held { told: Told { detail: said.clone(), ..held.told }, ..held },
        _ => held,
    };
    Some((Held::together(forms).into_iter().map(told).collect(), comparison.differing))
}

/// A text that holds the other as JSON.
pub(super) fn stringified(expected: &[u8], captured: &[u8]) -> Vec<Held> {
    let holds = |value: &[u8], text: &[u8]| {
        let is_open = matches!(value, [b'{', .., b'}'] | [b'[', .., b']']) && matches!(text, [b'"', .., b'"']);
        let both = if is_open { reader::read(value).zip(reader::read(text)) } else { None };
        both.is_some_and(|(value, text)| matches!(&text.root, Node::Text(text) if compare::holds(text, &value.root)))
    };
    let is_either = holds(expected, captured) || holds(captured, expected);
    if is_either { Held::together(["json-value-as-text"]) } else { Vec::new() }
}

/// A value a line against an array of them.
pub(super) fn lines(expected: &[u8], captured: &[u8]) -> Vec<Held> {
    let differ = in_lines(expected, captured).or_else(|| in_lines(captured, expected));
    if differ == Some(true) { Held::together(["json-lines"]) } else { Vec::new() }
}

/// Whether what stands in an array is what stands in lines.
fn in_lines(array: &[u8], lines: &[u8]) -> Option<bool> {
    let (array, lines) = (array.trim_ascii_end(), lines.trim_ascii_end());
    if !matches!(array, [b'[', .., b']']) || !matches!(lines, [b'{' | b'[', .., b'}' | b']']) || !lines.contains(&b'\n') {
        return None;
    }
    let Node::Array(items) = reader::read(array)?.root else { return None };
    let lines: Vec<&[u8]> = lines.split(|octet| *octet == b'\n').collect();
    if lines.len() != items.len() {
        return None;
    }
    let equal = |(line, item): (&&[u8], &Node<'_>)| {
        reader::read(line.trim_ascii()).is_some_and(|line| Comparison::default().are_equal(item, &line.root))
    };
    Some(lines.iter().zip(&items).all(equal))
}
