//! Binary formats that write one value in several ways: MessagePack, CBOR (`cbor`), and the lengths of ASN.1.
//!
//! Nothing tells where such a value begins and ends, so that it is looked for around what differs.

use super::super::rule::{Held, Told};
use super::cbor;
use super::typed::{DEEPEST, Loose, Nothing, Read, Reader, float, items, number, take, text, unsigned};

/// The most octets of a value that is looked for.
pub(super) const MOST_OCTETS: usize = 1 << 10;

/// The formats, by the cause that is named where a value has another form in them, and their names.
const FORMATS: [(&str, &str, Reader); 3] = [
    ("messagepack-otherwise", "MessagePack", messagepack),
    ("cbor-otherwise", "CBOR", cbor::read),
    ("asn1-lengths", "ASN.1", asn1),
];

/// One value in another form, at the beginning of both sides: the cause, and how many octets it takes of each.
pub(super) fn forms(expected: &[u8], captured: &[u8]) -> Option<(Vec<Held>, (usize, usize))> {
    FORMATS.into_iter().find_map(|(name, format, reader)| {
        let of = |loose: Loose| Some((read(reader, expected, loose)?, read(reader, captured, loose)?));
        let ((wanted, taken), (came, took)) = of(Loose::No)?;
        let sides = (&expected[..taken], &captured[..took]);
        let held = told(name, format, &wanted, &came).or_else(|| of_nothing(sides, &wanted, &came)).or_else(|| {
            let is_same = |((wanted, _), (came, _)): (Typed, Typed)| (wanted.value == came.value).then_some(());
            let texts = of(Loose::Text).and_then(is_same).map(|()| "octets for text, or text for octets");
            let keys = || of(Loose::Keys).and_then(is_same).map(|()| "a key without a value (null), left out or sent");
            let tags = || of(Loose::Tags).and_then(is_same).map(|()| "a tag was left out, or came");
            if let Some(held) = of_negatives((reader, expected, captured), format) {
                return Some(held);
            }
            if let Some(detail) = texts.or_else(keys).or_else(tags) {
                return Some(Held::alone(name, Some(detail.into())));
            }
            let ((wanted, _), (came, _)) = of(Loose::Numbers)?;
            of_numbers(format, &wanted, &came)
        })?;
        Some((held, (taken, took)))
    })
}

/// What was read, and how many octets that took.
type Typed = (Read, usize);

/// All that differs is numbers that came as floats, or the other way round.
fn of_numbers(format: &str, wanted: &Read, came: &Read) -> Option<Vec<Held>> {
    let (_, is) = wanted.heads.iter().zip(&came.heads).find(|(was, is)| was != is).filter(|_| wanted.value == came.value)?;
    let name = if is.starts_with("float") { "float-for-integer" } else { "integer-for-float" };
    Some(Held::alone(name, Some(format!("as of {format}"))))
}

/// What it tells that all numbers below zero are others, and all else of a value is the same, in bits.
const NEGATIVES: i32 = 8;

/// All that differs is numbers below zero, of which each has its absolute value where it should have something else.
fn of_negatives((reader, expected, captured): (Reader, &[u8], &[u8]), format: &str) -> Option<Vec<Held>> {
    let ((wanted, _), (came, _)) = (read(reader, expected, Loose::No)?, read(reader, captured, Loose::Negatives)?);
    let is_same = wanted.value == came.value && wanted.heads == came.heads && wanted.keys == came.keys;
    let (name, detail) = match format {
        "CBOR" => ("negative-off-by-one", "as of CBOR, which has -1 - n for it"),
        "MessagePack" => ("sign-magnitude", "the absolute value in five bits, as of MessagePack"),
        _ => return None,
    };
    let told = Told { detail: Some(detail.into()), sure: NEGATIVES, ..Told::default() };
    is_same.then(|| vec![Held { name, told }])
}

/// All that differs is a value that is nothing, and came empty, or the other way round.
fn of_nothing((expected, captured): (&[u8], &[u8]), wanted: &Read, came: &Read) -> Option<Vec<Held>> {
    let at = expected.iter().zip(captured).position(|(one, other)| one != other)?;
    let here = |read: &Read, all: usize| read.nothings.iter().copied().find(|(left, ..)| all - left == at);
    let ((_, length, was), (_, long, is)) = (here(wanted, expected.len())?, here(came, captured.len())?);
    let name = match (was, is) {
        (Nothing::Null, Nothing::Null) => return None,
        (Nothing::Null, _) => "empty-for-null",
        (_, Nothing::Null) => "null-for-empty",
        (Nothing::EmptyList, Nothing::EmptyMap) | (Nothing::EmptyMap, Nothing::EmptyList) => "empty-containers",
        _ => return None,
    };
    (expected[at + length..] == captured[at + long..]).then(|| Held::alone(name, None))
}

fn read(reader: Reader, octets: &[u8], loose: Loose) -> Option<(Read, usize)> {
    let (mut rest, mut read) = (octets, Read { loose, ..Read::default() });
    reader(&mut rest, &mut read, 0)?;
    // One number alone is a number in another width, and no message.
    read.size = octets.len() - rest.len();
    let (size, left) = (read.size, rest.len());
    read.nothings.iter_mut().for_each(|(at, ..)| *at -= left);
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

fn signed(rest: &mut &[u8], width: u64) -> Option<i128> {
    let number = unsigned(rest, width)?;
    let unused = 64 - width * 8;
    Some(((number << unused) as i64 >> unused).into())
}

const WIDTHS: [u64; 4] = [1, 2, 4, 8];
const UNSIGNED: [&str; 4] = ["uint8", "uint16", "uint32", "uint64"];
const SIGNED: [&str; 4] = ["int8", "int16", "int32", "int64"];

fn messagepack(rest: &mut &[u8], read: &mut Read, depth: usize) -> Option<()> {
    let nothing = match rest {
        [0xc0, ..] => Some((1, Nothing::Null)),
        [0xa0, ..] => Some((1, Nothing::EmptyText)),
        [0xc4, 0, ..] => Some((2, Nothing::EmptyText)),
        [0x90, ..] => Some((1, Nothing::EmptyList)),
        [0x80, ..] => Some((1, Nothing::EmptyMap)),
        _ => None,
    };
    nothing.into_iter().for_each(|(length, nothing)| read.nothing(rest.len(), length, nothing));
    let head = unsigned(rest, 1)? as u8;
    let at = usize::from(head);
    match head {
        0x00..=0x7f => number(read, "fixint", head.into()),
        0xe0..=0xff if read.loose == Loose::Negatives => number(read, "fixint", -i128::from(head & 0x1f)),
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
