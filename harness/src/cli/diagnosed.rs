//! Why octets differ, for a person who holds two sides against each other: with nothing in it that is not to be shown.

use crate::judge::diagnosis::{self, Diagnosis, Evidence};
use crate::suite::Redaction;

/// A side with more octets is not diagnosed.
pub(super) const DIAGNOSED: u64 = 32 << 20;

/// Causes that are shown.
pub(super) const SHOWN: usize = 3;

/// What turns the connections of one side into those of the other, as of a client that should have sent the first.
pub(super) fn diagnosed<O: AsRef<[u8]>>(expected: &[O], captured: &[O], redaction: &Redaction) -> Vec<Diagnosis> {
    let [expected, captured] = [expected, captured].map(|side| side.iter().map(AsRef::as_ref).collect::<Vec<&[u8]>>());
    let sides: Vec<_> = expected.iter().map(|octets| diagnosis::Expected { octets, masks: &[] }).collect();
    let named = diagnosis::diagnose(&Evidence { expected: &sides, captured: &captured, plan: None });
    // The particulars of causes quote what is not to be shown, and parts of it.
    let hides = !redaction.is_empty() && expected.iter().chain(&captured).any(|octets| !redaction.hits(octets).is_empty());
    if hides { named.iter().map(Diagnosis::without_particulars).collect() } else { named }
}
