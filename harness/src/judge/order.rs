//! Whether a client kept to the order of its plan, and its octets to that of the stream, from what the recorder saw. Pure.
//!
//! Only what is certain, whatever else the machine does: octets that come before the server has said what the plan receives first, or
//! sooner than its pauses last, cannot have waited; and a server that has not closed yet was not waited for.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::suite::plan::{Instruction, Plan, length};

/// How a client went on too early, or out of band. Connections count from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Breach {
    /// It ended before the server had closed a connection.
    LeftEarly {
        /// The connection.
        connection: usize,
    },
    /// It opened a connection before the server had closed the one before.
    ConnectedEarly {
        /// The connection that was opened.
        connection: usize,
    },
    /// It went on before it can have received what its plan receives first.
    NotReceived {
        /// The connection.
        connection: usize,
        /// What came too early.
        what: What,
        /// How many octets the plan receives before.
        asked: u64,
        /// How many the server had sent by then.
        sent: u64,
    },
    /// It sent an octet as urgent (TCP's URG, `MSG_OOB`).
    SentUrgent {
        /// The connection.
        connection: usize,
        /// The offset of the octet.
        offset: u64,
    },
    /// It went on before the pauses of its plan can have been over.
    NotPaused {
        /// The connection.
        connection: usize,
        /// What came too early.
        what: What,
        /// How long the pauses before it last together, in milliseconds.
        pauses_ms: u64,
        /// When it came, in milliseconds since the recorder was there.
        at_ms: u64,
    },
}

/// What a client does with a connection, as a recorder sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum What {
    /// It opens it.
    Open,
    /// It sends the octet at this offset.
    Octet(u64),
    /// It sends its end of stream.
    End,
}

/// What must lie behind a client when it comes to a place of its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Due {
    what: What,
    /// Octets received on this connection.
    received: u64,
    /// Pauses, on all connections so far.
    pauses: Duration,
}

/// One connection while its events go by.
#[derive(Debug)]
pub(crate) struct Turns {
    connection: usize,
    dues: VecDeque<Due>,
    came: u64,
    sent: u64,
    breach: Option<Breach>,
}

impl Breach {
    /// Whether it is about how a connection ended, and not about what was sent on it.
    #[must_use]
    pub fn is_of_ending(&self) -> bool {
        matches!(self, Self::LeftEarly { .. } | Self::ConnectedEarly { .. })
    }
}

impl Turns {
    /// The connections of a plan, in their order.
    #[must_use]
    pub(crate) fn of(plan: &Plan) -> Vec<Self> {
        let mut pauses = Duration::ZERO;
        let connections = plan.lines.split(|line| line.instruction == Instruction::Connect).enumerate();
        let turns = connections.map(|(index, lines)| {
            let mut due = Due { what: What::Open, received: 0, pauses };
            let mut dues = VecDeque::from([due]);
            let mut offset = 0;
            for line in lines {
                match &line.instruction {
                    Instruction::Pause(time) => due.pauses += *time,
                    Instruction::Receive(count) => due.received += count.unwrap_or(0),
                    Instruction::HalfClose => dues.push_back(Due { what: What::End, ..due }),
                    _ => dues.push_back(Due { what: What::Octet(offset), ..due }),
                }
                offset += length(line);
            }
            dues.push_back(Due { what: What::End, ..due });
            pauses = due.pauses;
            Self { connection: index + 1, dues, came: 0, sent: 0, breach: None }
        });
        turns.collect()
    }

    /// It was opened.
    pub(crate) fn opened(&mut self, at_us: u64) {
        self.reached(at_us, |due| due.what == What::Open);
    }

    /// So many octets came.
    pub(crate) fn received(&mut self, at_us: u64, octets: usize) {
        self.came += octets as u64;
        let came = self.came;
        self.reached(at_us, |due| matches!(due.what, What::Octet(offset) if offset < came));
    }

    /// So many octets were sent to the client.
    pub(crate) fn sent(&mut self, octets: usize) {
        self.sent += octets as u64;
    }

    /// The client's end of stream came.
    pub(crate) fn ended(&mut self, at_us: u64) {
        // What stands behind a half-close is seen by the next connection alone.
        self.reached(at_us, |due| matches!(due.what, What::Octet(_)));
        if let Some(due) = self.dues.pop_front() {
            self.hold(due, at_us);
        }
    }

    /// How the client broke the order on this connection, where it did.
    #[must_use]
    pub(crate) fn breach(self) -> Option<Breach> {
        self.breach
    }

