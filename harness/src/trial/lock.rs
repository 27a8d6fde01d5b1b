//! A lock between processes, which may be waited for and given up.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::trial::Interrupt;
use crate::trial::launch::TimeLimit;

/// Why a lock was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotLocked {
    /// The run was stopped first.
    #[error("the run was stopped first")]
    Interrupted,
    /// It cannot be locked, or somebody else held it for too long.
    #[error("{0}")]
    Failed(String),
}

/// A file lock, until it is dropped.
///
/// A process that inherits the file holds the lock too, for as long as it lives, if it is not let go here before.
#[derive(Debug)]
pub(crate) struct Lock(Arc<File>);

impl Lock {
    /// Waits for the lock on a file, which is made where it is not there.
    ///
    /// # Errors
    /// It cannot be locked within `limit`, or the run was stopped first.
    pub(crate) fn take(path: &Path, limit: Duration, interrupt: &Interrupt) -> Result<Self, NotLocked> {
        let failed = |error: io::Error| NotLocked::Failed(format!("cannot lock {}: {error}", path.display()));
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        let file = match file.try_lock() {
            Ok(()) => file,
            Err(TryLockError::Error(error)) => return Err(failed(error)),
            Err(TryLockError::WouldBlock) => wait_for(file, path, limit, interrupt)?,
        };
        Ok(Self(Arc::new(file)))
    }

    /// The file, for a program that is to hold the lock as well.
    pub(crate) fn file(&self) -> Arc<File> {
        Arc::clone(&self.0)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // For all that have inherited it: what a builder leaves behind in order is not to keep others out.
        let _ = self.0.unlock();
    }
}

/// Only a thread of its own can wait for a lock and be left waiting.
fn wait_for(file: File, path: &Path, limit: Duration, interrupt: &Interrupt) -> Result<File, NotLocked> {
    let failed = |error: io::Error| NotLocked::Failed(format!("cannot wait for the lock {}: {error}", path.display()));
    let (tell, told) = oneshot::channel();
    let wait = move || drop(tell.send(file.lock().map(|()| file)));
    thread::Builder::new().name("lock".into()).spawn(wait).map_err(failed)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(failed)?;
    runtime.block_on(async {
        let mut limit = TimeLimit::new(limit);
        tokio::select! {
            locked = told => locked.map_err(io::Error::other).flatten().map_err(failed),
            () = interrupt.stopped() => Err(NotLocked::Interrupted),
            () = limit.is_up() => Err(failed(io::Error::other("another process holds it; `fuser` tells which"))),
        }
    })
}
