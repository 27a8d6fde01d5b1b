//! This program, started again: as the door of a network, or as what becomes a client in one.
//!
//! Both take a process of one thread, so neither can be a fork of a harness that has many. The program's file may be replaced during
//! a run, so it is kept open.

use std::path::PathBuf;
use std::sync::OnceLock;

use rustix::fd::{AsRawFd, OwnedFd};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;

use crate::trial::network::failure::Step;
use crate::trial::network::reason::Reason;

/// The first argument of a door.
pub(crate) const DOOR: &str = "samewire:door";

/// The first argument of what becomes a client.
pub(crate) const JOIN: &str = "samewire:join";

/// The first argument of what does nothing: a client to try a network with.
pub(crate) const NOTHING: &str = "samewire:nothing";

/// The file of this program, once it is known to call `step_in`.
static PROGRAM: OnceLock<Result<OwnedFd, Errno>> = OnceLock::new();

pub(crate) fn remember() {
    let _ = PROGRAM.set(open("/proc/self/exe", OFlags::PATH | OFlags::CLOEXEC, Mode::empty()));
}

/// The path at which whoever is forked from this process finds this program.
///
/// # Errors
/// This is before `step_in`, or there is no `/proc`.
pub(crate) fn program() -> Result<PathBuf, Reason> {
    match PROGRAM.get().ok_or(Reason::NotFirst)? {
        Ok(file) => Ok(format!("/proc/self/fd/{}", file.as_raw_fd()).into()),
        Err(error) => Err(Reason::NoProc(Step::Start.failed()(*error))),
    }
}
