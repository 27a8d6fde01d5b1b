//! Messages of a recording while it goes on, on a thread of its own: whoever decodes holds up nothing.
//!
//! What is built in is told as soon as it is whole. What only whole connections make sense to, as programs, and what has secrets that
//! may be cut anywhere, is told when a connection has closed.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use samewire_recorder::Event;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::stop::Stop;
use super::watcher::show;
use crate::cli::conversation::{Conversation, Told};
use crate::cli::decoding::Decoding;
use crate::cli::feed::Feed;
use crate::cli::hidden::Hidden;
use crate::cli::terminal::{SKIPPED, styled};
use crate::cli::{CommandError, threads};
use crate::judge::messages::{Direction, settled};
use crate::printable::{counted, line};
use crate::suite::DecoderKind;
use crate::trial::Interrupt;
use crate::trial::dialogue::said;

/// Octets that are kept for decoding at the most, of all connections together, and what each event takes beside its octets.
const ROOM: usize = 256 << 20;
const COST: usize = 256;

/// Who decodes a stream that grows rests so many times as long as it took.
const REST: u32 = 20;

/// What waits to be decoded is decoded for so long once the person has had enough, and has so long then to end.
const LAST: Duration = Duration::from_secs(5);
const ENDING: Duration = Duration::from_secs(2);

const BOTH: [Direction; 2] = [Direction::Received, Direction::Sent];

/// What is told of a recording to the thread that decodes.
enum Heard {
    Octets {
        connection: u64,
        direction: Direction,
        at_us: u64,
        octets: Vec<u8>,
    },
    /// One side says no more.
    Ended {
        connection: u64,
        direction: Direction,
    },
    /// With the line that says so, where it is to stand behind the messages.
    Closed {
        connection: u64,
        line: String,
        is_whole: bool,
    },
}

/// What is kept of connections, and what could not be.
#[derive(Default)]
struct Kept {
    octets: AtomicUsize,
    /// Connections of which nothing could be kept.
    missed: AtomicU64,
}

/// Tells the thread of events; never waits for it.
pub(super) struct Tap {
    heard: Sender<Heard>,
    kept: Arc<Kept>,
    is_live: bool,
    /// Connections of which something is kept.
    known: HashSet<u64>,
    /// Connections of which not all could be.
    cut: HashSet<u64>,
}

/// The thread.
pub(super) struct Messages {
    over: oneshot::Receiver<()>,
    interrupt: Interrupt,
}

impl Messages {
    /// Starts it. `interrupt` is what stops the decoder.
    ///
    /// # Errors
    /// There can be no further thread.
    pub(super) fn start(decoding: Decoding, interrupt: Interrupt, live: Option<Feed>) -> Result<(Self, Tap), CommandError> {
        let (heard, hears) = channel();
        let (ends, over) = oneshot::channel();
        let kept = Arc::<Kept>::default();
        let is_live = is_live(&decoding);
        let tap = Tap { heard, kept: Arc::clone(&kept), is_live, known: HashSet::new(), cut: HashSet::new() };
        let stopped = interrupt.clone();
        let work = move || {
            let due = BTreeSet::new();
            let mut teller = Teller { decoding, live, is_live, stopped, kept, connections: HashMap::new(), due };
            teller.listen(&hears);
            drop(ends);
        };
        threads::start("messages", work)?;
        Ok((Self { over, interrupt }, tap))
    }

    /// Waits until all is told, or until the person has had enough; whoever taps has to be gone.
    pub(super) async fn finish(mut self, stop: &Stop) {
        let enough = async {
            stop.told().await;
            sleep(LAST).await;
        };
        tokio::select! {
            _ = &mut self.over => return,
            () = enough => self.interrupt.stop(),
        }
        // A decoder that cannot be ended is not waited for.
        let _ = timeout(ENDING, self.over).await;
    }
}

/// Whether messages can be told before a connection is over.
fn is_live(decoding: &Decoding) -> bool {
    decoding.redaction().is_empty() && !matches!(decoding.kind(), DecoderKind::Program(_) | DecoderKind::Wireshark(_))
}

impl Tap {
    /// Whether messages are told while connections are open.
    pub(super) fn is_live(&self) -> bool {
        self.is_live
    }

