//! Whole numbers in text that went through a type of fewer bits, or with a sign or without; and the same number in hex.

use super::{as_text, unquoted};
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[
    ("signed-for-unsigned", |expected, captured| converted(expected, captured, as_signed)),
    ("unsigned-for-signed", |expected, captured| converted(expected, captured, as_unsigned)),
    ("cut-to-32-bits", |expected, captured| converted(expected, captured, |number| cut(number, 32))),
    ("cut-to-16-bits", |expected, captured| converted(expected, captured, |number| cut(number, 16))),
    ("cut-to-8-bits", |expected, captured| converted(expected, captured, |number| cut(number, 8))),
    ("saturated", |expected, captured| converted(expected, captured, nearest)),
    ("hex-for-decimal", |expected, captured| in_hex(expected, captured)),
    ("decimal-for-hex", |expected, captured| in_hex(captured, expected)),
    ("octal-for-decimal", |expected, captured| in_octal(expected, captured)),
    ("decimal-for-octal", |expected, captured| in_octal(captured, expected)),
];

/// What it tells that all digits are those of one other number, besides one bit for each.
const SURE: i32 = 4;

/// The most digits.
const MOST_DIGITS: usize = 20;

/// The least number in hex: the digits of those below are the same.
const LEAST_HEX: u64 = 10;

/// The widths of integers, in bits.
const WIDTHS: [u32; 4] = [8, 16, 32, 64];

