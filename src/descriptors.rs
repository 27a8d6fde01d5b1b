//! Open files that are set aside: a client is accepted only where its connection to an upstream can be opened too. Else all files
//! could be clients, of whom none is served.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};

use socket2::{Domain, Socket, Type};

use crate::address::Upstream;

/// What looking up a name opens for a moment: its tables, and a connection to whom it asks.
const LOOKUP: usize = 3;

/// Lets one at a time give up what is set aside and take it again.
#[derive(Default)]
pub(crate) struct Descriptors(Mutex<()>);

/// Files that nobody else can open, for a connection that is to be opened.
#[derive(Default)]
pub(crate) struct Reserved(Vec<Socket>);

impl Descriptors {
    /// Does `future`, and lets nobody else open a file between two of its steps that do not wait.
    pub(crate) async fn opening<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        poll_fn(|context| {
            let _alone = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            future.as_mut().poll(context)
        })
        .await
    }
}

impl Reserved {
    /// Sets aside what a connection to this server takes.
    ///
    /// # Errors
    /// As many files are open as may be.
    pub(crate) fn of(upstream: &Upstream) -> io::Result<Self> {
        let count = if upstream.is_a_name() { 1 + LOOKUP } else { 1 };
        (0..count).map(|_| Socket::new(Domain::IPV4, Type::STREAM, None)).collect::<io::Result<_>>().map(Self)
    }

    /// Gives up what a lookup needs.
    pub(crate) fn let_look_up(&mut self) {
        self.0.truncate(1);
    }

    /// Gives up all.
    pub(crate) fn let_open(&mut self) {
        self.0 = Vec::new();
    }
}

/// Whether this process or the system has as many open files as it may.
pub(crate) fn is_out_of_files(error: &io::Error) -> bool {
    /// EMFILE and ENFILE of Unix, and the same of Windows.
    const OUT_OF_FILES: [i32; 3] = [24, 23, 10024];
    error.raw_os_error().is_some_and(|code| OUT_OF_FILES.contains(&code))
}
