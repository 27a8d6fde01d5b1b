//! Octets written as text: escapes that nothing expanded, hex, base64, literals of programming languages.

use std::fmt::Write;

use super::rule::{Rule, Variants, each_char, each_octet, push};
use crate::hex;

pub(super) const RULES: &[Rule] = &[
    ("unicode-escapes-as-text", unicode_escapes),
    ("hex-escapes-as-text", |octets| escaped(octets, |octet| format!("\\x{octet:02x}"))),
    ("octal-escapes-as-text", |octets| escaped(octets, |octet| format!("\\{octet:03o}"))),
    ("octets-literal-as-text", octets_literal),
    ("octet-list-as-text", octet_list),
    ("hex-text", hex_text),
    ("base64-text", base64_text),
    ("percent-text", percent_text),
    ("quoted-printable", |octets| escaped(octets, |octet| format!("={octet:02X}"))),
    ("character-references", character_references),
    ("markup-escaped", |octets| each_char(octets, markup_escaped)),
    ("json-string", json_string),
    ("quotes-added", |octets| ["\"", "'", "`"].map(|quote| [quote.as_bytes(), octets, quote.as_bytes()].concat()).to_vec()),
];

/// All octets, those beyond ASCII, or those that are not printable; in lower and upper case.
fn escaped(octets: &[u8], escape: impl Fn(u8) -> String) -> Variants {
    let which: [fn(u8) -> bool; 3] = [|_| true, |octet| octet >= 0x80, |octet| !matches!(octet, b' '..=b'~')];
    let write = |wanted: fn(u8) -> bool, upper: bool| {
        each_octet(octets, |octet, sent| match (wanted(octet), upper) {
            (false, _) => sent.push(octet),
            (true, false) => sent.extend(escape(octet).into_bytes()),
            (true, true) => sent.extend(upper_digits(&escape(octet)).into_bytes()),
        })
    };
    which.into_iter().flat_map(|wanted| [write(wanted, false), write(wanted, true)]).collect()
}

/// With capitals for digits; the letter of an escape stays as it is.
fn upper_digits(escape: &str) -> String {
    escape.chars().map(|c| if matches!(c, 'a'..='f') { c.to_ascii_uppercase() } else { c }).collect()
}

/// `\u00e9` with surrogate pairs, `\U0001f600` beyond 16 bits, or `\u{1f600}`; of characters beyond ASCII, of controls too, or of all.
fn unicode_escapes(octets: &[u8]) -> Variants {
    let which: [fn(char) -> bool; 3] = [|c| !c.is_ascii(), |c| !matches!(c, ' '..='~'), |_| true];
    let styles: [fn(char) -> String; 4] =
        [by_pairs, by_eight_digits, |c| format!("\\u{{{:x}}}", u32::from(c)), |c| format!("U+{:04X}", u32::from(c))];
    let write = |wanted: fn(char) -> bool, style: fn(char) -> String, upper: bool| {
        each_char(octets, |character, sent| match (wanted(character), upper) {
            (false, _) => push(character, sent),
            (true, false) => sent.extend(style(character).into_bytes()),
            (true, true) => sent.extend(upper_digits(&style(character)).into_bytes()),
        })
    };
    let mut sent = Vec::new();
    for style in styles {
        sent.extend(which.into_iter().flat_map(|wanted| write(wanted, style, false)));
        sent.extend(which.into_iter().flat_map(|wanted| write(wanted, style, true)));
    }
    sent
}

fn by_pairs(character: char) -> String {
    character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
}

fn by_eight_digits(character: char) -> String {
    match u32::from(character) {
        point @ 0..=0xffff => format!("\\u{point:04x}"),
        point => format!("\\U{point:08x}"),
    }
}

/// `b'\xc3\xa9'`, and the same without its letter.
fn octets_literal(octets: &[u8]) -> Variants {
    let write = |quote: char| {
        let inside = each_octet(octets, |octet, sent| match octet {
            b'\n' => sent.extend(b"\\n"),
            b'\r' => sent.extend(b"\\r"),
            b'\t' => sent.extend(b"\\t"),
            b'\\' => sent.extend(b"\\\\"),
            b' '..=b'~' if char::from(octet) == quote => sent.extend([b'\\', octet]),
            b' '..=b'~' => sent.push(octet),
            _ => sent.extend(format!("\\x{octet:02x}").into_bytes()),
        });
        [quote.to_string().as_bytes(), &inside, quote.to_string().as_bytes()].concat()
    };
    [write('\''), write('"')].into_iter().flat_map(|quoted| [[b"b", quoted.as_slice()].concat(), quoted]).collect()
}

