//! What a trial left in a network, so that no other is to use it.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::trial::network::sockets::TcpSocket;

/// Something that a trial left in a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Leftover {
    /// A process that is still in there.
    Process {
        /// Its id.
        id: u32,
        /// What the kernel calls it: the first 15 octets of its program's name.
        name: String,
    },
    /// A TCP socket that listens, or is not over yet. One in TIME_WAIT is over.
    Tcp(TcpSocket),
    /// So many UDP and raw sockets.
    Sockets(u64),
    /// An address that was added.
    Added(IpAddr),
    /// An address that was taken away.
    Gone(IpAddr),
}

impl fmt::Display for Leftover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The name is the client's own choice.
            Self::Process { id, name } => write!(f, "process {id}, {name:?}"),
            Self::Tcp(socket) => write!(f, "a TCP socket {socket}"),
            Self::Sockets(1) => f.write_str("a UDP or raw socket"),
            Self::Sockets(count) => write!(f, "{count} UDP or raw sockets"),
            Self::Added(address) => write!(f, "the address {address}, which was added"),
            Self::Gone(address) => write!(f, "the address {address} is gone"),
        }
    }
}
