//! Open files that are set aside: a client is accepted only where its connection to an upstream can be opened too. Else all files
//! could be clients, of whom none is served.
//!
//! A lookup opens files where nobody can see it, on a thread of the runtime. So what is let go for it is open to all; while there is one, no
//! client is accepted, and nothing is set aside.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use socket2::{Domain, Socket, Type};
use tokio::sync::watch;

use crate::address::Upstream;

/// What looking up a name opens for a moment: its tables, and a connection to whom it asks.
const LOOKUP: usize = 3;

/// Lets one at a time give up what is set aside and take it again.
#[derive(Default)]
pub(crate) struct Descriptors {
    alone: Mutex<()>,
    /// Names that are being looked up.
    lookups: watch::Sender<usize>,
}

/// A name is being looked up for as long as this is there.
pub(crate) struct LookingUp<'a>(&'a Descriptors);

/// Files that nobody else can open, for a connection that is to be opened.
#[derive(Default)]
pub(crate) struct Reserved(Vec<Socket>);

impl Descriptors {
    /// Does `future`, and lets nobody else open a file between two of its steps that do not wait.
    pub(crate) async fn opening<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        poll_fn(|context| {
            let _alone = self.alone();
            future.as_mut().poll(context)
        })
        .await
    }

    /// The same, unless a name is being looked up: then `None`, as soon as that begins.
    pub(crate) async fn opening_between_lookups<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        let opened = poll_fn(|context| {
            let _alone = self.alone();
            if self.is_looking_up() { Poll::Pending } else { future.as_mut().poll(context) }
        });
        tokio::select! {
            opened = opened => Some(opened),
            () = self.lookups(|count| count > 0) => None,
        }
    }

    /// Sets aside what a connection to this server takes; `None` while a name is being looked up.
    ///
    /// # Errors
    /// As many files are open as may be.
    pub(crate) fn reserve(&self, upstream: &Upstream) -> Option<io::Result<Reserved>> {
        let _alone = self.alone();
        (!self.is_looking_up()).then(|| Reserved::of(upstream))
    }

    /// A name is looked up from now on.
    pub(crate) fn look_up(&self) -> LookingUp<'_> {
        self.lookups.send_modify(|count| *count += 1);
        LookingUp(self)
    }

    /// Waits until no name is being looked up.
    pub(crate) async fn looked_up(&self) {
        self.lookups(|count| count == 0).await;
    }

    fn is_looking_up(&self) -> bool {
        *self.lookups.borrow() > 0
    }

    async fn lookups(&self, are: impl Fn(usize) -> bool) {
        // It fails where the sender is gone, and that is here.
        let _ = self.lookups.subscribe().wait_for(|count| are(*count)).await;
    }

    fn alone(&self) -> MutexGuard<'_, ()> {
        self.alone.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for LookingUp<'_> {
    fn drop(&mut self) {
        self.0.lookups.send_modify(|count| *count -= 1);
    }
}

impl Reserved {
    /// Sets aside what a connection to this server takes.
    ///
    /// # Errors
    /// As many files are open as may be.
    fn of(upstream: &Upstream) -> io::Result<Self> {
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

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn while_a_name_is_looked_up_nobody_opens_or_sets_aside() {
        let (descriptors, upstream) = (Descriptors::default(), "localhost:1".parse().unwrap());
        assert_eq!(descriptors.opening_between_lookups(ready(())).await, Some(()));
        assert!(descriptors.reserve(&upstream).is_some());
        let looking_up = descriptors.look_up();
        assert_eq!(descriptors.opening_between_lookups(ready(())).await, None);
        assert!(descriptors.reserve(&upstream).is_none());
        let wait = async {
            descriptors.looked_up().await;
            descriptors.opening_between_lookups(ready(())).await
        };
        let end = async { drop(looking_up) };
        assert_eq!(tokio::join!(wait, end).0, Some(()));
    }

    #[tokio::test]
    async fn who_waits_to_open_is_told_that_a_lookup_begins() {
        let descriptors = Descriptors::default();
        let begin = async { descriptors.look_up() };
        let (opened, _looking_up) = tokio::join!(descriptors.opening_between_lookups(pending::<()>()), begin);
        assert_eq!(opened, None);
    }
}
