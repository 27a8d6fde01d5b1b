//! What `samewire serve` shows of the events of a recording, as lines. Pure.
//!
//! Text is quoted, with escapes for all that is not printable; what is no text is shown as a hex dump. Text is UTF-8 whose control
//! characters are tab, CR and LF at most. A character that is split over two reads is held back until it is whole.

use std::collections::HashMap;

use clap::ValueEnum;
use samewire_recorder::Event;

use crate::printable::{self, ROW};

/// The most characters of text on one line.
const LINE: usize = 100;

/// How received octets are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum View {
    /// As text where it is UTF-8 without control characters other than tab, CR and LF, else as hex
    Auto,
    /// As text, with escapes for octets that are not text
    Text,
    /// As a hex dump
    Hex,
    /// Not at all
    None,
}

/// Turns events into lines, and remembers the characters that are not whole yet.
pub(super) struct Viewer {
    view: View,
    held: HashMap<u64, Held>,
}

/// The beginning of a character whose rest has not come.
struct Held {
    offset: u64,
    octets: Vec<u8>,
}

impl Viewer {
    pub(super) fn new(view: View) -> Self {
        Self { view, held: HashMap::new() }
    }

    /// The lines that show an event; empty where there is nothing to show.
    pub(super) fn lines(&mut self, event: &Event<'_>) -> String {
        match event {
            Event::Start { .. } | Event::Enough { .. } | Event::Stop { .. } => String::new(),
            Event::Open { connection, peer, address, .. } => {
                let to = address.as_ref().map(|address| format!(" to {}", printable::line(address))).unwrap_or_default();
                format!("#{connection} opened by {}{to}\n", printable::line(peer))
            }
            Event::Tls { connection, handshake, .. } => format!("#{connection} {}\n", printable::line(&handshake.to_string())),
            Event::Data { connection, offset, urgent, octets, .. } => {
                let urgent = urgent.map(|urgent| format!("#{connection} {urgent:08x}  this octet came as urgent\n"));
                self.received(*connection, *offset, octets) + &urgent.unwrap_or_default()
            }
            Event::Sent { connection, octets, .. } => {
                format!("#{connection} answered {}\n", printable::counted(octets.len(), "octet"))
            }
            Event::Fin { connection, .. } => self.rest(*connection),
            Event::Shut { connection, .. } => format!("#{connection} half-closed by the recorder\n"),
            Event::Close { connection, bytes, peer, by, .. } => {
                format!("{}#{connection} closed by {by} ({peer}) after {bytes} octets\n", self.rest(*connection))
            }
        }
    }

    fn received(&mut self, connection: u64, offset: u64, octets: &[u8]) -> String {
        match self.view {
            View::None => String::new(),
            View::Hex => hex(connection, offset, octets),
            View::Text | View::Auto => self.text(connection, offset, octets),
        }
    }

    fn text(&mut self, connection: u64, offset: u64, octets: &[u8]) -> String {
        let (offset, octets) = match self.held.remove(&connection) {
            Some(mut held) => {
                held.octets.extend_from_slice(octets);
                (held.offset, held.octets)
            }
            None => (offset, octets.to_vec()),
        };
        let whole = match std::str::from_utf8(&octets) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Ok(_) | Err(_) => octets.len(),
        };
        if whole < octets.len() {
            self.held.insert(connection, Held { offset: offset + whole as u64, octets: octets[whole..].to_vec() });
        }
        self.show(connection, offset, &octets[..whole])
    }

    fn show(&self, connection: u64, offset: u64, octets: &[u8]) -> String {
        match std::str::from_utf8(octets) {
            Ok(text) if self.view == View::Text || is_plain(text) => quoted(connection, offset, text),
            Ok(_) => hex(connection, offset, octets),
            Err(_) if self.view == View::Text => quoted_bytes(connection, offset, octets),
            Err(_) => hex(connection, offset, octets),
        }
    }

    /// What is held back of a connection that is over: no character after all.
    fn rest(&mut self, connection: u64) -> String {
        self.held.remove(&connection).map(|held| self.show(connection, held.offset, &held.octets)).unwrap_or_default()
    }
}

