//! One connection: reads until it ends, answers meanwhile, and records both.
//!
//! The only place that reads clients' sockets. Reading and answering are two futures of one task, so that a client that never
//! reads its answer is still recorded.

use std::cell::RefCell;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::answering::{Stage, Teller, Unanswered, line};
use crate::event::{EndedBy, Event, PeerEnd};
use crate::notice::{Limit, Notice};
use crate::pattern::Patterns;
use crate::settings::{Answers, Cut, Settings};
use crate::socket::Stream;
use crate::writer::{CaptureWriter, WriteError};

/// The most that one read takes, and so the most that one `data` event holds.
const READ_SIZE: usize = 256 << 10;

/// When time is up, what the kernel already holds is still read, but not for longer than this: a sender may never stop.
const DRAIN: Duration = Duration::from_secs(1);

thread_local! {
    /// Shared by all connections of a thread, so that an idle one costs no buffer.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_SIZE]);
}

/// What all connections of one recorder share.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    capture: Mutex<CaptureWriter>,
    deadline: watch::Sender<Option<Instant>>,
    /// Octets received on all connections.
    received: AtomicU64,
}

/// Records `stream` until it ends, or the recorder's deadline.
pub(crate) async fn record(stream: Stream, id: u64, shared: Arc<Shared>) -> Result<(), WriteError> {
    // Answers are pieces whose boundaries matter; where the option cannot be set, they are merely later.
    let _ = stream.set_nodelay();
    let link = Link { stream, id, shared: &shared, moved: AtomicU64::new(0), sent: AtomicU64::new(0) };
    let mut received = Received::of(&shared.settings, id);
    let (peer, by) = link.converse(&mut received).await?;
    if peer == PeerEnd::Fin && !shared.settings.faults.close_delay.is_zero() {
        Box::pin(link.hold()).await;
    }
    let peer = match by {
        // What the client makes of being cut off is its affair.
        EndedBy::Recorder | EndedBy::Limit | EndedBy::IdleTimeout | EndedBy::Upstream => peer,
        EndedBy::Peer | EndedBy::Stopped => {
            if link.stream.is_aborted() {
                PeerEnd::Reset
            } else {
                peer
            }
        }
    };
    link.end(by, received.count)?;
    // Written before the socket closes: a client that was gone at this time did not wait for the close.
    shared.write(|at_us| Event::Close { connection: id, at_us, bytes: received.count, peer, by, crc32: received.digest().into() })
}

impl Shared {
    pub(crate) fn new(capture: CaptureWriter, settings: Settings) -> Self {
        Self { settings, capture: Mutex::new(capture), deadline: watch::channel(None).0, received: AtomicU64::new(0) }
    }

    pub(crate) fn open(&self, connection: u64, peer: &str) -> Result<(), WriteError> {
        self.write(|at_us| Event::Open { connection, at_us, peer: peer.into() })
    }

