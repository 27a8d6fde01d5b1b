//! The one door to other programs: working folder, environment, time limit, bounded output, and an end for all they started.
//!
//! ```text
//! start ──> runs, its output read as it comes ──> ends, or is asked to (SIGTERM), or is made to (SIGKILL)
//!                                                   └─> its group is killed ──> what left the group is found and killed
//! ```
//!
//! The first start makes this process, on Linux, the reaper of its descendants' orphans, and starts a guardian that cleans up
//! should this process be killed.

#[cfg(feature = "cli")]
pub(crate) mod foreground;
mod limit;
mod output;
mod own_network;
mod platform;
mod roster;
mod scratch;
mod service;
mod start;
#[cfg(feature = "cli")]
mod told;

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod guardian;
#[cfg(target_os = "linux")]
mod heirloom;
#[cfg(target_os = "linux")]
mod orphans;

use crate::judge::end::End;
use crate::printable::shell_command;
use crate::trial::network::Bind;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::{Arc, Once};
use std::time::Duration;

use tokio::process::Child;
use tokio::time::{Instant, timeout};

#[cfg(not(target_os = "linux"))]
use elsewhere::{guardian, heirloom, orphans};
pub use limit::TimeLimit;
pub use output::{Excerpt, Heard, Output};
pub use own_network::OwnNetwork;
#[cfg(feature = "cli")]
pub(crate) use own_network::networks_work;
pub(crate) use platform::{CLEAN_LOCALE, SYSTEM_VARIABLES};
pub use roster::kill_all;
pub use scratch::Scratch;
pub(crate) use scratch::{prefix as scratch_prefix, remove_folder};
pub use service::Service;
pub use start::LaunchError;
use start::Started;

/// How long a program has between being asked to end and being killed.
const GRACE: Duration = Duration::from_millis(500);

/// How long the pipes of a program that has ended are still read: they stay open where a process escaped.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A program to start.
#[derive(Debug, Clone, Default)]
pub struct Program {
    /// The program and its arguments.
    pub argv: Vec<OsString>,
    /// Its working folder.
    pub folder: PathBuf,
    /// All of its environment but TMPDIR.
    pub env: BTreeMap<OsString, OsString>,
    /// Its TMPDIR: in a [`Scratch`], and no other program's, because what it leaves running is known by it.
    pub temporary: PathBuf,
    /// What it finds as its stdin.
    pub stdin: Stdin,
    /// A file that it, and all that it starts, keep open: a lock, which so lasts as long as they do, also when we are killed.
    /// Unix only.
    pub keeps: Option<Arc<File>>,
    /// The network that it runs in; none is the machine's.
    pub network: Option<Arc<OwnNetwork>>,
    /// What it finds at other paths; only in a network of its own.
    pub binds: Vec<Bind>,
    /// Whether its stdout goes where its stderr does, in the order in which it prints.
    pub prints_to_stderr: bool,
    /// Whether it is nobody to itself, as programs want that refuse to run as root. Linux only.
    pub as_nobody: bool,
}

/// What a program finds as its stdin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Stdin {
    /// The end of a file.
    #[default]
    Empty,
    /// A file, from its beginning.
    File(PathBuf),
    /// Nothing: descriptor 0 is closed, and is the next one that the program opens. `Empty` elsewhere than on Unix.
    Closed,
}

/// How a program ended, and what it said.
#[derive(Debug)]
pub struct Ended {
    /// How it ended.
    pub end: End,
    /// When that was seen: before its pipes were read to their end, and before what it left behind was ended.
    pub at: Instant,
    /// The end of what it wrote to stderr.
    pub stderr: Excerpt,
    /// How long it ran.
    pub duration: Duration,
    /// The id that its process had; none where others started it.
    pub id: Option<u32>,
}

/// Runs a program to its end, or until its time is up or `interrupt`. Its stdout goes to `stdout`, piece by piece.
///
/// # Errors
/// The program could not be started, or the operating system would not tell how it ended.
pub async fn run(
    program: &Program,
    limit: &mut TimeLimit,
    interrupt: impl Future<Output = ()>,
    stdout: &mut Output<'_>,
) -> Result<Ended, LaunchError> {
    let asked = async {
        interrupt.await;
        End::Interrupted
    };
    run_until(program, limit, asked, stdout).await
}