    /// Tells of an event, and takes the lines that show it, where these are to stand behind messages.
    pub(super) fn event(&mut self, event: &Event<'_>, lines: String) -> String {
        match event {
            Event::Data { connection, at_us, .. } | Event::Sent { connection, at_us, .. } => {
                if let Some((direction, octets)) = said(event) {
                    self.octets(*connection, direction, *at_us, octets);
                }
            }
            Event::Fin { connection, .. } => self.ended(*connection, Direction::Received),
            Event::Shut { connection, .. } => self.ended(*connection, Direction::Sent),
            Event::Close { connection, .. } => return self.closed(*connection, lines),
            Event::Start { .. } | Event::Open { .. } | Event::Tls { .. } | Event::Enough { .. } | Event::Stop { .. } => {}
        }
        lines
    }

    fn octets(&mut self, connection: u64, direction: Direction, at_us: u64, octets: &[u8]) {
        let is_new = !self.known.contains(&connection);
        // Its end has its place from the beginning on.
        let cost = octets.len() + if is_new { 4 * COST } else { COST };
        let has_room = || self.kept.octets.load(Ordering::Relaxed) + cost <= ROOM;
        if self.cut.contains(&connection) || !has_room() {
            self.cut.insert(connection);
            return;
        }
        self.known.insert(connection);
        self.kept.octets.fetch_add(cost, Ordering::Relaxed);
        self.tell(Heard::Octets { connection, direction, at_us, octets: octets.to_vec() });
    }

    fn ended(&self, connection: u64, direction: Direction) {
        if self.known.contains(&connection) && !self.cut.contains(&connection) {
            self.tell(Heard::Ended { connection, direction });
        }
    }

    fn closed(&mut self, connection: u64, line: String) -> String {
        let is_whole = !self.cut.remove(&connection);
        if !self.known.remove(&connection) {
            self.kept.missed.fetch_add(u64::from(!is_whole), Ordering::Relaxed);
            return line;
        }
        let (behind, now) = if self.is_live { (line, String::new()) } else { (String::new(), line) };
        self.tell(Heard::Closed { connection, line: behind, is_whole });
        now
    }

    fn tell(&self, heard: Heard) {
        // A thread that is gone has said why, and nobody waits for it.
        let _ = self.heard.send(heard);
    }
}

/// What the thread knows.
struct Teller {
    decoding: Decoding,
    live: Option<Feed>,
    is_live: bool,
    stopped: Interrupt,
    kept: Arc<Kept>,
    connections: HashMap<u64, Connection>,
    /// Connections of which more has come than is decoded, and when they may be.
    due: BTreeSet<(Instant, u64)>,
}

#[derive(Default)]
struct Connection {
    said: Conversation,
    /// Messages of each direction that were told.
    told: [usize; 2],
    /// Directions in which nothing more comes.
    ended: [bool; 2],
    /// When it may be decoded again.
    rests_until: Option<Instant>,
    /// What is kept of it.
    cost: usize,
}