    /// Aborts a connection that is one too many.
    pub(crate) fn turn_away(&self, connection: u64, stream: &Stream, limit: usize) -> Result<(), WriteError> {
        // Where it cannot be aborted, it is closed.
        let _ = stream.abort_on_close();
        self.notice(&Notice::Limit { connection, limit: Limit::ConnectionsAtOnce(limit) })?;
        let crc32 = Received::default().digest().into();
        let (peer, by) = (PeerEnd::Open, EndedBy::Limit);
        self.write(|at_us| Event::Close { connection, at_us, bytes: 0, peer, by, crc32 })
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

    /// A poisoned lock means that a write panicked; that task's error is reported, and this one may go on.
    fn capture(&self) -> MutexGuard<'_, CaptureWriter> {
        self.capture.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many octets a connection may still send, of which this many came.
    fn room(&self, received: u64) -> u64 {
        let limits = &self.settings.limits;
        let own = limits.bytes_per_connection.map_or(u64::MAX, |limit| limit.saturating_sub(received));
        let all = limits.bytes_in_all.map_or(u64::MAX, |limit| limit.saturating_sub(self.received.load(Ordering::Relaxed)));
        own.min(all)
    }

    /// The limit that left a connection no room.
    fn limit(&self, received: u64) -> Limit {
        let limits = &self.settings.limits;
        match limits.bytes_per_connection {
            Some(limit) if received >= limit => Limit::BytesPerConnection(limit),
            _ => Limit::BytesInAll(limits.bytes_in_all.unwrap_or(u64::MAX)),
        }
    }

    fn answers(&self, id: u64) -> bool {
        let answers = match &self.settings.answers {
            Answers::Replies(replies) => replies.iter().any(|reply| reply.is_for(id)),
            Answers::Echo | Answers::Upstream(_) => true,
        };
        answers || self.settings.faults.half_close_after.is_some()
    }

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

/// What was received on a connection.
#[derive(Default)]
pub(crate) struct Received {
    pub(crate) count: u64,
    crc32: crc32fast::Hasher,
    /// What replies wait for.
    pub(crate) patterns: Patterns,
    /// What the answering side has not been given yet, where it wants the octets.
    pub(crate) copy: Vec<u8>,
    copies: bool,
}

impl Received {
    fn of(settings: &Settings, id: u64) -> Self {
        let copies = matches!(settings.answers, Answers::Echo | Answers::Upstream(_));
        Self { patterns: Patterns::of(&settings.answers, id), copies, ..Self::default() }
    }

    fn update(&mut self, octets: &[u8]) {
        self.count += octets.len() as u64;
        self.crc32.update(octets);
        self.patterns.update(octets);
        if self.copies {
            self.copy.extend_from_slice(octets);
        }
    }

    fn digest(self) -> String {
        format!("{:08x}", self.crc32.finalize())
    }
}

enum Read {
    Octets,
    Nothing,
    Fin,
    Reset,
    /// The recorder reads no more.
    Enough(EndedBy),
}

impl Read {
    /// The end that this is, if it is one.
    fn end(&self) -> Option<(PeerEnd, EndedBy)> {
        match self {
            Self::Octets | Self::Nothing => None,
            Self::Fin => Some((PeerEnd::Fin, EndedBy::Peer)),
            Self::Reset => Some((PeerEnd::Reset, EndedBy::Peer)),
            Self::Enough(by) => Some((PeerEnd::Open, *by)),
        }
    }
}

/// A connection, as its two sides see it.
pub(crate) struct Link<'a> {
    pub(crate) stream: Stream,
    pub(crate) id: u64,
    pub(crate) shared: &'a Shared,
    /// Octets in both directions: a connection on which this stands still is idle.
    moved: AtomicU64,
    sent: AtomicU64,
}

impl Link<'_> {
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    pub(crate) fn count_sent(&self, count: usize) {
        self.sent.fetch_add(count as u64, Ordering::Relaxed);
        self.moved.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// What `wait` gives; nothing where for too long no octet moved in either direction.
    pub(crate) async fn unless_idle<T>(&self, wait: impl Future<Output = T>) -> Option<T> {
        let Some(idle) = self.shared.settings.limits.idle else { return Some(wait.await) };
        let mut wait = std::pin::pin!(wait);
        loop {
            let before = self.moved.load(Ordering::Relaxed);
            if let Ok(done) = timeout(idle, &mut wait).await {
                return Some(done);
            }
            if self.moved.load(Ordering::Relaxed) == before {
                return None;
            }
        }
    }

    /// Reads to the end, and answers meanwhile.
    async fn converse(&self, received: &mut Received) -> Result<(PeerEnd, EndedBy), WriteError> {
        if !self.shared.answers(self.id) {
            return self.read_to_end(received, None).await;
        }
        // In a box: an idle connection without answers does not pay for them.
        Box::pin(self.read_and_answer(received)).await
    }

    async fn read_and_answer(&self, received: &mut Received) -> Result<(PeerEnd, EndedBy), WriteError> {
        let (teller, hearer) = line(received.copies);
        let mut reading = std::pin::pin!(self.read_to_end(received, Some(teller)));
        let mut answering = std::pin::pin!(self.answer(hearer));
        let (end, answered) = tokio::select! {
            end = &mut reading => (end?, answering.await),
            answered = &mut answering => match answered {
                Err(Unanswered::Ended(by)) => return Ok((PeerEnd::Open, by)),
                answered => (reading.await?, answered),
            },
        };
        match answered {
            Ok(()) => Ok(end),
            Err(Unanswered::Aborted) => Ok((PeerEnd::Reset, end.1)),
            Err(Unanswered::Ended(by)) => Ok((end.0, by)),
            Err(Unanswered::Write(error)) => Err(error),
        }
    }

    async fn read_to_end(&self, received: &mut Received, teller: Option<Teller>) -> Result<(PeerEnd, EndedBy), WriteError> {
        let deadline = std::pin::pin!(self.shared.deadline());
        let end = tokio::select! {
            end = self.read_until_ended(received, teller.as_ref()) => end?,
            () = deadline => self.drain(received)?.end().unwrap_or((PeerEnd::Open, EndedBy::Stopped)),
        };
        if let Some(teller) = teller {
            teller.ended(match end {
                (PeerEnd::Fin, _) => Stage::Fin,
                (PeerEnd::Open, EndedBy::Recorder) => Stage::Cut,
                (PeerEnd::Reset | PeerEnd::Open, _) => Stage::Over,
            });
        }
        Ok(end)
    }

    async fn read_until_ended(&self, received: &mut Received, teller: Option<&Teller>) -> Result<(PeerEnd, EndedBy), WriteError> {
        let faults = &self.shared.settings.faults;
        // Sleeping for no time takes up to a millisecond.
        if !faults.read_delay.is_zero() {
            Box::pin(sleep(faults.read_delay)).await;
        }
        loop {
            // A cut does not wait for more to come.
            if !self.is_cut(received.count) {
                match self.unless_idle(self.stream.readable()).await {
                    Some(Ok(())) => {}
                    Some(Err(_)) => return Ok((PeerEnd::Reset, EndedBy::Peer)),
                    None => return Ok((PeerEnd::Open, EndedBy::IdleTimeout)),
                }
            }
            let read = self.read(received)?;
            if let Some(end) = read.end() {
                return Ok(end);
            }
            if let (Read::Octets, Some(teller)) = (&read, teller) {
                teller.received(received).await;
            }
            if let Some(slow) = faults.slow_read {
                Box::pin(sleep(slow.every)).await;
            }
        }
    }

    /// Reads what the kernel holds at this moment.
    fn drain(&self, received: &mut Received) -> Result<Read, WriteError> {
        let started = Instant::now();
        loop {
            match self.read(received)? {
                Read::Octets if started.elapsed() < DRAIN => {}
                last => return Ok(last),
            }
        }
    }

    /// One read that does not wait, recorded before this returns.
    fn read(&self, received: &mut Received) -> Result<Read, WriteError> {
        if self.is_cut(received.count) {
            return Ok(Read::Enough(EndedBy::Recorder));
        }
        let room = self.room(received.count);
        // Without room, one octet shows whether there is more or the end; it is not recorded.
        BUFFER.with_borrow_mut(|buffer| match self.stream.try_read(&mut buffer[..room.max(1)]) {
            Ok(0) => {
                self.shared.write(|at_us| Event::Fin { connection: self.id, at_us })?;
                Ok(Read::Fin)
            }
            Ok(_) if room == 0 => Ok(Read::Enough(EndedBy::Limit)),
            Ok(count) => {
                let (octets, offset) = (&buffer[..count], received.count);
                self.shared.write(|at_us| Event::Data { connection: self.id, at_us, offset, octets: octets.into() })?;
                received.update(octets);
                self.count_received(count);
                Ok(Read::Octets)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Read::Nothing),
            Err(_) => Ok(Read::Reset),
        })
    }

    fn is_cut(&self, received: u64) -> bool {
        self.shared.settings.faults.cut.is_some_and(|cut| received >= cut.after())
    }

    /// The most that the next read may take.
    fn room(&self, received: u64) -> usize {
        let faults = &self.shared.settings.faults;
        let cut = faults.cut.map_or(u64::MAX, |cut| cut.after().saturating_sub(received));
        let slow = faults.slow_read.map_or(READ_SIZE, |slow| slow.bytes.clamp(1, READ_SIZE));
        usize::try_from(self.shared.room(received).min(cut)).unwrap_or(READ_SIZE).min(slow)
    }

    fn count_received(&self, count: usize) {
        self.moved.fetch_add(count as u64, Ordering::Relaxed);
        self.shared.received.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// Waits before the close, as the settings say.
    async fn hold(&self) {
        tokio::select! {
            () = sleep(self.shared.settings.faults.close_delay) => {}
            () = self.shared.deadline() => {}
        }
    }

    /// Prepares the close: in order, or by an abort, so that no client takes a limit for a good end.
    fn end(&self, by: EndedBy, received: u64) -> Result<(), WriteError> {
        let resets = matches!(self.shared.settings.faults.cut, Some(Cut::Reset(_)));
        let prepared = match by {
            EndedBy::Peer | EndedBy::Stopped => return Ok(()),
            EndedBy::Recorder if !resets => self.stream.shut(),
            EndedBy::IdleTimeout => self.stream.shut(),
            EndedBy::Recorder | EndedBy::Limit | EndedBy::Upstream => self.stream.abort_on_close(),
        };
        // It fails where the client has gone already: then there is nothing to prepare.
        drop(prepared);
        if by == EndedBy::Limit {
            let limit = self.shared.limit(received);
            self.shared.notice(&Notice::Limit { connection: self.id, limit })?;
        }
        Ok(())
    }
}
