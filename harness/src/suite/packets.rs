//! Which trials' packets are kept, as `samewire.toml` and `--packets` say it.

use serde::Deserialize;

/// Which trials' packets are kept. They are recorded in networks of their own alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum PacketsMode {
    /// Those of trials that failed
    #[default]
    Failed,
    /// All, for which trials have networks of their own wherever these work
    All,
    /// None, and none are recorded
    None,
}
