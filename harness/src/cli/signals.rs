//! The signals that end a command, heard on a thread of their own: also while all others wait for a pipe, a lock or a disk.

use std::io;
use std::sync::mpsc;
use std::time::Duration;

use super::CommandError;
use super::terminal::{hurry, may_be_hurried, remark};
use crate::trial::Interrupt;
use crate::trial::launch;
use crate::trial::launch::foreground::Told;

use super::threads;

/// The status of a command that a signal ended before it could end in order, as shells have it for SIGINT.
const ENDED: i32 = 130;

/// How long a second signal waits until all that runs is killed.
const KILLING: Duration = Duration::from_secs(2);

/// Calls `told` at each signal that ends a command: what Ctrl-C sends, SIGTERM, and SIGHUP unless this was started to survive that;
/// on Windows what comes closest.
///
/// # Errors
/// No signal can be listened for, or there can be no further thread.
pub(super) fn hear(mut told: impl FnMut(Told) + Send + 'static) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Listened for from here on, not only when the thread has begun.
    let mut signals = runtime.block_on(async { Signals::new() })?;
    let listening = move || {
        runtime.block_on(async {
            while let Some(signal) = signals.next().await {
                told(signal);
            }
        });
    };
    threads::start("signals", listening)?;
    Ok(())
}

/// Ends the process as it is.
pub(super) fn end_at_once() -> ! {
    std::process::exit(ENDED)
}

#[cfg(unix)]
struct Signals {
    interrupted: tokio::signal::unix::Signal,
    terminated: tokio::signal::unix::Signal,
    /// `None` where whoever started this wants it to outlive its terminal.
    hung_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let hung_up = if is_hangup_ignored() { None } else { Some(signal(SignalKind::hangup())?) };
        Ok(Self { interrupted: signal(SignalKind::interrupt())?, terminated: signal(SignalKind::terminate())?, hung_up })
    }

    async fn next(&mut self) -> Option<Told> {
        let hung_up = async {
            match &mut self.hung_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            told = self.interrupted.recv() => told.map(|()| Told::Interrupt),
            told = self.terminated.recv() => told.map(|()| Told::Terminate),
            told = hung_up => told.map(|()| Told::HangUp),
        }
    }
}

/// Whether SIGHUP was ignored when this was started, as `nohup` does. Known on Linux alone.
#[cfg(unix)]
fn is_hangup_ignored() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores_hangup(&status))
}

/// SIGHUP is signal 1, and so the lowest bit of the mask.
#[cfg(unix)]
fn ignores_hangup(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

/// What a console tells: Ctrl-C, that it is closed, and that the machine shuts down.
#[cfg(not(unix))]
struct Signals {
    interrupted: tokio::signal::windows::CtrlC,
    terminated: tokio::signal::windows::CtrlShutdown,
    hung_up: tokio::signal::windows::CtrlClose,
}

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_c, ctrl_close, ctrl_shutdown};
        Ok(Self { interrupted: ctrl_c()?, terminated: ctrl_shutdown()?, hung_up: ctrl_close()? })
    }

    async fn next(&mut self) -> Option<Told> {
        tokio::select! {
            told = self.interrupted.recv() => told.map(|()| Told::Interrupt),
            told = self.terminated.recv() => told.map(|()| Told::Terminate),
            told = self.hung_up.recv() => told.map(|()| Told::HangUp),
        }
    }
}

/// The first signal stops the run in order, and nobody who does not read what is printed is waited for any more; the second ends it
/// as it is.
pub(super) fn stop_on_signal(interrupt: Interrupt) -> Result<(), CommandError> {
    may_be_hurried();
    Ok(hear(move |_| {
        if interrupt.is_stopped() {
            kill_all();
            end_at_once();
        }
        interrupt.stop();
        hurry();
        remark("stopping; once more ends it at once, without a report\n");
    })?)
}

/// The first signal kills all that runs, and ends the process.
pub(super) fn end_on_signal() -> Result<(), CommandError> {
    Ok(hear(|_| {
        kill_all();
        end_at_once();
    })?)
}

/// Kills all that runs. Whatever may hold that up, it does not hold up the end.
fn kill_all() {
    let (done, killed) = mpsc::channel();
    let killing = move || {
        launch::kill_all();
        // Who waits may have gone.
        let _ = done.send(());
    };
    match threads::start("kill", killing) {
        Ok(_) => {
            let _ = killed.recv_timeout(KILLING);
        }
        Err(_) => launch::kill_all(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn an_ignored_hangup_is_told_from_others() {
        assert!(ignores_hangup("Name:\tx\nSigIgn:\t0000000000001001\nSigCgt:\t0\n"));
        assert!(!ignores_hangup("SigIgn:\t0000000000001000\nSigCgt:\t0000000000000001\n"));
        assert!(!ignores_hangup(""));
    }
}
