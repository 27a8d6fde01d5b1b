//! One message held against what is expected of it.

use super::parting::{Parting, quoted, shown_value};
use super::whole::{absent, partings};
use super::{Field, Message, payload};
use crate::suite::decoder::Syntax;
use crate::suite::messages::{Wanted, WantedField, WantedText};

/// What two texts that have nothing in common are to each other.
pub(super) const MOST_UNLIKE: u32 = 9;

/// The most octets of a text by which it is told whether another is like it.
const COMPARED: usize = 256;

/// What a message is to be.
#[derive(Debug)]
pub(super) enum Target<'a> {
    /// What a case says of it; with the fields that its text has, where the decoder knows how fields stand in a text.
    Wanted { wanted: &'a Wanted, fields: Option<Vec<Field>>, ignored: &'a [String] },
    /// Another message, as a whole but for fields that do not count.
    Message { message: &'a Message, ignored: &'a [String] },
}

/// How near a message is to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Nearness {
    Other,
    Alike,
    Same,
}

impl<'a> Target<'a> {
    pub(super) fn wanted(wanted: &'a Wanted, syntax: Option<Syntax>, ignored: &'a [String]) -> Self {
        let fields = match (&wanted.text, syntax) {
            (Some(WantedText::Exactly(text)), Some(syntax)) => payload::fields_of(syntax, text.as_bytes(), 0).ok(),
            _ => None,
        };
        Self::Wanted { wanted, fields, ignored }
    }

    pub(super) fn nearness(&self, message: &Message) -> Nearness {
        if message.undecoded.is_some() {
            let is_same = matches!(self, Self::Message { message: other, .. } if other.undecoded.is_some() && other.digest == message.digest);
            return if is_same { Nearness::Same } else { Nearness::Other };
        }
        let is_alike = match self {
            Self::Wanted { wanted, fields, .. } => {
                let has_text = wanted.text.as_ref().is_some_and(|text| is_text(text, message));
                has_text || fields.is_some() || wanted.fields.iter().any(|field| field_parting(field, message).is_none())
            }
            Self::Message { message: other, .. } => {
                other.text == message.text || other.fields.iter().any(|field| has(message, field))
            }
        };
        match is_alike {
            _ if self.partings(message).is_empty() => Nearness::Same,
            true => Nearness::Alike,
            false => Nearness::Other,
        }
    }

    /// How unlike a message is, of those that are as near: from 0 to [`MOST_UNLIKE`].
    pub(super) fn unlikeness(&self, message: &Message) -> u32 {
        match self {
            Self::Message { message: other, .. } => unlike(&other.text, &message.text),
            Self::Wanted { wanted: Wanted { text: Some(WantedText::Exactly(text)), .. }, .. } => unlike(text, &message.text),
            Self::Wanted { wanted: Wanted { text: Some(WantedText::Like(like)), .. }, .. } if like.matches(&message.text) => 0,
            Self::Wanted { wanted: Wanted { text: Some(WantedText::Like(like)), .. }, .. } => unlike(&like.text(), &message.text),
            Self::Wanted { wanted, .. } => {
                let wrong = wanted.fields.iter().filter(|field| field_parting(field, message).is_some()).count();
                share(wrong, wanted.fields.len())
            }
        }
    }

    /// All in which a message is not this; of an undecoded one, that it is.
    pub(super) fn partings<'m>(&'m self, message: &'m Message) -> Vec<Parting<'m>> {
        if let Some(why) = &message.undecoded {
            let octets = message.octets;
            let expected = match self {
                Self::Message { message: Message { octets, text, undecoded: Some(_), .. }, .. } => {
                    format!("{octets} others: {text}")
                }
                _ => self.shown(),
            };
            let says = format!("{octets} octets are undecoded ({why}): {}; expected {expected}", message.text);
            return vec![Parting { says, place: Some(message.span()), texts: None }];
        }
        match self {
            Self::Wanted { wanted, fields, ignored } => {
                let text = match (&wanted.text, fields) {
                    (Some(_), Some(fields)) => partings(fields, &message.fields, ignored),
                    (Some(text), None) if !is_text(text, message) => {
                        vec![text_parting(message, &shown_text(text), exactly(text))]
                    }
                    _ => Vec::new(),
                };
                let fields = wanted.fields.iter().filter_map(|field| Some((field, field_parting(field, message)?)));
                let mut fields: Vec<_> = fields.collect();
                // As they came: what says it best stands first.
                fields.sort_by_cached_key(|(field, _)| {
                    message.fields.iter().position(|came| came.name == field.name).unwrap_or(usize::MAX)
                });
                text.into_iter().chain(fields.into_iter().map(|(_, parting)| parting)).collect()
            }
            Self::Message { message: other, .. } if other.undecoded.is_some() => {
                vec![Parting {
                    says: format!("expected {} octets that are undecoded", other.octets),
                    place: Some(message.span()),
                    texts: None,
                }]
            }
            Self::Message { message: other, ignored } => {
                let fields = partings(&other.fields, &message.fields, ignored);
                let counts = |field: &Field| !field.is_computed && !ignored.contains(&field.name);
                // The text is another form of the fields, or may say what of them is ignored.
                let is_said = has_form(message) || !ignored.is_empty();
                let by_text = other.text != message.text && (!other.fields.iter().any(counts) || fields.is_empty() && !is_said);
                // A text of which no field tells the difference is one itself.
                if by_text { vec![text_parting(message, &quoted(&other.text), Some(&other.text))] } else { fields }
            }
        }
    }

