//! Numbers as JSON writes them, compared by what they are.

/// A number without the form it was written in: the sign, its digits without zeros at either end, and the power of ten behind them.
#[derive(Debug, PartialEq, Eq)]
struct Decimal {
    is_negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    fn of(text: &str) -> Option<Self> {
        let (is_negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (number, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let exponent: i64 = exponent.strip_prefix('+').unwrap_or(exponent).parse::<i32>().ok()?.into();
        let mut digits: Vec<u8> = [whole, fraction].concat().into_bytes();
        let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
        let mut exponent = exponent - fraction.len() as i64;
        while digits.last() == Some(&b'0') {
            digits.pop();
            exponent += 1;
        }
        digits.drain(..digits.iter().take_while(|digit| **digit == b'0').count());
        let is_zero = digits.is_empty();
        is_number.then_some(Self { is_negative: is_negative && !is_zero, digits, exponent: if is_zero { 0 } else { exponent } })
    }
}

/// The most digits that are told apart in a number of 64 bits with a binary point.
const SURE_DIGITS: usize = 15;

pub(super) fn are_equal(one: &str, other: &str) -> bool {
    matches!((Decimal::of(one), Decimal::of(other)), (Some(one), Some(other)) if one == other)
}

/// Whether a fraction of zero was lost, as where an integer is written for a number with one.
pub(super) fn is_fraction_lost(expected: &str, captured: &str) -> bool {
    let rest = expected.strip_prefix(captured).and_then(|rest| rest.strip_prefix('.'));
    rest.is_some_and(|zeros| !zeros.is_empty() && zeros.bytes().all(|digit| digit == b'0'))
}

/// Whether what came is a number of more digits than 53 bits have, rounded to these.
pub(super) fn is_rounded(expected: &str, captured: &str) -> bool {
    let is_long = Decimal::of(expected).is_some_and(|number| number.digits.len() > SURE_DIGITS);
    let rounded = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    is_long && rounded(expected).is_some_and(|number| rounded(captured) == Some(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_equal_in_every_form_and_to_no_other() {
        for form in ["1", "1.0", "1e0", "1E+0", "0.1e1", "10E-1", "1.000"] {
            assert!(are_equal(form, "1"), "{form}");
            assert!(!are_equal(form, "10") && !are_equal(form, "-1") && !are_equal(form, "1.01"), "{form}");
        }
        assert!(are_equal("-0", "0.0"));
        assert!(!are_equal("1e999999999999", "1e999999999999"), "an exponent that nobody can read");
        assert!(!are_equal("123456789012345678901", "123456789012345678902"), "no digit is lost");
    }

    #[test]
    fn only_long_numbers_are_rounded() {
        assert!(is_rounded("9007199254740993", "9007199254740992"));
        assert!(is_rounded("12345678901234567890", "12345678901234567000"));
        assert!(!is_rounded("9007199254740993", "9007199254740990"));
        assert!(!is_rounded("1", "1.00000000000000000001"));
    }
}
