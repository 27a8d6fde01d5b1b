//! Numbers of another type, with the octet that says so before them, and perhaps a name or an id between: BSON, Thrift, protobuf.

use super::lengths;
use crate::judge::diagnosis::guess;
use crate::judge::diagnosis::rule::{BothRule, Told};
use crate::judge::diagnosis::subject::Value;
use crate::suite::plan::Order;

pub(super) const RULES: &[BothRule] = &[
    ("float-for-integer", |expected, captured| retyped(expected, captured, "float-for-integer")),
    ("integer-for-float", |expected, captured| retyped(expected, captured, "integer-for-float")),
    ("integer-width", |expected, captured| retyped(expected, captured, "integer-width")),
    ("double-for-float", |expected, captured| retyped(expected, captured, "double-for-float")),
    ("float-for-double", |expected, captured| retyped(expected, captured, "float-for-double")),
];

/// What speaks against it, in bits: where the format is known (MessagePack, CBOR) more can be said.
const SURE: i32 = -1;

/// The most octets of a name between a type and its value.
const MOST_NAME: usize = 32;

const WIDTHS: [usize; 4] = [1, 2, 4, 8];

/// The first octet that differs is the type, and what differs behind it the value.
fn retyped(expected: &[u8], captured: &[u8], cause: &str) -> Option<Told> {
    let at = expected.iter().zip(captured).position(|(was, is)| was != is)?;
    if lengths::is_first(expected[at]) && lengths::is_first(captured[at]) {
        return None;
    }
    let behind = (&expected[at + 1..], &captured[at + 1..]);
    starts(behind.0, behind.1).find_map(|(start, order)| {
        let (wanted, came) = (&behind.0[start..], &behind.1[start..]);
        let widths = WIDTHS.into_iter().flat_map(|width| WIDTHS.map(|other| (width, other)));
        let fitting = widths.filter(|(width, other)| wanted.len() >= *width && wanted.len() + other == came.len() + width);
        fitting.filter(|(width, other)| wanted[*width..] == came[*other..]).find_map(|(width, other)| {
            let detail = same_number(&wanted[..width], &came[..other], cause, order)?;
            let looks_like = Some("a number behind its type".into());
            Some(Told { detail: Some(detail), looks_like, sure: SURE, beside: (at, wanted.len() - width), ..Told::default() })
        })
    })
}

/// Where the value of a type may begin behind it, and in which order its octets are: behind a name that a NUL ends (BSON), behind
/// an id of 16 bits (Thrift), or at once.
fn starts(expected: &[u8], captured: &[u8]) -> impl Iterator<Item = (usize, Option<Order>)> {
    let same = expected.iter().zip(captured).take(MOST_NAME).take_while(|(was, is)| was == is).count();
    let name = expected[..same].iter().take_while(|octet| octet.is_ascii_graphic()).count();
    let named = (name > 0 && expected[..same].get(name) == Some(&0)).then_some((name + 1, Some(Order::Little)));
    let numbered = (named.is_none() && same >= 2).then_some((2, Some(Order::Big)));
    named.into_iter().chain(numbered).chain([(0, None)])
}

/// What is said of a number that is the same in two types, in this order of its octets or in any.
fn same_number(expected: &[u8], captured: &[u8], cause: &str, order: Option<Order>) -> Option<String> {
    let came = guess::numbers(captured);
    let is_ordered = |value: &Value<'_>| match *value {
        Value::Integer(fixed, _) => fixed.width == 1 || order.is_none_or(|order| fixed.order == order),
        Value::Float(float, ..) => order.is_none_or(|order| float.order == order),
        _ => false,
    };
    guess::numbers(expected).into_iter().filter(|was| is_ordered(&was.value)).find_map(|was| {
        let is = came.iter().find(|is| cause_of(&was.value, &is.value) == Some(cause))?;
        let number = guess::value_text(&was.value);
        Some(format!("{number} as {} instead of {}", is.name, was.name))
    })
}

fn cause_of(was: &Value<'_>, is: &Value<'_>) -> Option<&'static str> {
    match (*was, *is) {
        (Value::Integer(fixed, number), Value::Float(float, value, _)) => {
            let is_same = number != 0 && value == number as f64 && (fixed.order == float.order || fixed.width == 1);
            is_same.then_some("float-for-integer")
        }
        (Value::Float(float, value, _), Value::Integer(fixed, number)) => {
            let is_same = number != 0 && value.trunc() == number as f64 && (fixed.order == float.order || fixed.width == 1);
            is_same.then_some("integer-for-float")
        }
        (Value::Integer(one, number), Value::Integer(other, value)) => {
            let is_order = one.order == other.order || one.width == 1 || other.width == 1;
            (number != 0 && number == value && one.width != other.width && is_order).then_some("integer-width")
        }
        (Value::Float(one, value, _), Value::Float(other, came, _))
            if one.order == other.order && value as f32 == came as f32 =>
        {
            match (one.width, other.width) {
                (4, 8) => Some("double-for-float"),
                (8, 4) => Some("float-for-double"),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_another_type_says_so_before_it() {
        let told = retyped(b"\x10cpu\0\x2a\0\0\0\x08", b"\x01cpu\0\0\0\0\0\0\0\x45\x40\x08", "float-for-integer").unwrap();
        assert_eq!(told.detail.as_deref(), Some("42 as f64le instead of u32le"));
        assert_eq!(told.beside, (0, 1));
        assert!(retyped(b"\x08\0\x05\0\0\x01\0", b"\x0a\0\x05\0\0\0\0\0\0\x01\0", "integer-width").is_some());
        let told = retyped(b"\x08\0\x02\0\0\x30\x39\x02", b"\x0a\0\x02\0\0\0\0\0\0\x30\x39\x02", "integer-width").unwrap();
        assert_eq!(told.detail.as_deref(), Some("12345 as u64be instead of u32be"));
        assert_eq!(retyped(b"\x10cpu\0\x2a\0\0\0\x08", b"\x01cpu\0\0\0\0\0\0\0\x46\x40\x08", "float-for-integer"), None);
    }
}
