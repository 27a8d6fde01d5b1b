//! What shells, formatters and string functions do to text: blanks, backslashes, directives, options, numbers.

use super::line_ends::replaced;
use super::rule::{Rule, Variants};

pub(super) const RULES: &[Rule] = &[
    ("option-eaten", option_eaten),
    ("option-printed", option_printed),
    ("backslashes-expanded", backslashes_expanded),
    ("backslashes-eaten", backslashes_eaten),
    ("backslashes-doubled", |octets| vec![replaced(octets, b"\\", b"\\\\")]),
    ("percent-signs-doubled", |octets| vec![replaced(octets, b"%", b"%%")]),
    ("variables-expanded", variables_dropped),
    ("quotes-dropped", |octets| vec![without(octets, "\"'"), without(octets, "\""), without(octets, "'")]),
    ("quotes-escaped", quotes_escaped),
    ("cut-at-blank", cut_at_blank),
    ("blanks-trimmed", blanks_trimmed),
    ("blanks-collapsed", |octets| by_words(octets, " ")),
    ("blanks-dropped", |octets| by_words(octets, "")),
    ("tabs-to-blanks", tabs_to_blanks),
    ("hex-read-as-decimal", hex_read_as_decimal),
    ("decimal-comma", |octets| between_digits(octets, b'.', b',')),
    ("number-reformatted", number_reformatted),
    ("literal-respelled", literal_respelled),
    ("upper-cased", |octets| with_text(octets, |text| vec![text.to_uppercase(), text.to_ascii_uppercase()])),
    ("lower-cased", |octets| with_text(octets, |text| vec![text.to_lowercase(), text.to_ascii_lowercase()])),
    ("count-of-characters", |octets| recounted(octets, |text| text.chars().count())),
    ("count-of-utf-16-units", |octets| recounted(octets, |text| text.encode_utf16().count())),
];

fn with_text(octets: &[u8], sent: impl Fn(&str) -> Vec<String>) -> Variants {
    std::str::from_utf8(octets).map(|text| sent(text).into_iter().map(String::into_bytes).collect()).unwrap_or_default()
}

fn without(octets: &[u8], unwanted: &str) -> Vec<u8> {
    octets.iter().copied().filter(|octet| !unwanted.as_bytes().contains(octet)).collect()
}

const OPTIONS: [&str; 7] = ["-n", "-e", "-E", "-ne", "-en", "-nE", "--"];

fn option_eaten(octets: &[u8]) -> Variants {
    let after = |option: &&str| match octets.strip_prefix(option.as_bytes()) {
        Some([]) => Some(Vec::new()),
        Some([b' ', rest @ ..]) => Some(rest.to_vec()),
        _ => None,
    };
    OPTIONS.iter().filter_map(after).collect()
}

/// With what an `echo` that does not know the option does besides.
fn option_printed(octets: &[u8]) -> Variants {
    let escaped: Vec<u8> = octets.iter().flat_map(|octet| format!("\\x{octet:02x}").into_bytes()).collect();
    let first_plain = match octets {
        [first, rest @ ..] => {
            [&[*first], rest.iter().flat_map(|octet| format!("\\x{octet:02x}").into_bytes()).collect::<Vec<_>>().as_slice()]
                .concat()
        }
        [] => Vec::new(),
    };
    let texts = [octets, &escaped, &first_plain];
    let printed = |option: &&str| texts.map(|text| [option.as_bytes(), b" ", text].concat());
    OPTIONS.iter().flat_map(printed).flat_map(|line| [[line.as_slice(), b"\n"].concat(), line]).collect()
}

/// What `read` without -r does, with its trimming or without; and a line continued by a backslash at its end.
fn backslashes_eaten(octets: &[u8]) -> Variants {
    let mut sent = Vec::with_capacity(octets.len());
    let mut rest = octets.iter();
    while let Some(octet) = rest.next() {
        match octet {
            b'\\' => sent.extend(rest.next().filter(|next| **next != b'\n')),
            _ => sent.push(*octet),
        }
    }
    let trimmed = if sent == octets { Vec::new() } else { vec![sent.trim_ascii().to_vec()] };
    [vec![sent, without(octets, "\\")], trimmed].concat()
}

/// How escapes are read.
#[derive(Clone, Copy)]
struct Dialect {
    /// Whether it knows more than POSIX has.
    wide: bool,
    /// Whether `\c` ends it all.
    ends: bool,
    /// Whether the backslash of an escape that it does not know goes.
    eats: bool,
    /// How many octal digits may follow `\0`.
    octal: usize,
}

