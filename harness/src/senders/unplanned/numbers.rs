//! Faults of numbers that none of the wrong senders has.

use crate::senders::Fault;
use crate::senders::How;
use crate::senders::numbers::Number;
use crate::suite::plan::{Fixed, Varint};

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("ones-complement", "ones-complement", How::Number(ones_complement), "negates by inverting"),
    Fault::new("sign-magnitude", "sign-magnitude", How::Number(sign_magnitude), "keeps a sign in the top bit"),
    Fault::new("zigzag-as-uleb", "varint-unsigned", How::Number(without_zigzag), "takes int64 where a schema says sint64"),
];

fn without_zigzag(number: Number, _: usize) -> Option<Vec<u8>> {
    match number {
        Number::Varint(Varint::Zigzag, value) => Some(Varint::Unsigned.octets(value)),
        _ => None,
    }
}

fn negative(number: Number, sent: impl Fn(Fixed, i128) -> i128) -> Option<Vec<u8>> {
    match number {
        Number::Integer(fixed, value) if value < 0 => Some(fixed.octets(sent(fixed, value))),
        _ => None,
    }
}

fn ones_complement(number: Number, _: usize) -> Option<Vec<u8>> {
    negative(number, |_, value| value - 1)
}

fn sign_magnitude(number: Number, _: usize) -> Option<Vec<u8>> {
    negative(number, |fixed, value| -value - (1 << (fixed.width * 8 - 1)))
}
