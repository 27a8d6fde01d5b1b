//! Binary formats that write one value in several ways: MessagePack, CBOR, and the lengths of ASN.1.
//!
//! Nothing tells where such a value begins and ends, so that it is looked for around what differs.

use std::collections::{BTreeMap, BTreeSet};

use super::super::rule::Held;

/// The most octets of a value that is looked for.
pub(super) const MOST_OCTETS: usize = 1 << 10;

/// The most levels.
const DEEPEST: usize = 16;

/// Octets, read as one value.
#[derive(Debug, Default)]
struct Read {
    /// The value in one form of all those it may have.
    value: Vec<u8>,
    /// The keys of all maps, in the order they came in.
    keys: Vec<Vec<u8>>,
    /// How it was written: the kind of each part.
    heads: Vec<&'static str>,
    /// How many octets it has.
    size: usize,
}

/// A reader: it takes one value from the octets, and leaves what is behind it.
type Reader = fn(&mut &[u8], &mut Read, usize) -> Option<()>;

/// The formats, by the cause that is named where a value has another form in them, and their names.
const FORMATS: [(&str, &str, Reader); 3] =
    [("messagepack-otherwise", "MessagePack", messagepack), ("cbor-otherwise", "CBOR", cbor), ("asn1-lengths", "ASN.1", asn1)];

/// One value in another form, at the beginning of both sides: the cause, and how many octets it takes of each.
pub(super) fn forms(expected: &[u8], captured: &[u8]) -> Option<(Vec<Held>, (usize, usize))> {
    FORMATS.into_iter().find_map(|(name, format, reader)| {
        let ((wanted, taken), (came, took)) = (read(reader, expected)?, read(reader, captured)?);
        Some((told(name, format, &wanted, &came)?, (taken, took)))
    })
}

fn read(reader: Reader, octets: &[u8]) -> Option<(Read, usize)> {
    let (mut rest, mut read) = (octets, Read::default());
    reader(&mut rest, &mut read, 0)?;
    // One number alone is a number in another width, and no message.
    read.size = octets.len() - rest.len();
    let size = read.size;
    (read.heads.len() > 1).then_some((read, size))
}

fn told(name: &'static str, format: &str, expected: &Read, captured: &Read) -> Option<Vec<Held>> {
    if expected.value != captured.value {
        return None;
    }
    if expected.keys != captured.keys {
        return Some(Held::alone("fields-reordered", Some(format!("as of {format}"))));
    }
    let mut both = expected.heads.iter().zip(&captured.heads);
    let (wanted, came) = both.find(|(wanted, came)| wanted != came)?;
    let longer = if captured.size > expected.size { ", not the shortest form" } else { "" };
    Some(Held::alone(name, Some(format!("{came} instead of {wanted}{longer}"))))
}

impl Read {
    fn head(&mut self, name: &'static str) {
        self.heads.push(name);
    }

    fn number(&mut self, number: i128) {
        self.value.push(b'i');
        self.value.extend_from_slice(&number.to_be_bytes());
    }

    fn float(&mut self, number: f64) {
        self.value.push(b'f');
        self.value.extend_from_slice(&number.to_bits().to_be_bytes());
    }

    fn octets(&mut self, kind: u8, octets: &[u8]) {
        self.count(kind, octets.len() as u64);
        self.value.extend_from_slice(octets);
    }

    fn count(&mut self, kind: u8, count: u64) {
        self.value.push(kind);
        self.value.extend_from_slice(&count.to_be_bytes());
    }
}

pub(super) fn take<'a>(rest: &mut &'a [u8], count: u64) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(usize::try_from(count).ok()?)?;
    *rest = left;
    Some(taken)
}

fn unsigned(rest: &mut &[u8], width: u64) -> Option<u64> {
    Some(take(rest, width)?.iter().fold(0, |number, octet| number << 8 | u64::from(*octet)))
}

fn signed(rest: &mut &[u8], width: u64) -> Option<i128> {
    let number = unsigned(rest, width)?;
    let unused = 64 - width * 8;
    Some(((number << unused) as i64 >> unused).into())
}

fn float(rest: &mut &[u8], width: u64) -> Option<f64> {
    let bits = unsigned(rest, width)?;
    Some(match width {
        2 => half(bits),
        4 => f32::from_bits(u32::try_from(bits).ok()?).into(),
        _ => f64::from_bits(bits),
    })
}

