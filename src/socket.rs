//! TCP and Unix sockets behind one listener and one stream.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, Read};
use std::net::{Shutdown, SocketAddr};
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};
use tokio::io::Interest;
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};
#[cfg(unix)]
use tokio::net::{UnixListener, UnixStream};
use tokio::time::{Instant, sleep_until};

use crate::address::{Address, Target, Upstream};
use crate::settings::{Answers, Faults, Settings};
#[cfg(unix)]
use crate::socket_file::SocketFile;
use crate::urgent;

/// Connections that the kernel completes for a recorder before it accepts them.
const BACKLOG: i32 = 1024;

/// How a client of a Unix socket is called: it has no address.
const UNNAMED: &str = "unix";

/// Sockets that connections arrive at. A Unix socket's file goes when this does.
pub struct Listener {
    sockets: Vec<(Address, ListeningSocket)>,
    accept_delay: Duration,
    /// Connections whose time to be accepted has not come, the first of them first.
    delayed: VecDeque<(Instant, Accepted)>,
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
    if let Answers::Upstream(upstream) = &settings.answers
        && sockets.iter().any(|(address, _)| upstream.leads_to(address))
    {
        let problem = format!("the upstream {upstream} is this recorder itself; name the server that is to answer");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    }
    Ok(Listener { sockets, accept_delay: settings.faults.accept_delay, delayed: VecDeque::new() })
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
        if self.accept_delay.is_zero() {
            return poll_fn(|context| self.poll_accept(context)).await;
        }
        loop {
            let due = self.delayed.front().map(|(at, _)| *at);
            let is_full = self.delayed.len() >= BACKLOG as usize;
            tokio::select! {
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    if let Some((_, accepted)) = self.delayed.pop_front() {
                        return Ok(accepted);
                    }
                }
                accepted = poll_fn(|context| self.poll_accept(context)), if !is_full => match accepted {
                    Ok(accepted) => self.delayed.push_back((Instant::now() + self.accept_delay, accepted)),
                    Err(error) => match due {
                        // Those whose time comes make room again.
                        Some(at) => sleep_until(at).await,
                        None => return Err(error),
                    },
                },
            }
        }
    }

    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        let polled = self.sockets.iter().map(|(_, socket)| socket.poll_accept(context));
        polled.into_iter().find(Poll::is_ready).unwrap_or(Poll::Pending)
    }

    /// A connection that the kernel has completed already. Asks the kernel itself: tokio knows only of what it was woken for.
    pub(crate) fn accept_waiting(&mut self) -> io::Result<Option<Accepted>> {
        if let Some((_, accepted)) = self.delayed.pop_front() {
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
        #[cfg(unix)]
        _file: Option<SocketFile>,
    },
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
        let refusing = ListeningSocket::Refusing {
            _socket: socket,
            #[cfg(unix)]
            _file: None,
        };
        return Ok((address, refusing));
    }
    socket.listen(BACKLOG)?;
    Ok((address, ListeningSocket::Tcp(TcpListener::from_std(socket.into())?)))
}

#[cfg(unix)]
fn bind_unix(path: &std::path::Path, faults: &Faults) -> io::Result<(Address, ListeningSocket)> {
    let socket = new_socket(Domain::UNIX, faults)?;
    let (address, file) = (Address::Unix(path.to_owned()), SocketFile::bind(&socket, path)?);
    if faults.refuse {
        return Ok((address, ListeningSocket::Refusing { _socket: socket, _file: Some(file) }));
    }
    socket.listen(BACKLOG)?;
    Ok((address, ListeningSocket::Unix { listener: UnixListener::from_std(socket.into())?, _file: file }))
}

/// IPv4 looks the same however it is written.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

fn new_socket(domain: Domain, faults: &Faults) -> io::Result<Socket> {
    let socket = Socket::new(domain, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    // Connections inherit it: urgent octets stay where they are in the stream.
    socket.set_out_of_band_inline(true)?;
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
                Poll::Ready(accepted.and_then(|(stream, _)| Ok((Stream::of_unix(stream)?, UNNAMED.to_owned()))))
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
                Ok((Stream::of_unix(UnixStream::from_std(socket.into())?)?, UNNAMED.to_owned()))
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

/// What one read took.
pub(crate) struct Taken {
    pub(crate) count: usize,
    /// Whether the first of these octets came as urgent.
    pub(crate) urgent: bool,
    /// Whether an urgent octet is still to be read.
    urgent_ahead: bool,
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
    /// Connects to a server.
    pub(crate) async fn connect(address: &Upstream) -> io::Result<Self> {
        match address.target() {
            #[cfg(unix)]
            Target::Unix(path) => UnixStream::connect(path).await.and_then(Self::of_unix),
            #[cfg(not(unix))]
            Target::Unix(_) => Err(io::Error::new(io::ErrorKind::Unsupported, "Unix sockets need a Unix")),
            Target::Tcp { host, port } => Self::connect_tcp(host, *port).await.map(Self::Tcp),
        }
    }

    /// Tries one address of the host after the other.
    #[expect(clippy::disallowed_methods, reason = "the one place that connects: to an upstream")]
    async fn connect_tcp(host: &str, port: u16) -> io::Result<TcpStream> {
        let mut failed = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        for address in lookup_host((host, port)).await? {
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
    fn of_unix(stream: UnixStream) -> io::Result<Self> {
        SockRef::from(&stream).set_out_of_band_inline(true)?;
        Ok(Self::Unix(stream))
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
