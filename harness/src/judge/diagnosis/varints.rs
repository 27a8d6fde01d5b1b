//! Integers of variable length in another form than LEB128, or in another kind of it.

use super::rule::{NumberRule, Variants};
use super::subject::Value;
use crate::suite::plan::{Fixed, Order, Varint};

pub(super) const RULES: &[NumberRule] = &[
    ("varint-big-endian", |value| with_varint(value, big_endian)),
    ("varint-zigzag", |value| with_varint(value, |kind, value| as_kind(kind, Varint::Zigzag, value))),
    ("varint-signed", |value| with_varint(value, |kind, value| as_kind(kind, Varint::Signed, value))),
    ("varint-unsigned", |value| with_varint(value, |kind, value| as_kind(kind, Varint::Unsigned, value))),
    ("varint-fixed-width", |value| with_varint(value, fixed_width)),
    ("varint-unfinished", |value| with_varint(value, unfinished)),
    ("zero-as-nothing", |value| with_varint(value, |_, value| if value == 0 { vec![Vec::new()] } else { Vec::new() })),
    ("varint-not-minimal", |value| with_varint(value, not_minimal)),
];

fn with_varint(value: &Value<'_>, sent: impl Fn(Varint, i128) -> Variants) -> Variants {
    match *value {
        Value::Varint(kind, value) => sent(kind, value),
        _ => Vec::new(),
    }
}

/// The number that the octets of LEB128 carry.
fn bits(kind: Varint, value: i128) -> u64 {
    match kind {
        Varint::Zigzag => ((value << 1) ^ (value >> 127)) as u64,
        Varint::Signed | Varint::Unsigned => value as u64,
    }
}

/// The most significant group first: BER, MIDI, `w` in the pack functions. Of the number, or of what it is turned into first.
fn big_endian(kind: Varint, value: i128) -> Variants {
    [bits(kind, value), value as u64].map(most_significant_first).to_vec()
}

pub(super) fn most_significant_first(value: u64) -> Vec<u8> {
    let mut octets = vec![value as u8 & 0x7f];
    let mut rest = value >> 7;
    while rest > 0 {
        octets.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    octets.reverse();
    octets
}

/// In 64 bits and, as 32-bit integers do it, in 32.
fn as_kind(meant: Varint, kind: Varint, value: i128) -> Variants {
    if meant == kind { Vec::new() } else { vec![kind.octets(value)] }
}

fn fixed_width(_: Varint, value: i128) -> Variants {
    let layouts =
        [2, 4, 8].into_iter().flat_map(|width| [Order::Big, Order::Little].map(|order| Fixed { width, signed: true, order }));
    layouts.filter(|fixed| value >> (fixed.width * 8) <= 0).map(|fixed| fixed.octets(value)).collect()
}

/// One or more groups of nothing at the end.
fn not_minimal(kind: Varint, value: i128) -> Variants {
    let minimal = kind.octets(value);
    let fill = if kind == Varint::Signed && value < 0 { 0x7f } else { 0 };
    (minimal.len() + 1..=10).map(|length| padded(&minimal, length, fill)).collect()
}

/// A loop that ends one turn too early where just the continuation bit is left, or that sets it in the last octet too.
fn unfinished(kind: Varint, value: i128) -> Variants {
    let octets = kind.octets(value);
    let every = octets.iter().map(|octet| octet | 0x80).collect();
    match octets.as_slice() {
        [first @ .., 0x80, 0x01] => vec![[first, &[0x80]].concat(), every],
        _ => vec![every],
    }
}

fn padded(minimal: &[u8], length: usize, fill: u8) -> Vec<u8> {
    let mut octets = minimal.to_vec();
    octets.resize(length, fill);
    octets.iter().enumerate().map(|(at, octet)| if at + 1 < length { octet | 0x80 } else { *octet }).collect()
}

/// Zigzag in 32 bits, and the loops that compare in 64 bits and shift 32, with their sign or without.
pub(super) fn cut_to_32_bits(value: &Value<'_>) -> Variants {
    let Value::Varint(kind, value) = *value else { return Vec::new() };
    let low = value as i32;
    let zigzag = Varint::Unsigned.octets((((low << 1) ^ (low >> 31)) as u32).into());
    let unsigned = Varint::Unsigned.octets((bits(kind, value) as u32).into());
    let plain = Varint::Unsigned.octets((value as u32).into());
    let exact = bits(kind, value);
    // A language whose numbers are all floats has rounded it before.
    let rounded = exact as f64 as u128;
    let shifted = Varint::Unsigned.octets(i128::from(((value as i64) << 1) as u64 ^ (value as i64 >> 31) as u64));
    vec![zigzag, shifted, unsigned, plain, by_signed_shifts(exact), by_unsigned_shifts(exact.into()), by_unsigned_shifts(rounded)]
}

fn by_unsigned_shifts(value: u128) -> Vec<u8> {
    if value < 0x80 {
        return vec![value as u8];
    }
    let rest = Varint::Unsigned.octets((value as u32 >> 7).into());
    [&[value as u8 | 0x80], rest.as_slice()].concat()
}

fn by_signed_shifts(value: u64) -> Vec<u8> {
    if value < 0x80 {
        return vec![value as u8];
    }
    let mut octets = vec![value as u8 | 0x80];
    let mut rest = value as i32 >> 7;
    while rest >= 0x80 {
        octets.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    octets.push(rest as u8);
    octets
}
