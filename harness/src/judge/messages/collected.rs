//! The messages of a stream while they are found: one after the other, without a gap, and not without end.

use super::{Field, Message};

/// The most messages of one stream.
pub(super) const MOST_MESSAGES: usize = 100_000;

/// The most fields of all messages of one stream together.
pub(super) const MOST_FIELDS: usize = 1_000_000;

/// The messages of a stream, as far as they are found.
#[derive(Debug)]
pub struct Collected<'a> {
    octets: &'a [u8],
    at: usize,
    messages: Vec<Message>,
    fields: usize,
}

impl<'a> Collected<'a> {
    /// None of the messages of these octets.
    #[must_use]
    pub fn new(octets: &'a [u8]) -> Self {
        Self { octets, at: 0, messages: Vec::new(), fields: 0 }
    }

    /// The octets that are in no message yet; none at the end, or where there are too many messages.
    #[must_use]
    pub fn rest(&self) -> Option<&'a [u8]> {
        self.octets.get(self.at..).filter(|rest| !rest.is_empty() && !self.is_full())
    }

    /// The offset behind the last message.
    #[must_use]
    pub fn at(&self) -> u64 {
        self.at as u64
    }

    /// The next message, of so many octets.
    pub fn push(&mut self, octets: usize, text: String, fields: Vec<Field>) {
        let octets = octets.min(self.octets.len() - self.at);
        self.fields += fields.len();
        self.messages.push(Message { at: self.at(), octets: octets as u64, text, fields, ..Message::default() });
        self.at += octets;
    }

    /// So many octets that say nothing, and why.
    pub fn push_undecoded(&mut self, octets: usize, why: impl Into<String>) {
        let end = self.octets.len().min(self.at + octets);
        self.messages.push(Message::undecoded(self.at(), &self.octets[self.at..end], why));
        self.at = end;
    }

    /// All messages; what is left says nothing, and why.
    #[must_use]
    pub fn stopped(mut self, why: impl Into<String>) -> Vec<Message> {
        if self.at < self.octets.len() {
            self.push_undecoded(self.octets.len() - self.at, why);
        }
        self.messages
    }

    /// All messages.
    #[must_use]
    pub fn finish(self) -> Vec<Message> {
        self.stopped(format!("more than {MOST_MESSAGES} messages, or {MOST_FIELDS} fields of them, are not decoded"))
    }

    fn is_full(&self) -> bool {
        self.messages.len() >= MOST_MESSAGES || self.fields >= MOST_FIELDS
    }
}
