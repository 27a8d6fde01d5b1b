//! The listening side of a recorder: accepts, records each connection in a task of its own, and finishes in order.
//!
//! ```text
//! accept ──> open event ──> task per connection ──> data, sent, fin, close events
//!    │
//!  finish: accept what already waits, close the listener, read every connection to its end or the deadline, stop event
//! ```

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::channel::Channel;
use crate::connection;
use crate::descriptors::{Reserved, is_out_of_files};
use crate::event::Event;
use crate::notice::Notice;
use crate::settings::{Answers, Settings};
use crate::shared::Shared;
use crate::socket::{Accepted, Listener};
use crate::writer::{CaptureWriter, WriteError};

/// How a recorder finishes.
pub struct Finish {
    deadline: Deadline,
}

/// How long connections are still read.
enum Deadline {
    At(Instant),
    Told(Pin<Box<dyn Future<Output = ()> + Send>>),
}

impl Finish {
    /// Records what has arrived, and waits for nothing more.
    #[must_use]
    pub fn now() -> Self {
        Self::by(Instant::now())
    }

    /// Reads every connection to its end, but no longer than until `deadline`.
    #[must_use]
    pub fn by(deadline: Instant) -> Self {
        Self { deadline: Deadline::At(deadline) }
    }

    /// Reads every connection to its end, but no longer than until `told` is ready.
    #[must_use]
    pub fn until(told: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { deadline: Deadline::Told(Box::pin(told)) }
    }
}

/// Why a recording failed. What was recorded before stays readable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The capture could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// No connection could be accepted.
    #[error("cannot accept a connection: {0}; where too many files are open, raise `ulimit -n`")]
    Accept(io::Error),
    /// A connection's task ended without a result.
    #[error("cannot record a connection: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// Records what arrives at `listener` until `finish` is ready (or `settings.connections` are over), and returns how many
/// connections there were.
///
/// # Errors
/// The capture could not be written in full, or no connection can be accepted any more.
pub async fn serve(
    listener: Listener,
    capture: CaptureWriter,
    settings: Settings,
    finish: impl Future<Output = Finish>,
) -> Result<u64, ServeError> {
    serve_marking(listener, capture, settings, std::future::pending(), finish).await
}

/// As [`serve`]; once `enough` is ready, the capture says so at that place ([`Event::Enough`]), and the recording goes on.
///
/// # Errors
/// As of `serve`.
pub async fn serve_marking(
    listener: Listener,
    mut capture: CaptureWriter,
    settings: Settings,
    enough: impl Future<Output = ()>,
    finish: impl Future<Output = Finish>,
) -> Result<u64, ServeError> {
    let addresses: Vec<String> = listener.addresses().map(ToString::to_string).collect();
    capture.start(&addresses.join(", "))?;
    let shared = Arc::new(Shared::new(capture, settings));
    let marked = Arc::clone(&shared);
    let marking = async move {
        enough.await;
        marked.write(|at_us| Event::Enough { at_us })?;
        drop(marked);
        std::future::pending::<Result<u64, ServeError>>().await
    };
    tokio::select! {
        recorded = record(listener, shared, finish) => recorded,
        failed = marking => failed,
    }
}

async fn record(listener: Listener, shared: Arc<Shared>, finish: impl Future<Output = Finish>) -> Result<u64, ServeError> {
    let mut recorder = Recorder::new(shared);
    let mut finish = std::pin::pin!(finish);
    let accepted = recorder.accept_until(listener, finish.as_mut()).await;
    // Where it fails, connections may have been opened whose tasks have not begun.
    recorder.shared.release()?;
    let told = match accepted? {
        Some(told) => Some(told),
        None => tokio::select! {
            joined = recorder.join_all() => joined.map(|()| None)?,
            told = finish => Some(told.deadline),
        },
    };
    recorder.finish(told).await?;
    recorder.shared.stop(recorder.opened)?;
    Ok(recorder.opened)
}

struct Recorder {
    shared: Arc<Shared>,
    /// What connections end with: how many octets they sent.
    tasks: JoinSet<Result<u64, WriteError>>,
    opened: u64,
    /// Connections that do not count, since they sent nothing.
    skipped: u64,
    /// Accepting has to wait until a connection has closed.
    out_of_files: bool,
    said_out_of_files: bool,
    /// What the next connection needs for its own to an upstream; `None` where that is not set aside.
    reserved: Option<Reserved>,
}

impl Recorder {
    fn new(shared: Arc<Shared>) -> Self {
        let (tasks, reserved) = (JoinSet::new(), None);
        Self { shared, tasks, opened: 0, skipped: 0, out_of_files: false, said_out_of_files: false, reserved }
    }

    /// Accepts until told to finish, or until it has had enough connections (then `None`). Closes the listener.
    async fn accept_until(
        &mut self,
        mut listener: Listener,
        mut finish: Pin<&mut impl Future<Output = Finish>>,
    ) -> Result<Option<Deadline>, ServeError> {
        while !self.has_enough() || self.may_skip() {
            let may_accept = !self.has_enough() && self.reserves()?;
            tokio::select! {
                told = finish.as_mut() => {
                    if let Deadline::At(deadline) = told.deadline {
                        self.shared.finish_by(deadline);
                    }
                    self.accept_waiting(listener).await?;
                    return Ok(Some(told.deadline));
                }
                accepted = self.shared.descriptors.opening_between_lookups(listener.accept()), if may_accept => {
                    accepted.map_or(Ok(()), |accepted| self.accepted(accepted))?;
                }
                () = self.shared.descriptors.looked_up(), if !may_accept && !self.out_of_files && !self.has_enough() => {}
                Some(ended) = self.tasks.join_next() => self.ended(ended??),
            }
        }
        Ok(None)
    }

