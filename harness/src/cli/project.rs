//! What the project around the current folder says of captures: how to decode them, and what of them is not to be shown.

use std::path::Path;
use std::sync::Arc;

use super::CommandError;
use crate::suite::config::Config;
use crate::suite::{Decoder, Decoders, Redaction, Suite};

/// What `samewire.toml`, and the `suite.toml` of its suites, say of captures.
pub(super) struct Project {
    /// Those that the cases of each suite may name; those of `samewire.toml`, and what is built in, are in each.
    decoders: Vec<Decoders>,
    /// What is not to be shown.
    pub redaction: Redaction,
}

impl Project {
    /// That of the current folder.
    ///
    /// # Errors
    /// One of its files cannot be read, or says what it may not.
    pub(super) fn here() -> Result<Self, CommandError> {
        Self::around(&std::env::current_dir()?)
    }

    fn around(folder: &Path) -> Result<Self, CommandError> {
        let unknown = |error| format!("{error}; until it can be read, what is not to be shown (`redact`) is not known");
        let config = Config::find(folder).map_err(unknown)?;
        let own = Suite::own(&config.suites, &config.defined).map_err(unknown)?;
        let mut redaction = config.redaction;
        own.iter().for_each(|(_, more)| redaction.add(more));
        let mut decoders = vec![config.defined.decoders];
        decoders.extend(own.into_iter().map(|(decoders, _)| decoders));
        Ok(Self { decoders, redaction })
    }

    /// The decoder of this name.
    ///
    /// # Errors
    /// There is none, or two suites have one each.
    pub(super) fn decoder(&self, name: &str) -> Result<Arc<Decoder>, CommandError> {
        let mut named = self.decoders.iter().filter_map(|decoders| decoders.get(name));
        let Some(first) = named.next() else {
            let mut names: Vec<&str> = self.decoders.iter().flat_map(Decoders::names).collect();
            names.sort_unstable();
            names.dedup();
            let names = names.join(" ");
            return Err(format!(
                "there is no decoder {name:?}; there are: {names}; others are a [decoder.NAME] in samewire.toml or suite.toml"
            )
            .into());
        };
        match named.find(|other| other.location != first.location) {
            None => Ok(Arc::clone(first)),
            Some(other) => {
                let places = [first, other].map(|one| one.location.as_ref().map(ToString::to_string).unwrap_or_default());
                let [one, other] = places;
                Err(format!(
                    "there are two decoders {name:?}, at {one} and at {other}; in samewire.toml it would be one for both"
                )
                .into())
            }
        }
    }
}
