//! Octets that were taken for text in some encoding and written as text again, or as text with a byte order mark.

use encoding_rs::WINDOWS_1252;

use super::encodings::{BOM, REPLACEMENT, three_octets};
use super::rule::{Rule, Variants, each_octet, push};

pub(super) const RULES: &[Rule] = &[
    ("bom-added", bom_added),
    ("bom-dropped", bom_dropped),
    ("windows-1252-round-trip", windows_1252_round_trip),
    ("double-encoded-latin-1", |octets| vec![each_octet(octets, |octet, sent| push(char::from(octet), sent))]),
    ("double-encoded-windows-1252", double_encoded_windows_1252),
    ("surrogate-escapes", |octets| vec![each_octet(octets, surrogate_escape)]),
    ("replacement-per-octet", replacement_per_octet),
    ("replacement-per-invalid-part", replacement_per_invalid_part),
    ("question-mark-per-octet", |octets| {
        vec![each_octet(octets, |octet, sent| sent.push(if octet < 0x80 { octet } else { b'?' }))]
    }),
];

pub(super) fn bom_added(octets: &[u8]) -> Variants {
    let marks = [BOM.as_bytes(), &[0xfe, 0xff], &[0xff, 0xfe]];
    // Of text of 16 bits a character there is a mark in each byte order.
    let is_wide = octets.len().is_multiple_of(2) && !octets.is_ascii() || octets.contains(&0);
    marks.into_iter().take(if is_wide { 3 } else { 1 }).map(|mark| [mark, octets].concat()).collect()
}

/// One, or every one (they may be scattered over what was written).
fn bom_dropped(octets: &[u8]) -> Variants {
    let first = octets.strip_prefix(BOM.as_bytes()).map(<[u8]>::to_vec);
    let marks = [&[0xfe, 0xff], &[0xff, 0xfe]].into_iter().filter_map(|mark| octets.strip_prefix(mark));
    let every = String::from_utf8(octets.to_vec()).map(|text| text.replace(BOM, "").into_bytes());
    first.into_iter().chain(marks.map(<[u8]>::to_vec)).chain(every).collect()
}

/// Octets taken for windows-1252 and written as that again; five of them mean nothing there.
fn windows_1252_round_trip(octets: &[u8]) -> Variants {
    let holes = |octet: u8| matches!(octet, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d);
    vec![each_octet(octets, |octet, sent| sent.push(if holes(octet) { b'?' } else { octet }))]
}

/// What windows-1252 does not define is taken for C1 controls, for U+FFFD, or for a question mark.
fn double_encoded_windows_1252(octets: &[u8]) -> Variants {
    let decoded = |octet: u8| WINDOWS_1252.decode_without_bom_handling(&[octet]).0.into_owned();
    let holes = |octet: u8| matches!(octet, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d);
    let encode = |hole: Option<&str>| {
        each_octet(octets, |octet, sent| match hole.filter(|_| holes(octet)) {
            _ if octet.is_ascii() => sent.push(octet),
            Some(hole) => sent.extend_from_slice(hole.as_bytes()),
            None => sent.extend_from_slice(decoded(octet).as_bytes()),
        })
    };
    vec![encode(None), encode(Some("\u{fffd}")), encode(Some("?"))]
}

/// PEP 383: an octet that could not be decoded becomes a lone surrogate, here written out.
fn surrogate_escape(octet: u8, sent: &mut Vec<u8>) {
    match octet {
        0..0x80 => sent.push(octet),
        _ => three_octets(0xdc00 + u16::from(octet), sent),
    }
}

/// Every octet beyond ASCII, or only those that are no UTF-8.
fn replacement_per_octet(octets: &[u8]) -> Variants {
    let every = each_octet(octets, |octet, sent| push(if octet < 0x80 { octet.into() } else { REPLACEMENT }, sent));
    let invalid = octets.utf8_chunks().flat_map(|chunk| {
        let replaced = std::iter::repeat_n(REPLACEMENT, chunk.invalid().len());
        chunk.valid().chars().chain(replaced)
    });
    vec![every, invalid.collect::<String>().into_bytes()]
}

/// The Unicode Standard, section 3.9, and the Encoding Standard: one for each maximal part of what could have become a character.
fn replacement_per_invalid_part(octets: &[u8]) -> Variants {
    vec![String::from_utf8_lossy(octets).into_owned().into_bytes()]
}
