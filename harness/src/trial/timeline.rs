//! When a connection did what.

use samewire_recorder::{EndedBy, Handshake};
use serde::{Deserialize, Serialize};

/// Octets up to this many stand in the report itself; of more, only length and digest.
pub(crate) const INLINE: usize = 4096;

/// When a connection did what: microseconds since its recorder started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Timeline {
    /// The recorder's address that it came to, where the recorder had several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// It was accepted.
    pub open_us: u64,
    /// Octets were read; at most [`Timeline::MOST`] reads are kept.
    pub received: Vec<Moment>,
    /// Octets were answered; at most [`Timeline::MOST`] are kept.
    pub sent: Vec<Moment>,
    /// The client's end of stream was read.
    pub fin_us: Option<u64>,
    /// What came of its TLS handshake, where it has TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Handshake<'static>>,
    /// It was over.
    pub close_us: Option<u64>,
    /// Who ended it.
    pub by: Option<EndedBy>,
}

/// Octets at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// Microseconds since the recorder started.
    pub at_us: u64,
    /// How many octets.
    pub octets: u64,
}

impl Timeline {
    /// The most moments of a kind that are kept.
    pub const MOST: usize = 256;
}