/// `[104 105]`, `[104, 105]` and the like.
fn octet_list(octets: &[u8]) -> Variants {
    let joined = |separator: &str| octets.iter().map(u8::to_string).collect::<Vec<_>>().join(separator);
    let forms = [", ", ",", " "].into_iter().map(joined).flat_map(|list| [format!("[{list}]"), format!("{{{list}}}"), list]);
    let buffer = format!("<Buffer {}>", crate::printable::spaced_hex(octets));
    forms.chain([buffer]).map(String::into_bytes).collect()
}

/// Close together or apart, in lower or upper case, with `0x` or without.
fn hex_text(octets: &[u8]) -> Variants {
    let (close, apart) = (hex::encode(octets), crate::printable::spaced_hex(octets));
    let prefixed = format!("0x{close}");
    let each = octets.iter().map(|octet| format!("0x{octet:02x}")).collect::<Vec<_>>().join(" ");
    let lower = [close, apart, prefixed, each];
    lower.into_iter().flat_map(|text| [text.to_uppercase().replace("0X", "0x"), text]).map(String::into_bytes).collect()
}

/// Padded or not, for addresses or not, in one line or in lines of 76.
fn base64_text(octets: &[u8]) -> Variants {
    let encoded = base64_simd::STANDARD.encode_to_string(octets);
    let for_addresses = encoded.replace('+', "-").replace('/', "_");
    let bare = |text: &str| text.trim_end_matches('=').to_owned();
    let lines = encoded.as_bytes().chunks(76).collect::<Vec<_>>().join(b"\n".as_slice());
    let texts = [bare(&encoded), bare(&for_addresses), for_addresses, encoded];
    texts.into_iter().map(String::into_bytes).chain([lines]).collect()
}

/// RFC 3986, section 2.1: all but the unreserved, in lower or upper case; or with `+` for a blank.
fn percent_text(octets: &[u8]) -> Variants {
    let write = |lower: bool, plus: bool| {
        each_octet(octets, |octet, sent| match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => sent.push(octet),
            b' ' if plus => sent.push(b'+'),
            _ if lower => sent.extend(format!("%{octet:02x}").into_bytes()),
            _ => sent.extend(format!("%{octet:02X}").into_bytes()),
        })
    };
    let mut sent = escaped(octets, |octet| format!("%{octet:02x}"));
    sent.extend([write(false, false), write(true, false), write(false, true), write(true, true)]);
    sent
}

fn character_references(octets: &[u8]) -> Variants {
    let write = |style: fn(u32) -> String| {
        each_char(octets, |character, sent| match character.is_ascii() {
            true => push(character, sent),
            false => sent.extend(style(character.into()).into_bytes()),
        })
    };
    [write(|point| format!("&#{point};")), write(|point| format!("&#x{point:x};")), write(|point| format!("&#x{point:X};"))]
        .concat()
}

fn markup_escaped(character: char, sent: &mut Vec<u8>) {
    match character {
        '&' => sent.extend(b"&amp;"),
        '<' => sent.extend(b"&lt;"),
        '>' => sent.extend(b"&gt;"),
        '"' => sent.extend(b"&quot;"),
        '\'' => sent.extend(b"&#39;"),
        _ => push(character, sent),
    }
}

/// With its quotes or without; in UTF-8 or in ASCII; with what may be escaped, or only what must be.
fn json_string(octets: &[u8]) -> Variants {
    let Ok(text) = std::str::from_utf8(octets) else { return Vec::new() };
    let plain: String = text.chars().map(json_character).collect();
    let ascii: String = plain.chars().map(|c| if c.is_ascii() { c.to_string() } else { by_pairs(c) }).collect();
    let slashes = ascii.replace('/', "\\/");
    let markup = ['<', '>', '&'].iter().fold(plain.clone(), |text, c| text.replace(*c, &by_pairs(*c)));
    let forms = [plain, ascii, slashes, markup];
    forms.into_iter().flat_map(|text| [format!("\"{text}\""), text]).map(String::into_bytes).collect()
}

fn json_character(character: char) -> String {
    let mut escaped = String::new();
    match character {
        '"' | '\\' => escaped.extend(['\\', character]),
        '\n' => escaped.push_str("\\n"),
        '\r' => escaped.push_str("\\r"),
        '\t' => escaped.push_str("\\t"),
        '\u{8}' => escaped.push_str("\\b"),
        '\u{c}' => escaped.push_str("\\f"),
        // Writing to a string does not fail.
        '\0'..' ' => _ = write!(escaped, "\\u{:04x}", u32::from(character)),
        _ => escaped.push(character),
    }
    escaped
}
