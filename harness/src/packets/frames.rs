//! Building packets: Ethernet, IPv4 or IPv6, TCP, with their checksums.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use etherparse::{PacketBuilder, TcpHeader};

use super::direction::Direction;
use super::segment::Flags;

/// The addresses of a made connection, both of one family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoints {
    client: SocketAddr,
    server: SocketAddr,
}

/// What a segment says beside its data.
pub(super) struct Header {
    pub(super) direction: Direction,
    pub(super) sequence: u32,
    pub(super) acknowledgment: u32,
    pub(super) flags: Flags,
    /// Octets to behind the urgent one; of use where the flag is set.
    pub(super) urgent: u16,
}

/// Where a Unix socket is said to listen: an address for documentation, and a port that is nobody's.
const UNIX_SERVER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 49151);

impl Endpoints {
    /// These addresses. Where one is IPv4 and the other IPv6, the first is written as IPv6.
    #[must_use]
    pub fn new(client: SocketAddr, server: SocketAddr) -> Self {
        let (client, server) = (canonical(client), canonical(server));
        if client.is_ipv4() == server.is_ipv4() {
            return Self { client, server };
        }
        Self { client: mapped(client), server: mapped(server) }
    }

    /// Those that a capture names for a connection: `peer` of its `open`, `address` of its `start`.
    ///
    /// Unix sockets have none: theirs are made up, another client's for each connection. Where a recorder listened on every
    /// address, the one that was dialled is not known, and it is loopback's.
    #[must_use]
    pub fn of_capture(connection: u64, peer: &str, address: &str) -> Self {
        let client = peer.parse().map_or_else(|_| made_up(connection), canonical);
        let is_dialled = |server: &SocketAddr| server.ip().is_unspecified() || canonical(*server).is_ipv4() == client.is_ipv4();
        let server = listened(address).find(is_dialled).filter(|_| peer.parse::<SocketAddr>().is_ok());
        Self::new(client, server.map_or(UNIX_SERVER, |server| dialled(server, client)))
    }

    fn of(&self, direction: Direction) -> (SocketAddr, SocketAddr) {
        match direction {
            Direction::Received => (self.client, self.server),
            Direction::Sent => (self.server, self.client),
        }
    }

    /// Builds a packet in `frame`.
    pub(super) fn build(&self, header: &Header, data: &[u8], frame: &mut Vec<u8>) -> io::Result<()> {
        const HOPS: u8 = 64;
        frame.clear();
        let (source, target) = self.of(header.direction);
        // Loopback's cards have no addresses.
        let builder = PacketBuilder::ethernet2([0; 6], [0; 6]);
        let builder = match (source.ip(), target.ip()) {
            (IpAddr::V4(source), IpAddr::V4(target)) => builder.ipv4(source.octets(), target.octets(), HOPS),
            (source, target) => builder.ipv6(wide(source).octets(), wide(target).octets(), HOPS),
        };
        let builder = builder.tcp_header(tcp(header, source.port(), target.port()));
        builder.write_to_vec(frame, data).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error.to_string()))
    }
}

fn tcp(header: &Header, source: u16, target: u16) -> TcpHeader {
    let Flags { syn, ack, psh, fin, rst, urg } = header.flags;
    TcpHeader {
        acknowledgment_number: if ack { header.acknowledgment } else { 0 },
        syn,
        ack,
        psh,
        fin,
        rst,
        urg,
        urgent_pointer: header.urgent,
        ..TcpHeader::new(source, target, header.sequence, u16::MAX)
    }
}

/// The addresses of the network among those that a capture's `start` names.
pub(super) fn listened(address: &str) -> impl Iterator<Item = SocketAddr> {
    address.split(", ").filter_map(|address| address.parse().ok())
}

/// The address that a client dialled to reach a recorder that listened on `server`.
fn dialled(server: SocketAddr, client: SocketAddr) -> SocketAddr {
    match server.ip() {
        ip if !ip.is_unspecified() => server,
        _ if canonical(client).is_ipv4() => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), server.port()),
        _ => SocketAddr::new(Ipv6Addr::LOCALHOST.into(), server.port()),
    }
}

/// An address and a port that no other connection of a capture has: from 198.18.0.0/15, which is for measuring, and free ports.
fn made_up(connection: u64) -> SocketAddr {
    const PORTS: u64 = 1 << 14;
    let host = u32::try_from(connection / PORTS % (1 << 17)).unwrap_or(0);
    let port = u16::try_from(49152 + connection % PORTS).unwrap_or(u16::MAX);
    SocketAddr::new(Ipv4Addr::from_bits(Ipv4Addr::new(198, 18, 0, 0).to_bits() + host).into(), port)
}

pub(super) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

fn mapped(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(wide(address.ip()).into(), address.port())
}

fn wide(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}
