//! TCP and Unix sockets behind one listener and one stream.

use std::future::poll_fn;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::path::PathBuf;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::{Domain, SockAddr, SockRef, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
#[cfg(unix)]
use tokio::net::{UnixListener, UnixStream};
use tokio::time::{Instant, sleep_until};

use crate::address::Address;
use crate::settings::{Faults, Settings};

/// Connections that the kernel completes for a recorder before it accepts them.
const BACKLOG: i32 = 1024;

/// How a client of a Unix socket is called: it has no address.
const UNNAMED: &str = "unix";

/// Sockets that connections arrive at. A Unix socket's file goes when this does.
pub struct Listener {
    sockets: Vec<(Address, ListeningSocket)>,
    accept_delay: Duration,
    /// A connection whose time to be accepted has not come.
    delayed: Option<(Instant, Accepted)>,
}

/// Listens on these addresses, with the receive buffer and the refusal that `settings` ask for. Needs a tokio runtime.
///
/// With several addresses, those that this machine does not have are left out, as long as one remains; port 0 picks a port for
/// the first and takes the same for the others. The file of a Unix socket is replaced where nobody listens at it.
///
/// # Errors
/// Whatever the operating system says: the address is in use, is not ours, or needs a privilege.
pub fn listen(addresses: &[Address], settings: &Settings) -> io::Result<Listener> {
    let mut sockets: Vec<(Address, ListeningSocket)> = Vec::new();
    let mut missing = io::Error::new(io::ErrorKind::InvalidInput, "no address to listen on");
    for address in addresses {
        let port = sockets.iter().find_map(|(address, _)| address.port());
        match bind(&address.with_port(port), &settings.faults) {
            Ok(bound) => sockets.push(bound),
            Err(error) if is_not_ours(&error) => missing = error,
            Err(error) => return Err(error),
        }
    }
    if sockets.is_empty() {
        return Err(missing);
    }
    Ok(Listener { sockets, accept_delay: settings.faults.accept_delay, delayed: None })
}

/// A connection, and who made it.
pub(crate) type Accepted = (Stream, String);

impl Listener {
    /// The addresses that are listened on.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.sockets.iter().map(|(address, _)| address)
    }

    /// The first TCP address.
    ///
    /// # Errors
    /// There are Unix sockets only.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        let tcp = self.addresses().find_map(|address| match address {
            Address::Tcp(address) => Some(*address),
            Address::Unix(_) => None,
        });
        tcp.ok_or_else(|| io::Error::new(io::ErrorKind::Unsupported, "a Unix socket has no IP address"))
    }

    /// The next connection. What was accepted stays with the listener until it is returned, so this may be dropped.
    pub(crate) async fn accept(&mut self) -> io::Result<Accepted> {
        if self.delayed.is_none() {
            let accepted = poll_fn(|context| self.poll_accept(context)).await?;
            if self.accept_delay.is_zero() {
                return Ok(accepted);
            }
            self.delayed = Some((Instant::now() + self.accept_delay, accepted));
        }
        if let Some((at, _)) = &self.delayed {
            sleep_until(*at).await;
        }
        self.delayed.take().map(|(_, accepted)| accepted).ok_or_else(|| io::ErrorKind::WouldBlock.into())
    }

    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        let polled = self.sockets.iter().map(|(_, socket)| socket.poll_accept(context));
        polled.into_iter().find(Poll::is_ready).unwrap_or(Poll::Pending)
    }

    /// A connection that the kernel has completed already. Asks the kernel itself: tokio knows only of what it was woken for.
    pub(crate) fn accept_waiting(&mut self) -> io::Result<Option<Accepted>> {
        if let Some((_, accepted)) = self.delayed.take() {
            return Ok(Some(accepted));
        }
        for (_, socket) in &self.sockets {
            match socket.accept_waiting() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                other => return other.map(Some),
            }
        }
        Ok(None)
    }
}

impl Address {
    fn port(&self) -> Option<u16> {
        match self {
            Self::Tcp(address) => Some(address.port()),
            Self::Unix(_) => None,
        }
    }

    /// The same address, with the port that another has got, where it has none of its own.
    fn with_port(&self, port: Option<u16>) -> Self {
        match self {
            Self::Tcp(address) if address.port() == 0 => SocketAddr::new(address.ip(), port.unwrap_or(0)).into(),
            other => other.clone(),
        }
    }
}

enum ListeningSocket {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix {
        listener: UnixListener,
        _file: SocketFile,
    },
    /// Bound and not listening: the kernel refuses, and nobody else can take the address.
    Refusing {
        _socket: Socket,
        _file: Option<SocketFile>,
    },
}

/// The file of a Unix socket, which the kernel leaves behind.
struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Somebody may have removed it already; there is nobody to tell.
        let _ = std::fs::remove_file(&self.0);
    }
}

fn bind(address: &Address, faults: &Faults) -> io::Result<(Address, ListeningSocket)> {
    match address {
        Address::Tcp(address) => bind_tcp(*address, faults),
        #[cfg(unix)]
        Address::Unix(path) => bind_unix(path, faults),
        #[cfg(not(unix))]
        Address::Unix(_) => Err(io::Error::new(io::ErrorKind::Unsupported, "Unix sockets need a Unix")),
    }
}

