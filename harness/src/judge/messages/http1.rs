//! The requests and answers of HTTP/1.

use httparse::{Header, Request, Response, Status};

use super::payload::text_of;
use super::{Collected, Field, Message};

/// The most headers of one message.
const MOST_HEADERS: usize = 512;

/// Where the body of a message ends.
enum Framing {
    /// It has none.
    None,
    /// Behind so many octets.
    Length(u64),
    /// Behind a chunk without octets.
    Chunked,
    /// With the stream.
    ToTheEnd,
}

/// A body: its octets, where they stand where they are in one piece, and how many octets of the stream it takes.
struct Body {
    octets: Vec<u8>,
    in_one_piece: bool,
    taken: usize,
    trailers: Vec<Field>,
}

/// The head of a message.
struct Head {
    octets: usize,
    line: String,
    fields: Vec<Field>,
    framing: Framing,
    /// Whether what comes behind it is no HTTP any more.
    is_last: bool,
}

/// The messages that a client sent.
pub(super) fn requests(octets: &[u8]) -> Vec<Message> {
    all(octets, |rest, at, _| request(rest, at))
}

/// The messages that a server sent. `questions` are what it was asked.
pub(super) fn answers(octets: &[u8], questions: &[Message]) -> Vec<Message> {
    let methods: Vec<&str> = questions.iter().filter_map(|message| value(&message.fields, "method")).collect();
    let mut answered = 0;
    all(octets, |rest, at, _| {
        let head = answer(rest, at, methods.get(answered).copied())?;
        let is_interim = value(&head.fields, "status").is_some_and(|status| status.starts_with('1'));
        answered += usize::from(!is_interim);
        Ok(head)
    })
}

fn all(octets: &[u8], mut head: impl FnMut(&[u8], u64, usize) -> Result<Head, String>) -> Vec<Message> {
    let mut collected = Collected::new(octets);
    let mut count = 0;
    while let Some(rest) = collected.rest() {
        let head = match head(rest, collected.at(), count) {
            Ok(head) => head,
            Err(why) => return collected.stopped(why),
        };
        let behind = collected.at() + head.octets as u64;
        let body = match body(&head.framing, &rest[head.octets..]) {
            Ok(body) => body,
            Err(why) => return collected.stopped(why),
        };
        let mut fields = head.fields;
        fields.extend(body.trailers);
        if !matches!(head.framing, Framing::None) {
            let field = Field::new("body", text_of(&body.octets));
            fields.push(if body.in_one_piece { field.at(behind, body.octets.len()) } else { field });
        }
        collected.push(head.octets + body.taken, head.line, fields);
        if head.is_last {
            return collected.stopped("another protocol follows");
        }
        count += 1;
    }
    collected.finish()
}

fn request(rest: &[u8], at: u64) -> Result<Head, String> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = Request::new(&mut headers);
    let octets = parsed(request.parse(rest), "request")?;
    let place = Place { rest, at };
    let mut fields = vec![place.field("method", request.method.unwrap_or_default().as_bytes())];
    fields.push(place.field("target", request.path.unwrap_or_default().as_bytes()));
    fields.push(Field::new("version", version(request.version)));
    fields.extend(place.headers(request.headers));
    let framing = framing(&fields)?.unwrap_or(Framing::None);
    let is_last = request.method == Some("CONNECT");
    Ok(Head { octets, line: start_line(&rest[..octets]), fields, framing, is_last })
}

fn answer(rest: &[u8], at: u64, method: Option<&str>) -> Result<Head, String> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = Response::new(&mut headers);
    let octets = parsed(response.parse(rest), "answer")?;
    let place = Place { rest, at };
    let status = response.code.unwrap_or_default();
    let mut fields = vec![Field::new("version", version(response.version)), Field::new("status", status.to_string())];
    fields.push(place.field("reason", response.reason.unwrap_or_default().as_bytes()));
    fields.extend(place.headers(response.headers));
    let is_tunnel = method == Some("CONNECT") && (200..300).contains(&status);
    let has_none = method == Some("HEAD") || (100..200).contains(&status) || status == 204 || status == 304 || is_tunnel;
    let framing = if has_none { Framing::None } else { framing(&fields)?.unwrap_or(Framing::ToTheEnd) };
    Ok(Head { octets, line: start_line(&rest[..octets]), fields, framing, is_last: is_tunnel || status == 101 })
}

fn parsed(result: httparse::Result<usize>, what: &str) -> Result<usize, String> {
    match result {
        Ok(Status::Complete(octets)) => Ok(octets),
        Ok(Status::Partial) => Err(format!("the head of an HTTP {what} is cut off")),
        Err(error) => Err(format!("is not an HTTP {what}: {error}")),
    }
}

fn version(minor: Option<u8>) -> String {
    format!("HTTP/1.{}", minor.unwrap_or_default())
}

