//! What is to be sent and what is expected of it: cases, plans, expectations, and `samewire.toml`, which says where they are.
//!
//! Owns what people write in suites, and the names that stand in it. Knows no client, starts nothing and judges nothing; reads files,
//! and is pure beside that. The lowest room: it uses no other.

pub(crate) mod address;
mod automaton;
mod builtin;
pub(crate) mod case;
pub mod config;
pub(crate) mod contract;
mod contradiction;
pub mod decoder;
mod defined;
mod digest;
mod expect_table;
pub mod expectation;
mod file;
pub(crate) mod globs;
pub mod hazards;
mod input;
mod like;
pub mod messages;
mod messages_table;
pub(crate) mod names;
pub mod network;
mod packets;
pub mod parts;
pub mod plan;
mod random;
pub(crate) mod recorder;
pub mod redact;
pub mod server;
#[allow(clippy::module_inception, reason = "the noun that the room is named after")]
mod suite;
pub mod tls;
mod version_number;
#[cfg(feature = "cli")]
pub(crate) mod writer;

pub use address::{Addressing, Family};
pub use case::Case;
pub use contract::{CANNOT, Contract};
pub use decoder::{Decoder, DecoderKind, Decoders};
pub use defined::Defined;
pub use digest::{digests, together};
#[cfg(feature = "cli")]
pub(crate) use file::group;
pub use input::{Generate, Input, InputKind};
pub use like::Like;
pub use names::folder_of;
pub use network::NetworkMode;
pub use packets::PacketsMode;
pub use redact::Redaction;
pub use server::{Server, Servers};
pub use suite::{BUILTIN, Suite};
