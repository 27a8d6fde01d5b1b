//! Which faults are tried without a plan, and by what they are known there.

use super::Kind;
use crate::senders::{Fault, Sign};

/// Faults that are of a whole connection, or that only a plan gives away: what a line of it says, or where it ends.
pub(super) const OF_A_PLAN: &[&str] = &["lines-twice", "native-struct"];

/// A diagnosis, and one that is as good where no plan says what octets are: that a number is a length, or where an address or a body ends.
const AS_GOOD: &[(&str, &str)] = &[
    ("length-byte-order", "byte-order-swapped"),
    ("length-width", "integer-width"),
    ("length-as-text", "number-as-text"),
    ("hex-text", "uuid-form"),
    ("percent-text", "percent-too-much"),
    ("frame-added", "chunked"),
    ("length-off-by-one", "length-includes-nul"),
    ("length-wraps", "length-width"),
    ("length-wraps", "integer-width"),
    ("length-prefixed-modified-utf-8", "frame-added"),
    ("quotes-added", "csv-quotes"),
    ("json-string", "csv-quotes"),
    ("string-literal-as-text", "csv-quotes"),
    ("cut-to-32-bits", "sign-not-extended"),
    ("cut-to-8-bits", "integer-width"),
];

/// The diagnoses by which a fault is known.
pub(super) fn signs(fault: &'static Fault) -> Vec<&'static str> {
    let Sign::Diagnosis(name) = fault.sign else { return Vec::new() };
    let others = AS_GOOD.iter().filter(|(of, _)| *of == name).map(|(_, other)| *other);
    [name].into_iter().chain(others).collect()
}

/// Of ten messages so many must name the fault first.
const NAMED_OF_TEN: usize = 9;

/// Fewer, for faults that are known to be taken for something else, or only for a place: what was measured, less one. Whoever betters
/// the diagnosis takes a name up, or out.
const WEAKER: &[(usize, &[&str])] = &[
    (8, &["utf-16le", "mac-roman", "utf-32le", "cr-doubled", "json-string", "quotes-added", "varint-fixed"]),
    (
        7,
        &[
            "utf-16be",
            "utf-16le-bom",
            "nuls-dropped",
            "uleb-as-zigzag",
            "utf-32be",
            "sleb-as-zigzag",
            "zigzag-as-sleb",
            "sign-extended",
            "sent-in-chunks",
            "escaped-octal",
            "varint-32-bits",
            "fixed-field",
            "cut-at-ctrl-z",
            "length-missing",
        ],
    ),
    (
        6,
        &[
            "octets-literal",
            "octets-list",
            "hex-text",
            "base64-text",
            "float-for-double",
            "doubles-by-way-of-floats",
            "decimal-text",
            "lower-cased",
            "cut-at-nul",
            "first-word-only",
        ],
    ),
    (5, &["escaped-hex", "blanks-dropped"]),
    (4, &["length-and-text", "made-with-a-length"]),
    (3, &["length-of-characters", "length-of-units", "rounded-to-53-bits", "cut-to-32-bits"]),
    (1, &["length-with-terminator", "widened"]),
    (
        0,
        &[
            "length-with-itself",
            "blank-added",
            "as-short-as-can-be",
            "cut-to-8-bits",
            "negative-zero-lost",
            "subnormals-flushed",
            "varint-edge",
            "ones-complement",
        ],
    ),
];

/// How many of ten messages must have the right thing said first.
pub(super) fn floor(kind: Kind) -> usize {
    match kind {
        Kind::Fault(fault) => {
            let weaker = WEAKER.iter().find(|(_, names)| names.contains(&fault.name));
            weaker.map_or(NAMED_OF_TEN, |(floor, _)| *floor)
        }
        Kind::TwoFaults => 5,
        Kind::AnotherValue => NAMED_OF_TEN,
    }
}
