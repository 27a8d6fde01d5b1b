//! Senders that get the length before a frame wrong.

use super::Fault;
use super::How::{Length, Line};
use crate::suite::plan::{Fixed, Instruction, Order, Prefix};

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("length-of-characters", "length-counts-characters", Length(characters), "asks a string for its length"),
    Fault::new("length-of-units", "length-counts-utf-16-units", Length(units), "asks a string of UTF-16 for its length"),
    Fault::new("length-with-itself", "length-includes-itself", Length(with_itself), "counts the header too"),
    Fault::new("length-with-terminator", "length-off-by-one", Length(with_terminator), "counts a NUL that it does not send"),
    Fault::new("length-swapped", "length-byte-order", Length(swapped), "writes the length as it lies in memory"),
    Fault::new("length-of-32-bits", "length-width", Length(of_32_bits), "writes 32 bits where fewer are asked for"),
    Fault::new("length-as-text", "length-as-text", Length(|_, text| text.len().to_string().into()), "prints the length"),
    Fault::new("length-missing", "length-missing", Length(|_, _| Vec::new()), "sends text where a frame is asked for"),
    Fault::new("length-wrapped", "length-wraps", Length(|_, text| vec![text.len() as u8]), "keeps the length in an octet"),
    Fault::new("empty-frame-skipped", "empty-frame-skipped", Line(empty_skipped), "takes an empty string for nothing"),
];

fn characters(prefix: Prefix, text: &str) -> Vec<u8> {
    prefix.octets(text.chars().count() as u64)
}

fn units(prefix: Prefix, text: &str) -> Vec<u8> {
    prefix.octets(text.encode_utf16().count() as u64)
}

fn with_itself(prefix: Prefix, text: &str) -> Vec<u8> {
    let length = text.len() as u64;
    prefix.octets(length + prefix.octets(length).len() as u64)
}

fn with_terminator(prefix: Prefix, text: &str) -> Vec<u8> {
    prefix.octets(text.len() as u64 + 1)
}

fn swapped(prefix: Prefix, text: &str) -> Vec<u8> {
    let mut octets = prefix.octets(text.len() as u64);
    if prefix != Prefix::Uleb {
        octets.reverse();
    }
    octets
}

fn of_32_bits(prefix: Prefix, text: &str) -> Vec<u8> {
    let fixed = match prefix {
        Prefix::Fixed(fixed) => fixed,
        Prefix::Uleb => Fixed { width: 4, signed: false, order: Order::Big },
    };
    Fixed { width: 4, ..fixed }.octets(text.len() as i128)
}

fn empty_skipped(instruction: &Instruction) -> Option<Vec<u8>> {
    matches!(instruction, Instruction::Frame(_, text) if text.is_empty()).then(Vec::new)
}
