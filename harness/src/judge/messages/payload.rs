//! The text and the fields of a piece of a stream.

use super::{Field, json, key_value};
use crate::hex;
use crate::suite::decoder::Syntax;

/// A text is itself, and what is none becomes hex.
pub(super) fn text_of(octets: &[u8]) -> String {
    std::str::from_utf8(octets).map_or_else(|_| hex::encode(octets), str::to_owned)
}

/// The fields of a text that stands at an offset, or why it has none.
pub(super) fn fields_of(syntax: Syntax, octets: &[u8], at: u64) -> Result<Vec<Field>, String> {
    let text = std::str::from_utf8(octets).map_err(|error| format!("is not UTF-8 at octet {}", error.valid_up_to()))?;
    match syntax {
        Syntax::Json => json::fields(text, at),
        Syntax::KeyValue => key_value::fields(text, at),
    }
}
