//! The TOML of `[case.recorder]`: what the recorder answers, and how it goes wrong on purpose.

use std::time::Duration;

use samewire_recorder::{
    AddressError, Answers, Cut, Expression, Faults, Limits, Reply, Settings, SlowRead, Template, Trigger, comes_too_late, refused,
};
use serde::Deserialize;
use toml::Spanned;

use crate::hex;
use crate::printable::counted;
use crate::source::{FileError, Source};
use crate::suite::address::{Addressing, Family, Listen};
use crate::suite::tls::{self, CaseTls, TlsSwitch};

/// Connections at once in a trial; a plan makes one after the other.
const CONNECTIONS_AT_ONCE: usize = 1024;

/// What a trial takes beyond what its case expects, in octets: enough to show what is wrong, and no more of a client that never stops.
const SLACK: u64 = 64 << 20;

/// The most octets of one reply.
const MAX_REPLY: usize = 64 << 20;

/// The most places of one reply for what the request held.
const MAX_PLACES: usize = 256;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RecorderTable {
    replies: Vec<Spanned<ReplyTable>>,
    pub(super) echo: bool,
    upstream: Option<Spanned<String>>,
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
    tls: Option<Spanned<TlsSwitch>>,
    upstream_tls: Option<Spanned<bool>>,
    upstream_ca: Option<Spanned<String>>,
    listen: Option<Spanned<Listen>>,
    address: Option<Family>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplyTable {
    after_bytes: Option<u64>,
    after_text: Option<String>,
    after_hex: Option<String>,
    after_matches: Option<String>,
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
    #[serde(default)]
    each_time: bool,
    #[serde(default)]
    optional: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum At {
    Connect,
    Fin,
}

/// The settings of a case's recorder, behind which there may be a `server`; `expected` is how many octets the case expects in all.
pub(super) fn settings(
    source: Source<'_>,
    table: &Spanned<RecorderTable>,
    server: Option<&Spanned<String>>,
    expected: u64,
) -> Result<Settings, FileError> {
    let (span, table) = (table.span(), table.get_ref());
    if let Some((server, problem)) = server.and_then(|server| Some((server, refusal_beside_server(table)?))) {
        return Err(source.error_at(&server.span(), problem));
    }
    if let Some(problem) = refusal(table) {
        return Err(source.error_at(&span, problem));
    }
    Ok(Settings {
        answers: answers(source, table)?,
        faults: faults(table).map_err(|problem| source.error_at(&span, problem))?,
        limits: Limits {
            connections_at_once: Some(CONNECTIONS_AT_ONCE),
            bytes_per_connection: None,
            bytes_in_all: Some(expected.saturating_add(SLACK)),
            idle: table.idle_timeout_ms.map(Duration::from_millis),
        },
        ..Settings::default()
    })
}

/// TLS on both sides of a case's recorder, behind which there may be a server.
pub(super) fn tls(source: Source<'_>, table: &Spanned<RecorderTable>, has_server: bool) -> Result<CaseTls, FileError> {
    let RecorderTable { tls, upstream_tls, upstream_ca, upstream, .. } = table.get_ref();
    let (tls, upstream_tls, upstream_ca) = (tls.as_ref(), upstream_tls.as_ref(), upstream_ca.as_ref());
    tls::of(source, tls::Keys { tls, upstream_tls, upstream_ca, has_upstream: has_server || upstream.is_some() })
}

/// Where a case's recorder is reached.
pub(super) fn addressing(source: Source<'_>, table: &Spanned<RecorderTable>) -> Result<Addressing, FileError> {
    let table = table.get_ref();
    match &table.listen {
        Some(listen) if table.address.is_some() => {
            Err(source.error_at(&listen.span(), "`listen` names the address; remove `address`"))
        }
        Some(listen) => Ok(Addressing { listen: Listen::addresses(source, listen)?, family: None }),
        None => Ok(Addressing { listen: Vec::new(), family: table.address }),
    }
}

fn answers(source: Source<'_>, table: &RecorderTable) -> Result<Answers, FileError> {
    if let Some(upstream) = &table.upstream {
        let address = upstream.get_ref().parse().map_err(|error: AddressError| source.error_at(&upstream.span(), error))?;
        return Ok(Answers::Upstream(address));
    }
    if table.echo {
        return Ok(Answers::Echo);
    }
    let replies: Result<_, _> = table.replies.iter().map(|table| reply(source, table)).collect();
    replies.map(Answers::Replies)
}

/// What cannot go together, by the names of the fields.
fn refusal(table: &RecorderTable) -> Option<String> {
    let cut_after = table.close_after_bytes.or(table.reset_after_bytes);
    refused(&given(table)).map(|refused| refused.to_string()).or_else(|| comes_too_late(table.half_close_after_bytes, cut_after))
}

/// What cannot go together with a server: what cannot with an upstream, which it is to the recorder, and another upstream.
fn refusal_beside_server(table: &RecorderTable) -> Option<String> {
    let mut given = given(table);
    if given.contains(&"upstream") {
        return Some("`server` and `upstream` cannot go together: there can be one kind of answer only".into());
    }
    given.push("upstream");
    let named = |name: &str| if name == "upstream" { "`server`".to_owned() } else { format!("`{name}`") };
    refused(&given).filter(|refused| refused.pair.contains(&"upstream")).map(|refused| refused.said(named))
}

/// The names of the fields that are given.
fn given(table: &RecorderTable) -> Vec<&'static str> {
    let given = [
        ("replies", !table.replies.is_empty()),
        ("echo", table.echo),
        ("upstream", table.upstream.is_some()),
        ("refuse", table.refuse),
        ("accept_delay_ms", table.accept_delay_ms > 0),
        ("read_delay_ms", table.read_delay_ms > 0),
        ("read_bytes", table.read_bytes.is_some()),
        ("receive_buffer", table.receive_buffer.is_some()),
        ("close_after_bytes", table.close_after_bytes.is_some()),
        ("reset_after_bytes", table.reset_after_bytes.is_some()),
        ("half_close_after_bytes", table.half_close_after_bytes.is_some()),
        ("close_delay_ms", table.close_delay_ms > 0),
        ("idle_timeout_ms", table.idle_timeout_ms.is_some()),
        ("tls", table.tls.as_ref().is_some_and(|tls| tls.get_ref().is_on())),
    ];
    given.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name).collect()
}

