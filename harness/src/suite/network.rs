//! Whose network trials run in, as `samewire.toml` and `--network` say it.

use serde::Deserialize;

/// Whose network trials run in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum NetworkMode {
    /// One of its own where a trial needs it, as for a fixed address
    #[default]
    Auto,
    /// One of its own for every trial
    Own,
    /// The machine's
    Shared,
}
