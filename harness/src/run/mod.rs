//! A whole run: which trials there are, all of them in parallel, and what is made of several runs.
//!
//! Owns the selection, the order and the jobs, and turns what trials found into a report. How one trial goes is `trial`'s. Prints
//! nothing. Uses `report`, `trial`, `judge`, `client` and `suite`.

pub(crate) mod absence;
#[cfg(feature = "cli")]
pub(crate) mod changes;
mod decoded;
mod field_names;
#[cfg(feature = "cli")]
pub(crate) mod fuzz;
#[cfg(feature = "cli")]
pub mod import;
mod interop;
#[cfg(feature = "cli")]
pub(crate) mod learn;
#[cfg(feature = "cli")]
pub(crate) mod merge;
pub mod participant;
mod peek;
#[cfg(feature = "cli")]
pub(crate) mod record;
mod reporting;
#[allow(clippy::module_inception, reason = "the noun that the room is named after")]
mod run;
pub mod selection;
pub mod session;
#[cfg(feature = "cli")]
pub(crate) mod stages;
#[cfg(feature = "cli")]
pub(crate) mod witness;

pub use interop::{REQUIRE_VARIABLE, interop};
#[cfg(feature = "cli")]
pub(crate) use run::KEPT_AS_IT_CAME;
pub use run::{KEPT_CAPTURE, Options, Progress, RunError, finish, run};
pub(crate) use run::{WAITING, in_parallel};
