//! Times in another unit, since another moment, in another zone or form.

use super::as_text;
use super::moments::{self, Moment, SECOND};
use crate::judge::diagnosis::guess;
use crate::judge::diagnosis::rule::{BothRule, Told};
use crate::judge::diagnosis::subject::Value;
use crate::printable::counted;

pub(super) const RULES: &[BothRule] = &[
    ("time-unit", other_unit),
    ("time-unit", multiple),
    ("time-epoch", other_epoch),
    ("time-zone", other_zone),
    ("time-zone", other_clock),
    ("time-epoch", days_apart),
    ("time-form", other_form),
];

/// How a number tells a time.
#[derive(Debug)]
struct Scale {
    unit: &'static str,
    per_second: i128,
    /// Since when, in seconds since 1970.
    epoch: i128,
    /// Who counts since then.
    since: &'static str,
}

const fn scale(unit: &'static str, per_second: i128, epoch: i128, since: &'static str) -> Scale {
    Scale { unit, per_second, epoch, since }
}

const SCALES: [Scale; 13] = [
    scale("seconds", 1, 0, "1970"),
    scale("milliseconds", 1000, 0, "1970"),
    scale("microseconds", 1_000_000, 0, "1970"),
    scale("nanoseconds", SECOND, 0, "1970"),
    scale("seconds", 1, -2_208_988_800, "1900 (NTP)"),
    scale("tenths of microseconds", 10_000_000, -11_644_473_600, "1601 (FILETIME)"),
    scale("tenths of microseconds", 10_000_000, -62_135_596_800, "the year 1 (ticks)"),
    scale("seconds", 1, 978_307_200, "2001"),
    scale("milliseconds", 1000, 978_307_200, "2001"),
    scale("microseconds", 1_000_000, 946_684_800, "2000"),
    scale("seconds", 1, 946_684_800, "2000"),
    scale("seconds", 1, -2_082_844_800, "1904"),
    scale("seconds", 1, 315_964_800, "1980 (GPS)"),
];

/// The times that are likely in a message, in seconds since 1970: from 1995 to 2049.
const LIKELY: std::ops::Range<i128> = 788_918_400..2_500_000_000;

/// The least number that is taken for a time since another moment than the year 1970.
const LEAST_ELSEWHERE: i128 = 100_000_000;

/// What it tells that a number is a likely time; of a small one, and of a part of one, by how much less.
const SURE: i32 = 8;
const SURE_OF_MULTIPLE: i32 = 5;

/// What it tells that one time is apart from another by whole hours, and that it is the same.
const SURE_OF_ZONE: i32 = 6;
const SURE_OF_FORM: i32 = 8;

/// What digits in text are called.
const TEXT: &str = "decimal text";

/// The integers that octets may be.
fn integers(octets: &[u8]) -> Vec<(&'static str, i128)> {
    let text = as_text(octets).filter(|text| text.len() <= 20 && text.bytes().all(|digit| digit.is_ascii_digit()));
    let text = text.and_then(|text| text.parse().ok()).map(|number| (TEXT, number));
    let numbers = guess::numbers(octets).into_iter().filter(|_| octets.len() >= 4).filter_map(|reading| match reading.value {
        // What ends in zeros is a smaller number in the other order.
        Value::Integer(fixed, number) if !fixed.signed && (octets.len() > 4 || number & 0xffff != 0) => {
            Some((reading.name, number))
        }
        Value::Varint(_, number) => Some((reading.name, number)),
        Value::Float(_, number, _) if number.fract() == 0.0 => Some((reading.name, number as i128)),
        _ => None,
    });
    text.into_iter().chain(numbers).collect()
}

impl Scale {
    /// In nanoseconds since 1970.
    fn moment(&self, number: i128) -> i128 {
        number * (SECOND / self.per_second) + self.epoch * SECOND
    }

    fn number(&self, moment: i128) -> i128 {
        (moment - self.epoch * SECOND).div_euclid(SECOND / self.per_second)
    }
}

/// Every likely time that octets may be.
fn likely(octets: &[u8]) -> impl Iterator<Item = (&'static str, &'static Scale, i128)> {
    let times = |(name, number)| {
        let scales = SCALES.iter().filter(move |scale| scale.epoch == 0 || number >= LEAST_ELSEWHERE);
        scales.map(move |scale: &Scale| (name, scale, scale.moment(number)))
    };
    integers(octets).into_iter().flat_map(times).filter(|(_, _, moment)| LIKELY.contains(&moment.div_euclid(SECOND)))
}

