//! Senders that lay numbers out wrongly, or never had room for them.

use super::Fault;
use super::How::{self, Line};
use crate::suite::plan::{Fixed, Float, Instruction, Order, Varint};

pub(super) const FAULTS: &[Fault] = &[
    number("order-swapped", "byte-order-swapped", |number, _| swapped(number, &[2, 4, 8]), "sends numbers as they lie in memory"),
    number("order-swapped-16", "byte-order-swapped", |number, _| swapped(number, &[2]), "forgets one conversion"),
    number("order-swapped-64", "byte-order-swapped", |number, _| swapped(number, &[8]), "has no conversion for 64 bits"),
    number("floats-swapped", "byte-order-swapped", floats_swapped, "converts integers and forgets floats"),
    number("converted-as-16-bits", "half-swapped", converted_as_16_bits, "converts 32 bits by the function for 16"),
    number("native-struct", "native-struct", native_struct, "sends a struct of a compiler, with its gaps")
        .only(&["frames/packed-struct", "frames/packed-struct-big-end"]),
    number("widened", "integer-width", widened, "writes 16 bits by the function for 32"),
    number("as-short-as-can-be", "integer-width", shortest, "converts a number of any size to as few octets as it needs"),
    number("float-for-double", "float-for-double", float_for_double, "packs by the wrong letter"),
    number("double-for-float", "double-for-float", double_for_float, "packs by the wrong letter"),
    number("doubles-by-way-of-floats", "rounded-to-single", by_way_of_float, "keeps a double in a float"),
    number("rounded-to-53-bits", "rounded-to-53-bits", rounded, "has no integers but those of a double"),
    number("cut-to-32-bits", "cut-to-32-bits", cut_to_32_bits, "has integers of 32 bits"),
    number("cut-to-8-bits", "cut-to-8-bits", cut_to_8_bits, "writes a number by the function for an octet"),
    number("sign-extended", "sign-extended", sign_extended, "keeps octets in signed characters"),
    number("sign-dropped", "sign-dropped", sign_dropped, "loses the minus"),
    number("saturated", "saturated", saturated, "keeps 64 bits in a signed integer"),
    number("infinities-clipped", "saturated", infinities_clipped, "knows no infinity"),
    number("nan-sign", "nan-sign", |number, _| nan(number, 0xffc0_0000, 0xfff8_0000_0000_0000), "computes a NaN on x86"),
    number("nan-payload", "nan-payload", |number, _| nan(number, 0x7f80_0001, 0x7ff0_0000_0000_0001), "takes another NaN"),
    number("negative-zero-lost", "negative-zero-lost", negative_zero_lost, "reads -0.0 as an integer"),
    number("subnormals-flushed", "subnormal-flushed", subnormals_flushed, "computes with subnormals off"),
    number("decimal-text", "number-as-text", |number, _| Some(number.text().into()), "prints numbers"),
    number("varint-big-endian", "varint-big-endian", |number, _| varint(number, groups_from_the_top), "packs as BER does"),
    number(
        "sleb-as-zigzag",
        "varint-zigzag",
        |number, _| as_kind(number, Varint::Signed, Varint::Zigzag),
        "has one signed varint",
    ),
    number(
        "uleb-as-sleb",
        "varint-signed",
        |number, _| as_kind(number, Varint::Unsigned, Varint::Signed),
        "has signed ones only",
    ),
    number("uleb-as-zigzag", "varint-zigzag", |number, _| as_kind(number, Varint::Unsigned, Varint::Zigzag), "takes PutVarint"),
    number("zigzag-as-sleb", "varint-signed", |number, _| as_kind(number, Varint::Zigzag, Varint::Signed), "knows no zigzag"),
    number("sleb-unsigned", "varint-unsigned", |number, _| as_kind(number, Varint::Signed, Varint::Unsigned), "knows no sign"),
    number(
        "varint-32-bits",
        "cut-to-32-bits",
        |number, _| varint(number, |value| varint_octets(value & 0xffff_ffff)),
        "shifts 32 bits",
    ),
    number("varint-fixed", "varint-fixed-width", varint_fixed, "has no varints"),
    number("varint-padded", "varint-not-minimal", |number, _| varint(number, padded), "leaves room to fill in later"),
    number("varint-edge", "varint-unfinished", |number, _| varint(number, ends_too_early), "loops while more than 0x80 is left"),
    Fault::new("ramp-of-256", "ramp-modulus", Line(ramp_of_256), "lets an octet wrap"),
    Fault::new("noise-of-32-bits", "noise-generator", Line(noise_of_32_bits), "multiplies in 32 bits"),
];

/// A number of a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Integer(Fixed, i128),
    Float(Float, f64),
    Varint(Varint, i128),
}

