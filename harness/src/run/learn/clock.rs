//! Clocks in octets: a time that was while a client ran, in whatever form it is written. Pure.

use std::ops::Range;

use super::known::{Known, What, escaped};

/// Microseconds of a second.
const SECOND: i128 = 1_000_000;

/// How far a clock may be from the time of the run: it may be rounded to whole seconds.
const SLACK: i128 = 1_500_000;

/// What a zone may be apart from ours: a multiple of so much, up to so much.
const ZONE: i128 = 15 * 60 * SECOND;
const FARTHEST: i128 = 15 * 3600 * SECOND;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// When a client ran: microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// It began.
    pub from: i128,
    /// It was over.
    pub to: i128,
}

impl Span {
    fn has(self, at: i128) -> bool {
        (self.from - SLACK..=self.to + SLACK).contains(&at)
    }

    /// Whether a time without a zone was then, in some zone.
    fn has_somewhere(self, at: i128) -> bool {
        let apart = at - self.from;
        let zone = (apart + apart.signum() * ZONE / 2) / ZONE * ZONE;
        apart.abs() <= FARTHEST && self.has(at - zone)
    }
}

/// Every time in octets that was while the client ran, in the order of the octets; some overlap.
pub(super) fn clocks(octets: &[u8], ran: Span) -> Vec<Known> {
    let mut found = Vec::new();
    for at in 0..octets.len() {
        let is_inside = at > 0 && octets[at - 1].is_ascii_alphanumeric() && octets[at].is_ascii_alphanumeric();
        if !is_inside {
            found.extend(written(octets, at, ran));
        }
        found.extend(binary(&octets[at..], ran).map(|length| Known { place: at..at + length, what: What::Clock, how: None }));
    }
    found
}

/// A time that is written in characters from here on.
fn written(octets: &[u8], at: usize, ran: Span) -> Option<Known> {
    let forms = [rfc3339, rfc2822, asctime, wireshark, rfc3164, decimal];
    let (pattern, end) = forms.iter().find_map(|form| {
        let mut reader = Reader { octets, at, pattern: String::new() };
        let is_then = form(&mut reader, ran)?;
        let is_over = octets.get(reader.at).is_none_or(|octet| !octet.is_ascii_alphanumeric());
        (is_then && is_over).then_some((reader.pattern, reader.at))
    })?;
    Some(Known { place: at..end, what: What::Clock, how: Some(pattern) })
}

/// So many octets that hold a time as a number.
fn binary(octets: &[u8], ran: Span) -> Option<usize> {
    let eight = octets.first_chunk::<8>().filter(|eight| {
        let units = [SECOND, 1000, 1];
        let numbers = [u64::from_be_bytes(**eight), u64::from_le_bytes(**eight)].map(i128::from);
        let is_whole = numbers.iter().any(|number| units.iter().any(|unit| ran.has(number * unit)) || ran.has(number / 1000));
        let is_float = |number: f64| [1e6, 1e3].iter().any(|unit| ran.has((number * unit) as i128));
        is_whole || [f64::from_be_bytes(**eight), f64::from_le_bytes(**eight)].into_iter().any(is_float)
    });
    let four = octets.first_chunk::<4>().filter(|four| {
        [u32::from_be_bytes(**four), u32::from_le_bytes(**four)].iter().any(|number| ran.has(i128::from(*number) * SECOND))
    });
    eight.map(|_| 8).or(four.map(|_| 4))
}

/// Reads a form, and writes the expression of what it has read.
struct Reader<'a> {
    octets: &'a [u8],
    at: usize,
    pattern: String,
}

/// A date and a time of day: `2026-11-27T12:23:36.123Z`.
fn rfc3339(reader: &mut Reader<'_>, ran: Span) -> Option<bool> {
    let (year, _) = (reader.digits(4..5)?, reader.literal(b"-")?);
    let (month, _) = (reader.digits(2..3)?, reader.literal(b"-")?);
    let day = reader.digits(2..3)?;
    reader.literal(b"T").or_else(|| reader.literal(b"t")).or_else(|| reader.literal(b" "))?;
    let time = reader.time()?;
    let at = moment((year, month, day), time)? + reader.fraction();
    match reader.zone() {
        Some(zone) => Some(ran.has(at - zone)),
        None => Some(ran.has_somewhere(at)),
    }
}

/// `Fri, 27 Nov 2026 12:23:36 GMT`, or `+0000`.
fn rfc2822(reader: &mut Reader<'_>, ran: Span) -> Option<bool> {
    reader.name(&DAYS)?;
    reader.literal(b", ")?;
    let day = reader.digits(1..3)?;
    reader.literal(b" ")?;
    let month = reader.name(&MONTHS)? + 1;
    reader.literal(b" ")?;
    let year = reader.digits(4..5)?;
    reader.literal(b" ")?;
    let at = moment((year, month, day), reader.time()?)?;
    let before = (reader.at, reader.pattern.len());
    let zone = reader.literal(b" ").and_then(|()| reader.literal(b"GMT").map(|()| 0).or_else(|| reader.zone()));
    match zone {
        Some(zone) => Some(ran.has(at - zone)),
        None => {
            reader.at = before.0;
            reader.pattern.truncate(before.1);
            Some(ran.has_somewhere(at))
        }
    }
}

/// `Fri Nov 27 12:23:36 2026`
fn asctime(reader: &mut Reader<'_>, ran: Span) -> Option<bool> {
    reader.name(&DAYS)?;
    reader.literal(b" ")?;
    let month = reader.name(&MONTHS)? + 1;
    reader.literal(b" ")?;
    let (day, _) = (reader.day()?, reader.literal(b" ")?);
    let time = reader.time()?;
    reader.literal(b" ")?;
    Some(ran.has_somewhere(moment((reader.digits(4..5)?, month, day), time)?))
}

