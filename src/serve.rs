//! The listening side of a recorder: accepts, records each connection in a task of its own, and finishes in order.
//!
//! ```text
//! accept ──> open event ──> task per connection ──> data, sent, fin, close events
//!    │
//!  finish: accept what already waits, close the listener, read every connection to its end or the deadline, stop event
//! ```

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::connection::{self, Shared};
use crate::settings::Settings;
use crate::writer::{CaptureWriter, WriteError};

/// Connections that the kernel completes for a recorder before it accepts them.
const BACKLOG: u32 = 1024;

/// How a recorder finishes.
#[derive(Debug, Clone, Copy)]
pub struct Finish {
    deadline: Instant,
}

impl Finish {
    /// Records what has arrived, and waits for nothing more.
    #[must_use]
    pub fn now() -> Self {
        Self { deadline: Instant::now() }
    }

    /// Reads every connection to its end, but no longer than until `deadline`.
    #[must_use]
    pub fn by(deadline: Instant) -> Self {
        Self { deadline }
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
    #[error("accept a connection: {0}; where too many files are open, raise `ulimit -n`")]
    Accept(io::Error),
    /// The socket would not say what its address is.
    #[error("ask the listener for its address: {0}")]
    Address(io::Error),
    /// A connection's task ended without a result.
    #[error("record a connection: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// Listens on `address`; port 0 picks a free one. Needs a tokio runtime.
///
/// # Errors
/// Whatever the operating system says: the address is in use, is not ours, or needs a privilege.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Elsewhere this option would let two recorders share a port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Records what arrives at `listener` until `finish` is ready (or `settings.connections` are over), and returns how many
/// connections there were.
///
/// # Errors
/// The capture could not be written in full, or no connection can be accepted any more.
pub async fn serve(
    listener: TcpListener,
    mut capture: CaptureWriter,
    settings: Settings,
    finish: impl Future<Output = Finish>,
) -> Result<u64, ServeError> {
    let address = listener.local_addr().map_err(ServeError::Address)?;
    capture.start(&address.to_string())?;
    let mut recorder = Recorder { shared: Arc::new(Shared::new(capture, settings)), tasks: JoinSet::new(), opened: 0 };
    let mut finish = std::pin::pin!(finish);
    if let Some(told) = recorder.accept_until(listener, finish.as_mut()).await? {
        recorder.shared.finish_by(told.deadline);
    } else {
        tokio::select! {
            joined = recorder.join_all() => joined?,
            told = finish => recorder.shared.finish_by(told.deadline),
        }
    }
    recorder.join_all().await?;
    recorder.shared.stop(recorder.opened)?;
    Ok(recorder.opened)
}

struct Recorder {
    shared: Arc<Shared>,
    tasks: JoinSet<Result<(), WriteError>>,
    opened: u64,
}

impl Recorder {
    /// Accepts until told to finish, or until it has had enough connections (then `None`). Closes the listener.
    async fn accept_until(
        &mut self,
        listener: TcpListener,
        mut finish: Pin<&mut impl Future<Output = Finish>>,
    ) -> Result<Option<Finish>, ServeError> {
        while !self.has_enough() {
            tokio::select! {
                told = finish.as_mut() => {
                    self.accept_waiting(listener)?;
                    return Ok(Some(told));
                }
                accepted = listener.accept() => self.accepted(accepted)?,
                Some(ended) = self.tasks.join_next() => ended??,
            }
        }
        Ok(None)
    }

    /// Accepts what the kernel has completed already. Asks the kernel itself: tokio knows only of what it was woken for.
    fn accept_waiting(&mut self, listener: TcpListener) -> Result<(), ServeError> {
        let listener = listener.into_std().map_err(ServeError::Accept)?;
        while !self.has_enough() {
            match listener.accept() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => self.accepted(Err(error))?,
                Ok((stream, peer)) => {
                    let stream = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream));
                    self.accepted(stream.map(|stream| (stream, peer)))?;
                }
            }
        }
        Ok(())
    }

    fn has_enough(&self) -> bool {
        self.shared.settings.connections.is_some_and(|enough| self.opened >= enough)
    }

    fn accepted(&mut self, accepted: io::Result<(TcpStream, SocketAddr)>) -> Result<(), ServeError> {
        match accepted {
            Ok((stream, peer)) => {
                self.opened += 1;
                self.shared.open(self.opened, peer)?;
                self.tasks.spawn(connection::record(stream, self.opened, Arc::clone(&self.shared)));
                Ok(())
            }
            // The client was gone before it was accepted: no connection came about.
            Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => Ok(()),
            Err(error) => Err(ServeError::Accept(error)),
        }
    }

    async fn join_all(&mut self) -> Result<(), ServeError> {
        while let Some(ended) = self.tasks.join_next().await {
            ended??;
        }
        Ok(())
    }
}
