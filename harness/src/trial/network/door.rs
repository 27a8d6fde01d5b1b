//! The process that holds a network, and opens sockets in there for the harness.
//!
//! Its stdin is the Unix socket to the harness. It ends when that is closed, however the harness ended. It keeps the capabilities that
//! it has in its user namespace, because it never executes anything.

use std::fs::{self, File};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::sockopt::{set_ipv6_v6only, set_socket_reuseaddr};
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, eth, ipproto, netlink, socket_with};
use rustix::process::getppid;
use rustix::stdio::stdin;

use crate::trial::network::failure::{Failure, Step};
use crate::trial::network::leftover::Leftover;
use crate::trial::network::loopback::Loopback;
use crate::trial::network::netlink::Netlink;
use crate::trial::network::patience::Patience;
use crate::trial::network::request::{Answer, Facts, Request};
use crate::trial::network::sockets::TcpSocket;
use crate::trial::network::tables::in_use;
use crate::trial::network::{namespace, processes, wire};

/// The most of one kind of leftover that is told.
const TOLD: usize = 20;

/// How often a socket that is not over is looked at again, and how far apart. A connection that both sides have closed is over when the
/// kernel has handed on its last segment, and nothing tells when that is.
const SETTLING: Patience = Patience { tries: 20, pause: Duration::from_millis(1) };

/// How many connections may be in TIME_WAIT: as many as on a machine of its usual size.
const REMEMBERED: &str = "131072";

/// The network that this process holds.
struct Room {
    loopback: Loopback,
    /// What loopback has as it was set up.
    addresses: Vec<IpAddr>,
    /// Addresses that were added for sockets of this trial.
    added: Vec<IpAddr>,
}

/// Makes a network and answers until nobody can ask any more; the process's status.
pub(crate) fn keep() -> i32 {
    match keep_until_closed() {
        Ok(()) => 0,
        // The harness is gone, or told already.
        Err(_) => 1,
    }
}

fn keep_until_closed() -> io::Result<()> {
    let harness = stdin();
    let (mut room, facts, finder) = match Room::make() {
        Ok(made) => made,
        Err(failure) => return wire::send(harness, &Answer::Failed(failure), &[]),
    };
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(File::open);
    let ways: Vec<_> = [finder.as_fd()].into_iter().chain(tables.iter().flatten().map(AsFd::as_fd)).collect();
    wire::send(harness, &Answer::Ready(facts), &ways)?;
    while let Some((request, _)) = wire::receive::<Request>(harness)? {
        match room.answer(request) {
            Ok((answer, socket)) => wire::send(harness, &answer, &socket.iter().map(AsFd::as_fd).collect::<Vec<_>>())?,
            Err(failure) => wire::send(harness, &Answer::Failed(failure), &[])?,
        }
    }
    Ok(())
}

impl Room {
    fn make() -> Result<(Self, Facts, Netlink), Failure> {
        let own_user = namespace::make_network()?;
        let loopback = Loopback::open().map_err(Step::Loopback.failed())?;
        let ipv6 = loopback.set_up().map_err(Step::Loopback.failed())?;
        // Where `/proc/sys` may not be written to, as in many containers, low ports are as everywhere on the machine.
        let low_ports = fs::write("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0").is_ok();
        // A small table of sockets would have few of them be remembered after their end, and the others answer by RST.
        let _ = fs::write("/proc/sys/net/ipv4/tcp_max_tw_buckets", REMEMBERED);
        let addresses = loopback.addresses().map_err(Step::Look.failed())?;
        let finder = Netlink::open(Some(netlink::SOCK_DIAG)).map_err(Step::Look.failed())?;
        Ok((Self { loopback, addresses, added: Vec::new() }, Facts { own_user, low_ports, ipv6 }, finder))
    }