/// Sixteen bits: a sign, five of the exponent, ten of the fraction.
fn half(bits: u64) -> f64 {
    let (exponent, fraction) = ((bits >> 10 & 0x1f) as i32, (bits & 0x3ff) as f64);
    let size = match exponent {
        0 => fraction * 2_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2_f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

const WIDTHS: [u64; 4] = [1, 2, 4, 8];
const UNSIGNED: [&str; 4] = ["uint8", "uint16", "uint32", "uint64"];
const SIGNED: [&str; 4] = ["int8", "int16", "int32", "int64"];

fn messagepack(rest: &mut &[u8], read: &mut Read, depth: usize) -> Option<()> {
    let head = unsigned(rest, 1)? as u8;
    let at = usize::from(head);
    match head {
        0x00..=0x7f => number(read, "fixint", head.into()),
        0xe0..=0xff => number(read, "fixint", i128::from(head) - 256),
        0xcc..=0xcf => {
            let value = unsigned(rest, WIDTHS[at - 0xcc])?;
            number(read, UNSIGNED[at - 0xcc], value.into());
        }
        0xd0..=0xd3 => {
            let value = signed(rest, WIDTHS[at - 0xd0])?;
            number(read, SIGNED[at - 0xd0], value);
        }
        0xca | 0xcb => {
            read.head(["float32", "float64"][at - 0xca]);
            let value = float(rest, WIDTHS[at - 0xca + 2])?;
            read.float(value);
        }
        0xa0..=0xbf => text(rest, read, "fixstr", b's', u64::from(head & 0x1f))?,
        0xd9..=0xdb => {
            let count = unsigned(rest, WIDTHS[at - 0xd9])?;
            text(rest, read, ["str8", "str16", "str32"][at - 0xd9], b's', count)?;
        }
        0xc4..=0xc6 => {
            let count = unsigned(rest, WIDTHS[at - 0xc4])?;
            text(rest, read, ["bin8", "bin16", "bin32"][at - 0xc4], b'b', count)?;
        }
        0xc0 | 0xc2 | 0xc3 => {
            read.head("simple");
            read.count(head, 0);
        }
        0x90..=0x9f => items(rest, read, ("fixarray", b'['), u64::from(head & 0x0f), (messagepack, 1, depth))?,
        0x80..=0x8f => items(rest, read, ("fixmap", b'{'), u64::from(head & 0x0f), (messagepack, 2, depth))?,
        0xdc | 0xdd => {
            let count = unsigned(rest, WIDTHS[at - 0xdc + 1])?;
            items(rest, read, (["array16", "array32"][at - 0xdc], b'['), count, (messagepack, 1, depth))?;
        }
        0xde | 0xdf => {
            let count = unsigned(rest, WIDTHS[at - 0xde + 1])?;
            items(rest, read, (["map16", "map32"][at - 0xde], b'{'), count, (messagepack, 2, depth))?;
        }
        _ => return None,
    }
    (depth > 0 || matches!(head, 0x80..=0x9f | 0xdc..=0xdf)).then_some(())
}

fn number(read: &mut Read, head: &'static str, number: i128) {
    read.head(head);
    read.number(number);
}

fn text(rest: &mut &[u8], read: &mut Read, head: &'static str, kind: u8, count: u64) -> Option<()> {
    read.head(head);
    read.octets(kind, take(rest, count)?);
    Some(())
}

/// As many values as a head tells, or twice as many.
fn items(rest: &mut &[u8], read: &mut Read, head: (&'static str, u8), count: u64, each: (Reader, u64, usize)) -> Option<()> {
    let (reader, times, depth) = each;
    if depth == DEEPEST || count > rest.len() as u64 {
        return None;
    }
    read.head(head.0);
    read.count(head.1, count);
    if times == 1 {
        return (0..count).try_for_each(|_| reader(rest, read, depth + 1));
    }
    let mut entries = BTreeMap::new();
    for _ in 0..count {
        let start = read.value.len();
        reader(rest, read, depth + 1)?;
        let key = read.value.split_off(start);
        read.keys.push(key.clone());
        reader(rest, read, depth + 1)?;
        // The same key twice is another map.
        entries.insert(key, read.value.split_off(start)).is_none().then_some(())?;
    }
    entries.into_iter().for_each(|(key, value)| read.value.extend([key, value].concat()));
    Some(())
}

/// CBOR (RFC 8949): three bits of type, and a number in the five others or behind them.
fn cbor(rest: &mut &[u8], read: &mut Read, depth: usize) -> Option<()> {
    const HEADS: [&str; 5] = [
        "one octet",
        "a number in 1 octet more",
        "a number in 2 octets more",
        "a number in 4 octets more",
        "a number in 8 octets more",
    ];
    let head = unsigned(rest, 1)? as u8;
    let (kind, low) = (head >> 5, head & 0x1f);
    if depth == 0 && !matches!(kind, 4 | 5) {
        return None;
    }
    let width = match low {
        0..=23 => 0,
        24..=27 => 1 << (low - 24),
        _ => return None,
    };
    if kind == 7 && width > 1 {
        read.head(["float16", "float32", "float64"][usize::from(low) - 25]);
        let value = float(rest, width)?;
        read.float(value);
        return Some(());
    }
    let count = if width == 0 { low.into() } else { unsigned(rest, width)? };
    let name = HEADS[if width == 0 { 0 } else { usize::from(low) - 23 }];
    match kind {
        0 => number(read, name, count.into()),
        1 => number(read, name, -1 - i128::from(count)),
        2 | 3 => text(rest, read, name, b'b' + kind, count)?,
        4 => items(rest, read, (name, b'['), count, (cbor, 1, depth))?,
        5 => items(rest, read, (name, b'{'), count, (cbor, 2, depth))?,
        6 => items(rest, read, (name, b't'), 1, (cbor, 1, depth)).map(|()| read.count(b'#', count))?,
        _ => {
            read.head(name);
            read.count(b'v', count);
        }
    }
    Some(())
}

/// ASN.1 (X.690): a tag, a length in the short, long or indefinite form, and what it counts.
fn asn1(rest: &mut &[u8], read: &mut Read, depth: usize) -> Option<()> {
    let tag = unsigned(rest, 1)? as u8;
    let is_constructed = tag & 0x20 != 0;
    if depth > DEEPEST || tag & 0x1f == 0x1f || tag == 0 || depth == 0 && !is_constructed {
        return None;
    }
    let first = unsigned(rest, 1)? as u8;
    read.value.push(tag);
    let length = match first {
        0x80 => return is_constructed.then(|| indefinite(rest, read, depth)).flatten(),
        0x81..=0x84 => {
            read.head("a length in the long form");
            unsigned(rest, u64::from(first & 0x7f))?
        }
        0x85.. => return None,
        _ => {
            read.head("a length in the short form");
            first.into()
        }
    };
    let mut inside = take(rest, length)?;
    if !is_constructed {
        read.octets(b'p', inside);
        return Some(());
    }
    while !inside.is_empty() {
        asn1(&mut inside, read, depth + 1)?;
    }
    read.value.push(0);
    Some(())
}

fn indefinite(rest: &mut &[u8], read: &mut Read, depth: usize) -> Option<()> {
    read.head("a length in the indefinite form");
    while !rest.starts_with(&[0, 0]) {
        asn1(rest, read, depth + 1)?;
    }
    take(rest, 2)?;
    read.value.push(0);
    Some(())
}

/// The fields of protobuf: their number and kind, and their octets.
fn fields(octets: &[u8]) -> Option<Vec<&[u8]>> {
    let mut fields = Vec::new();
    let mut rest = octets;
    while !rest.is_empty() {
        let start = rest;
        let key = varint(&mut rest)?;
        match key & 7 {
            0 => _ = varint(&mut rest)?,
            1 => _ = take(&mut rest, 8)?,
            2 => {
                let length = varint(&mut rest)?;
                take(&mut rest, length)?;
            }
            5 => _ = take(&mut rest, 4)?,
            _ => return None,
        }
        if key >> 3 == 0 || key > 0xffff {
            return None;
        }
        fields.push(&start[..start.len() - rest.len()]);
    }
    Some(fields)
}

pub(super) fn varint(rest: &mut &[u8]) -> Option<u64> {
    let length = rest.iter().take(10).position(|octet| octet & 0x80 == 0)? + 1;
    let octets = take(rest, length as u64)?;
    Some(octets.iter().rev().fold(0, |number: u64, octet| number.wrapping_shl(7) | u64::from(octet & 0x7f)))
}

/// Two fields of fewer octets may be any numbers.
const LEAST: usize = 10;

/// The same fields of protobuf in another order. Two are needed, of different numbers.
pub(super) fn reordered(expected: &[u8], captured: &[u8]) -> Vec<Held> {
    if expected.len() != captured.len() || expected == captured {
        return Vec::new();
    }
    let (Some(mut one), Some(mut other)) = (fields(expected), fields(captured)) else { return Vec::new() };
    let keys: BTreeSet<u8> = one.iter().map(|field| field[0]).collect();
    one.sort_unstable();
    other.sort_unstable();
    if one == other && keys.len() > 1 && (one.len() > 2 || expected.len() >= LEAST) {
        Held::alone("fields-reordered", Some("as of protobuf".into()))
    } else {
        Vec::new()
    }
}
