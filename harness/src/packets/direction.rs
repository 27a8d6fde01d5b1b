//! Which way octets went.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Which way octets went, as the server sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the client to the server.
    Received,
    /// From the server to the client.
    Sent,
}

impl Direction {
    /// As tables have it: `<` was received, `>` was sent.
    #[must_use]
    pub fn arrow(self) -> &'static str {
        match self {
            Self::Received => "<",
            Self::Sent => ">",
        }
    }

    /// The other.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Received => Self::Sent,
            Self::Sent => Self::Received,
        }
    }
}

/// `received`, `sent`
impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Received => "received",
            Self::Sent => "sent",
        })
    }
}
