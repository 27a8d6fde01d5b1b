//! The lines of a stream.

use memchr::{memchr, memmem};

use super::payload::{fields_of, text_of};
use super::{Collected, Field, Message};
use crate::hex;
use crate::suite::decoder::Lines;

/// A line, and what ended it.
struct Line<'a> {
    text: &'a [u8],
    end: String,
    end_octets: usize,
}

pub(super) fn decode(lines: &Lines, octets: &[u8]) -> Vec<Message> {
    let mut collected = Collected::new(octets);
    while let Some(rest) = collected.rest() {
        let line = match &lines.end {
            Some(end) => line_to(rest, end),
            None => line_to_any(rest),
        };
        let whole = line.text.len() + line.end_octets;
        let Some(syntax) = lines.fields else {
            let end = Field::new("end", line.end).at(collected.at() + line.text.len() as u64, line.end_octets);
            collected.push(whole, text_of(line.text), vec![end]);
            continue;
        };
        match fields_of(syntax, line.text, collected.at()) {
            Ok(mut fields) => {
                // Who reads lines reads none that has no end.
                fields.extend((line.end_octets == 0).then(|| Field::new("end", line.end)));
                collected.push(whole, text_of(line.text), fields);
            }
            Err(why) => collected.push_undecoded(whole, why),
        }
    }
    collected.finish()
}

fn line_to<'a>(rest: &'a [u8], end: &[u8]) -> Line<'a> {
    match memmem::find(rest, end) {
        Some(at) => Line { text: &rest[..at], end: name_of(end), end_octets: end.len() },
        None => unended(rest),
    }
}

fn line_to_any(rest: &[u8]) -> Line<'_> {
    match memchr(b'\n', rest) {
        Some(at) if at > 0 && rest[at - 1] == b'\r' => Line { text: &rest[..at - 1], end: "crlf".into(), end_octets: 2 },
        Some(at) => Line { text: &rest[..at], end: "lf".into(), end_octets: 1 },
        None => unended(rest),
    }
}

fn unended(rest: &[u8]) -> Line<'_> {
    Line { text: rest, end: "none".into(), end_octets: 0 }
}

fn name_of(end: &[u8]) -> String {
    match end {
        b"\n" => "lf".into(),
        b"\r\n" => "crlf".into(),
        octets => hex::encode(octets),
    }
}
