//! Days in text: their parts in another order, or between other delimiters.

use super::{as_text, token};
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[("date-form", other_form)];

/// What it tells that both are the same day.
const SURE: i32 = 6;

/// The years that are likely in a message.
const YEARS: std::ops::Range<u32> = 1900..2200;

/// A year, where there is one, a month and a day.
type Day = (Option<u32>, u32, u32);

/// The same day, written otherwise: `11/03/2024` for `03/11/2024`, `20240311` for `2024-03-11`.
fn other_form(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let beside = token::around(expected, captured, |octet| octet.is_ascii_alphanumeric() || b"/-.".contains(&octet));
    let (was, is) = (as_text(token::within(expected, beside))?, as_text(token::within(captured, beside))?);
    let wanted = days(was);
    let is_same = was != is && days(is).iter().any(|day| wanted.contains(day));
    let detail = || format!("`{is}` instead of `{was}`");
    is_same.then(|| Told { detail: Some(detail()), looks_like: Some("a date".into()), sure: SURE, beside, ..Told::default() })
}

/// All days that a text may mean.
fn days(text: &str) -> Vec<Day> {
    let parts = match text.find(['/', '-', '.', ' ']) {
        Some(at) => text.split(&text[at..=at]).collect::<Vec<_>>(),
        None if text.len() == 8 && text.is_ascii() => vec![&text[..4], &text[4..6], &text[6..]],
        None => Vec::new(),
    };
    let read: Option<Vec<(u32, usize)>> = parts.iter().map(|part| number(part)).collect();
    match read.as_deref() {
        // Two numbers without a year are often something else.
        Some([one @ (_, 2), other @ (_, 2)]) if !text.contains('.') => {
            [(one, other), (other, one)].iter().filter_map(|(month, day)| day_of(None, month, day)).collect()
        }
        Some([first, second, third]) => {
            let orders = [(first, second, third), (third, second, first), (third, first, second)];
            orders.iter().filter_map(|(year, month, day)| day_of(Some(year.0), month, day).filter(|_| is_year(year))).collect()
        }
        _ => Vec::new(),
    }
}

/// A part of a date, and how many digits it has; of a month its name, as if it had two.
fn number(part: &str) -> Option<(u32, usize)> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let named = || MONTHS.iter().position(|name| part.to_ascii_lowercase() == **name).map(|at| (at as u32 + 1, 2));
    let is_number = (1..=4).contains(&part.len()) && part.bytes().all(|digit| digit.is_ascii_digit());
    if is_number { Some((part.parse().ok()?, part.len())) } else { named() }
}

fn is_year((year, digits): &(u32, usize)) -> bool {
    *digits == 4 && YEARS.contains(year)
}

fn day_of(year: Option<u32>, month: &(u32, usize), day: &(u32, usize)) -> Option<Day> {
    let is_one = (1..=12).contains(&month.0) && (1..=31).contains(&day.0) && month.1 <= 2 && day.1 <= 2;
    is_one.then_some((year, month.0, day.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_may_be_written_otherwise() {
        for (was, is) in [
            ("on 03/11/2024,", "on 11/03/2024,"),
            ("2024-03-11", "20240311"),
            ("2024-03-11", "11.03.2024"),
            ("11/03/2024", "2024-11-03"),
            ("2024-03-11", "2024/03/11"),
            ("11-Mar-2024", "2024-03-11"),
            ("d=03/11;", "d=11/03;"),
        ] {
            assert!(other_form(was.as_bytes(), is.as_bytes()).is_some(), "{was} {is}");
        }
        for (was, is) in [
            ("03/11/2024", "12/03/2024"),
            ("2024-03-11", "2024-03-12"),
            ("2024-13-11", "2024-11-13"),
            ("1.2.3", "3.2.1"),
            ("1.05", "1.5"),
            ("10.05", "05.10"),
            ("3/11", "11/3"),
            ("03/11/2024", "03/11/2024"),
            ("20240311", "20241103"),
        ] {
            assert_eq!(other_form(was.as_bytes(), is.as_bytes()), None, "{was} {is}");
        }
    }
}
