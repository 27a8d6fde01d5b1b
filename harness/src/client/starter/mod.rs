//! What `samewire init` puts into a repository, as text: samewire.toml, a case, a client of each kind of program that is there, a test
//! of a package, a workflow. Pure: it is told what is there.

mod ignored;
mod kind;
mod manifest;
mod workflow;

pub(crate) use ignored::with_reports_ignored;
pub(crate) use kind::{Kind, found, kinds, programs};
pub(crate) use manifest::{Manifest, ManifestError};
pub(crate) use workflow::{Job, file_name};

use toml_edit::{Array, Value};

/// The first case, for clients that are given what they are to send.
pub(crate) const GREETINGS: &str = include_str!("greetings.toml");

/// Its file, and its name.
pub(crate) const GREETINGS_FILE: &str = "greetings.toml";

const CONFIG: &str = include_str!("samewire.toml");

/// A test file that has every trial as a test.
pub(crate) const TEST: &str = "//! Each client on each case, as a test: `cargo test --test NAME`. samewire.toml says which.

fn main() -> std::process::ExitCode {
    samewire::interop(env!(\"CARGO_MANIFEST_DIR\"))
}
";

/// What every such file says, also one that a person wrote.
pub(crate) const TEST_MARK: &str = "samewire::interop";

/// The text of `samewire.toml`.
pub(crate) fn config(clients: &str, suites: &[&str]) -> String {
    let suites: Array = suites.iter().copied().collect();
    CONFIG.replace("CLIENTS", &Value::from(clients).to_string()).replace("SUITES", &Value::from(suites).to_string())
}