fn faults(table: &RecorderTable) -> Result<Faults, &'static str> {
    let cut = table.close_after_bytes.map(Cut::Close).or(table.reset_after_bytes.map(Cut::Reset));
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
    let error = |problem: &str| source.error_at(&span, problem);
    let octets = octets(table).map_err(error)?;
    let when = trigger(table).map_err(|problem| error(&problem))?;
    let pieces = cut_up(&octets, &table.pieces).ok_or_else(|| error("pieces are the lengths of the first pieces, from 1"))?;
    let reply = Reply {
        pieces: templates(&when, pieces),
        when,
        delay: Duration::from_millis(table.delay_ms),
        connection: table.connection,
        pause: Duration::from_millis(table.pause_ms),
        each_time: table.each_time,
        optional: table.optional,
    };
    match problem(&reply, !table.pieces.is_empty()) {
        Some(problem) => Err(error(&problem)),
        None => Ok(reply),
    }
}

/// The pieces of a reply; they have places where it waits for an expression.
pub(crate) fn templates(when: &Trigger, pieces: Vec<Vec<u8>>) -> Vec<Template> {
    let of = |octets: Vec<u8>| match when {
        Trigger::Matches(_) => Template::with_places(&octets),
        _ => octets.into(),
    };
    pieces.into_iter().map(of).collect()
}

/// What a reply may not be, if it is that; `is_cut` is whether its pieces are told by their lengths.
pub(crate) fn problem(reply: &Reply, is_cut: bool) -> Option<String> {
    if reply.each_time && !reply.when.recurs() {
        return Some(format!("a reply with `each_time` must wait for octets; {} happens once", reply.when));
    }
    let Trigger::Matches(expression) = &reply.when else { return None };
    let places: usize = reply.pieces.iter().map(Template::places).sum();
    let greatest = reply.pieces.iter().filter_map(Template::greatest_group).max()?;
    match () {
        () if greatest > expression.groups() => {
            let groups = counted(expression.groups(), "group");
            Some(format!("the reply has a place {{{greatest}}}, but {expression} has {groups}; a brace itself is `{{{{}}`"))
        }
        () if places > MAX_PLACES => Some(format!("a reply has at most {MAX_PLACES} places like {{1}}")),
        () if is_cut => Some("how long the pieces of a reply with places are depends on the request; remove `pieces`".into()),
        () => None,
    }
}

fn trigger(table: &ReplyTable) -> Result<Trigger, String> {
    match (table.after_bytes, &table.after_text, &table.after_hex, &table.after_matches, &table.at) {
        (Some(count), None, None, None, None) => Ok(Trigger::Octets(count)),
        (None, Some(text), None, None, None) => Ok(Trigger::Pattern(text.clone().into_bytes())),
        (None, None, Some(digits), None, None) => hex::decode(digits).map(Trigger::Pattern).ok_or_else(|| HEX.to_owned()),
        (None, None, None, Some(source), None) => {
            Expression::new(source).map(Trigger::Matches).map_err(|error| error.to_string())
        }
        (None, None, None, None, Some(At::Connect)) => Ok(Trigger::Connect),
        (None, None, None, None, Some(At::Fin)) => Ok(Trigger::Fin),
        _ => Err("a reply has one of: after_bytes = COUNT, after_text = \"..\", after_hex = \"..\", after_matches = \"..\", \
                  at = \"connect\", at = \"fin\""
            .into()),
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
        _ => Err("a reply has at most 64 MiB"),
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
