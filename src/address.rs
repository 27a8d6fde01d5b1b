//! Where a recorder listens, and where its upstream does: a TCP address, or the path of a Unix socket.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// What marks the path of a Unix socket: `unix:/run/recorder.sock`.
pub const UNIX: &str = "unix:";

/// An address to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// An IP address and a port; port 0 picks a free one.
    Tcp(SocketAddr),
    /// A Unix socket at this path.
    Unix(PathBuf),
}

/// The address of a server: `HOST:PORT`, `[::1]:PORT` or `unix:PATH`; or one that others connect to ([`Upstream::through`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream(Target);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Tcp { host: String, port: u16 },
    Unix(PathBuf),
    Way(Way),
}

/// Connects to addresses that mean something elsewhere.
pub(crate) type Connect = dyn Fn(SocketAddr) -> io::Result<TcpStream> + Send + Sync;

/// The way to a server at one of some addresses.
#[derive(Clone)]
pub(crate) struct Way {
    /// What it is called, for people.
    name: String,
    /// Tried one after the other.
    pub(crate) addresses: Vec<SocketAddr>,
    /// Connects, where the addresses are of another network.
    pub(crate) connect: Option<Arc<Connect>>,
    pub(crate) seen: Arc<Seen>,
}

/// What was seen of a way.
#[derive(Default)]
pub(crate) struct Seen {
    /// When it was first gone.
    pub(crate) first: OnceLock<Instant>,
    /// Whether a connection to it failed, or could not be made.
    failed: AtomicBool,
}

/// Two are the same where one was made of the other.
impl PartialEq for Way {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.seen, &other.seen)
    }
}

impl Eq for Way {}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Way").field("name", &self.name).field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// `unix:` with nothing behind it.
    #[error("`unix:` must be followed by the path of a socket")]
    NoPath,
    /// Not an IP address with a port.
    #[error("{0:?} is neither an IP address with a port, such as 127.0.0.1:3099 or [::1]:3099, nor unix:PATH")]
    NoAddress(String),
    /// Not a host with a port.
    #[error("{0:?} is neither HOST:PORT nor unix:PATH: {1}")]
    NoServer(String, &'static str),
}

impl Address {
    /// Whether other machines can reach it.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        match self {
            Self::Tcp(address) => !address.ip().to_canonical().is_loopback(),
            Self::Unix(_) => false,
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address)
    }
}

/// `unix:PATH`, or an IP address with a port: `127.0.0.1:3099`, `[::1]:3099`.
impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix(UNIX) {
            Some(path) => path_of(path).map(Self::Unix),
            None => text.parse().map(Self::Tcp).map_err(|_| AddressError::NoAddress(text.to_owned())),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "{UNIX}{}", path.display()),
        }
    }
}

impl Upstream {
    /// A server that is reached by what `connect` returns: a socket that connects to one of these addresses, or has, in a network that
    /// need not be this process's. It does not block. The addresses are tried one after the other; `name` stands for them in messages.
    #[must_use]
    pub fn through(
        name: impl Into<String>,
        addresses: Vec<SocketAddr>,
        connect: impl Fn(SocketAddr) -> io::Result<TcpStream> + Send + Sync + 'static,
    ) -> Self {
        Self::by(name.into(), addresses, Some(Arc::new(connect)))
    }

    /// A server at one of these addresses, which are tried one after the other; `name` stands for them in messages.
    #[must_use]
    pub fn at(name: impl Into<String>, addresses: Vec<SocketAddr>) -> Self {
        Self::by(name.into(), addresses, None)
    }

    fn by(name: String, addresses: Vec<SocketAddr>, connect: Option<Arc<Connect>>) -> Self {
        Self(Target::Way(Way { name, addresses, connect, seen: Arc::default() }))
    }

    /// When a connection to it was first asked for, of one made by [`Upstream::at`] or [`Upstream::through`].
    #[must_use]
    pub fn first_asked(&self) -> Option<Instant> {
        match &self.0 {
            Target::Way(way) => way.seen.first.get().copied(),
            Target::Tcp { .. } | Target::Unix(_) => None,
        }
    }

    /// Whether a connection to it failed, or could not be made, of one made by [`Upstream::at`] or [`Upstream::through`].
    #[must_use]
    pub fn has_failed(&self) -> bool {
        matches!(&self.0, Target::Way(way) if way.seen.failed.load(Ordering::Relaxed))
    }

    pub(crate) fn fail(&self) {
        if let Target::Way(way) = &self.0 {
            way.seen.failed.store(true, Ordering::Relaxed);
        }
    }

    /// Whether its addresses mean the same as in the network of this process.
    pub(crate) fn is_here(&self) -> bool {
        !matches!(&self.0, Target::Way(Way { connect: Some(_), .. }))
    }

    /// What its certificate is to be for: its host.
    pub(crate) fn host(&self) -> String {
        match &self.0 {
            Target::Tcp { host, .. } => host.clone(),
            Target::Way(way) => way.addresses.first().map(|address| address.ip().to_string()).unwrap_or_default(),
            Target::Unix(_) => "localhost".into(),
        }
    }

    pub(crate) fn target(&self) -> &Target {
        &self.0
    }

    /// Whether it must be looked up.
    pub(crate) fn is_a_name(&self) -> bool {
        matches!(&self.0, Target::Tcp { host, .. } if host.parse::<IpAddr>().is_err())
    }

