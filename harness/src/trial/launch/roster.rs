//! The programs that run now.

use std::fs::File;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::process::{Child, Command};
use tokio::runtime::Handle;

use super::{OwnNetwork, heirloom, platform};

static ROSTER: Mutex<Roster> = Mutex::new(Roster { groups: Vec::new(), helpers: Vec::new() });

/// The process groups of the programs that run now; each has the id of its program.
pub(super) struct Roster {
    groups: Vec<u32>,
    /// Processes of ours that are no programs, by id: they are nobody's orphans, and end by themselves.
    helpers: Vec<u32>,
}

/// A process of ours that is no program, known as such until this is dropped.
#[derive(Debug)]
pub(super) struct Helper(u32);

impl Drop for Helper {
    fn drop(&mut self) {
        lock().helpers.retain(|other| *other != self.0);
    }
}

/// Kills every program that runs now, with its group, and waits for none.
pub fn kill_all() {
    lock().groups.iter().for_each(|group| platform::kill_group(*group));
}

pub(super) fn lock() -> MutexGuard<'static, Roster> {
    ROSTER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a program. While the roster is locked, no program is between its start and its place here, and no other inherits what
/// is this one's. Needs a tokio runtime.
pub(super) fn enter(
    command: &mut Command,
    closes_stdin: bool,
    keeps: Option<&File>,
    network: Option<&OwnNetwork>,
) -> io::Result<Child> {
    let mut roster = lock();
    let child = heirloom::given(|| {
        platform::handing_over(closes_stdin, keeps, || match network {
            Some(network) => spawn_within(network, command),
            None => command.spawn(),
        })
    })?;
    roster.groups.extend(child.id());
    Ok(child)
}

fn spawn_within(network: &OwnNetwork, command: &mut Command) -> io::Result<Child> {
    let runtime = Handle::current();
    network.within(|| {
        let _entered = runtime.enter();
        command.spawn()
    })?
}

/// Starts a process of ours that is no program: no run waits for it, and whoever kills programs spares it.
pub(super) fn enter_helper(command: &mut std::process::Command) -> io::Result<(std::process::Child, Helper)> {
    let mut roster = lock();
    let child = command.spawn()?;
    let helper = Helper(child.id());
    roster.helpers.push(helper.0);
    Ok((child, helper))
}

pub(super) fn leave(group: u32) {
    lock().groups.retain(|other| *other != group);
}

#[cfg(target_os = "linux")]
impl Roster {
    /// Whether a program other than `group` has this id, or a helper.
    pub(super) fn has_other(&self, group: u32, id: u32) -> bool {
        self.helpers.contains(&id) || (id != group && self.groups.contains(&id))
    }

    /// Whether no other program runs.
    pub(super) fn has_only(&self, group: u32) -> bool {
        self.groups.iter().all(|other| *other == group)
    }
}
