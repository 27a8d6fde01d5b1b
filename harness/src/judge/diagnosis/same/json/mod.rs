//! JSON that is equal as a value, or that a program takes for equal: blanks, escapes, forms of numbers, the order of keys.

mod compare;
mod number;
mod reader;

use super::super::rule::{Held, Told};
use compare::Comparison;
use reader::{Document, Node};

/// The names of the forms in which two JSON texts of an object or array differ; none where they are not equal apart from these.
pub(super) fn forms(expected: &[u8], captured: &[u8]) -> Vec<Held> {
    let both = documents(expected, captured);
    both.and_then(|(expected, captured)| of_documents(&expected, &captured)).unwrap_or_default()
}

fn documents<'a>(expected: &'a [u8], captured: &'a [u8]) -> Option<(Document<'a>, Document<'a>)> {
    let is_open = |octets: &[u8]| matches!(octets, [b'{', .., b'}'] | [b'[', .., b']']);
    if !is_open(expected) || !is_open(captured) {
        return None;
    }
    Some((reader::read(expected)?, reader::read(captured)?))
}

fn of_documents(expected: &Document<'_>, captured: &Document<'_>) -> Option<Vec<Held>> {
    let mut comparison = Comparison::default();
    if !comparison.are_equal(&expected.root, &captured.root) {
        return None;
    }
    let mut forms = comparison.forms;
    let habits = expected.habits.symmetric_difference(&captured.habits).copied();
    forms.extend(habits);
    if expected.blanks != captured.blanks || forms.is_empty() {
        forms.insert("json-spacing");
    }
    let said = comparison.number;
    let told = |held: Held| match (held.name, held.told.detail.clone(), said.clone()) {
        ("json-number-forms", beside, Some(said)) => {
            let detail = [Some(said), beside].into_iter().flatten().collect::<Vec<_>>().join(", ");
            Held { told: Told { detail: Some(detail), ..held.told }, ..held }
        }
        _ => held,
    };
    Some(Held::together(forms).into_iter().map(told).collect())
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
    let mut comparison = Comparison::default();
    let equal = |(line, item): (&&[u8], &Node<'_>)| {
        reader::read(line.trim_ascii()).is_some_and(|line| comparison.are_equal(item, &line.root))
    };
    Some(lines.iter().zip(&items).all(equal))
}
