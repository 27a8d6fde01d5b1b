//! HTTP's chunked coding around the right octets, and the boundaries of multipart that each program makes up.

use memchr::memmem;

use super::super::rule::Held;
use super::MOST_OCTETS;

/// A message of HTTP: its lines but for those that tell how long it is, and its body.
struct Message<'a> {
    fields: Vec<&'a [u8]>,
    body: &'a [u8],
    is_chunked: bool,
}

/// A body that was cut into chunks.
struct Chunks {
    body: Vec<u8>,
    is_ended: bool,
}

/// Chunked or not, or in other chunks.
pub(super) fn forms(expected: &[u8], captured: &[u8]) -> Vec<Held> {
    if expected.len().max(captured.len()) > MOST_OCTETS {
        return Vec::new();
    }
    let name = match (message(expected), message(captured)) {
        (Some(one), Some(other)) if one.fields == other.fields => {
            of_bodies(one.body, one.is_chunked, other.body, other.is_chunked)
        }
        (None, None) => of_bodies(expected, chunks(expected).is_some(), captured, chunks(captured).is_some()),
        _ => None,
    };
    Held::together(name)
}

/// A body in chunks or not, and what it is on both sides.
pub(super) fn meaning(expected: &[u8], captured: &[u8]) -> Option<(Vec<Held>, Vec<u8>, Vec<u8>)> {
    let (one, other) = (message(expected)?, message(captured)?);
    let name = match (one.is_chunked, other.is_chunked) {
        (false, true) => "chunked",
        (true, false) => "not-chunked",
        _ => return None,
    };
    let plain = |message: &Message<'_>| match message.is_chunked {
        true => chunks(message.body).map(|chunks| chunks.body),
        false => Some(message.body.to_vec()),
    };
    let are_of_one = one.fields == other.fields && expected.len().max(captured.len()) <= MOST_OCTETS;
    are_of_one.then_some((Held::together([name]), plain(&one)?, plain(&other)?))
}

fn of_bodies(expected: &[u8], was_chunked: bool, captured: &[u8], is_chunked: bool) -> Option<&'static str> {
    let read =
        |body: &[u8], is_chunked| if is_chunked { chunks(body) } else { Some(Chunks { body: body.to_vec(), is_ended: true }) };
    let (one, other) = (read(expected, was_chunked)?, read(captured, is_chunked)?);
    if one.body != other.body || one.body.is_empty() {
        return None;
    }
    match (was_chunked, is_chunked) {
        (false, true) => Some("chunked"),
        (true, false) => Some("not-chunked"),
        (true, true) if one.is_ended && !other.is_ended => Some("last-chunk-missing"),
        (true, true) if expected != captured => Some("chunks-otherwise"),
        _ => None,
    }
}

fn message(octets: &[u8]) -> Option<Message<'_>> {
    let end = memmem::find(octets, b"\r\n\r\n")?;
    let lines = octets[..end].split(|octet| *octet == b'\n');
    let is = |line: &[u8], name: &[u8]| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    let is_coding = |line: &&[u8]| is(line, b"transfer-encoding:");
    let is_about_length = |line: &&[u8]| is_coding(line) || is(line, b"content-length:");
    let fields = lines.clone().filter(|line| !is_about_length(line)).map(<[u8]>::trim_ascii_end).collect();
    let is_chunked = lines.clone().any(|line| is_coding(&line));
    lines.clone().any(|line| is_about_length(&line)).then_some(Message { fields, body: &octets[end + 4..], is_chunked })
}

fn chunks(octets: &[u8]) -> Option<Chunks> {
    let mut body = Vec::new();
    let mut rest = octets;
    while !rest.is_empty() {
        let end = memmem::find(rest, b"\r\n")?;
        let line = std::str::from_utf8(&rest[..end]).ok()?;
        let size = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        rest = &rest[end + 2..];
        if size == 0 {
            return Some(Chunks { body, is_ended: rest.ends_with(b"\r\n") });
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size..)?.strip_prefix(b"\r\n")?;
    }
    (!body.is_empty()).then_some(Chunks { body, is_ended: false })
}

/// Multipart whose parts are right, between other boundaries.
pub(super) fn boundaries(expected: &[u8], captured: &[u8]) -> Vec<Held> {
    if expected.len().max(captured.len()) > MOST_OCTETS {
        return Vec::new();
    }
    let differ = boundary(expected)
        .zip(boundary(captured))
        .is_some_and(|(one, other)| one != other && replaced(expected, one, other) == captured);
    if differ { Held::together(["boundary-differs"]) } else { Vec::new() }
}

/// The boundary that is told, or with which a part begins.
fn boundary(octets: &[u8]) -> Option<&[u8]> {
    let is_end = |octet: &u8| octet.is_ascii_whitespace() || b"\";,".contains(octet);
    let start = match memmem::find(octets, b"boundary=") {
        Some(at) => at + 9,
        None if octets.starts_with(b"--") => 2,
        None => return None,
    };
    let rest = octets.get(start..)?;
    let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
    let boundary = &rest[..rest.iter().position(is_end)?];
    (boundary.len() > 3).then_some(boundary)
}

fn replaced(octets: &[u8], one: &[u8], other: &[u8]) -> Vec<u8> {
    super::lists::split(octets, one).join(other)
}
