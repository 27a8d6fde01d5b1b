//! Senders that encode text as something else than UTF-8, or encode it once too often.

use encoding_rs::{Encoding, GB18030, WINDOWS_1252};
use unicode_normalization::UnicodeNormalization;

use super::Fault;
use super::How::{Connection, Octets, Text};

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("latin-1", "latin-1", Text(latin_1), "prints text through a stream of the C locale's encoding"),
    Fault::new("windows-1252", "windows-1252", Text(|text| legacy(text, WINDOWS_1252)), "encodes in the default of a desktop"),
    Fault::new("gb18030", "gb18030", Text(|text| legacy(text, GB18030)), "encodes in the default of a desktop in China"),
    Fault::new("low-octets", "low-octet-of-utf-16-unit", Text(low_octets), "writes each character of a string as one octet"),
    Fault::new("utf-16le", "utf-16le", Text(|text| units(text, u16::to_le_bytes)), "sends a string as it lies in memory"),
    Fault::new("utf-16be", "utf-16be", Text(|text| units(text, u16::to_be_bytes)), "writes the characters of a data stream"),
    Fault::new("utf-16le-bom", "utf-16le-bom", Text(|text| marked(text, u16::to_le_bytes)), "names the encoding only UTF-16"),
    Fault::new("utf-16be-bom", "utf-16be-bom", Text(|text| marked(text, u16::to_be_bytes)), "names the encoding only UTF-16"),
    Fault::new("utf-32le", "utf-32le", Text(utf_32), "sends wide characters as they lie in memory"),
    Fault::new("cesu-8", "cesu-8", Text(|text| surrogates(text, false)), "encodes UTF-16 units one by one"),
    Fault::new("modified-utf-8", "modified-utf-8", Text(|text| surrogates(text, true)), "takes the octets of a native interface"),
    Fault::new(
        "length-and-text",
        "length-prefixed-modified-utf-8",
        Text(length_and_text),
        "writes UTF by a data stream's method",
    ),
    Fault::new("encoded-twice", "double-encoded-latin-1", Octets(twice), "encodes octets as if they were Latin-1"),
    Fault::new("encoded-twice-1252", "double-encoded-windows-1252", Octets(twice_1252), "encodes octets as if they were cp1252"),
    Fault::new("encoding-repaired", "double-encoding-undone", Text(repaired), "repairs what looks encoded twice"),
    Fault::new("surrogate-escapes", "surrogate-escapes", Text(surrogate_escapes), "decodes its arguments in the C locale"),
    Fault::new("fffd-per-character", "replacement-per-code-point", Text(|text| instead(text, "\u{fffd}", |_| 1)), "replaces"),
    Fault::new(
        "fffd-per-unit",
        "replacement-per-utf-16-unit",
        Text(|text| instead(text, "\u{fffd}", char::len_utf16)),
        "replaces",
    ),
    Fault::new(
        "fffd-per-octet",
        "replacement-per-octet",
        Text(|text| instead(text, "\u{fffd}", char::len_utf8)),
        "decodes as ASCII",
    ),
    Fault::new("fffd-where-invalid", "replacement-per-invalid-part", Octets(lossy), "keeps octets in a string"),
    Fault::new("mark-per-character", "question-mark-per-code-point", Text(|text| instead(text, "?", |_| 1)), "encodes as ASCII"),
    Fault::new(
        "mark-per-unit",
        "question-mark-per-utf-16-unit",
        Text(|text| instead(text, "?", char::len_utf16)),
        "encodes as ASCII",
    ),
    Fault::new("mark-per-octet", "question-mark-per-octet", Text(|text| instead(text, "?", char::len_utf8)), "encodes as ASCII"),
    Fault::new("mark-beyond-16-bits", "question-mark-beyond-16-bits", Text(beyond_16_bits), "has strings of 16-bit characters"),
    Fault::new("nfc", "normalised-nfc", Text(|text| text.nfc().collect::<String>().into()), "normalises its input"),
    Fault::new("nfd", "normalised-nfd", Text(|text| text.nfd().collect::<String>().into()), "takes text from a file's name"),
    Fault::new("nfkc", "normalised-nfkc", Text(|text| text.nfkc().collect::<String>().into()), "normalises for a search"),
    Fault::new("bom-added", "bom-added", Connection(|sent| [b"\xef\xbb\xbf", sent].concat()), "opens a writer that marks UTF-8"),
    Fault::new("bom-dropped", "bom-dropped", Text(|text| text.replace('\u{feff}', "").into()), "decodes as UTF-8 with a mark"),
    Fault::new(
        "seven-bits",
        "high-bit-stripped",
        Octets(|sent| sent.iter().map(|octet| octet & 0x7f).collect()),
        "has a 7-bit line",
    ),
];

