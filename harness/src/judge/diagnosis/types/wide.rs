//! Text of 16 or 32 bits a character, in the other byte order.

use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[
    ("code-point-cut-to-16-bits", |expected, captured| replaced(expected, captured, |character| character as u16)),
    ("replacement-per-code-point", |expected, captured| replaced(expected, captured, |_| 0xfffd)),
    ("question-mark-per-code-point", |expected, captured| replaced(expected, captured, |_| b'?'.into())),
    ("other-encoding", narrowed),
    ("utf-16-byte-order", |expected, captured| swapped(expected, captured, 2)),
    ("utf-32-byte-order", |expected, captured| swapped(expected, captured, 4)),
];

/// The least number of characters.
const LEAST: usize = 2;

/// Fewer characters than this are numbers as well, unless each is a letter.
const LEAST_SURE: usize = 4;

/// So far from each other are letters of a script, but for those of China and Japan.
const SCRIPT: u32 = 0x100;

/// What it tells that the octets make sense as text.
const SURE: i32 = 4;

fn swapped(expected: &[u8], captured: &[u8], width: usize) -> Option<Told> {
    if expected.len() != captured.len() || !expected.len().is_multiple_of(width) || expected.len() < LEAST * width {
        return None;
    }
    // Plain text of one octet each is no text of more.
    if expected.iter().all(|octet| matches!(octet, b' '..=b'~')) {
        return None;
    }
    // So are registers of 16 bits.
    let is_short = expected.len() < LEAST_SURE * width;
    if width == 2 && is_short && expected.chunks(2).any(|unit| !unit.iter().any(u8::is_ascii_alphabetic)) {
        return None;
    }
    // Small numbers of 32 bits are some letter as well.
    let letters = expected.iter().filter(|octet| octet.is_ascii_alphabetic()).count();
    if width == 4 && letters * 8 < expected.len() {
        return None;
    }
    let is_swapped = expected.chunks(width).zip(captured.chunks(width)).all(|(was, is)| was.iter().rev().eq(is));
    let order = is_swapped.then(|| [("le", is_text(expected, width, true)), ("be", is_text(expected, width, false))])?;
    let (order, _) = order.into_iter().find(|(_, is_text)| *is_text)?;
    Some(Told { looks_like: Some(format!("UTF-{}{}", width * 8, order.to_uppercase())), sure: SURE, ..Told::default() })
}

/// UTF-16 that came as UTF-8.
fn narrowed(expected: &[u8], captured: &[u8]) -> Option<Told> {
    const MOST: usize = 4096;
    let is_one = expected.len() >= LEAST * 2 && expected.len() <= MOST && expected.len().is_multiple_of(2) && captured.len() > 1;
    let text = std::str::from_utf8(captured).ok().filter(|text| is_one && !text.contains(char::is_control))?;
    let orders: [Order; 2] =
        [("UTF-16LE", u16::from_le_bytes, u16::to_le_bytes), ("UTF-16BE", u16::from_be_bytes, u16::to_be_bytes)];
    let is_it = |(_, _, write): &Order| text.encode_utf16().flat_map(write).eq(expected.iter().copied());
    let (name, ..) = orders.into_iter().find(is_it)?;
    let sure = SURE + 2 * text.len().min(16) as i32;
    Some(Told { detail: Some(format!("UTF-8 instead of {name}")), looks_like: Some(name.into()), sure, ..Told::default() })
}

/// UTF-16 with one unit in place of each surrogate pair.
fn replaced(expected: &[u8], captured: &[u8], unit: impl Fn(u32) -> u16) -> Option<Told> {
    const MOST: usize = 1024;
    let is_shorter = captured.len() < expected.len() && expected.len() <= MOST && expected.len().is_multiple_of(2);
    let orders: [Order; 2] =
        [("UTF-16LE", u16::from_le_bytes, u16::to_le_bytes), ("UTF-16BE", u16::from_be_bytes, u16::to_be_bytes)];
    let held = orders.into_iter().filter(|_| is_shorter).find(|(_, read, write)| {
        let units = expected.chunks(2).map(|pair| read([pair[0], pair[1]]));
        let sent: Result<Vec<u16>, _> = char::decode_utf16(units)
            .map(|read| read.map(|c| u16::try_from(u32::from(c)).unwrap_or_else(|_| unit(c.into()))))
            .collect();
        sent.is_ok_and(|sent| sent.into_iter().flat_map(write).eq(captured.iter().copied()))
    })?;
    Some(Told { looks_like: Some(held.0.into()), sure: SURE, ..Told::default() })
}

/// The name of an encoding, and how it reads and writes a unit of 16 bits.
type Order = (&'static str, fn([u8; 2]) -> u16, fn(u16) -> [u8; 2]);

/// Whether the characters are of one script, or of two, and no controls.
fn is_text(octets: &[u8], width: usize, is_little: bool) -> bool {
    let units = octets.chunks(width).map(|unit| {
        let push = |number: u32, octet: &u8| number << 8 | u32::from(*octet);
        if is_little { unit.iter().rev().fold(0, push) } else { unit.iter().fold(0, push) }
    });
    let is_likely = |unit: u32| {
        let character = char::from_u32(unit);
        character.is_some_and(|c| c.is_alphanumeric() || matches!(unit, 0x20..0x7f | 0x0a | 0x0d | 0x09))
    };
    let units: Vec<u32> = units.collect();
    let ascii = units.iter().filter(|unit| **unit < 0x250).count();
    let letters = || units.iter().filter(|unit| **unit >= 0x250);
    // Of one script, whose letters are near to each other.
    let block = || letters().min().zip(letters().max()).is_some_and(|(first, last)| last - first < SCRIPT);
    units.iter().all(|unit| is_likely(*unit)) && (ascii * 2 >= units.len() || units.len() >= LEAST_SURE && block())
}
