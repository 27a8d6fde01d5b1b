//! The sockets of a network. Pure.

use std::fmt;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// The names of TCP's states, by the kernel's number.
const STATES: [&str; 13] = [
    "UNKNOWN",
    "ESTABLISHED",
    "SYN_SENT",
    "SYN_RECV",
    "FIN_WAIT1",
    "FIN_WAIT2",
    "TIME_WAIT",
    "CLOSE",
    "CLOSE_WAIT",
    "LAST_ACK",
    "LISTEN",
    "CLOSING",
    "NEW_SYN_RECV",
];

/// `LISTEN` among them.
const LISTEN: u8 = 10;

/// `TIME_WAIT` among them.
const TIME_WAIT: u8 = 6;

/// A TCP socket of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TcpSocket {
    /// Its own address.
    pub local: SocketAddr,
    /// The other side's; port 0 where there is none.
    pub remote: SocketAddr,
    /// The kernel's number of its state: 1 is established, 6 in TIME_WAIT, 10 listening.
    pub state: u8,
    /// What descriptors of it are called in `/proc/ID/fd`: `socket:[INODE]`. 0 where no process holds it any more.
    pub inode: u64,
}

impl TcpSocket {
    /// Whether it accepts connections.
    #[must_use]
    pub fn is_listening(&self) -> bool {
        self.state == LISTEN
    }

    /// Whether it is over, and only remembered by the kernel.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.state == TIME_WAIT
    }
}

/// `127.0.0.1:3099, LISTEN` or `127.0.0.1:40000 to 127.0.0.1:3099, ESTABLISHED`.
impl fmt::Display for TcpSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {}", self.local)?;
        if self.remote.port() != 0 {
            write!(f, " to {}", self.remote)?;
        }
        write!(f, ", {}", STATES.get(usize::from(self.state)).unwrap_or(&STATES[0]))
    }
}
