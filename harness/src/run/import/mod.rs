//! Real exchanges as cases: what a client sent is expected of others, and what the server answered is answered again. Pure.
//!
//! Nothing is invented: a connection of which not all is known is left out, and why is said.

mod of_capture;
mod of_packets;
mod replay;
mod written;

pub use of_capture::of_capture;
pub use of_packets::{PortError, of_packets};
pub use replay::{Answer, Imported, LeftOut, Replay, ServerEnd};
pub use written::{Importing, Written, written};
