//! The TOML of `[decoder.NAME]`, and how it becomes a [`Decoder`].

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::time::Duration;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::{DEFAULT_TIMEOUT, Decoder, DecoderKind, DecoderProgram, Decoders, FrameLength, Frames, Lines, Syntax};
use crate::hex;
use crate::source::{FileError, Source};
use crate::suite::plan::Prefix;
use crate::suite::version_number::at_least;

/// What a decoder is one of.
const KINDS: &str = "a decoder has one of: `run` (a program), `wireshark` (a dissector), `frames`, `lines`";

/// What the length of a frame is one of.
const LENGTHS: &str = "the length of a frame is one of: u8 u16be u16le u32be u32le uleb decimal-space";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::suite) struct DecoderTable {
    run: Option<Spanned<Vec<String>>>,
    needs: Option<Spanned<Vec<String>>>,
    version: Option<Spanned<Vec<String>>>,
    at_least: Option<Spanned<String>>,
    install: Option<Spanned<BTreeMap<String, String>>>,
    env: Option<Spanned<BTreeMap<String, String>>>,
    timeout_ms: Option<Spanned<u64>>,
    fields: Option<Spanned<Fields>>,
    wireshark: Option<Spanned<String>>,
    frames: Option<Spanned<FramesKey>>,
    lines: Option<Spanned<LinesKey>>,
}

/// The names of a program's fields, or how fields stand in a text.
enum Fields {
    Names(Vec<String>),
    Syntax(String),
}

/// `"u32be"`, or a table.
struct FramesKey(FramesTable);

/// `"lf"`, or a table.
struct LinesKey(LinesTable);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FramesTable {
    length: String,
    fields: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct LinesTable {
    end: Option<Spanned<String>>,
    fields: Option<Spanned<String>>,
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of names, \"json\" or \"key=value\"")
            }

            fn visit_str<E: de::Error>(self, syntax: &str) -> Result<Fields, E> {
                Ok(Fields::Syntax(syntax.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, names: A) -> Result<Fields, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(names)).map(Fields::Names)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl<'de> Deserialize<'de> for FramesKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = FramesKey;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a kind of length, or a table of `length` and `fields`")
            }

            fn visit_str<E: de::Error>(self, length: &str) -> Result<FramesKey, E> {
                Ok(FramesKey(FramesTable { length: length.to_owned(), fields: None }))
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<FramesKey, A::Error> {
                FramesTable::deserialize(MapAccessDeserializer::new(table)).map(FramesKey)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl<'de> Deserialize<'de> for LinesKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Table;
        impl<'de> Visitor<'de> for Table {
            type Value = LinesKey;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of `end` and `fields`")
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<LinesKey, A::Error> {
                LinesTable::deserialize(MapAccessDeserializer::new(table)).map(LinesKey)
            }
        }
        deserializer.deserialize_any(Table)
    }
}

impl DecoderTable {
    /// All decoders of a file.
    pub(in crate::suite) fn decoders(
        source: Source<'_>,
        tables: BTreeMap<Spanned<String>, Spanned<Self>>,
    ) -> Result<Decoders, FileError> {
        let mut decoders = Decoders::default();
        for (name, table) in tables {
            decoders.add(table.into_inner().decoder(source, &name)?);
        }
        Ok(decoders)
    }

    fn decoder(self, source: Source<'_>, name: &Spanned<String>) -> Result<Decoder, FileError> {
        let span = name.span();
        let is_name = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
        if name.get_ref().is_empty() || !name.get_ref().bytes().all(is_name) {
            return Err(source.error_at(&span, "the name of a decoder consists of a-z, A-Z, 0-9, '_' and '-'"));
        }
        if Decoders::is_built_in(name.get_ref()) {
            let problem = format!("the decoder {} is built in: choose another name", name.get_ref());
            return Err(source.error_at(&span, problem));
        }
        let location = Some(source.location(&span));
        Ok(Decoder { name: name.get_ref().clone(), kind: self.kind(source, &span)?, location })
    }

    fn kind(self, source: Source<'_>, span: &Range<usize>) -> Result<DecoderKind, FileError> {
        if self.run.is_none() {
            self.is_no_program(source)?;
        }
        match self {
            Self { run: Some(_), wireshark: None, frames: None, lines: None, .. } => self.program(source),
            Self { run: None, wireshark: Some(name), frames: None, lines: None, fields: None, .. } => wireshark(source, name),
            Self { run: None, wireshark: None, frames: Some(frames), lines: None, fields, .. } => {
                let FramesKey(table) = frames.get_ref();
                let length = FrameLength::of(&table.length).ok_or_else(|| source.error_at(&frames.span(), LENGTHS))?;
                let fields = syntax(source, table.fields.as_ref(), fields)?;
                Ok(DecoderKind::Frames(Frames { length, fields }))
            }
            Self { run: None, wireshark: None, frames: None, lines: Some(lines), fields, .. } => {
                let LinesKey(table) = lines.into_inner();
                let end = table.end.map(|end| line_end(source, &end)).transpose()?;
                let fields = syntax(source, table.fields.as_ref(), fields)?;
                Ok(DecoderKind::Lines(Lines { end, fields }))
            }
            Self { wireshark: Some(_), fields: Some(fields), .. } => Err(source
                .error_at(&fields.span(), "`wireshark` knows the names of its fields (`tshark -G fields`); remove `fields`")),
            _ => Err(source.error_at(span, KINDS)),
        }
    }

