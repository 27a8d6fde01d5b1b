//! Whether two values of JSON are equal, and in which forms they are written differently.

use std::collections::{BTreeMap, BTreeSet};

use super::number;
use super::reader::{self, Member, Node, Text};

/// What was found in comparing.
#[derive(Debug, Default)]
pub(super) struct Comparison<'a> {
    /// The names of the causes that make one of the other.
    pub forms: BTreeSet<&'static str>,
    /// What is said of the first number in another form.
    pub number: Option<String>,
    /// Values that differ, as they were written.
    pub differing: Vec<(&'a str, &'a str)>,
    /// The most of these.
    pub most_differing: usize,
}

impl<'a> Comparison<'a> {
    /// Whether both are equal but for their forms, and for as many values as may differ. As deep as the reader went.
    pub(super) fn are_equal(&mut self, expected: &Node<'a>, captured: &Node<'a>) -> bool {
        self.are_same(expected, captured) || self.may_differ(expected, captured)
    }

    fn may_differ(&mut self, expected: &Node<'a>, captured: &Node<'a>) -> bool {
        let Some(both) = expected.raw().zip(captured.raw()).filter(|_| self.differing.len() < self.most_differing) else {
            return false;
        };
        self.differing.push(both);
        true
    }

    fn are_same(&mut self, expected: &Node<'a>, captured: &Node<'a>) -> bool {
        match (expected, captured) {
            (Node::Object(expected), Node::Object(captured)) => self.are_objects_equal(expected, captured),
            (Node::Array(expected), Node::Array(captured)) => {
                let mut both = expected.iter().zip(captured);
                expected.len() == captured.len() && both.all(|(expected, captured)| self.are_equal(expected, captured))
            }
            (Node::Text(expected), Node::Text(captured)) => self.are_texts_equal(expected, captured),
            (Node::Number(expected), Node::Number(captured)) => self.are_numbers_equal(expected, captured),
            (Node::Number(number), Node::Text(text)) | (Node::Text(text), Node::Number(number)) => {
                text.value == *number && self.differ_in("json-numbers-as-text")
            }
            (Node::Word(expected), Node::Word(captured)) => self.are_words_equal(expected, captured),
            (Node::Word(word), Node::Text(text)) | (Node::Text(text), Node::Word(word))
                if text.value.eq_ignore_ascii_case(word) =>
            {
                self.differ_in("json-literals-as-text")
            }
            (Node::Word(word), Node::Number(number)) | (Node::Number(number), Node::Word(word)) => {
                matches!((*word, *number), ("true", "1") | ("false", "0")) && self.differ_in("booleans-as-numbers")
            }
            (value @ (Node::Array(_) | Node::Object(_)), Node::Text(text))
            | (Node::Text(text), value @ (Node::Array(_) | Node::Object(_)))
                if holds(text, value) =>
            {
                self.differ_in("json-value-as-text")
            }
            (Node::Word("null"), other) => is_empty(other) && self.differ_in("empty-for-null"),
            (other, Node::Word("null")) => is_empty(other) && self.differ_in("null-for-empty"),
            (Node::Array(items), Node::Object(members)) | (Node::Object(members), Node::Array(items))
                if items.is_empty() && members.is_empty() =>
            {
                self.differ_in("empty-containers")
            }
            (Node::Array(items), other) => {
                matches!(items.as_slice(), [one] if self.are_same(one, other)) && self.differ_in("json-lists-of-one")
            }
            (other, Node::Array(items)) => {
                matches!(items.as_slice(), [one] if self.are_same(other, one)) && self.differ_in("json-lists-of-one")
            }
            _ => false,
        }
    }

    fn differ_in(&mut self, form: &'static str) -> bool {
        self.forms.insert(form);
        true
    }

    fn differ_in_number(&mut self, expected: &str, captured: &str) -> bool {
        let has_exponent = |number: &str| number.contains(['e', 'E']);
        let exponent = if has_exponent(captured) && !has_exponent(expected) { ", with an exponent" } else { "" };
        self.number.get_or_insert_with(|| format!("{captured} instead of {expected}{exponent}"));
        self.differ_in("json-number-forms")
    }

    fn are_texts_equal(&mut self, expected: &Text<'_>, captured: &Text<'_>) -> bool {
        let same = expected.value == captured.value;
        if same && expected.raw != captured.raw {
            self.differ_in("json-escapes");
        }
        same || is_escaped_again(expected, captured) && self.differ_in("json-escaped-twice")
            || is_escaped_again(captured, expected) && self.differ_in("json-escaped-once-only")
    }

    fn are_numbers_equal(&mut self, expected: &str, captured: &str) -> bool {
        expected == captured
            || number::is_fraction_lost(expected, captured) && self.differ_in("fraction-lost")
            || number::are_equal(expected, captured) && self.differ_in_number(expected, captured)
            || number::is_rounded(expected, captured) && self.differ_in("rounded-to-53-bits")
    }

