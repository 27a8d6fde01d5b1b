//! The TOML of what a case expects in messages.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::source::{FileError, Source};
use crate::suite::decoder::{Decoder, Decoders};
use crate::suite::like::Like;
use crate::suite::messages::{Decoding, Wanted, WantedField, WantedText};

/// The most messages that may come in any order: each is held against each.
const MOST_IN_ANY_ORDER: usize = 1_000;

/// A list of messages.
pub(super) type MessageList = Spanned<Vec<Spanned<MessageTable>>>;

/// What says how octets are decoded: keys of a case, or of its `output`.
#[derive(Default)]
pub(super) struct DecodingKeys<'a> {
    pub decode: Option<&'a Spanned<String>>,
    pub ignore: Option<&'a Spanned<Vec<Spanned<String>>>>,
    pub ignore_fields: Option<&'a Spanned<Vec<Spanned<String>>>>,
    pub order: Option<&'a Spanned<OrderName>>,
}

/// In which order messages, or connections, come.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum OrderName {
    Any,
    Given,
}

/// A message: its text, or a table.
pub(super) struct MessageTable(Table);

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Table {
    text: Option<String>,
    like: Option<String>,
    #[serde(default)]
    fields: Named,
}

/// Names and values, in their order.
#[derive(Default)]
struct Named(Vec<(Spanned<String>, Spanned<Value>)>);

/// The value of a field.
enum Value {
    Text(String),
    /// A number, a boolean or a date, as it is written.
    Written,
    /// `a.b = 1` is a table in a table.
    Below(Named),
}

