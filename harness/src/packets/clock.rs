//! One clock for packets and captures.
//!
//! Packets are stamped by the kernel, with nanoseconds of wall-clock time. A capture counts microseconds since its start on a
//! monotonic clock, and says when that was. The recorder reads those two clocks one after the other, so the two agree to some ten
//! microseconds, for as long as nobody sets the wall clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// When a capture began, in nanoseconds of wall-clock time since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    start_ns: i64,
}

/// The time a capture says it began at is no time.
#[derive(Debug, thiserror::Error)]
#[error("the capture says that it began at {at:?}, which is not a time such as 2026-01-31T10:00:00.000000Z")]
pub struct ClockError {
    at: String,
}

impl Clock {
    /// The clock of a capture whose start event says `at` (RFC 3339, UTC).
    ///
    /// # Errors
    /// It is no such time.
    pub fn of(at: &str) -> Result<Self, ClockError> {
        let time = humantime::parse_rfc3339(at).map_err(|_| ClockError { at: at.to_owned() })?;
        Ok(Self { start_ns: nanoseconds(time) })
    }

    /// The clock that began at this time.
    #[must_use]
    pub fn since(start: SystemTime) -> Self {
        Self { start_ns: nanoseconds(start) }
    }

    /// The clock that began so many nanoseconds after 1970.
    #[must_use]
    pub fn since_ns(start_ns: i64) -> Self {
        Self { start_ns }
    }

    /// Microseconds from the start to a packet's stamp; negative where it passed before.
    #[must_use]
    pub fn at_us(self, stamp_ns: i64) -> i64 {
        stamp_ns.saturating_sub(self.start_ns).div_euclid(1000)
    }

    /// The stamp of what a capture says happened after `at_us`.
    #[must_use]
    pub fn stamp_ns(self, at_us: u64) -> i64 {
        let since = i64::try_from(at_us).unwrap_or(i64::MAX).saturating_mul(1000);
        self.start_ns.saturating_add(since)
    }
}

/// Seconds of microseconds, which may be before the beginning: `-0.000001 s`.
#[must_use]
pub fn seconds(at_us: i64) -> String {
    let sign = if at_us < 0 { "-" } else { "" };
    let at_us = at_us.unsigned_abs();
    format!("{sign}{}.{:06} s", at_us / 1_000_000, at_us % 1_000_000)
}

/// Nanoseconds since 1970; what lies beyond 2262 is 2262.
fn nanoseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_and_microseconds_are_one_clock() {
        let clock = Clock::of("2026-01-31T10:00:00.000250Z").unwrap();
        assert_eq!(clock.stamp_ns(0), 1_769_853_600_000_250_000);
        assert_eq!(clock.at_us(clock.stamp_ns(1201) + 999), 1201);
        assert_eq!(clock.at_us(clock.stamp_ns(0) - 1), -1);
        assert_eq!(clock.at_us(i64::MIN), (i64::MIN).div_euclid(1000));
    }

    #[test]
    fn times_before_the_beginning_are_negative() {
        assert_eq!([-1, 0, 1_000_001].map(seconds), ["-0.000001 s", "0.000000 s", "1.000001 s"]);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        assert!(Clock::of("yesterday").unwrap_err().to_string().contains("\"yesterday\""));
    }
}
