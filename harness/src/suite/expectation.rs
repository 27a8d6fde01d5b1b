//! What a case expects: octets, perhaps with masks, or a digest of them; and whether what was captured is that.
//!
//! Pure. Compares while the capture streams by, so that its size does not matter.

use std::fmt;

use samewire_recorder::PeerEnd;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::hex;
use crate::suite::messages::Wanted;
use crate::suite::parts::{self, Fit, Part};

/// What one connection must carry, and how the client must end it.
#[derive(Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The octets.
    pub content: Content,
    /// The endings that are right.
    pub ending: Endings,
    /// The messages that its octets are; none where nothing is said of messages.
    pub messages: Option<Vec<Wanted>>,
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
    /// Parts, at least one of which bends otherwise than by a mask.
    Parts(Vec<Part>),
    /// Any octets: what they say is expected, not how.
    Anything,
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

/// How many octets are expected on all connections, at least. A digest may say any number of them, so the sum ends at the greatest.
#[must_use]
pub fn octets(connections: &[Expectation]) -> u64 {
    connections.iter().fold(0, |all, expected| all.saturating_add(expected.content.length()))
}

impl fmt::Debug for Expectation {
    /// Messages only where there are some: the digest of a suite is made of this, and other versions know none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Expectation");
        shown.field("content", &self.content).field("ending", &self.ending);
        if let Some(messages) = &self.messages {
            shown.field("messages", messages);
        }
        shown.finish()
    }
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

impl Endings {
    /// FIN, whether TLS tells of it first or not.
    #[must_use]
    pub fn either_end() -> Self {
        Self { first: PeerEnd::Fin, others: vec![PeerEnd::Truncated] }
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

    /// How many octets are expected; of parts that bend, how many at least.
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            Self::Octets { octets, .. } => octets.len() as u64,
            Self::Digest { length, .. } => *length,
            Self::Parts(parts) => parts::least(parts) as u64,
            Self::Anything => 0,
        }
    }

    /// The parts, where they bend otherwise than by masks.
    #[must_use]
    pub fn parts(&self) -> Option<&[Part]> {
        match self {
            Self::Parts(parts) => Some(parts),
            Self::Octets { .. } | Self::Digest { .. } | Self::Anything => None,
        }
    }

    /// The SHA-256 of what is expected, in hex; none where it may vary.
    #[must_use]
    pub fn sha256(&self) -> Option<String> {
        match self {
            Self::Octets { octets, masks } => masks.is_empty().then(|| hex::encode(&Sha256::digest(octets))),
            Self::Digest { sha256, .. } => Some(sha256.clone()),
            Self::Parts(_) => None,
            Self::Anything => None,
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
#[derive(Clone)]
pub struct Matcher<'a> {
    content: Option<&'a Content>,
    length: u64,
    same: bool,
    digest: Sha256,
    /// What came, where parts bend: of these, nobody can say before the end what fits.
    held: Vec<u8>,
}

/// The most octets that are held against parts that bend.
const MOST_HELD: usize = 64 << 20;

/// What a [`Matcher`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Whether the octets are what was expected.
    pub matches: bool,
    /// How many there were.
    pub length: u64,
    /// Their SHA-256, in hex.
    pub sha256: String,
    /// Why nobody can say whether they match; `matches` is false then.
    pub undecided: Option<String>,
}

impl<'a> Matcher<'a> {
    /// Compares with `content`; `None` expects nothing and matches nothing, and only counts.
    #[must_use]
    pub fn new(content: Option<&'a Content>) -> Self {
        Self { content, length: 0, same: content.is_some(), digest: Sha256::new(), held: Vec::new() }
    }

    /// The next octets.
    pub fn update(&mut self, octets: &[u8]) {
        if let Some(Content::Octets { octets: expected, masks }) = self.content {
            self.same = self.same && same_at(expected, masks, self.length, octets);
        }
        if self.parts().is_some() {
            let room = (MOST_HELD + 1 - self.held.len()).min(octets.len());
            self.held.extend_from_slice(&octets[..room]);
        }
        self.digest.update(octets);
        self.length += octets.len() as u64;
    }

    /// The octets are over.
    #[must_use]
    pub fn finish(self) -> Match {
        Self::finish_all(vec![self]).pop().unwrap_or_else(|| Matcher::new(None).plain())
    }

    /// The octets of all connections are over: a part of one may be the same as one of an earlier.
    #[must_use]
    pub fn finish_all(matchers: Vec<Self>) -> Vec<Match> {
        let parts: Vec<Option<&[Part]>> = matchers.iter().map(Self::parts).collect();
        let held: Vec<&[u8]> = matchers.iter().map(|matcher| matcher.held.as_slice()).collect();
        let bends = parts.iter().any(Option::is_some);
        let too_long = held.iter().position(|held| held.len() > MOST_HELD);
        let fits = match too_long {
            Some(_) => parts.iter().map(|_| Fit::Endless(TOO_LONG.into())).collect(),
            None if bends => parts::fit(&parts, &held),
            None => Vec::new(),
        };
        let mut fits = fits.into_iter();
        let finished = matchers.into_iter().map(|matcher| match (matcher.parts().is_some(), fits.next()) {
            (true, Some(Fit::Endless(why))) => Match { undecided: Some(why), ..matcher.plain() },
            (true, fit) => Match { matches: fit == Some(Fit::Fits), ..matcher.plain() },
            (false, _) => matcher.plain(),
        });
        finished.collect()
    }

    fn parts(&self) -> Option<&'a [Part]> {
        self.content.and_then(Content::parts)
    }

    /// What there is to say where no part bends.
    fn plain(self) -> Match {
        let sha256 = hex::encode(&self.digest.finalize());
        let same = match self.content {
            Some(Content::Digest { sha256: expected, .. }) => sha256 == *expected,
            Some(Content::Parts(_)) => false,
            _ => self.same,
        };
        let whole = self.content.is_some_and(|content| *content == Content::Anything || content.length() == self.length);
        Match { matches: same && whole, length: self.length, sha256, undecided: None }
    }
}

/// What is said of more octets than can be held.
const TOO_LONG: &str = "more than 64 MiB came, which is too much to compare with parts that bend";

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
