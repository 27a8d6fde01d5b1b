//! A TCP connection as its packets show it: both directions, how it began and how it ended.

use std::collections::VecDeque;
use std::net::SocketAddr;

use super::direction::Direction;
use super::limits::{Budget, Limits};
use super::rows::{Row, Rows};
use super::segment::Segment;
use super::sequence;
use super::stream::{Conflict, Mark, Stream};

/// A connection whose beginning was seen.
#[derive(Debug)]
pub struct Connection {
    client: SocketAddr,
    server: SocketAddr,
    begin_ns: i64,
    last_ns: i64,
    received: Side,
    sent: Side,
    /// The server agreed.
    is_established: bool,
    is_too_large: bool,
    first_end: Option<End>,
    first_rows: Vec<Row>,
    last_rows: VecDeque<Row>,
    rows: u64,
}

/// How a connection began to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// The direction whose sender ended it.
    pub direction: Direction,
    /// By RST, and not by FIN.
    pub is_reset: bool,
    /// When, in nanoseconds since 1970.
    pub stamp_ns: i64,
    /// How many octets of the other direction its sender had acknowledged by then.
    pub acknowledged: u64,
}

/// One side: what it sent.
#[derive(Debug, Default)]
struct Side {
    /// The number of the first octet of its stream, once its SYN was seen.
    first: Option<u32>,
    /// The same as a later SYN said that answers the same one, as servers do that keep nothing of what they answered.
    other_first: Option<u32>,
    stream: Stream,
    fin_ns: Option<i64>,
    reset_ns: Option<i64>,
    /// Segments with data.
    segments: u64,
    /// One of them has more than one octet.
    has_larger: bool,
    /// It sent something though its SYN was not seen.
    is_headless: bool,
}

/// Why the streams of a connection are not all that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It was still open when the packets ended.
    #[error("it was still open when the capture ended")]
    Cut,
    /// Nobody accepted it.
    #[error("it was never accepted")]
    NeverAccepted,
    /// An octet is missing.
    #[error("packets are missing: the octet at offset {offset} of what was {direction} is in none")]
    Gap {
        /// Which stream.
        direction: Direction,
        /// The first octet that is missing.
        offset: u64,
    },
    /// The packet in which a stream begins is missing.
    #[error("packets are missing: the one in which what was {0} begins")]
    NoBeginning(Direction),
    /// Two segments say different things of one octet.
    #[error(
        "packets disagree: the octet at offset {} of what was {direction} is {:02x} in one and {:02x} in a later one",
        conflict.offset, conflict.kept, conflict.came
    )]
    Conflict {
        /// Which stream.
        direction: Direction,
        /// Where, and what.
        conflict: Conflict,
    },
    /// It did not fit into [`Limits::octets`].
    #[error("it is larger than what is kept of a packet file")]
    TooLarge,
}

impl Connection {
    pub(super) fn new(client: SocketAddr, server: SocketAddr, begin_ns: i64) -> Self {
        Self {
            client,
            server,
            begin_ns,
            last_ns: begin_ns,
            received: Side::default(),
            sent: Side::default(),
            is_established: false,
            is_too_large: false,
            first_end: None,
            first_rows: Vec::new(),
            last_rows: VecDeque::new(),
            rows: 0,
        }
    }

    /// Who connected.
    #[must_use]
    pub fn client(&self) -> SocketAddr {
        self.client
    }

    /// To whom.
    #[must_use]
    pub fn server(&self) -> SocketAddr {
        self.server
    }

    /// When its first packet passed, in nanoseconds since 1970.
    #[must_use]
    pub fn begin_ns(&self) -> i64 {
        self.begin_ns
    }

    /// When its last packet passed, in nanoseconds since 1970.
    #[must_use]
    pub fn last_ns(&self) -> i64 {
        self.last_ns
    }

    /// What went in one direction.
    #[must_use]
    pub fn stream(&self, direction: Direction) -> &Stream {
        &self.side(direction).stream
    }

    /// When the sender of a direction ended it by FIN.
    #[must_use]
    pub fn fin_ns(&self, direction: Direction) -> Option<i64> {
        self.side(direction).fin_ns
    }

    /// When the sender of a direction aborted the connection by RST.
    #[must_use]
    pub fn reset_ns(&self, direction: Direction) -> Option<i64> {
        self.side(direction).reset_ns
    }

    /// How many segments carried a stream of more than one octet, where each carried one alone.
    #[must_use]
    pub fn single_octets(&self, direction: Direction) -> Option<u64> {
        let side = self.side(direction);
        (side.segments > 1 && !side.has_larger).then_some(side.segments)
    }

