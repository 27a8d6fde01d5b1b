//! Inputs for programs that read no plans: values at the boundaries of each kind, one by one, and others at random.

use super::texts::{CHARACTERS, OCTETS, PHRASES, octet, octets, text};
use super::{Generator, numbers};
use crate::hex;
use crate::suite::random::Random;
use crate::suite::{Generate, InputKind};

/// Texts with line ends, octets that end strings, and blanks at ends.
const TEXTS: &[&str] = &[
    "",
    "\0",
    "\n",
    "\r\n",
    "a\r\nb",
    "a\rb",
    "a\0b",
    " a ",
    "a\n",
    "a\n\nb\n",
    "\t",
    "\u{feff}a",
    "\u{feff}",
    "e\u{301}",
    "é",
    "a\u{2028}b",
    "😀",
    "\u{10ffff}",
    "\u{ffff}",
    "\u{85}",
    "\u{1a}",
    "a\u{1b}[0m",
    "\u{7f}\u{80}",
];

/// Values of RFC 8259 that parsers and serialisers treat differently.
const JSON: &[&str] = &[
    "null",
    "\"\"",
    "[]",
    "{}",
    "\"\\u0000\"",
    "\"\\ud83d\\ude00\"",
    "\"😀\"",
    "\"\\u00e9\"",
    "\"é\"",
    "\"e\u{301}\"",
    "\"\\/\"",
    "\"\\b\\f\\n\\r\\t\\\"\\\\\"",
    "\"\u{7f}\"",
    "\"\u{2028}\u{2029}\"",
    "\"<&>'\"",
    "\"\u{feff}\"",
    "\"\u{ffff}\"",
    "{\"a\":1,\"a\":2}",
    "{\"b\":1,\"a\":2}",
    "{\"\":{}}",
    "{\"2\":1,\"10\":2,\"1\":3}",
    "{\"é\":1,\"z\":2,\"\u{ffff}\":3,\"😀\":4}",
    "{\"__proto__\":1}",
    "0",
    "-0",
    "-0.0",
    "1.0",
    "1.10",
    "1e2",
    "1E+2",
    "1e-7",
    "1e21",
    "1e400",
    "1e-400",
    "0.1",
    "4.35",
    "5e-324",
    "1.7976931348623157e308",
    "9007199254740993",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775809",
    "100000000000000000000000",
    "123456789.123456789123456789",
    " [ 1 , 2 ] ",
    "\n{\r\n\t\"a\" : true }\n",
    "[true,false,null]",
    "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]",
    "\"\\ud800\"",
];

/// Levels of arrays in each other, where a value is nested deeply.
const DEPTHS: &[usize] = &[100, 128, 129, 512, 1001];

/// How deep a value at random is.
const DEPTH: u64 = 4;

impl Generator {
    /// Input `n` of this kind, from 1.
    #[must_use]
    pub fn input(self, n: u64, generate: Generate) -> Vec<u8> {
        let mut random = Random::of(self.seed, n);
        let turn = (n - 1) as usize;
        let input = match generate.kind {
            InputKind::Text => texts(&mut random, turn),
            InputKind::Octets => any_octets(&mut random, turn, generate.up_to),
            InputKind::Json => json(&mut random, turn),
            InputKind::Number => number(&mut random, turn),
        };
        if input.len() <= generate.up_to { input } else { shortest(generate) }
    }
}

/// Whether some input is one of this kind.
#[must_use]
pub fn is_valid(kind: InputKind, input: &[u8]) -> bool {
    let value = || serde_json::from_slice::<serde::de::IgnoredAny>(input).is_ok();
    match kind {
        InputKind::Octets => true,
        InputKind::Text => std::str::from_utf8(input).is_ok(),
        InputKind::Json => value(),
        InputKind::Number => input.first().is_some_and(|first| first.is_ascii_digit() || *first == b'-') && value(),
    }
}

/// What is valid, and fits.
fn shortest(generate: Generate) -> Vec<u8> {
    match generate.kind {
        InputKind::Text | InputKind::Octets => Vec::new(),
        InputKind::Json | InputKind::Number => b"0".to_vec(),
    }
}

fn texts(random: &mut Random, turn: usize) -> Vec<u8> {
    let known = TEXTS.iter().chain(PHRASES).nth(turn);
    let parts = 1 + random.below(3);
    let ends = ["", "", "\n", "\r\n", "\0", " "];
    let any = |random: &mut Random| {
        let length = numbers::length(random, 12);
        text(random, u64::MAX, length) + random.pick(&ends)
    };
    known.map_or_else(|| (0..parts).map(|_| any(random)).collect(), |known| (*known).to_owned()).into_bytes()
}

