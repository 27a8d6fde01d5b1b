//! Senders that send a description of octets in place of the octets.

use super::Fault;
use super::How::{Octets, Text};

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("escaped-unicode", "unicode-escapes-as-text", Text(unicode), "encodes JSON for ASCII"),
    Fault::new("escaped-unicode-upper", "unicode-escapes-as-text", Text(unicode_upper), "prints \\u in the C locale"),
    Fault::new("escaped-hex", "hex-escapes-as-text", Octets(hex_escapes), "has a printf that does not know \\x"),
    Fault::new("escaped-octal", "octal-escapes-as-text", Octets(octal), "prints escapes instead of expanding them"),
    Fault::new("octets-literal", "octets-literal-as-text", Octets(literal), "converts octets to a string by its default"),
    Fault::new(
        "debugging-form",
        "string-literal-as-text",
        Text(|text| format!("{text:?}").into()),
        "prints text for people who debug",
    ),
    Fault::new("octets-list", "octet-list-as-text", Octets(list), "prints octets by the default format"),
    Fault::new("hex-text", "hex-text", Octets(hex), "sends the digits of the plan"),
    Fault::new(
        "base64-text",
        "base64-text",
        Octets(|sent| base64_simd::STANDARD.encode_to_string(sent).into()),
        "forgets to decode",
    ),
    Fault::new("percent-text", "percent-text", Octets(percent), "encodes for an address"),
    Fault::new("json-string", "json-string", Text(json), "serialises a string that is the message"),
    Fault::new("character-references", "character-references", Text(references), "encodes for markup"),
    Fault::new("colours-added", "colours-added", Text(|text| format!("\x1b[32m{text}\x1b[39m").into()), "prints for a terminal"),
];

fn beyond_ascii(text: &str, escape: impl Fn(char) -> String) -> Vec<u8> {
    text.chars().map(|c| if c.is_ascii() { c.to_string() } else { escape(c) }).collect::<String>().into_bytes()
}

fn each(sent: &[u8], escape: impl Fn(u8) -> String) -> Vec<u8> {
    sent.iter().map(|octet| escape(*octet)).collect::<String>().into_bytes()
}

fn unicode(text: &str) -> Vec<u8> {
    beyond_ascii(text, |c| c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect())
}

fn unicode_upper(text: &str) -> Vec<u8> {
    beyond_ascii(text, |c| if c < '\u{10000}' { format!("\\u{:04X}", u32::from(c)) } else { format!("\\U{:08X}", u32::from(c)) })
}

fn hex_escapes(sent: &[u8]) -> Vec<u8> {
    each(sent, |octet| format!("\\x{octet:02x}"))
}

fn octal(sent: &[u8]) -> Vec<u8> {
    each(sent, |octet| format!("\\{octet:03o}"))
}

/// In single quotes, unless there are some inside and no double ones.
fn literal(sent: &[u8]) -> Vec<u8> {
    let quote = if sent.contains(&b'\'') && !sent.contains(&b'"') { b'"' } else { b'\'' };
    let inside = each(sent, |octet| match octet {
        b'\t' => "\\t".into(),
        b'\n' => "\\n".into(),
        b'\r' => "\\r".into(),
        b'\\' => "\\\\".into(),
        _ if octet == quote => format!("\\{}", char::from(quote)),
        b' '..=b'~' => char::from(octet).into(),
        _ => format!("\\x{octet:02x}"),
    });
    [b"b", &[quote], inside.as_slice(), &[quote]].concat()
}

fn list(sent: &[u8]) -> Vec<u8> {
    let numbers: Vec<String> = sent.iter().map(u8::to_string).collect();
    format!("[{}]", numbers.join(" ")).into_bytes()
}

fn hex(sent: &[u8]) -> Vec<u8> {
    each(sent, |octet| format!("{octet:02x}"))
}

fn percent(sent: &[u8]) -> Vec<u8> {
    each(sent, |octet| match octet {
        b'-' | b'.' | b'_' | b'~' => char::from(octet).into(),
        _ if octet.is_ascii_alphanumeric() => char::from(octet).into(),
        _ => format!("%{octet:02X}"),
    })
}

/// RFC 8259, section 7, with nothing escaped but what must be.
fn json(text: &str) -> Vec<u8> {
    let inside: String = text.chars().map(json_character).collect();
    format!("\"{inside}\"").into_bytes()
}

fn json_character(c: char) -> String {
    match c {
        '"' | '\\' => format!("\\{c}"),
        '\u{8}' => "\\b".into(),
        '\t' => "\\t".into(),
        '\n' => "\\n".into(),
        '\u{c}' => "\\f".into(),
        '\r' => "\\r".into(),
        '\0'..' ' => format!("\\u{:04x}", u32::from(c)),
        _ => c.into(),
    }
}

fn references(text: &str) -> Vec<u8> {
    beyond_ascii(text, |c| format!("&#{};", u32::from(c)))
}
