//! One thing in which a message is not what it is to be, and how texts and values are shown in what is said of it.

use super::Span;
use crate::judge::diagnosis;

/// Characters of a text, or a value, that are shown.
const SHOWN: usize = 80;

/// One thing in which a message is not what it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parting<'a> {
    pub says: String,
    pub place: Option<Span>,
    /// The text that was expected, and the one that came, where both are known as a whole.
    pub texts: Option<[&'a str; 2]>,
}

impl Parting<'_> {
    /// The same, with the cause that leads from one text to the other, where there is one: `: letters came in capitals (upper-cased)`.
    pub(super) fn with_cause(mut self) -> Self {
        let cause = self.texts.and_then(|[expected, came]| diagnosis::of_value(expected, came));
        if let Some(cause) = cause {
            self.says = format!("{}: {} ({})", self.says, cause.sentence, cause.name);
        }
        self
    }
}

/// A value as it is, where it is plain; else in quotes.
pub(super) fn shown_value(value: &str) -> String {
    let is_plain = !value.is_empty() && !value.contains(|character: char| character.is_whitespace() || character.is_control());
    if is_plain { short(value) } else { quoted(value) }
}

/// A text in quotes, its beginning alone where it is long.
pub(super) fn quoted(text: &str) -> String {
    format!("{:?}", short(text))
}

/// The beginning of a text.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