/// `Nov 27, 2026 12:23:36.123456000 UTC`, as Wireshark shows a time; the name of another zone is not of the form.
fn wireshark(reader: &mut Reader<'_>, ran: Span) -> Option<bool> {
    let month = reader.name(&MONTHS)? + 1;
    reader.literal(b" ")?;
    let (day, _) = (reader.day()?, reader.literal(b", ")?);
    let (year, _) = (reader.digits(4..5)?, reader.literal(b" ")?);
    let at = moment((year, month, day), reader.time()?)? + reader.fraction();
    match reader.literal(b" UTC") {
        Some(()) => Some(ran.has(at)),
        None => Some(ran.has_somewhere(at)),
    }
}

/// `Nov 27 12:23:36`, of whatever year.
fn rfc3164(reader: &mut Reader<'_>, ran: Span) -> Option<bool> {
    let month = reader.name(&MONTHS)? + 1;
    reader.literal(b" ")?;
    let (day, _) = (reader.day()?, reader.literal(b" ")?);
    let time = reader.time()?;
    let year = 1970 + ran.from / (31_556_952 * SECOND);
    let then = |year: i128| moment((year, month, day), time).is_some_and(|at| ran.has_somewhere(at));
    Some((year - 1..=year + 1).any(then))
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, perhaps with a fraction.
fn decimal(reader: &mut Reader<'_>, ran: Span) -> Option<bool> {
    let begin = reader.at;
    let number = reader.digits(10..20)?;
    let (unit, per) = match reader.at - begin {
        10 => (SECOND, 1),
        13 => (1000, 1),
        16 => (1, 1),
        19 => (1, 1000),
        _ => return Some(false),
    };
    let is_then = ran.has(number * unit / per);
    reader.fraction();
    Some(is_then)
}

impl Reader<'_> {
    fn rest(&self) -> &[u8] {
        &self.octets[self.at..]
    }

    fn literal(&mut self, literal: &[u8]) -> Option<()> {
        self.rest().starts_with(literal).then_some(())?;
        self.at += literal.len();
        literal.iter().for_each(|octet| self.pattern += &escaped(*octet));
        Some(())
    }

    /// So many digits, all that there are.
    fn digits(&mut self, count: Range<usize>) -> Option<i128> {
        let found = self.rest().iter().take(count.end).take_while(|octet| octet.is_ascii_digit()).count();
        count.contains(&found).then_some(())?;
        let number = self.rest()[..found].iter().fold(0, |number, digit| number * 10 + i128::from(digit - b'0'));
        self.at += found;
        self.pattern += &match count.len() {
            2 => "[0-9]{1,2}".to_owned(),
            _ => format!("[0-9]{{{found}}}"),
        };
        Some(number)
    }

    /// A day with a blank or a zero before it.
    fn day(&mut self) -> Option<i128> {
        let text = std::str::from_utf8(self.rest().get(..2)?).ok()?;
        let day = text.trim_start().parse().ok()?;
        self.at += 2;
        self.pattern += "[ 0-3][0-9]";
        Some(day)
    }

    /// Which of these names it is.
    fn name(&mut self, names: &[&str]) -> Option<i128> {
        let index = names.iter().position(|name| self.rest().starts_with(name.as_bytes()))?;
        self.at += 3;
        self.pattern += "[A-Z][a-z]{2}";
        i128::try_from(index).ok()
    }

    /// `12:23:36`, in seconds.
    fn time(&mut self) -> Option<i128> {
        let hours = self.digits(2..3)?;
        self.literal(b":")?;
        let minutes = self.digits(2..3)?;
        self.literal(b":")?;
        let seconds = self.digits(2..3)?;
        (hours < 24 && minutes < 60 && seconds < 61).then_some((hours * 60 + minutes) * 60 + seconds)
    }

    /// `.123`, where there is one, in microseconds.
    fn fraction(&mut self) -> i128 {
        let digits: Vec<u8> = self.rest().iter().skip(1).take_while(|octet| octet.is_ascii_digit()).copied().collect();
        let separator = self.rest().first().copied().filter(|octet| matches!(octet, b'.' | b',') && !digits.is_empty());
        let Some(separator) = separator else { return 0 };
        self.at += 1 + digits.len();
        self.pattern += &format!("{}[0-9]+", escaped(separator));
        let six = digits.iter().copied().chain(std::iter::repeat(b'0')).take(6);
        six.fold(0, |number, digit| number * 10 + i128::from(digit - b'0'))
    }

    /// `Z`, `+01:00` or `-0130`, in microseconds. It is as it is.
    fn zone(&mut self) -> Option<i128> {
        if self.literal(b"Z").or_else(|| self.literal(b"z")).is_some() {
            return Some(0);
        }
        let sign = match self.rest().first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let digits: Vec<u8> = self.rest().iter().skip(1).take(5).filter(|octet| octet.is_ascii_digit()).copied().collect();
        let has_colon = self.rest().get(3) == Some(&b':');
        let text = std::str::from_utf8(digits.get(..4)?).ok()?;
        let (hours, minutes) = (text[..2].parse::<i128>().ok()?, text[2..].parse::<i128>().ok()?);
        let literal = self.rest()[..5 + usize::from(has_colon)].to_vec();
        self.literal(&literal)?;
        Some(sign * (hours * 60 + minutes) * 60 * SECOND)
    }
}

/// Microseconds since 1970 of a date and the seconds of its day.
fn moment((year, month, day): (i128, i128, i128), seconds: i128) -> Option<i128> {
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some(())?;
    // Years that begin in March, so that the day that comes and goes is the last one.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1 - 719_468;
    Some((days * 86_400 + seconds) * SECOND)
}
