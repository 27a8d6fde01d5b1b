//! What was received and is still to be handed on, to the client as an echo or to an upstream. Bounded in octets, for each
//! connection and for all of a recorder together.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The most octets of one connection that wait to be handed on; then reading waits.
pub(crate) const OWN: usize = 8 << 20;

/// The most octets of all connections together. Beyond them each still has [`LEAST`], so that those who take their octets are
/// never held up by those who do not.
pub(crate) const ALL: usize = 64 << 20;

/// What a connection may always have waiting.
const LEAST: usize = 4 << 10;

/// The octets that wait on all connections.
#[derive(Default)]
pub(crate) struct Pool(AtomicUsize);

/// The octets that wait on one connection. One side puts them in, the other takes them out.
pub(crate) struct Backlog<'a> {
    pool: &'a Pool,
    state: Mutex<State>,
    filled: Notify,
    freed: Notify,
}

#[derive(Default)]
struct State {
    octets: Vec<u8>,
    /// Octets that wait, and those that were taken and are not handed on yet.
    held: usize,
    /// Nothing is put in any more.
    ended: bool,
    /// Nobody takes any more.
    closed: bool,
}

impl<'a> Backlog<'a> {
    pub(crate) fn new(pool: &'a Pool) -> Self {
        Self { pool, state: Mutex::default(), filled: Notify::new(), freed: Notify::new() }
    }

    /// How many octets may be put in; as many as one likes where nobody takes them any more.
    pub(crate) fn room(&self) -> usize {
        let state = self.state();
        if state.closed {
            return usize::MAX;
        }
        let all = ALL.saturating_sub(self.pool.0.load(Ordering::Relaxed));
        all.max(LEAST.saturating_sub(state.held)).min(OWN.saturating_sub(state.held))
    }

    /// Waits until there is room.
    pub(crate) async fn wait_for_room(&self) -> usize {
        loop {
            match self.room() {
                0 => self.freed.notified().await,
                room => return room,
            }
        }
    }

    pub(crate) fn put(&self, octets: &[u8]) {
        let mut state = self.state();
        if !state.closed {
            state.octets.extend_from_slice(octets);
            state.held += octets.len();
            self.pool.0.fetch_add(octets.len(), Ordering::Relaxed);
            self.filled.notify_one();
        }
    }

    /// Nothing is put in any more.
    pub(crate) fn end(&self) {
        self.state().ended = true;
        self.filled.notify_one();
    }

    /// Waits for octets, and takes all; `None` when there will be none any more.
    pub(crate) async fn take(&self) -> Option<Vec<u8>> {
        loop {
            {
                let mut state = self.state();
                if !state.octets.is_empty() {
                    return Some(std::mem::take(&mut state.octets));
                }
                if state.ended {
                    return None;
                }
            }
            self.filled.notified().await;
        }
    }

    /// So many of those that were taken have been handed on.
    pub(crate) fn handed_on(&self, count: usize) {
        let mut state = self.state();
        let count = count.min(state.held);
        state.held -= count;
        drop(state);
        self.pool.0.fetch_sub(count, Ordering::Relaxed);
        self.freed.notify_one();
    }

    /// Nobody takes any more; what is put in from now on is dropped.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        self.pool.0.fetch_sub(std::mem::take(&mut state.held), Ordering::Relaxed);
        state.octets = Vec::new();
        state.closed = true;
        self.freed.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// However a connection ends, others have the room again.
impl Drop for Backlog<'_> {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_put_in_comes_out_and_then_the_end() {
        let pool = Pool::default();
        let backlog = Backlog::new(&pool);
        backlog.put(b"ab");
        backlog.put(b"c");
        backlog.end();
        assert_eq!(backlog.take().await.as_deref(), Some(&b"abc"[..]));
        assert_eq!(backlog.take().await, None);
    }

    #[tokio::test]
    async fn a_connection_that_nobody_serves_has_no_more_room_and_leaves_the_others_theirs() {
        let pool = Pool::default();
        let full: Vec<Backlog<'_>> = (0..ALL / OWN).map(|_| Backlog::new(&pool)).collect();
        for backlog in &full {
            assert_eq!(backlog.room(), OWN);
            backlog.put(&vec![0; OWN]);
            assert_eq!(backlog.room(), 0);
        }
        let another = Backlog::new(&pool);
        assert_eq!(another.wait_for_room().await, LEAST);
        another.put(&[0; LEAST]);
        assert_eq!(another.room(), 0);
        drop(full);
        assert_eq!(another.wait_for_room().await, OWN - LEAST);
    }

    #[tokio::test]
    async fn room_comes_back_when_octets_were_handed_on_and_is_endless_when_nobody_takes_any() {
        let pool = Pool::default();
        let backlog = Backlog::new(&pool);
        backlog.put(&vec![0; OWN]);
        let taken = async {
            let octets = backlog.take().await.unwrap();
            backlog.handed_on(octets.len());
        };
        assert_eq!(tokio::join!(backlog.wait_for_room(), taken).0, OWN);
        backlog.close();
        backlog.put(&vec![0; OWN]);
        assert_eq!((backlog.room(), pool.0.load(Ordering::Relaxed)), (usize::MAX, 0));
    }
}