fn each(text: &str, sent: impl Fn(char) -> Vec<u8>) -> Vec<u8> {
    text.chars().flat_map(sent).collect()
}

fn latin_1(text: &str) -> Vec<u8> {
    each(text, |c| vec![if c <= '\u{ff}' { c as u8 } else { b'?' }])
}

fn legacy(text: &str, encoding: &'static Encoding) -> Vec<u8> {
    each(text, |c| {
        let text = c.to_string();
        let (octets, _, unmappable) = encoding.encode(&text);
        if unmappable { b"?".to_vec() } else { octets.into_owned() }
    })
}

fn low_octets(text: &str) -> Vec<u8> {
    text.encode_utf16().map(|unit| unit as u8).collect()
}

fn units(text: &str, octets: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(octets).collect()
}

fn marked(text: &str, octets: fn(u16) -> [u8; 2]) -> Vec<u8> {
    units(&format!("\u{feff}{text}"), octets)
}

fn utf_32(text: &str) -> Vec<u8> {
    each(text, |c| u32::from(c).to_le_bytes().to_vec())
}

/// Each surrogate in three octets; and a NUL, where `nul` says so, in two.
fn surrogates(text: &str, nul: bool) -> Vec<u8> {
    each(text, |c| match c {
        '\0' if nul => vec![0xc0, 0x80],
        '\u{10000}'.. => c.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| three_octets(*unit)).collect(),
        _ => c.to_string().into_bytes(),
    })
}

fn three_octets(unit: u16) -> [u8; 3] {
    [0xe0 + (unit / 0x1000) as u8, 0x80 + (unit / 0x40 % 0x40) as u8, 0x80 + (unit % 0x40) as u8]
}

fn length_and_text(text: &str) -> Vec<u8> {
    let text = surrogates(text, true);
    [&(text.len() as u16).to_be_bytes(), text.as_slice()].concat()
}

fn twice(sent: &[u8]) -> Vec<u8> {
    sent.iter().map(|octet| char::from(*octet)).collect::<String>().into_bytes()
}

fn twice_1252(sent: &[u8]) -> Vec<u8> {
    WINDOWS_1252.decode_without_bom_handling(sent).0.into_owned().into_bytes()
}

fn repaired(text: &str) -> Vec<u8> {
    let octets: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    octets.filter(|octets| std::str::from_utf8(octets).is_ok()).unwrap_or_else(|| text.into())
}

fn surrogate_escapes(text: &str) -> Vec<u8> {
    text.bytes()
        .flat_map(|octet| if octet < 0x80 { vec![octet] } else { three_octets(0xdc00 + u16::from(octet)).to_vec() })
        .collect()
}

/// Something else for what is not ASCII, so many times.
fn instead(text: &str, other: &str, times: fn(char) -> usize) -> Vec<u8> {
    each(text, |c| if c.is_ascii() { vec![c as u8] } else { other.repeat(times(c)).into_bytes() })
}

fn beyond_16_bits(text: &str) -> Vec<u8> {
    each(text, |c| if c < '\u{10000}' { c.to_string().into_bytes() } else { b"?".to_vec() })
}

fn lossy(sent: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(sent).into_owned().into_bytes()
}
