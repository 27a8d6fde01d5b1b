//! One trial: a client is made ready and started, its capture is read back from disk, and held against its case.
//!
//! Owns processes, builds, temporary folders and the recorder of a trial. Knows of one trial at a time: which there are, and how many
//! run at once, is `run`'s. Uses `judge`, `client` and `suite`.

mod address_lock;
mod by_hand;
pub mod capture;
mod closings;
pub(crate) mod decoded;
pub mod decoder;
pub mod dialogue;
pub mod difference;
#[cfg(feature = "cli")]
pub(crate) mod doctor;
mod enough;
pub(crate) mod footprint;
mod given;
mod holder;
pub mod holders;
mod holding;
mod interrupt;
pub mod launch;
mod lock;
mod look;
pub mod machine;
pub mod network;
pub(crate) mod packet_rows;
pub mod packets;
pub mod place;
mod pool;
#[cfg(target_os = "linux")]
pub(crate) mod procfs;
pub(crate) mod redacted;
pub mod server;
mod setting;
mod setup_error;
mod spool;
pub(crate) mod timeline;
pub(crate) mod tls;
pub(crate) mod toolchain;
#[allow(clippy::module_inception, reason = "the noun that the room is named after")]
mod trial;

pub use interrupt::Interrupt;
pub use setting::{Launcher, Setting};
pub use spool::Spool;
pub use trial::{Trial, capture_size, run};