    /// Whether this is, as far as can be seen without looking up a name, who listens at `own`.
    #[must_use]
    pub fn leads_to(&self, own: &Address) -> bool {
        match (&self.0, own) {
            (Target::Unix(path), Address::Unix(own)) => same_file(path, own),
            (Target::Tcp { host, port }, Address::Tcp(own)) if *port == own.port() => {
                ips(host).into_iter().any(|ip| is_reached(own.ip().to_canonical(), ip.to_canonical()))
            }
            _ => false,
        }
    }
}

impl FromStr for Upstream {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix(UNIX) {
            return path_of(path).map(Target::Unix).map(Self);
        }
        let wrong = |why| AddressError::NoServer(text.to_owned(), why);
        if text.contains("://") {
            return Err(wrong("it must not have a scheme"));
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(|| wrong("it has no port"))?;
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(inner) if inner.parse::<Ipv6Addr>().is_ok() => inner,
            Some(_) => return Err(wrong("only IPv6 addresses stand in brackets")),
            None if host.contains([':', '[', ']']) => return Err(wrong("an IPv6 address stands in brackets")),
            None if host.is_empty() => return Err(wrong("it has no host")),
            None if host.contains(|c: char| c.is_whitespace() || c.is_control() || "/@?#".contains(c)) => {
                return Err(wrong("that is not a host name"));
            }
            None => host,
        };
        let is_number = !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit());
        match port.parse() {
            Ok(port @ 1..) if is_number => Ok(Self(Target::Tcp { host: host.to_owned(), port })),
            _ => Err(wrong("its port is not a number from 1 to 65535")),
        }
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Target::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Target::Tcp { host, port } => write!(f, "{host}:{port}"),
            Target::Unix(path) => write!(f, "{UNIX}{}", path.display()),
            Target::Way(way) => f.write_str(&way.name),
        }
    }
}

fn path_of(path: &str) -> Result<PathBuf, AddressError> {
    if path.is_empty() { Err(AddressError::NoPath) } else { Ok(path.into()) }
}

/// What a host is known to be without asking anybody.
fn ips(host: &str) -> Vec<IpAddr> {
    let host = host.trim_end_matches('.');
    if host.eq_ignore_ascii_case("localhost") {
        return vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    }
    host.parse().into_iter().collect()
}

/// Whether who connects to `ip` reaches a listener at `own`. The unspecified address leads to the machine itself.
fn is_reached(own: IpAddr, ip: IpAddr) -> bool {
    let is_local = |ip: IpAddr| ip.is_loopback() || ip.is_unspecified();
    ip == own || (ip.is_unspecified() && is_local(own)) || (own.is_unspecified() && is_local(ip))
}

fn same_file(one: &Path, other: &Path) -> bool {
    one == other || one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

/// IPv4 looks the same however it is written.
pub(crate) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_as_it_is_written() {
        for text in ["127.0.0.1:3099", "[::1]:0", "unix:/run/a b.sock"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        assert!("localhost:1".parse::<Address>().is_err(), "names are looked up elsewhere");
        assert_eq!("unix:".parse::<Address>(), Err(AddressError::NoPath));
    }

    #[test]
    fn only_loopback_and_unix_sockets_are_out_of_reach() {
        let exposed = |text: &str| text.parse::<Address>().unwrap().is_exposed();
        for text in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1", "unix:a"] {
            assert!(!exposed(text), "{text}");
        }
        for text in ["0.0.0.0:1", "[::]:1", "192.0.2.1:1", "[::ffff:192.0.2.1]:1"] {
            assert!(exposed(text), "{text}");
        }
    }

    #[test]
    fn a_server_has_a_host_and_a_port_or_a_path() {
        for text in ["localhost:6379", "127.0.0.1:1", "[::1]:65535", "no-such_host.invalid:80", "unix:/run/a b.sock"] {
            assert_eq!(text.parse::<Upstream>().unwrap().to_string(), text);
        }
        let wrong = [
            "",
            "localhost",
            "tcp://h:1",
            "h:99999",
            ":6379",
            "unix:",
            "h:0",
            "h:",
            "h:+1",
            "h:1x",
            "::1:80",
            "[::1]",
            "[h]:1",
            "a b:1",
            "h/p:1",
            "u@h:1",
            "[]:1",
        ];
        for text in wrong {
            assert!(text.parse::<Upstream>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_recorder_that_would_be_its_own_upstream_is_seen() {
        let leads = |upstream: &str, own: &str| upstream.parse::<Upstream>().unwrap().leads_to(&own.parse().unwrap());
        for (upstream, own) in [
            ("127.0.0.1:7", "127.0.0.1:7"),
            ("localhost:7", "127.0.0.1:7"),
            ("LocalHost.:7", "[::1]:7"),
            ("0.0.0.0:7", "127.0.0.1:7"),
            ("127.0.0.1:7", "0.0.0.0:7"),
            ("127.0.0.2:7", "0.0.0.0:7"),
            ("[::1]:7", "[::]:7"),
            ("[::ffff:127.0.0.1]:7", "127.0.0.1:7"),
            ("127.0.0.1:7", "[::]:7"),
            ("unix:a", "unix:a"),
        ] {
            assert!(leads(upstream, own), "{upstream} {own}");
        }
        for (upstream, own) in
            [("127.0.0.1:8", "127.0.0.1:7"), ("127.0.0.2:7", "127.0.0.1:7"), ("192.0.2.1:7", "127.0.0.1:7"), ("unix:b", "unix:a")]
        {
            assert!(!leads(upstream, own), "{upstream} {own}");
        }
    }
}
