//! One connection: reads until it ends, answers meanwhile, and records both.
//!
//! The only place that reads clients' sockets. Reading and answering are two futures of one task, so that a client that never
//! reads its answer is still recorded. Whoever ends the connection, what the kernel holds by then is recorded first.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::backlog::Backlog;
use crate::channel::Channel;
use crate::descriptors::Reserved;
use crate::event::{EndedBy, Event, PeerEnd};
use crate::handshake::NoTls;
use crate::line::{Stage, Teller, Unanswered, line};
use crate::link::Link;
use crate::notice::Notice;
use crate::received::Received;
use crate::settings::{Cut, SETTLED};
use crate::shared::Shared;
use crate::stream::Taken;
use crate::writer::WriteError;

/// The most that one read takes, and so the most that one `data` event holds.
const READ_SIZE: usize = 256 << 10;

/// When time is up, as much as the kernel can hold is still read, and beyond that not for longer than this: a sender may never
/// stop.
const DRAIN: Duration = Duration::from_secs(1);

thread_local! {
    /// Shared by all connections of a thread, so that an idle one costs no buffer.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_SIZE]);
}

/// Records `stream` until it ends, or the recorder's deadline, and returns how many octets came.
///
/// `reserved` is for its connection to an upstream, where it has one.
pub(crate) async fn record(stream: Channel, id: u64, shared: Arc<Shared>, reserved: Reserved) -> Result<u64, WriteError> {
    if shared.answers(id) || shared.settings.tls.is_some() {
        // Answers are pieces whose boundaries matter; where the option cannot be set, they are merely later.
        let _ = stream.set_nodelay();
    }
    let link = Link::new(stream, id, &shared, reserved);
    let mut received = Received::of(&shared.settings, id);
    let refused = match &link.stream.session {
        // In a box: a connection without TLS does not pay for it.
        Some(session) => Box::pin(link.shake_hands(session)).await?,
        None => None,
    };
    let Ending { peer, by, reason } = match refused {
        Some(NoTls { peer, by, reason }) => Ending { peer, by, reason: Some(reason) },
        None => link.converse(&mut received).await?,
    };
    if peer.is_fin() && !shared.settings.faults.close_delay.is_zero() {
        shared.release()?;
        Box::pin(link.hold()).await;
    }
    let peer = match by {
        // What the client makes of being cut off is its affair.
        EndedBy::Recorder | EndedBy::Limit | EndedBy::IdleTimeout | EndedBy::Upstream | EndedBy::Tls => peer,
        EndedBy::Peer | EndedBy::Stopped if link.stream.is_aborted() => PeerEnd::Reset,
        EndedBy::Peer | EndedBy::Stopped => peer,
    };
    if let (EndedBy::IdleTimeout | EndedBy::Stopped, Some(waiting)) = (by, received.waiting()) {
        shared.notice(&Notice::Waits { connection: id, waiting })?;
    }
    link.end(by, received.count)?;
    let reason = reason.or_else(|| link.stream.failure());
    let wire = link.stream.session.as_ref().map(|session| session.on_the_wire());
    let (bytes, crc32, reason) = (received.count, received.digest().into(), reason.map(Into::into));
    // Written before the socket closes: a client that was gone at this time did not wait for the close.
    shared.write(|at_us| Event::Close { connection: id, at_us, bytes, peer, by, reason, crc32, wire })?;
    Ok(bytes)
}

/// How a connection ended.
struct Ending {
    peer: PeerEnd,
    by: EndedBy,
    /// What there is to say, where it was an upstream's doing.
    reason: Option<String>,
}

/// How reading and answering came to an end.
enum Talk {
    /// The client has ended, and what was due was answered.
    Over(Ending),
    /// The client had not ended.
    CutShort(EndedBy, Option<String>),
}

enum Read {
    Octets,
    Nothing,
    Fin,
    /// FIN that TLS knew nothing of.
    Truncated,
    Reset,
    /// What came breaks TLS.
    Broken,
    /// The recorder reads no more.
    Enough(EndedBy),
}

impl Read {
    /// The end that this is, if it is one.
    fn end(&self) -> Option<(PeerEnd, EndedBy)> {
        match self {
            Self::Octets | Self::Nothing => None,
            Self::Fin => Some((PeerEnd::Fin, EndedBy::Peer)),
            Self::Truncated => Some((PeerEnd::Truncated, EndedBy::Peer)),
            Self::Reset => Some((PeerEnd::Reset, EndedBy::Peer)),
            Self::Broken => Some((PeerEnd::Open, EndedBy::Tls)),
            Self::Enough(by) => Some((PeerEnd::Open, *by)),
        }
    }
}

