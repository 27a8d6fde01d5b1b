//! The flags of `samewire serve` that say how its recorder behaves. They are called as the fields of `[case.recorder]` are.

use std::time::Duration;

use clap::Args;
use samewire_recorder::{
    Answers, BYTES_IN_ALL, BYTES_PER_CONNECTION, CONNECTIONS_AT_ONCE, Cut, Faults, IDLE_TIMEOUT, Limits, Reply, SlowRead,
};

use super::reply;

/// What it answers.
#[derive(Debug, Args)]
pub struct AnswerArgs {
    #[arg(
        long,
        value_name = "WHEN=TEXT",
        value_parser = reply::parse,
        help = "Answer TEXT when WHEN has come: connect, fin, COUNT octets, or /PATTERN/ (see --help); may be given again",
        long_help = reply::HELP
    )]
    reply: Vec<Reply>,
    /// Send back all that arrives
    #[arg(long, conflicts_with_all = ["reply", "upstream"])]
    echo: bool,
    /// Pass everything on to this server (or unix:PATH) and its answers back, and record both
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "reply")]
    upstream: Option<String>,
}

/// What it does wrong on purpose.
#[derive(Debug, Args)]
pub struct FaultArgs {
    /// Take each connection only after so many milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0, hide_default_value = true)]
    accept_delay_ms: u64,
    /// Read nothing for so many milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0, hide_default_value = true)]
    read_delay_ms: u64,
    /// Read slowly: so many octets at a time
    #[arg(long, value_name = "N", requires = "read_every_ms", value_parser = clap::value_parser!(u32).range(1..))]
    read_bytes: Option<u32>,
    /// Read slowly: wait so many milliseconds after each read
    #[arg(long, value_name = "MS", requires = "read_bytes")]
    read_every_ms: Option<u64>,
    /// Ask the kernel for a receive buffer of so many octets
    #[arg(long, value_name = "N")]
    receive_buffer: Option<usize>,
    /// Close each connection after so many octets
    #[arg(long, value_name = "N", conflicts_with = "reset_after_bytes")]
    close_after_bytes: Option<u64>,
    /// Reset each connection after so many octets
    #[arg(long, value_name = "N")]
    reset_after_bytes: Option<u64>,
    /// Half-close each connection after so many octets, and read on
    #[arg(long, value_name = "N")]
    half_close_after_bytes: Option<u64>,
    /// Hold the close for so many milliseconds after the client's end of stream
    #[arg(long, value_name = "MS", default_value_t = 0, hide_default_value = true)]
    close_delay_ms: u64,
    /// Refuse every connection
    #[arg(long)]
    refuse: bool,
}

/// What it takes at the most.
#[derive(Debug, Args)]
pub struct LimitArgs {
    /// Connections at once
    #[arg(long, value_name = "N", default_value_t = CONNECTIONS_AT_ONCE)]
    pub max_connections: usize,
    /// Octets of one connection
    #[arg(long, value_name = "N", default_value_t = BYTES_PER_CONNECTION)]
    max_bytes: u64,
    /// Octets of all connections together
    #[arg(long, value_name = "N", default_value_t = BYTES_IN_ALL)]
    max_bytes_in_all: u64,
    /// Close a connection on which nothing moved for so many milliseconds
    #[arg(long, value_name = "MS", default_value_t = IDLE_TIMEOUT.as_millis() as u64)]
    idle_timeout_ms: u64,
}

impl AnswerArgs {
    pub fn answers(&self) -> Answers {
        match &self.upstream {
            Some(address) => Answers::Upstream(address.clone()),
            None if self.echo => Answers::Echo,
            None => Answers::Replies(self.reply.clone()),
        }
    }
}

impl FaultArgs {
    pub fn faults(&self) -> Faults {
        let slow = self.read_bytes.zip(self.read_every_ms);
        Faults {
            refuse: self.refuse,
            accept_delay: Duration::from_millis(self.accept_delay_ms),
            read_delay: Duration::from_millis(self.read_delay_ms),
            slow_read: slow.map(|(bytes, every)| SlowRead { bytes: bytes as usize, every: Duration::from_millis(every) }),
            receive_buffer: self.receive_buffer,
            cut: self.close_after_bytes.map(Cut::Close).or(self.reset_after_bytes.map(Cut::Reset)),
            half_close_after: self.half_close_after_bytes,
            close_delay: Duration::from_millis(self.close_delay_ms),
        }
    }
}

impl LimitArgs {
    pub fn limits(&self) -> Limits {
        Limits {
            connections_at_once: Some(self.max_connections),
            bytes_per_connection: Some(self.max_bytes),
            bytes_in_all: Some(self.max_bytes_in_all),
            idle: Some(Duration::from_millis(self.idle_timeout_ms)),
        }
    }
}
