//! What octets look like, where nothing tells what they are.

use super::subject::Value;
use crate::suite::plan::{Fixed, Float, Order, Varint};

/// The quiet NaN without a payload, which most programs have; others are any octets.
pub(super) const NANS: [&[u8]; 4] =
    [&[0x7f, 0xf8, 0, 0, 0, 0, 0, 0], &[0, 0, 0, 0, 0, 0, 0xf8, 0x7f], &[0x7f, 0xc0, 0, 0], &[0, 0, 0xc0, 0x7f]];

/// Octets, taken for a number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// As a plan has it: `u16le`.
    pub name: &'static str,
    pub value: Value<'static>,
}

const INTEGERS: [(&str, Fixed); 14] = [
    ("u8", fixed(1, false, Order::Big)),
    ("i8", fixed(1, true, Order::Big)),
    ("u16be", fixed(2, false, Order::Big)),
    ("u16le", fixed(2, false, Order::Little)),
    ("i16be", fixed(2, true, Order::Big)),
    ("i16le", fixed(2, true, Order::Little)),
    ("u32be", fixed(4, false, Order::Big)),
    ("u32le", fixed(4, false, Order::Little)),
    ("i32be", fixed(4, true, Order::Big)),
    ("i32le", fixed(4, true, Order::Little)),
    ("u64be", fixed(8, false, Order::Big)),
    ("u64le", fixed(8, false, Order::Little)),
    ("i64be", fixed(8, true, Order::Big)),
    ("i64le", fixed(8, true, Order::Little)),
];

const FLOATS: [(&str, Float); 4] = [
    ("f32be", Float { width: 4, order: Order::Big }),
    ("f32le", Float { width: 4, order: Order::Little }),
    ("f64be", Float { width: 8, order: Order::Big }),
    ("f64le", Float { width: 8, order: Order::Little }),
];

const fn fixed(width: usize, signed: bool, order: Order) -> Fixed {
    Fixed { width, signed, order }
}

/// Every number that all of these octets may be.
pub(super) fn numbers(octets: &[u8]) -> Vec<Reading> {
    let integers = INTEGERS.iter().filter(|(_, fixed)| fixed.width == octets.len());
    let integers = integers.map(|(name, fixed)| Reading { name, value: Value::Integer(*fixed, integer(*fixed, octets)) });
    let floats = FLOATS.iter().filter(|(_, float)| float.width == octets.len());
    let floats = floats.filter_map(|(name, layout)| {
        let value = float(*layout, octets).filter(|value| is_likely(*value) || NANS.contains(&octets))?;
        Some(Reading { name, value: Value::Float(*layout, value, written(*layout, value)) })
    });
    // Nobody is told to send a group of nothing at the end.
    let varints = varint(octets).filter(|_| octets.last() != Some(&0)).into_iter().flat_map(|value| {
        let zigzag = i128::from((value >> 1) as i64 ^ -((value & 1) as i64));
        let kinds = [("varint", Varint::Unsigned, value.into()), ("zigzag varint", Varint::Zigzag, zigzag)];
        let negative = negative(value, octets).map(|value| ("signed varint", Varint::Signed, value));
        kinds.into_iter().chain(negative).map(|(name, kind, value)| Reading { name, value: Value::Varint(kind, value) })
    });
    integers.chain(floats).chain(varints).collect()
}

/// The widths of numbers that are more than an octet.
pub(super) const WIDTHS: [usize; 3] = [2, 4, 8];

/// So much of a number that it is likely at all, in percent, is what its width has to spare: of two octets, and of more.
const LEAST_SPARE: (u32, u32) = (43, 50);

/// What speaks for a number that stands at a multiple of its width, in percent.
const ALIGNED: u32 = 5;

/// What a number was and what it is now, if it is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Both {
    pub name: &'static str,
    pub expected: String,
    pub captured: String,
    /// How likely, next to others.
    pub percent: u32,
}

