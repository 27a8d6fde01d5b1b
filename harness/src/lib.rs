//! Samewire proves that every client of a TCP protocol, in whatever language it is written, puts the same bytes on the wire.
//!
//! A recorder writes down what it receives; a harness starts clients against it and holds each capture against an expectation
//! that no client ever sees. Most people use the `samewire` command, or the few lines of [`interop`] in a test of their own:
//!
//! ```no_run
//! // tests/interop.rs, with `harness = false` in Cargo.toml
//! fn main() -> std::process::ExitCode {
//!     samewire::interop(env!("CARGO_MANIFEST_DIR"))
//! }
//! ```
//!
//! # Known limitations
//!
//! - Masks have a fixed length, and a plan has one connection open at a time.
//! - Elsewhere than on Linux, what a client started and left behind is ended only if it stayed in the client's process group;
//!   elsewhere than on Unix, not at all.
//! - On Linux, a process that runs trials becomes the reaper of orphaned descendants (`PR_SET_CHILD_SUBREAPER`).

mod absence;
pub mod agreement;
pub mod changes;
#[cfg(feature = "cli")]
pub mod cli;
pub mod client;
mod closed;
pub mod common;
pub mod config;
pub mod contract;
pub mod conversation;
pub mod diagnosis;
pub mod doctor;
pub mod examine;
pub mod expectation;
pub mod footprint;
pub mod hazards;
pub mod hex;
pub mod ladder;
pub mod launch;
pub mod machine;
pub mod merge;
pub mod observe;
pub mod order;
mod peek;
pub mod picture;
mod placeholders;
pub mod plan;
pub mod printable;
pub mod profile;
pub mod record;
pub mod report;
pub mod run;
pub mod scaffold;
#[cfg(feature = "cli")]
pub mod schema;
pub mod selection;
#[cfg(feature = "cli")]
pub mod senders;
pub mod session;
pub mod source;
pub mod suite;
pub mod toolchain;
pub mod trial;
pub mod verdict;
pub mod version;
pub mod view;
pub mod witness;

mod interop;

pub use interop::{REQUIRE_VARIABLE, interop};
