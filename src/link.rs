//! A connection, as its two sides see it: what is sent on it is recorded here.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::channel::Channel;
use crate::descriptors::Reserved;
use crate::event::Event;
use crate::idle::Idle;
use crate::line::Unanswered;
use crate::settings::Answers;
use crate::shared::Shared;

/// A connection, as its two sides see it.
pub(crate) struct Link<'a> {
    pub(crate) stream: Channel,
    pub(crate) id: u64,
    pub(crate) shared: &'a Shared,
    pub(crate) idle: Idle,
    /// Whether there is nobody behind the recorder who is still to be reached.
    pub(crate) reached: AtomicBool,
    sent: AtomicU64,
    reserved: Mutex<Reserved>,
}

impl<'a> Link<'a> {
    pub(crate) fn new(stream: Channel, id: u64, shared: &'a Shared, reserved: Reserved) -> Self {
        let reached = AtomicBool::new(!matches!(shared.settings.answers, Answers::Upstream(_)));
        let idle = Idle::new(shared.settings.limits.idle);
        Self { stream, id, shared, idle, reached, sent: AtomicU64::new(0), reserved: Mutex::new(reserved) }
    }
}

impl Link<'_> {
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// What was reserved for its connection to an upstream.
    pub(crate) fn take_reserved(&self) -> Reserved {
        std::mem::take(&mut self.reserved.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn count_sent(&self, count: usize) {
        self.sent.fetch_add(count as u64, Ordering::Relaxed);
        self.idle.moved();
    }

    /// Sends octets, and records each part that the kernel took.
    pub(crate) async fn send(&self, mut octets: &[u8]) -> Result<(), Unanswered> {
        while !octets.is_empty() {
            self.stream.writable().await.map_err(|_| Unanswered::Aborted)?;
            let count = match self.stream.try_write(octets) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(_) => return Err(Unanswered::Aborted),
            };
            let (now, offset) = (&octets[..count], self.sent());
            self.shared.write(|at_us| Event::Sent { connection: self.id, at_us, offset, octets: now.into() })?;
            self.count_sent(count);
            octets = &octets[count..];
        }
        Ok(())
    }

    /// Sends the recorder's end of stream; it goes on reading.
    pub(crate) async fn shut(&self) -> Result<(), Unanswered> {
        self.stream.shut().await.map_err(|_| Unanswered::Aborted)?;
        Ok(self.shared.write(|at_us| Event::Shut { connection: self.id, at_us })?)
    }
}
