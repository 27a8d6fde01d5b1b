//! Octets that came in a frame which the plan does not have: a library that sends messages where octets were meant.

use super::rule::{Rule, Variants, each_octet};
use crate::suite::plan::{Fixed, Order, Prefix};

pub(super) const RULES: &[Rule] = &[("frame-added", frame_added)];

fn frame_added(octets: &[u8]) -> Variants {
    [by_length(octets), by_text_length(octets), by_marks(octets)].concat()
}

/// Behind a binary length.
fn by_length(octets: &[u8]) -> Variants {
    let length = octets.len() as u64;
    let fixed = [1, 2, 4, 8]
        .into_iter()
        .flat_map(|width| [Order::Big, Order::Little].map(|order| Prefix::Fixed(Fixed { width, signed: false, order })));
    let prefixes = fixed.chain([Prefix::Uleb]).filter(|prefix| length <= prefix.max());
    let framed = prefixes.map(|prefix| [prefix.octets(length).as_slice(), octets].concat());
    framed.chain(in_messages(octets)).collect()
}

/// RFC 6455, section 5.2: one message of text or octets, as a server sends it.
fn in_messages(octets: &[u8]) -> Variants {
    let length = octets.len();
    let header = match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..126), _) => vec![short],
        (_, Ok(length)) => [&[126], length.to_be_bytes().as_slice()].concat(),
        _ => [&[127], (length as u64).to_be_bytes().as_slice()].concat(),
    };
    [0x81, 0x82].map(|kind| [&[kind], header.as_slice(), octets].concat()).to_vec()
}

/// Behind a length in digits: chunks of HTTP (RFC 9112, section 7.1), netstrings, bulk strings, counted octets (RFC 6587), headers.
fn by_text_length(octets: &[u8]) -> Variants {
    let length = octets.len();
    let frames = [
        (format!("{length:x}\r\n"), "\r\n"),
        (format!("{length:X}\r\n"), "\r\n"),
        (format!("{length}:"), ","),
        (format!("{length}:"), ""),
        (format!("${length}\r\n"), "\r\n"),
        (format!("{length} "), ""),
        (format!("{length}\n"), ""),
        (format!("{length}\n"), "\n"),
        (format!("{length}\r\n"), ""),
        (format!("{length}\r\n"), "\r\n"),
        (format!("Content-Length: {length}\r\n\r\n"), ""),
    ];
    frames.map(|(before, behind)| [before.as_bytes(), octets, behind.as_bytes()].concat()).to_vec()
}

/// Between marks: STX and ETX, flags, and what RFC 1055 (SLIP) has, which escapes its marks.
fn by_marks(octets: &[u8]) -> Variants {
    let slip = each_octet(octets, |octet, sent| match octet {
        0xc0 => sent.extend([0xdb, 0xdc]),
        0xdb => sent.extend([0xdb, 0xdd]),
        _ => sent.push(octet),
    });
    let flagged = each_octet(octets, |octet, sent| match octet {
        0x7d | 0x7e => sent.extend([0x7d, octet ^ 0x20]),
        _ => sent.push(octet),
    });
    let between = |before: &[u8], octets: &[u8], behind: &[u8]| [before, octets, behind].concat();
    vec![
        between(b"", &slip, b"\xc0"),
        between(b"\xc0", &slip, b"\xc0"),
        between(b"\x7e", &flagged, b"\x7e"),
        between(b"\x02", octets, b"\x03"),
        between(b"\x00", octets, b"\xff"),
        between(b"\x0b", octets, b"\x1c\r"),
        between(b"<", octets, b">"),
        between(b"(", octets, b")"),
        between(b"[", octets, b"]"),
        between(b"", octets, b"\x1e"),
        between(b"\x1e", octets, b"\n"),
        between(b"", octets, b"\x03"),
        between(b"", octets, b"\x04"),
    ]
}