/// The number that octets most likely were and are, at this offset: one that is small for its width, or a float of few digits.
pub(super) fn likely(expected: &[u8], captured: &[u8], offset: usize) -> Option<Both> {
    let came = numbers(captured);
    let pairs = numbers(expected).into_iter().filter_map(|was| {
        let is = came.iter().find(|is| is.name == was.name)?;
        Some((was, *is))
    });
    let aligned = if offset.is_multiple_of(expected.len().max(1)) { ALIGNED } else { 0 };
    let least = if expected.len() > 2 { LEAST_SPARE.1 } else { LEAST_SPARE.0 };
    let likely = pairs.filter_map(|(was, is)| {
        let both = [was.value, is.value];
        let percent = both.iter().map(|value| spare(value)).min()?;
        let [expected, captured] = both.map(|value| value_text(&value));
        (percent >= least).then_some(Both { name: was.name, expected, captured, percent: percent + aligned })
    });
    likely.max_by_key(|both| both.percent)
}

/// How much of its width a number does not need, in percent; a float that somebody may have written needs little.
pub(super) fn spare(value: &Value<'_>) -> u32 {
    const FEW_DIGITS: usize = 6;
    match *value {
        Value::Integer(fixed, value) => {
            let bits = fixed.width as u32 * 8;
            let needed = u128::BITS - value.unsigned_abs().leading_zeros();
            bits.saturating_sub(needed + u32::from(fixed.signed)) * 100 / bits
        }
        Value::Float(_, _, written) if written != 0.0 && (1e-3..1e7).contains(&written.abs()) => {
            let digits = written.to_string().bytes().filter(u8::is_ascii_digit).count();
            if digits <= FEW_DIGITS { 90 } else { 0 }
        }
        _ => 0,
    }
}

pub(super) fn value_text(value: &Value<'_>) -> String {
    match value {
        Value::Integer(_, value) | Value::Varint(_, value) => value.to_string(),
        Value::Float(_, _, written) => written.to_string(),
        _ => String::new(),
    }
}

/// What it tells that octets can be read so: those of a varint say where it goes on and where it ends.
pub(super) fn sure(reading: Reading, octets: &[u8]) -> i32 {
    match reading.value {
        Value::Varint(..) => octets.len() as i32,
        _ => 0,
    }
}

/// The number as somebody wrote it, who had the shortest digits for it in mind.
fn written(layout: Float, value: f64) -> f64 {
    if layout.width == 4 { (value as f32).to_string().parse().unwrap_or(value) } else { value }
}

/// A number that somebody may have written: neither a tiny nor a huge one.
fn is_likely(value: f64) -> bool {
    value == 0.0 || (1e-9..1e15).contains(&value.abs())
}

fn big_endian(order: Order, octets: &[u8]) -> u64 {
    let push = |number: u64, octet: &u8| number << 8 | u64::from(*octet);
    match order {
        Order::Big => octets.iter().fold(0, push),
        Order::Little => octets.iter().rev().fold(0, push),
    }
}

/// The number that these octets are, of which there are as many as it is wide.
pub(super) fn integer(fixed: Fixed, octets: &[u8]) -> i128 {
    let number = i128::from(big_endian(fixed.order, octets));
    let bits = fixed.width * 8;
    if fixed.signed && number >> (bits - 1) == 1 { number - (1 << bits) } else { number }
}

/// The same for a binary number.
pub(super) fn float(layout: Float, octets: &[u8]) -> Option<f64> {
    let bits = big_endian(layout.order, octets);
    match layout.width {
        4 => u32::try_from(bits).ok().map(|bits| f32::from_bits(bits).into()),
        _ => Some(f64::from_bits(bits)),
    }
}

/// LEB128 of more than one octet; one alone is an octet like any.
pub(super) fn varint(octets: &[u8]) -> Option<u64> {
    let (last, others) = octets.split_last()?;
    let is_one = last & 0x80 == 0 && (1..10).contains(&others.len()) && others.iter().all(|octet| octet & 0x80 != 0);
    is_one.then(|| octets.iter().rev().fold(0, |number: u64, octet| number.wrapping_shl(7) | u64::from(octet & 0x7f)))
}

/// The number below zero that a varint is where its last group carries a sign.
fn negative(value: u64, octets: &[u8]) -> Option<i128> {
    let bits = octets.len() * 7;
    let is_negative = octets.last().is_some_and(|last| last & 0x40 != 0);
    is_negative.then(|| if bits < 64 { i128::from(value) - (1 << bits) } else { i128::from(value as i64) })
}
