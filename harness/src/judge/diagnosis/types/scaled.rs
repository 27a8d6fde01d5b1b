//! Decimal numbers of which the point moved: cents for euros, percent for parts of one.

use super::as_text;
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[("number-scaled", scaled)];

/// What it tells that all digits are right, by the number of them; and what it costs that zeros behind an integer say little.
const PER_DIGIT: i32 = 3;
const INTEGERS: i32 = 6;

/// The farthest that a point moves, in digits, and the most digits of a number.
const FARTHEST: i32 = 9;
const MOST_DIGITS: usize = 24;

/// Its sign, its digits without zeros at both ends, and the power of ten of the last of them.
#[derive(PartialEq)]
struct Decimal<'a> {
    is_negative: bool,
    digits: String,
    power: i32,
    text: &'a str,
}

/// So many times as much, or so small a part of it, in powers of ten.
fn scaled(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let (was, is) = (decimal(expected)?, decimal(captured)?);
    let by = is.power - was.power;
    let are_integers = !was.text.contains('.') && !is.text.contains('.');
    // Thousands are of times.
    let may_be = by != 0 && by.abs() <= FARTHEST && !(are_integers && by % 3 == 0);
    let is_moved = was.digits == is.digits && was.is_negative == is.is_negative && may_be;
    let factor = 10_u64.checked_pow(by.unsigned_abs())?;
    let times = if by > 0 { format!("{factor} times") } else { format!("one part in {factor} of") };
    let detail = format!("`{}` instead of `{}`, {times} it", is.text, was.text);
    let sure = was.digits.len() as i32 * PER_DIGIT - if are_integers { INTEGERS } else { 0 };
    is_moved.then(|| Told { detail: Some(detail), looks_like: Some("decimal text".into()), sure, ..Told::default() })
}

fn decimal(octets: &[u8]) -> Option<Decimal<'_>> {
    let text = as_text(octets).filter(|text| text.len() <= MOST_DIGITS)?;
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let are_digits = |part: &str| part.bytes().all(|digit| digit.is_ascii_digit());
    let is_one = !whole.is_empty() && are_digits(whole) && are_digits(fraction) && unsigned.ends_with(|last: char| last != '.');
    let all = format!("{whole}{fraction}");
    let behind = all.len() - all.trim_end_matches('0').len();
    let digits = all.trim_matches('0').to_owned();
    let power = behind as i32 - fraction.len() as i32;
    (is_one && !digits.is_empty()).then_some(Decimal { is_negative: text.starts_with('-'), digits, power, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(was: &str, is: &str) -> Option<String> {
        scaled(was.as_bytes(), is.as_bytes()).and_then(|told| told.detail)
    }

    #[test]
    fn a_point_moves_by_powers_of_ten() {
        assert_eq!(detail("1999", "19.99"), Some("`19.99` instead of `1999`, one part in 100 of it".into()));
        assert_eq!(detail("0.35", "35"), Some("`35` instead of `0.35`, 100 times it".into()));
        assert_eq!(detail("-4.5", "-450"), Some("`-450` instead of `-4.5`, 100 times it".into()));
        assert_eq!(detail("450", "4.50"), Some("`4.50` instead of `450`, one part in 100 of it".into()));
        for (was, is) in [
            ("1999", "19.98"),
            ("4.5", "4.50"),
            ("0", "00"),
            ("1.", "10"),
            ("5", "-50"),
            ("a", "b"),
            ("30", "30000"),
            ("0.0000000000000000000001", "1"),
        ] {
            assert_eq!(detail(was, is), None, "{was} {is}");
        }
    }
}
