//! What cannot go together in a recorder's settings. Pure.
//!
//! Flags and TOML files call their switches alike (`close_after_bytes`, `--close-after-bytes`), and both ask here.

use std::fmt;

/// Pairs of switches that are refused, and why. All others work together.
pub const REFUSED: &[(&str, &str, &str)] = &[
    ("replies", "echo", ONE),
    ("replies", "upstream", ONE),
    ("echo", "upstream", ONE),
    ("close_after_bytes", "reset_after_bytes", "a connection can be cut off in one way only"),
    ("upstream", "half_close_after_bytes", "later answers of the upstream could not be forwarded"),
    ("refuse", "replies", NOBODY),
    ("refuse", "echo", NOBODY),
    ("refuse", "upstream", NOBODY),
    ("refuse", "accept_delay_ms", NOBODY),
    ("refuse", "read_delay_ms", NOBODY),
    ("refuse", "read_bytes", NOBODY),
    ("refuse", "receive_buffer", NOBODY),
    ("refuse", "close_after_bytes", NOBODY),
    ("refuse", "reset_after_bytes", NOBODY),
    ("refuse", "half_close_after_bytes", NOBODY),
    ("refuse", "close_delay_ms", NOBODY),
    ("refuse", "idle_timeout_ms", NOBODY),
    ("refuse", "tls", NOBODY),
    ("refuse", "connections", "it would wait for connections forever"),
];

const ONE: &str = "there can be one kind of answer only";
const NOBODY: &str = "nobody can connect";

/// Two switches that are both given and cannot go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// The two.
    pub pair: [&'static str; 2],
    /// Why they cannot.
    pub why: &'static str,
}

/// The first pair among the switches that are given which is refused.
#[must_use]
pub fn refused(given: &[&str]) -> Option<Refused> {
    let (one, other, why) = REFUSED.iter().find(|(one, other, _)| given.contains(one) && given.contains(other))?;
    Some(Refused { pair: [one, other], why })
}

/// Of a half-close and a cut after so many octets: the half-close has to come first, or at the same moment.
#[must_use]
pub fn comes_too_late(half_close_after: Option<u64>, cut_after: Option<u64>) -> Option<String> {
    let (half_close, cut) = half_close_after.zip(cut_after).filter(|(half_close, cut)| half_close > cut)?;
    Some(format!("it is cut off after {cut} octets, before it would half-close after {half_close}"))
}

impl Refused {
    /// The sentence, with the switches called as `named` says.
    #[must_use]
    pub fn said(&self, named: impl Fn(&str) -> String) -> String {
        let [one, other] = self.pair;
        format!("{} and {} cannot go together: {}", named(one), named(other), self.why)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said(str::to_owned))
    }
}
