//! A decoder: what turns the octets of one direction of one connection into messages with named fields.
//!
//! Owns what a decoder is, and how it is written down. What the octets are in messages is the judge's business; starting one is a
//! trial's. Pure.

mod file;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::source::Location;
use crate::suite::plan::Prefix;

pub(super) use file::DecoderTable;

/// The time limit of a decoder that says none, for the octets of one connection.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// A decoder, built in or of a `[decoder.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoder {
    /// The name that cases call it by.
    pub name: String,
    /// How it decodes.
    pub kind: DecoderKind,
    /// Where it is written; none of one that is built in.
    pub location: Option<Location>,
}

/// How a decoder decodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecoderKind {
    /// Lines.
    Lines(Lines),
    /// Frames, each behind its length.
    Frames(Frames),
    /// Requests and answers of HTTP/1.
    Http1,
    /// A program reads octets and writes messages.
    Program(Box<DecoderProgram>),
    /// The dissector of Wireshark with this name.
    Wireshark(String),
}

/// How lines end, and what is in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    /// The octets that end a line; none where LF and CRLF both do.
    pub end: Option<Vec<u8>>,
    /// What is in a line, where it has fields.
    pub fields: Option<Syntax>,
}

/// How frames begin, and what is in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frames {
    /// The length before the payload.
    pub length: FrameLength,
    /// What is in a payload, where it has fields.
    pub fields: Option<Syntax>,
}

/// The length before a frame's payload: how many octets that has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameLength {
    /// As before the `frame` of a plan.
    Binary(Prefix),
    /// Decimal digits and a space: the octet count of RFC 6587.
    DecimalSpace,
}

/// How fields stand in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// JSON: each value is a field, named by its path.
    Json,
    /// `key=value`, with blanks between; a value may stand in double quotes.
    KeyValue,
}

/// A program that decodes: octets on its stdin, a line of JSON for each message on its stdout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecoderProgram {
    /// Programs that must be on PATH.
    pub needs: Vec<String>,
    /// Prints its version; may be empty.
    pub version: Vec<String>,
    /// The least version that it needs, as `3.8`.
    pub at_least: Option<String>,
    /// How to install what is needed: by package manager.
    pub install: BTreeMap<String, String>,
    /// Starts it; `{direction}` is `received` or `sent`.
    pub run: Vec<String>,
    /// Variables beyond what every program gets.
    pub env: BTreeMap<String, String>,
    /// Its time limit for one connection.
    pub timeout: Duration,
    /// The names of all its fields, where it says them.
    pub fields: Option<Vec<String>>,
}

impl Decoder {
    /// The names of all fields that it can give; none where they are not known before it has run.
    #[must_use]
    pub fn field_names(&self) -> Option<Vec<&str>> {
        match &self.kind {
            DecoderKind::Lines(Lines { fields: None, .. }) => Some(vec!["end"]),
            DecoderKind::Frames(Frames { fields: None, .. }) => Some(vec!["length"]),
            DecoderKind::Program(program) => Some(program.fields.as_ref()?.iter().map(String::as_str).collect()),
            _ => None,
        }
    }

    /// Why it has no field of this name, as far as that is known before it has run; nothing where it may have one.
    #[must_use]
    pub fn no_field(&self, name: &str) -> Option<String> {
        let small = name.to_ascii_lowercase();
        if matches!(self.kind, DecoderKind::Http1) && small != name {
            return Some(format!(
                "the decoder {} has no field {name:?}: headers are in small letters, as in {small:?}",
                self.name
            ));
        }
        let known = self.field_names().filter(|known| !known.contains(&name))?;
        Some(format!("the decoder {} has no field {name:?}; it has: {}", self.name, known.join(" ")))
    }

    /// How fields stand in the text of its messages, where that is known.
    #[must_use]
    pub fn syntax(&self) -> Option<Syntax> {
        match &self.kind {
            DecoderKind::Lines(lines) => lines.fields,
            DecoderKind::Frames(frames) => frames.fields,
            _ => None,
        }
    }

    /// The folder of the file that defines it, where it runs; of one that is built in, the current one.
    #[must_use]
    pub fn folder(&self) -> &Path {
        let parent = self.location.as_ref().and_then(|location| location.path.parent());
        parent.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }
}

/// The decoders that a suite's cases may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoders(BTreeMap<String, Arc<Decoder>>);

impl Default for Decoders {
    /// Those that are built in.
    fn default() -> Self {
        let kinds = [("lines", DecoderKind::Lines(Lines::default())), ("http1", DecoderKind::Http1)];
        let built_in = |(name, kind): (&str, DecoderKind)| {
            (name.to_owned(), Arc::new(Decoder { name: name.to_owned(), kind, location: None }))
        };
        Self(kinds.map(built_in).into())
    }
}

impl Decoders {
    /// The decoder of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<Decoder>> {
        self.0.get(name)
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Decoder>> {
        self.0.values()
    }

    /// These, and of `others` those with other names.
    #[must_use]
    pub fn or(&self, others: Self) -> Self {
        let mut all = others.0;
        all.extend(self.0.iter().map(|(name, decoder)| (name.clone(), Arc::clone(decoder))));
        Self(all)
    }

    pub(super) fn is_built_in(name: &str) -> bool {
        Self::default().get(name).is_some()
    }

    pub(super) fn add(&mut self, decoder: Decoder) {
        self.0.insert(decoder.name.clone(), Arc::new(decoder));
    }
}
