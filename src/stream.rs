//! One connection, of TCP or of a Unix socket: reading with urgent octets in their place, writing, and the ways to end.

use std::io::{self, IoSlice, Read};
use std::net::{Shutdown, SocketAddr};
use std::path::Path;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use socket2::SockRef;
use tokio::io::Interest;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::net::{TcpSocket, TcpStream, lookup_host};

use crate::address::{Connect, Target, Upstream, canonical};
use crate::descriptors::{Descriptors, Reserved};
use crate::urgent;

/// A connection.
pub(crate) enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

/// What one read took.
pub(crate) struct Taken {
    pub(crate) count: usize,
    /// Whether the first of these octets came as urgent.
    pub(crate) urgent: bool,
    /// Whether an urgent octet is still to be read.
    urgent_ahead: bool,
}

impl Taken {
    /// Octets of which none was urgent.
    pub(crate) fn plain(count: usize) -> Self {
        Self { count, urgent: false, urgent_ahead: false }
    }
}

/// The same call on whatever the stream is.
macro_rules! either {
    ($stream:expr, $inner:ident => $call:expr) => {
        match $stream {
            Self::Tcp($inner) => $call,
            #[cfg(unix)]
            Self::Unix($inner) => $call,
        }
    };
}

impl Stream {
    /// Connects to a server, with the files that are reserved for that.
    pub(crate) async fn connect(address: &Upstream, reserved: Reserved, descriptors: &Descriptors) -> io::Result<Self> {
        match address.target() {
            Target::Unix(path) => Self::connect_unix(path, reserved).await,
            Target::Tcp { host, port } => Self::connect_tcp(host, *port, reserved, descriptors).await.map(Self::Tcp),
            Target::Way(way) => {
                way.seen.first.get_or_init(Instant::now);
                let connected = match &way.connect {
                    Some(connect) => Self::connect_through(&way.addresses, connect.as_ref(), reserved).await,
                    None => Self::connect_to(way.addresses.iter().copied(), reserved).await,
                };
                connected.map(Self::Tcp)
            }
        }
    }

    /// Tries one address after the other, in a network that others open sockets in.
    async fn connect_through(addresses: &[SocketAddr], connect: &Connect, mut reserved: Reserved) -> io::Result<TcpStream> {
        let mut failed = io::Error::new(io::ErrorKind::NotFound, "it has no address");
        for address in addresses {
            reserved.let_open();
            match connect(*address) {
                Ok(stream) => match Self::connected(stream).await {
                    Ok(stream) => return Ok(stream),
                    Err(error) => failed = error,
                },
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    /// Waits until a socket that connects has.
    async fn connected(stream: std::net::TcpStream) -> io::Result<TcpStream> {
        stream.set_nonblocking(true)?;
        SockRef::from(&stream).set_out_of_band_inline(true)?;
        let stream = TcpStream::from_std(stream)?;
        stream.writable().await?;
        match stream.take_error()? {
            Some(error) => Err(error),
            None => Ok(stream),
        }
    }

    #[cfg(unix)]
    async fn connect_unix(path: &Path, mut reserved: Reserved) -> io::Result<Self> {
        reserved.let_open();
        UnixStream::connect(path).await.and_then(Self::of_unix)
    }

    #[cfg(not(unix))]
    async fn connect_unix(_: &Path, _: Reserved) -> io::Result<Self> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "Unix sockets need a Unix"))
    }