    fn are_words_equal(&mut self, expected: &str, captured: &str) -> bool {
        let plain = |word: &str| match word.to_ascii_lowercase().as_str() {
            "none" | "nil" | "undefined" => "null".to_owned(),
            other => other.to_owned(),
        };
        expected == captured || plain(expected) == plain(captured) && self.differ_in("literal-respelled")
    }

    fn are_objects_equal(&mut self, expected: &[Member<'a>], captured: &[Member<'a>]) -> bool {
        let in_pairs = || expected.iter().zip(captured);
        if expected.len() == captured.len() && in_pairs().all(|(one, other)| one.0.value == other.0.value) {
            return in_pairs().all(|(one, other)| self.are_members_equal(one, other));
        }
        if expected.len() == captured.len() && in_pairs().all(|(one, other)| folded(&one.0.value) == folded(&other.0.value)) {
            return self.differ_in("json-key-style") && in_pairs().all(|(one, other)| self.are_equal(&one.1, &other.1));
        }
        let (one, other) = (by_key(expected), by_key(captured));
        match (one.len() < expected.len(), other.len() < captured.len()) {
            (true, true) => return false,
            (false, false) => {}
            _ => _ = self.differ_in("json-duplicate-keys"),
        }
        let lacks = |keys: &BTreeMap<&str, Last<'a, '_>>, (key, last): (&&str, &Last<'a, '_>)| {
            !keys.contains_key(key) && is_nothing(&last.member.1)
        };
        let in_both: Vec<(&Last<'a, '_>, &Last<'a, '_>)> =
            one.iter().filter_map(|(key, last)| Some((last, other.get(key)?))).collect();
        let left_out: Vec<_> = one.iter().filter(|entry| lacks(&other, *entry)).collect();
        let added: Vec<_> = other.iter().filter(|entry| lacks(&one, *entry)).collect();
        if in_both.len() + left_out.len() != one.len() || in_both.len() + added.len() != other.len() {
            return false;
        }
        for (_, last) in left_out.iter().chain(&added) {
            self.differ_in(if matches!(last.member.1, Node::Word("null" | "None" | "nil")) {
                "json-nulls"
            } else {
                "json-defaults"
            });
        }
        if !is_in_order(&in_both) {
            self.differ_in("json-key-order");
        }
        in_both.iter().all(|(one, other)| self.are_members_equal(one.member, other.member))
    }

    fn are_members_equal(&mut self, expected: &Member<'a>, captured: &Member<'a>) -> bool {
        self.are_texts_equal(&expected.0, &captured.0) && self.are_equal(&expected.1, &captured.1)
    }
}

/// Whether the other text is this one as JSON has it, with its escapes, or with its quotes too.
fn is_escaped_again(text: &Text<'_>, other: &Text<'_>) -> bool {
    let is_quoted = || other.value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) == Some(text.raw);
    text.raw != text.value && (other.value == text.raw || is_quoted())
}

/// Whether a text is this value as JSON.
pub(super) fn holds(text: &Text<'_>, value: &Node<'_>) -> bool {
    let is_open = |octets: &[u8]| matches!(octets, [b'{', .., b'}'] | [b'[', .., b']']);
    let read = Some(text.value.as_bytes()).filter(|octets| is_open(octets)).and_then(reader::read);
    read.is_some_and(|document| Comparison::default().are_equal(value, &document.root))
}

/// A text, list or object with nothing in it.
fn is_empty(node: &Node<'_>) -> bool {
    match node {
        Node::Text(text) => text.value.is_empty(),
        Node::Array(items) => items.is_empty(),
        Node::Object(members) => members.is_empty(),
        Node::Number(_) | Node::Word(_) => false,
    }
}

/// What libraries may leave out: null, what is empty, zero and false.
fn is_nothing(node: &Node<'_>) -> bool {
    is_empty(node) || matches!(node, Node::Word("null" | "None" | "nil" | "false") | Node::Number("0" | "0.0"))
}

/// A key without what tells `user_id`, `userId` and `UserID` from each other.
fn folded(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect()
}

/// The member of a key that counts, and how many stand before it.
struct Last<'a, 'b> {
    at: usize,
    member: &'b Member<'a>,
}

/// Of several with one key the last counts.
fn by_key<'a, 'b>(members: &'b [Member<'a>]) -> BTreeMap<&'b str, Last<'a, 'b>> {
    members.iter().enumerate().map(|(at, member)| (member.0.value.as_ref(), Last { at, member })).collect()
}

fn is_in_order(members: &[(&Last<'_, '_>, &Last<'_, '_>)]) -> bool {
    let mut places: Vec<(usize, usize)> = members.iter().map(|(one, other)| (one.at, other.at)).collect();
    places.sort_unstable();
    places.is_sorted_by_key(|(_, other)| *other)
}
