//! What people must be told of a recording while it goes on, beside its events.

use std::fmt;
use std::io;

use crate::address::Upstream;
use crate::turns::Waiting;

/// Something that a person who watches a recording should know.
#[derive(Debug)]
#[non_exhaustive]
pub enum Notice {
    /// A connection went beyond a limit and was aborted.
    Limit {
        /// The connection.
        connection: u64,
        /// The limit.
        limit: Limit,
    },
    /// No more connections can be accepted until one has closed; those that wait are not lost.
    TooManyFiles {
        /// How many connections are open.
        open: usize,
    },
    /// The server that was to answer did not.
    Upstream {
        /// The connection.
        connection: u64,
        /// The server's address.
        address: Upstream,
        /// What went wrong.
        error: io::Error,
    },
    /// A connection was over before a reply had its time.
    Waits {
        /// The connection.
        connection: u64,
        /// The reply, and what it waited for.
        waiting: Waiting,
    },
}

/// A limit of [`crate::Limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// Connections at once.
    ConnectionsAtOnce(usize),
    /// Octets of one connection.
    BytesPerConnection(u64),
    /// The most octets of all connections together.
    BytesInAll(u64),
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit { connection, limit } => write!(f, "#{connection} aborted: beyond the limit of {limit}"),
            Self::TooManyFiles { open } => write!(
                f,
                "too many open files at {open} connections: others wait until one closes; raise `ulimit -n` for more at once"
            ),
            Self::Upstream { connection, address, error } => {
                write!(f, "#{connection} aborted: upstream {address}: {error}")
            }
            Self::Waits { connection, waiting } => write!(f, "#{connection} is over, and {waiting}"),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConnectionsAtOnce(limit) => write!(f, "{limit} connections at once"),
            Self::BytesPerConnection(limit) => write!(f, "{limit} octets a connection"),
            Self::BytesInAll(limit) => write!(f, "{limit} octets in all"),
        }
    }
}
