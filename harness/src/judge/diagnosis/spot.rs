//! A place in what was expected and in what came, as a diagnosis tells it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Diagnosis;
use super::stretch::{Border, Sides, Stretch};
use crate::judge::align::Change;
use crate::printable::counted;

/// A stretch with more octets than this is told by what differs in it.
const WIDE: usize = 40;

/// And so is one of which less than one octet of so many differs.
const SPARSE: usize = 8;

/// So many octets that are the same part what differs in such a stretch.
const PARTED: usize = 16;

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
    /// Whether it only follows from the others: a length, a count or a checksum that is right for what came.
    #[serde(default, skip_serializing_if = "is_false")]
    pub follows: bool,
}

/// As `serde` asks for it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl Spot {
    /// Those of a stretch: all of it where it is a field, and what differs in it where that is little of it.
    pub(super) fn all(sides: Sides<'_>, stretch: &Stretch, looks_like: Option<String>) -> Vec<Self> {
        let is_in = |change: &&Change| {
            let (expected, captured) = (&change.expected, &change.captured);
            stretch.expected.0 <= expected.start
                && expected.end <= stretch.expected.1
                && stretch.captured.0 <= captured.start
                && captured.end <= stretch.captured.1
        };
        let changes: Vec<&Change> = sides.changes.iter().filter(is_in).collect();
        let differs: usize = changes.iter().map(|change| change.width()).sum();
        let width = (stretch.expected.1 - stretch.expected.0).max(stretch.captured.1 - stretch.captured.0);
        let is_field = looks_like.is_some() || stretch.border == Border::Number || width <= SPARSE;
        if is_field || changes.is_empty() || width <= WIDE && differs * SPARSE >= width {
            return vec![Self::of(stretch, looks_like)];
        }
        let mut spots: Vec<Self> = Vec::new();
        for change in changes {
            let spot = Self::of(&Stretch::exact(change), None);
            match spots.last_mut().filter(|last| spot.offset - last.offset - last.octets < PARTED as u64) {
                Some(last) => last.reach(&spot),
                None => spots.push(spot),
            }
        }
        spots
    }

    /// Makes it end where another does.
    fn reach(&mut self, other: &Self) {
        self.octets = other.offset + other.octets - self.offset;
        self.captured_octets = other.captured_offset + other.captured_octets - self.captured_offset;
    }

    pub(super) fn of(stretch: &Stretch, looks_like: Option<String>) -> Self {
        let (expected, captured) = (stretch.expected, stretch.captured);
        Self {
            offset: expected.0 as u64,
            octets: (expected.1 - expected.0) as u64,
            captured_offset: captured.0 as u64,
            captured_octets: (captured.1 - captured.0) as u64,
            looks_like,
            follows: false,
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
    /// Its places on a connection (from 1), of so many.
    pub(crate) fn places_on(&self, connection: usize, of: usize) -> &[Spot] {
        let is_there = self.connection.map_or(of == 1, |own| own == connection);
        if is_there { &self.spots } else { &[] }
    }

    /// Whether it holds beside another, and not in its stead: each has places of its own.
    #[must_use]
    pub fn is_beside(&self, other: &Self) -> bool {
        let causes = |one: &Self| one.spots.iter().filter(|spot| !spot.follows).cloned().collect::<Vec<_>>();
        let (spots, taken) = (causes(self), causes(other));
        let has_places = !spots.is_empty() && !taken.is_empty() && self.connection == other.connection;
        has_places && spots.iter().all(|spot| taken.iter().all(|taken| spot.is_apart(taken)))
    }
}

/// `offset 2, 2 octets, and in 3 places more`, with what is told of the first.
pub(super) fn places(spots: &[Spot], told: &str) -> String {
    let place = spots.first().map(ToString::to_string).unwrap_or_default();
    let more = if spots.len() > 1 { format!(", and in {} more", counted(spots.len() - 1, "place")) } else { String::new() };
    format!("{place}{told}{more}")
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
        assert_eq!(found[..2].iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["byte-order-swapped", "upper-cased"]);
        assert!(found[0].is_beside(&found[1]) && found[1].is_beside(&found[0]));
        assert!(!found[0].is_beside(&found[0]));
        let found = of(b"hello\r\n\r\n", b"hello\n\n");
        assert!(!found[0].is_beside(&found[1]), "{found:?}");
    }
}
