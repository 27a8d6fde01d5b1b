//! A place in what was expected and in what came, as a diagnosis tells it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Diagnosis;
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

    /// Whether it is another place, in what was expected or in what came.
    fn is_apart(&self, other: &Self) -> bool {
        let apart = |one: (u64, u64), other: (u64, u64)| one.0 + one.1 <= other.0 || other.0 + other.1 <= one.0;
        let expected = |spot: &Self| (spot.offset, spot.octets);
        let captured = |spot: &Self| (spot.captured_offset, spot.captured_octets);
        apart(expected(self), expected(other)) && apart(captured(self), captured(other))
    }
}

impl Diagnosis {
    /// Whether it holds beside another, and not in its stead: each has places of its own.
    #[must_use]
    pub fn is_beside(&self, other: &Self) -> bool {
        let has_places = !self.spots.is_empty() && !other.spots.is_empty() && self.connection == other.connection;
        has_places && self.spots.iter().all(|spot| other.spots.iter().all(|taken| spot.is_apart(taken)))
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

#[cfg(test)]
mod tests {
    use super::super::of;

    #[test]
    fn causes_with_places_of_their_own_hold_beside_each_other() {
        let expected = b"\x00\x05abcde\x03\xe9{\"name\":\"Sensor 1\"}";
        let found = of(expected, b"\x00\x05abcde\xe9\x03{\"name\":\"SENSOR 1\"}");
        assert_eq!(found[..2].iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["upper-cased", "byte-order-swapped"]);
        assert!(found[0].is_beside(&found[1]) && found[1].is_beside(&found[0]));
        assert!(!found[0].is_beside(&found[0]));
        let found = of(b"hello\r\n\r\n", b"hello\n\n");
        assert!(!found[0].is_beside(&found[1]), "{found:?}");
    }
}