/// By `echo -e`, by an `echo` that knows POSIX escapes only, by the first argument of `printf`, in a string literal.
const DIALECTS: [Dialect; 4] = [
    Dialect { wide: true, ends: true, eats: false, octal: 3 },
    Dialect { wide: false, ends: true, eats: false, octal: 3 },
    Dialect { wide: true, ends: false, eats: false, octal: 2 },
    Dialect { wide: true, ends: false, eats: true, octal: 2 },
];

/// Expanded, or an escape of a code point merely written anew.
fn backslashes_expanded(octets: &[u8]) -> Variants {
    DIALECTS.iter().map(|dialect| expanded(octets, *dialect)).chain([respelled(octets)]).collect()
}

/// What `echo -e`, `printf %b` and string literals do.
fn expanded(octets: &[u8], dialect: Dialect) -> Vec<u8> {
    let mut sent = Vec::with_capacity(octets.len());
    let mut rest = octets;
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'\\' {
            sent.push(*first);
            continue;
        }
        if dialect.ends && after.first() == Some(&b'c') {
            break;
        }
        match escape(rest, dialect) {
            Some((octets, length)) => {
                sent.extend(octets);
                rest = rest.get(length..).unwrap_or_default();
            }
            None if dialect.eats => {}
            None => sent.push(*first),
        }
    }
    sent
}

/// What the escape after a backslash stands for, and its length.
fn escape(after: &[u8], dialect: Dialect) -> Option<(Vec<u8>, usize)> {
    let simple = |octet: u8| Some((vec![octet], 1));
    match after.first()? {
        b'a' => simple(0x07),
        b'b' => simple(0x08),
        b'f' => simple(0x0c),
        b'n' => simple(b'\n'),
        b'r' => simple(b'\r'),
        b't' => simple(b'\t'),
        b'v' => simple(0x0b),
        b'\\' => simple(b'\\'),
        b'0' => number(after, 0, dialect.octal + 1, 8).map(|(value, length)| (vec![value as u8], length)),
        _ if !dialect.wide => None,
        b'e' | b'E' => simple(0x1b),
        b'"' | b'\'' => simple(after[0]),
        b'x' => number(after, 1, 2, 16).map(|(value, length)| (vec![value as u8], length)),
        b'u' => number(after, 1, 4, 16).map(|unit| with_other_half(unit, after)).and_then(as_utf_8),
        b'U' => number(after, 1, 8, 16).and_then(as_utf_8),
        b'1'..=b'7' => number(after, 0, 3, 8).map(|(value, length)| (vec![value as u8], length)),
        _ => None,
    }
}

/// The code point of a surrogate pair, where this is the first half of one.
fn with_other_half((unit, length): (u32, usize), after: &[u8]) -> (u32, usize) {
    let second = after.get(length..).and_then(|rest| number(rest.strip_prefix(b"\\u")?, 0, 4, 16));
    match (unit, second) {
        (0xd800..=0xdbff, Some((low @ 0xdc00..=0xdfff, digits))) => {
            (0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00), length + 2 + digits)
        }
        _ => (unit, length),
    }
}

/// `\u00E9` of `\u00e9`: a shell that cannot encode a code point writes its escape again.
fn respelled(octets: &[u8]) -> Vec<u8> {
    let mut sent = Vec::with_capacity(octets.len());
    let mut rest = octets;
    while let Some(at) = rest.windows(2).position(|two| two == b"\\u") {
        let digits = rest[at + 2..].iter().take(4).take_while(|octet| octet.is_ascii_hexdigit()).count();
        sent.extend_from_slice(&rest[..at + 2]);
        sent.extend(rest[at + 2..at + 2 + digits].to_ascii_uppercase());
        rest = &rest[at + 2 + digits..];
    }
    [sent.as_slice(), rest].concat()
}

/// The number in up to `most` digits from `start`, and where it ends.
fn number(text: &[u8], start: usize, most: usize, radix: u32) -> Option<(u32, usize)> {
    let digits = text.get(start..)?.iter().take(most).take_while(|octet| char::from(**octet).is_digit(radix)).count();
    let text = std::str::from_utf8(text.get(start..start + digits)?).ok()?;
    Some((u32::from_str_radix(text, radix).ok()?, start + digits))
}

fn as_utf_8((point, length): (u32, usize)) -> Option<(Vec<u8>, usize)> {
    Some((char::from_u32(point)?.to_string().into_bytes(), length))
}

