#![doc = include_str!("../README.md")]
//!
//! # Known limitations
//!
//! - Masks have a fixed length, and a plan has one connection open at a time.
//! - Elsewhere than on Linux, what a client started and left behind is ended only if it stayed in the client's process group;
//!   elsewhere than on Unix, not at all.
//! - On Linux, a process that runs trials becomes the reaper of orphaned descendants (`PR_SET_CHILD_SUBREAPER`).

// The rooms. They are public for this package's own tests, benchmarks and fuzz targets, and nobody else may rely on them.
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod client;
#[doc(hidden)]
pub mod judge;
#[doc(hidden)]
pub mod packets;
pub mod report;
#[doc(hidden)]
pub mod run;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod senders;
#[doc(hidden)]
pub mod suite;
#[doc(hidden)]
pub mod trial;
#[doc(hidden)]
pub mod view;

// What all rooms share.
#[doc(hidden)]
pub mod hex;
#[doc(hidden)]
pub mod printable;
mod source;

pub use judge::{diagnosis, picture};
pub use run::{REQUIRE_VARIABLE, interop};
pub use suite::plan;
