//! What differs between operating systems when programs are started and ended.
//!
//! Elsewhere than on Unix only the program itself is ended, not what it started, and a thread that reads the output of what stays
//! behind stays with it: known limitations.

#[cfg(not(unix))]
pub(super) use elsewhere::*;
#[cfg(unix)]
pub(super) use unix::*;

/// The value of LC_ALL in a trial: UTF-8, and nothing of a country.
pub(crate) const CLEAN_LOCALE: &str = if cfg!(target_vendor = "apple") { "en_US.UTF-8" } else { "C.UTF-8" };

/// Variables without which programs of this operating system do not start.
pub(crate) const SYSTEM_VARIABLES: &[&str] =
    if cfg!(windows) { &["PATH", "SystemRoot", "SystemDrive", "PATHEXT", "ComSpec"] } else { &["PATH"] };

/// Where every Unix has its shell.
pub(super) const SHELL: &str = "/bin/sh";

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::io::PipeReader;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::ExitStatusExt;
    use std::path::Path;
    use std::process::ExitStatus;

    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::io::Errno;
    use rustix::process::{Pid, Signal, kill_process_group};
    use tokio::process::Command;

    pub fn own_group(command: &mut Command) {
        command.process_group(0);
    }

    pub fn signal_of(status: ExitStatus) -> Option<i32> {
        status.signal()
    }

    /// Lets us, and nobody else, do everything with a folder.
    pub fn open_to_us(folder: &Path) {
        let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    }

    /// Waits until there is something to read from `wanted`, or its end; false if `other` ends first.
    pub fn comes_before(wanted: &PipeReader, other: &PipeReader) -> bool {
        let mut both = [PollFd::new(wanted, PollFlags::IN), PollFd::new(other, PollFlags::IN)];
        while let Err(error) = poll(&mut both, None) {
            if error != Errno::INTR {
                return false;
            }
        }
        both[1].revents().is_empty()
    }

    pub fn terminate_group(id: u32) {
        signal_group(id, Signal::TERM);
    }

    pub fn kill_group(id: u32) {
        signal_group(id, Signal::KILL);
    }

    /// That the group is gone already is no error.
    fn signal_group(id: u32, signal: Signal) {
        if let Some(group) = i32::try_from(id).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, signal);
        }
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::io::PipeReader;
    use std::path::Path;
    use std::process::ExitStatus;

    use tokio::process::Command;

    pub fn own_group(command: &mut Command) {
        let _ = command;
    }

    pub fn signal_of(_: ExitStatus) -> Option<i32> {
        None
    }

    /// Read-only folders are removed like others.
    pub fn open_to_us(_: &Path) {}

    /// Waits for nothing: the read that follows does.
    pub fn comes_before(_: &PipeReader, _: &PipeReader) -> bool {
        true
    }

    pub fn terminate_group(_: u32) {}

    pub fn kill_group(_: u32) {}
}