/// A whole number as text has it, without zeros before it.
fn integer(octets: &[u8]) -> Option<i128> {
    let text = as_text(octets).filter(|text| text.len() <= MOST_DIGITS + 1)?;
    let number: i128 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn converted(expected: &[u8], captured: &[u8], others: impl Fn(i128) -> Vec<(i128, &'static str)>) -> Option<Told> {
    let (was, is) = (integer(expected)?, integer(captured)?);
    let (_, how) = others(was).into_iter().find(|(other, _)| *other == is && was != is)?;
    Some(Told { detail: Some(format!("{is} instead of {was}, {how}")), sure: SURE + captured.len() as i32, ..Told::default() })
}

const TYPES: [&str; 4] = ["8 bits", "16 bits", "32 bits", "64 bits"];

/// With the top bit of its width taken for a sign.
fn as_signed(number: i128) -> Vec<(i128, &'static str)> {
    let widths = WIDTHS.into_iter().zip(TYPES);
    let has_top = |bits: u32| number >> (bits - 1) == 1;
    widths.filter(|(bits, _)| has_top(*bits)).map(|(bits, name)| (number - (1 << bits), name)).collect()
}

/// With the sign taken for the top bit of its width.
fn as_unsigned(number: i128) -> Vec<(i128, &'static str)> {
    let widths = WIDTHS.into_iter().zip(TYPES);
    let fits = |bits: u32| number < 0 && number >= -(1 << (bits - 1));
    widths.filter(|(bits, _)| fits(*bits)).map(|(bits, name)| (number + (1 << bits), name)).collect()
}

/// The low bits, with a sign or without, of a number that has more.
fn cut(number: i128, bits: u32) -> Vec<(i128, &'static str)> {
    let low = number & ((1 << bits) - 1);
    let has_more = number >> bits > 0 || number < -(1 << (bits - 1));
    let sent = [(low, "without a sign"), (low - (1 << bits), "with a sign")];
    sent.into_iter().filter(|(sent, _)| has_more && *sent != 0 && (*sent >= 0 || low >> (bits - 1) == 1)).collect()
}

/// The nearest that a type can hold.
fn nearest(number: i128) -> Vec<(i128, &'static str)> {
    const LIMITS: [(i128, &str); 8] = [
        (i8::MAX as i128, "the most of 8 bits"),
        (u8::MAX as i128, "the most of 8 bits without a sign"),
        (i16::MAX as i128, "the most of 16 bits"),
        (u16::MAX as i128, "the most of 16 bits without a sign"),
        (i32::MAX as i128, "the most of 32 bits"),
        (u32::MAX as i128, "the most of 32 bits without a sign"),
        (i64::MAX as i128, "the most of 64 bits"),
        ((1 << 53) - 1, "the most that a double holds exactly"),
    ];
    const LEAST: [(i128, &str); 4] = [
        (i8::MIN as i128, "the least of 8 bits"),
        (i16::MIN as i128, "the least of 16 bits"),
        (i32::MIN as i128, "the least of 32 bits"),
        (i64::MIN as i128, "the least of 64 bits"),
    ];
    let most = LIMITS.into_iter().filter(|(limit, _)| number > *limit);
    most.chain(LEAST.into_iter().filter(|(limit, _)| number < *limit)).collect()
}

/// A decimal number in octal, with a zero or `0o` before it or not.
fn in_octal(decimal: &[u8], octal: &[u8]) -> Option<Told> {
    const LEAST: u64 = 64;
    let (decimal, octal) = (unquoted(as_text(decimal)?), unquoted(as_text(octal)?));
    let number: u64 = decimal.parse().ok().filter(|number: &u64| *number >= LEAST && decimal == number.to_string())?;
    let digits = octal.strip_prefix("0o").unwrap_or(octal).trim_start_matches('0');
    let detail = || format!("{decimal} and {octal}");
    (digits == format!("{number:o}")).then(|| Told { detail: Some(detail()), sure: SURE, ..Told::default() })
}

/// A decimal number in hex, with `0x` or without, in quotes or not.
fn in_hex(decimal: &[u8], hex: &[u8]) -> Option<Told> {
    let (decimal, hex) = (unquoted(as_text(decimal)?), unquoted(as_text(hex)?));
    let number: u64 = decimal.parse().ok().filter(|number: &u64| *number >= LEAST_HEX && decimal == number.to_string())?;
    let digits = hex.strip_prefix("0x").or_else(|| hex.strip_prefix("0X")).unwrap_or(hex);
    let is_hex = (1..=16).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let read = u64::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
    // The octets of a number in memory, from the least on.
    let swapped = match digits.len() {
        4 => Some(u64::from((read as u16).swap_bytes())),
        8 => Some(u64::from((read as u32).swap_bytes())),
        16 => Some(read.swap_bytes()),
        _ => None,
    };
    let how = if read == number { "" } else { ", as its octets stand in memory" };
    let holds = read == number || swapped == Some(number);
    holds.then(|| Told { detail: Some(format!("{hex} and {decimal}{how}")), sure: SURE, ..Told::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(expected: &str, captured: &str) -> Vec<&'static str> {
        let holds = |rule: &&BothRule| (rule.1)(expected.as_bytes(), captured.as_bytes()).is_some();
        RULES.iter().filter(holds).map(|(name, _)| *name).collect()
    }

    #[test]
    fn numbers_in_text_show_through_which_type_they_went() {
        for (was, is, name) in [
            ("3000000000", "-1294967296", "signed-for-unsigned"),
            ("18446744073709551615", "-1", "signed-for-unsigned"),
            ("-5", "4294967291", "unsigned-for-signed"),
            ("-5", "251", "unsigned-for-signed"),
            ("20015998343868", "1450744508", "cut-to-32-bits"),
            ("70000", "4464", "cut-to-16-bits"),
            ("300", "44", "cut-to-8-bits"),
            ("3000000000", "2147483647", "saturated"),
            ("255", "ff", "hex-for-decimal"),
            ("305419896", "\"0x12345678\"", "hex-for-decimal"),
            ("305419896", "78563412", "hex-for-decimal"),
            ("ff", "255", "decimal-for-hex"),
        ] {
            assert!(held(was, is).contains(&name), "{was} {is}: {:?}", held(was, is));
        }
    }

    #[test]
    fn other_numbers_went_through_no_type() {
        for (was, is) in [("3000000000", "-1294967295"), ("70000", "0"), ("300", "45"), ("9", "9x"), ("007", "7"), ("255", "fe")]
        {
            assert!(held(was, is).is_empty(), "{was} {is}: {:?}", held(was, is));
        }
    }
}