impl<'de> Deserialize<'de> for MessageTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = MessageTable;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the text of a message, or a table of `text`, `like` and `fields`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<MessageTable, E> {
                Ok(MessageTable(Table { text: Some(text.to_owned()), ..Table::default() }))
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<MessageTable, A::Error> {
                Table::deserialize(MapAccessDeserializer::new(table)).map(MessageTable)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Named;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of names and values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<Named, A::Error> {
                let mut named = Vec::new();
                while let Some(entry) = table.next_entry()? {
                    named.push(entry);
                }
                Ok(Named(named))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the value of a field: a text, a number or a boolean")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.to_owned()))
            }

            fn visit_bool<E: de::Error>(self, _: bool) -> Result<Value, E> {
                Ok(Value::Written)
            }

            fn visit_i64<E: de::Error>(self, _: i64) -> Result<Value, E> {
                Ok(Value::Written)
            }

            fn visit_u64<E: de::Error>(self, _: u64) -> Result<Value, E> {
                Ok(Value::Written)
            }

            fn visit_f64<E: de::Error>(self, _: f64) -> Result<Value, E> {
                Ok(Value::Written)
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Value, A::Error> {
                Named::deserialize(MapAccessDeserializer::new(table)).map(Value::Below)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// How octets are decoded; none where nothing says so.
pub(super) fn decoding(source: Source<'_>, decoders: &Decoders, keys: &DecodingKeys<'_>) -> Result<Option<Decoding>, FileError> {
    let Some(decode) = keys.decode else {
        let spans = [
            ("ignore", keys.ignore.map(Spanned::span)),
            ("ignore_fields", keys.ignore_fields.map(Spanned::span)),
            ("order", keys.order.map(Spanned::span)),
        ];
        return match spans.into_iter().find_map(|(name, span)| Some((name, span?))) {
            Some((name, span)) => {
                Err(source.error_at(&span, format!("`{name}` is about messages: add `decode`, or remove this")))
            }
            None => Ok(None),
        };
    };
    let decoder = decoders.get(decode.get_ref()).ok_or_else(|| {
        let known: Vec<&str> = decoders.names().collect();
        let problem = format!(
            "there is no decoder {:?}; there are: {}; define others as `[decoder.NAME]` in samewire.toml or in the suite's suite.toml",
            decode.get_ref(),
            known.join(" ")
        );
        source.error_at(&decode.span(), problem)
    })?;
    let ignore_fields = keys.ignore_fields.map(Spanned::get_ref).into_iter().flatten();
    Ok(Some(Decoding {
        decoder: Arc::clone(decoder),
        ignore: ignored(source, keys)?,
        ignore_fields: ignore_fields.map(|name| known_name(source, decoder, name)).collect::<Result<_, _>>()?,
        in_any_order: keys.order.is_some_and(|order| *order.get_ref() == OrderName::Any),
    }))
}

fn ignored(source: Source<'_>, keys: &DecodingKeys<'_>) -> Result<Vec<Like>, FileError> {
    let patterns = keys.ignore.map(Spanned::get_ref).into_iter().flatten();
    let like = |pattern: &Spanned<String>| {
        let like = Like::of(pattern.get_ref());
        match like.is_of_everything() {
            true => {
                Err(source.error_at(&pattern.span(), "this ignores every message, so nothing would be compared; be more precise"))
            }
            false => Ok(like),
        }
    };
    patterns.map(like).collect()
}

/// The messages of a list.
pub(super) fn wanted(source: Source<'_>, decoding: &Decoding, list: &MessageList) -> Result<Vec<Wanted>, FileError> {
    if decoding.in_any_order && list.get_ref().len() > MOST_IN_ANY_ORDER {
        let problem = format!("at most {MOST_IN_ANY_ORDER} messages may come in any order: remove `order`, or split the case");
        return Err(source.error_at(&list.span(), problem));
    }
    list.get_ref().iter().map(|message| one(source, decoding, message)).collect()
}

fn one(source: Source<'_>, decoding: &Decoding, message: &Spanned<MessageTable>) -> Result<Wanted, FileError> {
    let MessageTable(table) = message.get_ref();
    let text = match (&table.text, &table.like) {
        (Some(_), Some(_)) => {
            return Err(
                source.error_at(&message.span(), "`text` is the whole text and `like` a pattern of it; keep one of the two")
            );
        }
        (Some(text), None) if decoding.ignore.iter().any(|like| like.matches(text)) => {
            let problem = format!("`ignore` hides {text:?}, so it would always be missing; keep one of the two");
            return Err(source.error_at(&message.span(), problem));
        }
        (Some(text), None) => Some(WantedText::Exactly(text.clone())),
        (None, Some(pattern)) => Some(WantedText::Like(Like::of(pattern))),
        (None, None) => None,
    };
    let mut fields = Vec::new();
    flatten(source, &decoding.decoder, "", &table.fields, &mut fields)?;
    let says_nothing = text.as_ref().is_none_or(WantedText::is_any);
    if says_nothing && fields.is_empty() {
        let problem = "any message would be right: say its text, or `like`, or some of its `fields`";
        return Err(source.error_at(&message.span(), problem));
    }
    for field in &fields {
        if decoding.ignore_fields.contains(&field.name) {
            let problem = format!("`ignore_fields` leaves {:?} out, and it is expected here; keep one of the two", field.name);
            return Err(source.error_at(&message.span(), problem));
        }
    }
    Ok(Wanted { text, fields })
}

fn flatten(
    source: Source<'_>,
    decoder: &Decoder,
    before: &str,
    named: &Named,
    fields: &mut Vec<WantedField>,
) -> Result<(), FileError> {
    for (name, value) in &named.0 {
        let whole = Spanned::new(name.span(), format!("{before}{}", name.get_ref()));
        let value = match value.get_ref() {
            Value::Text(text) => text.clone(),
            Value::Written => written(source, &value.span()),
            Value::Below(named) => {
                flatten(source, decoder, &format!("{}.", whole.get_ref()), named, fields)?;
                continue;
            }
        };
        fields.push(WantedField { name: known_name(source, decoder, &whole)?, value });
    }
    Ok(())
}

fn written(source: Source<'_>, span: &Range<usize>) -> String {
    source.text.get(span.clone()).unwrap_or_default().trim().to_owned()
}

/// The name of a field, which must be one of the decoder's, where these are known.
fn known_name(source: Source<'_>, decoder: &Decoder, name: &Spanned<String>) -> Result<String, FileError> {
    match decoder.no_field(name.get_ref()) {
        Some(problem) => Err(source.error_at(&name.span(), problem)),
        None => Ok(name.get_ref().clone()),
    }
}
