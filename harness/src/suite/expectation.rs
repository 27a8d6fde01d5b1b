//! What a case expects: octets, perhaps with masks, or a digest of them; and whether what was captured is that.
//!
//! Pure. Compares while the capture streams by, so that its size does not matter.

use std::fmt;

use samewire_recorder::PeerEnd;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::hex;

/// What one connection must carry, and how the client must end it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The octets.
    pub content: Content,
    /// The endings that are right.
    pub ending: Endings,
}

/// How a client may end a connection: one way, or any of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endings {
    first: PeerEnd,
    others: Vec<PeerEnd>,
}

/// How a client must end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ExpectedExit {
    /// In 0: all was done.
    #[default]
    Zero,
    /// In anything but 0: what was asked cannot be done, and is not to be claimed.
    NonZero,
    /// In this very status.
    Status(i32),
}

impl ExpectedExit {
    /// Whether it is what most cases expect.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::Zero
    }
}

/// Octets that are expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// These octets, but for the masks.
    Octets {
        /// The octets; what stands under a mask means nothing.
        octets: Vec<u8>,
        /// The octets that may be anything, in order.
        masks: Vec<Mask>,
    },
    /// So many octets with this digest.
    Digest {
        /// How many octets.
        length: u64,
        /// Their SHA-256, in hex.
        sha256: String,
    },
}

/// Octets that rightly vary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    /// The offset of the first.
    pub start: usize,
    /// How many.
    pub length: usize,
    /// What they are: `nonce`.
    pub name: String,
}

impl Endings {
    /// One way or any of several; none where there is no way, or one is named twice.
    #[must_use]
    pub fn of(endings: &[PeerEnd]) -> Option<Self> {
        let (first, others) = endings.split_first()?;
        let is_twice = endings.iter().enumerate().any(|(index, ending)| endings[..index].contains(ending));
        (!is_twice).then(|| Self { first: *first, others: others.to_vec() })
    }

    /// Whether this ending is one of them.
    #[must_use]
    pub fn has(&self, ending: PeerEnd) -> bool {
        self.first == ending || self.others.contains(&ending)
    }

    /// The one that was named first.
    #[must_use]
    pub fn first(&self) -> PeerEnd {
        self.first
    }

    /// Those that are as good.
    #[must_use]
    pub fn others(&self) -> &[PeerEnd] {
        &self.others
    }
}

impl From<PeerEnd> for Endings {
    fn from(only: PeerEnd) -> Self {
        Self { first: only, others: Vec::new() }
    }
}

impl PartialEq<PeerEnd> for Endings {
    /// Whether it is this ending and no other.
    fn eq(&self, ending: &PeerEnd) -> bool {
        self.first == *ending && self.others.is_empty()
    }
}

impl fmt::Display for Endings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)?;
        self.others.iter().try_for_each(|other| write!(f, " or {other}"))
    }
}

impl Content {
    /// Exactly these octets.
    #[must_use]
    pub fn exactly(octets: Vec<u8>) -> Self {
        Self::Octets { octets, masks: Vec::new() }
    }

    /// How many octets are expected.
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            Self::Octets { octets, .. } => octets.len() as u64,
            Self::Digest { length, .. } => *length,
        }
    }

    /// The SHA-256 of what is expected, in hex; none where a mask makes it vary.
    #[must_use]
    pub fn sha256(&self) -> Option<String> {
        match self {
            Self::Octets { octets, masks } => masks.is_empty().then(|| hex::encode(&Sha256::digest(octets))),
            Self::Digest { sha256, .. } => Some(sha256.clone()),
        }
    }

    /// Whether these octets are what is expected.
    #[must_use]
    pub fn matches(&self, octets: &[u8]) -> bool {
        let mut matcher = Matcher::new(Some(self));
        matcher.update(octets);
        matcher.finish().matches
    }
}

/// Holds octets against an expectation, piece by piece.
pub struct Matcher<'a> {
    content: Option<&'a Content>,
    length: u64,
    same: bool,
    digest: Sha256,
}

