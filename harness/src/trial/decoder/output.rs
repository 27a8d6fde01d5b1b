//! What a decoder prints: a line of JSON for each message. It is somebody else's program, so nothing of it is believed. Pure.

use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::judge::messages::{Field, Message, Span};
use crate::printable::{counted, line};

/// The most messages that are taken of one stream, and the most fields of all of them.
const MOST: (usize, usize) = (100_000, 1_000_000);

/// What stands in a line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at: u64,
    octets: u64,
    text: String,
    #[serde(default)]
    fields: Fields,
}

/// Fields in their order; a name may be there several times.
#[derive(Default)]
struct Fields(Vec<(String, Value)>);

/// The value of a field, and its place where that is said.
struct Value(String, Option<Span>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Placed<'a> {
    #[serde(borrow)]
    value: &'a RawValue,
    at: u64,
    octets: u64,
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of fields")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some((name, raw)) = object.next_entry::<String, &RawValue>()? {
                    let value = value_of(raw).map_err(|what| de::Error::custom(format!("the field {name:?} {what}")))?;
                    fields.push((name, value));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

fn value_of(raw: &RawValue) -> Result<Value, String> {
    if !raw.get().starts_with('{') {
        return Ok(Value(plain(raw)?, None));
    }
    let placed: Placed<'_> = serde_json::from_str(raw.get()).map_err(|error| format!("is not a value with a place: {error}"))?;
    Ok(Value(plain(placed.value)?, Some(Span { at: placed.at, octets: placed.octets })))
}

/// A text, a number, a boolean or null, as text.
fn plain(raw: &RawValue) -> Result<String, String> {
    match raw.get().as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw.get()).map_err(|error| format!("is not text: {error}")),
        Some(b'{' | b'[') => Err("is not a text, number or boolean; give each value a name of its own".into()),
        _ => Ok(raw.get().to_owned()),
    }
}

/// The messages of these octets, as a decoder printed them; what it leaves out is undecoded. `known` are the names of all its fields.
pub(super) fn messages(printed: &[u8], octets: &[u8], known: Option<&[String]>) -> Result<Vec<Message>, String> {
    let mut said = Vec::new();
    let mut fields = 0;
    for (index, text) in printed.split(|octet| *octet == b'\n').enumerate() {
        if text.trim_ascii().is_empty() {
            continue;
        }
        let of_line = |what: String| format!("printed a line {} that {what}", index + 1);
        let message = message(text, octets.len() as u64, known).map_err(of_line)?;
        fields += message.fields.len();
        said.push(message);
        if said.len() > MOST.0 || fields > MOST.1 {
            return Err(format!("printed more than {} messages, or {} fields", MOST.0, MOST.1));
        }
    }
    said.sort_by_key(|message| message.at);
    filled(said, octets)
}

fn message(text: &[u8], length: u64, known: Option<&[String]>) -> Result<Message, String> {
    let text = std::str::from_utf8(text).map_err(|_| "is not UTF-8".to_owned())?;
    let refused = |why: String| {
        let shown: String = text.chars().take(80).collect();
        format!("is not a message ({why}): {}", line(&shown))
    };
    // A list of values in the order of the keys would be taken for them.
    if !text.trim_start().starts_with('{') {
        return Err(refused("it is no JSON object".into()));
    }
    let said: Line = serde_json::from_str(text).map_err(|error| refused(error.to_string()))?;
    let whole = Span { at: said.at, octets: said.octets };
    let end = end_of(whole).filter(|end| *end <= length);
    let end = end.ok_or_else(|| {
        let came = counted(usize::try_from(length).unwrap_or(usize::MAX), "octet");
        format!("has a message of {} octets at {}, and {came} came", said.octets, said.at)
    })?;
    let mut fields = Vec::new();
    for (name, Value(value, place)) in said.fields.0 {
        if let Some(known) = known.filter(|known| !known.contains(&name)) {
            return Err(format!("has the field {name:?}, which its `fields` do not list: {}", known.join(" ")));
        }
        if let Some(place) = place
            && (place.at < said.at || end_of(place).is_none_or(|place| place > end))
        {
            return Err(format!("has the field {name:?} outside of its message: {} octets at {}", place.octets, place.at));
        }
        fields.push(Field { place, ..Field::new(name, value) });
    }
    Ok(Message { at: said.at, octets: said.octets, text: said.text, fields, ..Message::default() })
}

