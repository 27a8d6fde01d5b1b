//! How a recorder behaves: when it reads, what it answers, when it has seen enough.

use std::time::Duration;

/// How a recorder behaves. The default reads at once, answers nothing and stops only when it is told to.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Waits so long before the first read of each connection.
    pub read_delay: Duration,
    /// What is answered, in this order.
    pub replies: Vec<Reply>,
    /// Finishes by itself after so many connections.
    pub connections: Option<u64>,
}

/// One answer of the recorder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What it waits for.
    pub when: Trigger,
    /// Waits so long after that.
    pub delay: Duration,
    /// The connection it is for, from 1; `None` is every one.
    pub connection: Option<u64>,
    /// What is sent.
    pub octets: Vec<u8>,
}

/// What a reply waits for. Replies are sent in their order, so a trigger also waits for the replies before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// The connection: the server speaks first.
    Connect,
    /// So many octets received on the connection.
    Octets(u64),
    /// The client's end of stream.
    Fin,
}