impl Link<'_> {
    /// Reads to the end, and answers meanwhile; but not for longer than the recorder's deadline and the idle timeout allow.
    async fn converse(&self, received: &mut Received<'_>) -> Result<Ending, WriteError> {
        let talk = tokio::select! {
            talk = self.talk(received) => talk?,
            by = self.time_is_up() => Talk::CutShort(by, self.unreached()),
        };
        let (by, reason) = match talk {
            Talk::Over(ending) => return Ok(ending),
            Talk::CutShort(by, reason) => (by, reason),
        };
        self.drain(received)?;
        let (peer, by) = match received.end {
            // A client that has ended was not stopped.
            Some(end) if by == EndedBy::Stopped => end,
            end => (end.map_or(PeerEnd::Open, |(peer, _)| peer), by),
        };
        Ok(Ending { peer, by, reason })
    }

    async fn time_is_up(&self) -> EndedBy {
        tokio::select! {
            () = self.shared.deadline() => EndedBy::Stopped,
            () = self.idle.is_over() => EndedBy::IdleTimeout,
        }
    }

    async fn talk(&self, received: &mut Received<'_>) -> Result<Talk, WriteError> {
        if self.shared.answers(self.id) {
            // In a box: an idle connection without answers does not pay for them.
            return Box::pin(self.read_and_answer(received)).await;
        }
        let (peer, by) = self.read_until_ended(received, None).await?;
        Ok(Talk::Over(Ending { peer, by, reason: None }))
    }

    async fn read_and_answer(&self, received: &mut Received<'_>) -> Result<Talk, WriteError> {
        let backlog = Backlog::new(&self.shared.waiting);
        let (teller, hearer) = line(&self.shared.settings.answers, &backlog);
        let mut reading = std::pin::pin!(self.read_until_ended(received, Some(&teller)));
        let mut answering = std::pin::pin!(self.answer(hearer));
        let (end, answered) = tokio::select! {
            end = &mut reading => {
                let end = end?;
                teller.ended(Stage::of(end));
                (end, self.answer_the_rest(answering, &teller, end).await)
            }
            answered = &mut answering => match answered {
                Err(Unanswered::Upstream(reason)) => return Ok(Talk::CutShort(EndedBy::Upstream, Some(reason))),
                Err(Unanswered::Write(error)) => return Err(error),
                Ok(()) | Err(Unanswered::Aborted) => (reading.await?, answered),
            },
        };
        let (peer, by) = end;
        Ok(Talk::Over(match answered {
            Ok(()) => Ending { peer, by, reason: self.unreached() },
            Err(Unanswered::Aborted) => Ending { peer: PeerEnd::Reset, by, reason: None },
            // What becomes of an upstream when its client has gone is its affair.
            Err(Unanswered::Upstream(_)) if peer == PeerEnd::Reset && self.unreached().is_none() => {
                Ending { peer, by, reason: None }
            }
            Err(Unanswered::Upstream(reason)) => Ending { peer, by: EndedBy::Upstream, reason: Some(reason) },
            Err(Unanswered::Write(error)) => return Err(error),
        }))
    }

    /// Answers on when nothing more is read, unless the client aborts the connection meanwhile.
    async fn answer_the_rest(
        &self,
        mut answering: Pin<&mut impl Future<Output = Result<(), Unanswered>>>,
        teller: &Teller<'_>,
        end: (PeerEnd, EndedBy),
    ) -> Result<(), Unanswered> {
        let may_abort = Stage::of(end) != Stage::Over;
        tokio::select! {
            answered = &mut answering => answered,
            () = self.stream.aborted(), if may_abort => {
                teller.ended(Stage::Left);
                answering.await.and(Err(Unanswered::Aborted))
            }
        }
    }

    async fn read_until_ended(
        &self,
        received: &mut Received<'_>,
        teller: Option<&Teller<'_>>,
    ) -> Result<(PeerEnd, EndedBy), WriteError> {
        let faults = &self.shared.settings.faults;
        if let Some(teller) = teller {
            teller.due(received);
        } else if let Some(end) = self.read_what_came(received)? {
            return Ok(end);
        }
        self.shared.release()?;
        self.idle.wait(faults.read_delay).await;
        let size = faults.slow_read.map_or(READ_SIZE, |slow| slow.bytes.clamp(1, READ_SIZE));
        loop {
            let mut most = size;
            // A cut does not wait for more to come.
            if !self.is_cut(received.count) {
                if let (true, Some(teller)) = (received.is_growing(), teller) {
                    Box::pin(self.settle(received, teller)).await;
                }
                if self.stream.readable().await.is_err() {
                    return Ok(*received.end.insert((PeerEnd::Reset, EndedBy::Peer)));
                }
                if let Some(teller) = teller {
                    most = size.min(match teller.room() {
                        0 => Box::pin(self.room_behind(teller)).await,
                        room => room,
                    });
                }
            }
            received.end = self.read(received, most, Channel::try_read, teller)?.end();
            if let Some(end) = received.end {
                if let Some(teller) = teller {
                    self.shared.release()?;
                    received.no_more(end.0.is_fin());
                    teller.due(received);
                }
                return Ok(end);
            }
            if let Some(slow) = faults.slow_read {
                self.idle.wait(slow.every).await;
            }
        }
    }

    /// Records what came with the connection, and its end where that is there too, before the runtime hears of either.
    fn read_what_came(&self, received: &mut Received<'_>) -> Result<Option<(PeerEnd, EndedBy)>, WriteError> {
        let faults = &self.shared.settings.faults;
        if faults.read_delay.is_zero() && faults.slow_read.is_none() {
            for _ in 0..2 {
                let read = self.read(received, READ_SIZE, Channel::read_now, None)?;
                received.end = read.end();
                if received.end.is_some() || matches!(read, Read::Nothing) {
                    break;
                }
            }
        }
        Ok(received.end)
    }

    /// Takes matches that may yet grow as they are, where nothing more comes for a while.
    async fn settle(&self, received: &mut Received<'_>, teller: &Teller<'_>) {
        if timeout(SETTLED, self.stream.readable()).await.is_err() {
            received.settle();
            teller.due(received);
        }
    }

    /// Waits until what is read can be handed on. Not for a client that has left: of that there is no more than the kernel holds.
    async fn room_behind(&self, teller: &Teller<'_>) -> usize {
        tokio::select! {
            room = teller.wait_for_room() => room,
            () = self.stream.aborted() => READ_SIZE,
        }
    }

    /// Records what the kernel holds at this moment. It is asked itself: the runtime knows only what it was woken for.
    fn drain(&self, received: &mut Received<'_>) -> Result<(), WriteError> {
        let (started, before) = (Instant::now(), received.count);
        let held = self.stream.receive_buffer() as u64;
        while received.end.is_none() && (started.elapsed() < DRAIN || received.count - before <= held) {
            let read = self.read(received, READ_SIZE, Channel::read_now, None)?;
            received.end = read.end();
            if let Read::Nothing = read {
                break;
            }
        }
        Ok(())
    }

    /// One read that does not wait, recorded before this returns.
    fn read(
        &self,
        received: &mut Received<'_>,
        most: usize,
        read: impl FnOnce(&Channel, &mut [u8]) -> io::Result<Taken>,
        teller: Option<&Teller<'_>>,
    ) -> Result<Read, WriteError> {
        if self.is_cut(received.count) {
            return Ok(Read::Enough(EndedBy::Recorder));
        }
        let room = self.room(received.count).min(most);
        // Without room, one octet shows whether there is more or the end; it is not recorded.
        BUFFER.with_borrow_mut(|buffer| match read(&self.stream, &mut buffer[..room.max(1)]) {
            Ok(Taken { count: 0, .. }) => {
                self.shared.hold(|at_us| Event::Fin { connection: self.id, at_us })?;
                Ok(if self.stream.is_truncated() { Read::Truncated } else { Read::Fin })
            }
            Ok(_) if room == 0 => Ok(Read::Enough(EndedBy::Limit)),
            Ok(Taken { count, urgent, .. }) => {
                let (connection, octets, offset) = (self.id, &buffer[..count], received.count);
                let urgent = urgent.then_some(offset);
                self.shared.write(|at_us| Event::Data { connection, at_us, offset, urgent, octets: octets.into() })?;
                received.update(octets);
                self.shared.count_received(count);
                self.idle.moved();
                if let Some(teller) = teller {
                    teller.received(received, octets);
                }
                Ok(Read::Octets)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Read::Nothing),
            Err(error) if self.stream.session.is_some() && error.kind() == io::ErrorKind::InvalidData => Ok(Read::Broken),
            Err(_) => Ok(Read::Reset),
        })
    }

    fn is_cut(&self, received: u64) -> bool {
        self.shared.settings.faults.cut.is_some_and(|cut| received >= cut.after())
    }

    /// The most octets that may still be received.
    fn room(&self, received: u64) -> usize {
        let cut = self.shared.settings.faults.cut.map_or(u64::MAX, |cut| cut.after().saturating_sub(received));
        usize::try_from(self.shared.room(received).min(cut)).unwrap_or(usize::MAX)
    }

    /// Waits before the close, as the settings say.
    async fn hold(&self) {
        tokio::select! {
            () = sleep(self.shared.settings.faults.close_delay) => {}
            () = self.shared.deadline() => {}
        }
    }

    /// Prepares the close: in order, or by an abort, so that no client takes a limit for a good end.
    fn end(&self, by: EndedBy, received: u64) -> Result<(), WriteError> {
        let resets = matches!(self.shared.settings.faults.cut, Some(Cut::Reset(_)));
        let prepared = match by {
            EndedBy::Peer | EndedBy::Stopped => {
                self.stream.say_goodbye();
                return Ok(());
            }
            EndedBy::Recorder if !resets => self.stream.shut_now(),
            EndedBy::IdleTimeout | EndedBy::Tls => self.stream.shut_now(),
            EndedBy::Recorder | EndedBy::Limit | EndedBy::Upstream => self.stream.abort_on_close(),
        };
        // It fails where the client has gone already: then there is nothing to prepare.
        drop(prepared);
        if by == EndedBy::Limit {
            let limit = self.shared.limit(received);
            self.shared.notice(&Notice::Limit { connection: self.id, limit })?;
        }
        Ok(())
    }
}
