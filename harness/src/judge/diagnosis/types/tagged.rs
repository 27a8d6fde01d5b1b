//! Numbers that say their type in an octet before them, as MessagePack and CBOR have them, of another type.

use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[
    ("integer-width", integer),
    ("double-for-float", |expected, captured| float(expected, captured, 4)),
    ("float-for-double", |expected, captured| float(expected, captured, 8)),
];

/// What it tells that the octet before the number agrees with its width.
const SURE: i32 = 4;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Number {
    Integer(i128),
    Float(f64),
}

/// A number with its type: `uint8`.
type Typed = (Number, &'static str);

/// How a format is read.
type Read = fn(&[u8]) -> Option<Typed>;

/// The formats, by name.
const FORMATS: [(&str, Read); 2] = [("MessagePack", message_pack), ("CBOR", cbor)];

fn integer(expected: &[u8], captured: &[u8]) -> Option<Told> {
    told(expected, captured, |was, is| matches!((was, is), (Number::Integer(was), Number::Integer(is)) if was == is))
}

/// As many octets as the width says were expected, and the same number came.
fn float(expected: &[u8], captured: &[u8], width: usize) -> Option<Told> {
    let holds = |was, is| match (was, is) {
        (Number::Float(was), Number::Float(is)) => was as f32 == is as f32,
        _ => false,
    };
    if expected.len() == width + 1 { told(expected, captured, holds) } else { None }
}

fn told(expected: &[u8], captured: &[u8], holds: impl Fn(Number, Number) -> bool) -> Option<Told> {
    let both = |read: Read| Some((read(expected)?, read(captured)?));
    let (format, was, is) = FORMATS.iter().find_map(|(format, read)| {
        let ((was, wanted), (is, came)) = both(*read)?;
        (wanted != came && holds(was, is)).then_some((format, (was, wanted), came))
    })?;
    let number = match was.0 {
        Number::Integer(number) => number.to_string(),
        Number::Float(number) => number.to_string(),
    };
    let detail = format!("{number} as {is} instead of {}", was.1);
    Some(Told { detail: Some(detail), looks_like: Some((*format).into()), sure: SURE, ..Told::default() })
}

fn big_endian(octets: &[u8], width: usize) -> Option<u64> {
    let fits = octets.len() == width;
    fits.then(|| octets.iter().fold(0, |number, octet| number << 8 | u64::from(*octet)))
}

fn signed(octets: &[u8], width: usize) -> Option<i128> {
    let bits = width as u32 * 8;
    Some(i128::from((big_endian(octets, width)? << (64 - bits)) as i64 >> (64 - bits)))
}

fn floating(octets: &[u8], width: usize) -> Option<Number> {
    let bits = big_endian(octets, width)?;
    Some(Number::Float(if width == 4 { f32::from_bits(bits as u32).into() } else { f64::from_bits(bits) }))
}

fn message_pack(octets: &[u8]) -> Option<Typed> {
    let (tag, rest) = octets.split_first()?;
    let unsigned = |width| big_endian(rest, width).map(|number| Number::Integer(number.into()));
    let negative = |width| signed(rest, width).map(Number::Integer);
    let small = |number: i128| rest.is_empty().then_some(Number::Integer(number));
    Some(match tag {
        0..0x80 => (small((*tag).into())?, "a fixint"),
        0xe0.. => (small((*tag as i8).into())?, "a negative fixint"),
        0xca => (floating(rest, 4)?, "float32"),
        0xcb => (floating(rest, 8)?, "float64"),
        0xcc => (unsigned(1)?, "uint8"),
        0xcd => (unsigned(2)?, "uint16"),
        0xce => (unsigned(4)?, "uint32"),
        0xcf => (unsigned(8)?, "uint64"),
        0xd0 => (negative(1)?, "int8"),
        0xd1 => (negative(2)?, "int16"),
        0xd2 => (negative(4)?, "int32"),
        0xd3 => (negative(8)?, "int64"),
        _ => return None,
    })
}

fn cbor(octets: &[u8]) -> Option<Typed> {
    let (tag, rest) = octets.split_first()?;
    let of = |number: u64| Number::Integer(if tag >> 5 == 0 { number.into() } else { -1 - i128::from(number) });
    let argument = |width| big_endian(rest, width).map(of);
    Some(match (tag >> 5, tag & 31) {
        (0 | 1, small @ 0..24) => (rest.is_empty().then(|| of(small.into()))?, "a number in its first octet"),
        (0 | 1, 24) => (argument(1)?, "a number of 8 bits"),
        (0 | 1, 25) => (argument(2)?, "a number of 16 bits"),
        (0 | 1, 26) => (argument(4)?, "a number of 32 bits"),
        (0 | 1, 27) => (argument(8)?, "a number of 64 bits"),
        (7, 26) => (floating(rest, 4)?, "a float of 32 bits"),
        (7, 27) => (floating(rest, 8)?, "a float of 64 bits"),
        _ => return None,
    })
}
