//! What was received on a connection: how much, its digest, and what replies found in it. Pure.

use crate::event::{EndedBy, PeerEnd};
use crate::pattern::Patterns;
use crate::settings::Settings;

/// What was received on a connection.
#[derive(Default)]
pub(crate) struct Received {
    pub(crate) count: u64,
    crc32: crc32fast::Hasher,
    /// What replies wait for.
    pub(crate) patterns: Patterns,
    /// How reading ended, once it has.
    pub(crate) end: Option<(PeerEnd, EndedBy)>,
}

impl Received {
    pub(crate) fn of(settings: &Settings, id: u64) -> Self {
        Self { patterns: Patterns::of(&settings.answers, id), ..Self::default() }
    }

    pub(crate) fn update(&mut self, octets: &[u8]) {
        self.count += octets.len() as u64;
        self.crc32.update(octets);
        self.patterns.update(octets);
    }

    pub(crate) fn digest(self) -> String {
        format!("{:08x}", self.crc32.finalize())
    }
}
