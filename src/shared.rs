//! What all connections of one recorder share: its settings, its capture, and what is counted over all of them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::backlog::Pool;
use crate::descriptors::Descriptors;
use crate::event::{EndedBy, Event, PeerEnd};
use crate::notice::{Limit, Notice};
use crate::outgoing::Outgoing;
use crate::received::Received;
use crate::settings::{Answers, Settings};
use crate::stream::Stream;
use crate::writer::{CaptureWriter, WriteError};

/// What all connections of one recorder share.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) outgoing: Outgoing,
    pub(crate) descriptors: Descriptors,
    /// What waits to be handed on.
    pub(crate) waiting: Pool,
    capture: Mutex<CaptureWriter>,
    deadline: watch::Sender<Option<Instant>>,
    /// Octets received on all connections.
    received: AtomicU64,
}

impl Shared {
    pub(crate) fn new(capture: CaptureWriter, settings: Settings) -> Self {
        let (deadline, received) = (watch::channel(None).0, AtomicU64::new(0));
        let (outgoing, descriptors) = (Outgoing::default(), Descriptors::default());
        let (waiting, capture) = (Pool::default(), Mutex::new(capture));
        Self { settings, outgoing, descriptors, waiting, capture, deadline, received }
    }

    pub(crate) fn open(&self, connection: u64, peer: &str, address: Option<&str>) -> Result<(), WriteError> {
        let (peer, address) = (peer.to_owned().into(), address.map(|address| address.to_owned().into()));
        self.hold(|at_us| Event::Open { connection, at_us, peer, address })
    }

    /// Aborts a connection that is one too many.
    pub(crate) fn turn_away(&self, connection: u64, stream: &Stream, limit: usize) -> Result<(), WriteError> {
        // Where it cannot be aborted, it is closed.
        let _ = stream.abort_on_close();
        self.notice(&Notice::Limit { connection, limit: Limit::ConnectionsAtOnce(limit) })?;
        let crc32 = Received::default().digest().into();
        let (peer, by) = (PeerEnd::Open, EndedBy::Limit);
        self.write(|at_us| Event::Close { connection, at_us, bytes: 0, peer, by, reason: None, crc32, wire: None })
    }

    pub(crate) fn stop(&self, connections: u64) -> Result<(), WriteError> {
        self.write(|at_us| Event::Stop { at_us, connections })
    }

    pub(crate) fn finish_by(&self, deadline: Instant) {
        self.deadline.send_replace(Some(deadline));
    }

    /// Tells who watches.
    pub(crate) fn notice(&self, notice: &Notice) -> Result<(), WriteError> {
        self.capture().notice(notice)
    }

    /// Writes an event with the time of this moment; under the lock, so that time never goes backwards in a capture.
    pub(crate) fn write<'a>(&self, event: impl FnOnce(u64) -> Event<'a>) -> Result<(), WriteError> {
        let mut capture = self.capture();
        let now_us = capture.now_us();
        capture.write(&event(now_us))
    }

    /// Takes an event of this moment, which is written together with the next one. Whoever holds one back releases it before it waits
    /// for anything.
    pub(crate) fn hold(&self, event: impl FnOnce(u64) -> Event<'static>) -> Result<(), WriteError> {
        let mut capture = self.capture();
        let now_us = capture.now_us();
        capture.hold(event(now_us))
    }

    /// Writes what is held.
    pub(crate) fn release(&self) -> Result<(), WriteError> {
        self.capture().release()
    }

    /// A poisoned lock means that a write panicked; that task's error is reported, and this one may go on.
    fn capture(&self) -> MutexGuard<'_, CaptureWriter> {
        self.capture.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn count_received(&self, count: usize) {
        self.received.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// How many octets a connection may still send, of which this many came.
    pub(crate) fn room(&self, received: u64) -> u64 {
        let limits = &self.settings.limits;
        let own = limits.bytes_per_connection.map_or(u64::MAX, |limit| limit.saturating_sub(received));
        let all = limits.bytes_in_all.map_or(u64::MAX, |limit| limit.saturating_sub(self.received.load(Ordering::Relaxed)));
        own.min(all)
    }

    /// The limit that left a connection no room.
    pub(crate) fn limit(&self, received: u64) -> Limit {
        let limits = &self.settings.limits;
        match limits.bytes_per_connection {
            Some(limit) if received >= limit => Limit::BytesPerConnection(limit),
            _ => Limit::BytesInAll(limits.bytes_in_all.unwrap_or(u64::MAX)),
        }
    }

    pub(crate) fn answers(&self, id: u64) -> bool {
        let answers = match &self.settings.answers {
            Answers::Replies(replies) => replies.iter().any(|reply| reply.is_for(id)),
            Answers::Echo | Answers::Upstream(_) => true,
        };
        answers || self.settings.faults.half_close_after.is_some()
    }

    /// Ready when the recorder has to be done.
    pub(crate) async fn deadline(&self) {
        let mut told = self.deadline.subscribe();
        // The sender lives as long as `self`, so this fails never; waiting for ever is the safe answer if it did.
        match told.wait_for(Option::is_some).await.map(|at| *at) {
            // In a box: until then, nobody pays for the timer.
            Ok(Some(at)) => Box::pin(sleep_until(at)).await,
            _ => std::future::pending().await,
        }
    }
}