/// What a [`Matcher`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Whether the octets are what was expected.
    pub matches: bool,
    /// How many there were.
    pub length: u64,
    /// Their SHA-256, in hex.
    pub sha256: String,
}

impl<'a> Matcher<'a> {
    /// Compares with `content`; `None` expects nothing and matches nothing, and only counts.
    #[must_use]
    pub fn new(content: Option<&'a Content>) -> Self {
        Self { content, length: 0, same: content.is_some(), digest: Sha256::new() }
    }

    /// The next octets.
    pub fn update(&mut self, octets: &[u8]) {
        if let Some(Content::Octets { octets: expected, masks }) = self.content {
            self.same = self.same && same_at(expected, masks, self.length, octets);
        }
        self.digest.update(octets);
        self.length += octets.len() as u64;
    }

    /// The octets are over.
    #[must_use]
    pub fn finish(self) -> Match {
        let sha256 = hex::encode(&self.digest.finalize());
        let same = match self.content {
            Some(Content::Digest { sha256: expected, .. }) => sha256 == *expected,
            _ => self.same,
        };
        let whole = self.content.is_some_and(|content| content.length() == self.length);
        Match { matches: same && whole, length: self.length, sha256 }
    }
}

fn same_at(expected: &[u8], masks: &[Mask], at: u64, octets: &[u8]) -> bool {
    let Some(start) = usize::try_from(at).ok().filter(|start| *start <= expected.len()) else { return false };
    let Some(expected) = expected.get(start..start + octets.len()) else { return false };
    if masks.is_empty() {
        return expected == octets;
    }
    let masked = |at: usize| masks.iter().any(|mask| (mask.start..mask.start + mask.length).contains(&at));
    expected.iter().zip(octets).enumerate().all(|(index, (wanted, came))| wanted == came || masked(start + index))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked() -> Content {
        let mask = Mask { start: 1, length: 2, name: "nonce".into() };
        Content::Octets { octets: vec![0x10, 0, 0, 0x20], masks: vec![mask] }
    }

    #[test]
    fn a_mask_lets_its_octets_vary_and_no_others() {
        assert!(masked().matches(&[0x10, 7, 9, 0x20]));
        assert!(!masked().matches(&[0x11, 7, 9, 0x20]));
        assert!(!masked().matches(&[0x10, 7, 9, 0x21]));
        assert!(!masked().matches(&[0x10, 7, 9]));
        assert!(!masked().matches(&[0x10, 7, 9, 0x20, 0]));
    }

    #[test]
    fn pieces_compare_like_the_whole() {
        for split in 0..=4 {
            let octets = [0x10, 1, 2, 0x20];
            let content = masked();
            let mut matcher = Matcher::new(Some(&content));
            matcher.update(&octets[..split]);
            matcher.update(&octets[split..]);
            assert!(matcher.finish().matches, "split at {split}");
        }
    }

    #[test]
    fn endings_are_one_or_several() {
        use PeerEnd::{Fin, Open, Reset};
        let either = Endings::of(&[Fin, Reset]).unwrap();
        assert!(either.has(Fin) && either.has(Reset) && !either.has(Open) && either != Fin);
        assert_eq!((either.to_string().as_str(), Endings::from(Open)), ("FIN or RST", Endings::of(&[Open]).unwrap()));
        assert_eq!((Endings::of(&[]), Endings::of(&[Fin, Fin])), (None, None));
    }

    #[test]
    fn a_digest_needs_length_and_sha256() {
        let sha256 = Content::exactly(b"abc".to_vec()).sha256().unwrap();
        assert!(Content::Digest { length: 3, sha256: sha256.clone() }.matches(b"abc"));
        assert!(!Content::Digest { length: 3, sha256: sha256.clone() }.matches(b"abd"));
        assert!(!Content::Digest { length: 4, sha256 }.matches(b"abc"));
    }

    #[test]
    fn nothing_expected_matches_nothing_not_even_nothing() {
        assert!(!Matcher::new(None).finish().matches);
        assert!(Content::exactly(Vec::new()).matches(b""));
    }
}
