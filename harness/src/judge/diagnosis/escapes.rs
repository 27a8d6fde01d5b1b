//! Octets written as text: escapes that nothing expanded, hex, base64, literals of programming languages.

use std::fmt::Write;

use super::line_ends::replaced;
use super::rule::{Rule, Variants, each_char, each_octet, push};
use crate::hex;

pub(super) const RULES: &[Rule] = &[
    ("unicode-escapes-as-text", unicode_escapes),
    ("hex-escapes-as-text", |octets| escaped(octets, |octet| format!("\\x{octet:02x}"))),
    ("octal-escapes-as-text", |octets| escaped(octets, |octet| format!("\\{octet:03o}"))),
    ("octets-literal-as-text", octets_literal),
    ("string-literal-as-text", string_literal),
    ("octet-list-as-text", octet_list),
    ("hex-text", hex_text),
    ("base64-text", base64_text),
    ("percent-text", percent_text),
    ("quoted-printable", |octets| escaped(octets, |octet| format!("={octet:02X}"))),
    ("caret-notation", caret_notation),
    ("character-references", character_references),
    ("markup-escaped", markup_escaped),
    ("json-string", json_string),
    ("quotes-added", |octets| ["\"", "'", "`"].map(|quote| [quote.as_bytes(), octets, quote.as_bytes()].concat()).to_vec()),
    ("colours-added", coloured),
];

/// Between two sequences of ECMA-48, section 8.3.117 (SGR): bold, faint, italic, underlined or a colour, and what ends it, or all.
fn coloured(octets: &[u8]) -> Variants {
    let own = |code: u32| match code {
        1 | 2 => 22,
        3 | 4 => code + 20,
        _ => 39,
    };
    let between = |code: u32, end: &str| [within(&code.to_string(), octets, end), within(&format!("1;{code}"), octets, end)];
    let codes = (1..=4).chain(30..=37).chain(90..=97);
    codes.flat_map(|code| ["", "0", &own(code).to_string()].map(|end| between(code, end))).flatten().collect()
}

fn within(begin: &str, octets: &[u8], end: &str) -> Vec<u8> {
    [format!("\x1b[{begin}m").as_bytes(), octets, format!("\x1b[{end}m").as_bytes()].concat()
}

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

