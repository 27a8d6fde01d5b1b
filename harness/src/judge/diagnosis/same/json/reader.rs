//! A reader of JSON that keeps how it was written, and that takes what is nearly JSON: single quotes, keys without quotes, a comma
//! too many, the words of other languages.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::super::MOST_OCTETS;

/// The most levels of objects and arrays.
const DEEPEST: usize = 64;

/// A key and its value.
pub(super) type Member<'a> = (Text<'a>, Node<'a>);

/// A value, as it was written.
#[derive(Debug)]
pub(super) enum Node<'a> {
    Object(Vec<Member<'a>>),
    Array(Vec<Node<'a>>),
    Text(Text<'a>),
    Number(&'a str),
    /// `true`, `null`, and what other languages have for these.
    Word(&'a str),
}

impl<'a> Node<'a> {
    /// How it was written, where it has no others in it: a string without its quotes.
    pub(super) fn raw(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text.raw),
            Self::Number(raw) | Self::Word(raw) => Some(raw),
            Self::Object(_) | Self::Array(_) => None,
        }
    }
}

/// A string: what stands between its quotes, and what that means.
#[derive(Debug)]
pub(super) struct Text<'a> {
    pub raw: &'a str,
    pub value: Cow<'a, str>,
}

/// A JSON text.
#[derive(Debug)]
pub(super) struct Document<'a> {
    pub root: Node<'a>,
    /// The blanks before and behind each kind of mark.
    pub blanks: BTreeSet<(Place, &'a str)>,
    /// Where it is not JSON, the names of the causes of that.
    pub habits: BTreeSet<&'static str>,
}

/// Where blanks may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Behind a key, before its colon.
    Key,
    /// Behind a colon.
    Colon,
    /// Behind a bracket or a comma.
    Item,
    /// Behind a value.
    Value,
}

/// All of these octets as one value; `None` where they are not one, or more than is read.
pub(super) fn read(octets: &[u8]) -> Option<Document<'_>> {
    let text = std::str::from_utf8(octets).ok().filter(|text| text.len() <= MOST_OCTETS)?;
    let mut reader = Reader { text, at: 0, blanks: BTreeSet::new(), habits: BTreeSet::new() };
    let root = reader.value(0)?;
    (reader.at == text.len()).then_some(Document { root, blanks: reader.blanks, habits: reader.habits })
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    blanks: BTreeSet<(Place, &'a str)>,
    habits: BTreeSet<&'static str>,
}

impl<'a> Reader<'a> {
    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take_while(&mut self, is_wanted: impl Fn(u8) -> bool) -> &'a str {
        let rest = &self.text.as_bytes()[self.at..];
        let length = rest.iter().position(|octet| !is_wanted(*octet)).unwrap_or(rest.len());
        self.at += length;
        &self.text[self.at - length..self.at]
    }

    fn takes(&mut self, mark: u8) -> bool {
        let takes = self.next() == Some(mark);
        self.at += usize::from(takes);
        takes
    }

    fn blank(&mut self, place: Place) {
        let blank = self.take_while(|octet| matches!(octet, b' ' | b'\t' | b'\n' | b'\r'));
        self.blanks.insert((place, blank));
    }

    fn value(&mut self, depth: usize) -> Option<Node<'a>> {
        match self.next()? {
            b'{' | b'[' if depth == DEEPEST => None,
            b'{' => self.items(b'}', |reader| reader.member(depth)).map(Node::Object),
            b'[' => self.items(b']', |reader| reader.value(depth + 1)).map(Node::Array),
            b'"' | b'\'' => self.string().map(Node::Text),
            b'-' | b'0'..=b'9' => {
                Some(Node::Number(self.take_while(|octet| octet.is_ascii_digit() || b"+-.eE".contains(&octet))))
            }
            octet if octet.is_ascii_alphabetic() => Some(Node::Word(self.word())),
            _ => None,
        }
    }

    fn word(&mut self) -> &'a str {
        self.take_while(|octet| octet.is_ascii_alphanumeric() || octet == b'_')
    }

    fn items<T>(&mut self, end: u8, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        self.at += 1;
        let mut items = Vec::new();
        self.blank(Place::Item);
        while !self.takes(end) {
            items.push(item(self)?);
            self.blank(Place::Value);
            if !self.takes(b',') {
                return self.takes(end).then_some(items);
            }
            self.blank(Place::Item);
            if self.next() == Some(end) {
                self.habits.insert("json-trailing-comma");
            }
        }
        Some(items)
    }

    fn member(&mut self, depth: usize) -> Option<Member<'a>> {
        let key = match self.next()? {
            b'"' | b'\'' => self.string()?,
            _ => self.bare_key()?,
        };
        self.blank(Place::Key);
        if !self.takes(b':') {
            return None;
        }
        self.blank(Place::Colon);
        Some((key, self.value(depth + 1)?))
    }

    fn bare_key(&mut self) -> Option<Text<'a>> {
        self.habits.insert("json-keys-unquoted");
        let word = self.word();
        (!word.is_empty()).then_some(Text { raw: word, value: Cow::Borrowed(word) })
    }

    fn string(&mut self) -> Option<Text<'a>> {
        let quote = self.next()?;
        if quote == b'\'' {
            self.habits.insert("json-single-quotes");
        }
        let start = self.at + 1;
        self.at = start;
        loop {
            self.take_while(|octet| octet != quote && octet != b'\\');
            match self.next()? {
                b'\\' => self.at = (self.at + 2).min(self.text.len()),
                _ => break,
            }
            if !self.text.is_char_boundary(self.at) {
                return None;
            }
        }
        let raw = &self.text[start..self.at];
        self.at += 1;
        Some(Text { raw, value: unescaped(raw) })
    }
}

/// What a string means. An escape that means nothing stays as it is.
fn unescaped(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('\\') {
        value.push_str(before);
        let (meant, length) = escape(after).unwrap_or(('\\', 0));
        value.push(meant);
        rest = &after[length..];
    }
    value.push_str(rest);
    Cow::Owned(value)
}

/// What stands behind a backslash, and how long that is.
fn escape(after: &str) -> Option<(char, usize)> {
    let meant = match after.as_bytes().first()? {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'u' => return code_point(after),
        mark @ (b'"' | b'\'' | b'\\' | b'/') => char::from(*mark),
        _ => return None,
    };
    Some((meant, 1))
}

/// `u00e9`, or `ud83d\ude00`.
fn code_point(after: &str) -> Option<(char, usize)> {
    let unit = |at: usize| u16::from_str_radix(after.get(at..at + 4)?, 16).ok();
    let first = unit(1)?;
    let second = after.get(5..7).filter(|between| *between == "\\u").and_then(|_| unit(7));
    let pair = [first, second.unwrap_or_default()];
    let units = &pair[..1 + usize::from(second.is_some() && (0xd800..0xdc00).contains(&first))];
    let meant = char::decode_utf16(units.iter().copied()).next()?.ok()?;
    Some((meant, 5 + (meant.len_utf16() - 1) * 6))
}
