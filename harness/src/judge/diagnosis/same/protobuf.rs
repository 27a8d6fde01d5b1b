//! Messages of protobuf that mean the same: fields with their default value, which may be left out, and lists in one field or in several.

use std::collections::{BTreeMap, BTreeSet};

use super::super::rule::{Held, Told};
use super::typed::{take, varint};

/// Fewer octets may be any numbers.
const LEAST: usize = 10;

/// As many fields, at the least, must be the same.
const LEAST_SAME: usize = 2;

/// The most levels.
const DEEPEST: usize = 8;

/// A value: whether it is counted, and its octets without what counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Value<'a> {
    is_counted: bool,
    wire: u64,
    octets: &'a [u8],
}

/// The values of each field, by its number.
type Message<'a> = BTreeMap<u64, Vec<Value<'a>>>;

/// What is told of fields that differ: the cause, and the particulars.
type Differences = BTreeSet<(&'static str, String)>;

/// The same message in another form.
pub(super) fn forms(expected: &[u8], captured: &[u8]) -> Vec<Held> {
    if expected.len().min(captured.len()) < LEAST {
        return Vec::new();
    }
    let mut same = 0;
    let found = differences(expected, captured, 0, &mut same).filter(|_| same >= LEAST_SAME).unwrap_or_default();
    let held = |(name, detail): (&'static str, String)| Held { name, told: Told { detail: Some(detail), ..Told::default() } };
    found.into_iter().map(held).collect()
}

fn differences(expected: &[u8], captured: &[u8], depth: usize, same: &mut usize) -> Option<Differences> {
    let (one, other) = (message(expected)?, message(captured)?);
    let numbers: BTreeSet<u64> = one.keys().chain(other.keys()).copied().collect();
    let mut found = Differences::new();
    for number in numbers {
        let of = |message: &Message<'_>| message.get(&number).map(|values| values.len()).unwrap_or_default();
        if of(&one) > 0 && one.get(&number) == other.get(&number) {
            *same += 1;
            continue;
        }
        let (wanted, came) = (one.get(&number).map_or(&[][..], Vec::as_slice), other.get(&number).map_or(&[][..], Vec::as_slice));
        match form(number, wanted, came) {
            Some(told) => _ = found.insert(told),
            None => found.extend(inside(wanted, came, depth, same)?),
        }
    }
    Some(found)
}

/// How one field is written otherwise.
fn form(number: u64, wanted: &[Value<'_>], came: &[Value<'_>]) -> Option<(&'static str, String)> {
    match (wanted, came) {
        ([], [value]) if value.is_default() => Some(("protobuf-defaults", format!("field {number} came with its default value"))),
        ([value], []) if value.is_default() => {
            Some(("protobuf-defaults", format!("field {number}, which has its default value, was left out")))
        }
        ([first, ..], [list]) if list.packs(wanted) && !first.is_counted => {
            Some(("protobuf-packed", format!("field {number} came packed")))
        }
        ([list], [first, ..]) if list.packs(came) && !first.is_counted => {
            Some(("protobuf-packed", format!("field {number} came as one field each")))
        }
        ([one], [other]) if one.wire != other.wire && one.number().is_some() && one.number() == other.number() => {
            let detail = format!("field {number} came as {} instead of {}", other.kind(), one.kind());
            Some(("protobuf-wire-type", detail))
        }
        _ => None,
    }
}

/// Messages in a message.
fn inside(wanted: &[Value<'_>], came: &[Value<'_>], depth: usize, same: &mut usize) -> Option<Differences> {
    if wanted.len() != came.len() || depth == DEEPEST {
        return None;
    }
    let mut found = Differences::new();
    for (one, other) in wanted.iter().zip(came).filter(|(one, other)| one != other) {
        let are_messages = one.is_counted && other.is_counted;
        found.extend(are_messages.then(|| differences(one.octets, other.octets, depth + 1, same))??);
    }
    Some(found)
}

impl Value<'_> {
    /// The whole number that it is, or that stands in it as text.
    fn number(self) -> Option<u64> {
        match self.wire {
            0 => varint(&mut &self.octets[..]),
            2 => std::str::from_utf8(self.octets)
                .ok()
                .filter(|text| text.bytes().all(|digit| digit.is_ascii_digit()))?
                .parse()
                .ok(),
            _ => Some(self.octets.iter().rev().fold(0, |number, octet| number << 8 | u64::from(*octet))),
        }
    }

    fn kind(self) -> &'static str {
        match self.wire {
            0 => "a varint",
            1 => "64 bits",
            2 => "text",
            _ => "32 bits",
        }
    }

    fn is_default(self) -> bool {
        self.octets.iter().all(|octet| *octet == 0)
    }

    /// Whether it is a list of these.
    fn packs(self, values: &[Value<'_>]) -> bool {
        self.is_counted && values.iter().flat_map(|value| value.octets).eq(self.octets)
    }
}

fn message(octets: &[u8]) -> Option<Message<'_>> {
    let (mut rest, mut message) = (octets, Message::new());
    while !rest.is_empty() {
        let key = varint(&mut rest)?;
        let value = match key & 7 {
            0 => {
                let start = rest;
                varint(&mut rest)?;
                Value { is_counted: false, wire: 0, octets: &start[..start.len() - rest.len()] }
            }
            1 => Value { is_counted: false, wire: 1, octets: take(&mut rest, 8)? },
            5 => Value { is_counted: false, wire: 5, octets: take(&mut rest, 4)? },
            2 => {
                let length = varint(&mut rest)?;
                Value { is_counted: true, wire: 2, octets: take(&mut rest, length)? }
            }
            _ => return None,
        };
        if key >> 3 == 0 || key > 0xffff {
            return None;
        }
        message.entry(key >> 3).or_default().push(value);
    }
    Some(message)
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
