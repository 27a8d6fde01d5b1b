//! What a door is asked, and what it answers.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::trial::network::failure::Failure;
use crate::trial::network::leftover::Leftover;

/// What a door is asked.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Request {
    /// A TCP socket that is bound to this address and does not listen yet.
    Bind(SocketAddr),
    /// A TCP socket that is being connected to this address.
    Connect(SocketAddr),
    /// A socket that receives every packet of the network.
    Packets,
    /// What a trial left there.
    LeftBehind {
        /// Whether all that a trial can have started descends from the door's parent.
        among_descendants: bool,
    },
}

/// What a door answers.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// The network is there. Unasked, the first answer; with a way to ask the kernel for its sockets, and
    /// the tables of its TCP sockets, IPv4 and IPv6.
    Ready(Facts),
    /// What was asked for is in the message.
    Opened,
    /// This is left.
    Left(Vec<Leftover>),
    /// It could not be done.
    Failed(Failure),
}

/// What a network is like.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Facts {
    /// It is in a user namespace of its own.
    pub own_user: bool,
    /// Every program may bind ports below 1024.
    pub low_ports: bool,
    /// It has IPv6.
    pub ipv6: bool,
}
