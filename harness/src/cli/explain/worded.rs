//! What is different in two sides in the words of their protocol: their messages, held against each other.

use schemars::JsonSchema;
use serde::Serialize;

use super::side::Side;
use crate::cli::decoding::Decoding;
use crate::judge::messages::{Held, Message, compare};
use crate::printable::{counted, line};
use crate::trial::dialogue::Dialogue;
use crate::trial::difference::LOOKED_AT;

/// What is different in the messages of a connection.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Worded {
    /// The connection (from 1).
    connection: usize,
    /// How many messages were expected.
    expected: usize,
    /// How many came.
    captured: usize,
    /// What is different, in the words of fields.
    differences: Vec<String>,
    /// How many differences more there are.
    more: usize,
    /// Whether something differs that `redact` hides.
    hidden: bool,
    /// Why there are no messages.
    failed: Option<String>,
}

impl Worded {
    /// Of each connection that both have and that differs.
    pub(super) fn all(expected: &Side, captured: &Side, decoding: &Decoding) -> Vec<Self> {
        let both = (1..).zip(expected.dialogues.iter().zip(&captured.dialogues));
        let differ = both.filter(|(_, (one, other))| one.octets(expected.direction) != other.octets(captured.direction));
        let of = |(connection, (one, other))| match Self::of([(expected, one), (captured, other)], decoding) {
            Ok(worded) => Self { connection, ..worded },
            Err(why) => Self { connection, failed: Some(why), ..Self::none() },
        };
        differ.map(of).collect()
    }

    fn none() -> Self {
        let differences = Vec::new();
        Self { connection: 1, expected: 0, captured: 0, differences, more: 0, hidden: false, failed: None }
    }

    fn of([expected, captured]: [(&Side, &Dialogue); 2], decoding: &Decoding) -> Result<Self, String> {
        let wanted = messages(expected, decoding).map_err(|why| format!("what was expected: {why}"))?;
        let came = messages(captured, decoding).map_err(|why| format!("what came: {why}"))?;
        let Held { differences, more, .. } = compare(&shown(expected, &wanted, decoding), &shown(captured, &came, decoding));
        let all = compare(&wanted, &came);
        Ok(Self {
            expected: wanted.len(),
            captured: came.len(),
            hidden: all.differences.len() + all.more > differences.len() + more,
            differences: differences.into_iter().map(|difference| difference.says).collect(),
            more,
            ..Self::none()
        })
    }

    /// In lines for people; `several` says that there is more than one connection.
    pub(super) fn lines(&self, several: bool) -> Vec<String> {
        let on = if several { format!("connection {}: ", self.connection) } else { String::new() };
        if let Some(why) = &self.failed {
            return vec![format!("{on}no messages: {}", line(why))];
        }
        let mut lines = vec![format!("{on}expected {}, {} came", counted(self.expected, "message"), self.captured)];
        lines.extend(self.differences.iter().map(|says| format!("  {}", line(says))));
        lines.extend((self.more > 0).then(|| format!("  and {} more", self.more)));
        lines.extend(self.hidden.then(|| "  what `redact` hides is not the same in both".into()));
        let is_same = self.differences.is_empty() && !self.hidden;
        lines.extend(is_same.then(|| "  the messages are the same; their octets differ".into()));
        lines
    }
}

/// The messages of one side.
fn messages((side, dialogue): (&Side, &Dialogue), decoding: &Decoding) -> Result<Vec<Message>, String> {
    let length = dialogue.octets(side.direction).len();
    if length > LOOKED_AT {
        return Err(format!("it has more than the {} MiB that are decoded", LOOKED_AT >> 20));
    }
    let found = decoding.messages(side.direction, dialogue, length as u64);
    found.map_err(|error| decoding.hiding(dialogue).text(&error.to_string()))
}

/// The same, without what is not to be shown.
fn shown((side, dialogue): (&Side, &Dialogue), messages: &[Message], decoding: &Decoding) -> Vec<Message> {
    let mut shown = messages.to_vec();
    decoding.hiding(dialogue).messages(&mut shown, dialogue.octets(side.direction));
    shown
}
