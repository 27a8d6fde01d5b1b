//! Values of a kind that have nothing to do with each other: what a sender with another state, or another input, sends.

use std::ops::RangeInclusive;

/// Two values.
#[derive(Debug, Clone)]
pub(super) struct Unrelated {
    pub expected: Vec<u8>,
    pub captured: Vec<u8>,
    pub is_text: bool,
}

/// How many of each kind there are.
const ROUNDS: usize = 20;

/// A value, from numbers that look random.
type Draw = fn(&mut dyn FnMut() -> u64) -> Vec<u8>;

const TEXTS: [Draw; 12] = [
    |next| (next() % 100_000).to_string().into(),
    |next| format!("{:08x}", next() as u32).into(),
    |next| format!("{:016x}{:016x}", next(), next()).into(),
    uuid,
    |next| format!("{} {}", word(NAMES, next()), word(NAMES, next())).into(),
    |next| word(WORDS, next()).into(),
    |next| base64_simd::URL_SAFE_NO_PAD.encode_to_string([next(), next(), next()].map(u64::to_be_bytes).concat()).into(),
    |next| format!("2024-{:02}-{:02}T{:02}:{:02}:00Z", 1 + next() % 12, 1 + next() % 28, next() % 24, next() % 60).into(),
    |next| format!("{}.{:02}", next() % 1000, next() % 100).into(),
    |next| characters(next, b'a'..=b'z', 12),
    |next| characters(next, b'0'..=b'9', 9),
    |next| characters(next, b' '..=b'~', 20),
];

/// Of 1, 2, 4, 4, 8 and 16 octets, then of 3, of any number up to 16, and numbers of any size and width.
const OCTETS: [Draw; 11] = [
    |next| vec![next() as u8],
    |next| (next() as u16).to_be_bytes().into(),
    |next| (next() as u32).to_be_bytes().into(),
    |next| (next() as u32 % 1000).to_le_bytes().into(),
    |next| ((next() % 100_000) as f64 / 64.0).to_be_bytes().into(),
    |next| [next(), next()].map(u64::to_be_bytes).concat(),
    |next| vec![next() as u8, next() as u8, next() as u8],
    |next| characters(next, 0..=255, 16),
    |next| (next() >> (next() % 64)).to_be_bytes().into(),
    |next| ((next() >> (next() % 64)) as u32).to_le_bytes().into(),
    |next| varint(next() >> (next() % 64)),
];

/// Up to so many of a kind.
fn characters(next: &mut dyn FnMut() -> u64, of: RangeInclusive<u8>, most: u64) -> Vec<u8> {
    let (least, kinds) = (*of.start(), u64::from(of.end() - of.start()) + 1);
    (0..1 + next() % most).map(|_| least + (next() % kinds) as u8).collect()
}

fn varint(number: u64) -> Vec<u8> {
    if number < 0x80 { vec![number as u8] } else { [vec![number as u8 | 0x80], varint(number >> 7)].concat() }
}

const NAMES: &[&str] = &["Ada", "Zoë", "Łukasz", "María", "Grace", "Jürgen", "Noor", "Sébastien", "Olu", "Ingrid"];
const WORDS: &[&str] =
    &["pending", "done", "active", "inactive", "red", "green", "admin", "guest", "on", "off", "small", "large"];

fn word(of: &[&'static str], number: u64) -> &'static str {
    of[(number % of.len() as u64) as usize]
}

fn uuid(next: &mut dyn FnMut() -> u64) -> Vec<u8> {
    let digits = format!("{:016x}{:016x}", next(), next());
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-").into()
}

/// Pairs of each kind, the same in every run.
pub(super) fn unrelated() -> Vec<Unrelated> {
    let mut state = 7;
    let mut next = move || {
        state = mixed(state);
        state
    };
    let kinds = TEXTS.iter().map(|kind| (kind, true)).chain(OCTETS.iter().map(|kind| (kind, false)));
    let drawn = kinds.flat_map(|(draw, is_text)| {
        let mut pair = || Unrelated { expected: draw(&mut next), captured: draw(&mut next), is_text };
        (0..ROUNDS).map(|_| pair()).collect::<Vec<_>>()
    });
    drawn.filter(|pair| pair.expected != pair.captured).collect()
}

/// SplitMix64's (Steele and others 2014) step and mix.
pub(super) fn mixed(state: u64) -> u64 {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}
