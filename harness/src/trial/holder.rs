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

    pub(super) fn holder_of(address: SocketAddr) -> Option<String> {
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
        let holds = |socket: &TcpSocket| {
            let local = socket.local;
            local.port() == address.port() && (local.ip() == address.ip() || local.ip().is_unspecified()) && socket.inode != 0
        };
        let inodes: Vec<u64> =
            tables.iter().flat_map(|table| TcpSocket::all_in(table)).filter(holds).map(|socket| socket.inode).collect();
        let id = processes().find(|id| inodes.iter().any(|inode| has_socket(*id, *inode)))?;
        let name = fs::read(format!("/proc/{id}/comm")).unwrap_or_default();
        Some(format!("{} (process {id})", printable::text(String::from_utf8_lossy(&name).trim_end())))
    }

    fn processes() -> impl Iterator<Item = u32> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
    }

    fn has_socket(id: u32, inode: u64) -> bool {
        let wanted = format!("socket:[{inode}]");
        let mut descriptors = fs::read_dir(format!("/proc/{id}/fd")).into_iter().flatten().flatten();
        descriptors.any(|descriptor| fs::read_link(descriptor.path()).is_ok_and(|target| target.as_os_str() == wanted.as_str()))
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    use std::net::SocketAddr;

    pub(super) fn holder_of(_: SocketAddr) -> Option<String> {
        None
    }
}
