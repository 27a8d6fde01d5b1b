//! The one door to other programs: working folder, environment, time limit, bounded output, and an end for all they started.
//!
//! A program is started in a process group of its own. When it is over, or its time is up, the whole group is ended.

mod output;
mod platform;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout, timeout_at};

use output::Pieces;
pub use output::{Output, Tail};
pub(crate) use platform::{CLEAN_LOCALE, SYSTEM_VARIABLES};

/// How long a program has between being asked to end and being killed.
const GRACE: Duration = Duration::from_millis(500);

/// How long the pipes of a program whose group was killed are still read.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Stands for the status of a program that the operating system would not tell.
const UNKNOWN_STATUS: i32 = -1;

/// A program to start.
#[derive(Debug, Clone)]
pub struct Program {
    /// The program and its arguments.
    pub argv: Vec<OsString>,
    /// Its working folder.
    pub folder: PathBuf,
    /// All of its environment.
    pub env: BTreeMap<OsString, OsString>,
    /// What it finds at its stdin.
    pub stdin: Stdin,
}

/// What a program finds at its stdin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stdin {
    /// Nothing to read.
    #[default]
    Empty,
    /// Nothing at all: it is closed.
    Closed,
}

/// How a program ended, and what it said.
#[derive(Debug)]
pub struct Ended {
    /// How it ended.
    pub end: End,
    /// The end of what it wrote to stderr.
    pub stderr: Tail,
    /// How long it ran.
    pub duration: Duration,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself, with this status.
    Exit(i32),
    /// By this signal, which was not ours.
    Signal(i32),
    /// It was ended because its time was up.
    TimedOut,
    /// It was ended because the run was stopped.
    Interrupted,
}

/// A program could not be started.
#[derive(Debug, thiserror::Error)]
#[error("start {}: {source}; is it on PATH and executable?", program.display())]
pub struct LaunchError {
    program: PathBuf,
    source: io::Error,
}

/// Runs a program to its end, or until `deadline` or `interrupt`. Its stdout goes to `stdout`, piece by piece.
///
/// # Errors
/// The program could not be started.
pub async fn run(
    program: &Program,
    deadline: Instant,
    interrupt: impl Future<Output = ()>,
    stdout: &mut Output<'_>,
) -> Result<Ended, LaunchError> {
    let started = Instant::now();
    let (mut child, out, err) = spawn(program)?;
    let group = Group::of(&child);
    let mut stderr = Tail::default();
    let pipes = async { tokio::join!(stdout.drain(out), stderr.drain(err)) };
    let (end, duration) = {
        let mut pipes = std::pin::pin!(pipes);
        let mut drained = false;
        let mut ending = std::pin::pin!(end_of_child(&mut child, group, deadline, interrupt));
        let end = loop {
            tokio::select! {
                end = &mut ending => break end,
                _ = &mut pipes, if !drained => drained = true,
            }
        };
        let duration = started.elapsed();
        if !drained {
            // A pipe that is still open now belongs to a process that left the group.
            let _ = timeout(LAST_WORDS, pipes).await;
        }
        (end, duration)
    };
    Ok(Ended { end, stderr, duration })
}

/// Waits for a program's end, or brings it about. Nothing of its group is left afterwards.
async fn end_of_child(child: &mut Child, group: Group, deadline: Instant, interrupt: impl Future<Output = ()>) -> End {
    let end = tokio::select! {
        status = timeout_at(deadline, child.wait()) => match status {
            Ok(Ok(status)) => end_of(status),
            Ok(Err(_)) => End::Exit(UNKNOWN_STATUS),
            Err(_) => End::TimedOut,
        },
        () = interrupt => End::Interrupted,
    };
    if matches!(end, End::TimedOut | End::Interrupted) {
        end_politely(child, group).await;
    }
    group.kill();
    end
}

#[expect(clippy::disallowed_methods, reason = "this is the one door to other programs")]
fn spawn(program: &Program) -> Result<(Child, Pieces, Pieces), LaunchError> {
    let name = PathBuf::from(program.argv.first().cloned().unwrap_or_default());
    let error = |source| LaunchError { program: name.clone(), source };
    let (stdout, out) = output::pipe().map_err(error)?;
    let (stderr, err) = output::pipe().map_err(error)?;
    let mut command = Command::new(resolve(&name, program).map_err(error)?);
    command
        .args(program.argv.iter().skip(1))
        .current_dir(&program.folder)
        .env_clear()
        .envs(&program.env)
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(stderr)
        .kill_on_drop(true);
    platform::own_group(&mut command);
    Ok((command.spawn().map_err(error)?, out, err))
}

/// Finds the program on the PATH that it is going to have, not on ours.
fn resolve(name: &Path, program: &Program) -> io::Result<PathBuf> {
    let path = program.env.get(std::ffi::OsStr::new("PATH"));
    which::which_in(name, path, &program.folder).map_err(|error| io::Error::new(io::ErrorKind::NotFound, error))
}

async fn end_politely(child: &mut Child, group: Group) {
    group.terminate();
    if timeout(GRACE, child.wait()).await.is_err() {
        group.kill();
        let _ = child.wait().await;
    }
}

fn end_of(status: ExitStatus) -> End {
    match (status.code(), platform::signal_of(status)) {
        (Some(code), _) => End::Exit(code),
        (None, Some(signal)) => End::Signal(signal),
        (None, None) => End::Exit(UNKNOWN_STATUS),
    }
}

/// The process group of a program that was started.
#[derive(Clone, Copy)]
struct Group(Option<u32>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id())
    }

    fn terminate(self) {
        self.0.inspect(|id| platform::terminate_group(*id));
    }

    fn kill(self) {
        self.0.inspect(|id| platform::kill_group(*id));
    }
}