fn end_of(span: Span) -> Option<u64> {
    span.at.checked_add(span.octets)
}

/// The same messages, with those that are undecoded between them.
fn filled(said: Vec<Message>, octets: &[u8]) -> Result<Vec<Message>, String> {
    const WHY: &str = "the decoder does not explain them";
    let gap = |from: u64, to: u64| Message::undecoded(from, &octets[from as usize..to as usize], WHY);
    let (mut all, mut at) = (Vec::new(), 0);
    for message in said {
        if message.at < at {
            return Err(format!("has two messages of the octet at {}", message.at));
        }
        all.extend((message.at > at).then(|| gap(at, message.at)));
        at = message.at + message.octets;
        all.push(message);
    }
    all.extend((at < octets.len() as u64).then(|| gap(at, octets.len() as u64)));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn read(printed: &str) -> Vec<Message> {
        messages(printed.as_bytes(), b"0123456789", None).unwrap()
    }

    #[track_caller]
    fn refused(printed: &[u8]) -> String {
        messages(printed, b"0123456789", Some(&["a".to_owned()])).unwrap_err()
    }

    #[test]
    fn each_line_is_a_message_and_what_is_left_out_is_undecoded() {
        let printed = "{\"at\":5,\"octets\":2,\"text\":\"b\"}\n\n{\"at\":1,\"octets\":3,\"text\":\"a\",\"fields\":{\"x\":1.0,\"y\":true,\
                       \"z\":{\"value\":\"k\",\"at\":2,\"octets\":1}}}";
        let spans: Vec<_> =
            read(printed).iter().map(|message| (message.at, message.octets, message.undecoded.is_some())).collect();
        assert_eq!(spans, [(0, 1, true), (1, 3, false), (4, 1, true), (5, 2, false), (7, 3, true)]);
        let fields = &read(printed)[1].fields;
        let values: Vec<&str> = fields.iter().map(|field| field.value.as_str()).collect();
        assert_eq!(values, ["1.0", "true", "k"]);
        assert_eq!(fields[2].place, Some(Span { at: 2, octets: 1 }));
        assert_eq!(read("").len(), 1);
    }

    #[test]
    fn lies_are_told_with_their_line() {
        let told = [
            (
                &b"{\"at\":8,\"octets\":3,\"text\":\"\"}"[..],
                "printed a line 1 that has a message of 3 octets at 8, and 10 octets came",
            ),
            (b"{\"at\":-1,\"octets\":3,\"text\":\"\"}", "invalid value: integer `-1`"),
            (b"{\"at\":18446744073709551615,\"octets\":3,\"text\":\"\"}", "at 18446744073709551615"),
            (b"{\"at\":0,\"octets\":3,\"text\":\"\"}\n{\"at\":2,\"octets\":1,\"text\":\"\"}", "two messages of the octet at 2"),
            (b"\nnonsense", "printed a line 2 that is not a message"),
            (b"{\"at\":0,\"octets\":1,\"text\":\"\xff\"}", "is not UTF-8"),
            (b"{\"at\":0,\"octets\":1,\"text\":\"\",\"feilds\":{}}", "unknown field `feilds`"),
            (
                b"{\"at\":0,\"octets\":1,\"text\":\"\",\"fields\":{\"b\":1}}",
                "has the field \"b\", which its `fields` do not list: a",
            ),
            (b"{\"at\":0,\"octets\":1,\"text\":\"\",\"fields\":{\"a\":[1]}}", "the field \"a\" is not a text"),
            (
                b"{\"at\":0,\"octets\":1,\"text\":\"\",\"fields\":{\"a\":{\"value\":1,\"at\":0,\"octets\":2}}}",
                "outside of its message",
            ),
            (b"{\"at\":0,\"octets\":1}", "missing field `text`"),
            (b"[0,1,\"\"]", "printed a line 1 that is not a message (it is no JSON object): [0,1,\"\"]"),
            (b"[0,1,\"\",{\"a\":1}]", "it is no JSON object"),
        ];
        for (printed, what) in told {
            let error = refused(printed);
            assert!(error.contains(what), "{error}");
        }
        assert!(!refused(b"\x1b[31m\xe2\x80\xae").contains('\x1b'));
    }
}
