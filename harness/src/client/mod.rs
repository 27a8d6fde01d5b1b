//! Who sends: clients as their folders say them, the profiles that they run in, and the cases of the contract that they keep.
//!
//! Owns `client.toml`, the files of a new client, and what `init` puts into a repository. Found by folder: no language is known here. Starts nothing, and looks at no
//! capture. Uses `suite`.

#[allow(clippy::module_inception, reason = "the noun that the room is named after")]
mod client;
pub(crate) mod contract_cases;
#[cfg(feature = "cli")]
pub(crate) mod existing;
mod file;
pub(crate) mod hosts;
mod load;
pub(crate) mod placeholders;
pub mod profile;
#[cfg(feature = "cli")]
pub(crate) mod scaffold;
#[cfg(feature = "cli")]
pub(crate) mod starter;
pub(crate) mod version;

pub use client::{Causes, Client, DEFAULT_TIMEOUT, KnownFailure};
pub use load::{CLIENT_FILE, Entry, load, passed_over};
