//! Decimal numbers in text that lost digits, or that came in binary.

use super::as_text;
use crate::judge::diagnosis::guess;
use crate::judge::diagnosis::rule::{BothRule, Told};
use crate::judge::diagnosis::subject::Value;

pub(super) const RULES: &[BothRule] = &[
    ("rounded-to-53-bits", as_double),
    ("fraction-lost", fraction_lost),
    ("number-rounded", rounded),
    ("number-reformatted", zeros_at_end),
    ("float-residue", residue),
    ("text-as-number", text_as_number),
];

/// What it tells that what is missing is just the fraction.
const SURE: i32 = 8;

/// The most digits that a program prints.
const MOST_DIGITS: usize = 60;

/// A number as text has it: `-12.50`, with as many digits behind the point.
fn decimal(octets: &[u8]) -> Option<(&str, f64, usize)> {
    let text = as_text(octets).filter(|text| text.len() <= MOST_DIGITS)?;
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = [whole, fraction].iter().all(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
    let is_one = are_digits && !whole.is_empty() && digits.contains('.') != fraction.is_empty();
    is_one.then(|| Some((text, text.parse().ok()?, fraction.len())))?
}

/// To an integer, cut or rounded.
fn fraction_lost(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let ((was, value, digits), (is, came, left)) = (decimal(expected)?, decimal(captured)?);
    let whole = [value.trunc(), value.round(), value.floor()];
    let holds = digits > 0 && left == 0 && whole.contains(&came);
    holds.then(|| told(was, is, SURE))
}

/// An integer that went through a float of 64 bits: in full, with its shortest digits, with 15 of them, or with an exponent.
fn as_double(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let (was, is) = (as_text(expected)?, as_text(captured)?);
    let digits = was.strip_prefix('-').unwrap_or(was);
    let is_wide = (16..=38).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    let exact: i128 = was.parse().ok().filter(|_| is_wide)?;
    let value = exact as f64;
    let few: f64 = format!("{value:.14e}").parse().ok()?;
    let with_exponent = |text: String| text.replace('e', "e+");
    let forms = [
        value.to_string(),
        (value as i128).to_string(),
        few.to_string(),
        format!("{value:.1}"),
        with_exponent(format!("{value:e}")),
        with_exponent(format!("{few:e}")),
        format!("{value:e}"),
    ];
    (was != is && forms.iter().any(|form| form.eq_ignore_ascii_case(is))).then(|| told(was, is, SURE))
}

/// To fewer digits, or as a float of 32 bits or the exact value of one of 64 is printed.
fn rounded(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let ((was, value, digits), (is, _, left)) = (decimal(expected)?, decimal(captured)?);
    let point = if digits == 0 { "." } else { "" };
    let with_zeros = format!("{was}{point}{}", "0".repeat(left.saturating_sub(digits)));
    if left == 0 || left == digits || is == with_zeros {
        return None;
    }
    let as_printed = |value: f64| format!("{value:.left$}") == is;
    let cut = left < digits && was.starts_with(is);
    // Of nothing but zeros nothing is rounded.
    if cut && was.get(is.len()..).is_some_and(|rest| rest.bytes().all(|digit| digit == b'0')) {
        return None;
    }
    let is_exact = left > 15 && as_printed(value);
    let is_single = left > digits && as_printed((value as f32).into());
    (left < digits && as_printed(value) || cut || is_single || is_exact).then(|| told(was, is, SURE))
}

/// The same number with more zeros at the end of its fraction, or fewer.
fn zeros_at_end(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let ((was, _, digits), (is, _, left)) = (decimal(expected)?, decimal(captured)?);
    let (longer, shorter) = if digits > left { (was, is) } else { (is, was) };
    let is_same = || longer.strip_prefix(shorter).is_some_and(|rest| rest.bytes().all(|digit| digit == b'0'));
    (digits != left && digits.min(left) > 0 && is_same()).then(|| told(was, is, SURE))
}

/// What arithmetic with binary fractions leaves behind: `0.30000000000000004` for `0.3`.
fn residue(expected: &[u8], captured: &[u8]) -> Option<Told> {
    const LEAST_DIGITS: usize = 14;
    const NEAR: f64 = 1e-13;
    let ((was, value, digits), (is, came, more)) = (decimal(expected)?, decimal(captured)?);
    let holds = more >= LEAST_DIGITS && digits < more && value != 0.0 && ((came - value) / value).abs() < NEAR && came != value;
    holds.then(|| told(was, is, SURE))
}

/// A number that came as the octets of an integer or a float.
fn text_as_number(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let (_, value, _) = decimal(expected)?;
    let is_it = |read: &Value<'_>| match *read {
        Value::Integer(_, read) | Value::Varint(_, read) => read as f64 == value,
        Value::Float(_, _, read) => read == value,
        _ => false,
    };
    let reading = guess::numbers(captured).into_iter().find(|reading| is_it(&reading.value))?;
    Some(Told { detail: Some(format!("as {}", reading.name)), looks_like: Some("decimal text".into()), ..Told::default() })
}

fn told(was: &str, is: &str, sure: i32) -> Told {
    Told { detail: Some(format!("{is} instead of {was}")), sure, ..Told::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_rounded_where_more_than_zeros_is_cut() {
        assert!(rounded(b"12.3456", b"12.35").is_some() && rounded(b"12.3456", b"12.34").is_some());
        assert_eq!(rounded(b"300", b"300.0").or(rounded(b"12.5", b"12.500")), None, "the same number");
        assert_eq!(rounded(b"12.50", b"12.5").or(rounded(b"12.3456", b"12.36")), None);
        assert!(zeros_at_end(b"12.50", b"12.5").is_some() && zeros_at_end(b"12.5", b"12.500").is_some());
        assert_eq!(zeros_at_end(b"12.5", b"12").or(zeros_at_end(b"12.5", b"12.51")).or(zeros_at_end(b"12.50", b"12.50")), None);
    }
}