/// `\u00e9` with surrogate pairs, `\U0001f600` beyond 16 bits, `\xe9` below 8, or `\u{1f600}`; of characters beyond ASCII, of controls too, or of all.
fn unicode_escapes(octets: &[u8]) -> Variants {
    let which: [fn(char) -> bool; 3] = [|c| !c.is_ascii(), |c| !matches!(c, ' '..='~'), |_| true];
    let styles: [fn(char) -> String; 5] =
        [by_pairs, by_eight_digits, by_size, |c| format!("\\u{{{:x}}}", u32::from(c)), |c| format!("U+{:04X}", u32::from(c))];
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

fn by_size(character: char) -> String {
    match u32::from(character) {
        point @ 0..=0xff => format!("\\x{point:02x}"),
        _ => by_eight_digits(character),
    }
}

/// `b'\xc3\xa9'`
fn octets_literal(octets: &[u8]) -> Variants {
    quoted_octets(octets).into_iter().map(|quoted| [b"b", quoted.as_slice()].concat()).collect()
}

/// The same without its letter, and what is made of text for people who debug.
fn string_literal(octets: &[u8]) -> Variants {
    [inspected(octets), quoted_octets(octets), list_element(octets)].concat()
}

/// As an element of a list of words: in braces where it needs them, or where those would not balance, with backslashes.
fn list_element(octets: &[u8]) -> Variants {
    let Ok(text) = std::str::from_utf8(octets) else { return Vec::new() };
    let special = |c: char| c.is_ascii_whitespace() || "[]{}$;\"\\\u{b}".contains(c);
    if !text.is_empty() && !text.contains(special) && !text.starts_with('#') {
        return Vec::new();
    }
    let depth = |depth: Option<u32>, c: char| match c {
        '{' => depth.map(|depth| depth + 1),
        '}' => depth.and_then(|depth| depth.checked_sub(1)),
        _ => depth,
    };
    if text.chars().fold(Some(0), depth) == Some(0) && !text.ends_with('\\') {
        return vec![format!("{{{text}}}").into_bytes()];
    }
    let escape = |c: char| match c {
        '\n' => "\\n".into(),
        '\t' => "\\t".into(),
        '\r' => "\\r".into(),
        '\u{b}' => "\\v".into(),
        '\u{c}' => "\\f".into(),
        c if special(c) => format!("\\{c}"),
        c => c.to_string(),
    };
    vec![text.chars().map(escape).collect::<String>().into_bytes()]
}

fn quoted_octets(octets: &[u8]) -> Variants {
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
    vec![write('\''), write('"')]
}

/// Printable text as it is, between quotes; controls by four digits, by two or in braces, and what would begin an interpolation
/// escaped or not.
fn inspected(octets: &[u8]) -> Variants {
    let styles: [fn(u32) -> String; 3] =
        [|point| format!("\\u{point:04X}"), |point| format!("\\x{point:02X}"), |point| format!("\\x{point:02x}")];
    let plain: Variants = styles.iter().flat_map(|style| each_char(octets, |c, sent| inspected_char(c, *style, sent))).collect();
    let starts = ["#{", "#$", "#@"].map(|start| (start, format!("\\{start}")));
    let escaped = |text: &Vec<u8>| {
        starts.iter().fold(text.clone(), |text, (start, escaped)| replaced(&text, start.as_bytes(), escaped.as_bytes()))
    };
    let quoted = plain.iter().map(escaped).chain(plain.iter().cloned()).map(|text| [b"\"", text.as_slice(), b"\""].concat());
    let debugged = std::str::from_utf8(octets).map(|text| format!("{text:?}").into_bytes());
    quoted.chain(debugged).chain(quoted_by_name(octets)).collect()
}

/// With the escapes of C by name: all beyond ASCII as an escape, or as it is.
fn quoted_by_name(octets: &[u8]) -> Variants {
    let quoted = |ascii: bool| {
        let inside = each_char(octets, |c, sent| match c {
            '"' | '\\' => sent.extend(format!("\\{c}").into_bytes()),
            '\u{7}' => sent.extend(b"\\a"),
            '\u{8}' => sent.extend(b"\\b"),
            '\u{c}' => sent.extend(b"\\f"),
            '\n' => sent.extend(b"\\n"),
            '\r' => sent.extend(b"\\r"),
            '\t' => sent.extend(b"\\t"),
            '\u{b}' => sent.extend(b"\\v"),
            '\0'..' ' | '\u{7f}' => sent.extend(format!("\\x{:02x}", u32::from(c)).into_bytes()),
            c if ascii && !c.is_ascii() => sent.extend(by_eight_digits(c).into_bytes()),
            c => push(c, sent),
        });
        inside.into_iter().map(|inside| [b"\"", inside.as_slice(), b"\""].concat())
    };
    quoted(true).chain(quoted(false)).collect()
}

fn inspected_char(character: char, style: fn(u32) -> String, sent: &mut Vec<u8>) {
    match character {
        '"' | '\\' => sent.extend(format!("\\{character}").into_bytes()),
        '\n' => sent.extend(b"\\n"),
        '\r' => sent.extend(b"\\r"),
        '\t' => sent.extend(b"\\t"),
        '\u{b}' => sent.extend(b"\\v"),
        '\u{c}' => sent.extend(b"\\f"),
        '\u{8}' => sent.extend(b"\\b"),
        '\u{7}' => sent.extend(b"\\a"),
        '\0'..' ' | '\u{7f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => sent.extend(style(character.into()).into_bytes()),
        _ => push(character, sent),
    }
}

/// `[104 105]`, `[104, 105]` and the like. One number without brackets is no list.
fn octet_list(octets: &[u8]) -> Variants {
    let joined = |separator: &str| octets.iter().map(u8::to_string).collect::<Vec<_>>().join(separator);
    let lists = [", ", ",", " "].map(joined);
    let bracketed = lists.iter().flat_map(|list| [format!("[{list}]"), format!("{{{list}}}")]);
    let forms = bracketed.chain(lists.iter().filter(|_| octets.len() > 1).cloned());
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

/// Padded or not, for addresses or not, in one line or in lines of 60 or 76, the last with its end or without.
fn base64_text(octets: &[u8]) -> Variants {
    let encoded = base64_simd::STANDARD.encode_to_string(octets);
    let for_addresses = encoded.replace('+', "-").replace('/', "_");
    let bare = |text: &str| text.trim_end_matches('=').to_owned();
    let wrapped = |width: usize, end: &str| encoded.as_bytes().chunks(width).collect::<Vec<_>>().join(end.as_bytes());
    let lines = [(60, "\n"), (76, "\n"), (76, "\r\n")].map(|(width, end)| (wrapped(width, end), end));
    let lines = lines.into_iter().filter(|(lines, _)| !lines.is_empty());
    let lines: Variants = lines.flat_map(|(lines, end)| [[lines.as_slice(), end.as_bytes()].concat(), lines]).collect();
    let texts = [bare(&encoded), bare(&for_addresses), for_addresses, encoded];
    texts.into_iter().map(String::into_bytes).chain(lines).collect()
}

/// RFC 3986, section 2.1: all but the unreserved, in lower or upper case; or with `+` for a blank; or as functions that leave marks
/// or whatever has a meaning in an address.
fn percent_text(octets: &[u8]) -> Variants {
    const MARKS: &[u8] = b"!*'()";
    const ADDRESS: &[u8] = b"!*'();/?:@&=+$,#";
    let write = |left: &[u8], lower: bool, plus: bool| {
        each_octet(octets, |octet, sent| match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => sent.push(octet),
            _ if left.contains(&octet) => sent.push(octet),
            b' ' if plus => sent.push(b'+'),
            _ if lower => sent.extend(format!("%{octet:02x}").into_bytes()),
            _ => sent.extend(format!("%{octet:02X}").into_bytes()),
        })
    };
    let mut sent = escaped(octets, |octet| format!("%{octet:02x}"));
    sent.extend([(false, false), (true, false), (false, true), (true, true)].map(|(lower, plus)| write(b"", lower, plus)));
    sent.extend([write(MARKS, false, false), write(ADDRESS, false, false)]);
    sent
}

/// `^M` and `M-i`, as `cat -v` shows octets: line feeds and tabs as they are, or also these; those beyond ASCII or not.
fn caret_notation(octets: &[u8]) -> Variants {
    fn low(octet: u8, plain: &[u8], sent: &mut Vec<u8>) {
        match octet {
            _ if plain.contains(&octet) => sent.push(octet),
            0..0x20 | 0x7f => sent.extend([b'^', octet ^ 0x40]),
            _ => sent.push(octet),
        }
    }
    let write = |plain: &[u8], high: bool| {
        each_octet(octets, |octet, sent| match octet {
            0x80.. if high => {
                sent.extend(b"M-");
                low(octet & 0x7f, b"", sent);
            }
            0x80.. => sent.push(octet),
            _ => low(octet, plain, sent),
        })
    };
    [&b"\n\t"[..], b"\n", b""].into_iter().flat_map(|plain| [write(plain, true), write(plain, false)]).collect()
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

/// With one quote, both or none of them, in each of their spellings.
fn markup_escaped(octets: &[u8]) -> Variants {
    let write = |double: &[u8], single: &[u8]| {
        each_char(octets, |character, sent| match character {
            '&' => sent.extend(b"&amp;"),
            '<' => sent.extend(b"&lt;"),
            '>' => sent.extend(b"&gt;"),
            '"' => sent.extend(double),
            '\'' => sent.extend(single),
            _ => push(character, sent),
        })
    };
    let doubles: [&[u8]; 3] = [b"&quot;", b"&#34;", b"\""];
    let singles: [&[u8]; 5] = [b"&#39;", b"&#039;", b"&#x27;", b"&apos;", b"'"];
    doubles.into_iter().flat_map(|double| singles.into_iter().flat_map(move |single| write(double, single))).collect()
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
