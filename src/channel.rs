//! What a connection's octets go through: the stream itself, or TLS on it. Nothing else knows which.

use std::future::poll_fn;
use std::io;
use std::ops::Deref;

use tokio::time::timeout;

use crate::address::Upstream;
use crate::descriptors::{Descriptors, Reserved};
use crate::stream::{Stream, Taken};
use crate::tls::{Session, Tls, UpstreamTls};

/// What TLS may hold of a peer beyond what the kernel does.
const HELD: usize = 256 << 10;

/// A connection, with TLS on it or without.
pub(crate) struct Channel {
    stream: Stream,
    pub(crate) session: Option<Box<Session>>,
}

/// What is the same with TLS and without: addresses, an abort.
impl Deref for Channel {
    type Target = Stream;

    fn deref(&self) -> &Stream {
        &self.stream
    }
}

impl Channel {
    /// A client's connection.
    pub(crate) fn of_client(stream: Stream, tls: Option<&Tls>) -> io::Result<Self> {
        let session = tls.map(Tls::session).transpose().map_err(io::Error::other)?.map(Box::new);
        Ok(Self { stream, session })
    }

    /// Connects to a server, and shakes hands with it where there is TLS.
    pub(crate) async fn connect(
        address: &Upstream,
        tls: Option<&UpstreamTls>,
        reserved: Reserved,
        descriptors: &Descriptors,
    ) -> io::Result<Self> {
        let session = tls.map(|tls| tls.session(&address.host())).transpose().map_err(io::Error::other)?.map(Box::new);
        let channel = Self { stream: Stream::connect(address, reserved, descriptors).await?, session };
        if let Some(tls) = tls {
            let shaken = timeout(tls.handshake, channel.shake_hands()).await;
            shaken.map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "it does not finish the TLS handshake"))??;
        }
        Ok(channel)
    }

    /// Waits until the handshake is done. An error of the kind `InvalidData` is told by [`failure`](Self::failure).
    pub(crate) async fn shake_hands(&self) -> io::Result<()> {
        loop {
            match self.shake_hands_with(Stream::try_read_plainly) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.readable().await?,
                other => return other.map_err(|error| self.in_words(error)),
            }
        }
    }

    /// Goes on with the handshake as far as the kernel holds what it takes.
    pub(crate) fn shake_hands_now(&self) -> io::Result<()> {
        self.shake_hands_with(Stream::read_plainly_now)
    }

    fn shake_hands_with(&self, reading: fn(&Stream, &mut [u8]) -> io::Result<usize>) -> io::Result<()> {
        self.session.as_ref().map_or(Ok(()), |session| session.shake_hands(&self.stream, reading))
    }

    /// Why there is no TLS any more.
    pub(crate) fn failure(&self) -> Option<String> {
        self.session.as_ref()?.failure()
    }

    fn in_words(&self, error: io::Error) -> io::Error {
        match self.failure() {
            Some(said) => io::Error::new(error.kind(), said),
            None => error,
        }
    }

    /// For one task at a time.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        poll_fn(|task| match &self.session {
            None => self.stream.poll_readable(task),
            Some(session) => session.poll_readable(&self.stream, task),
        })
        .await
    }

    /// For one task at a time.
    pub(crate) async fn writable(&self) -> io::Result<()> {
        poll_fn(|task| match &self.session {
            None => self.stream.poll_writable(task),
            Some(session) => session.poll_writable(&self.stream, task),
        })
        .await
    }

    pub(crate) fn try_read(&self, buffer: &mut [u8]) -> io::Result<Taken> {
        match &self.session {
            None => self.stream.try_read(buffer),
            Some(session) => session.read(&self.stream, Stream::try_read_plainly, buffer).map(Taken::plain),
        }
    }

    /// Reads what is there, whatever the runtime knows of it.
    pub(crate) fn read_now(&self, buffer: &mut [u8]) -> io::Result<Taken> {
        match &self.session {
            None => self.stream.read_now(buffer),
            Some(session) => session.read(&self.stream, Stream::read_plainly_now, buffer).map(Taken::plain),
        }
    }

    /// Writes what is taken at once. Who is told to wait brings the same octets again.
    pub(crate) fn try_write(&self, octets: &[u8]) -> io::Result<usize> {
        match &self.session {
            None => self.stream.try_write(octets),
            Some(session) => session.write(&self.stream, octets),
        }
    }

    /// The most octets that are held of what arrives.
    pub(crate) fn receive_buffer(&self) -> usize {
        self.stream.receive_buffer() + self.session.as_ref().map_or(0, |_| HELD)
    }

    /// Whether the peer's end of stream came without TLS having said so (close_notify).
    pub(crate) fn is_truncated(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.is_truncated())
    }

    /// Sends the end of stream, TLS's first, and goes on receiving.
    pub(crate) async fn shut(&self) -> io::Result<()> {
        if let Some(session) = &self.session
            && !session.say_goodbye(&self.stream)
        {
            poll_fn(|task| session.poll_goodbye(&self.stream, task)).await?;
        }
        self.stream.shut()
    }

    /// The same, as far as that can be done at once.
    pub(crate) fn shut_now(&self) -> io::Result<()> {
        self.say_goodbye();
        self.stream.shut()
    }

    /// Tells TLS's end of stream before a close, where there is TLS.
    pub(crate) fn say_goodbye(&self) {
        if let Some(session) = &self.session {
            // Who takes no more is told nothing.
            let _ = session.say_goodbye(&self.stream);
        }
    }
}
