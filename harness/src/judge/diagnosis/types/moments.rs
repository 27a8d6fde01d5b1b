//! Moments as text has them: RFC 3339 and its relatives, and the dates of HTTP and of mail.

/// Nanoseconds in a second.
pub(super) const SECOND: i128 = 1_000_000_000;

/// A moment in text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    /// What its clock showed, in nanoseconds since 1970.
    pub clock: i128,
    /// How far its clock is ahead of UTC, in seconds, where it says so.
    pub offset: Option<i128>,
    /// How many octets its text has.
    pub length: usize,
}

impl Moment {
    /// In nanoseconds since 1970 in UTC; a clock that does not say where it is shows UTC.
    pub(super) fn instant(self) -> i128 {
        self.clock - self.offset.unwrap_or_default() * SECOND
    }
}

/// What is left to be read of a text.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn number(&mut self, digits: usize) -> Option<i128> {
        let text = self.rest.get(..digits).filter(|text| text.bytes().all(|digit| digit.is_ascii_digit()))?;
        self.rest = &self.rest[digits..];
        text.parse().ok()
    }

    /// The first of these that is next.
    fn one_of(&mut self, texts: &[&'a str]) -> Option<&'a str> {
        let found = texts.iter().find(|text| self.rest.starts_with(**text))?;
        self.rest = &self.rest[found.len()..];
        Some(found)
    }

    fn has(&mut self, text: &'a str) -> Option<()> {
        self.one_of(&[text]).map(|_| ())
    }

    /// `08:12:31`, `08:12`, `081231`, with a fraction or without, in nanoseconds.
    fn time(&mut self, is_apart: bool) -> Option<i128> {
        let hour = self.number(2)?;
        let minute = self.after_colon(is_apart)?;
        let second = if is_apart && !self.rest.starts_with(':') { 0 } else { self.after_colon(is_apart)? };
        let is_one = hour < 24 && minute < 60 && second < 61;
        is_one.then_some(((hour * 60 + minute) * 60 + second) * SECOND + self.fraction())
    }

    fn after_colon(&mut self, is_apart: bool) -> Option<i128> {
        if is_apart {
            self.has(":")?;
        }
        self.number(2)
    }

    fn fraction(&mut self) -> i128 {
        let digits = self.rest.strip_prefix(['.', ',']).unwrap_or_default();
        let count = digits.bytes().take_while(u8::is_ascii_digit).count();
        if !(1..=9).contains(&count) {
            return 0;
        }
        self.rest = &digits[count..];
        digits[..count].parse::<i128>().unwrap_or_default() * 10_i128.pow(9 - count as u32)
    }

    /// `Z`, `GMT`, `+01:00`, `-0500`, `+02`, in seconds.
    fn offset(&mut self) -> Option<i128> {
        if self.one_of(&["Z", "z", " UTC", " GMT", " Z"]).is_some() {
            return Some(0);
        }
        let before = self.rest;
        let _ = self.one_of(&[" "]);
        let offset = self.signed_offset();
        if offset.is_none() {
            self.rest = before;
        }
        offset
    }

    fn signed_offset(&mut self) -> Option<i128> {
        let sign = if self.one_of(&["+", "-"])? == "+" { 1 } else { -1 };
        let hours = self.number(2)?;
        // Of a zone behind UTC, minutes may have got a sign of their own.
        let _ = self.one_of(&[":-", ":"]);
        let minutes = self.number(2).unwrap_or_default();
        Some(sign * (hours * 60 + minutes) * 60)
    }

    fn moment(mut self, day: i128, is_apart: bool, length: usize) -> Option<Moment> {
        let clock = day * 86_400 * SECOND + self.time(is_apart)?;
        let offset = self.offset();
        Some(Moment { clock, offset, length: length - self.rest.len() })
    }
}

/// The moment that a text begins with.
pub(super) fn at_start(text: &str) -> Option<Moment> {
    by_numbers(text).or_else(|| by_names(text))
}

/// `1994-11-15T08:12:31Z`, `1994-11-15 08:12:31.5+01:00`, `19941115T081231Z`
fn by_numbers(text: &str) -> Option<Moment> {
    let mut reader = Reader { rest: text };
    let year = reader.number(4)?;
    let hyphen = reader.one_of(&["-", "/"]);
    let month = reader.number(2)?;
    hyphen.map_or(Some(()), |hyphen| reader.has(hyphen))?;
    let day = days(year, month, reader.number(2)?)?;
    reader.one_of(&["T", "t", " ", "_"])?;
    reader.moment(day, hyphen.is_some(), text.len())
}

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `Tue, 15 Nov 1994 08:12:31 GMT`
fn by_names(text: &str) -> Option<Moment> {
    let mut reader = Reader { rest: text };
    reader.one_of(&WEEKDAYS)?;
    reader.has(", ")?;
    let day = reader.number(2).or_else(|| reader.number(1))?;
    reader.has(" ")?;
    let month = reader.one_of(&MONTHS)?;
    let month = MONTHS.iter().position(|name| *name == month)? as i128 + 1;
    reader.has(" ")?;
    let day = days(reader.number(4)?, month, day)?;
    reader.has(" ")?;
    reader.moment(day, true, text.len())
}

/// The days since 1970 in the Gregorian calendar.
fn days(year: i128, month: i128, day: i128) -> Option<i128> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // The year begins in March, so that a leap day is its last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(year * 365 + leaps + (month * 153 + 2) / 5 + day - 1 - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_moment_is_read_from_every_form() {
        let text = "1994-11-15T08:12:31Z";
        let wanted = 784_887_151 * SECOND;
        let forms = [
            text,
            "1994-11-15 08:12:31",
            "1994-11-15T09:12:31+01:00",
            "1994-11-15T03:12:31-0500",
            "19941115T081231Z",
            "Tue, 15 Nov 1994 08:12:31 GMT",
            "1994-11-15 08:12:31.000 UTC",
        ];
        for form in forms {
            let read = at_start(form).expect(form);
            assert_eq!((read.instant(), read.length), (wanted, form.len()), "{form}");
        }
        assert_eq!(at_start("1970-01-01T00:00:00.25Z tail").map(|read| (read.clock, read.length)), Some((SECOND / 4, 23)));
        assert_eq!(days(2000, 2, 29).zip(days(2000, 3, 1)), Some((11_016, 11_017)));
    }

    #[test]
    fn what_is_no_moment_is_not_read() {
        for text in ["1994-11-15 at 8", "1994-13-15T08:12:31Z", "1994-11-15T25:12:31Z", "15 Nov 1994", "", "20241115"] {
            assert_eq!(at_start(text), None, "{text}");
        }
    }
}
