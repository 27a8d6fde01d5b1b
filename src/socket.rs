//! Listening: TCP and Unix sockets behind one listener.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
#[cfg(unix)]
use tokio::net::{UnixListener, UnixStream};
use tokio::time::{Instant, sleep_until};

use crate::address::Address;
use crate::settings::{Answers, Faults, Settings};
#[cfg(unix)]
use crate::socket_file::{SocketFile, UNNAMED};
use crate::stream::Stream;

/// Connections that the kernel completes for a recorder before it accepts them.
const BACKLOG: i32 = 1024;

/// Sockets that connections arrive at. A Unix socket's file goes when this does.
pub struct Listener {
    sockets: Vec<(Address, ListeningSocket)>,
    accept_delay: Duration,
    /// Whether its addresses alone do not say to which one a connection came.
    tells_address: bool,
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
    Listener::of(sockets, settings)
}

/// Listens on TCP sockets that are bound and do not listen yet, as [`listen`] does on its own: they may be in another network. Needs
/// a tokio runtime.
///
/// # Errors
/// Whatever the operating system says.
pub fn listen_on(sockets: Vec<std::net::TcpListener>, settings: &Settings) -> io::Result<Listener> {
    let prepared = |socket: std::net::TcpListener| {
        let socket = prepared(socket.into(), &settings.faults)?;
        let address = socket.local_addr()?.as_socket().ok_or(io::ErrorKind::Unsupported)?;
        listening(socket, address, &settings.faults)
    };
    Listener::of(sockets.into_iter().map(prepared).collect::<io::Result<_>>()?, settings)
}

/// Refuses to be its own upstream.
fn check_upstream(sockets: &[(Address, ListeningSocket)], settings: &Settings) -> io::Result<()> {
    if let Answers::Upstream(upstream) = &settings.answers
        && sockets.iter().any(|(address, _)| upstream.leads_to(address))
    {
        let problem = format!("the upstream {upstream} is this recorder itself; name the server that is to answer");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    }
    Ok(())
}

/// A connection that was accepted.
pub(crate) struct Accepted {
    pub(crate) stream: Stream,
    /// Who made it.
    pub(crate) peer: String,
    /// The address that it came to, where that has to be told.
    pub(crate) address: Option<String>,
}

/// A connection, and who made it.
type Incoming = (Stream, String);

impl Listener {
    fn of(sockets: Vec<(Address, ListeningSocket)>, settings: &Settings) -> io::Result<Self> {
        check_upstream(&sockets, settings)?;
        let stands_for_many = |address: &Address| matches!(address, Address::Tcp(address) if address.ip().is_unspecified());
        let tells_address = sockets.len() > 1 || sockets.iter().any(|(address, _)| stands_for_many(address));
        Ok(Self { sockets, accept_delay: settings.faults.accept_delay, tells_address, delayed: VecDeque::new() })
    }

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
        let polled = self.sockets.iter().map(|(address, socket)| {
            socket.poll_accept(context).map(|accepted| accepted.map(|incoming| self.accepted(address, incoming)))
        });
        polled.into_iter().find(Poll::is_ready).unwrap_or(Poll::Pending)
    }

    fn accepted(&self, listened: &Address, (stream, peer): Incoming) -> Accepted {
        let address = self.tells_address.then(|| match listened {
            Address::Tcp(listened) => stream.own_address().unwrap_or(*listened).to_string(),
            Address::Unix(_) => listened.to_string(),
        });
        Accepted { stream, peer, address }
    }

    /// A connection that the kernel has completed already. Asks the kernel itself: tokio knows only of what it was woken for.
    pub(crate) fn accept_waiting(&mut self) -> io::Result<Option<Accepted>> {
        if let Some((_, accepted)) = self.delayed.pop_front() {
            return Ok(Some(accepted));
        }
        for (address, socket) in &self.sockets {
            match socket.accept_waiting() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                other => return other.map(|incoming| Some(self.accepted(address, incoming))),
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
    // Elsewhere this option would let two recorders share a port, and here two that do not listen: but at a port that was asked for,
    // connections of an earlier recorder may be remembered for a minute.
    #[cfg(unix)]
    socket.set_reuse_address(!faults.refuse || address.port() != 0)?;
    // Systems differ in whether `::` is IPv4 as well.
    if address.is_ipv6() && address.ip().is_unspecified() {
        socket.set_only_v6(false)?;
    }
    socket.bind(&address.into())?;
    let address = socket.local_addr()?.as_socket().unwrap_or(address);
    listening(socket, address, faults)
}

/// What is bound to a TCP address, listening where it does not refuse.
fn listening(socket: Socket, address: SocketAddr, faults: &Faults) -> io::Result<(Address, ListeningSocket)> {
    let address = address.into();
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

fn new_socket(domain: Domain, faults: &Faults) -> io::Result<Socket> {
    prepared(Socket::new(domain, Type::STREAM, None)?, faults)
}

/// A socket with all that its connections inherit, before it listens.
fn prepared(socket: Socket, faults: &Faults) -> io::Result<Socket> {
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
    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<Incoming>> {
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

    fn accept_waiting(&self) -> io::Result<Incoming> {
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
