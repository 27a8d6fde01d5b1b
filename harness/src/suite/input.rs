//! What a program is told that reads no plans: the content of a file, or what is to be made at random.

use std::fmt;

use serde::Deserialize;

use crate::hex;

/// The most octets that are made at random.
const MOST: usize = 1 << 20;

/// The content of a file. It need not be text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Input(Vec<u8>);

impl Input {
    /// Its octets.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl<T: Into<Vec<u8>>> From<T> for Input {
    fn from(octets: T) -> Self {
        Self(octets.into())
    }
}

impl fmt::Debug for Input {
    /// As the text that it is, or else as hex: digests of cases are made of this.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match std::str::from_utf8(&self.0) {
            Ok(text) => fmt::Debug::fmt(text, f),
            Err(_) => write!(f, "hex {}", hex::encode(&self.0)),
        }
    }
}

/// What kind of input is made at random.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputKind {
    /// UTF-8, with whatever characters.
    Text,
    /// Any octets.
    Octets,
    /// One value of RFC 8259.
    Json,
    /// One number, as JSON writes it.
    Number,
}

/// Inputs that are made at random, for `samewire fuzz` alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Generate {
    /// What they are.
    pub kind: InputKind,
    /// The most octets of one.
    pub up_to: usize,
}

/// The TOML of `input`.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "`input` is a text, { hex = \"..\" }, or { generate = \"text\", up_to = 4096 }: of text, octets, json or number"
)]
pub(super) enum InputTable {
    Text(String),
    Hex(HexTable),
    Generate(GenerateTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HexTable {
    hex: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GenerateTable {
    generate: InputKind,
    #[serde(default = "usual")]
    up_to: usize,
}

fn usual() -> usize {
    4096
}

impl InputTable {
    /// What it says: an input, or how to make some.
    ///
    /// # Errors
    /// Hex that is none, or a length that is too great.
    pub(super) fn read(self) -> Result<(Option<Input>, Option<Generate>), String> {
        match self {
            Self::Text(text) => Ok((Some(text.into()), None)),
            Self::Hex(HexTable { hex }) => match hex::decode(&hex) {
                Some(octets) => Ok((Some(octets.into()), None)),
                None => Err("`hex` must be pairs of 0-9 and a-f".into()),
            },
            Self::Generate(GenerateTable { up_to, .. }) if up_to > MOST => {
                Err(format!("`up_to` is {up_to}, and {MOST} octets are the most"))
            }
            Self::Generate(GenerateTable { generate, up_to }) => Ok((None, Some(Generate { kind: generate, up_to }))),
        }
    }
}