const fn number(
    name: &'static str,
    diagnosis: &'static str,
    how: fn(Number, usize) -> Option<Vec<u8>>,
    seen: &'static str,
) -> Fault {
    Fault::new(name, diagnosis, How::Number(how), seen)
}

/// What is sent for a line of numbers from this offset of its connection; nothing for other lines.
pub(super) fn sent(how: fn(Number, usize) -> Option<Vec<u8>>, instruction: &Instruction, at: usize) -> Option<Vec<u8>> {
    let numbers: Vec<Number> = match instruction {
        Instruction::Integers(fixed, values) => values.iter().map(|value| Number::Integer(*fixed, *value)).collect(),
        Instruction::Floats(float, values) => values.iter().map(|value| Number::Float(*float, *value)).collect(),
        Instruction::Varints(varint, values) => values.iter().map(|value| Number::Varint(*varint, *value)).collect(),
        _ => return None,
    };
    let mut octets = Vec::new();
    for number in numbers {
        octets.extend(how(number, at + octets.len()).unwrap_or_else(|| number.octets()));
    }
    Some(octets)
}

impl Number {
    pub(super) fn octets(self) -> Vec<u8> {
        match self {
            Self::Integer(fixed, value) => fixed.octets(value),
            Self::Float(float, value) => float.octets(value),
            Self::Varint(varint, value) => varint.octets(value),
        }
    }

    fn text(self) -> String {
        match self {
            Self::Integer(_, value) | Self::Varint(_, value) => value.to_string(),
            Self::Float(_, value) => value.to_string(),
        }
    }
}

/// Another value for an integer of a fixed width.
fn integer(number: Number, other: impl Fn(Fixed, i128) -> i128) -> Option<Vec<u8>> {
    match number {
        Number::Integer(fixed, value) => Some(fixed.octets(other(fixed, value))),
        _ => None,
    }
}

/// Another value for a float.
fn float(number: Number, other: impl Fn(Float, f64) -> f64) -> Option<Vec<u8>> {
    match number {
        Number::Float(float, value) => Some(float.octets(other(float, value))),
        _ => None,
    }
}

/// Other octets for what LEB128 carries, where it is not negative.
fn varint(number: Number, sent: impl Fn(u64) -> Vec<u8>) -> Option<Vec<u8>> {
    match number {
        Number::Varint(Varint::Unsigned, value) => u64::try_from(value).ok().map(sent),
        _ => None,
    }
}

fn swapped(number: Number, widths: &[usize]) -> Option<Vec<u8>> {
    let is_text = matches!(number, Number::Varint(..));
    let octets: Vec<u8> = number.octets().into_iter().rev().collect();
    (!is_text && widths.contains(&octets.len())).then_some(octets)
}

fn floats_swapped(number: Number, _: usize) -> Option<Vec<u8>> {
    if matches!(number, Number::Float(..)) { swapped(number, &[4, 8]) } else { None }
}

/// On a machine with the little end first, the low half is swapped and the high half lost.
fn converted_as_16_bits(number: Number, _: usize) -> Option<Vec<u8>> {
    match number {
        Number::Integer(Fixed { width: 4, order: Order::Big, .. }, value) => {
            let [.., high, low] = value.to_be_bytes();
            Some(vec![high, low, 0, 0])
        }
        _ => None,
    }
}

/// Each number at a multiple of its size, the little end first.
fn native_struct(number: Number, at: usize) -> Option<Vec<u8>> {
    let octets = match number {
        Number::Integer(fixed, value) => Fixed { order: Order::Little, ..fixed }.octets(value),
        Number::Float(float, value) => Float { order: Order::Little, ..float }.octets(value),
        Number::Varint(..) => return None,
    };
    let gap = at.next_multiple_of(octets.len()) - at;
    Some([vec![0; gap], octets].concat())
}

fn widened(number: Number, _: usize) -> Option<Vec<u8>> {
    match number {
        Number::Integer(fixed @ Fixed { width: 2, .. }, value) => Some(Fixed { width: 4, ..fixed }.octets(value)),
        _ => None,
    }
}

fn float_for_double(number: Number, _: usize) -> Option<Vec<u8>> {
    match number {
        Number::Float(float @ Float { width: 8, .. }, value) => Some(Float { width: 4, ..float }.octets(value)),
        _ => None,
    }
}

fn double_for_float(number: Number, _: usize) -> Option<Vec<u8>> {
    match number {
        Number::Float(float @ Float { width: 4, .. }, value) => Some(Float { width: 8, ..float }.octets(value)),
        _ => None,
    }
}

fn by_way_of_float(number: Number, _: usize) -> Option<Vec<u8>> {
    float(number, |_, value| f64::from(value as f32))
}

