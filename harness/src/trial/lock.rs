//! A lock between processes, which may be waited for and given up.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::{Arc, Weak};
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
            Err(TryLockError::WouldBlock) => {
                let what = format!("the lock {}", path.display());
                let who = || "another process holds it; `fuser` tells which".to_owned();
                waited(&what, (limit, interrupt), move |_| file.lock().map(|()| file), who)?
            }
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

/// What comes of waiting for `what`, or else `who` has it. `wait` is given what is gone once nobody waits any more. Only a thread of its
/// own can wait for a lock and be left waiting.
pub(crate) fn waited<T: Send + 'static>(
    what: &str,
    (limit, interrupt): (Duration, &Interrupt),
    wait: impl FnOnce(Weak<()>) -> io::Result<T> + Send + 'static,
    who: impl FnOnce() -> String,
) -> Result<T, NotLocked> {
    let failed = |error: io::Error| NotLocked::Failed(format!("cannot wait for {what}: {error}"));
    let (tell, told) = oneshot::channel();
    let wanted = Arc::new(());
    let still = Arc::downgrade(&wanted);
    let wait = move || drop(tell.send(wait(still)));
    thread::Builder::new().name("lock".into()).spawn(wait).map_err(failed)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(failed)?;
    runtime.block_on(async {
        let mut limit = TimeLimit::new(limit);
        tokio::select! {
            locked = told => locked.map_err(io::Error::other).flatten().map_err(failed),
            () = interrupt.stopped() => Err(NotLocked::Interrupted),
            () = limit.is_up() => Err(failed(io::Error::other(who()))),
        }
    })
}
