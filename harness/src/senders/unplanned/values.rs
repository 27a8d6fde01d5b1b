//! Values as messages have them: text, octets, numbers, and text behind its length.

use std::fmt;

use crate::printable;
use crate::senders::numbers::Number;
use crate::suite::plan::{Fixed, Float, Order, Prefix, Varint};

/// A value of a message.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value {
    Text(&'static str),
    Octets(&'static [u8]),
    Number(Number),
    /// Text behind how many octets it has.
    Frame(Prefix, &'static str),
}

/// Of each kind some that faults are seen in: beyond ASCII, with blanks, line ends, escapes, or what is a value in a value.
const TEXTS: [&str; 26] = [
    "café au lait",
    "Zürich – Köln",
    "日本語テキスト",
    "naïve 😀 smile",
    "Größe: 5 €",
    "Łódź, Škoda",
    "São Paulo",
    "cafe\u{301} de\u{301}ja\u{300}",
    "ﬁne №5 ½",
    "\u{feff}marked text",
    "CafÃ© crÃ¨me",
    "two  spaces and   three",
    " padded at both ends ",
    "first line\nsecond line\n",
    "first line\r\nsecond line\r\n",
    "old\rMac\rlines",
    "it's \"quoted\" twice",
    r"C:\new\table",
    "100% of %d and %s",
    "$HOME/bin:$PATH",
    "with\0a NUL\0in it",
    "a\u{2028}b\u{85}c",
    "<b>5 > 4 & 3</b>",
    "3.25 and 10.75",
    "9f8a6c1e-2b7d-4c35-8e0f-a1b2c3d4e5f6",
    "plain words of text",
];

const OCTETS: [&[u8]; 6] = [
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    b"\x9f\x8a\x6c\x1e\x2b\x7d\x4c\x35\x8e\x0f\xa1\xb2\xc3\xd4\xe5\xf6",
    b"\xff\xfd\x18\xff\xfd\x20\x80\x81",
    b"\x08\x96\x01\x12\x07testing\x1a\x03\xc3\x28\xff",
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48",
    b"key\0\x01\x02\x03\x1b[0m\x7f\0end",
];

/// Values of integers, each in every width that it fits.
const INTEGERS: [i128; 14] = [
    1,
    -2,
    5,
    0x80,
    200,
    300,
    1234,
    -1000,
    50_000,
    3_000_000_000,
    1_700_000_000,
    9_007_199_254_740_993,
    1_700_000_000_123,
    18_446_744_073_709_551_000,
];

const FLOATS: [f64; 7] = [0.1, 1.1, -273.15, 1_000_000.125, f64::NAN, -0.0, 1e-310];

const VARINTS: [i128; 6] = [128, 300, -65, 16_384, 1_700_000_000, 9_007_199_254_740_993];

const FRAMED: [&str; 4] = ["café au lait", "日本語テキスト", "naïve 😀 smile", "plain words of text"];

/// Every value.
pub(super) fn all() -> impl Iterator<Item = Value> {
    let plain = TEXTS.into_iter().map(Value::Text).chain(OCTETS.into_iter().map(Value::Octets));
    plain.chain(numbers().map(Value::Number)).chain(frames())
}

fn numbers() -> impl Iterator<Item = Number> {
    let integers = INTEGERS.into_iter().flat_map(|value| layouts(value).map(move |fixed| Number::Integer(fixed, value)));
    let floats = FLOATS.into_iter().flat_map(|value| {
        let widths = if value.is_subnormal() { [8, 8] } else { [4, 8] };
        both_orders(widths).map(move |(width, order)| Number::Float(Float { width, order }, value))
    });
    let varints = VARINTS.into_iter().flat_map(|value| {
        let kinds = [Varint::Unsigned, Varint::Signed, Varint::Zigzag];
        let fits = move |kind: &Varint| value >= 0 || *kind != Varint::Unsigned;
        kinds.into_iter().filter(fits).map(move |kind| Number::Varint(kind, value))
    });
    integers.chain(floats).chain(varints)
}

/// The two narrowest widths that a value fits, in both orders.
fn layouts(value: i128) -> impl Iterator<Item = Fixed> {
    let signed = value < 0;
    let bits = 128 - value.unsigned_abs().leading_zeros() as usize + usize::from(signed);
    let widths = [2, 4, 8].into_iter().filter(move |width| bits <= width * 8).take(2);
    widths.flat_map(move |width| [Order::Big, Order::Little].map(|order| Fixed { width, signed, order }))
}

fn both_orders(widths: [usize; 2]) -> impl Iterator<Item = (usize, Order)> {
    widths.into_iter().flat_map(|width| [(width, Order::Big), (width, Order::Little)])
}

fn frames() -> impl Iterator<Item = Value> {
    let fixed = |width, order| Prefix::Fixed(Fixed { width, signed: false, order });
    let prefixes = [fixed(1, Order::Big), fixed(2, Order::Big), fixed(4, Order::Big), fixed(4, Order::Little), Prefix::Uleb];
    prefixes.into_iter().flat_map(|prefix| FRAMED.into_iter().map(move |text| Value::Frame(prefix, text)))
}

impl Value {
    /// What is sent for it, rightly.
    pub(super) fn octets(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.as_bytes().to_vec(),
            Self::Octets(octets) => octets.to_vec(),
            Self::Number(number) => number.octets(),
            Self::Frame(prefix, text) => [prefix.octets(text.len() as u64).as_slice(), text.as_bytes()].concat(),
        }
    }

    /// Whether it may stand in text.
    pub(super) fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }
}

/// `café au lait`, `16 octets`, `Integer(..)`
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{}", printable::line(text)),
            Self::Octets(octets) => write!(f, "{}", crate::hex::encode(octets)),
            Self::Number(number) => write!(f, "{number:?}"),
            Self::Frame(prefix, text) => write!(f, "{prefix:?} {text}"),
        }
    }
}