/// The same moment by another scale, or what 32 bits hold of that.
fn rescaled(expected: &[u8], captured: &[u8], may: impl Fn(&Scale, &Scale) -> bool) -> Option<Told> {
    let came = integers(captured);
    if came.is_empty() {
        return None;
    }
    likely(expected).find_map(|(name, was, moment)| {
        let is = SCALES.iter().filter(|is| may(was, is)).find(|is| {
            let number = is.number(moment);
            let low = i128::from(number as u32);
            came.iter().any(|(_, came)| *came == number)
                || captured.len() == 4 && low > 0xffff && came.iter().any(|(_, came)| *came == low)
        })?;
        let since = |scale: &Scale| if was.epoch == is.epoch { String::new() } else { format!(" since {}", scale.since) };
        let detail = format!("{}{} instead of {}{}", is.unit, since(is), was.unit, since(was));
        Some(Told { detail: Some(detail), looks_like: Some(format!("a time in {name}")), sure: SURE, ..Told::default() })
    })
}

fn other_unit(expected: &[u8], captured: &[u8]) -> Option<Told> {
    rescaled(expected, captured, |was, is| was.epoch == is.epoch && was.per_second != is.per_second)
}

fn other_epoch(expected: &[u8], captured: &[u8]) -> Option<Told> {
    rescaled(expected, captured, |was, is| was.epoch != is.epoch)
}

/// A number that is no moment, such as a timeout, 1000 times or more, or that part of it.
fn multiple(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let came = integers(captured);
    integers(expected).into_iter().filter(|(_, number)| *number > 0).find_map(|(name, was)| {
        let is_same = |is: &&(&str, i128)| is.0 == name || (name == TEXT) == (is.0 == TEXT);
        let ratio = [1000, 1_000_000, SECOND].into_iter().find_map(|ratio| {
            let more = came.iter().filter(is_same).any(|(_, is)| *is == was * ratio);
            let less = came.iter().filter(is_same).any(|(_, is)| *is > 0 && *is * ratio == was);
            if more { Some(format!("{ratio} times")) } else { less.then(|| format!("one part in {ratio} of")) }
        })?;
        Some(Told {
            detail: Some(format!("{ratio} {was}")),
            looks_like: Some(name.into()),
            sure: SURE_OF_MULTIPLE,
            ..Told::default()
        })
    })
}

/// Two moments in text, with the same before and behind them, how much that is, and how they differ.
fn moments(expected: &[u8], captured: &[u8]) -> Option<(Moment, Moment, (usize, usize), String)> {
    const FAR: usize = 64;
    let (was, is) = (as_text(expected)?, as_text(captured)?);
    let starts = was
        .char_indices()
        .zip(is.char_indices())
        .scan(true, |same, (was, is)| std::mem::replace(same, was == is).then_some(was.0));
    starts.take(FAR).find_map(|start| {
        let (before, after) = (moments::at_start(&was[start..])?, moments::at_start(&is[start..])?);
        let tail = (&was[start + before.length..], &is[start + after.length..]);
        let texts = (&was[start..start + before.length], &is[start..start + after.length]);
        (tail.0 == tail.1 && texts.0 != texts.1)
            .then(|| (before, after, (start, tail.0.len()), format!("`{}` instead of `{}`", texts.1, texts.0)))
    })
}

/// The same clock in another zone, or a clock that is ahead or behind by quarters of hours, as far as zones are apart.
fn other_zone(expected: &[u8], captured: &[u8]) -> Option<Told> {
    const QUARTER: i128 = 900 * SECOND;
    const FARTHEST: i128 = 14 * 4 * QUARTER;
    let told = |apart: i128, text: &str, looks_like: &str, beside: (usize, usize)| {
        let (hours, way) = ((apart.abs() / QUARTER) as f64 / 4.0, if apart > 0 { "late" } else { "early" });
        let detail = format!("{text}, {hours} h {way}");
        Told { detail: Some(detail), looks_like: Some(looks_like.into()), sure: SURE_OF_ZONE, beside, with: Vec::new() }
    };
    let is_apart = |apart: i128| apart != 0 && apart % QUARTER == 0 && apart.abs() <= FARTHEST;
    if let Some((was, is, beside, text)) = moments(expected, captured) {
        let apart = is.instant() - was.instant();
        return (is_apart(apart) && !is_of_twelve(was.instant(), apart)).then(|| told(apart, &text, "a time", beside));
    }
    // Seconds are so often apart by minutes that only what zones are apart by counts.
    let (name, was, moment) = likely(expected).find(|(name, scale, _)| *name == TEXT && scale.epoch == 0)?;
    let (_, is) = integers(captured).into_iter().find(|(name, _)| *name == TEXT)?;
    let apart = was.moment(is) - moment;
    (is_apart(apart) && is_of_a_zone(apart / QUARTER))
        .then(|| told(apart, &format!("{is} instead of {}", was.number(moment)), name, (0, 0)))
}

