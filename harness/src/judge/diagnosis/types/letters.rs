//! Dates and times in text that were formatted with a letter which means something else, and fractions that lost their zeros.

use super::{as_text, token};
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[("format-letter", other_letter), ("fraction-zeros-lost", zeros_lost)];

/// What it tells that a part of a date is exactly what another letter stands for.
const SURE: i32 = 10;

/// The most places of a fraction that is a time or an amount.
const PLACES: usize = 9;

/// A date, and a time where one is behind it, in digits.
struct Moment<'a> {
    year: i64,
    month: i64,
    day: i64,
    /// What is between its parts.
    separator: &'a str,
    /// What is behind the day.
    rest: &'a str,
}

/// The year of the week for the year, months for minutes, the day of the year for the day of the month, a clock of twelve hours.
fn other_letter(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let beside = token::around(expected, captured, |octet| octet.is_ascii_alphanumeric() || b"-/.:+ ".contains(&octet));
    let (was, is) = (as_text(token::within(expected, beside))?, as_text(token::within(captured, beside))?);
    let came = |what: &str| Told {
        detail: Some(format!("`{is}` instead of `{was}`: {what}")),
        looks_like: Some("a date".into()),
        sure: SURE,
        beside,
        ..Told::default()
    };
    if was == is || was.len().abs_diff(is.len()) > 1 {
        return None;
    }
    let (start, moment) = (0..was.len()).find_map(|at| Some((at, moment(was.get(at..)?)?)))?;
    let same = |part: &str| is.get(start..).is_some_and(|is| is == part) && is.get(..start) == was.get(..start);
    let Moment { year, month, day, separator, rest } = moment;
    let date = |year: i64, month: i64, day: &str| format!("{year:04}{separator}{month:02}{separator}{day}");
    let by_week = [week_year(year, month, day, 1, 4), week_year(year, month, day, 0, 1)];
    if by_week.into_iter().any(|other| other != year && same(&(date(other, month, &format!("{day:02}")) + rest))) {
        return Some(came("the year that the week belongs to"));
    }
    if same(&(date(year, month, &format!("{:03}", day_of_year(year, month, day))) + rest)) {
        return Some(came("the day of the year"));
    }
    let hour = rest.get(1..3).filter(|_| is_clock(rest))?;
    let of_twelve =
        hour.parse::<u8>().ok().map(|hour| format!("{:02}", (hour + 11) % 12 + 1)).filter(|of_twelve| of_twelve != hour);
    let date_of = |clock: &str| date(year, month, &format!("{day:02}")) + clock;
    if of_twelve.is_some_and(|hour| same(&date_of(&format!("{}{hour}{}", &rest[..1], &rest[3..])))) {
        return Some(came("the hour of a clock of twelve"));
    }
    let minutes = rest.get(4..6).filter(|_| is_clock(rest))?;
    let with = |minutes: &str| format!("{}{minutes}{}", &rest[..4], &rest[6..]);
    let is_months = same(&(date(year, month, &format!("{day:02}")) + &with(&format!("{month:02}"))));
    let is_minutes = minutes.parse().is_ok_and(|minutes| same(&(date(year, minutes, &format!("{day:02}")) + rest)));
    match (is_months, is_minutes) {
        (true, _) => Some(came("the month where minutes belong")),
        (_, true) => Some(came("minutes where the month belongs")),
        _ => None,
    }
}

/// `2024-12-30`, with one of the usual delimiters or none, and what is behind it.
fn moment(text: &str) -> Option<Moment<'_>> {
    let number = |at: usize, count: usize| {
        let digits = text.get(at..at + count)?;
        if digits.bytes().all(|digit| digit.is_ascii_digit()) { digits.parse::<i64>().ok() } else { None }
    };
    let separator = text.get(4..5).filter(|between| "-/.".contains(between)).unwrap_or("");
    let (width, year) = (separator.len(), number(0, 4)?);
    let (month, day, rest) = (number(4 + width, 2)?, number(6 + 2 * width, 2)?, text.get(8 + 2 * width..)?);
    let is_one = text.get(6 + width..6 + 2 * width) == Some(separator) && !rest.starts_with(|c: char| c.is_ascii_digit());
    let is_day = (1900..2200).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    (is_one && is_day).then_some(Moment { year, month, day, separator, rest })
}

/// Whether a time is behind a day: `T10:05`.
fn is_clock(rest: &str) -> bool {
    let octets = rest.as_bytes();
    let digit = |at: usize| octets.get(at).is_some_and(u8::is_ascii_digit);
    matches!(octets.first(), Some(b'T' | b' ')) && [1, 2, 4, 5].into_iter().all(digit) && octets.get(3) == Some(&b':')
}

