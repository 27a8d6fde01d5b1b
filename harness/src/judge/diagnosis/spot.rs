//! A place in what was expected and in what came, as a diagnosis tells it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::stretch::Stretch;
use crate::printable::counted;

/// Octets that were expected and those that came in their stead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Spot {
    /// Their offset in what was expected.
    pub offset: u64,
    /// How many were expected.
    pub octets: u64,
    /// Their offset in what came.
    pub captured_offset: u64,
    /// How many came.
    pub captured_octets: u64,
    /// What those that were expected were taken for, where that is a guess: `u16le`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looks_like: Option<String>,
}

impl Spot {
    pub(super) fn of(stretch: &Stretch, looks_like: Option<String>) -> Self {
        let (expected, captured) = (stretch.expected, stretch.captured);
        Self {
            offset: expected.0 as u64,
            octets: (expected.1 - expected.0) as u64,
            captured_offset: captured.0 as u64,
            captured_octets: (captured.1 - captured.0) as u64,
            looks_like,
        }
    }
}

/// `offset 2, 2 octets (looks like u16le)`
impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "offset {}, {}", self.offset, counted(self.octets as usize, "octet"))?;
        match &self.looks_like {
            Some(looks_like) => write!(f, " (looks like {looks_like})"),
            None => Ok(()),
        }
    }
}
