//! The programs that run now.

use std::fs::File;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::process::{Child, Command};

use super::platform;

static ROSTER: Mutex<Roster> = Mutex::new(Roster { groups: Vec::new() });

/// The process groups of the programs that run now; each has the id of its program.
pub(super) struct Roster {
    groups: Vec<u32>,
}

/// Kills every program that runs now, with its group, and waits for none.
pub fn kill_all() {
    lock().groups.iter().for_each(|group| platform::kill_group(*group));
}

pub(super) fn lock() -> MutexGuard<'static, Roster> {
    ROSTER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a program. While the roster is locked, no program is between its start and its place here, and no other inherits what
/// is this one's.
pub(super) fn enter(command: &mut Command, closes_stdin: bool, keeps: Option<&File>) -> io::Result<Child> {
    let mut roster = lock();
    let child = platform::handing_over(closes_stdin, keeps, || command.spawn())?;
    roster.groups.extend(child.id());
    Ok(child)
}

pub(super) fn leave(group: u32) {
    lock().groups.retain(|other| *other != group);
}

#[cfg(target_os = "linux")]
impl Roster {
    /// Whether a program other than `group` has this id.
    pub(super) fn has_other(&self, group: u32, id: u32) -> bool {
        id != group && self.groups.contains(&id)
    }

    /// Whether no other program runs.
    pub(super) fn has_only(&self, group: u32) -> bool {
        self.groups.iter().all(|other| *other == group)
    }
}
