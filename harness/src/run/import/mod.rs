//! Real exchanges as cases: what a client sent is expected of others, and what the server answered is answered again. Pure.
//!
//! Nothing is invented: a connection of which not all is known is left out, and why is said.

mod of_capture;
mod of_packets;
mod replay;
mod written;

pub(crate) use of_capture::of_capture;
pub(crate) use of_packets::of_packets;
pub(crate) use replay::{Imported, Replay};
pub(crate) use written::{Importing, written};
