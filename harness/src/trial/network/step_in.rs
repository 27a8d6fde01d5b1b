//! The first thing that a program does which is started again for a network.

use std::ffi::OsStr;
use std::process::exit;

use crate::trial::network::again::{DOOR, JOIN, NOTHING, remember};
use crate::trial::network::{door, join};

/// Becomes a door or a client, where this process was started as one, and does not return then. The first statement of `main`:
/// a program that does not call it has no networks, since starting it again would run it.
pub fn step_in() {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next().as_deref().and_then(OsStr::to_str) {
        Some(DOOR) => exit(door::keep()),
        Some(JOIN) => exit(join::enter(arguments)),
        Some(NOTHING) => exit(0),
        _ => remember(),
    }
}