/// Whether it is as far from a moment as a clock of twelve hours is, which is told elsewhere.
fn is_of_twelve(moment: i128, apart: i128) -> bool {
    const HOUR: i128 = 3600 * SECOND;
    let hour = moment.rem_euclid(24 * HOUR) / HOUR;
    apart == -12 * HOUR && hour > 12 || apart == 12 * HOUR && hour == 0
}

/// Whether there are zones so many quarters of an hour away from UTC.
fn is_of_a_zone(quarters: i128) -> bool {
    const ODD: [i128; 9] = [14, 18, 22, 23, 26, 35, 38, 42, 51];
    let ahead = quarters.abs();
    ahead != 0 && ahead <= 56 && (ahead % 4 == 0 || ODD.contains(&ahead))
}

/// Binary times that are fine enough to tell it from chance, apart by so many whole units of time, as a number of these.
fn apart_by(expected: &[u8], captured: &[u8], unit: i128) -> Option<(&'static str, i128)> {
    const FINE: i128 = 1000;
    let came = integers(captured);
    likely(expected).filter(|(name, scale, _)| *name != TEXT && scale.per_second >= FINE).find_map(|(name, scale, moment)| {
        let (_, is) = came.iter().find(|(other, _)| *other == name)?;
        let (is, apart) = (scale.moment(*is), scale.moment(*is) - moment);
        (LIKELY.contains(&is.div_euclid(SECOND)) && apart != 0 && apart % unit == 0).then_some((name, apart / unit))
    })
}

fn apart(name: &str, count: i128, unit: &str) -> Told {
    let way = if count > 0 { "late" } else { "early" };
    let detail = format!("{} {way}", counted(count.unsigned_abs() as usize, unit));
    Told { detail: Some(detail), looks_like: Some(format!("a time in {name}")), sure: SURE_OF_ZONE, ..Told::default() }
}

/// A binary time by a clock that is ahead or behind by hours, or by what else zones are apart.
fn other_clock(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let (name, quarters) = apart_by(expected, captured, 900 * SECOND).or_else(|| seconds_apart(expected, captured))?;
    let told = if quarters % 4 == 0 { apart(name, quarters / 4, "hour") } else { apart(name, quarters * 15, "minute") };
    is_of_a_zone(quarters).then_some(told)
}

/// The same of seconds since 1970 in four or eight octets.
fn seconds_apart(expected: &[u8], captured: &[u8]) -> Option<(&'static str, i128)> {
    const QUARTER: i128 = 900 * SECOND;
    let is_plain = |name: &str| name.starts_with("u32") || name.starts_with("u64");
    let came = integers(captured);
    let mut times = likely(expected).filter(|(name, scale, _)| is_plain(name) && (scale.per_second, scale.epoch) == (1, 0));
    times.find_map(|(name, scale, moment)| {
        let (_, is) = came.iter().find(|(other, _)| *other == name)?;
        let apart = scale.moment(*is) - moment;
        (LIKELY.contains(is) && apart % QUARTER == 0).then_some((name, apart / QUARTER))
    })
}

/// A binary time that counts from another day.
fn days_apart(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let (name, days) = apart_by(expected, captured, 86_400 * SECOND)?;
    Some(apart(name, days, "day"))
}