/// Whether these are characters that people read, and not octets that happen to be UTF-8.
fn is_plain(text: &str) -> bool {
    !text.contains(|character: char| character.is_control() && !matches!(character, '\t' | '\r' | '\n'))
}

fn hex(connection: u64, offset: u64, octets: &[u8]) -> String {
    let rows = octets.chunks(ROW).zip((offset..).step_by(ROW));
    rows.map(|(octets, offset)| format!("#{connection} {}\n", printable::row(offset, octets))).collect()
}

/// One line of output for each line of text.
fn quoted(connection: u64, offset: u64, text: &str) -> String {
    let mut lines = String::new();
    let mut offset = offset;
    for piece in text.split_inclusive('\n').flat_map(pieces) {
        lines += &format!("#{connection} {offset:08x}  \"{}\"\n", escaped(piece));
        offset += piece.len() as u64;
    }
    lines
}

/// Text of at most [`LINE`] characters at a time.
fn pieces(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let end = text.char_indices().nth(LINE).map_or(text.len(), |(end, _)| end);
        let (piece, rest) = text.split_at(end);
        text = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

fn escaped(text: &str) -> String {
    printable::line(&text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Text with `\x..` for the octets that are none.
fn quoted_bytes(connection: u64, offset: u64, octets: &[u8]) -> String {
    let mut text = String::new();
    for chunk in octets.utf8_chunks() {
        text += &escaped(chunk.valid());
        text.extend(chunk.invalid().iter().map(|octet| format!("\\x{octet:02x}")));
    }
    format!("#{connection} {offset:08x}  \"{text}\"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(view: View, reads: &[&[u8]]) -> String {
        let mut viewer = Viewer::new(view);
        let mut offset = 0;
        let mut text = String::new();
        for read in reads {
            text += &viewer.lines(&Event::Data { connection: 1, at_us: 0, offset, urgent: None, octets: (*read).into() });
            offset += read.len() as u64;
        }
        text + &viewer.lines(&Event::Fin { connection: 1, at_us: 0 })
    }

    #[test]
    fn a_character_split_over_two_reads_is_shown_whole() {
        assert_eq!(shown(View::Auto, &[b"a\xe2\x82", b"\xac!"]), "#1 00000000  \"a\"\n#1 00000001  \"€!\"\n");
        assert_eq!(shown(View::Auto, &[b"\xf0", b"\x9f", b"\x98", b"\x80"]), "#1 00000000  \"😀\"\n");
    }

    #[test]
    fn what_is_no_text_is_shown_as_hex() {
        assert!(shown(View::Auto, &[b"\x0c\xff"]).starts_with("#1 00000000  0c ff "));
        for octets in [&b"\x0c\x22"[..], b"\0", b"a\x1b[2J", b"\x7f", b"\xc2\x9b"] {
            let dump = format!("#1 {}\n", printable::row(0, octets));
            assert_eq!(shown(View::Auto, &[octets]), dump, "controls are octets, though UTF-8 has them");
        }
        assert_eq!(shown(View::Auto, &[b"a\tb\r\n"]), "#1 00000000  \"a\\tb\\r\\n\"\n");
        assert!(shown(View::Auto, &[b"a\xc3"]).ends_with("|.|\n"), "the half of a character at the end is not lost");
        assert_eq!(shown(View::Text, &[b"a\xff\"b"]), "#1 00000000  \"a\\xff\\\"b\"\n");
    }

    #[test]
    fn nothing_received_steers_the_terminal() {
        assert_eq!(shown(View::Text, &[b"\x1b[2J\r\n"]), "#1 00000000  \"\\u{1b}[2J\\r\\n\"\n");
        assert!(!shown(View::Auto, &["\u{202e}".as_bytes()]).contains('\u{202e}'));
        assert!(!shown(View::Hex, &[b"\x1b[2J"]).contains('\u{1b}'));
    }

    #[test]
    fn each_line_of_text_has_its_offset() {
        assert_eq!(shown(View::Text, &[b"ab\ncd"]), "#1 00000000  \"ab\\n\"\n#1 00000003  \"cd\"\n");
        assert_eq!(shown(View::Text, &[&[b'x'; LINE + 1]]).lines().count(), 2);
    }
}