/// `$NAME`, `${NAME}`, `#{NAME}` and `@NAME` with nothing behind the names.
fn variables_dropped(octets: &[u8]) -> Variants {
    let drop = |sigils: &str| with_text(octets, |text| vec![names_dropped(text, sigils)]);
    [drop("$"), drop("$@"), drop("#"), drop("$@#")].concat()
}

fn names_dropped(text: &str, sigils: &str) -> String {
    let mut sent = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c| sigils.contains(c)) {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        sent.push_str(before);
        let braced = after.strip_prefix('{').and_then(|inside| inside.split_once('}')).map(|(_, after)| after);
        let bare = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let named = (bare.len() < after.len() && !rest[at..].starts_with('#')).then_some(bare);
        rest = match braced.or(named) {
            Some(after) => after,
            None => {
                sent.push_str(&rest[at..=at]);
                after
            }
        };
    }
    sent + rest
}

/// Each tab as so many blanks, or as many as reach the next stop.
fn tabs_to_blanks(octets: &[u8]) -> Variants {
    let to_stops = |stop: usize| {
        let mut sent: Vec<u8> = Vec::with_capacity(octets.len());
        for octet in octets {
            match octet {
                b'\t' => sent.extend(vec![b' '; stop - sent.len() % stop]),
                _ => sent.push(*octet),
            }
        }
        sent
    };
    let fixed = [" ", "    ", "        "].map(|blanks| replaced(octets, b"\t", blanks.as_bytes()));
    [fixed.to_vec(), vec![to_stops(8), to_stops(4)]].concat()
}

/// Code points, or octets, whose digits were read up to the first that is none of the decimal system.
fn hex_read_as_decimal(octets: &[u8]) -> Variants {
    let read = |number: u32| match (number >> 4, number & 15) {
        (high @ ..10, low @ ..10) => high * 10 + low,
        (high @ ..10, _) => high,
        (..16, _) => 0,
        _ => {
            let decimal: String = format!("{number:x}").chars().take_while(char::is_ascii_digit).collect();
            decimal.parse().unwrap_or(0)
        }
    };
    let points = with_text(octets, |text| {
        let point = |character: char| char::from_u32(read(character.into())).unwrap_or_default();
        vec![text.chars().map(point).collect()]
    });
    let each: Vec<u8> = octets.iter().map(|octet| read(u32::from(*octet)) as u8).collect();
    // Where no digit of what is another one is left, nothing shows that there were digits.
    let shows = |sent: &Vec<u8>| sent.iter().zip(octets).any(|(sent, octet)| sent != octet && *sent != 0);
    [points, vec![each]].concat().into_iter().filter(shows).collect()
}

/// A backslash before quotes, itself and NUL, or before some of these.
fn quotes_escaped(octets: &[u8]) -> Variants {
    let escaped = |marks: &[u8], names: &[(u8, u8)]| {
        let mut sent = Vec::with_capacity(octets.len());
        for octet in octets {
            match names.iter().find(|(control, _)| control == octet) {
                Some((_, name)) => sent.extend([b'\\', *name]),
                None if marks.contains(octet) => sent.extend([b'\\', *octet]),
                None => sent.push(*octet),
            }
        }
        sent
    };
    let sql = [(0, b'0'), (b'\n', b'n'), (b'\r', b'r'), (0x1a, b'Z')];
    vec![escaped(b"'\"\\", &[(0, b'0')]), escaped(b"'\"\\", &sql), escaped(b"'\"", &[]), escaped(b"\"", &[]), escaped(b"'", &[])]
}

/// Only the first word, the blanks before it gone or kept.
fn cut_at_blank(octets: &[u8]) -> Variants {
    let is_blank = |octet: &u8| octet.is_ascii_whitespace();
    let first = octets.split(is_blank).next().unwrap_or_default();
    let word = octets.split(is_blank).find(|word| !word.is_empty()).unwrap_or_default();
    if octets.iter().any(is_blank) { vec![first.to_vec(), word.to_vec()] } else { Vec::new() }
}

fn blanks_trimmed(octets: &[u8]) -> Variants {
    let ascii = [octets.trim_ascii(), octets.trim_ascii_start(), octets.trim_ascii_end()].map(<[u8]>::to_vec);
    let unicode = with_text(octets, |text| [text.trim(), text.trim_start(), text.trim_end()].map(str::to_owned).to_vec());
    let blanks = with_text(octets, |text| vec![text.trim_matches([' ', '\t']).to_owned()]);
    [ascii.to_vec(), unicode, blanks].concat()
}