fn rounded(number: Number, _: usize) -> Option<Vec<u8>> {
    let nearest = |value: i128| value as f64 as i128;
    match number {
        Number::Integer(fixed, value) => Some(fixed.octets(nearest(value))),
        Number::Varint(varint, value) => Some(varint.octets(nearest(value))),
        Number::Float(..) => None,
    }
}

fn cut_to_32_bits(number: Number, _: usize) -> Option<Vec<u8>> {
    integer(number, |fixed, value| if fixed.signed { i128::from(value as i32) } else { i128::from(value as u32) })
}

fn cut_to_8_bits(number: Number, _: usize) -> Option<Vec<u8>> {
    match number {
        Number::Integer(_, value) => Some(vec![value as u8]),
        _ => None,
    }
}

fn sign_extended(number: Number, _: usize) -> Option<Vec<u8>> {
    integer(number, |_, value| if (0x80..0x100).contains(&value) { value - 0x100 } else { value })
}

fn sign_dropped(number: Number, _: usize) -> Option<Vec<u8>> {
    integer(number, |_, value| value.abs())
}

fn saturated(number: Number, _: usize) -> Option<Vec<u8>> {
    integer(number, |_, value| value.min(i64::MAX.into()))
}

fn infinities_clipped(number: Number, _: usize) -> Option<Vec<u8>> {
    float(number, |float, value| {
        let most = if float.width == 4 { f32::MAX.into() } else { f64::MAX };
        if value.is_nan() { value } else { value.clamp(-most, most) }
    })
}

fn nan(number: Number, single: u32, double: u64) -> Option<Vec<u8>> {
    let Number::Float(float, value) = number else { return None };
    let octets = if float.width == 4 { single.to_be_bytes().to_vec() } else { double.to_be_bytes().to_vec() };
    let ordered = if float.order == Order::Big { octets } else { octets.into_iter().rev().collect() };
    value.is_nan().then_some(ordered)
}

fn negative_zero_lost(number: Number, _: usize) -> Option<Vec<u8>> {
    float(number, |_, value| if value == 0.0 { 0.0 } else { value })
}

fn subnormals_flushed(number: Number, _: usize) -> Option<Vec<u8>> {
    float(number, |float, value| {
        let least = if float.width == 4 { f32::MIN_POSITIVE.into() } else { f64::MIN_POSITIVE };
        if value.abs() < least { 0.0_f64.copysign(value) } else { value }
    })
}

fn as_kind(number: Number, meant: Varint, kind: Varint) -> Option<Vec<u8>> {
    match number {
        Number::Varint(varint, value) if varint == meant => Some(kind.octets(value)),
        _ => None,
    }
}

fn varint_fixed(number: Number, _: usize) -> Option<Vec<u8>> {
    let Number::Varint(varint, value) = number else { return None };
    Some(Fixed { width: 8, signed: varint != Varint::Unsigned, order: Order::Big }.octets(value))
}

fn varint_octets(value: u64) -> Vec<u8> {
    Varint::Unsigned.octets(value.into())
}

/// The most significant seven bits first.
fn groups_from_the_top(value: u64) -> Vec<u8> {
    let groups = varint_octets(value);
    let last = groups.len() - 1;
    groups.iter().rev().enumerate().map(|(at, octet)| if at < last { octet | 0x80 } else { octet & 0x7f }).collect()
}

/// In five octets where fewer would do.
fn padded(value: u64) -> Vec<u8> {
    let mut groups = varint_octets(value);
    while groups.len() < 5 {
        if let Some(last) = groups.last_mut() {
            *last |= 0x80;
        }
        groups.push(0);
    }
    groups
}

fn ends_too_early(mut value: u64) -> Vec<u8> {
    let mut groups = Vec::new();
    while value > 0x80 {
        groups.push(value as u8 & 0x7f | 0x80);
        value >>= 7;
    }
    groups.push(value as u8);
    groups
}

/// Nothing at all of 0; of a negative number, the octets that its distance from 0 needs.
fn shortest(number: Number, _: usize) -> Option<Vec<u8>> {
    let Number::Integer(fixed, value) = number else { return None };
    let needed = (1..=fixed.width).find(|width| value.unsigned_abs() >> (8 * width) == 0)?;
    Some(if value == 0 { Vec::new() } else { Fixed { width: needed, ..fixed }.octets(value) })
}

fn ramp_of_256(instruction: &Instruction) -> Option<Vec<u8>> {
    match instruction {
        Instruction::Ramp(count) => Some((0..*count).map(|i| i as u8).collect()),
        _ => None,
    }
}

fn noise_of_32_bits(instruction: &Instruction) -> Option<Vec<u8>> {
    let Instruction::Noise(count, seed) = instruction else { return None };
    let mut x = *seed as u32;
    let mut next = || {
        x = x.wrapping_mul(16807) % 2_147_483_647;
        (x >> 8) as u8
    };
    Some((0..*count).map(|_| next()).collect())
}
