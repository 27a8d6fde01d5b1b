//! The socket of one connection, found without reading them all (sock_diag(7)).

use std::io;
use std::net::SocketAddr;

use rustix::io::Errno;

use crate::trial::network::netlink::{Ask, Netlink, parts};

/// `SOCK_DIAG_BY_FAMILY`.
const BY_FAMILY: u16 = 20;
/// `IPPROTO_TCP`.
const TCP: u8 = 6;
/// Octets of an address, whatever its family.
const ADDRESS: usize = 16;
/// Where an answer has the other side's port, and the inode.
const REMOTE_PORT: usize = 6;
const INODE: usize = 68;

/// The inode of the TCP socket with these addresses. `None` where there is none, or no process holds it any more.
pub(crate) fn inode(network: &Netlink, local: SocketAddr, remote: SocketAddr) -> io::Result<Option<u64>> {
    let answers = match network.ask(BY_FAMILY, Ask::One, &question(local, remote)) {
        Err(error) if error.raw_os_error() == Some(Errno::NOENT.raw_os_error()) => return Ok(None),
        answers => answers?,
    };
    let found = answers.iter().filter(|answer| answer.get(REMOTE_PORT..).is_some_and(|rest| is_port(rest, remote)));
    Ok(found
        .filter_map(|answer| answer.get(INODE..)?.first_chunk())
        .map(|inode| u32::from_ne_bytes(*inode).into())
        .find(|inode| *inode != 0))
}

/// A listener answers for connections that there are not.
fn is_port(octets: &[u8], remote: SocketAddr) -> bool {
    octets.starts_with(&remote.port().to_be_bytes())
}

fn question(local: SocketAddr, remote: SocketAddr) -> Vec<u8> {
    let (family, _) = parts(local.ip());
    // Nothing beyond the least, and sockets in any state.
    let mut body = vec![family, TCP, 0, 0, 0xff, 0xff, 0xff, 0xff];
    body.extend(local.port().to_be_bytes());
    body.extend(remote.port().to_be_bytes());
    for address in [local, remote] {
        let (_, mut octets) = parts(address.ip());
        octets.resize(ADDRESS, 0);
        body.extend(octets);
    }
    // Of any interface, and known by no other sign.
    body.extend([0; 4]);
    body.extend([0xff; 8]);
    body
}
