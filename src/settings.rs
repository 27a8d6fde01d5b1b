//! How a recorder behaves: what it answers, how it goes wrong on purpose, when it has had enough.

use std::fmt;
use std::time::Duration;

use crate::address::Upstream;
use crate::expression::Expression;
use crate::template::Template;
use crate::tls::{Tls, UpstreamTls};

/// Connections at once, where nothing else is said to `samewire serve`.
pub const CONNECTIONS_AT_ONCE: usize = 16_384;

/// Octets of one connection, where nothing else is said to `samewire serve`: 8 GiB.
pub const BYTES_PER_CONNECTION: u64 = 8 << 30;

/// Octets of all connections together, where nothing else is said to `samewire serve`: 64 GiB.
pub const BYTES_IN_ALL: u64 = 64 << 30;

/// Time without an octet in either direction, where nothing else is said to `samewire serve`: an hour.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(3600);

/// A match that more octets could make longer is taken as it is when none came for so long.
pub const SETTLED: Duration = Duration::from_millis(50);

/// How a recorder behaves. The default reads at once, answers nothing, knows no limits and stops only when it is told to.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What is answered.
    pub answers: Answers,
    /// How it goes wrong.
    pub faults: Faults,
    /// When it has had too much.
    pub limits: Limits,
    /// Finishes by itself after so many connections.
    pub connections: Option<u64>,
    /// TLS, where clients must speak it.
    pub tls: Option<Tls>,
    /// TLS to the upstream, where that wants it.
    pub upstream_tls: Option<UpstreamTls>,
    /// Whether connections that sent nothing are left out of that number: probes of whether anybody listens.
    pub skip_empty: bool,
}

/// What a recorder answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answers {
    /// These replies, in this order; none is no answer.
    Replies(Vec<Reply>),
    /// All that was received.
    Echo,
    /// What the server at this address answers. Each connection gets one of its own there.
    Upstream(Upstream),
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
    /// What is sent, in pieces: each is a write of its own.
    pub pieces: Vec<Template>,
    /// Waits so long between two pieces.
    pub pause: Duration,
    /// Given each time that what it waits for comes, from its turn on, and not once. It holds up no reply behind it.
    pub each_time: bool,
    /// Holds up no reply behind it, and is given whenever its time comes.
    pub optional: bool,
}

/// What a reply waits for. Replies are sent in their order, so a trigger also waits for the replies before it, but for those that
/// are optional or given each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// The connection: the server speaks first.
    Connect,
    /// So many octets received on the connection.
    Octets(u64),
    /// These octets, wherever they come. Each reply looks behind what the one before it has found.
    Pattern(Vec<u8>),
    /// A match of this expression, as [`Trigger::Pattern`]. One that more octets could lengthen is taken after [`SETTLED`] without any.
    Matches(Expression),
    /// The client's end of stream.
    Fin,
}

/// What a recorder does wrong on purpose, on every connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// Refuses connections: its port is taken, but nobody listens.
    pub refuse: bool,
    /// Takes a connection only so long after the kernel completed it.
    pub accept_delay: Duration,
    /// Waits so long before the first read.
    pub read_delay: Duration,
    /// Reads slowly.
    pub slow_read: Option<SlowRead>,
    /// The size of the kernel's receive buffer, in octets (the kernel may round it).
    pub receive_buffer: Option<usize>,
    /// How it cuts a connection off.
    pub cut: Option<Cut>,
    /// Sends its own end of stream after so many received octets (and the replies), and reads on.
    pub half_close_after: Option<u64>,
    /// Holds its close for so long after the client's end of stream.
    pub close_delay: Duration,
}

/// Reading slowly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlowRead {
    /// The most that one read takes; at least 1.
    pub bytes: usize,
    /// Waits so long after each read.
    pub every: Duration,
}

/// A connection that the recorder ends, after exactly so many octets; whatever else comes is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// By an end of stream, as a server does that is satisfied. The kernel answers what comes later with RST.
    Close(u64),
    /// By RST. A Unix socket has none: there it is a plain close.
    Reset(u64),
}

/// The most that a recorder takes. A connection that goes beyond is aborted, and its `close` says `limit`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once.
    pub connections_at_once: Option<usize>,
    /// Octets of one connection.
    pub bytes_per_connection: Option<u64>,
    /// The most octets of all connections together. Several that are read at the same moment may go beyond by one read each.
    pub bytes_in_all: Option<u64>,
    /// Time in which nothing was received or sent on a connection.
    pub idle: Option<Duration>,
}

impl Default for Answers {
    fn default() -> Self {
        Self::Replies(Vec::new())
    }
}

impl Reply {
    /// A reply in one piece, at once, on every connection.
    #[must_use]
    pub fn new(when: Trigger, octets: impl Into<Template>) -> Self {
        let (delay, pause) = (Duration::ZERO, Duration::ZERO);
        Self { when, delay, connection: None, pieces: vec![octets.into()], pause, each_time: false, optional: false }
    }

    /// Whether it holds up the replies behind it.
    pub(crate) fn is_mandatory(&self) -> bool {
        !self.each_time && !self.optional
    }

    pub(crate) fn is_for(&self, connection: u64) -> bool {
        self.connection.is_none_or(|only| only == connection)
    }
}

impl Trigger {
    /// Whether it holds as soon as there is a connection.
    pub(crate) fn holds_at_once(&self) -> bool {
        match self {
            Self::Connect => true,
            Self::Octets(count) => *count == 0,
            Self::Pattern(octets) => octets.is_empty(),
            Self::Matches(_) | Self::Fin => false,
        }
    }

    /// Whether it can come more than once on a connection.
    #[must_use]
    pub fn recurs(&self) -> bool {
        !self.holds_at_once() && *self != Self::Fin
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect => f.write_str("the connection"),
            Self::Octets(count) => write!(f, "{count} octets in all"),
            Self::Pattern(octets) => write!(f, "\"{}\"", octets.escape_ascii()),
            Self::Matches(expression) => write!(f, "a match of {expression}"),
            Self::Fin => f.write_str("the client's FIN"),
        }
    }
}

impl Cut {
    pub(crate) fn after(self) -> u64 {
        match self {
            Self::Close(after) | Self::Reset(after) => after,
        }
    }
}
