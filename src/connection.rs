//! One connection: reads until it ends, answers meanwhile, and records both.
//!
//! The only place that reads sockets. Reading and answering are two futures of one task, so that a client that never reads
//! its answer is still recorded.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use crate::event::{EndedBy, Event, PeerEnd};
use crate::settings::{Reply, Settings, Trigger};
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
}

/// Records `stream` until it ends, or the recorder's deadline.
pub(crate) async fn record(stream: TcpStream, id: u64, shared: Arc<Shared>) -> Result<(), WriteError> {
    // Answers are pieces whose boundaries matter; where the option cannot be set, they are merely later.
    let _ = stream.set_nodelay(true);
    let link = Link { stream, id, shared: &shared };
    let mut received = Received::default();
    let (peer, by) = if shared.answers(id) {
        let (progress, seen) = watch::channel(Progress::default());
        let (end, answered) = tokio::join!(link.read_to_end(&mut received, Some(progress)), link.answer(seen));
        let (peer, by) = end?;
        if answered? { (peer, by) } else { (PeerEnd::Reset, by) }
    } else {
        link.read_to_end(&mut received, None).await?
    };
    let aborted = link.stream.take_error().map_or(true, |error| error.is_some());
    let peer = if aborted { PeerEnd::Reset } else { peer };
    shared.write(|at_us| Event::Close {
        connection: id,
        at_us,
        bytes: received.count,
        peer,
        by,
        blake3: received.digest().into(),
    })
}

impl Shared {
    pub(crate) fn new(capture: CaptureWriter, settings: Settings) -> Self {
        Self { settings, capture: Mutex::new(capture), deadline: watch::channel(None).0 }
    }

    pub(crate) fn open(&self, connection: u64, peer: SocketAddr) -> Result<(), WriteError> {
        self.write(|at_us| Event::Open { connection, at_us, peer: peer.to_string().into() })
    }

    pub(crate) fn stop(&self, connections: u64) -> Result<(), WriteError> {
        self.write(|at_us| Event::Stop { at_us, connections })
    }

    pub(crate) fn finish_by(&self, deadline: Instant) {
        self.deadline.send_replace(Some(deadline));
    }

    /// Writes an event with the time of this moment; under the lock, so that time never goes backwards in a capture.
    fn write<'a>(&self, event: impl FnOnce(u64) -> Event<'a>) -> Result<(), WriteError> {
        let mut capture = self.capture();
        let now_us = capture.now_us();
        capture.write(&event(now_us))
    }

    /// A poisoned lock means that a write panicked; that task's error is reported, and this one may go on.
    fn capture(&self) -> MutexGuard<'_, CaptureWriter> {
        self.capture.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answers(&self, id: u64) -> bool {
        self.settings.replies.iter().any(|reply| reply.is_for(id))
    }

    async fn deadline(&self) {
        let mut told = self.deadline.subscribe();
        // The sender lives as long as `self`, so this fails never; waiting for ever is the safe answer if it did.
        match told.wait_for(Option::is_some).await.map(|at| *at) {
            Ok(Some(at)) => sleep_until(at).await,
            _ => std::future::pending().await,
        }
    }
}

impl Reply {
    fn is_for(&self, id: u64) -> bool {
        self.connection.is_none_or(|only| only == id)
    }
}

/// What the answering side must know of the reading side.
#[derive(Default, Clone, Copy)]
struct Progress {
    received: u64,
    fin: bool,
    over: bool,
}

impl Progress {
    /// Whether the trigger holds, and `None` where it may still come to hold.
    fn reached(&self, when: &Trigger) -> Option<bool> {
        let reached = match when {
            Trigger::Connect => true,
            Trigger::Octets(count) => self.received >= *count,
            Trigger::Fin => self.fin,
        };
        (reached || self.fin || self.over).then_some(reached && !self.over)
    }
}

#[derive(Default)]
struct Received {
    count: u64,
    /// Made with the first octet: an idle connection costs no hasher.
    hasher: Option<Box<blake3::Hasher>>,
}

impl Received {
    fn update(&mut self, octets: &[u8]) {
        self.count += octets.len() as u64;
        self.hasher.get_or_insert_default().update(octets);
    }

