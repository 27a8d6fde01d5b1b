//! What cases may name: the decoders and servers of `samewire.toml`, and those of a suite's own `suite.toml`.

use std::collections::BTreeMap;

use toml::Spanned;

use crate::source::{FileError, Source};
use crate::suite::decoder::{DecoderTable, Decoders};
use crate::suite::server::{ServerTable, Servers};

/// What cases may name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defined {
    /// What decodes.
    pub decoders: Decoders,
    /// What answers.
    pub servers: Servers,
}

impl Defined {
    /// What the tables of one file define.
    pub(super) fn of(
        source: Source<'_>,
        decoders: BTreeMap<Spanned<String>, Spanned<DecoderTable>>,
        servers: BTreeMap<Spanned<String>, Spanned<ServerTable>>,
    ) -> Result<Self, FileError> {
        let decoders = DecoderTable::decoders(source, decoders)?;
        Ok(Self { decoders, servers: ServerTable::servers(source, servers)? })
    }

    /// These, and of `others` those with other names.
    #[must_use]
    pub fn or(&self, others: Self) -> Self {
        Self { decoders: self.decoders.or(others.decoders), servers: self.servers.or(others.servers) }
    }
}
