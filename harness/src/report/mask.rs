//! A mask, as a report says it.

use serde::{Deserialize, Serialize};

/// Octets that rightly vary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MaskReport {
    /// The offset of the first.
    pub start: usize,
    /// How many.
    pub length: usize,
    /// What they are.
    pub name: String,
}
