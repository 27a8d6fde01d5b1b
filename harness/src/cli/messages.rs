//! Messages as lines for people. Pure.

use crate::cli::hidden::Hidden;
use crate::judge::messages::{Direction, Field, Message, Span};
use crate::printable::{counted, line};

/// Characters of a text, or of a value, that are shown.
const SHOWN: usize = 1_000;

/// How a direction is drawn: `<` was received, `>` was answered.
pub(super) fn sign(direction: Direction) -> char {
    match direction {
        Direction::Received => '<',
        Direction::Sent => '>',
    }
}

/// A message: what it says, then a line for each field; of what no decoder explains, its octets. `octets` are those of its stream, as
/// far as they are at hand.
pub(super) fn lines((number, message): (usize, &Message), direction: Direction, octets: &[u8], hidden: &Hidden) -> Vec<String> {
    let what = match &message.undecoded {
        Some(why) => format!("undecoded: {}", line(why)),
        None => shown(&message.text),
    };
    let (sign, place) = (sign(direction), place(message.span()));
    let mut lines = vec![format!("{sign} message {number} {place}: {what}")];
    lines.extend(message.fields.iter().map(|field| format!("    {}", of_field(field))));
    if message.undecoded.is_some() {
        let end = message.at.saturating_add(message.octets).min(octets.len() as u64);
        let octets = octets.get(message.at as usize..end as usize).unwrap_or_default();
        lines.extend(hidden.rows(message.at, octets).map(|row| format!("    {row}")));
    }
    lines
}

fn of_field(field: &Field) -> String {
    let place = match field.place {
        Some(span) => format!("  ({})", place(span)),
        None if field.is_computed => "  (worked out)".into(),
        None => String::new(),
    };
    format!("{} = {}{place}", line(&field.name), value(&field.value))
}

fn place(Span { at, octets }: Span) -> String {
    format!("at {at}, {}", counted(usize::try_from(octets).unwrap_or(usize::MAX), "octet"))
}

/// A value as it is where it is plain, else in quotes.
fn value(value: &str) -> String {
    let is_plain = |character: char| !character.is_whitespace() && !character.is_control() && character != '"';
    let shown = shown(value);
    if !value.is_empty() && value.chars().all(is_plain) { shown } else { format!("\"{}\"", shown.replace('"', "\\\"")) }
}

/// The beginning of a text, on one line.
fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}... ({} characters in all)", line(&text[..end]), text.chars().count()),
        None => line(text),
    }
}