    /// Tries one address of the host after the other.
    async fn connect_tcp(host: &str, port: u16, mut reserved: Reserved, descriptors: &Descriptors) -> io::Result<TcpStream> {
        let looking_up = descriptors.look_up();
        reserved.let_look_up();
        let addresses = lookup_host((host, port)).await?;
        drop(looking_up);
        Self::connect_to(addresses, reserved).await
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that connects: to an upstream")]
    async fn connect_to(addresses: impl Iterator<Item = SocketAddr>, mut reserved: Reserved) -> io::Result<TcpStream> {
        let mut failed = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        for address in addresses {
            reserved.let_open();
            let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
            SockRef::from(&socket).set_out_of_band_inline(true)?;
            match socket.connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    /// Unlike TCP's, connections of a Unix socket inherit nothing. Nothing has been read yet, so it is not too late.
    #[cfg(unix)]
    pub(crate) fn of_unix(stream: UnixStream) -> io::Result<Self> {
        SockRef::from(&stream).set_out_of_band_inline(true)?;
        Ok(Self::Unix(stream))
    }

    /// For one task at a time: unlike `readable` of the stream itself, this keeps nothing but that task's waker, so that many
    /// connections may wait at little cost.
    pub(crate) fn poll_readable(&self, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_read_ready(task))
    }

    /// For one task at a time, as [`poll_readable`](Self::poll_readable).
    pub(crate) fn poll_writable(&self, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_write_ready(task))
    }

    pub(crate) fn try_read(&self, buffer: &mut [u8]) -> io::Result<Taken> {
        let mut taken = None;
        let room = buffer.len();
        let read = || {
            let now = taken.insert(self.read_now(buffer)?);
            // There was no more: this saves the next read. In front of an urgent octet the kernel stops short though there is.
            if (1..room).contains(&now.count) && !now.urgent_ahead { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
        };
        let read = either!(self, stream => stream.try_io(Interest::READABLE, read));
        taken.map_or_else(|| read.and(Err(io::ErrorKind::WouldBlock.into())), Ok)
    }

    /// Reads what the kernel holds, whatever the runtime knows of it.
    pub(crate) fn read_now(&self, buffer: &mut [u8]) -> io::Result<Taken> {
        let socket = self.socket();
        let before = urgent::look(&socket)?;
        // Without this, an urgent octet could come between looking and reading.
        if !before.readable {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = (&*socket).read(buffer)?;
        // No read goes across the beginning of an urgent octet: where it was taken, it was the first.
        let urgent_ahead = before.urgent && (count == 0 || urgent::look(&socket)?.urgent);
        Ok(Taken { count, urgent: before.urgent && !urgent_ahead, urgent_ahead })
    }

    /// As [`try_read`](Self::try_read), of octets of which none is urgent.
    pub(crate) fn try_read_plainly(&self, buffer: &mut [u8]) -> io::Result<usize> {
        either!(self, stream => stream.try_read(buffer))
    }

    /// As [`read_now`](Self::read_now), of octets of which none is urgent.
    pub(crate) fn read_plainly_now(&self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.socket()).read(buffer)
    }

    /// The most octets that the kernel holds of what arrives; nothing where it does not say.
    pub(crate) fn receive_buffer(&self) -> usize {
        self.socket().recv_buffer_size().unwrap_or(0)
    }

    /// Ready when the peer has aborted the connection (where the system tells so unasked: Linux, macOS). Octets that came before
    /// that can still be read.
    pub(crate) async fn aborted(&self) {
        if Box::pin(async { either!(self, stream => stream.ready(Interest::ERROR).await) }).await.is_err() {
            std::future::pending().await
        }
    }

    /// Its own address, of TCP.
    pub(crate) fn own_address(&self) -> Option<SocketAddr> {
        self.socket().local_addr().ok()?.as_socket().map(canonical)
    }

    /// Its peer's address, of TCP.
    pub(crate) fn peer_address(&self) -> Option<SocketAddr> {
        self.socket().peer_addr().ok()?.as_socket().map(canonical)
    }

    /// Whether the peer is this very process, where an address does not tell.
    pub(crate) fn is_from_ourselves(&self) -> bool {
        match self {
            Self::Tcp(_) => false,
            #[cfg(unix)]
            Self::Unix(stream) => {
                let peer = stream.peer_cred().ok().and_then(|peer| peer.pid());
                peer.is_some_and(|pid| u32::try_from(pid) == Ok(std::process::id()))
            }
        }
    }

    pub(crate) fn try_write(&self, octets: &[u8]) -> io::Result<usize> {
        either!(self, stream => stream.try_write(octets))
    }

    #[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "records of TLS leave together"))]
    pub(crate) fn try_write_vectored(&self, octets: &[IoSlice<'_>]) -> io::Result<usize> {
        either!(self, stream => stream.try_write_vectored(octets))
    }

    /// Sends each write at once: pieces have boundaries that matter.
    pub(crate) fn set_nodelay(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_nodelay(true),
            #[cfg(unix)]
            Self::Unix(_) => Ok(()),
        }
    }

    /// Whether the peer has aborted the connection.
    pub(crate) fn is_aborted(&self) -> bool {
        self.socket().take_error().map_or(true, |error| error.is_some())
    }

    /// Sends the end of stream, and goes on receiving.
    pub(crate) fn shut(&self) -> io::Result<()> {
        self.socket().shutdown(Shutdown::Write)
    }

    /// Makes the close that follows an abort (RST), where there is such a thing.
    pub(crate) fn abort_on_close(&self) -> io::Result<()> {
        self.socket().set_linger(Some(Duration::ZERO))
    }

    /// Takes back what [`abort_on_close`](Self::abort_on_close) asked for.
    pub(crate) fn close_in_order(&self) -> io::Result<()> {
        self.socket().set_linger(None)
    }

    fn socket(&self) -> SockRef<'_> {
        either!(self, stream => SockRef::from(stream))
    }
}
