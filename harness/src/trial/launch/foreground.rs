//! A program that a person runs through us: it has our stdin, stdout and stderr, our folder, our environment and our process group, as if
//! a shell had started it. So a terminal takes it for what it shows: it may read there, and Ctrl-C and Ctrl-Z reach it as they reach us.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::future::Future;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use tokio::process::Child;

use super::start::{self, LaunchError};
pub(crate) use super::told::Told;
use super::{OwnNetwork, Program, end_of, orphans, platform, prepare, roster, scratch};
use crate::judge::end::End;
use crate::trial::holders::Process;
use crate::trial::network::Report;

/// A program that runs.
pub(crate) struct Foreground {
    program: Program,
    child: Child,
    id: u32,
    report: Option<Report>,
}

/// What a program leaves when it ends: processes that it started.
pub(crate) struct Left(u32);

/// Looks for a program without starting it. To be called before there is a tokio runtime.
///
/// # Errors
/// It is not there, or is no program.
pub(crate) fn find(argv: &[OsString]) -> Result<(), LaunchError> {
    prepare();
    start::resolve(&program(argv.to_vec(), None)).map(drop)
}

impl Foreground {
    /// Starts a program that was [found](find), in a network of its own or the machine's. Needs a tokio runtime.
    ///
    /// # Errors
    /// It cannot be started.
    pub(crate) fn start(argv: Vec<OsString>, network: Option<Arc<OwnNetwork>>) -> Result<Self, LaunchError> {
        let program = program(argv, network);
        let path = start::resolve(&program)?;
        let spawned = start::command(&path, &program, program.env.clone()).and_then(|(mut command, report)| {
            command.stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
            Ok((roster::enter(&mut command, false, None, start::entered(&program))?, report))
        });
        let (child, report) = spawned.map_err(|error| start::why(path, &program, error))?;
        let id = child.id().unwrap_or_default();
        Ok(Self { program, child, id, report })
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// Waits for its end, or ends it once `kill` is ready.
    ///
    /// # Errors
    /// It never ran, or its end cannot be learnt.
    pub(crate) async fn end(mut self, kill: impl Future<Output = ()>) -> (Result<End, LaunchError>, Left) {
        let status = tokio::select! {
            biased;
            status = self.child.wait() => status,
            () = kill => {
                // One that has just ended is waited for all the same.
                let _ = self.child.start_kill();
                self.child.wait().await
            }
        };
        let end = status.map(end_of).map_err(|source| LaunchError::Lost { program: self.program.name(), source });
        let never = match end {
            Ok(End::Exit(_)) => start::never_entered(&self.program, self.report),
            _ => None,
        };
        (never.map_or(end, Err), Left(self.id))
    }
}

impl Left {
    /// Ends what is left, also what has left its group or its session (on Linux), and says what that was (there).
    pub(crate) async fn end(self) -> Vec<Process> {
        // First, since what was killed already no longer says what it was.
        let ended = orphans::end(self.0, scratch::prefix()).await;
        platform::kill_group(self.0);
        roster::leave(self.0);
        ended
    }
}

/// Tells a program what we were told.
pub(crate) fn pass_on(id: u32, told: Told) {
    platform::pass_on(id, told);
}

fn program(argv: Vec<OsString>, network: Option<Arc<OwnNetwork>>) -> Program {
    Program {
        argv,
        folder: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
        env: std::env::vars_os().collect::<BTreeMap<_, _>>(),
        temporary: std::env::temp_dir(),
        network,
        ..Program::default()
    }
}
