//! Threads of a command, where a system may give it none: that is said, and is no panic.

use std::io;
use std::sync::mpsc;
use std::thread;

/// Threads of a recording beside the one that records: what opens files, what looks up names, what writes, and one to spare.
const OTHERS: usize = 4;

/// Starts a thread.
///
/// # Errors
/// There can be no further one.
pub(super) fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<thread::JoinHandle<()>> {
    thread::Builder::new().name(name.into()).spawn(work).map_err(|error| none(&error))
}

/// Sees whether there can be all threads that a recording needs: the runtime panics where it is given none.
///
/// # Errors
/// There cannot.
pub(super) fn are_there() -> io::Result<()> {
    let mut threads = Vec::new();
    for _ in 0..OTHERS {
        let (end, ended) = mpsc::channel::<()>();
        // It ends when the other end of its channel does.
        let waiting = move || {
            let _ = ended.recv();
        };
        threads.push((end, start("trial", waiting)?));
    }
    for (end, thread) in threads {
        drop(end);
        // It does nothing that could fail.
        let _ = thread.join();
    }
    Ok(())
}

fn none(error: &io::Error) -> io::Error {
    let problem = format!("start a thread: {error}; this user may have no more processes: raise `ulimit -u`, or end some");
    io::Error::new(error.kind(), problem)
}
