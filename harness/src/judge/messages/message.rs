//! A message: what one piece of a stream says, and where in it.

use sha2::{Digest, Sha256};

use crate::printable;

/// Octets of something undecoded that are shown.
const SHOWN: usize = 24;

/// What one piece of a stream says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The offset of its first octet in the stream.
    pub at: u64,
    /// How many octets it has.
    pub octets: u64,
    /// What it says in one line or more; of what is undecoded, its first octets.
    pub text: String,
    /// Its fields, in their order; a name may be there several times.
    pub fields: Vec<Field>,
    /// Why the decoder cannot explain it; none of what it does explain.
    pub undecoded: Option<String>,
    /// A digest (SHA-256) of octets that no decoder explains, since their text shows few of them; of others nothing.
    pub digest: [u8; 32],
}

/// A named value of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    /// Its name: `mqtt.topic`.
    pub name: String,
    /// Its value, as text.
    pub value: String,
    /// The octets of the stream that hold it, where that can be told.
    pub place: Option<Span>,
    /// What else of its form another reader would see: that it is a number and no text, say. Counts where fields are compared as a
    /// whole.
    pub form: String,
    /// Whether it was worked out, and no octets say it: it can be asked for, and does not count where fields are compared as a whole.
    pub is_computed: bool,
}

/// Octets of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The offset of the first.
    pub at: u64,
    /// How many.
    pub octets: u64,
}

impl Message {
    /// Octets that a decoder cannot explain, and why.
    #[must_use]
    pub fn undecoded(at: u64, octets: &[u8], why: impl Into<String>) -> Self {
        let shown = printable::ascii(&octets[..octets.len().min(SHOWN)]);
        let text = if octets.len() > SHOWN { format!("{shown}...") } else { shown };
        let digest = Sha256::digest(octets).into();
        Self { at, octets: octets.len() as u64, text, undecoded: Some(why.into()), digest, ..Self::default() }
    }

    /// The octets of a stream behind those of its beginning that are decoded; none where there are no others.
    #[must_use]
    pub fn behind(decoded: u64, length: u64) -> Option<Self> {
        let octets = length.checked_sub(decoded).filter(|octets| *octets > 0)?;
        let why = format!("only {decoded} octets are decoded");
        Some(Self { octets, ..Self::undecoded(decoded, &[], why) })
    }

    /// Where it is.
    #[must_use]
    pub fn span(&self) -> Span {
        Span { at: self.at, octets: self.octets }
    }
}

impl Field {
    /// A field whose place is not known.
    #[must_use]
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), ..Self::default() }
    }

    /// The same field, with its place.
    #[must_use]
    pub fn at(self, at: u64, octets: usize) -> Self {
        Self { place: Some(Span { at, octets: octets as u64 }), ..self }
    }
}
