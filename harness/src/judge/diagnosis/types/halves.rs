//! Floats of 16 bits (binary16 of IEEE 754, and bfloat16, which is half a float of 32), for those of 32 or 64 and the other way round.

use crate::judge::diagnosis::guess;
use crate::judge::diagnosis::rule::{BothRule, Told};
use crate::judge::diagnosis::subject::Value;
use crate::suite::plan::Order;

pub(super) const RULES: &[BothRule] = &[
    ("half-for-float", |expected, captured| same_value(captured, expected)),
    ("float-for-half", |expected, captured| same_value(expected, captured)),
    ("bfloat16-for-float", |expected, captured| upper_half(captured, expected)),
    ("float-for-bfloat16", |expected, captured| upper_half(expected, captured)),
    ("bfloat16-for-half", |expected, captured| other_half(expected, captured)),
    ("half-for-bfloat16", |expected, captured| other_half(captured, expected)),
];

/// What it tells that a float is in the middle of those that 16 bits can hold, and just the same.
const SURE: i32 = 2;

/// What the lower half of a float does not tell, in bits.
const LOWER: i32 = 12;

/// Whether two octets are the upper ones of a float of 32 bits that somebody may have written: bfloat16, cut or rounded.
fn upper_half(half: &[u8], float: &[u8]) -> Option<Told> {
    let (half, float) = (<[u8; 2]>::try_from(half).ok()?, <[u8; 4]>::try_from(float).ok()?);
    let orders = [
        ("f32be", u16::from_be_bytes(half), u32::from_be_bytes(float)),
        ("f32le", u16::from_le_bytes(half), u32::from_le_bytes(float)),
    ];
    let is_upper = |half: u16, bits: u32| u32::from(half) == bits >> 16 || u32::from(half) == (bits.saturating_add(0x8000)) >> 16;
    let (name, ..) = orders.into_iter().find(|(_, half, bits)| is_upper(*half, *bits) && is_written(*bits))?;
    let detail = format!("{} as {name}", value_of(&float, name)?);
    // Any two octets may be the lower half.
    Some(Told { detail: Some(detail), looks_like: Some(name.to_owned()), sure: -LOWER, ..Told::default() })
}

/// Whether two octets are bfloat16 of just the number that two others are as binary16.
fn other_half(half: &[u8], brain: &[u8]) -> Option<Told> {
    let (half, brain) = (<[u8; 2]>::try_from(half).ok()?, <[u8; 2]>::try_from(brain).ok()?);
    let orders = [(u16::from_be_bytes(half), u16::from_be_bytes(brain)), (u16::from_le_bytes(half), u16::from_le_bytes(brain))];
    let number = |brain: u16| f64::from(f32::from_bits(u32::from(brain) << 16));
    let same = orders.into_iter().find_map(|(half, brain)| value(half).filter(|value| is_close(*value, number(brain))));
    same.map(|value| Told { detail: Some(value.to_string()), looks_like: Some("f16".into()), ..Told::default() })
}

/// Whether a number of 8 bits of precision is another one, cut or rounded.
fn is_close(value: f64, brain: f64) -> bool {
    ((brain - value) / value).abs() < 1.0 / 128.0
}

/// Whether a float of 32 bits is a number of which somebody may have thought.
fn is_written(bits: u32) -> bool {
    (1e-4..1e7).contains(&f32::from_bits(bits).abs())
}

fn value_of(float: &[u8], name: &str) -> Option<String> {
    let read = guess::numbers(float).into_iter().find(|reading| reading.name == name)?;
    Some(guess::value_text(&read.value))
}

/// Whether two octets are the float that four or eight others are, in the same order.
fn same_value(half: &[u8], float: &[u8]) -> Option<Told> {
    let &[first, second] = half else { return None };
    let orders = [(Order::Big, u16::from_be_bytes([first, second])), (Order::Little, u16::from_le_bytes([first, second]))];
    let floats = guess::numbers(float);
    let is_same = |order: Order, bits: u16| {
        let wanted = value(bits);
        floats.iter().find_map(|reading| match reading.value {
            Value::Float(layout, value, _) if layout.order == order && value != 0.0 && Some(value) == wanted => {
                Some(reading.name)
            }
            _ => None,
        })
    };
    let name = orders.into_iter().find_map(|(order, bits)| is_same(order, bits))?;
    let detail = value_text(float, name)?;
    Some(Told { detail: Some(detail), looks_like: Some(name.to_owned()), sure: SURE, ..Told::default() })
}

fn value_text(float: &[u8], name: &str) -> Option<String> {
    Some(format!("{} as f16 and {name}", value_of(float, name)?))
}

/// A number of which somebody may have thought: no tiny one, no infinity.
fn value(bits: u16) -> Option<f64> {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    let size = (1024.0 + fraction) * 2_f64.powi(exponent - 25);
    (5..31).contains(&exponent).then_some(if bits >> 15 == 1 { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bfloat16_is_the_upper_half_of_a_float() {
        assert!(upper_half(b"\x3f\xc0", b"\x3f\xc0\x00\x00").is_some());
        assert!(upper_half(b"\x49\x40", b"\xdb\x0f\x49\x40").is_some(), "cut");
        assert!(upper_half(b"\x40\x4a", b"\x40\x49\xcf\xdb").is_some(), "rounded");
        assert_eq!(upper_half(b"\x40\x48", b"\x40\x49\x0f\xdb"), None);
        assert!(other_half(b"\x3e\x00", b"\x3f\xc0").is_some());
        assert_eq!(other_half(b"\x3e\x00", b"\x40\xc0"), None);
    }

    #[test]
    fn a_float_of_16_bits_is_the_same_number() {
        assert!(same_value(b"\x3e\x00", b"\x3f\xc0\x00\x00").is_some());
        assert!(same_value(b"\x00\xc1", b"\x00\x00\x20\xc0").is_some());
        assert!(same_value(b"\x3e\x00", b"\x3f\xf8\0\0\0\0\0\0").is_some());
        assert_eq!(same_value(b"\x3e\x01", b"\x3f\xc0\x00\x00"), None);
        assert_eq!(same_value(b"\x3e\x00", b"\x00\x00\xc0\x3f"), None, "in another order");
    }
}
