//! Spans of time in text, with a letter for their unit: `5000m`, `2.5s`, `PT2.5S`, and in JSON as an object.

use super::{as_text, token};
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[("time-unit", other_unit), ("time-form", other_form)];

/// What it tells that both are the same span, in bits.
const SURE: i32 = 8;

/// The most octets of one.
const MOST: usize = 64;

const SECOND: i128 = 1_000_000_000;

/// Letters of units, in nanoseconds: those of gRPC, and those of most others, in which `m` are minutes.
const UNITS: [&[(&str, i128)]; 2] = [
    &[("H", 3600 * SECOND), ("M", 60 * SECOND), ("S", SECOND), ("m", 1_000_000), ("u", 1000), ("n", 1)],
    &[
        ("ns", 1),
        ("us", 1000),
        ("\u{b5}s", 1000),
        ("\u{3bc}s", 1000),
        ("ms", 1_000_000),
        ("s", SECOND),
        ("m", 60 * SECOND),
        ("min", 60 * SECOND),
        ("h", 3600 * SECOND),
        ("d", 86_400 * SECOND),
    ],
];

/// The same span in another unit.
fn other_unit(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let beside = token::around(expected, captured, |octet| octet.is_ascii_alphanumeric() || octet == b'.' || octet >= 0x80);
    let (was, is) = texts(expected, captured, beside)?;
    let holds = UNITS.iter().any(|units| matches!((span(was, units), span(is, units)), (Some((one, unit)), Some((other, letter))) if one == other && unit != letter));
    holds.then(|| told(was, is, beside))
}

/// The same span as a number with its unit, in ISO 8601, or as an object of JSON.
fn other_form(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let beside = (0, 0);
    let (was, is) = texts(expected, captured, beside)?;
    let written = |text: &str| span(text.trim_matches('"'), UNITS[1]).map(|(span, _)| (span, 0));
    let read = |text: &str| {
        object(text).map(|span| (span, 1)).or_else(|| iso(text.trim_matches('"')).map(|span| (span, 2))).or_else(|| written(text))
    };
    let ((one, form), (other, came)) = (read(was)?, read(is)?);
    (one == other && form != came).then(|| told(was, is, beside))
}

fn texts<'a>(expected: &'a [u8], captured: &'a [u8], beside: (usize, usize)) -> Option<(&'a str, &'a str)> {
    let (was, is) = (token::within(expected, beside), token::within(captured, beside));
    let is_short = (2..=MOST).contains(&was.len()) && (2..=MOST).contains(&is.len());
    if is_short { Some((as_text(was)?, as_text(is)?)) } else { None }
}

/// A number and the letters of its unit, in nanoseconds, and the unit.
fn span<'a>(text: &'a str, units: &[(&str, i128)]) -> Option<(i128, &'a str)> {
    let letters = text.find(|character: char| !character.is_ascii_digit() && character != '.')?;
    let (number, letters) = text.split_at(letters);
    let (_, unit) = units.iter().find(|(name, _)| *name == letters)?;
    Some((nanoseconds(number, *unit)?, letters))
}

/// A decimal number of a unit, which has no more digits than there are nanoseconds.
fn nanoseconds(number: &str, unit: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let are_digits = [whole, fraction].iter().all(|text| text.len() <= 18 && text.bytes().all(|digit| digit.is_ascii_digit()));
    let fraction = fraction.trim_end_matches('0');
    if !are_digits || whole.is_empty() || number.ends_with('.') || fraction.len() > 9 {
        return None;
    }
    let part = if fraction.is_empty() { 0 } else { fraction.parse::<i128>().ok()? * unit / 10_i128.pow(fraction.len() as u32) };
    whole.parse::<i128>().ok()?.checked_mul(unit)?.checked_add(part)
}

/// `PT2.5S`, of hours, minutes and seconds.
fn iso(text: &str) -> Option<i128> {
    let mut rest = text.strip_prefix("PT").filter(|rest| !rest.is_empty())?;
    let mut all = 0;
    for (letter, unit) in [('H', 3600 * SECOND), ('M', 60 * SECOND), ('S', SECOND)] {
        if let Some((number, after)) = rest.split_once(letter) {
            all += nanoseconds(number, unit)?;
            rest = after;
        }
    }
    rest.is_empty().then_some(all)
}

/// `{"seconds":2,"nanos":500000000}`, as Protocol Buffers have it, which in JSON is text.
fn object(text: &str) -> Option<i128> {
    let inner: String =
        text.strip_prefix('{')?.strip_suffix('}')?.chars().filter(|character| !character.is_whitespace()).collect();
    let (mut seconds, mut nanos) = (None, None);
    for member in inner.split(',') {
        let (key, number) = member.split_once(':')?;
        let number = number.trim_matches('"');
        let place = match key {
            "\"seconds\"" => &mut seconds,
            "\"nanos\"" => &mut nanos,
            _ => return None,
        };
        if place.replace(nanoseconds(number, 1)?).is_some() {
            return None;
        }
    }
    let part = nanos.unwrap_or_default();
    (part < SECOND).then(|| seconds.map(|seconds| seconds * SECOND + part))?
}

fn told(was: &str, is: &str, beside: (usize, usize)) -> Told {
    let detail = format!("`{is}` instead of `{was}`");
    Told { detail: Some(detail), looks_like: Some("a span of time".into()), sure: SURE, beside, ..Told::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_a_unit() {
        let holds = |was: &str, is: &str| other_unit(was.as_bytes(), is.as_bytes()).is_some();
        assert!(holds("5000m", "5000000000n") && holds("5S", "5000m"), "of gRPC");
        assert!(holds("wait=30s;", "wait=30000ms;") && holds("1.5h", "90m") && holds("2m", "120s"));
        for (was, is) in
            [("5000m", "5000n"), ("5s", "5000"), ("30s", "30s"), ("30s", "31000ms"), ("2.5.s", "2500ms"), ("s", "ms")]
        {
            assert!(!holds(was, is), "{was} {is}");
        }
    }

    #[test]
    fn a_span_has_several_forms() {
        let holds = |was: &str, is: &str| other_form(was.as_bytes(), is.as_bytes()).is_some();
        assert!(holds("\"2.406273834s\"", "{\"seconds\":2,\"nanos\":406273834}") && holds("{\"seconds\": \"3\"}", "\"3s\""));
        assert!(holds("PT1M30.5S", "90.5s") && holds("\"90s\"", "\"PT1M30S\""));
        for (was, is) in [
            ("\"2.5s\"", "{\"seconds\":2,\"nanos\":500000001}"),
            ("\"2s\"", "{\"seconds\":2,\"seconds\":2}"),
            ("\"2s\"", "{\"nanos\":2000000000}"),
            ("PT", "0s"),
            ("2s", "2000ms"),
            ("2s", "{}"),
        ] {
            assert!(!holds(was, is), "{was} {is}");
        }
    }
}