    /// What is expected, for people.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Message { message: other, .. } => quoted(&other.text),
            Self::Wanted { wanted, .. } => {
                let text = wanted.text.as_ref().map(shown_text);
                let fields = wanted.fields.iter().map(|field| format!("{} = {}", field.name, shown_value(&field.value)));
                let fields: Vec<String> = fields.collect();
                match text {
                    Some(text) if fields.is_empty() => text,
                    Some(text) => format!("{text} with {}", fields.join(", ")),
                    None => format!("a message with {}", fields.join(", ")),
                }
            }
        }
    }
}

/// Whether a message has such a field, wherever that stands.
fn has(message: &Message, field: &Field) -> bool {
    message.fields.iter().any(|other| other.name == field.name && other.value == field.value)
}

/// How unlike two texts are, by what both begin and end with.
fn unlike(one: &str, other: &str) -> u32 {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let shorter = one.len().min(other.len()).min(COMPARED);
    let head = (0..shorter).take_while(|index| one[*index] == other[*index]).count();
    let tail = (1..=shorter - head).take_while(|back| one[one.len() - back] == other[other.len() - back]).count();
    let longer = one.len().max(other.len()).min(COMPARED);
    share(longer - head - tail, longer)
}

/// A part of a whole, in so many of [`MOST_UNLIKE`].
fn share(part: usize, whole: usize) -> u32 {
    (part * MOST_UNLIKE as usize / whole.max(1)) as u32
}

/// Whether the fields of a message are its text in another form.
pub(super) fn has_form(message: &Message) -> bool {
    message.fields.iter().any(|field| !field.form.is_empty())
}

fn is_text(text: &WantedText, message: &Message) -> bool {
    match text {
        WantedText::Exactly(text) => *text == message.text,
        WantedText::Like(like) => like.matches(&message.text),
    }
}

fn text_parting<'a>(message: &'a Message, shown: &str, expected: Option<&'a str>) -> Parting<'a> {
    let says = format!("it is {}, expected {shown}", quoted(&message.text));
    Parting { says, place: Some(message.span()), texts: expected.map(|expected| [expected, &*message.text]) }
}

fn exactly(text: &WantedText) -> Option<&str> {
    match text {
        WantedText::Exactly(text) => Some(text),
        WantedText::Like(_) => None,
    }
}

/// Of a field that is there several times, one must fit.
fn field_parting<'a>(wanted: &'a WantedField, message: &'a Message) -> Option<Parting<'a>> {
    let mut named = message.fields.iter().filter(|field| field.name == wanted.name).peekable();
    let Some(first) = named.peek().copied() else { return Some(absent(&wanted.name, &wanted.value)) };
    let values: Vec<&Field> = named.collect();
    if values.iter().any(|field| is_value(&wanted.value, &field.value)) {
        return None;
    }
    let shown: Vec<String> = values.iter().take(3).map(|field| shown_value(&field.value)).collect();
    let says = format!("{} is {}, expected {}", wanted.name, shown.join(" and "), shown_value(&wanted.value));
    let texts = (values.len() == 1).then(|| [&*wanted.value, &*first.value]);
    Some(Parting { says, place: first.place, texts })
}

/// Whether two values are the same text; what decoders write for true is one.
fn is_value(one: &str, other: &str) -> bool {
    const TRUE: [&str; 3] = ["true", "True", "1"];
    const FALSE: [&str; 3] = ["false", "False", "0"];
    let both = |words: [&str; 3]| words.contains(&one) && words.contains(&other);
    one == other || both(TRUE) || both(FALSE)
}

fn shown_text(text: &WantedText) -> String {
    match text {
        WantedText::Exactly(text) => quoted(text),
        WantedText::Like(like) => format!("one like {}", quoted(&like.text())),
    }
}