    fn digest(&self) -> String {
        let hash = self.hasher.as_ref().map_or_else(|| blake3::hash(b""), |hasher| hasher.finalize());
        hash.to_hex().to_string()
    }
}

enum Read {
    Octets,
    Nothing,
    Fin,
    Reset,
}

struct Link<'a> {
    stream: TcpStream,
    id: u64,
    shared: &'a Shared,
}

impl Link<'_> {
    async fn read_to_end(
        &self,
        received: &mut Received,
        progress: Option<watch::Sender<Progress>>,
    ) -> Result<(PeerEnd, EndedBy), WriteError> {
        let deadline = std::pin::pin!(self.shared.deadline());
        let end = tokio::select! {
            end = self.read_until_ended(received, progress.as_ref()) => end?,
            () = deadline => match self.drain(received)? {
                Read::Fin => (PeerEnd::Fin, EndedBy::Peer),
                Read::Reset => (PeerEnd::Reset, EndedBy::Peer),
                Read::Octets | Read::Nothing => (PeerEnd::Open, EndedBy::Stopped),
            },
        };
        if let Some(progress) = progress {
            progress.send_modify(|seen| match end.0 {
                PeerEnd::Fin => seen.fin = true,
                PeerEnd::Reset | PeerEnd::Open => seen.over = true,
            });
        }
        Ok(end)
    }

    async fn read_until_ended(
        &self,
        received: &mut Received,
        progress: Option<&watch::Sender<Progress>>,
    ) -> Result<(PeerEnd, EndedBy), WriteError> {
        sleep(self.shared.settings.read_delay).await;
        loop {
            if self.stream.readable().await.is_err() {
                return Ok((PeerEnd::Reset, EndedBy::Peer));
            }
            match self.read(received)? {
                Read::Fin => return Ok((PeerEnd::Fin, EndedBy::Peer)),
                Read::Reset => return Ok((PeerEnd::Reset, EndedBy::Peer)),
                Read::Nothing => {}
                Read::Octets => {
                    if let Some(progress) = progress {
                        progress.send_modify(|seen| seen.received = received.count);
                    }
                }
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
        BUFFER.with_borrow_mut(|buffer| match self.stream.try_read(buffer) {
            Ok(0) => {
                self.shared.write(|at_us| Event::Fin { connection: self.id, at_us })?;
                Ok(Read::Fin)
            }
            Ok(count) => {
                let (octets, offset) = (&buffer[..count], received.count);
                self.shared.write(|at_us| Event::Data { connection: self.id, at_us, offset, octets: octets.into() })?;
                received.update(octets);
                Ok(Read::Octets)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Read::Nothing),
            Err(_) => Ok(Read::Reset),
        })
    }

    /// Sends the replies, each when its time has come; `false` when the client had aborted the connection.
    async fn answer(&self, mut seen: watch::Receiver<Progress>) -> Result<bool, WriteError> {
        let answers = async {
            let mut sent = 0;
            for reply in self.shared.settings.replies.iter().filter(|reply| reply.is_for(self.id)) {
                let reached =
                    seen.wait_for(|seen| seen.reached(&reply.when).is_some()).await.map(|seen| seen.reached(&reply.when));
                match reached {
                    Ok(Some(true)) => {}
                    // Its time can come no more; that of a later reply still can.
                    Ok(Some(false)) => continue,
                    Ok(None) | Err(_) => return Ok(true),
                }
                sleep(reply.delay).await;
                if !self.send(&reply.octets, &mut sent).await? {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        tokio::select! {
            answered = answers => answered,
            () = self.shared.deadline() => Ok(true),
        }
    }

    async fn send(&self, mut octets: &[u8], sent: &mut u64) -> Result<bool, WriteError> {
        while !octets.is_empty() {
            if self.stream.writable().await.is_err() {
                return Ok(false);
            }
            let count = match self.stream.try_write(octets) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(_) => return Ok(false),
            };
            let (now, offset) = (&octets[..count], *sent);
            self.shared.write(|at_us| Event::Sent { connection: self.id, at_us, offset, octets: now.into() })?;
            *sent += count as u64;
            octets = &octets[count..];
        }
        Ok(true)
    }
}