impl Teller {
    fn listen(&mut self, hears: &Receiver<Heard>) {
        loop {
            let due = self.due.first().map(|(at, _)| at.saturating_duration_since(Instant::now()));
            let heard = match due {
                Some(wait) if wait.is_zero() => Err(RecvTimeoutError::Timeout),
                Some(wait) => hears.recv_timeout(wait),
                None => hears.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match heard {
                Ok(heard) => self.hear(heard),
                Err(RecvTimeoutError::Timeout) => self.tell_due(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.say_missed();
        }
        self.say_missed();
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Octets { connection, direction, at_us, octets } => {
                let one = self.connections.entry(connection).or_default();
                one.cost += octets.len() + if one.cost == 0 { 4 * COST } else { COST };
                one.said.say(direction, at_us, &octets);
                if self.is_live {
                    self.due.insert((one.rests_until.unwrap_or_else(Instant::now), connection));
                }
            }
            Heard::Ended { connection, direction } => {
                if let Some(one) = self.connections.get_mut(&connection) {
                    one.ended[direction as usize] = true;
                    if self.is_live {
                        self.due.insert((Instant::now(), connection));
                    }
                }
            }
            Heard::Closed { connection, line, is_whole } => self.close(connection, &line, is_whole),
        }
    }

    fn tell_due(&mut self) {
        if let Some((_, connection)) = self.due.pop_first() {
            self.due.retain(|(_, other)| *other != connection);
            if let Some(mut one) = self.connections.remove(&connection) {
                let begun = Instant::now();
                BOTH.iter().for_each(|direction| self.tell_settled(connection, &mut one, *direction));
                one.rests_until = Some(Instant::now() + begun.elapsed() * REST);
                self.connections.insert(connection, one);
            }
        }
    }

    /// Tells the messages of a direction that are whole and were not told yet.
    fn tell_settled(&self, connection: u64, one: &mut Connection, direction: Direction) {
        let (dialogue, kind) = (&one.said.dialogue, self.decoding.kind());
        let messages = if one.ended[direction as usize] {
            self.decoding.messages(direction, dialogue, one.said.length(direction)).ok()
        } else {
            let asked = (direction == Direction::Sent)
                .then(|| settled(kind, Direction::Received, dialogue.octets(Direction::Received), &[]))
                .flatten();
            settled(kind, direction, dialogue.octets(direction), &asked.unwrap_or_default())
        };
        let told = Told { direction, hidden: Hidden::default(), messages: Ok(messages.unwrap_or_default()) };
        let count = &mut one.told[direction as usize];
        for (message, number) in told.messages.iter().flatten().zip(1..).skip(*count) {
            self.print(connection, &told.lines(number, message, &one.said));
            *count = number;
        }
    }

    fn close(&mut self, connection: u64, line: &str, is_whole: bool) {
        self.due.retain(|(_, other)| *other != connection);
        if let Some(mut one) = self.connections.remove(&connection) {
            match is_whole {
                true if self.is_live => {
                    one.ended = [true; 2];
                    BOTH.iter().for_each(|direction| self.tell_settled(connection, &mut one, *direction));
                }
                true => self.tell_whole(connection, &one.said),
                false => self.say(&format!("#{connection} is not decoded to its end: more came than can wait for the decoder")),
            }
            self.kept.octets.fetch_sub(one.cost, Ordering::Relaxed);
        }
        if !line.is_empty() {
            show(self.live.as_ref(), line);
        }
    }

    fn tell_whole(&self, connection: u64, said: &Conversation) {
        let told = if self.stopped.is_stopped() { None } else { Some(BOTH.map(|it| Told::of(said, it, &self.decoding))) };
        // What is stopped meanwhile has failed by that.
        let Some(told) = told.filter(|_| !self.stopped.is_stopped()) else {
            return self.say(&format!("#{connection} is not decoded: the recording was ended first"));
        };
        for (_, one, number, message) in said.in_order(&told) {
            self.print(connection, &one.lines(number, message, said));
        }
        for one in &told {
            if let Err(why) = &one.messages {
                self.say(&format!("#{connection} {}: {}", one.direction.name(), line(why)));
                said.reads.iter().for_each(|read| self.print(connection, &one.unread(read, said)));
            }
        }
    }

    fn say_missed(&self) {
        let missed = self.kept.missed.swap(0, Ordering::Relaxed);
        if missed > 0 {
            let many = counted(usize::try_from(missed).unwrap_or(usize::MAX), "connection");
            self.say(&format!("not decoded: {many}, since more came than can wait for the decoder"));
        }
    }

    fn print(&self, connection: u64, lines: &[String]) {
        let text: String = lines.iter().map(|line| format!("#{connection} {line}\n")).collect();
        if !text.is_empty() {
            show(self.live.as_ref(), &text);
        }
    }

    fn say(&self, text: &str) {
        show(self.live.as_ref(), &styled(SKIPPED, &format!("{text}\n")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(connection: u64, octets: &[u8]) -> Event<'_> {
        Event::Data { connection, at_us: 0, offset: 0, urgent: None, octets: octets.into() }
    }

    #[test]
    fn what_does_not_fit_is_dropped_and_said_and_nobody_waits() {
        let (heard, hears) = channel();
        let kept = Arc::new(Kept { octets: AtomicUsize::new(ROOM - 5 * COST), ..Kept::default() });
        let mut tap = Tap { heard, kept, is_live: true, known: HashSet::new(), cut: HashSet::new() };
        tap.event(&data(1, b"fits"), String::new());
        tap.event(&data(2, &[b'x'; COST]), String::new());
        tap.event(&data(1, &[b'x'; 2 * COST]), String::new());
        tap.event(&data(1, b"behind a gap"), String::new());
        let close = |connection| Event::Close {
            connection,
            at_us: 0,
            bytes: 0,
            crc32: "".into(),
            peer: samewire_recorder::PeerEnd::Fin,
            by: samewire_recorder::EndedBy::Peer,
            reason: None,
            wire: None,
        };
        assert_eq!(tap.event(&close(1), "closed\n".into()), "");
        assert_eq!(tap.event(&close(2), "closed\n".into()), "closed\n");
        let heard: Vec<Heard> = hears.try_iter().collect();
        assert!(matches!(&heard[..], [Heard::Octets { .. }, Heard::Closed { is_whole: false, .. }]));
        assert_eq!(tap.kept.missed.load(Ordering::Relaxed), 1);
    }
}