/// The first line of a head, without the empty ones that may stand before it.
fn start_line(head: &[u8]) -> String {
    let begin = head.iter().position(|octet| !matches!(octet, b'\r' | b'\n')).unwrap_or(head.len());
    let line = head[begin..].split(|octet| matches!(octet, b'\r' | b'\n')).next().unwrap_or_default();
    escaped(line)
}

/// Octets as text; those that are not UTF-8 as `\xHH`.
fn escaped(octets: &[u8]) -> String {
    let mut text = String::new();
    for chunk in octets.utf8_chunks() {
        text += chunk.valid();
        text.extend(chunk.invalid().iter().map(|octet| format!("\\x{octet:02x}")));
    }
    text
}

/// A head in its stream.
struct Place<'a> {
    rest: &'a [u8],
    at: u64,
}

impl Place<'_> {
    /// A field whose value is a part of the head.
    fn field(&self, name: &str, value: &[u8]) -> Field {
        let from = (value.as_ptr() as usize).checked_sub(self.rest.as_ptr() as usize);
        let field = Field::new(name, escaped(value));
        match from.filter(|from| from + value.len() <= self.rest.len()) {
            Some(from) => field.at(self.at + from as u64, value.len()),
            None => field,
        }
    }

    /// A field for each header; one that is repeated is joined.
    fn headers(&self, headers: &[Header<'_>]) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::new();
        for header in headers {
            let field = self.field(&header.name.to_ascii_lowercase(), header.value);
            match fields.iter_mut().find(|other| other.name == field.name) {
                Some(other) => {
                    other.value = format!("{}, {}", other.value, field.value);
                    other.place = None;
                }
                None => fields.push(field),
            }
        }
        fields
    }
}

/// The value of a header, or of another field.
fn value<'a>(fields: &'a [Field], name: &str) -> Option<&'a str> {
    fields.iter().find(|field| field.name == name).map(|field| field.value.as_str())
}

/// Where the headers say that a body ends; none where they do not.
fn framing(fields: &[Field]) -> Result<Option<Framing>, String> {
    if let Some(codings) = value(fields, "transfer-encoding") {
        let last = codings.rsplit(',').next().unwrap_or_default().trim();
        return match last.eq_ignore_ascii_case("chunked") {
            true => Ok(Some(Framing::Chunked)),
            false => Ok(Some(Framing::ToTheEnd)),
        };
    }
    let Some(lengths) = value(fields, "content-length") else { return Ok(None) };
    let mut each = lengths.split(',').map(str::trim);
    let first = each.next().unwrap_or_default();
    let length = Some(first).filter(|text| text.bytes().all(|octet| octet.is_ascii_digit())).and_then(|text| text.parse().ok());
    match length {
        Some(length) if each.all(|other| other == first) => Ok(Some(Framing::Length(length))),
        _ => Err(format!("its Content-Length is not a length: {lengths:?}")),
    }
}

fn body(framing: &Framing, rest: &[u8]) -> Result<Body, String> {
    let in_one_piece =
        |octets: &[u8]| Body { octets: octets.to_vec(), in_one_piece: true, taken: octets.len(), trailers: Vec::new() };
    match framing {
        Framing::None => Ok(in_one_piece(&[])),
        Framing::ToTheEnd => Ok(in_one_piece(rest)),
        Framing::Length(length) => {
            let octets = usize::try_from(*length).ok().and_then(|length| rest.get(..length));
            octets.map(in_one_piece).ok_or_else(|| format!("a body of {length} octets is cut off: {} came", rest.len()))
        }
        Framing::Chunked => chunked(rest),
    }
}

fn chunked(rest: &[u8]) -> Result<Body, String> {
    let cut_off = || "a chunked body is cut off".to_owned();
    let (mut octets, mut at) = (Vec::new(), 0);
    loop {
        let (head, size) = match httparse::parse_chunk_size(&rest[at..]) {
            Ok(Status::Complete(chunk)) => chunk,
            Ok(Status::Partial) => return Err(cut_off()),
            Err(_) => return Err("the size of a chunk is not a number".into()),
        };
        at += head;
        if size == 0 {
            break;
        }
        let end = usize::try_from(size).ok().and_then(|size| at.checked_add(size)).filter(|end| *end <= rest.len());
        let end = end.ok_or_else(cut_off)?;
        octets.extend_from_slice(&rest[at..end]);
        match rest.get(end..end + 2) {
            Some(b"\r\n") => at = end + 2,
            Some(_) => return Err("a chunk does not end where its size says".into()),
            None => return Err(cut_off()),
        }
    }
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    match httparse::parse_headers(&rest[at..], &mut headers) {
        Ok(Status::Complete((length, trailers))) => {
            let trailers = Place { rest: &[], at: 0 }.headers(trailers);
            Ok(Body { octets, in_one_piece: false, taken: at + length, trailers })
        }
        Ok(Status::Partial) => Err(cut_off()),
        Err(error) => Err(format!("what ends a chunked body is not a header: {error}")),
    }
}
