//! From the messages of a trial to what a report says of them.

use crate::judge::messages::{Decoded, Field, Message, MessageDifference};
use crate::judge::picture::{COLUMNS, Cells, Row, Window};
use crate::printable;
use crate::report::{DifferenceReport, FieldReport, MessageReport, MessagesReport, Told};
use crate::trial::Trial;

/// Messages that a report has of one connection, and fields of one message.
const MOST: (usize, usize) = (200, 100);

/// Characters of a text or a value.
const CHARACTERS: usize = 1_000;

/// Octets that are shown before those that are marked.
const BEFORE: u64 = 6;

/// Rows of octets that are shown of one difference.
const ROWS: u64 = 3;

/// What there is to say of the messages of a trial. Of one that passed, no more than how many there are, and which digest.
pub(super) fn messages(trial: &Trial, told: &Told) -> Vec<MessagesReport> {
    let Some(observed) = &trial.observed else { return Vec::new() };
    let of_connections = observed.connections.iter().enumerate().filter_map(|(index, connection)| {
        let decoded = connection.decoded.as_ref()?;
        Some(report(Some(index + 1), decoded, &connection.head, told))
    });
    let printed = observed.printed.iter().map(|decoded| report(None, decoded, &trial.stdout, told));
    of_connections.chain(printed).collect()
}

fn report(connection: Option<usize>, decoded: &Decoded, head: &[u8], paths: &Told) -> MessagesReport {
    let held = &decoded.held;
    let is_told = !held.differences.is_empty();
    let ignored = |index: usize| held.ignored.get(index).copied().unwrap_or_default();
    let told = decoded.messages.iter().enumerate().take(if is_told { MOST.0 } else { 0 });
    MessagesReport {
        connection,
        decoder: decoded.decoder.clone(),
        version: paths.option(decoded.version.as_ref()),
        judges: decoded.judges,
        failed: paths.option(decoded.failed.as_ref()),
        count: decoded.messages.len(),
        messages: told.map(|(index, message)| of_message(message, ignored(index))).collect(),
        differences: held.differences.iter().map(|difference| of_difference(difference, head)).collect(),
        more: held.more,
        digest: held.digest.clone(),
        wrong: held.wrong.clone(),
    }
}

fn of_message(message: &Message, ignored: bool) -> MessageReport {
    MessageReport {
        at: message.at,
        octets: message.octets,
        text: beginning(&message.text),
        fields: message.fields.iter().take(MOST.1).map(of_field).collect(),
        undecoded: message.undecoded.clone(),
        ignored,
    }
}

fn of_field(field: &Field) -> FieldReport {
    FieldReport {
        name: beginning(&field.name),
        value: beginning(&field.value),
        place: field.place.map(|place| (place.at, place.octets)),
    }
}

fn of_difference(difference: &MessageDifference, head: &[u8]) -> DifferenceReport {
    let picture = difference.place.map(|place| marked(head, place.at, place.octets)).unwrap_or_default();
    DifferenceReport { message: difference.message.map(|index| index + 1), says: difference.says.clone(), picture }
}

/// Octets around some of them, which are marked; nothing where they are not at hand.
fn marked(head: &[u8], at: u64, octets: u64) -> Window {
    let begin = at.saturating_sub(BEFORE);
    let columns = COLUMNS as u64;
    let rows = (begin..(at + octets).min(head.len() as u64)).step_by(COLUMNS).take(ROWS as usize);
    let row = |offset: u64| {
        let end = (offset + columns).min(head.len() as u64);
        let shown = &head[offset as usize..end as usize];
        let marks: String = (offset..end).map(|octet| if (at..at + octets).contains(&octet) { "^^ " } else { "   " }).collect();
        let captured = Cells { offset, hex: printable::spaced_hex(shown), ascii: printable::ascii(shown) };
        Row::Octets { expected: Cells { offset, ..Cells::default() }, captured, marks: marks.trim_end().to_owned() }
    };
    Window { rows: rows.map(row).collect() }
}

fn beginning(text: &str) -> String {
    match text.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
