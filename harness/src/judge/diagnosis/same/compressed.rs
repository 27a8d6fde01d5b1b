//! Compressed octets: what they are when they are not, since no two programs compress alike.

use std::io::Read;

use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};

use super::super::rule::Held;
use super::MOST_OCTETS;

/// Less than that may look compressed by chance.
const LEAST: usize = 8;

/// A way of compressing.
type Way = (&'static str, fn(&[u8], usize) -> Option<Vec<u8>>);

/// Raw deflate has nothing that tells it, so it is tried last, and only where the other side is known.
const WAYS: [Way; 3] = [
    ("gzip", |octets, most| plain(GzDecoder::new(octets), octets.starts_with(&[0x1f, 0x8b]), most)),
    ("zlib", |octets, most| plain(ZlibDecoder::new(octets), is_zlib(octets), most)),
    ("deflate", |octets, most| plain(DeflateDecoder::new(octets), true, most)),
];

/// Its two first octets are a multiple of 31, the first of them a method and a window.
fn is_zlib(octets: &[u8]) -> bool {
    matches!(octets, [0x78, flags, ..] if (0x7800 | u16::from(*flags)).is_multiple_of(31))
}

/// All that comes of it, where that is not more than `most`. What is longer is not kept, so that no bomb goes off.
fn plain(decoder: impl Read, is_likely: bool, most: usize) -> Option<Vec<u8>> {
    if !is_likely {
        return None;
    }
    let mut octets = Vec::new();
    decoder.take(most as u64 + 1).read_to_end(&mut octets).ok()?;
    (octets.len() <= most && !octets.is_empty()).then_some(octets)
}

/// Compressed instead of plain, plain instead of compressed, or compressed in another way or with other contents.
pub(super) fn forms(expected: &[u8], captured: &[u8]) -> Vec<Held> {
    let is_large = expected.len().max(captured.len()) > MOST_OCTETS;
    if is_large || expected.len() < LEAST && captured.len() < LEAST {
        return Vec::new();
    }
    let of = |octets: &[u8], plain: &[u8]| {
        let held = WAYS
            .iter()
            .find(|(_, decode)| octets.len() >= LEAST && decode(octets, plain.len()).is_some_and(|octets| octets == plain));
        held.map(|(way, _)| (*way).to_owned())
    };
    if let Some(way) = of(captured, expected) {
        return Held::alone("compressed", Some(way));
    }
    if let Some(way) = of(expected, captured) {
        return Held::alone("not-compressed", Some(way));
    }
    both(expected, captured)
}

/// Compressed on one side, and what it is on both.
pub(super) fn meaning(expected: &[u8], captured: &[u8]) -> Option<(Vec<Held>, Vec<u8>, Vec<u8>)> {
    if expected.len().max(captured.len()) > MOST_OCTETS || expected.len().min(captured.len()) < LEAST {
        return None;
    }
    let read = |octets: &[u8]| WAYS[..2].iter().find_map(|(way, decode)| Some((*way, decode(octets, MOST_OCTETS)?)));
    match (read(expected), read(captured)) {
        (Some((way, one)), None) => Some((Held::alone("not-compressed", Some(way.into())), one, captured.to_vec())),
        (None, Some((way, other))) => Some((Held::alone("compressed", Some(way.into())), expected.to_vec(), other)),
        _ => None,
    }
}

/// Both are compressed.
fn both(expected: &[u8], captured: &[u8]) -> Vec<Held> {
    let read = |octets: &[u8]| WAYS[..2].iter().find_map(|(way, decode)| Some((*way, decode(octets, MOST_OCTETS)?)));
    match (read(expected), read(captured)) {
        (Some((way, wanted)), Some((other, came))) if wanted == came => {
            Held::alone("compressed-otherwise", Some(ways(way, other)))
        }
        (Some((way, wanted)), Some((_, came))) => {
            let first = wanted.iter().zip(&came).take_while(|(wanted, came)| wanted == came).count();
            let told = format!(
                "{way} of {} octets instead of {}, which part at offset {first} of what is compressed",
                came.len(),
                wanted.len()
            );
            Held::alone("compressed-content-differs", Some(told))
        }
        (Some((way, wanted)), None) => deflated(&wanted, captured, way, false),
        (None, Some((way, came))) => deflated(&came, expected, way, true),
        (None, None) => Vec::new(),
    }
}

/// Raw deflate on the other side.
fn deflated(plain: &[u8], octets: &[u8], way: &str, came: bool) -> Vec<Held> {
    if WAYS[2].1(octets, plain.len()).is_none_or(|octets| octets != plain) {
        return Vec::new();
    }
    let ways = if came { ways("deflate", way) } else { ways(way, "deflate") };
    Held::alone("compressed-otherwise", Some(ways))
}

fn ways(expected: &str, captured: &str) -> String {
    if expected == captured { format!("both as {expected}") } else { format!("{captured} instead of {expected}") }
}
