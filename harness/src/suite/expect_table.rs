//! The TOML of an expectation: octets in one of several ways, an ending, and messages.

use std::fmt;
use std::ops::Range;

use samewire_recorder::PeerEnd;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{self, IntoDeserializer, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::messages_table::{DecodingKeys, MessageList, OrderName};
use crate::hex;
use crate::source::{FileError, Source};
use crate::suite::expectation::{Content, Endings};
use crate::suite::parts::table::{self, PartTable, Scope};

/// The table of what one connection carries, or of what is printed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectTable {
    hex: Option<String>,
    text: Option<String>,
    sha256: Option<String>,
    bytes: Option<u64>,
    parts: Option<Vec<Spanned<PartTable>>>,
    pub(super) ending: Option<EndingNames>,
    pub(super) messages: Option<MessageList>,
    decode: Option<Spanned<String>>,
    ignore: Option<Spanned<Vec<Spanned<String>>>>,
    ignore_fields: Option<Spanned<Vec<Spanned<String>>>>,
    order: Option<Spanned<OrderName>>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Ending {
    Fin,
    Truncated,
    Reset,
    Open,
}

/// One ending, or a list of them.
pub(super) struct EndingNames(Vec<Ending>);

impl<'de> Deserialize<'de> for EndingNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrSeveral;
        impl<'de> Visitor<'de> for OneOrSeveral {
            type Value = EndingNames;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"fin\", \"truncated\" (TLS alone), \"reset\", \"open\", or a list of these")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<EndingNames, E> {
                Ending::deserialize(name.into_deserializer()).map(|ending| EndingNames(vec![ending]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, names: A) -> Result<EndingNames, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(names)).map(EndingNames)
            }
        }
        deserializer.deserialize_any(OneOrSeveral)
    }
}

impl ExpectTable {
    pub(super) fn decoding_keys(&self) -> DecodingKeys<'_> {
        DecodingKeys {
            decode: self.decode.as_ref(),
            ignore: self.ignore.as_ref(),
            ignore_fields: self.ignore_fields.as_ref(),
            order: self.order.as_ref(),
        }
    }

    /// Whether it says anything of octets.
    pub(super) fn says_octets(&self) -> bool {
        let texts = [&self.hex, &self.text, &self.sha256];
        texts.iter().any(|text| text.is_some()) || self.bytes.is_some() || self.parts.is_some()
    }

    /// A key that a connection has not of its own.
    pub(super) fn key_of_a_case(&self) -> Option<(&'static str, Range<usize>)> {
        let spans = [
            ("decode", self.decode.as_ref().map(Spanned::span)),
            ("ignore", self.ignore.as_ref().map(Spanned::span)),
            ("ignore_fields", self.ignore_fields.as_ref().map(Spanned::span)),
            ("order", self.order.as_ref().map(Spanned::span)),
        ];
        spans.into_iter().find_map(|(name, span)| Some((name, span?)))
    }
}

/// The octets.
pub(super) fn content(source: Source<'_>, table: &Spanned<ExpectTable>, scope: &mut Scope) -> Result<Content, FileError> {
    let span = table.span();
    let error = |problem: &str| source.error_at(&span, problem);
    match table.get_ref() {
        ExpectTable { hex: Some(hex), text: None, sha256: None, bytes: None, parts: None, .. } => {
            hex::decode(hex).map(Content::exactly).ok_or_else(|| error("hex is pairs of lower-case hex digits"))
        }
        ExpectTable { hex: None, text: Some(text), sha256: None, bytes: None, parts: None, .. } => {
            Ok(Content::exactly(text.clone().into_bytes()))
        }
        ExpectTable { hex: None, text: None, sha256: Some(sha256), bytes: Some(length), parts: None, .. } => {
            if hex::decode(sha256).is_none_or(|digest| digest.len() != 32) {
                return Err(error("sha256 is 64 lower-case hex digits"));
            }
            Ok(Content::Digest { length: *length, sha256: sha256.clone() })
        }
        ExpectTable { hex: None, text: None, sha256: None, bytes: None, parts: Some(parts), .. } => {
            table::parts(source, &span, parts, scope).map(Content::Parts)
        }
        _ => {
            Err(error("write exactly one of: hex, text, sha256 with bytes, parts; or `messages`, where the case has a `decode`"))
        }
    }
}

/// How the client ends the connection.
pub(super) fn endings(source: Source<'_>, table: &Spanned<ExpectTable>) -> Result<Endings, FileError> {
    let end = |ending: &Ending| match ending {
        Ending::Reset => PeerEnd::Reset,
        Ending::Open => PeerEnd::Open,
        Ending::Fin => PeerEnd::Fin,
        Ending::Truncated => PeerEnd::Truncated,
    };
    match &table.get_ref().ending {
        Some(EndingNames(names)) => Endings::of(&names.iter().map(end).collect::<Vec<_>>())
            .ok_or_else(|| source.error_at(&table.span(), "`ending` is one ending or several, each named once")),
        None => Ok(PeerEnd::Fin.into()),
    }
}

/// Contents whose parts bend by masks alone as octets with masks, which are compared as they come.
pub(super) fn flat(contents: Vec<Content>) -> Vec<Content> {
    let referred = table::referred(contents.iter().filter_map(Content::parts).flatten());
    let flat = |content| match content {
        Content::Parts(parts) => table::content(parts, &referred),
        other => other,
    };
    contents.into_iter().map(flat).collect()
}