/// The same moment in another form, or without its fraction.
fn other_form(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let told =
        |detail: String| Told { detail: Some(detail), looks_like: Some("a time".into()), sure: SURE_OF_FORM, ..Told::default() };
    if let Some((was, is, beside, text)) = moments(expected, captured) {
        let is_cut = is.instant() % SECOND == 0 || (was.instant() - is.instant()).abs() < SECOND / 1000;
        let is_same =
            was.instant().div_euclid(SECOND) == is.instant().div_euclid(SECOND) && (is_cut || was.instant() == is.instant());
        return is_same.then(|| Told { beside, ..told(text) });
    }
    let of_text =
        |octets: &[u8]| as_text(octets).and_then(|text| moments::at_start(text).filter(|moment| moment.length == text.len()));
    let as_text = |scale: &Scale| format!("text instead of {} since {}", scale.unit, scale.since);
    if let Some(is) = of_text(captured) {
        let (_, scale, _) = likely(expected).find(|(_, _, was)| was.div_euclid(SECOND) == is.instant().div_euclid(SECOND))?;
        return Some(told(as_text(scale)));
    }
    let was = of_text(expected)?;
    let came = integers(captured);
    let scale = SCALES.iter().find(|scale| came.iter().any(|(_, number)| scale.number(was.instant()) == *number))?;
    Some(told(format!("{} since {} instead of text", scale.unit, scale.since)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(told: Option<Told>) -> Option<String> {
        told.and_then(|told| told.detail)
    }

    #[test]
    fn a_moment_in_another_unit_is_known_in_text_and_in_binary() {
        let seconds = b"\x00\x00\x00\x00\x65\x53\xf1\x00";
        let wanted = Some("milliseconds instead of seconds".to_owned());
        assert_eq!(detail(other_unit(seconds, b"\x00\x00\x01\x8b\xcf\xe5\x68\x00")), wanted);
        assert_eq!(detail(other_unit(&seconds[4..], b"\x00\x68\xe5\xcf\x8b\x01\x00\x00")), wanted, "of another width and order");
        assert_eq!(detail(other_unit(&seconds[4..], b"\xcf\xe5\x68\x00")), wanted, "cut to 32 bits");
        assert_eq!(detail(other_unit(b"1470045600", b"1470045600000")), wanted);
        assert_eq!(detail(other_unit(b"1470045600123", b"1470045600")), Some("seconds instead of milliseconds".into()));
        assert_eq!(detail(other_unit(b"1470045600", b"1470045601000")), None);
        assert_eq!(detail(other_unit(b"147004", b"147004000")), None, "no moment");
    }

    #[test]
    fn a_moment_since_another_epoch_is_known() {
        let told = detail(other_epoch(b"\x65\x53\xf1\x00", &(0x6553_f100_u32 + 2_208_988_800).to_be_bytes()));
        assert_eq!(told, Some("seconds since 1900 (NTP) instead of seconds since 1970".into()));
        assert_eq!(detail(other_epoch(b"\x65\x53\xf1\x00", b"\x65\x53\xf1\x01")), None);
    }

    #[test]
    fn zones_and_forms_of_moments_in_text() {
        let utc: &[u8] = b"at 2024-01-02T03:04:05Z,";
        assert_eq!(
            detail(other_zone(utc, b"at 2024-01-02T05:04:05Z,")),
            Some("`2024-01-02T05:04:05Z` instead of `2024-01-02T03:04:05Z`, 2 h late".into())
        );
        assert_eq!(detail(other_zone(utc, b"at 2024-01-02T03:05:05Z,")), None);
        assert_eq!(detail(other_zone(utc, b"at 2024-01-02T03:04:05+00:00,")), None);
        assert_eq!(
            detail(other_form(utc, b"at 2024-01-02T03:04:05+00:00,")),
            Some("`2024-01-02T03:04:05+00:00` instead of `2024-01-02T03:04:05Z`".into())
        );
        assert!(other_form(b"2024-01-02T03:04:05.678Z", b"2024-01-02T03:04:05Z").is_some());
        assert!(other_form(b"2024-01-02T03:04:05-03:30", b"2024-01-02T03:04:05-03:-30").is_some());
        assert_eq!(detail(other_form(b"2024-01-02T03:04:05-03:30", b"2024-01-02T03:04:05-03:-45")), None);
        assert_eq!(detail(other_form(utc, b"at 2024-01-02T03:04:06Z,")), None);
        assert_eq!(detail(other_form(b"2023-11-14T22:13:20Z", b"1700000000")), Some("seconds since 1970 instead of text".into()));
        assert_eq!(
            detail(other_form(b"\x65\x53\xf1\x00", b"2023-11-14T22:13:20Z")),
            Some("text instead of seconds since 1970".into())
        );
    }

    #[test]
    fn binary_times_may_be_apart_by_hours_or_days() {
        let at = |millis: u64| millis.to_be_bytes();
        let moment = 1_700_000_000_123;
        assert_eq!(detail(other_clock(&at(moment), &at(moment + 7_200_000))), Some("2 hours late".into()));
        assert_eq!(detail(days_apart(&at(moment), &at(moment - 7 * 86_400_000))), Some("7 days early".into()));
        assert_eq!(detail(other_clock(&at(moment), &at(moment + 7_200_001))), None);
        assert_eq!(detail(days_apart(&at(moment), &at(moment + 7_200_000))), None);
    }

    #[test]
    fn a_number_that_is_no_moment_may_be_a_multiple() {
        assert_eq!(detail(multiple(b"30", b"30000")), Some("1000 times 30".into()));
        assert_eq!(detail(multiple(b"30000", b"30")), Some("one part in 1000 of 30000".into()));
        assert_eq!(detail(multiple(b"30", b"30001")).or(detail(multiple(b"0", b"000"))), None);
    }
}
