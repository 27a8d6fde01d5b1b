//! Text in another encoding than UTF-8, in UTF-8 twice, or with what could not be encoded replaced.

use encoding_rs::{Encoding, GB18030, ISO_8859_15, MACINTOSH, SHIFT_JIS, WINDOWS_1252};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::rule::{Rule, Variants, each_char, each_octet, push};

const BOM: &str = "\u{feff}";
const REPLACEMENT: char = '\u{fffd}';

pub(super) const RULES: &[Rule] = &[
    ("bom-added", bom_added),
    ("bom-dropped", bom_dropped),
    ("latin-1", latin_1),
    ("windows-1252", |octets| legacy(octets, WINDOWS_1252)),
    ("latin-9", |octets| legacy(octets, ISO_8859_15)),
    ("mac-roman", |octets| legacy(octets, MACINTOSH)),
    ("shift-jis", |octets| legacy(octets, SHIFT_JIS)),
    ("gb18030", |octets| legacy(octets, GB18030)),
    ("windows-1252-round-trip", windows_1252_round_trip),
    ("low-octet-of-utf-16-unit", |octets| each_unit(octets, |unit, sent| sent.push(unit as u8))),
    ("low-octet-of-code-point", |octets| each_char(octets, |character, sent| sent.push(u32::from(character) as u8))),
    ("code-point-cut-to-16-bits", code_point_cut),
    ("utf-16le", |octets| each_unit(octets, |unit, sent| sent.extend(unit.to_le_bytes()))),
    ("utf-16be", |octets| each_unit(octets, |unit, sent| sent.extend(unit.to_be_bytes()))),
    ("utf-16le-bom", |octets| with_bom(octets, |unit, sent| sent.extend(unit.to_le_bytes()))),
    ("utf-16be-bom", |octets| with_bom(octets, |unit, sent| sent.extend(unit.to_be_bytes()))),
    ("utf-32le", |octets| utf_32(octets, u32::to_le_bytes)),
    ("utf-32be", |octets| utf_32(octets, u32::to_be_bytes)),
    ("cesu-8", |octets| each_char(octets, cesu_8)),
    ("modified-utf-8", |octets| each_char(octets, modified_utf_8)),
    ("length-prefixed-modified-utf-8", length_prefixed),
    ("double-encoded-latin-1", |octets| vec![each_octet(octets, |octet, sent| push(char::from(octet), sent))]),
    ("double-encoded-windows-1252", double_encoded_windows_1252),
    ("double-encoding-undone", double_encoding_undone),
    ("surrogate-escapes", |octets| vec![each_octet(octets, surrogate_escape)]),
    ("replacement-per-code-point", |octets| {
        each_char(octets, |character, sent| push(replace(character, '\u{7f}', REPLACEMENT), sent))
    }),
    ("replacement-per-utf-16-unit", |octets| each_char(octets, |character, sent| per_unit(character, REPLACEMENT, sent))),
    ("replacement-per-octet", replacement_per_octet),
    ("replacement-per-invalid-part", replacement_per_invalid_part),
    ("replacement-beyond-16-bits", |octets| beyond_16_bits(octets, REPLACEMENT)),
    ("question-mark-per-code-point", |octets| each_char(octets, |character, sent| push(replace(character, '\u{7f}', '?'), sent))),
    ("question-mark-per-utf-16-unit", |octets| each_char(octets, |character, sent| per_unit(character, '?', sent))),
    ("question-mark-per-octet", |octets| {
        vec![each_octet(octets, |octet, sent| sent.push(if octet < 0x80 { octet } else { b'?' }))]
    }),
    ("question-mark-beyond-16-bits", |octets| beyond_16_bits(octets, '?')),
    ("invalid-utf-8-dropped", invalid_utf_8_dropped),
    ("transliterated", transliterated),
    ("normalised-nfc", |octets| normalised(octets, |text| text.nfc().collect())),
    ("normalised-nfd", |octets| normalised(octets, |text| text.nfd().collect())),
    ("normalised-nfkc", |octets| normalised(octets, |text| text.nfkc().collect())),
    ("normalised-nfkd", |octets| normalised(octets, |text| text.nfkd().collect())),
];

pub(super) fn bom_added(octets: &[u8]) -> Variants {
    vec![[BOM.as_bytes(), octets].concat()]
}

/// One, or every one (they may be scattered over what was written).
fn bom_dropped(octets: &[u8]) -> Variants {
    let first = octets.strip_prefix(BOM.as_bytes()).map(<[u8]>::to_vec);
    let marks = [&[0xfe, 0xff], &[0xff, 0xfe]].into_iter().filter_map(|mark| octets.strip_prefix(mark));
    let every = String::from_utf8(octets.to_vec()).map(|text| text.replace(BOM, "").into_bytes());
    first.into_iter().chain(marks.map(<[u8]>::to_vec)).chain(every).collect()
}

/// What does not fit becomes a question mark.
fn latin_1(octets: &[u8]) -> Variants {
    each_char(octets, |character, sent| sent.push(u8::try_from(character).unwrap_or(b'?')))
}

/// What does not fit becomes a question mark.
fn legacy(octets: &[u8], encoding: &'static Encoding) -> Variants {
    each_char(octets, |character, sent| match encoding.encode(&character.to_string()) {
        (_, _, true) => sent.push(b'?'),
        (encoded, _, false) => sent.extend_from_slice(&encoded),
    })
}

