//! The flags of `samewire serve` that say how its recorder behaves. They are called as the fields of `[case.recorder]` are.

use std::time::Duration;

use clap::Args;
use samewire_recorder::{
    Answers, BYTES_IN_ALL, BYTES_PER_CONNECTION, CONNECTIONS_AT_ONCE, Cut, Faults, IDLE_TIMEOUT, Limits, Reply, SlowRead,
    Upstream, comes_too_late, refused,
};

use super::reply;

/// What it answers.
#[derive(Debug, Args)]
pub(super) struct AnswerArgs {
    #[arg(
        long,
        value_name = "WHEN=TEXT",
        value_parser = reply::parse,
        help = "Answer TEXT once WHEN has happened: connect, fin, COUNT octets, or /PATTERN/ (see --help); may be repeated",
        long_help = reply::HELP
    )]
    reply: Vec<Reply>,
    /// Send back everything that arrives
    #[arg(long)]
    echo: bool,
    /// Forward everything to this server (or unix:PATH) and its answers back, and record both
    #[arg(long, value_name = "HOST:PORT")]
    upstream: Option<Upstream>,
}

/// What it does wrong on purpose.
#[derive(Debug, Args)]
pub(super) struct FaultArgs {
    /// Accept each connection only after this many milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0, hide_default_value = true)]
    accept_delay_ms: u64,
    /// Read nothing for this many milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0, hide_default_value = true)]
    read_delay_ms: u64,
    /// Read slowly: at most this many octets at a time
    #[arg(long, value_name = "N", requires = "read_every_ms", value_parser = clap::value_parser!(u32).range(1..))]
    read_bytes: Option<u32>,
    /// Read slowly: wait this many milliseconds after each read
    #[arg(long, value_name = "MS", requires = "read_bytes")]
    read_every_ms: Option<u64>,
    /// Ask the kernel for a receive buffer of this many octets
    #[arg(long, value_name = "N")]
    receive_buffer: Option<usize>,
    /// Close each connection after this many octets
    #[arg(long, value_name = "N")]
    close_after_bytes: Option<u64>,
    /// Reset each connection after this many octets
    #[arg(long, value_name = "N")]
    reset_after_bytes: Option<u64>,
    /// Half-close each connection after this many octets, and continue to read
    #[arg(long, value_name = "N")]
    half_close_after_bytes: Option<u64>,
    /// Delay the close for this many milliseconds after the client's end of stream
    #[arg(long, value_name = "MS", default_value_t = 0, hide_default_value = true)]
    close_delay_ms: u64,
    /// Refuse every connection
    #[arg(long)]
    refuse: bool,
}

/// What it takes at the most.
#[derive(Debug, Args)]
pub(super) struct LimitArgs {
    /// The most connections at once
    #[arg(long, value_name = "N", default_value_t = CONNECTIONS_AT_ONCE)]
    pub max_connections: usize,
    /// The most octets of one connection
    #[arg(long, value_name = "N", default_value_t = BYTES_PER_CONNECTION)]
    max_bytes: u64,
    /// The most octets of all connections together
    #[arg(long, value_name = "N", default_value_t = BYTES_IN_ALL)]
    max_bytes_in_all: u64,
    /// Close a connection that has been idle for this many milliseconds [default: an hour]
    #[arg(long, value_name = "MS")]
    idle_timeout_ms: Option<u64>,
}

impl AnswerArgs {
    pub(super) fn answers(&self) -> Answers {
        match &self.upstream {
            Some(address) => Answers::Upstream(address.clone()),
            None if self.echo => Answers::Echo,
            None => Answers::Replies(self.reply.clone()),
        }
    }
}

impl AnswerArgs {
    /// How many files each connection takes.
    pub(super) fn files_each(&self) -> u64 {
        1 + u64::from(self.upstream.is_some())
    }
}

/// What cannot go together, by the names of the flags.
pub(super) fn refusal(
    answers: &AnswerArgs,
    faults: &FaultArgs,
    limits: &LimitArgs,
    connections: Option<u64>,
    has_tls: bool,
) -> Option<String> {
    let flag = |name: &str| if name == "replies" { "--reply".to_owned() } else { format!("--{}", name.replace('_', "-")) };
    let given = [
        ("replies", !answers.reply.is_empty()),
        ("echo", answers.echo),
        ("upstream", answers.upstream.is_some()),
        ("refuse", faults.refuse),
        ("accept_delay_ms", faults.accept_delay_ms > 0),
        ("read_delay_ms", faults.read_delay_ms > 0),
        ("read_bytes", faults.read_bytes.is_some()),
        ("receive_buffer", faults.receive_buffer.is_some()),
        ("close_after_bytes", faults.close_after_bytes.is_some()),
        ("reset_after_bytes", faults.reset_after_bytes.is_some()),
        ("half_close_after_bytes", faults.half_close_after_bytes.is_some()),
        ("close_delay_ms", faults.close_delay_ms > 0),
        ("idle_timeout_ms", limits.idle_timeout_ms.is_some()),
        ("tls", has_tls),
        ("connections", connections.is_some()),
    ];
    let given: Vec<&str> = given.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| *name).collect();
    let cut_after = faults.close_after_bytes.or(faults.reset_after_bytes);
    refused(&given).map(|refused| refused.said(flag)).or_else(|| comes_too_late(faults.half_close_after_bytes, cut_after))
}

impl FaultArgs {
    pub(super) fn faults(&self) -> Faults {
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
    pub(super) fn limits(&self) -> Limits {
        Limits {
            connections_at_once: Some(self.max_connections),
            bytes_per_connection: Some(self.max_bytes),
            bytes_in_all: Some(self.max_bytes_in_all),
            idle: Some(self.idle_timeout_ms.map_or(IDLE_TIMEOUT, Duration::from_millis)),
        }
    }
}
