//! Text in another encoding than UTF-8, in another normal form, or with what could not be encoded replaced.

use encoding_rs::{Encoding, GB18030, ISO_8859_15, MACINTOSH, SHIFT_JIS, WINDOWS_1252};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::ebcdic;
use super::rule::{Rule, Variants, each_char, push};

pub(super) const BOM: &str = "\u{feff}";
pub(super) const REPLACEMENT: char = '\u{fffd}';

pub(super) const RULES: &[Rule] = &[
    ("latin-1", latin_1),
    ("windows-1252", |octets| legacy(octets, WINDOWS_1252)),
    ("latin-9", |octets| legacy(octets, ISO_8859_15)),
    ("mac-roman", |octets| legacy(octets, MACINTOSH)),
    ("shift-jis", |octets| legacy(octets, SHIFT_JIS)),
    ("gb18030", |octets| legacy(octets, GB18030)),
    ("ebcdic", |octets| [true, false].map(|open| each_char(octets, |c, sent| sent.push(ebcdic::octet(c, open)))).concat()),
    ("astral-dropped", astral_dropped),
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
    ("double-encoding-undone", double_encoding_undone),
    ("replacement-per-code-point", |octets| {
        each_char(octets, |character, sent| push(replace(character, '\u{7f}', REPLACEMENT), sent))
    }),
    ("replacement-per-utf-16-unit", |octets| each_char(octets, |character, sent| per_unit(character, REPLACEMENT, sent))),
    ("replacement-beyond-16-bits", |octets| beyond_16_bits(octets, REPLACEMENT)),
    ("question-mark-per-code-point", |octets| each_char(octets, |character, sent| push(replace(character, '\u{7f}', '?'), sent))),
    ("question-mark-per-utf-16-unit", |octets| each_char(octets, |character, sent| per_unit(character, '?', sent))),
    ("question-mark-beyond-16-bits", |octets| beyond_16_bits(octets, '?')),
    ("transliterated", transliterated),
    ("normalised-nfc", |octets| normalised(octets, |text| text.nfc().collect())),
    ("normalised-nfd", |octets| normalised(octets, |text| text.nfd().collect())),
    ("normalised-nfkc", |octets| normalised(octets, |text| text.nfkc().collect())),
    ("normalised-nfkd", |octets| normalised(octets, |text| text.nfkd().collect())),
];

/// What does not fit becomes a question mark, or one for each UTF-16 unit, or is left out.
fn latin_1(octets: &[u8]) -> Variants {
    let write = |instead: fn(char) -> usize| {
        each_char(octets, |character, sent| match u8::try_from(character) {
            Ok(octet) => sent.push(octet),
            Err(_) => sent.extend(vec![b'?'; instead(character)]),
        })
    };
    [write(|_| 1), write(char::len_utf16), write(|_| 0)].concat()
}

/// What does not fit becomes a question mark, or one for each UTF-16 unit, or is left out.
fn legacy(octets: &[u8], encoding: &'static Encoding) -> Variants {
    let write = |instead: fn(char) -> usize| {
        each_char(octets, |character, sent| match character {
            // All of these encodings have ASCII as it is.
            '\0'..='\u{7f}' => push(character, sent),
            _ => match encoding.encode(character.encode_utf8(&mut [0; 4])) {
                (_, _, true) => sent.extend(vec![b'?'; instead(character)]),
                (encoded, _, false) => sent.extend_from_slice(&encoded),
            },
        })
    };
    [write(|_| 1), write(char::len_utf16), write(|_| 0)].concat()
}

/// Characters beyond 16 bits left out, or the first of them and all behind it.
fn astral_dropped(octets: &[u8]) -> Variants {
    let Ok(text) = std::str::from_utf8(octets) else { return Vec::new() };
    let is_astral = |c: char| u32::from(c) > 0xffff;
    let cut = text.find(is_astral).map(|at| text[..at].into());
    let dropped = text.replace(is_astral, "");
    [dropped].into_iter().chain(cut).map(String::into_bytes).collect()
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

/// A UTF-16 unit as UTF-8 has characters, which it has not for surrogates.
pub(super) fn three_octets(unit: u16, sent: &mut Vec<u8>) {
    sent.extend([0xe0 | (unit >> 12) as u8, 0x80 | (unit >> 6 & 0x3f) as u8, 0x80 | (unit & 0x3f) as u8]);
}

fn length_prefixed(octets: &[u8]) -> Variants {
    let prefixed = |text: Vec<u8>| Some([u16::try_from(text.len()).ok()?.to_be_bytes().as_slice(), &text].concat());
    each_char(octets, modified_utf_8).into_iter().filter_map(prefixed).collect()
}

/// Text that looks encoded twice, "repaired".
fn double_encoding_undone(octets: &[u8]) -> Variants {
    let undone = latin_1(octets).into_iter().chain(legacy(octets, WINDOWS_1252));
    undone.filter(|octets| std::str::from_utf8(octets).is_ok_and(|text| !text.is_ascii())).collect()
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

/// What stands for characters that are no letters with accents.
const SPELLED: [(char, &str); 22] = [
    ('€', "EUR"),
    ('£', "GBP"),
    ('©', "(C)"),
    ('®', "(R)"),
    ('«', "<<"),
    ('»', ">>"),
    ('Æ', "AE"),
    ('æ', "ae"),
    ('Œ', "OE"),
    ('œ', "oe"),
    ('Ø', "O"),
    ('ø', "o"),
    ('ß', "ss"),
    ('ﬁ', "fi"),
    ('‘', "'"),
    ('’', "'"),
    ('“', "\""),
    ('”', "\""),
    ('–', "-"),
    ('—', "-"),
    ('…', "..."),
    ('\u{a0}', " "),
];

/// Accents are taken off; what has no plain letter is spelled, goes, or becomes a question mark.
fn transliterated(octets: &[u8]) -> Variants {
    let Ok(text) = std::str::from_utf8(octets) else { return Vec::new() };
    let spelling = |character: char| SPELLED.iter().find(|(spelled, _)| *spelled == character);
    let spelled = text.chars().map(|character| spelling(character).map_or(character.to_string(), |(_, text)| (*text).into()));
    let spelled: String = spelled.collect();
    [off_accents(text), if spelled == text { Vec::new() } else { off_accents(&spelled) }].concat()
}

fn off_accents(text: &str) -> Variants {
    let plain: String = text.nfd().filter(|character| !is_combining_mark(*character)).collect();
    let ascii: String = plain.chars().filter(char::is_ascii).collect();
    let marked: String = plain.chars().map(|character| replace(character, '\u{7f}', '?')).collect();
    // Without anything to transliterate these are other causes.
    let changed = plain != text.nfd().collect::<String>() || text.is_ascii();
    if changed { vec![plain.into_bytes(), ascii.into_bytes(), marked.into_bytes()] } else { Vec::new() }
}

fn normalised(octets: &[u8], normalise: impl Fn(&str) -> String) -> Variants {
    std::str::from_utf8(octets).map(|text| vec![normalise(text).into_bytes()]).unwrap_or_default()
}
