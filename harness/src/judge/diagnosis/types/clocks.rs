//! Times of day in text, by twelve hours or by twenty-four.

use super::as_text;
use crate::judge::diagnosis::rule::{BothRule, Told};
use crate::printable;

pub(super) const RULES: &[BothRule] = &[("time-form", other_clock)];

/// What it tells that what came is a time of day as well, and the same one.
const SURE: i32 = 8;

/// The same time of day, by twelve hours or by twenty-four.
fn other_clock(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let (was, is) = (as_text(expected)?, as_text(captured)?);
    let holds = by_twelve(was).is_some_and(|forms| forms.iter().any(|form| form == is))
        || by_twelve(is).is_some_and(|forms| forms.iter().any(|form| form == was));
    let detail = || format!("`{}` instead of `{}`", printable::line(is), printable::line(was));
    holds.then(|| Told { detail: Some(detail()), looks_like: Some("a time".into()), sure: SURE, ..Told::default() })
}

/// `03:04 PM` and its relatives, of `15:04`.
fn by_twelve(text: &str) -> Option<Vec<String>> {
    let (hour, rest) = text.split_once(':').filter(|(hour, rest)| hour.len() == 2 && matches!(rest.len(), 2 | 5))?;
    let hour: u32 = hour.parse().ok().filter(|hour| *hour < 24 && rest.bytes().all(|c| c.is_ascii_digit() || c == b':'))?;
    let (twelve, half) = ((hour + 11) % 12 + 1, if hour < 12 { ["AM", "am"] } else { ["PM", "pm"] });
    let hours = [format!("{twelve:02}"), twelve.to_string()];
    let ends = half.into_iter().flat_map(|half| [format!(" {half}"), half.to_owned()]);
    Some(ends.flat_map(|end| hours.clone().map(|hour| format!("{hour}:{rest}{end}"))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_may_go_by_twelve_hours() {
        let holds = |was: &str, is: &str| other_clock(was.as_bytes(), is.as_bytes()).is_some();
        assert!(holds("15:04", "03:04 PM") && holds("15:04:05", "3:04:05pm") && holds("12:30 AM", "00:30"));
        assert!(!holds("15:04", "03:05 PM") && !holds("15:04", "15:04 PM"));
    }
}
