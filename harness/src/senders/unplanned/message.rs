//! Messages around values: requests, records and frames, as protocols have them.

/// A value as it is sent in a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    pub sent: &'a [u8],
    /// How many octets whoever counts them takes it for.
    pub counted: usize,
}

/// A kind of message.
#[derive(Debug)]
pub(super) struct Message {
    pub name: &'static str,
    /// Whether it has a length that counts its values.
    pub counts: bool,
    pub takes: Takes,
    /// The message with these values in it.
    pub of: fn(&[Field<'_>]) -> Vec<u8>,
}

/// Which values may stand in a message.
#[derive(Debug, Clone, Copy)]
pub(super) enum Takes {
    Anything,
    Text,
    /// Text of one line.
    Line,
    /// Text of one line that stands in JSON or CSV as it is.
    Plain,
}

impl Takes {
    pub(super) fn takes(self, octets: &[u8], is_text: bool) -> bool {
        let has_any = |of: &[u8]| octets.iter().any(|octet| of.contains(octet));
        match self {
            Self::Anything => true,
            Self::Text => is_text,
            Self::Line => is_text && !has_any(b"\0\n\r"),
            Self::Plain => is_text && !has_any(b"\0\n\r\"\\,"),
        }
    }
}

/// Every kind of message.
pub(super) const MESSAGES: [Message; 14] = [
    Message { name: "http-json", counts: true, takes: Takes::Plain, of: http_json },
    Message { name: "mqtt", counts: true, takes: Takes::Anything, of: mqtt },
    Message { name: "lines", counts: false, takes: Takes::Line, of: lines },
    Message { name: "struct", counts: false, takes: Takes::Anything, of: fixed },
    Message { name: "resp", counts: true, takes: Takes::Text, of: resp },
    Message { name: "binary-start", counts: false, takes: Takes::Anything, of: binary_start },
    Message { name: "csv", counts: false, takes: Takes::Plain, of: csv },
    Message { name: "tag-length-value", counts: true, takes: Takes::Anything, of: tag_length_value },
    Message { name: "text-end", counts: false, takes: Takes::Line, of: text_end },
    Message { name: "binary-end", counts: false, takes: Takes::Anything, of: binary_end },
    Message { name: "http-header", counts: false, takes: Takes::Line, of: http_header },
    Message { name: "text-then-binary", counts: false, takes: Takes::Anything, of: text_then_binary },
    Message { name: "text-start", counts: false, takes: Takes::Line, of: text_start },
    Message { name: "frames", counts: true, takes: Takes::Anything, of: frames },
];

fn joined(fields: &[Field<'_>], one: impl Fn(usize, &Field<'_>) -> Vec<u8>) -> Vec<u8> {
    fields.iter().enumerate().flat_map(|(index, field)| one(index, field)).collect()
}

/// How many octets a content has, by those who count its values.
fn counted(content: &[u8], fields: &[Field<'_>]) -> usize {
    fields.iter().fold(content.len(), |length, field| length - field.sent.len() + field.counted)
}

fn around(before: &str, field: &Field<'_>, after: &str) -> Vec<u8> {
    [before.as_bytes(), field.sent, after.as_bytes()].concat()
}

fn http_json(fields: &[Field<'_>]) -> Vec<u8> {
    let values = joined(fields, |index, field| around(&format!("\"field{index}\":\""), field, "\","));
    let body = [b"{\"id\":7,", values.as_slice(), b"\"done\":true}"].concat();
    let head = format!(
        "POST /v1/items HTTP/1.1\r\nHost: example.org\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        counted(&body, fields)
    );
    [head.as_bytes(), &body].concat()
}

fn http_header(fields: &[Field<'_>]) -> Vec<u8> {
    let headers = joined(fields, |index, field| around(&format!("X-Item-{index}: "), field, "\r\n"));
    [b"GET /a?b=1 HTTP/1.1\r\nHost: example.org\r\n", headers.as_slice(), b"Accept: */*\r\n\r\n"].concat()
}

fn resp(fields: &[Field<'_>]) -> Vec<u8> {
    let values = joined(fields, |index, field| around(&format!("$2\r\nk{index}\r\n${}\r\n", field.counted), field, "\r\n"));
    [format!("*{}\r\n$4\r\nMSET\r\n", 1 + 2 * fields.len()).as_bytes(), &values].concat()
}

fn csv(fields: &[Field<'_>]) -> Vec<u8> {
    let records = joined(fields, |index, field| around(&format!("{},", 17 + index), field, ",0.5,yes\r\n"));
    [b"id,name,score,flag\r\n", records.as_slice(), b"99,last of all,7,no\r\n"].concat()
}

fn lines(fields: &[Field<'_>]) -> Vec<u8> {
    let lines = joined(fields, |index, field| around(&format!("item{index} = "), field, "\nbetween the items\n"));
    [b"# settings of a program\n", lines.as_slice(), b"the end\n"].concat()
}

fn text_start(fields: &[Field<'_>]) -> Vec<u8> {
    joined(fields, |_, field| around("", field, "; level=info; code=42\n"))
}

fn text_end(fields: &[Field<'_>]) -> Vec<u8> {
    joined(fields, |index, field| around(&format!("{} level=info, said: ", ["12:00", "\n12:01"][index % 2]), field, ""))
}

const HEADER: &[u8] = b"\xca\xfe\x01\x00\x07\x00\x00\x00";
const TRAILER: &[u8] = b"\x00\x02\x13\x9d\xff\x04\xe1\xb7";

/// Nothing says where a value begins or ends but where it stands.
fn fixed(fields: &[Field<'_>]) -> Vec<u8> {
    let values = joined(fields, |_, field| [field.sent, b"\x00\x2a\x91\x03"].concat());
    [HEADER, &values, TRAILER].concat()
}

fn binary_start(fields: &[Field<'_>]) -> Vec<u8> {
    let values = joined(fields, |_, field| [field.sent, b"\x01\xf3\x88\x10"].concat());
    [values.as_slice(), TRAILER].concat()
}

fn binary_end(fields: &[Field<'_>]) -> Vec<u8> {
    let values = joined(fields, |_, field| [b"\x05\xf0\x9d\x02", field.sent].concat());
    [HEADER, &values].concat()
}

fn text_then_binary(fields: &[Field<'_>]) -> Vec<u8> {
    joined(fields, |index, field| [format!("PUT item{index} ").as_bytes(), field.sent, b"\x00\x01\xfe"].concat())
}

/// Each value behind its length, of two octets.
fn frames(fields: &[Field<'_>]) -> Vec<u8> {
    let framed = |kind: u8, length: usize, sent: &[u8]| [&[kind, (length >> 8) as u8, length as u8], sent].concat();
    let values = joined(fields, |_, field| framed(3, field.counted, field.sent));
    [framed(1, 5, b"hello"), values, framed(9, 2, b"\x00\x11")].concat()
}

/// A publication, after a ping: with what is left of it in LEB128, and its topic behind a length.
fn mqtt(fields: &[Field<'_>]) -> Vec<u8> {
    let publication = |field: &Field<'_>| {
        let rest = [b"\x00\x06a/b/c1\x00\x0a", field.sent].concat();
        [&[0x32], base_128(counted(&rest, &[*field])).as_slice(), &rest].concat()
    };
    [b"\xc0\x00", joined(fields, |_, field| publication(field)).as_slice(), b"\xe0\x00"].concat()
}

/// As protobuf has it: an integer, the values, a fixed number.
fn tag_length_value(fields: &[Field<'_>]) -> Vec<u8> {
    let values = joined(fields, |_, field| [&[0x12], base_128(field.counted).as_slice(), field.sent].concat());
    [b"\x08\x96\x01", values.as_slice(), b"\x1d\x15\xcd\x5b\x07"].concat()
}

fn base_128(length: usize) -> Vec<u8> {
    if length < 0x80 { vec![length as u8] } else { [vec![length as u8 | 0x80], base_128(length >> 7)].concat() }
}
