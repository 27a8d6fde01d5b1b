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

#[cfg(unix)]
mod unix {
    use std::fs::{self, File};
    use std::io::PipeReader;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::ExitStatusExt;
    use std::path::Path;
    use std::process::ExitStatus;

    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::fd::AsFd;
    use rustix::io::{Errno, FdFlags, fcntl_getfd, fcntl_setfd};
    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
    use rustix::stdio::stdin;
    use tokio::process::Command;
    use tokio::runtime::Builder;
    use tokio::signal::unix::{SignalKind, signal};

    pub(crate) fn own_group(command: &mut Command) {
        command.process_group(0);
    }

    pub(crate) fn signal_of(status: ExitStatus) -> Option<i32> {
        status.signal()
    }

    /// Lets us, and nobody else, do everything with a folder.
    pub(crate) fn open_to_us(folder: &Path) {
        let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    }

    /// Has the operating system keep how our children ended, also where whoever started us had it not: a process that ignores
    /// SIGCHLD learns of no end, and so do those that it starts. A handler, even one that does nothing, ends that.
    pub(crate) fn expect_children() {
        if let Ok(runtime) = Builder::new_current_thread().enable_io().build() {
            let _entered = runtime.enter();
            // Where it cannot be, each end that is not learnt is an error.
            let _ = signal(SignalKind::child());
        }
    }

    /// Does `start`, and lets whatever is started meanwhile inherit `keeps`, and no stdin where it is to be closed.
    ///
    /// Flags of descriptors say it, so that a program is started in one way, and fails to be in one way, whatever it inherits.
    pub(crate) fn handing_over<T>(closes_stdin: bool, keeps: Option<&File>, start: impl FnOnce() -> T) -> T {
        let _closed = closes_stdin.then(|| Flags::set(stdin(), FdFlags::CLOEXEC));
        let _kept = keeps.map(|file| Flags::set(file.as_fd(), FdFlags::empty()));
        start()
    }

    /// The flags of a descriptor, as they were before.
    struct Flags<Fd: AsFd> {
        of: Fd,
        before: Option<FdFlags>,
    }

    impl<Fd: AsFd> Flags<Fd> {
        fn set(of: Fd, flags: FdFlags) -> Self {
            let before = fcntl_getfd(&of).ok();
            // A descriptor that is not open is as closed as can be.
            let _ = fcntl_setfd(&of, flags);
            Self { of, before }
        }
    }

    impl<Fd: AsFd> Drop for Flags<Fd> {
        fn drop(&mut self) {
            let _ = self.before.map(|flags| fcntl_setfd(&self.of, flags));
        }
    }

    /// The signal that has stopped the program of this group, where one has.
    pub(crate) fn stopped_by(group: u32) -> Option<i32> {
        let program = i32::try_from(group).ok().and_then(Pid::from_raw)?;
        let look = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        waitid(WaitId::Pid(program), look).ok()??.stopping_signal()
    }

    /// Waits until there is something to read from `wanted`, or its end; false if `other` ends first.
    pub(crate) fn comes_before(wanted: &PipeReader, other: &PipeReader) -> bool {
        let mut both = [PollFd::new(wanted, PollFlags::IN), PollFd::new(other, PollFlags::IN)];
        while let Err(error) = poll(&mut both, None) {
            if error != Errno::INTR {
                return false;
            }
        }
        both[1].revents().is_empty()
    }

    /// A signal that was sent to us, and is another program's as well.
    #[cfg(feature = "cli")]
    pub(crate) fn pass_on(id: u32, told: super::super::told::Told) {
        use super::super::told::Told;
        let signal = match told {
            // Whoever types it at a terminal types it for all that is in the foreground there.
            Told::Interrupt if is_in_foreground() => return,
            Told::Interrupt => Signal::INT,
            Told::Terminate => Signal::TERM,
            Told::HangUp => Signal::HUP,
        };
        if let Some(program) = i32::try_from(id).ok().and_then(Pid::from_raw) {
            // One that is gone has nothing to end.
            let _ = rustix::process::kill_process(program, signal);
        }
    }

    /// Whether a terminal takes us for what it shows.
    #[cfg(feature = "cli")]
    fn is_in_foreground() -> bool {
        let shown = File::open("/dev/tty").ok().and_then(|terminal| rustix::termios::tcgetpgrp(terminal).ok());
        shown == Some(rustix::process::getpgrp())
    }

    pub(crate) fn terminate_group(id: u32) {
        signal_group(id, Signal::TERM);
    }

    pub(crate) fn kill_group(id: u32) {
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
    use std::fs::File;
    use std::io::PipeReader;
    use std::path::Path;
    use std::process::ExitStatus;

    use tokio::process::Command;

    pub(crate) fn own_group(command: &mut Command) {
        let _ = command;
    }

    pub(crate) fn signal_of(_: ExitStatus) -> Option<i32> {
        None
    }

    /// Read-only folders are removed like others.
    pub(crate) fn open_to_us(_: &Path) {}

    pub(crate) fn expect_children() {}

    pub(crate) fn handing_over<T>(_: bool, _: Option<&File>, start: impl FnOnce() -> T) -> T {
        start()
    }

    pub(crate) fn stopped_by(_: u32) -> Option<i32> {
        None
    }

    /// Waits for nothing: the read that follows does.
    pub(crate) fn comes_before(_: &PipeReader, _: &PipeReader) -> bool {
        true
    }

    /// The console tells all that it shows.
    #[cfg(feature = "cli")]
    pub(crate) fn pass_on(_: u32, _: super::super::told::Told) {}

    pub(crate) fn terminate_group(_: u32) {}

    pub(crate) fn kill_group(_: u32) {}
}