/// Octets taken for windows-1252 and written as that again; five of them mean nothing there.
fn windows_1252_round_trip(octets: &[u8]) -> Variants {
    let holes = |octet: u8| matches!(octet, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d);
    vec![each_octet(octets, |octet, sent| sent.push(if holes(octet) { b'?' } else { octet }))]
}

fn each_unit(octets: &[u8], write: impl Fn(u16, &mut Vec<u8>)) -> Variants {
    each_char(octets, |character, sent| character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| write(*unit, sent)))
}

fn with_bom(octets: &[u8], write: impl Fn(u16, &mut Vec<u8>)) -> Variants {
    each_unit(&[BOM.as_bytes(), octets].concat(), write)
}

fn utf_32(octets: &[u8], write: fn(u32) -> [u8; 4]) -> Variants {
    let plain = each_char(octets, |character, sent| sent.extend(write(character.into())));
    let marked = plain.iter().map(|octets| [write(u32::from('\u{feff}')).as_slice(), octets].concat()).collect();
    [plain, marked].concat()
}

fn code_point_cut(octets: &[u8]) -> Variants {
    each_char(octets, |character, sent| push(char::from_u32(u32::from(character) & 0xffff).unwrap_or(REPLACEMENT), sent))
}

/// Unicode Technical Report 26: each half of a surrogate pair as three octets.
fn cesu_8(character: char, sent: &mut Vec<u8>) {
    match character.encode_utf16(&mut [0; 2]) {
        [_] => push(character, sent),
        halves => halves.iter().for_each(|half| three_octets(*half, sent)),
    }
}

/// CESU-8 with NUL as two octets.
fn modified_utf_8(character: char, sent: &mut Vec<u8>) {
    match character {
        '\0' => sent.extend([0xc0, 0x80]),
        _ => cesu_8(character, sent),
    }
}

fn three_octets(unit: u16, sent: &mut Vec<u8>) {
    sent.extend([0xe0 | (unit >> 12) as u8, 0x80 | (unit >> 6 & 0x3f) as u8, 0x80 | (unit & 0x3f) as u8]);
}

fn length_prefixed(octets: &[u8]) -> Variants {
    let prefixed = |text: Vec<u8>| Some([u16::try_from(text.len()).ok()?.to_be_bytes().as_slice(), &text].concat());
    each_char(octets, modified_utf_8).into_iter().filter_map(prefixed).collect()
}

/// What windows-1252 does not define is taken for C1 controls, for U+FFFD, or for a question mark.
fn double_encoded_windows_1252(octets: &[u8]) -> Variants {
    let decoded = |octet: u8| WINDOWS_1252.decode_without_bom_handling(&[octet]).0.into_owned();
    let holes = |octet: u8| matches!(octet, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d);
    let encode = |hole: Option<&str>| {
        each_octet(octets, |octet, sent| match hole.filter(|_| holes(octet)) {
            Some(hole) => sent.extend_from_slice(hole.as_bytes()),
            None => sent.extend_from_slice(decoded(octet).as_bytes()),
        })
    };
    vec![encode(None), encode(Some("\u{fffd}")), encode(Some("?"))]
}

/// Text that looks encoded twice, "repaired".
fn double_encoding_undone(octets: &[u8]) -> Variants {
    latin_1(octets).into_iter().chain(legacy(octets, WINDOWS_1252)).filter(|octets| std::str::from_utf8(octets).is_ok()).collect()
}

/// PEP 383: an octet that could not be decoded becomes a lone surrogate, here written out.
fn surrogate_escape(octet: u8, sent: &mut Vec<u8>) {
    match octet {
        0..0x80 => sent.push(octet),
        _ => three_octets(0xdc00 + u16::from(octet), sent),
    }
}

fn replace(character: char, last: char, instead: char) -> char {
    if character > last { instead } else { character }
}

fn per_unit(character: char, instead: char, sent: &mut Vec<u8>) {
    match character {
        '\0'..='\u{7f}' => push(character, sent),
        _ => (0..character.len_utf16()).for_each(|_| push(instead, sent)),
    }
}

fn beyond_16_bits(octets: &[u8], instead: char) -> Variants {
    let once = each_char(octets, |character, sent| push(replace(character, '\u{ffff}', instead), sent));
    let twice = each_char(octets, |character, sent| match character {
        '\0'..='\u{ffff}' => push(character, sent),
        _ => (0..2).for_each(|_| push(instead, sent)),
    });
    [once, twice].concat()
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

fn invalid_utf_8_dropped(octets: &[u8]) -> Variants {
    vec![octets.utf8_chunks().map(|chunk| chunk.valid()).collect::<String>().into_bytes()]
}

/// Accents are taken off; what has no plain letter goes, or becomes a question mark.
fn transliterated(octets: &[u8]) -> Variants {
    let Ok(text) = std::str::from_utf8(octets) else { return Vec::new() };
    let plain: String = text.nfd().filter(|character| !is_combining_mark(*character)).collect();
    let ascii: String = plain.chars().filter(char::is_ascii).collect();
    let marked: String = plain.chars().map(|character| replace(character, '\u{7f}', '?')).collect();
    // Without anything to transliterate these are other causes.
    let changed = plain != text.nfd().collect::<String>();
    if changed { vec![plain.into_bytes(), ascii.into_bytes(), marked.into_bytes()] } else { Vec::new() }
}

fn normalised(octets: &[u8], normalise: impl Fn(&str) -> String) -> Variants {
    std::str::from_utf8(octets).map(|text| vec![normalise(text).into_bytes()]).unwrap_or_default()
}
