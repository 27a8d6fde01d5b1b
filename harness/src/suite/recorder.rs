//! The TOML of `[case.recorder]`: what the recorder answers, and how it goes wrong on purpose.

use std::ops::Range;
use std::time::Duration;

use samewire_recorder::{Answers, Cut, Faults, Limits, Reply, Settings, SlowRead, Trigger};
use serde::Deserialize;
use toml::Spanned;

use crate::hex;
use crate::source::{FileError, Source};

/// Connections at once in a trial; a plan makes one after the other.
const CONNECTIONS_AT_ONCE: usize = 1024;

/// What a trial takes beyond what its case expects, in octets: enough to show what is wrong, and no more of a client that never stops.
const SLACK: u64 = 64 << 20;

/// The most octets of one reply.
const MAX_REPLY: usize = 64 << 20;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RecorderTable {
    replies: Vec<Spanned<ReplyTable>>,
    pub(super) echo: bool,
    upstream: Option<String>,
    pub(super) refuse: bool,
    accept_delay_ms: u64,
    read_delay_ms: u64,
    read_bytes: Option<usize>,
    read_every_ms: Option<u64>,
    receive_buffer: Option<usize>,
    close_after_bytes: Option<u64>,
    reset_after_bytes: Option<u64>,
    half_close_after_bytes: Option<u64>,
    close_delay_ms: u64,
    idle_timeout_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplyTable {
    after_bytes: Option<u64>,
    after_text: Option<String>,
    after_hex: Option<String>,
    at: Option<At>,
    hex: Option<String>,
    text: Option<String>,
    repeat: Option<usize>,
    #[serde(default)]
    pieces: Vec<usize>,
    #[serde(default)]
    pause_ms: u64,
    #[serde(default)]
    delay_ms: u64,
    connection: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum At {
    Connect,
    Fin,
}

/// The settings of a case's recorder; `expected` is how many octets the case expects in all.
pub(super) fn settings(source: Source<'_>, table: &Spanned<RecorderTable>, expected: u64) -> Result<Settings, FileError> {
    let (span, table) = (table.span(), table.get_ref());
    Ok(Settings {
        answers: answers(source, &span, table)?,
        faults: faults(table).map_err(|problem| source.error_at(&span, problem))?,
        limits: Limits {
            connections_at_once: Some(CONNECTIONS_AT_ONCE),
            bytes_per_connection: None,
            bytes_in_all: Some(expected + SLACK),
            idle: table.idle_timeout_ms.map(Duration::from_millis),
        },
        connections: None,
    })
}

fn answers(source: Source<'_>, span: &Range<usize>, table: &RecorderTable) -> Result<Answers, FileError> {
    match (&table.upstream, table.echo, table.replies.as_slice()) {
        (None, false, replies) => {
            let replies: Result<_, _> = replies.iter().map(|table| reply(source, table)).collect();
            replies.map(Answers::Replies)
        }
        (None, true, []) => Ok(Answers::Echo),
        (Some(address), false, []) => Ok(Answers::Upstream(address.clone())),
        _ => Err(source.error_at(span, "a recorder has one of: replies, echo, upstream")),
    }
}

fn faults(table: &RecorderTable) -> Result<Faults, &'static str> {
    let cut = match (table.close_after_bytes, table.reset_after_bytes) {
        (None, None) => None,
        (Some(after), None) => Some(Cut::Close(after)),
        (None, Some(after)) => Some(Cut::Reset(after)),
        (Some(_), Some(_)) => return Err("a recorder has one of: close_after_bytes, reset_after_bytes"),
    };
    let slow_read = match (table.read_bytes, table.read_every_ms) {
        (None, None) => None,
        (Some(bytes @ 1..), Some(every)) => Some(SlowRead { bytes, every: Duration::from_millis(every) }),
        _ => return Err("slow reading has both: read_bytes, from 1, and read_every_ms"),
    };
    Ok(Faults {
        refuse: table.refuse,
        accept_delay: Duration::from_millis(table.accept_delay_ms),
        read_delay: Duration::from_millis(table.read_delay_ms),
        slow_read,
        receive_buffer: table.receive_buffer,
        cut,
        half_close_after: table.half_close_after_bytes,
        close_delay: Duration::from_millis(table.close_delay_ms),
    })
}

fn reply(source: Source<'_>, table: &Spanned<ReplyTable>) -> Result<Reply, FileError> {
    let (span, table) = (table.span(), table.get_ref());
    let error = |problem| source.error_at(&span, problem);
    let octets = octets(table).map_err(error)?;
    Ok(Reply {
        when: trigger(table).map_err(error)?,
        delay: Duration::from_millis(table.delay_ms),
        connection: table.connection,
        pieces: cut_up(&octets, &table.pieces).ok_or_else(|| error("pieces are the lengths of the first pieces, from 1"))?,
        pause: Duration::from_millis(table.pause_ms),
    })
}

fn trigger(table: &ReplyTable) -> Result<Trigger, &'static str> {
    match (table.after_bytes, &table.after_text, &table.after_hex, &table.at) {
        (Some(count), None, None, None) => Ok(Trigger::Octets(count)),
        (None, Some(text), None, None) => Ok(Trigger::Pattern(text.clone().into_bytes())),
        (None, None, Some(digits), None) => hex::decode(digits).map(Trigger::Pattern).ok_or(HEX),
        (None, None, None, Some(At::Connect)) => Ok(Trigger::Connect),
        (None, None, None, Some(At::Fin)) => Ok(Trigger::Fin),
        _ => Err(
            "a reply has one of: after_bytes = COUNT, after_text = \"..\", after_hex = \"..\", at = \"connect\", at = \"fin\"",
        ),
    }
}

/// What is wrong with hex.
const HEX: &str = "hex is pairs of lower-case hex digits";

fn octets(table: &ReplyTable) -> Result<Vec<u8>, &'static str> {
    let once = match (&table.hex, &table.text) {
        (Some(digits), None) => hex::decode(digits).ok_or(HEX)?,
        (None, Some(text)) => text.clone().into_bytes(),
        _ => return Err("a reply has one of: hex, text"),
    };
    match once.len().checked_mul(table.repeat.unwrap_or(1)) {
        Some(..=MAX_REPLY) => Ok(once.repeat(table.repeat.unwrap_or(1))),
        _ => Err("a reply has 64 MiB at the most"),
    }
}

/// Pieces of these lengths, and the rest.
fn cut_up(octets: &[u8], lengths: &[usize]) -> Option<Vec<Vec<u8>>> {
    let mut pieces = Vec::new();
    let mut rest = octets;
    for length in lengths {
        let (piece, more) = rest.split_at_checked(*length).filter(|(piece, _)| !piece.is_empty())?;
        pieces.push(piece.to_vec());
        rest = more;
    }
    pieces.push(rest.to_vec());
    Some(pieces)
}