    fn reached(&mut self, at_us: u64, is_reached: impl Fn(&Due) -> bool) {
        while let Some(due) = self.dues.front().copied().filter(&is_reached) {
            self.dues.pop_front();
            self.hold(due, at_us);
        }
    }

    fn hold(&mut self, due: Due, at_us: u64) {
        let (connection, what, at) = (self.connection, due.what, Duration::from_micros(at_us));
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let breach = if self.sent < due.received {
            Breach::NotReceived { connection, what, asked: due.received, sent: self.sent }
        } else if at < due.pauses {
            Breach::NotPaused { connection, what, pauses_ms: ms(due.pauses), at_ms: ms(at) }
        } else {
            return;
        };
        // The first is the one that explains the others.
        self.breach.get_or_insert(breach);
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeftEarly { connection } => write!(
                f,
                "the client left before the server had closed connection {connection}: after FIN, read until the end of the stream"
            ),
            Self::ConnectedEarly { connection } => write!(
                f,
                "connection {connection} was opened before the server had closed the one before: after FIN, read until the end of \
                 the stream, and only then connect again"
            ),
            Self::NotReceived { connection, what, asked, sent } => write!(
                f,
                "connection {connection}: {what} came before the {asked} octets that the plan receives first; {sent} had been sent \
                 to the client by then"
            ),
            Self::SentUrgent { connection, offset } => write!(
                f,
                "connection {connection}: the octet at offset {offset} was sent as urgent (MSG_OOB): a server that does not ask for \
                 such octets loses it"
            ),
            Self::NotPaused { connection, what, pauses_ms, at_ms } => write!(
                f,
                "connection {connection}: {what} came after {at_ms} ms, and the plan pauses for {pauses_ms} ms before it"
            ),
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("it"),
            Self::Octet(offset) => write!(f, "the octet at offset {offset}"),
            Self::End => f.write_str("the end of stream"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1000;

    #[track_caller]
    fn turns(plan: &str) -> Vec<Turns> {
        Turns::of(&Plan::parse(plan).unwrap())
    }

    #[track_caller]
    fn only(plan: &str) -> Turns {
        let mut only = turns(plan).pop().unwrap();
        only.opened(0);
        only
    }

    #[test]
    fn octets_behind_a_receive_come_after_what_it_receives() {
        let mut right = only("text ab\nreceive 3\ntext c");
        right.received(0, 2);
        right.sent(3);
        right.received(0, 1);
        right.ended(0);
        assert_eq!(right.breach(), None);
        let mut at_once = only("text ab\nreceive 3\ntext c");
        at_once.sent(2);
        at_once.received(0, 3);
        let what = What::Octet(2);
        assert_eq!(at_once.breach(), Some(Breach::NotReceived { connection: 1, what, asked: 3, sent: 2 }));
    }

    #[test]
    fn the_end_of_stream_comes_after_what_is_received_before_it() {
        for (plan, what_comes_first) in
            [("text a\nreceive 1", true), ("half-close\nreceive 1", false), ("half-close\nreceive all", false)]
        {
            let mut turns = only(plan);
            turns.received(0, usize::from(what_comes_first));
            turns.ended(0);
            assert_eq!(turns.breach().is_some(), what_comes_first, "{plan}");
        }
    }

    #[test]
    fn nothing_comes_sooner_than_the_pauses_before_it() {
        let mut first = only("pause 300\ntext a\npause 200\ntext b");
        first.received(300 * MS, 1);
        first.received(499 * MS, 1);
        let (what, pauses_ms, at_ms) = (What::Octet(1), 500, 499);
        assert_eq!(first.breach(), Some(Breach::NotPaused { connection: 1, what, pauses_ms, at_ms }));
        let [_, mut second] = <[Turns; 2]>::try_from(turns("half-close\npause 100\nconnect\ntext a")).unwrap();
        second.opened(99 * MS);
        assert!(matches!(second.breach(), Some(Breach::NotPaused { connection: 2, what: What::Open, .. })));
    }

    #[test]
    fn what_is_received_counts_on_each_connection_alone() {
        let [_, mut second] = <[Turns; 2]>::try_from(turns("receive 5\ntext a\nconnect\ntext b\nreceive 1\ntext c")).unwrap();
        second.opened(0);
        second.received(0, 1);
        second.sent(1);
        second.received(0, 1);
        second.ended(0);
        assert_eq!(second.breach(), None);
    }
}
