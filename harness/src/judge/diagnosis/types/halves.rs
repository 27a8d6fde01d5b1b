//! Floats of 16 bits (binary16 of IEEE 754), for those of 32 or 64 and the other way round.

use crate::judge::diagnosis::guess;
use crate::judge::diagnosis::rule::{BothRule, Told};
use crate::judge::diagnosis::subject::Value;
use crate::suite::plan::Order;

pub(super) const RULES: &[BothRule] = &[
    ("half-for-float", |expected, captured| same_value(captured, expected)),
    ("float-for-half", |expected, captured| same_value(expected, captured)),
];

/// What it tells that a float is in the middle of those that 16 bits can hold, and just the same.
const SURE: i32 = 2;

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
    let read = guess::numbers(float).into_iter().find(|reading| reading.name == name)?;
    Some(format!("{} as f16 and {name}", guess::value_text(&read.value)))
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
    fn a_float_of_16_bits_is_the_same_number() {
        assert!(same_value(b"\x3e\x00", b"\x3f\xc0\x00\x00").is_some());
        assert!(same_value(b"\x00\xc1", b"\x00\x00\x20\xc0").is_some());
        assert!(same_value(b"\x3e\x00", b"\x3f\xf8\0\0\0\0\0\0").is_some());
        assert_eq!(same_value(b"\x3e\x01", b"\x3f\xc0\x00\x00"), None);
        assert_eq!(same_value(b"\x3e\x00", b"\x00\x00\xc0\x3f"), None, "in another order");
    }
}