fn bind_tcp(address: SocketAddr, faults: &Faults) -> io::Result<(Address, ListeningSocket)> {
    let socket = new_socket(Domain::for_address(address), faults)?;
    // Elsewhere this option would let two recorders share a port, and here two that do not listen.
    #[cfg(unix)]
    socket.set_reuse_address(!faults.refuse)?;
    // Systems differ in whether `::` is IPv4 as well.
    if address.is_ipv6() && address.ip().is_unspecified() {
        socket.set_only_v6(false)?;
    }
    socket.bind(&address.into())?;
    let address = socket.local_addr()?.as_socket().unwrap_or(address).into();
    if faults.refuse {
        return Ok((address, ListeningSocket::Refusing { _socket: socket, _file: None }));
    }
    socket.listen(BACKLOG)?;
    Ok((address, ListeningSocket::Tcp(TcpListener::from_std(socket.into())?)))
}

#[cfg(unix)]
fn bind_unix(path: &std::path::Path, faults: &Faults) -> io::Result<(Address, ListeningSocket)> {
    let socket = new_socket(Domain::UNIX, faults)?;
    let name = SockAddr::unix(path)?;
    match socket.bind(&name) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_stale(path, &name)? => {
            std::fs::remove_file(path)?;
            socket.bind(&name)?;
        }
        bound => bound?,
    }
    let (address, file) = (Address::Unix(path.to_owned()), SocketFile(path.to_owned()));
    if faults.refuse {
        return Ok((address, ListeningSocket::Refusing { _socket: socket, _file: Some(file) }));
    }
    socket.listen(BACKLOG)?;
    Ok((address, ListeningSocket::Unix { listener: UnixListener::from_std(socket.into())?, _file: file }))
}

/// Whether this is the file of a socket at which nobody listens.
#[cfg(unix)]
fn is_stale(path: &std::path::Path, name: &SockAddr) -> io::Result<bool> {
    use std::os::unix::fs::FileTypeExt;
    let is_socket = std::fs::symlink_metadata(path)?.file_type().is_socket();
    let refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    Ok(is_socket && Socket::new(Domain::UNIX, Type::STREAM, None)?.connect(name).is_err_and(refused))
}

fn new_socket(domain: Domain, faults: &Faults) -> io::Result<Socket> {
    let socket = Socket::new(domain, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    // Connections inherit it; set later, it would come too late for the window that the kernel offers.
    if let Some(octets) = faults.receive_buffer {
        socket.set_recv_buffer_size(octets)?;
    }
    Ok(socket)
}

/// Whether this machine has no such address: IPv6 may be switched off.
fn is_not_ours(error: &io::Error) -> bool {
    /// EAFNOSUPPORT of Linux, of the BSDs, and of Windows.
    const NO_SUCH_FAMILY: [i32; 3] = [97, 47, 10047];
    error.kind() == io::ErrorKind::AddrNotAvailable || error.raw_os_error().is_some_and(|code| NO_SUCH_FAMILY.contains(&code))
}

impl ListeningSocket {
    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        match self {
            Self::Tcp(listener) => {
                let accepted = std::task::ready!(listener.poll_accept(context));
                Poll::Ready(accepted.map(|(stream, peer)| (Stream::Tcp(stream), peer.to_string())))
            }
            #[cfg(unix)]
            Self::Unix { listener, .. } => {
                let accepted = std::task::ready!(listener.poll_accept(context));
                Poll::Ready(accepted.map(|(stream, _)| (Stream::Unix(stream), UNNAMED.to_owned())))
            }
            Self::Refusing { .. } => Poll::Pending,
        }
    }

    fn accept_waiting(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener) => {
                let (socket, peer) = SockRef::from(listener).accept()?;
                socket.set_nonblocking(true)?;
                let peer = peer.as_socket().map(|peer| peer.to_string()).unwrap_or_default();
                Ok((Stream::Tcp(TcpStream::from_std(socket.into())?), peer))
            }
            #[cfg(unix)]
            Self::Unix { listener, .. } => {
                let (socket, _) = SockRef::from(listener).accept()?;
                socket.set_nonblocking(true)?;
                Ok((Stream::Unix(UnixStream::from_std(socket.into())?), UNNAMED.to_owned()))
            }
            Self::Refusing { .. } => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

/// A connection.
pub(crate) enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
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
    /// Connects to `HOST:PORT` or `unix:PATH`.
    #[expect(clippy::disallowed_methods, reason = "the one place that connects: to an upstream")]
    pub(crate) async fn connect(address: &str) -> io::Result<Self> {
        match address.strip_prefix(crate::address::UNIX) {
            #[cfg(unix)]
            Some(path) => UnixStream::connect(path).await.map(Self::Unix),
            #[cfg(not(unix))]
            Some(_) => Err(io::Error::new(io::ErrorKind::Unsupported, "Unix sockets need a Unix")),
            None => TcpStream::connect(address).await.map(Self::Tcp),
        }
    }

    /// For one task at a time: unlike `readable` of the stream itself, this keeps nothing but that task's waker, so that many
    /// connections may wait at little cost.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        poll_fn(|task| either!(self, stream => stream.poll_read_ready(task))).await
    }

    /// For one task at a time, as [`readable`](Self::readable).
    pub(crate) async fn writable(&self) -> io::Result<()> {
        poll_fn(|task| either!(self, stream => stream.poll_write_ready(task))).await
    }

    pub(crate) fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        either!(self, stream => stream.try_read(buffer))
    }

    pub(crate) fn try_write(&self, octets: &[u8]) -> io::Result<usize> {
        either!(self, stream => stream.try_write(octets))
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

    fn socket(&self) -> SockRef<'_> {
        either!(self, stream => SockRef::from(stream))
    }
}
