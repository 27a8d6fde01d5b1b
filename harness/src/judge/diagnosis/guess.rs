//! What octets look like, where nothing tells what they are.

use super::subject::Value;
use crate::suite::plan::{Fixed, Float, Order, Varint};

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
        let value = float(*layout, octets).filter(|value| is_likely(*value))?;
        Some(Reading { name, value: Value::Float(*layout, value, written(*layout, value)) })
    });
    let varint = varint(octets).map(|value| Reading { name: "varint", value: Value::Varint(Varint::Unsigned, value.into()) });
    integers.chain(floats).chain(varint).collect()
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
