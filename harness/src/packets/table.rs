//! Packets as text for people: a table for each connection.

use std::fmt;

use super::assembly::Assembly;
use super::clock::{Clock, seconds};
use super::connection::Connection;
use super::limits::Limits;
use super::rows::{Row, Rows};

/// The tables of all connections, of [`Limits::ROWS`] packets together at most. Times are those of a clock; `<` is what the server
/// received, `>` what it sent.
pub struct Table<'a> {
    packets: &'a Assembly,
    clock: Clock,
}

impl<'a> Table<'a> {
    /// With times since that of a capture.
    #[must_use]
    pub fn since(packets: &'a Assembly, clock: Clock) -> Self {
        Self { packets, clock }
    }

    /// With times since the first packet of a connection.
    #[must_use]
    pub fn of(packets: &'a Assembly) -> Self {
        let first = packets.connections.iter().map(Connection::begin_ns).min().unwrap_or_default();
        Self::since(packets, Clock::since_ns(first))
    }
}

/// Lines, each with its end.
impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut room = Limits::ROWS;
        let mut left_out = 0;
        for (index, connection) in self.packets.connections.iter().enumerate() {
            if room == 0 {
                left_out = self.packets.connections.len() - index;
                break;
            }
            let rows = connection.rows(room);
            room -= rows.first.len() + rows.last.len();
            if index > 0 {
                writeln!(f)?;
            }
            self.connection(f, connection, &rows)?;
        }
        if left_out > 0 {
            writeln!(f, "{left_out} further connections are left out")?;
        }
        self.asides(f)
    }
}

impl Table<'_> {
    fn connection(&self, f: &mut fmt::Formatter<'_>, connection: &Connection, rows: &Rows) -> fmt::Result {
        writeln!(f, "from {} to {}", connection.client(), connection.server())?;
        rows.first.iter().try_for_each(|row| self.row(f, row))?;
        if rows.left_out > 0 {
            writeln!(f, "{:13} {} further packets are left out", "", rows.left_out)?;
        }
        rows.last.iter().try_for_each(|row| self.row(f, row))?;
        match connection.problem() {
            Some(problem) => writeln!(f, "{:13} {problem}", ""),
            None => Ok(()),
        }
    }

    fn row(&self, f: &mut fmt::Formatter<'_>, row: &Row) -> fmt::Result {
        let direction = row.direction.arrow();
        let number = |name: &str, number: Option<u64>| number.map(|number| format!("{name} {number}")).unwrap_or_default();
        let (sequence, acknowledged) = (number("seq", row.sequence), number("ack", row.acknowledged));
        let time = seconds(row.at_us(self.clock));
        writeln!(f, "{time:>13}  {direction} {:<13}  {sequence:<10}  {acknowledged:<10}  {}", row.flags.to_string(), row.sizes)
    }

    /// What the tables are not: whole.
    fn asides(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.packets.asides(self.packets.began_before.len()).iter().try_for_each(|aside| writeln!(f, "{aside}"))
    }
}
