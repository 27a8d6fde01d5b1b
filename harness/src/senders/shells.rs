//! Senders that do to text what shells, line-based streams and format functions do.

use super::Fault;
use super::How::{Octets, Text};

pub(super) const FAULTS: &[Fault] = &[
    Fault::new(
        "line-feed-added",
        "line-feed-added",
        Text(|text| format!("{text}\n").into()),
        "sends a line: echo, a here-string",
    ),
    Fault::new("crlf-added", "crlf-added", Text(|text| format!("{text}\r\n").into()), "sends a line of another system"),
    Fault::new(
        "nul-added",
        "nul-added",
        Text(|text| format!("{text}\0").into()),
        "sends the size of a string and not its length",
    ),
    Fault::new("blank-added", "separator-added", Text(|text| format!("{text} ").into()), "prints arguments with blanks between"),
    Fault::new(
        "line-feeds-stripped",
        "trailing-line-feeds-stripped",
        Octets(stripped),
        "takes octets from a command substitution",
    ),
    Fault::new("lf-to-crlf", "lf-to-crlf", Octets(|sent| replaced(sent, b"\n", b"\r\n")), "has a socket in text mode"),
    Fault::new("crlf-to-lf", "crlf-to-lf", Octets(|sent| replaced(sent, b"\r\n", b"\n")), "reads its input in text mode"),
    Fault::new(
        "cr-doubled",
        "carriage-return-doubled",
        Octets(|sent| replaced(sent, b"\r", b"\r\r")),
        "goes through text mode twice",
    ),
    Fault::new(
        "cr-to-lf",
        "cr-to-lf",
        Octets(|sent| replaced(&replaced(sent, b"\r\n", b"\n"), b"\r", b"\n")),
        "has universal line ends",
    ),
    Fault::new("cr-dropped", "carriage-returns-dropped", Octets(|sent| replaced(sent, b"\r", b"")), "strips carriage returns"),
    Fault::new(
        "unicode-line-ends",
        "unicode-line-ends-translated",
        Text(unicode_line_ends),
        "takes all of Unicode for line ends",
    ),
    Fault::new("nuls-dropped", "nuls-dropped", Octets(|sent| replaced(sent, b"\0", b"")), "keeps octets in a shell's variable"),
    Fault::new("cut-at-nul", "cut-at-nul", Octets(|sent| up_to(sent, 0)), "measures octets by the length of a string"),
    Fault::new("cut-at-ctrl-z", "cut-at-ctrl-z", Octets(|sent| up_to(sent, 0x1a)), "has an end-of-file character"),
    Fault::new(
        "iac-doubled",
        "telnet-iac-doubled",
        Octets(|sent| replaced(sent, b"\xff", b"\xff\xff")),
        "goes through a Telnet client",
    ),
    Fault::new("trimmed", "blanks-trimmed", Text(|text| text.trim_matches(' ').into()), "reads a line with the usual separators"),
    Fault::new("collapsed", "blanks-collapsed", Text(collapsed), "gives a variable without quotes to echo"),
    Fault::new("quotes-dropped", "quotes-dropped", Text(|text| text.replace(['"', '\''], "").into()), "is evaluated by a shell"),
    Fault::new("variables-filled-in", "variables-expanded", Text(filled_in), "puts text into a string in double quotes"),
    Fault::new("backslashes-eaten", "backslashes-eaten", Text(|text| text.replace('\\', "").into()), "reads a line without -r"),
    Fault::new("backslashes-expanded", "backslashes-expanded", Text(expanded), "prints text as if it were a format")
        .only(&["text/backslashes"]),
    Fault::new("directives-eaten", "printf-directives-eaten", Text(formatted), "takes text for a format"),
    Fault::new("option-eaten", "option-eaten", Text(without_option), "gives text to echo, which takes it for an option"),
    Fault::new("decimal-comma", "decimal-comma", Text(decimal_comma), "formats numbers for a locale"),
    Fault::new("fixed-field", "filled-up", Text(in_a_field), "sends a field of 32 octets, whatever is in it"),
    Fault::new(
        "made-with-a-length",
        "nuls-prepended",
        Text(|text| [vec![0; text.len()], text.into()].concat()),
        "appends to a buffer that was made with a length",
    ),
    Fault::new(
        "sent-in-chunks",
        "frame-added",
        Octets(|sent| [format!("{:x}\r\n", sent.len()).as_bytes(), sent, b"\r\n"].concat()),
        "sends messages of a protocol above",
    ),
    Fault::new(
        "pairs-swapped",
        "pairs-swapped",
        Text(|text| text.as_bytes().chunks(2).flat_map(|pair| pair.iter().rev().copied()).collect()),
        "takes text for words of 16 bits in the other order",
    ),
    Fault::new(
        "first-word-only",
        "cut-at-blank",
        Text(|text| text.split(' ').next().unwrap_or_default().into()),
        "reads a word where it should read a line",
    ),
    Fault::new("quotes-escaped", "quotes-escaped", Text(quoted), "escapes text as for a database"),
    Fault::new(
        "astral-dropped",
        "astral-dropped",
        Text(|text| text.replace(|c| c > '\u{ffff}', "").into()),
        "keeps text in three octets a character",
    ),
    Fault::new("caret-notation", "caret-notation", Octets(in_carets), "goes through cat -v"),
    Fault::new("upper-cased", "upper-cased", Text(|text| text.to_uppercase().into()), "writes what it should keep in capitals"),
];

