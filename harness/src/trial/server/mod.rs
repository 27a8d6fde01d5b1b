//! Servers at work: a fresh one for each trial that has one, behind its recorder.
//!
//! ```text
//! found, built once a run ──> a place (a network of its own, or a free port) ──> a folder, with a copy of what was built
//!   ──> started ──> its port accepts ──> `prepare` ended in 0 ──> the trial ──> ended, with all that it started
//! ```
//!
//! Owns how a server is started, told and ended. What it answers is its own business, and nobody judges it.

mod behind;
mod command;
mod listening;
mod place;
mod ready;
mod running;
mod said;
mod template;

pub use behind::{Behind, NoServer};
pub use ready::ReadyServers;
pub(crate) use running::{Broken, Standing};
pub use said::ServerSaid;