/// As [`run`], until `asked` says that the program is to end, and how that is called.
///
/// # Errors
/// As of `run`.
pub async fn run_until(
    program: &Program,
    limit: &mut TimeLimit,
    asked: impl Future<Output = End>,
    stdout: &mut Output<'_>,
) -> Result<Ended, LaunchError> {
    prepare();
    let started = Instant::now();
    let Started { mut child, out, err, report } = start::start(program, started + limit.left()).await?;
    let id = child.id();
    let mut stderr = Excerpt::default();
    let pipes = async { tokio::join!(stdout.drain(out), stderr.drain(err)) };
    let (end, at) = {
        let mut pipes = std::pin::pin!(pipes);
        let mut drained = false;
        let mut ending = std::pin::pin!(end_of_child(&mut child, program, limit, asked));
        let end = loop {
            tokio::select! {
                end = &mut ending => break end,
                _ = &mut pipes, if !drained => drained = true,
            }
        };
        if !drained {
            let _ = timeout(LAST_WORDS, pipes).await;
        }
        end
    };
    let end = end.map_err(|source| LaunchError::Lost { program: program.name(), source })?;
    if let End::Exit(status) = end
        && let Some(error) = start::never_entered(program, report).or_else(|| start::never_ran(program, status))
    {
        return Err(error);
    }
    Ok(Ended { end, at, stderr, duration: at - started, id })
}

/// Says that nothing else in this process starts programs, so that every orphan is known to be ours.
#[cfg(feature = "cli")]
pub(crate) fn claim_all_children() {
    orphans::claim_all();
}

/// The last thing that a process which started programs does.
pub(crate) fn finish() {
    guardian::dismiss();
}

/// Once for each process: what must be there before the first program.
fn prepare() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        platform::expect_children();
        guardian::start(scratch::prefix());
        // After the guardian, which is a child and no orphan.
        orphans::adopt();
    });
}

/// Waits for a program's end, or brings it about. Nothing that it started is left afterwards.
async fn end_of_child(
    child: &mut Child,
    program: &Program,
    limit: &mut TimeLimit,
    asked: impl Future<Output = End>,
) -> (io::Result<End>, Instant) {
    let group = child.id();
    let mut end = tokio::select! {
        // What ended in time has ended in time, also where this process was late to look.
        biased;
        status = child.wait() => status.map(end_of),
        asked = asked => Ok(asked),
        () = limit.is_up() => Ok(End::TimedOut),
    };
    let at = Instant::now();
    let Some(group) = group else { return (end, at) };
    if let (Ok(End::TimedOut), Some(signal)) = (&end, platform::stopped_by(group)) {
        end = Ok(End::Stopped(signal));
    }
    if !matches!(end, Ok(End::Exit(_) | End::Signal(_))) {
        let did_end = end_politely(child, group).await;
        if let Ok(End::Enough { was_killed }) = &mut end {
            *was_killed = !did_end;
        }
    }
    platform::kill_group(group);
    orphans::end(group, &program.temporary).await;
    roster::leave(group);
    (end, at)
}

/// Whether it ended when it was asked to, and not only when it was made to.
async fn end_politely(child: &mut Child, group: u32) -> bool {
    platform::terminate_group(group);
    let did_end = timeout(GRACE, child.wait()).await.is_ok();
    if !did_end {
        platform::kill_group(group);
        let _ = child.wait().await;
    }
    did_end
}

fn end_of(status: ExitStatus) -> End {
    match (status.code(), platform::signal_of(status)) {
        (Some(code), _) => End::Exit(code),
        (None, Some(signal)) => End::Signal(signal),
        (None, None) => End::Unknown,
    }
}

impl Program {
    /// The command as it is run, for people.
    #[must_use]
    pub fn shown(&self) -> String {
        let argv: Vec<_> = self.argv.iter().map(|argument| argument.to_string_lossy()).collect();
        format!("`{}`", shell_command(&argv))
    }

    /// What is started, as it was asked for.
    fn name(&self) -> PathBuf {
        self.argv.first().cloned().unwrap_or_default().into()
    }
}
