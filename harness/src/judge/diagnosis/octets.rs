//! Octets that are lost, cut at or changed one by one, whatever they stand for.

use super::line_ends::replaced;
use super::rule::{Rule, Variants, each_octet};

pub(super) const RULES: &[Rule] = &[
    ("nuls-dropped", |octets| vec![without(octets, |octet| octet == 0)]),
    ("nuls-replaced", nuls_replaced),
    ("nibbles-swapped", |octets| vec![each_octet(octets, |octet, sent| sent.push(octet.rotate_left(4)))]),
    ("bits-reversed", |octets| vec![each_octet(octets, |octet, sent| sent.push(octet.reverse_bits()))]),
    ("bits-inverted", |octets| vec![each_octet(octets, |octet, sent| sent.push(!octet))]),
    ("hex-digits-misread", hex_digits_misread),
    ("cut-at-nul", |octets| cut(octets, 0)),
    ("cut-at-ctrl-z", |octets| cut(octets, 0x1a)),
    ("cut-at-ctrl-d", |octets| cut(octets, 0x04)),
    ("cut-at-line-feed", |octets| cut(octets, b'\n')),
    ("high-bit-stripped", |octets| vec![each_octet(octets, |octet, sent| sent.push(octet & 0x7f))]),
    ("high-octets-dropped", |octets| vec![without(octets, |octet| octet >= 0x80)]),
    ("invalid-utf-8-dropped", invalid_utf_8_dropped),
    ("controls-dropped", controls_dropped),
    ("flow-control-filtered", |octets| vec![without(octets, |octet| matches!(octet, 0x11 | 0x13))]),
    ("telnet-iac-doubled", |octets| vec![replaced(octets, &[0xff], &[0xff, 0xff])]),
    ("telnet-commands-filtered", telnet_commands_filtered),
];

/// Rules that turn each octet into another.
const BY_BITS: [&str; 4] = ["nibbles-swapped", "bits-reversed", "bits-inverted", "high-bit-stripped"];

/// What it tells that text goes on until the octet that ends it for some, and all that is missing follows there.
const ENDED: i32 = 8;

/// So many octets have to be missing behind a word: of two names that have one word in common, a few are.
const LEAST_WORDS: usize = 8;

/// So many octets have to be missing there at the least: fewer begin so by chance.
const LEAST_ENDED: usize = 4;

/// What it tells that a rule holds, besides the octets that differ, in bits: where each of several octets is the same, one of them
/// is all that is shown.
pub(super) fn sure(name: &str, expected: &[u8], captured: &[u8]) -> i32 {
    let repeated = captured.windows(2).filter(|pair| pair[0] == pair[1]).count() as i32;
    let is_one = repeated > 0 && repeated + 1 == captured.len() as i32;
    match name {
        "cut-at-nul" | "cut-at-ctrl-z" if is_word(captured) && expected.len() >= captured.len() + LEAST_ENDED => ENDED,
        // A cut at a blank that leaves just the first word.
        "cut-at-blank"
            if is_word(captured)
                && is_word(expected)
                && !captured.ends_with(b":")
                && expected.len() >= captured.len() + LEAST_WORDS =>
        {
            ENDED
        }
        "literal-respelled" if is_word(captured) && is_word(expected) => WORD,
        name if is_one && BY_BITS.contains(&name) => -2 * repeated,
        _ => 0,
    }
}

/// What it tells that all of a word is another one of the same meaning.
const WORD: i32 = 6;

/// Text of more than one octet, and of one line.
fn is_word(octets: &[u8]) -> bool {
    octets.len() > 1 && std::str::from_utf8(octets).is_ok_and(|text| !text.contains(char::is_control))
}

fn without(octets: &[u8], unwanted: impl Fn(u8) -> bool) -> Vec<u8> {
    each_octet(octets, |octet, sent| {
        if !unwanted(octet) {
            sent.push(octet)
        }
    })
}

fn invalid_utf_8_dropped(octets: &[u8]) -> Variants {
    vec![octets.utf8_chunks().map(|chunk| chunk.valid()).collect::<String>().into_bytes()]
}

/// All of them, or all but tab and line ends.
fn controls_dropped(octets: &[u8]) -> Variants {
    let is_odd = |octet: u8| octet.is_ascii_control() && !matches!(octet, b'\t' | b'\n' | b'\r');
    vec![without(octets, |octet| octet.is_ascii_control()), without(octets, is_odd)]
}

fn nuls_replaced(octets: &[u8]) -> Variants {
    [" ", "?", "\u{fffd}", "0"].map(|instead| replaced(octets, b"\0", instead.as_bytes())).to_vec()
}

/// Digits a to f that stand for 0 to 5, or for 49 to 54 as their characters have it.
fn hex_digits_misread(octets: &[u8]) -> Variants {
    let each = |digit: fn(u8) -> u8| octets.iter().map(|octet| (digit(octet >> 4) << 4) | digit(octet & 15)).collect();
    let added = octets.iter().map(|octet| misread(octet >> 4).wrapping_mul(16).wrapping_add(misread(octet & 15))).collect();
    vec![each(|digit| if digit > 9 { digit - 10 } else { digit }), each(misread), added]
}

/// The distance from the character `0`.
fn misread(digit: u8) -> u8 {
    if digit > 9 { digit - 10 + (b'a' - b'0') } else { digit }
}

/// Before the octet, or with it.
fn cut(octets: &[u8], at: u8) -> Variants {
    let first = octets.iter().position(|octet| *octet == at);
    first.map(|first| vec![octets[..first].to_vec(), octets[..=first].to_vec()]).unwrap_or_default()
}

/// RFC 854: 255 255 is a data octet; 255 and 251 to 254 take an option; any other command has two octets.
fn telnet_commands_filtered(octets: &[u8]) -> Variants {
    let mut sent = Vec::with_capacity(octets.len());
    let mut rest = octets;
    while let [first, after @ ..] = rest {
        rest = match (first, after) {
            (0xff, [0xff, after @ ..]) => {
                sent.push(0xff);
                after
            }
            (0xff, [0xfb..=0xfe, _, after @ ..] | [_, after @ ..]) => after,
            (0xff, []) => after,
            _ => {
                sent.push(*first);
                after
            }
        };
    }
    vec![sent, without(octets, |octet| octet == 0xff)]
}
