//! What a case expects in messages: which of them, in which order, what is left out. Pure.

use std::sync::Arc;

use crate::suite::decoder::Decoder;
use crate::suite::like::Like;

/// How octets are read as messages, and what of that is not compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoding {
    /// What decodes.
    pub decoder: Arc<Decoder>,
    /// The texts of messages that rightly differ.
    pub ignore: Vec<Like>,
    /// The fields that rightly differ, where fields are compared as a whole.
    pub ignore_fields: Vec<String>,
    /// Whether messages may come in any order.
    pub in_any_order: bool,
}

/// A message that is expected; the same as another where their fields are the same, in whatever order.
#[derive(Debug, Clone, Default, Eq)]
pub struct Wanted {
    /// Its text; none where only its fields count.
    pub text: Option<WantedText>,
    /// Those of its fields that count.
    pub fields: Vec<WantedField>,
}

impl PartialEq for Wanted {
    fn eq(&self, other: &Self) -> bool {
        fn sorted(wanted: &Wanted) -> Vec<&WantedField> {
            let mut fields: Vec<&WantedField> = wanted.fields.iter().collect();
            fields.sort();
            fields
        }
        self.text == other.text && sorted(self) == sorted(other)
    }
}

/// The text of a message that is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WantedText {
    /// This one.
    Exactly(String),
    /// One like this.
    Like(Like),
}

impl WantedText {
    /// Whether every text is right.
    #[must_use]
    pub fn is_any(&self) -> bool {
        matches!(self, Self::Like(like) if like.is_of_everything())
    }
}

/// A field that is expected.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WantedField {
    /// Its name.
    pub name: String,
    /// Its value, as text.
    pub value: String,
}

/// What a client must print, in messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedOutput {
    /// How it is read.
    pub decoding: Decoding,
    /// What is to be left.
    pub messages: Vec<Wanted>,
}
