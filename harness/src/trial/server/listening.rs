//! Whether somebody listens on an address: looked up, so that no server meets a connection that is nobody's.

use std::net::SocketAddr;

#[cfg(target_os = "linux")]
use crate::trial::network::TcpSocket;

/// The first of these addresses on which somebody listens in the machine's network.
#[cfg(target_os = "linux")]
pub(super) async fn in_ours(addresses: &[SocketAddr]) -> Option<SocketAddr> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| std::fs::read_to_string(path).unwrap_or_default());
    let sockets: Vec<TcpSocket> = tables.iter().flat_map(|table| TcpSocket::all_in(table)).collect();
    among(&sockets, addresses)
}

/// The same where nothing can be looked up: by a connection.
#[cfg(not(target_os = "linux"))]
pub(super) async fn in_ours(addresses: &[SocketAddr]) -> Option<SocketAddr> {
    for address in addresses {
        let is_there = match address.to_string().parse::<samewire_recorder::Upstream>() {
            Ok(server) => server.accepts().await,
            Err(_) => false,
        };
        if is_there {
            return Some(*address);
        }
    }
    None
}

/// The first of these addresses on which one of these sockets listens.
#[cfg(target_os = "linux")]
pub(super) fn among(sockets: &[TcpSocket], addresses: &[SocketAddr]) -> Option<SocketAddr> {
    let mut addresses = addresses.iter().copied();
    addresses.find(|address| sockets.iter().any(|socket| socket.is_listening() && covers(socket.local, *address)))
}

/// Whether who listens on `own` is reached at `address`. The unspecified address of IPv6 is mostly that of IPv4 too; where it is not,
/// connecting says so.
#[cfg(target_os = "linux")]
fn covers(own: SocketAddr, address: SocketAddr) -> bool {
    let is_any = own.ip().is_unspecified() && (own.is_ipv6() || address.is_ipv4());
    own.port() == address.port() && (is_any || own.ip() == address.ip().to_canonical())
}