    /// What is about programs, and has no `run`.
    fn is_no_program(&self, source: Source<'_>) -> Result<(), FileError> {
        let spans = [
            ("needs", self.needs.as_ref().map(Spanned::span)),
            ("version", self.version.as_ref().map(Spanned::span)),
            ("at_least", self.at_least.as_ref().map(Spanned::span)),
            ("install", self.install.as_ref().map(Spanned::span)),
            ("env", self.env.as_ref().map(Spanned::span)),
            ("timeout_ms", self.timeout_ms.as_ref().map(Spanned::span)),
        ];
        match spans.into_iter().find_map(|(name, span)| Some((name, span?))) {
            Some((name, span)) => {
                Err(source.error_at(&span, format!("`{name}` is about a program: add its `run`, or remove this")))
            }
            None => Ok(()),
        }
    }

    fn program(self, source: Source<'_>) -> Result<DecoderKind, FileError> {
        let fields = match self.fields.map(|fields| (fields.span(), fields.into_inner())) {
            Some((span, Fields::Syntax(_))) => {
                return Err(
                    source.error_at(&span, "a program gives its fields itself: list their names here, or remove `fields`")
                );
            }
            Some((_, Fields::Names(names))) => Some(names),
            None => None,
        };
        let argv = |argv: Option<Spanned<Vec<String>>>| match argv {
            Some(argv) if argv.get_ref().is_empty() => {
                Err(source.error_at(&argv.span(), "this list of arguments is empty; name a program"))
            }
            argv => Ok(argv.map(Spanned::into_inner).unwrap_or_default()),
        };
        let at_least = self.at_least.map(|least| at_least(source, least, self.version.is_some())).transpose()?;
        Ok(DecoderKind::Program(Box::new(DecoderProgram {
            needs: self.needs.map(Spanned::into_inner).unwrap_or_default(),
            version: argv(self.version)?,
            at_least,
            install: self.install.map(Spanned::into_inner).unwrap_or_default(),
            run: argv(self.run)?,
            env: self.env.map(Spanned::into_inner).unwrap_or_default(),
            timeout: self.timeout_ms.map_or(DEFAULT_TIMEOUT, |limit| Duration::from_millis(limit.into_inner())),
            fields,
        })))
    }
}

impl FrameLength {
    fn of(word: &str) -> Option<Self> {
        if word == "decimal-space" { Some(Self::DecimalSpace) } else { Prefix::of(word).map(Self::Binary) }
    }
}

impl Syntax {
    fn of(word: &str) -> Option<Self> {
        match word {
            "json" => Some(Self::Json),
            "key=value" => Some(Self::KeyValue),
            _ => None,
        }
    }
}

fn wireshark(source: Source<'_>, name: Spanned<String>) -> Result<DecoderKind, FileError> {
    let is_part = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.' | b'+' | b'/');
    // It becomes part of an argument of tshark.
    match name.get_ref().is_empty() || !name.get_ref().bytes().all(is_part) {
        true => {
            Err(source.error_at(&name.span(), "the name of a dissector, as `tshark -G protocols` has it in its third column"))
        }
        false => Ok(DecoderKind::Wireshark(name.into_inner())),
    }
}

/// The `fields` of a table, or those that stand beside it.
fn syntax(
    source: Source<'_>,
    inside: Option<&Spanned<String>>,
    beside: Option<Spanned<Fields>>,
) -> Result<Option<Syntax>, FileError> {
    const WORDS: &str = "`fields` is \"json\" or \"key=value\"";
    let (span, word) = match (inside, &beside) {
        (None, None) => return Ok(None),
        (Some(word), None) => (word.span(), word.get_ref()),
        (None, Some(fields)) => match fields.get_ref() {
            Fields::Syntax(word) => (fields.span(), word),
            Fields::Names(_) => return Err(source.error_at(&fields.span(), WORDS)),
        },
        (Some(_), Some(fields)) => return Err(source.error_at(&fields.span(), "`fields` stands in the table already")),
    };
    Syntax::of(word).map(Some).ok_or_else(|| source.error_at(&span, WORDS))
}

fn line_end(source: Source<'_>, end: &Spanned<String>) -> Result<Vec<u8>, FileError> {
    match end.get_ref().as_str() {
        "lf" => Ok(b"\n".to_vec()),
        "crlf" => Ok(b"\r\n".to_vec()),
        text => hex::decode(text)
            .filter(|octets| !octets.is_empty())
            .ok_or_else(|| source.error_at(&end.span(), "`end` is \"lf\", \"crlf\", or pairs of lower-case hex digits")),
    }
}