    /// Reads every connection to its end, or for as long as there is time.
    async fn finish(&mut self, deadline: Option<Deadline>) -> Result<(), ServeError> {
        match deadline {
            None => {}
            Some(Deadline::At(deadline)) => self.shared.finish_by(deadline),
            Some(Deadline::Told(told)) => tokio::select! {
                joined = self.join_all() => joined?,
                () = told => self.shared.finish_by(Instant::now()),
            },
        }
        self.join_all().await
    }

    /// Accepts what the kernel has completed already.
    async fn accept_waiting(&mut self, mut listener: Listener) -> Result<(), ServeError> {
        while !self.has_enough() {
            if !self.reserves()? {
                tokio::select! {
                    Some(ended) = self.tasks.join_next() => self.ended(ended??),
                    () = self.shared.descriptors.looked_up(), if !self.out_of_files => {}
                    else => {}
                }
                continue;
            }
            match self.shared.descriptors.opening_between_lookups(async { listener.accept_waiting() }).await {
                None => {}
                Some(Ok(None)) => break,
                Some(Ok(Some(accepted))) => self.accepted(Ok(accepted))?,
                Some(Err(error)) => self.accepted(Err(error))?,
            }
        }
        Ok(())
    }

    /// Sets aside what the next connection needs; false while a name is looked up, and where there is no file for it until one of the
    /// others has ended.
    fn reserves(&mut self) -> Result<bool, ServeError> {
        if let (Answers::Upstream(upstream), None, false) = (&self.shared.settings.answers, &self.reserved, self.out_of_files) {
            match self.shared.descriptors.reserve(upstream) {
                None => return Ok(false),
                Some(Ok(reserved)) => self.reserved = Some(reserved),
                Some(Err(error)) if is_out_of_files(&error) => self.run_out_of_files(error)?,
                // Whatever it is, connecting will say so.
                Some(Err(_)) => {}
            }
        }
        Ok(!self.out_of_files)
    }

    fn has_enough(&self) -> bool {
        self.shared.settings.connections.is_some_and(|enough| self.opened - self.skipped >= enough)
    }

    /// Whether one of the connections that are open may turn out to be none that counts.
    fn may_skip(&self) -> bool {
        self.shared.settings.skip_empty && !self.tasks.is_empty()
    }

    /// A connection is over that sent so many octets.
    fn ended(&mut self, received: u64) {
        self.out_of_files = false;
        self.skipped += u64::from(self.shared.settings.skip_empty && received == 0);
    }

    fn accepted(&mut self, accepted: io::Result<Accepted>) -> Result<(), ServeError> {
        match accepted {
            Ok(Accepted { stream, peer, address }) => {
                self.opened += 1;
                self.shared.open(self.opened, &peer, address.as_deref())?;
                if let Some(limit) = self.full()? {
                    self.shared.turn_away(self.opened, &stream, limit)?;
                    self.ended(0);
                    return Ok(());
                }
                let stream = Channel::of_client(stream, self.shared.settings.tls.as_ref()).map_err(ServeError::Accept)?;
                let (shared, reserved) = (Arc::clone(&self.shared), self.reserved.take().unwrap_or_default());
                self.tasks.spawn(connection::record(stream, self.opened, shared, reserved));
                Ok(())
            }
            // The client was gone before it was accepted: no connection came about.
            Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => Ok(()),
            Err(error) if is_out_of_files(&error) => self.run_out_of_files(error),
            Err(error) => Err(ServeError::Accept(error)),
        }
    }

    /// Those that wait stay in the kernel's queue until a connection has ended. It is said once: it happens again with each.
    fn run_out_of_files(&mut self, error: io::Error) -> Result<(), ServeError> {
        if self.tasks.is_empty() {
            return Err(ServeError::Accept(error));
        }
        self.out_of_files = true;
        if !std::mem::replace(&mut self.said_out_of_files, true) {
            self.shared.notice(&Notice::TooManyFiles { open: self.tasks.len() })?;
        }
        Ok(())
    }

    /// The limit of connections at once, where it is reached.
    fn full(&mut self) -> Result<Option<usize>, ServeError> {
        while let Some(ended) = self.tasks.try_join_next() {
            self.ended(ended??);
        }
        Ok(self.shared.settings.limits.connections_at_once.filter(|limit| self.tasks.len() >= *limit))
    }

    async fn join_all(&mut self) -> Result<(), ServeError> {
        while let Some(ended) = self.tasks.join_next().await {
            ended??;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptors::Descriptors;
    use crate::socket::listen;
    use crate::stream::Stream;

    #[tokio::test]
    async fn a_connection_that_waits_costs_little() {
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into();
        let mut listener = listen(&[address], &Settings::default()).unwrap();
        let connecting = listener.local_addr().unwrap().to_string().parse().unwrap();
        let descriptors = Descriptors::default();
        let (_client, accepted) =
            tokio::join!(Stream::connect(&connecting, Reserved::default(), &descriptors), listener.accept());
        let capture = CaptureWriter::new(Box::new(io::sink()), "nowhere");
        let shared = Arc::new(Shared::new(capture, Settings::default()));
        let stream = Channel::of_client(accepted.unwrap().stream, None).unwrap();
        let size = size_of_val(&connection::record(stream, 1, shared, Reserved::default()));
        assert!(size <= 1024, "{size} octets");
    }
}