    fn answer(&mut self, request: Request) -> Result<(Answer, Option<OwnedFd>), Failure> {
        let opened = match request {
            Request::Bind(address) => self.bind(address),
            Request::Connect(address) => connecting(address),
            Request::Packets => packets(),
            Request::LeftBehind { among_descendants } => {
                let left = self.left_behind(among_descendants).map_err(Step::Look.failed())?;
                return Ok((Answer::Left(left), None));
            }
        };
        opened.map(|socket| (Answer::Opened, Some(socket))).map_err(Step::Open.failed())
    }

    /// A socket at any address at all: one that loopback does not have, it gets.
    fn bind(&mut self, address: SocketAddr) -> io::Result<OwnedFd> {
        match bound(address) {
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {
                self.loopback.add(address.ip())?;
                self.added.push(address.ip());
                bound(address)
            }
            other => other,
        }
    }

    fn left_behind(&mut self, among_descendants: bool) -> io::Result<Vec<Leftover>> {
        let harness = getppid().and_then(|harness| u32::try_from(harness.as_raw_pid()).ok());
        let mut left = processes::in_this_network(harness.filter(|_| among_descendants));
        left.truncate(TOLD);
        left.extend(Self::sockets_left()?);
        left.extend(self.addresses_left()?);
        Ok(left)
    }

    fn sockets_left() -> io::Result<Vec<Leftover>> {
        let mut count = Ok(0);
        SETTLING.until(|| {
            count = sockets_in_use();
            matches!(count, Ok(0))
        });
        let count = count?;
        if count == 0 {
            return Ok(Vec::new());
        }
        let is_left = |socket: &TcpSocket| !socket.is_over();
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
        let tcp: Vec<TcpSocket> = tables.iter().flat_map(|table| TcpSocket::all_in(table)).filter(is_left).collect();
        let others = count.saturating_sub(tcp.len() as u64);
        let mut left: Vec<Leftover> = tcp.into_iter().take(TOLD).map(Leftover::Tcp).collect();
        left.extend(Some(Leftover::Sockets(others)).filter(|_| others > 0));
        Ok(left)
    }

    fn addresses_left(&mut self) -> io::Result<Vec<Leftover>> {
        for address in self.added.drain(..) {
            // One that the trial itself took away is gone as it should be.
            let _ = self.loopback.remove(address);
        }
        let now = self.loopback.addresses()?;
        let added = now.iter().filter(|address| !self.addresses.contains(address)).map(|address| Leftover::Added(*address));
        let gone = self.addresses.iter().filter(|address| !now.contains(address)).map(|address| Leftover::Gone(*address));
        Ok(added.take(TOLD).chain(gone).collect())
    }
}

fn sockets_in_use() -> io::Result<u64> {
    let ipv4 = fs::read_to_string("/proc/net/sockstat")?;
    // Where there is no IPv6, there is no such file.
    Ok(in_use(&ipv4) + fs::read_to_string("/proc/net/sockstat6").map_or(0, |ipv6| in_use(&ipv6)))
}

fn packets() -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(socket_with(AddressFamily::PACKET, SocketType::RAW, flags, Some(eth::ALL))?)
}

fn bound(address: SocketAddr) -> io::Result<OwnedFd> {
    let socket = tcp(address)?;
    // A trial before this one may have had the same address: its connections are over, and remembered for a minute.
    set_socket_reuseaddr(&socket, true)?;
    if address.is_ipv6() && address.ip().is_unspecified() {
        set_ipv6_v6only(&socket, false)?;
    }
    bind(&socket, &address)?;
    Ok(socket)
}

fn connecting(address: SocketAddr) -> io::Result<OwnedFd> {
    let socket = tcp(address)?;
    match connect(&socket, &address) {
        Ok(()) | Err(Errno::INPROGRESS) => Ok(socket),
        Err(error) => Err(error.into()),
    }
}

fn tcp(address: SocketAddr) -> io::Result<OwnedFd> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(socket_with(family, SocketType::STREAM, flags, Some(ipproto::TCP))?)
}