    /// Which side ended it first, and what that had of the other by then.
    #[must_use]
    pub fn first_end(&self) -> Option<End> {
        self.first_end
    }

    /// Whether the server agreed to it.
    #[must_use]
    pub fn is_established(&self) -> bool {
        self.is_established
    }

    /// Whether the server's machine refused it: nobody listens there.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        !self.is_established && self.sent.reset_ns.is_some()
    }

    /// Whether either side aborted it.
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        self.received.reset_ns.is_some() || self.sent.reset_ns.is_some()
    }

    /// Whether nothing more can come on it.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_aborted() || (self.received.fin_ns.is_some() && self.sent.fin_ns.is_some())
    }

    /// Whether its streams did not fit into the limits, and were not kept.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.is_too_large
    }

    /// The first octet that is missing in one direction.
    #[must_use]
    pub fn gap(&self, direction: Direction) -> Option<u64> {
        self.stream(direction).gap(self.is_aborted())
    }

    /// Why its streams are not the whole truth of it, if they are not.
    #[must_use]
    pub fn problem(&self) -> Option<Problem> {
        if self.is_too_large {
            return Some(Problem::TooLarge);
        }
        if !self.is_established {
            return Some(Problem::NeverAccepted);
        }
        let of_streams = [Direction::Received, Direction::Sent].into_iter().find_map(|direction| self.problem_of(direction));
        of_streams.or_else(|| (!self.is_over()).then_some(Problem::Cut))
    }

    fn problem_of(&self, direction: Direction) -> Option<Problem> {
        let side = self.side(direction);
        if side.is_headless {
            return Some(Problem::NoBeginning(direction));
        }
        let gap = self.gap(direction).map(|offset| Problem::Gap { direction, offset });
        gap.or_else(|| side.stream.conflict().map(|conflict| Problem::Conflict { direction, conflict }))
    }

    /// Its table, of at most `most` rows: the first half and the last.
    #[must_use]
    pub fn rows(&self, most: usize) -> Rows {
        let last = self.last_rows.iter().copied().collect();
        let kept = self.first_rows.len() + self.last_rows.len();
        Rows { first: self.first_rows.clone(), left_out: self.rows - kept as u64, last }.at_most(most)
    }

    fn side(&self, direction: Direction) -> &Side {
        match direction {
            Direction::Received => &self.received,
            Direction::Sent => &self.sent,
        }
    }

    /// The sender's side of a direction, and the other.
    fn sides(&mut self, direction: Direction) -> (&mut Side, &mut Side) {
        match direction {
            Direction::Received => (&mut self.received, &mut self.sent),
            Direction::Sent => (&mut self.sent, &mut self.received),
        }
    }

    /// Which way a segment goes.
    pub(super) fn direction(&self, segment: &Segment<'_>) -> Direction {
        if segment.source == self.client { Direction::Received } else { Direction::Sent }
    }

    /// Whether a SYN begins another connection between the same two addresses.
    pub(super) fn is_another(&self, syn: &Segment<'_>) -> bool {
        let direction = self.direction(syn);
        let is_other = self.side(direction).first.is_some_and(|first| first != syn.sequence.wrapping_add(1));
        if syn.flags.ack && self.side(direction.other()).first == Some(syn.acknowledgment) {
            return false;
        }
        // One that answers belongs to what it answers, even where that was aborted meanwhile.
        is_other || (self.is_aborted() && !syn.flags.ack)
    }

    /// Takes the next segment, in the order in which they were captured.
    pub(super) fn take(&mut self, stamp_ns: i64, segment: &Segment<'_>, budget: &mut Budget, rows: &mut Budget) {
        let direction = self.direction(segment);
        self.last_ns = self.last_ns.max(stamp_ns);
        self.settle_beginning(direction, segment);
        let acknowledged = self.acknowledge(direction, segment);
        self.note_end(direction, stamp_ns, segment);
        let offset = self.begin_or_place(direction, segment);
        self.note_row(direction, offset, stamp_ns, segment, rows);
        if let (Some(offset), false) = (offset, self.is_too_large) {
            self.is_too_large = !self.take_data(direction, Mark { offset: 0, stamp_ns, acknowledged }, offset, segment, budget);
            if self.is_too_large {
                budget.give_back(self.received.stream.forget() + self.sent.stream.forget());
            }
        }
        let (sender, _) = self.sides(direction);
        let speaks = !segment.flags.rst && (!segment.data.is_empty() || segment.flags.fin);
        sender.is_headless |= offset.is_none() && speaks;
        if segment.flags.rst {
            sender.reset_ns.get_or_insert(stamp_ns);
        }
        let agrees = segment.flags.syn && segment.flags.ack;
        self.is_established |= direction == Direction::Sent && (agrees || speaks);
    }

    /// Of two beginnings that the other side named, the sender says which it goes by.
    fn settle_beginning(&mut self, direction: Direction, segment: &Segment<'_>) {
        let (_, other) = self.sides(direction);
        if segment.flags.ack && other.other_first == Some(segment.acknowledgment) && other.stream.is_untouched() {
            other.first = other.other_first;
        }
    }

    /// How much its sender had of the other side's stream when it sent the segment, whatever was captured before it.
    fn acknowledge(&mut self, direction: Direction, segment: &Segment<'_>) -> u64 {
        let (_, other) = self.sides(direction);
        let (true, Some(first)) = (segment.flags.ack, other.first) else { return other.stream.acknowledged() };
        let until = u64::try_from(sequence::offset(first, other.stream.reached(), segment.acknowledgment)).unwrap_or(0);
        other.stream.acknowledge(until);
        until.min(other.stream.acknowledged())
    }

    fn note_end(&mut self, direction: Direction, stamp_ns: i64, segment: &Segment<'_>) {
        if segment.flags.fin || segment.flags.rst {
            let acknowledged = self.stream(direction.other()).acknowledged();
            let end = End { direction, is_reset: segment.flags.rst, stamp_ns, acknowledged };
            self.first_end.get_or_insert(end);
        }
    }

    /// The offset of the segment's first octet in its stream; `None` where nobody knows where that begins.
    fn begin_or_place(&mut self, direction: Direction, segment: &Segment<'_>) -> Option<i64> {
        let (sender, receiver) = self.sides(direction);
        if segment.flags.syn {
            let first = segment.sequence.wrapping_add(1);
            if *sender.first.get_or_insert(first) != first {
                sender.other_first = Some(first);
            }
            // The client's SYN was not captured, and this answers it.
            if segment.flags.ack {
                receiver.first.get_or_insert(segment.acknowledgment);
            }
        }
        let first_octet = segment.sequence.wrapping_add(u32::from(segment.flags.syn));
        Some(sequence::offset(sender.first?, sender.stream.reached(), first_octet))
    }

    /// `false` where there is no room.
    fn take_data(&mut self, direction: Direction, mark: Mark, offset: i64, segment: &Segment<'_>, budget: &mut Budget) -> bool {
        // What an aborting segment carries is a reason for people, if anything.
        if segment.flags.rst {
            return true;
        }
        let (sender, _) = self.sides(direction);
        // What lies before the stream is no part of it, as the octet of a probe before anything was sent.
        let before = usize::try_from(offset.min(0).unsigned_abs()).unwrap_or(usize::MAX);
        sender.is_headless |= before > 1 && !segment.data.is_empty();
        let data = segment.data.get(before..).unwrap_or_default();
        let at = u64::try_from(offset).unwrap_or(0);
        let count = (segment.data.len() + segment.missing) as u64;
        let until = u64::try_from(offset.saturating_add_unsigned(count)).unwrap_or(0);
        // An acknowledgment alone has the number behind the FIN.
        if count > 0 {
            sender.stream.reach(until);
            sender.segments += 1;
            sender.has_larger |= count > 1;
        }
        if segment.flags.fin {
            sender.stream.finish(until);
            sender.fin_ns.get_or_insert(mark.stamp_ns);
        }
        data.is_empty() || sender.stream.take(Mark { offset: at, ..mark }, data, budget)
    }

    fn note_row(&mut self, direction: Direction, offset: Option<i64>, stamp_ns: i64, segment: &Segment<'_>, budget: &mut Budget) {
        self.rows += 1;
        let is_full = self.last_rows.len() == Limits::ROWS / 2;
        if !is_full && !budget.take(1) {
            return;
        }
        let (sender, receiver) = self.sides(direction);
        // The SYN is 0, as in Wireshark, and so the first octet 1.
        let relative = |first: Option<u32>, near: u64, number: u32| {
            let offset = first.map(|first| sequence::offset(first, near, number))?;
            u64::try_from(offset.saturating_add(1)).ok()
        };
        let acknowledged = segment.flags.ack.then(|| relative(receiver.first, receiver.stream.reached(), segment.acknowledgment));
        let row = Row {
            stamp_ns,
            direction,
            flags: segment.flags,
            sequence: offset.and_then(|_| relative(sender.first, sender.stream.reached(), segment.sequence)),
            acknowledged: acknowledged.flatten(),
            sizes: segment.sizes,
        };
        if self.first_rows.len() < Limits::ROWS / 2 {
            return self.first_rows.push(row);
        }
        if is_full {
            self.last_rows.pop_front();
        }
        self.last_rows.push_back(row);
    }
}