/// The year that the week of a day belongs to, where weeks begin on a day (0 is Sunday) and the first of a year has so many days of
/// it: 1 and 4 in ISO 8601, 0 and 1 in the United States.
fn week_year(year: i64, month: i64, day: i64, begins: i64, least: i64) -> i64 {
    let today = day_number(year, month, day);
    // Days since 1970 began on a Thursday.
    let start = today - (today + 4 - begins).rem_euclid(7);
    // That day of a week which is in the year it belongs to.
    let deciding = start + 7 - least;
    [year - 1, year, year + 1].into_iter().rfind(|year| day_number(*year, 1, 1) <= deciding).unwrap_or(year)
}

fn day_of_year(year: i64, month: i64, day: i64) -> i64 {
    day_number(year, month, day) - day_number(year, 1, 1) + 1
}

/// Days since 1970-01-01, in the Gregorian calendar.
fn day_number(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March have their leap day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (153 * month + 2) / 5 + day - 719_469
}

/// `12.5` for `12.05`: the fraction was put together from whole numbers, or all of its zeros were taken away.
fn zeros_lost(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let beside = token::around(expected, captured, |octet| octet.is_ascii_digit() || octet == b'.');
    let (was, is) = (as_text(token::within(expected, beside))?, as_text(token::within(captured, beside))?);
    let ((whole, wanted), (same, came)) = (was.split_once('.')?, is.split_once('.')?);
    let is_fraction = |text: &str| (1..=PLACES).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
    let is_whole = !whole.is_empty() && whole == same && whole.bytes().all(|digit| digit.is_ascii_digit());
    let is_lost = [wanted.trim_start_matches('0').to_owned(), wanted.replace('0', "")].iter().any(|left| left == came);
    // Those at its end do not count.
    let counts = wanted.trim_end_matches('0') != came;
    let holds = is_whole && is_fraction(wanted) && is_fraction(came) && is_lost && counts && wanted != came;
    let detail = || format!("`{is}` instead of `{was}`");
    holds.then(|| Told { detail: Some(detail()), looks_like: Some("a number".into()), sure: SURE, beside, ..Told::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_of_a_format_may_mean_something_else() {
        for (was, is) in [
            ("2024-12-30", "2025-12-30"),
            ("on 2027/01/01.", "on 2026/01/01."),
            // A Sunday, on which weeks begin in the United States.
            ("2024-12-29T10:00:00Z", "2025-12-29T10:00:00Z"),
            ("DTSTART:20241230T180000Z", "DTSTART:20251230T180000Z"),
            ("2024-12-30", "2024-12-365"),
            ("at 2024-03-11T15:42:07Z", "at 2024-03-11T15:03:07Z"),
            ("2024-03-11 15:42", "2024-42-11 15:42"),
            ("at 2024-03-11T15:42:07Z", "at 2024-03-11T03:42:07Z"),
            ("2024-03-11 00:42", "2024-03-11 12:42"),
        ] {
            assert!(other_letter(was.as_bytes(), is.as_bytes()).is_some(), "{was} {is}");
        }
        for (was, is) in [
            ("2024-06-30", "2025-06-30"),
            ("2024-12-30", "2023-12-30"),
            ("2024-03-11T15:42:07Z", "2024-03-11T15:04:07Z"),
            ("2024-03-11", "2024-03-12"),
            ("2024-03-11T03:42:07Z", "2024-03-11T15:42:07Z"),
            ("2024-12-30", "2024-12-30"),
            ("", "2024-12-30"),
        ] {
            assert!(other_letter(was.as_bytes(), is.as_bytes()).is_none(), "{was} {is}");
        }
    }

    #[test]
    fn days_are_counted_as_calendars_do() {
        assert_eq!([day_number(1970, 1, 1), day_number(2000, 3, 1), day_number(1969, 12, 31)], [0, 11_017, -1]);
        assert_eq!([day_of_year(2024, 12, 31), day_of_year(2023, 12, 31), day_of_year(2024, 1, 1)], [366, 365, 1]);
        let iso = |year, month, day| week_year(year, month, day, 1, 4);
        assert_eq!([iso(2024, 12, 29), iso(2024, 12, 30), iso(2021, 1, 3), iso(2021, 1, 4)], [2024, 2025, 2020, 2021]);
    }

    #[test]
    fn a_fraction_may_lose_its_zeros_and_is_no_other_number() {
        let holds = |was: &str, is: &str| zeros_lost(was.as_bytes(), is.as_bytes()).is_some();
        assert!(holds("12.045", "12.45") && holds("t=10:00:07.003Z", "t=10:00:07.3Z") && holds("1.0005,", "1.5,"));
        assert!(holds("20250630120000.105Z", "20250630120000.15Z") && holds("1.0305", "1.35"));
        assert!(!holds("12.450", "12.45") && !holds("1.05", "2.5") && !holds("1.05", "1.6") && !holds("10.0.0.1", "10.0.1"));
    }
}
