//! Text that stands for octets and came as these octets.

use super::as_text;
use crate::hex;
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] =
    &[("hex-decoded", hex_decoded), ("base64-decoded", base64_decoded), ("percent-decoded", percent_decoded)];

/// What it tells that each three octets became just the one that they stand for.
const PER_OCTET: i32 = 6;

/// The least number of octets that text must stand for.
const LEAST: usize = 2;

fn hex_decoded(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let decoded = hex::decode(&as_text(expected)?.to_ascii_lowercase())?;
    (decoded.len() >= LEAST && decoded == captured).then(Told::default)
}

fn base64_decoded(expected: &[u8], captured: &[u8]) -> Option<Told> {
    // What has no such length is not worked out.
    let is_plausible = captured.len() > LEAST && (captured.len() * 4).div_ceil(3) <= expected.len();
    let decoded = is_plausible.then(|| base64_simd::forgiving_decode_to_vec(expected).ok())??;
    (decoded == captured).then(Told::default)
}

/// Each character that is percent-encoded, or one kind of them.
fn percent_decoded(expected: &[u8], captured: &[u8]) -> Option<Told> {
    if !expected.contains(&b'%') || captured.len() >= expected.len() {
        return None;
    }
    let every = decoded(expected, |_| true);
    // Which kind it is shows where both part, but for the percent sign, whose encoding begins as it does.
    let parts = expected.iter().zip(captured).position(|(expected, came)| expected != came);
    let kinds = parts.and_then(|at| captured.get(at).copied()).into_iter().chain([b'%']);
    let mut kinds = kinds.filter(|only| expected.contains(only));
    let holds = every == captured || kinds.any(|only| decoded(expected, |octet| octet == only) == captured);
    let count = (expected.len() - captured.len()) as i32 / 2;
    holds.then(|| Told { sure: PER_OCTET * count, ..Told::default() })
}

fn decoded(text: &[u8], wanted: impl Fn(u8) -> bool) -> Vec<u8> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let code = after.first_chunk::<2>().filter(|_| *first == b'%');
        let octet =
            code.and_then(|code| hex::decode(&as_text(code)?.to_ascii_lowercase())).and_then(|octets| octets.first().copied());
        let octet = octet.filter(|octet| wanted(*octet));
        octets.push(octet.unwrap_or(*first));
        rest = if octet.is_some() { &after[2..] } else { after };
    }
    octets
}
