//! A capture as messages, connection by connection: as text, or as JSON Lines.

use std::path::Path;

use samewire_recorder::Event;
use serde::Serialize;

use super::dump;
use crate::cli::conversation::{Conversation, Told};
use crate::cli::decoding::Decoding;
use crate::cli::indexed::Indexed;
use crate::cli::terminal::{STRONG, is_read, note, print, print_raw, styled};
use crate::cli::{CommandError, Status};
use crate::judge::messages::{Direction, Message};
use crate::printable::line;

/// A connection, as far as it fits into memory.
#[derive(Default)]
struct Connection {
    number: u64,
    said: Conversation,
    /// What else happened, as lines, each with the number of reads before it.
    happened: Vec<(usize, String)>,
}

/// One line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    connection: u64,
    /// `received` from the client, or `sent` to it.
    direction: &'static str,
    /// Counts from 1 in each direction; none of one that could not be decoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<usize>,
    /// When its last octet came, in microseconds since the recording began.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_us: Option<u64>,
    at: u64,
    octets: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Field<'a>>,
    /// Why no decoder explains these octets.
    #[serde(skip_serializing_if = "Option::is_none")]
    undecoded: Option<&'a str>,
    /// These octets, as far as they are at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
}

#[derive(Serialize)]
struct Field<'a> {
    name: &'a str,
    value: &'a str,
    /// The offset of its octets in the stream, and how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<(u64, u64)>,
    /// No octets say it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    computed: bool,
}

pub(super) fn show(path: &Path, decoding: &Decoding, is_json: bool) -> Result<Status, CommandError> {
    let mut capture = Indexed::open(path)?;
    if !is_json {
        print(&format!("{}{}", capture.heading, decoding.heading()))?;
    }
    let mut status = Status::Good;
    for number in capture.connections() {
        if !is_read() {
            break;
        }
        let connection = Connection::read(&mut capture, number, decoding)?;
        let told = [Direction::Received, Direction::Sent].map(|direction| Told::of(&connection.said, direction, decoding));
        for Told { direction, messages, .. } in &told {
            let Err(why) = messages else { continue };
            note(&format!("samewire: connection {number}, {}: {}\n", direction.name(), line(why)));
            // Answers are decoded for who looks: whoever made the decoder may have had requests in mind.
            status = status.max(if *direction == Direction::Received { Status::Unusable } else { Status::Good });
        }
        match is_json {
            true => print_raw(&connection.json(&told)?)?,
            false => print(&connection.text(&told))?,
        }
    }
    Ok(status.max(capture.ending.conclude(path, "shown")))
}

impl Connection {
    fn read(capture: &mut Indexed, number: u64, decoding: &Decoding) -> Result<Self, CommandError> {
        let mut connection = Self { number, ..Self::default() };
        capture.events(number, |event| {
            connection.event(event, decoding);
            Ok(true)
        })?;
        Ok(connection)
    }

    fn event(&mut self, event: &Event<'_>, decoding: &Decoding) {
        self.said.event(event);
        self.happened.push((self.said.reads.len(), dump::happened(event, decoding.redaction())));
    }

    fn text(&self, told: &[Told]) -> String {
        let mut text = format!("\n{}", styled(STRONG, &format!("connection {}", self.number)));
        let mut messages = self.said.in_order(told).into_iter().peekable();
        let mut happened = self.happened.iter().peekable();
        for (index, read) in self.said.reads.iter().enumerate() {
            while let Some((_, line)) = happened.next_if(|(before, _)| *before <= index) {
                text += line;
            }
            while let Some((_, one, number, message)) = messages.next_if(|(at, ..)| *at <= index) {
                text += &dump::timed(read.at_us, one.lines(number, message, &self.said));
            }
            text += &told.iter().map(|one| dump::timed(read.at_us, one.unread(read, &self.said))).collect::<String>();
        }
        text.extend(happened.map(|(_, line)| line.as_str()));
        text
    }

    fn json(&self, told: &[Told]) -> Result<String, CommandError> {
        let mut lines = String::new();
        for (read, one, number, message) in self.said.in_order(told) {
            let at_us = self.said.reads.get(read).map(|read| read.at_us);
            lines += &(serde_json::to_string(&self.line(one, message, number, at_us))? + "\n");
        }
        for one in told {
            if let Err(why) = &one.messages {
                let octets = self.said.length(one.direction);
                let failed = Message { octets, undecoded: Some(why.clone()), ..Message::default() };
                let line = Line { message: None, text: None, ..self.line(one, &failed, 0, None) };
                lines += &(serde_json::to_string(&line)? + "\n");
            }
        }
        Ok(lines)
    }

    fn line<'a>(&self, told: &Told, message: &'a Message, number: usize, at_us: Option<u64>) -> Line<'a> {
        let fields = message.fields.iter().map(|field| Field {
            name: &field.name,
            value: &field.value,
            place: field.place.map(|place| (place.at, place.octets)),
            computed: field.is_computed,
        });
        let is_explained = message.undecoded.is_none();
        Line {
            connection: self.number,
            direction: told.direction.name(),
            message: Some(number),
            at_us,
            at: message.at,
            octets: message.octets,
            text: is_explained.then_some(message.text.as_str()),
            fields: fields.collect(),
            undecoded: message.undecoded.as_deref(),
            hex: (!is_explained).then(|| told.hidden.hex(message.span(), self.said.dialogue.octets(told.direction))),
        }
    }
}