fn any_octets(random: &mut Random, turn: usize, most: usize) -> Vec<u8> {
    if turn == 0 {
        return Vec::new();
    }
    if let Some(known) = OCTETS.get(turn - 1) {
        return hex::decode(known).unwrap_or_default();
    }
    if random.one_in(3) {
        return texts(random, usize::MAX);
    }
    let length = numbers::length(random, 12).min(most as u64);
    let digits = if random.one_in(4) { octet(random).repeat(length as usize) } else { octets(random, length) };
    hex::decode(&digits).unwrap_or_default()
}

fn number(random: &mut Random, turn: usize) -> Vec<u8> {
    let known = JSON.iter().filter(|value| is_valid(InputKind::Number, value.as_bytes())).nth(turn);
    known.map_or_else(|| any_number(random), |known| (*known).to_owned()).into_bytes()
}

fn any_number(random: &mut Random) -> String {
    match random.below(4) {
        0 => numbers::integer(random, i64::MIN.into(), u64::MAX.into()).to_string(),
        1 => format!("{}.{}", numbers::integer(random, -1000, 1000), random.below(1_000_000)),
        2 => format!("{}e{}", 1 + random.below(9_999), numbers::integer(random, -330, 330)),
        _ => {
            let value = f64::from_bits(random.next());
            if value.is_finite() { format!("{value:e}") } else { "0.5".into() }
        }
    }
}

fn json(random: &mut Random, turn: usize) -> Vec<u8> {
    if let Some(known) = JSON.get(turn) {
        return known.as_bytes().to_vec();
    }
    if let Some(depth) = DEPTHS.get(turn - JSON.len()) {
        return ["[".repeat(*depth), "]".repeat(*depth)].concat().into_bytes();
    }
    value(random, DEPTH).into_bytes()
}

fn value(random: &mut Random, depth: u64) -> String {
    match random.below(if depth == 0 { 5 } else { 8 }) {
        0 => random.pick(&["null", "true", "false"]).to_owned(),
        1..=2 => any_number(random),
        3..=4 => string(random),
        5..=6 => {
            let members = (0..random.below(5)).map(|_| format!("{}:{}", string(random), value(random, depth - 1)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        _ => {
            let items = (0..random.below(5)).map(|_| value(random, depth - 1));
            format!("[{}]", items.collect::<Vec<_>>().join(","))
        }
    }
}

fn string(random: &mut Random) -> String {
    let pieces = (0..random.below(5)).map(|_| match random.below(4) {
        0 => escaped(random.pick(CHARACTERS)),
        1 => quoted(&random.pick(CHARACTERS).to_string()),
        _ => quoted(random.pick(PHRASES)),
    });
    format!("\"{}\"", pieces.collect::<String>())
}

/// With nothing escaped but what must be.
fn quoted(text: &str) -> String {
    let must = |c: char| matches!(c, '"' | '\\') || c < ' ';
    text.chars().map(|c| if must(c) { escaped(c) } else { c.to_string() }).collect()
}

/// By its UTF-16 units, whether it has to be or not.
fn escaped(character: char) -> String {
    character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [InputKind; 4] = [InputKind::Text, InputKind::Octets, InputKind::Json, InputKind::Number];

    fn inputs(kind: InputKind, up_to: usize) -> Vec<Vec<u8>> {
        (1..=600).map(|n| Generator::new(7).input(n, Generate { kind, up_to })).collect()
    }

    #[test]
    fn each_input_is_of_its_kind_fits_and_is_always_the_same() {
        for kind in KINDS {
            for up_to in [1, 30, 4096] {
                let all = inputs(kind, up_to);
                for (input, n) in all.iter().zip(1..) {
                    let is_deep = kind == InputKind::Json && input.starts_with(b"[[[[[[[[[[[[[[[[[[[[[");
                    let shown = String::from_utf8_lossy(input);
                    assert!(
                        input.len() <= up_to && (is_deep || is_valid(kind, input) || shown == "\"\\ud800\""),
                        "{kind:?} {n}: {shown}"
                    );
                }
                assert_eq!(all, inputs(kind, up_to));
            }
        }
    }

    #[test]
    fn boundaries_come_first() {
        let has = |kind, wanted: &[u8]| inputs(kind, 4096)[..80].iter().any(|input| input == wanted);
        for wanted in [&b""[..], b"\0", b"\r\n", "\u{feff}a".as_bytes()] {
            assert!(has(InputKind::Text, wanted) && (wanted.is_empty() || !has(InputKind::Number, wanted)), "{wanted:?}");
        }
        assert!(has(InputKind::Octets, b"") && has(InputKind::Octets, b"\xff") && has(InputKind::Octets, b"\xc0\x80"));
        assert!(has(InputKind::Number, b"-0") && has(InputKind::Number, b"9007199254740993") && has(InputKind::Number, b"1e400"));
        assert!(has(InputKind::Json, br#"{"a":1,"a":2}"#) && has(InputKind::Json, br#""\ud83d\ude00""#));
        assert!(inputs(InputKind::Json, 4096).iter().any(|input| input.starts_with(&[b'['; 1001])));
    }
}