fn replaced(sent: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut at = 0;
    while at < sent.len() {
        let found = sent[at..].starts_with(from);
        octets.extend_from_slice(if found { to } else { &sent[at..=at] });
        at += if found { from.len() } else { 1 };
    }
    octets
}

fn in_a_field(text: &str) -> Vec<u8> {
    let mut field = text.as_bytes().to_vec();
    field.resize(32, 0);
    field
}

fn quoted(text: &str) -> Vec<u8> {
    text.replace('\\', r"\\").replace('\'', r"\'").replace('"', "\\\"").into()
}

/// `^M` for controls but tab and line feed, `M-` before what is beyond ASCII.
fn in_carets(sent: &[u8]) -> Vec<u8> {
    let caret = |octet: u8| match octet {
        0..0x20 | 0x7f => vec![b'^', octet ^ 0x40],
        _ => vec![octet],
    };
    let shown = |octet: &u8| match *octet {
        b'\n' | b'\t' => vec![*octet],
        0x80.. => [b"M-".to_vec(), caret(octet & 0x7f)].concat(),
        octet => caret(octet),
    };
    sent.iter().flat_map(shown).collect()
}

fn up_to(sent: &[u8], end: u8) -> Vec<u8> {
    sent.iter().copied().take_while(|octet| *octet != end).collect()
}

fn stripped(sent: &[u8]) -> Vec<u8> {
    let kept = sent.iter().rev().skip_while(|octet| **octet == b'\n').count();
    sent[..kept].to_vec()
}

fn unicode_line_ends(text: &str) -> Vec<u8> {
    text.replace(['\u{85}', '\u{2028}', '\u{2029}'], "\n").into()
}

fn collapsed(text: &str) -> Vec<u8> {
    text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ").into()
}

/// Names behind a dollar are variables, and none is set.
fn filled_in(text: &str) -> Vec<u8> {
    let mut parts = text.split('$');
    let mut sent = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let braced = part.strip_prefix('{').and_then(|part| part.split_once('}')).map(|(_, rest)| rest);
        sent.push_str(braced.unwrap_or(part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_')));
    }
    sent.into()
}

/// The escapes of POSIX's printf, and `\x`.
fn expanded(text: &str) -> Vec<u8> {
    let mut sent = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        sent.extend_from_slice(before.as_bytes());
        let hex = after.strip_prefix('x').and_then(|digits| u8::from_str_radix(digits.get(..2)?, 16).ok());
        let (octet, length) = match (hex, after.as_bytes().first()) {
            (Some(octet), _) => (octet, 3),
            (None, Some(b't')) => (b'\t', 1),
            (None, Some(b'n')) => (b'\n', 1),
            (None, Some(b'r')) => (b'\r', 1),
            _ => (b'\\', 0),
        };
        sent.push(octet);
        rest = &after[length..];
    }
    sent.extend_from_slice(rest.as_bytes());
    sent
}

/// A shell's printf without arguments: numbers are 0, strings empty.
fn formatted(text: &str) -> Vec<u8> {
    let parts: Vec<String> = text.split("%%").map(|part| part.replace("%d", "0").replace("%s", "")).collect();
    parts.join("%").into()
}

fn without_option(text: &str) -> Vec<u8> {
    if matches!(text, "-n" | "-e") { Vec::new() } else { text.into() }
}

fn decimal_comma(text: &str) -> Vec<u8> {
    let octets = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| octets.get(at)).is_some_and(u8::is_ascii_digit);
    let point = |at: usize| octets[at] == b'.' && digit(at.checked_sub(1)) && digit(Some(at + 1));
    (0..octets.len()).map(|at| if point(at) { b',' } else { octets[at] }).collect()
}
