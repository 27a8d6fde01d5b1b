//! Octets written as text: escapes that nothing expanded, hex, base64, literals of programming languages.

use std::fmt::Write;

use super::line_ends::replaced;
use super::rule::{Rule, Variants, each_char, each_octet, push};
use crate::hex;

pub(super) const RULES: &[Rule] = &[
    ("unicode-escapes-as-text", unicode_escapes),
    ("hex-escapes-as-text", |octets| escaped(octets, |octet, sent| by_hex(b"\\x", octet, sent))),
    ("octal-escapes-as-text", |octets| escaped(octets, by_octal)),
    ("octets-literal-as-text", octets_literal),
    ("string-literal-as-text", string_literal),
    ("octet-list-as-text", octet_list),
    ("hex-text", hex_text),
    ("base64-text", base64_text),
    ("percent-text", percent_text),
    ("quoted-printable", quoted_printable),
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
fn escaped(octets: &[u8], escape: impl Fn(u8, &mut Vec<u8>)) -> Variants {
    let which: [fn(u8) -> bool; 3] = [|_| true, |octet| octet >= 0x80, |octet| !matches!(octet, b' '..=b'~')];
    let write = |wanted: fn(u8) -> bool, upper: bool| {
        each_octet(octets, |octet, sent| match wanted(octet) {
            false => sent.push(octet),
            true => with_digits(upper, sent, |sent| escape(octet, sent)),
        })
    };
    which.into_iter().flat_map(|wanted| [write(wanted, false), write(wanted, true)]).collect()
}

fn by_hex(mark: &[u8], octet: u8, sent: &mut Vec<u8>) {
    digits(mark, octet.into(), 2, sent);
}

fn by_capitals(mark: &[u8], octet: u8, sent: &mut Vec<u8>) {
    let start = sent.len() + mark.len();
    by_hex(mark, octet, sent);
    sent[start..].make_ascii_uppercase();
}

fn by_octal(octet: u8, sent: &mut Vec<u8>) {
    sent.extend([b'\\', b'0' + (octet >> 6), b'0' + (octet >> 3 & 7), b'0' + (octet & 7)]);
}

/// `\u00e9` with surrogate pairs, `\U0001f600` beyond 16 bits, `\xe9` below 8, or `\u{1f600}`; of characters beyond ASCII, of controls too, or of all.
fn unicode_escapes(octets: &[u8]) -> Variants {
    let which: [fn(char) -> bool; 3] = [|c| !c.is_ascii(), |c| !matches!(c, ' '..='~'), |_| true];
    let styles: [fn(char, &mut Vec<u8>); 5] = [by_pairs, by_eight_digits, by_size, in_braces, by_name];
    let write = |wanted: fn(char) -> bool, style: fn(char, &mut Vec<u8>), upper: bool| {
        each_char(octets, |character, sent| match wanted(character) {
            false => push(character, sent),
            true => with_digits(upper, sent, |sent| style(character, sent)),
        })
    };
    let mut sent = Vec::new();
    for style in styles {
        sent.extend(which.into_iter().flat_map(|wanted| write(wanted, style, false)));
        sent.extend(which.into_iter().flat_map(|wanted| write(wanted, style, true)));
    }
    sent
}

fn by_pairs(character: char, sent: &mut Vec<u8>) {
    character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| digits(b"\\u", (*unit).into(), 4, sent));
}

fn by_eight_digits(character: char, sent: &mut Vec<u8>) {
    match u32::from(character) {
        point @ 0..=0xffff => digits(b"\\u", point, 4, sent),
        point => digits(b"\\U", point, 8, sent),
    }
}

fn by_size(character: char, sent: &mut Vec<u8>) {
    match u32::from(character) {
        point @ 0..=0xff => digits(b"\\x", point, 2, sent),
        _ => by_eight_digits(character, sent),
    }
}

fn in_braces(character: char, sent: &mut Vec<u8>) {
    digits(b"\\u{", character.into(), 1, sent);
    sent.push(b'}');
}

fn by_name(character: char, sent: &mut Vec<u8>) {
    let start = sent.len();
    digits(b"U+", character.into(), 4, sent);
    sent[start..].make_ascii_uppercase();
}

/// A number in hex, at least so many digits of it, behind a mark.
fn digits(mark: &[u8], number: u32, least: u32, sent: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let count = (u32::BITS - number.leading_zeros()).div_ceil(4).max(least);
    sent.extend_from_slice(mark);
    sent.extend((0..count).rev().map(|place| DIGITS[(number >> (4 * place) & 15) as usize]));
}

/// An escape, with capitals for digits or not; the letter of the escape stays as it is.
fn with_digits(upper: bool, sent: &mut Vec<u8>, escape: impl FnOnce(&mut Vec<u8>)) {
    let start = sent.len();
    escape(sent);
    if upper {
        sent[start..].iter_mut().filter(|digit| matches!(digit, b'a'..=b'f')).for_each(|digit| digit.make_ascii_uppercase());
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
            _ => by_hex(b"\\x", octet, sent),
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
            c if ascii && !c.is_ascii() => by_eight_digits(c, sent),
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
            _ if lower => by_hex(b"%", octet, sent),
            _ => by_capitals(b"%", octet, sent),
        })
    };
    let mut sent = escaped(octets, |octet, sent| by_hex(b"%", octet, sent));
    sent.extend([(false, false), (true, false), (false, true), (true, true)].map(|(lower, plus)| write(b"", lower, plus)));
    sent.extend([write(MARKS, false, false), write(ADDRESS, false, false)]);
    sent
}

/// RFC 2045, section 6.7: with the equals sign, or without.
fn quoted_printable(octets: &[u8]) -> Variants {
    let with_sign = each_octet(octets, |octet, sent| match octet {
        b'=' | 0x80.. => by_capitals(b"=", octet, sent),
        _ => sent.push(octet),
    });
    let mut sent = escaped(octets, |octet, sent| by_capitals(b"=", octet, sent));
    sent.push(with_sign);
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
    let written = |character: char, sent: &mut Vec<u8>| {
        if character.is_ascii() { push(character, sent) } else { by_pairs(character, sent) }
    };
    let ascii = each_char(plain.as_bytes(), written).concat();
    let slashes = replaced(&ascii, b"/", b"\\/");
    let plain = plain.into_bytes();
    let marks: [(&[u8], &[u8]); 3] = [(b"<", b"\\u003c"), (b">", b"\\u003e"), (b"&", b"\\u0026")];
    let markup = marks.iter().fold(plain.clone(), |text, (mark, escape)| replaced(&text, mark, escape));
    let forms = [plain, ascii, slashes, markup];
    forms.into_iter().flat_map(|text| [[b"\"", text.as_slice(), b"\""].concat(), text]).collect()
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
