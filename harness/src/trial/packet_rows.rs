//! The packets of a trial as its report has them: few, and on the clock of its capture.

use serde::{Deserialize, Serialize};

use crate::packets::{Assembly, Clock, Direction, Passed, Row};

/// The packets of a trial in the order in which they passed, at most 200.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PacketRows {
    /// The first.
    pub first: Vec<PacketRow>,
    /// How many are left out behind them.
    pub left_out: u64,
    /// The last.
    pub last: Vec<PacketRow>,
}

/// A packet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PacketRow {
    /// Microseconds since the recorder started; negative where it passed before.
    pub at_us: i64,
    /// The number of its connection in the capture; none where the recorder never had it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<u64>,
    /// From where to where, of a connection that the recorder never had: `127.0.0.1:40000 to 127.0.0.1:11300`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between: Option<String>,
    /// Which way it went.
    pub direction: Direction,
    /// What it says beside its data: `SYN, ACK`.
    pub flags: String,
    /// The number of its first octet, counted from its sender's SYN; none where that was not seen.
    pub sequence: Option<u64>,
    /// The number that its sender expects next, counted from the other side's SYN.
    pub acknowledged: Option<u64>,
    /// Octets of headers.
    pub header: usize,
    /// Octets of data.
    pub data: usize,
    /// What is data and what is header, for people: `68 octets: 14 Ethernet, 20 IPv4, 32 TCP with timestamps, 2 data`.
    pub sizes: String,
}

impl PacketRows {
    /// Those of a trial; `numbers` are those of its connections in the capture.
    #[must_use]
    pub fn of(packets: &Assembly, clock: Clock, numbers: &[Option<u64>]) -> Self {
        let Passed { first, left_out, last } = Passed::of(packets);
        let row = |(place, row): (usize, Row)| {
            let connection = numbers.get(place).copied().flatten();
            let of = &packets.connections[place];
            let (from, to) = match row.direction {
                Direction::Received => (of.client(), of.server()),
                Direction::Sent => (of.server(), of.client()),
            };
            let between = connection.is_none().then(|| format!("{from} to {to}"));
            PacketRow::of(&row, clock, connection, between)
        };
        Self { first: first.into_iter().map(row).collect(), left_out, last: last.into_iter().map(row).collect() }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first.is_empty() && self.last.is_empty() && self.left_out == 0
    }
}

impl PacketRow {
    fn of(row: &Row, clock: Clock, connection: Option<u64>, between: Option<String>) -> Self {
        Self {
            at_us: row.at_us(clock),
            connection,
            between,
            direction: row.direction,
            flags: row.flags.to_string(),
            sequence: row.sequence,
            acknowledged: row.acknowledged,
            header: row.sizes.total() - row.sizes.data_octets - row.sizes.padding_octets,
            data: row.sizes.data_octets,
            sizes: row.sizes.to_string(),
        }
    }
}
