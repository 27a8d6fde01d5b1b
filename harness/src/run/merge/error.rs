//! Why reports cannot be merged, in sentences.

use std::path::PathBuf;

use crate::printable::counted;

/// Trials that an error names; the others are counted.
const NAMED: usize = 10;

/// Why reports cannot be merged. Trials are named with their platform.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum MergeError {
    /// No report at all.
    #[error("there is no report to merge")]
    Nothing,
    /// Written by different versions.
    #[error("{} was made by samewire {one_version}, and {} by {other_version}; make both with the same version", one.display(), other.display())]
    OtherVersion {
        /// A part.
        one: PathBuf,
        /// Its version.
        one_version: String,
        /// Another part.
        other: PathBuf,
        /// Its version.
        other_version: String,
    },
    /// Of different suites.
    #[error("{} and {} are of different suites: {how}; run both with the same suite", one.display(), other.display())]
    OtherSuite {
        /// A part.
        one: PathBuf,
        /// Another part.
        other: PathBuf,
        /// What is not the same.
        how: String,
    },
    /// With different clients of one name.
    #[error("{client} differs between {} and {}: {what}; make both with the same client, or give one another name where they are two", one.display(), other.display())]
    OtherClient {
        /// A part.
        one: PathBuf,
        /// Another part.
        other: PathBuf,
        /// The client, with its platform.
        client: String,
        /// What is not the same.
        what: String,
    },
    /// Of different trials.
    #[error("{} plans {trial}, and {} does not: parts may differ only in --shard and --client", one.display(), other.display())]
    OtherPlan {
        /// The part that plans it.
        one: PathBuf,
        /// The part that does not.
        other: PathBuf,
        /// The trial.
        trial: String,
    },
    /// Trials that are in no part.
    #[error("{} in no part; is a shard or a client missing? {}", are(.0.len()), named(.0))]
    Missing(Vec<String>),
    /// Trials that are in several parts, and were run there.
    #[error("{} in more than one part; was a part given twice, or have two clients one name? {}", are(.0.len()), named(.0))]
    Twice(Vec<String>),
    /// Trials that no part plans.
    #[error("{} planned by no part, so the reports are inconsistent: {}", are(.0.len()), named(.0))]
    Unplanned(Vec<String>),
}

fn are(count: usize) -> String {
    format!("{} {}", counted(count, "trial"), if count == 1 { "is" } else { "are" })
}

fn named(names: &[String]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let more = if more == 0 { String::new() } else { format!(", and {more} more") };
    let names: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    format!("{}{more}", names.join(", "))
}
