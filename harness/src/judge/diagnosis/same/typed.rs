//! A value of a binary format, read: what it is, in one form of all those it may have, and how it was written.

use std::collections::BTreeMap;

/// The most levels.
pub(super) const DEEPEST: usize = 16;

/// Octets, read as one value.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// The value in one form of all those it may have.
    pub(super) value: Vec<u8>,
    /// The keys of all maps, in the order they came in.
    pub(super) keys: Vec<Vec<u8>>,
    /// How it was written: the kind of each part.
    pub(super) heads: Vec<&'static str>,
    /// How many octets it has.
    pub(super) size: usize,
    /// What is taken for the same besides.
    pub(super) loose: Loose,
    /// Where values are that are nothing or empty: how many octets are left there, how many it has, and what it is.
    pub(super) nothings: Vec<(usize, usize, Nothing)>,
}

/// What is taken for the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Loose {
    /// Nothing but forms of one value.
    #[default]
    No,
    /// Octets and text.
    Text,
    /// A key without a value, and none.
    Keys,
    /// Whole numbers and floats.
    Numbers,
    /// What a tag is before, and the same without it.
    Tags,
    /// Numbers below zero as their absolute value stands where it does not belong: what CBOR has one less of, or what MessagePack has
    /// in two's complement.
    Negatives,
}

/// A value that is none, or empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nothing {
    Null,
    EmptyText,
    EmptyList,
    EmptyMap,
}

/// A reader: it takes one value from the octets, and leaves what is behind it.
pub(super) type Reader = fn(&mut &[u8], &mut Read, usize) -> Option<()>;

impl Read {
    pub(super) fn head(&mut self, name: &'static str) {
        self.heads.push(name);
    }

    pub(super) fn number(&mut self, number: i128) {
        if self.loose == Loose::Numbers {
            return self.float(number as f64);
        }
        self.value.push(b'i');
        self.value.extend_from_slice(&number.to_be_bytes());
    }

    pub(super) fn float(&mut self, number: f64) {
        self.value.push(b'f');
        self.value.extend_from_slice(&number.to_bits().to_be_bytes());
    }

    /// A value that is nothing or empty, which begins where so many octets are left, and has so many.
    pub(super) fn nothing(&mut self, at: usize, length: usize, nothing: Nothing) {
        self.nothings.push((at, length, nothing));
    }

    pub(super) fn octets(&mut self, kind: u8, octets: &[u8]) {
        let kind = if self.loose == Loose::Text { b's' } else { kind };
        self.count(kind, octets.len() as u64);
        self.value.extend_from_slice(octets);
    }

    pub(super) fn count(&mut self, kind: u8, count: u64) {
        self.value.push(kind);
        self.value.extend_from_slice(&count.to_be_bytes());
    }
}

pub(super) fn take<'a>(rest: &mut &'a [u8], count: u64) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(usize::try_from(count).ok()?)?;
    *rest = left;
    Some(taken)
}

pub(super) fn unsigned(rest: &mut &[u8], width: u64) -> Option<u64> {
    Some(take(rest, width)?.iter().fold(0, |number, octet| number << 8 | u64::from(*octet)))
}

pub(super) fn varint(rest: &mut &[u8]) -> Option<u64> {
    let length = rest.iter().take(10).position(|octet| octet & 0x80 == 0)? + 1;
    let octets = take(rest, length as u64)?;
    Some(octets.iter().rev().fold(0, |number: u64, octet| number.wrapping_shl(7) | u64::from(octet & 0x7f)))
}

pub(super) fn float(rest: &mut &[u8], width: u64) -> Option<f64> {
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

pub(super) fn number(read: &mut Read, head: &'static str, number: i128) {
    read.head(head);
    read.number(number);
}

pub(super) fn text(rest: &mut &[u8], read: &mut Read, head: &'static str, kind: u8, count: u64) -> Option<()> {
    read.head(head);
    read.octets(kind, take(rest, count)?);
    Some(())
}

/// As many values as a head tells, or twice as many.
pub(super) fn items(
    rest: &mut &[u8],
    read: &mut Read,
    head: (&'static str, u8),
    count: u64,
    each: (Reader, u64, usize),
) -> Option<()> {
    let (reader, times, depth) = each;
    if depth == DEEPEST || count > rest.len() as u64 {
        return None;
    }
    read.head(head.0);
    let counted = if times == 2 && read.loose == Loose::Keys { 0 } else { count };
    read.count(head.1, counted);
    if times == 1 {
        return (0..count).try_for_each(|_| reader(rest, read, depth + 1));
    }
    let mut entries = Entries::new();
    (0..count).try_for_each(|_| entry(rest, read, &mut entries, (reader, depth)))?;
    entries.into_iter().for_each(|(key, value)| read.value.extend([key, value].concat()));
    Some(())
}

/// What a map has, by its keys.
pub(super) type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

/// A key and its value.
pub(super) fn entry(rest: &mut &[u8], read: &mut Read, entries: &mut Entries, (reader, depth): (Reader, usize)) -> Option<()> {
    let start = read.value.len();
    reader(rest, read, depth + 1)?;
    let key = read.value.split_off(start);
    read.keys.push(key.clone());
    let is_null = matches!(rest.first(), Some(0xc0 | 0xf6));
    reader(rest, read, depth + 1)?;
    let value = read.value.split_off(start);
    if read.loose == Loose::Keys && is_null {
        return Some(());
    }
    // The same key twice is another map.
    entries.insert(key, value).is_none().then_some(())
}