/// The words, split as a shell does, with `between` between them.
fn by_words(octets: &[u8], between: &str) -> Variants {
    let words = octets.split(|octet| matches!(octet, b' ' | b'\t' | b'\n')).filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join(between.as_bytes());
    // Whether blanks at the ends stay depends on who collapses.
    let outer = [&b" "[..], &joined, &b" "[..]].concat();
    if octets.starts_with(b" ") && octets.ends_with(b" ") && !between.is_empty() { vec![joined, outer] } else { vec![joined] }
}

fn between_digits(octets: &[u8], from: u8, to: u8) -> Variants {
    let digit = |at: usize| octets.get(at).is_some_and(u8::is_ascii_digit);
    let replace =
        |(at, octet): (usize, &u8)| if *octet == from && at > 0 && digit(at - 1) && digit(at + 1) { to } else { *octet };
    vec![octets.iter().enumerate().map(replace).collect()]
}

/// A number in another form: as a float, with groups of digits, in exponents, without its sign.
fn number_reformatted(octets: &[u8]) -> Variants {
    with_text(octets, |text| match text.parse() {
        Ok(value) => other_forms(text, value),
        // Nothing counts as 0 where text is taken for a number.
        Err(_) if text.trim().is_empty() => vec!["0".into()],
        Err(_) => Vec::new(),
    })
}

fn other_forms(text: &str, value: f64) -> Vec<String> {
    let mut forms =
        vec![format!("{value}"), format!("{value:?}"), format!("{value:e}"), format!("{text}.0"), value.trunc().to_string()];
    forms.extend([",", ".", " ", "'", "_", "\u{a0}", "\u{202f}"].map(|separator| grouped(text, separator)));
    forms.extend((0..=6).map(|digits| format!("{value:.digits$}")));
    forms.extend(["+00", "E0", "e0"].map(|end| format!("{text}{end}")));
    forms.push(text.trim_start_matches('-').to_owned());
    forms.push((value as u64 as i64).to_string());
    forms.extend(text.parse::<u64>().map(|value| (value as i64).to_string()));
    forms.push(exponential(value));
    forms
}

/// `1.234567e+06`, as C writes it.
fn exponential(value: f64) -> String {
    let (mantissa, exponent) = (format!("{value:e}"), value.abs().log10().floor());
    let digits = mantissa.split('e').next().unwrap_or_default();
    format!("{digits}e{}{:02}", if exponent < 0.0 { '-' } else { '+' }, exponent.abs())
}

/// Groups of three digits.
fn grouped(text: &str, separator: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let whole = digits.split('.').next().unwrap_or_default();
    let mut sent = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            sent.push_str(separator);
        }
        sent.push(digit);
    }
    sent + &digits[whole.len()..]
}

/// What programs print for the truth values and for nothing at all.
fn literal_respelled(octets: &[u8]) -> Variants {
    let spellings: &[&[&str]] = &[
        &["true", "True", "TRUE", "1", "#t", ":true"],
        &["false", "False", "FALSE", "0", "#f", ":false", ""],
        &["null", "None", "nil", "NULL", "undefined", "", "<nil>"],
    ];
    let others = spellings.iter().filter(|spellings| spellings.first().is_some_and(|right| right.as_bytes() == octets));
    others.flat_map(|spellings| spellings.iter().skip(1)).map(|text| text.as_bytes().to_vec()).collect()
}

/// Decimal lengths before text (netstrings, RESP, octet counting) that count something else than octets.
fn recounted(octets: &[u8], count: fn(&str) -> usize) -> Variants {
    let mut sent = Vec::with_capacity(octets.len());
    let mut rest = octets;
    while let Some(start) = rest.iter().position(u8::is_ascii_digit) {
        let (before, from) = rest.split_at(start);
        let (digits, after) = from.split_at(from.iter().position(|octet| !octet.is_ascii_digit()).unwrap_or(from.len()));
        sent.extend_from_slice(before);
        match counted_text(digits, after) {
            Some(text) => sent.extend(count(text).to_string().into_bytes()),
            None => sent.extend_from_slice(digits),
        }
        rest = after;
    }
    sent.extend_from_slice(rest);
    if octets.iter().all(u8::is_ascii) { Vec::new() } else { vec![sent] }
}

/// The text that `digits` count, behind a colon, a blank or a line end.
fn counted_text<'a>(digits: &[u8], after: &'a [u8]) -> Option<&'a str> {
    let length: usize = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let text = [&b"\r\n"[..], b":", b" ", b"\n"].iter().find_map(|separator| after.strip_prefix(*separator))?;
    std::str::from_utf8(text.get(..length)?).ok()
}
