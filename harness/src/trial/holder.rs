//! Who holds an address of the machine's network, as far as this user may see. Linux only; elsewhere nobody is known.

use std::net::SocketAddr;

/// A process that has a socket bound to an address, for people: `node (process 4711)`.
pub(super) fn holder_of(address: SocketAddr) -> Option<String> {
    platform::holder_of(address)
}

#[cfg(target_os = "linux")]
mod platform {
    use std::fs;
    use std::net::SocketAddr;

    use crate::printable;
    use crate::trial::network::TcpSocket;
    use crate::trial::procfs;

    pub(super) fn holder_of(address: SocketAddr) -> Option<String> {
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
        let holds = |socket: &TcpSocket| {
            let local = socket.local;
            local.port() == address.port() && (local.ip() == address.ip() || local.ip().is_unspecified()) && socket.inode != 0
        };
        let inodes: Vec<u64> =
            tables.iter().flat_map(|table| TcpSocket::all_in(table)).filter(holds).map(|socket| socket.inode).collect();
        let id = procfs::all().find(|id| inodes.iter().any(|inode| procfs::has_socket(*id, *inode)))?;
        Some(format!("{} (process {id})", printable::text(&procfs::name(id))))
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    use std::net::SocketAddr;

    pub(super) fn holder_of(_: SocketAddr) -> Option<String> {
        None
    }
}
