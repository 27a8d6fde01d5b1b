//! A stream that somebody reads, or has stopped reading: a pipe, a terminal at Ctrl-S. A thread of its own writes it, so that whoever
//! does not read holds up nothing.
//!
//! What goes through a [`Feed`] is either for a watcher ([`Feed::offer`]: dropped where it cannot be shown, and the loss is said), or a
//! record that somebody keeps ([`Feed::deliver`]: nothing is dropped, and whoever has it to say waits).

use std::io::{self, Write};
use std::ops::{AddAssign, SubAssign};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::threads;
use crate::printable::counted;

/// Octets that wait for a watcher at the most: beyond, they are dropped.
const ROOM: usize = 4 << 20;

/// The most that is written at once: how far a reader has come is seen after each piece.
const PIECE: usize = 16 << 10;

/// Small texts are gathered for so long after a write, where nobody waits for them: a line for each of many connections is not to cost
/// a write, and a thread to be woken, each.
const GATHER: Duration = Duration::from_millis(5);

/// A reader that took no piece for so long is not waited for, once somebody is in a hurry.
const STALLED: Duration = Duration::from_millis(400);

/// What writes one stream. Clones feed the same stream.
#[derive(Clone)]
pub(super) struct Feed(Arc<Shared>);

/// Who is at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// Nobody who could stop reading: a file.
    Steady,
    /// Somebody who may.
    Wayward,
}

struct Shared {
    reader: Reader,
    state: Mutex<State>,
    /// There is something for the thread to write, or no reason any more to gather.
    work: Condvar,
    /// A piece was written, or the stream broke.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// What was handed on and is not being written yet.
    waiting: Vec<u8>,
    /// All that was handed on and is not written.
    unwritten: Extent,
    /// What was dropped and not said yet. While there is any, all is dropped: what is shown has no gap that is not said.
    dropped: Extent,
    /// What was dropped and is being said.
    saying: Extent,
    /// Pieces that were written.
    written: u64,
    /// Why nothing more can be written.
    broken: Option<Broken>,
    /// Nobody who has stopped reading is waited for any more.
    hurried: bool,
    /// Somebody waited for the reader, and in vain; until all is written.
    stalled: bool,
    /// The thread waits for something to write, or gathers it.
    rests: bool,
    /// Since when the thread is at writing something.
    writing: Option<Instant>,
    /// How many wait for what the thread writes.
    waiters: usize,
}

#[derive(Clone)]
struct Broken {
    kind: io::ErrorKind,
    reason: String,
}

/// How much text something is.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Extent {
    lines: usize,
    octets: usize,
}

impl Feed {
    /// Starts the thread that writes to `out`.
    ///
    /// # Errors
    /// There can be no further thread.
    pub(super) fn new(out: impl Write + Send + 'static, reader: Reader) -> io::Result<Self> {
        let shared = Arc::new(Shared { reader, state: Mutex::default(), work: Condvar::new(), changed: Condvar::new() });
        let feeding = Arc::clone(&shared);
        threads::start("feed", move || feeding.feed(out))?;
        Ok(Self(shared))
    }

    /// Hands text on to a watcher, and waits for none that may stop reading: where too much waits already it is dropped, which the
    /// watcher is told once it is back.
    pub(super) fn offer(&self, text: &str) {
        let mut state = self.0.state();
        // One that is broken takes nothing more, so it never has room again.
        while self.0.reader == Reader::Steady && state.broken.is_none() && !state.has_room(text) {
            state = self.0.wait(state, STALLED);
        }
        if state.has_room(text) && state.broken.is_none() {
            self.0.hand_on(&mut state, text.as_bytes());
        } else {
            state.dropped += Extent::of(text.as_bytes());
        }
    }

    /// Hands a record on and waits until it is written: however long that takes, or, once somebody is in a [`hurry`](Self::hurry),
    /// for as long as the reader goes on reading.
    ///
    /// # Errors
    /// The stream cannot be written, or was given up. Then it is incomplete, and takes nothing more.
    pub(super) fn deliver(&self, octets: &[u8]) -> io::Result<()> {
        let mut state = self.0.state();
        if state.broken.is_none() {
            self.0.hand_on(&mut state, octets);
        }
        let mut moved = (state.written, Instant::now());
        while state.broken.is_none() && !state.is_done() {
            state = self.0.wait(state, STALLED);
            if state.written != moved.0 || !state.hurried {
                moved = (state.written, Instant::now());
            } else if moved.1.elapsed() >= STALLED {
                state.broken = Some(Broken::given_up());
            }
        }
        state.broken.clone().map_or(Ok(()), |broken| Err(io::Error::new(broken.kind, broken.reason)))
    }

    /// From now on a reader is waited for only as long as it goes on reading.
    pub(super) fn hurry(&self) {
        self.0.state().hurried = true;
        self.0.changed.notify_all();
    }

    /// Waits until all is written, but no longer than `limit`, and not at all for a reader that was waited for in vain before. Until the
    /// thread begins to write, as on a busy machine, nobody has had anything to read, so that this time does not count.
    pub(super) fn settle(&self, limit: Duration) {
        let start = Instant::now();
        let mut state = self.0.state();
        while state.broken.is_none() && !state.is_done() && !state.stalled {
            let until = state.writing.map(|began| began.max(start) + limit);
            match until.map(|until| until.checked_duration_since(Instant::now())) {
                None => state = self.0.wait(state, STALLED),
                Some(Some(left)) => state = self.0.wait(state, left),
                Some(None) => state.stalled = true,
            }
        }
    }

    /// Waits as [`settle`](Self::settle) does; then, as a line for people, what was not shown and has not been said.
    pub(super) fn finish(&self, limit: Duration) -> Option<String> {
        self.settle(limit);
        let state = self.0.state();
        let mut unseen = state.unwritten;
        unseen += state.dropped;
        unseen += state.saying;
        let reason = state.broken.as_ref().map_or(NOBODY, |broken| &broken.reason);
        (unseen != Extent::default()).then(|| unseen.notice(reason))
    }
}

/// Why something was not shown, where the stream is as it should be.
const NOBODY: &str = "they were not read in time";

impl Write for Feed {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.deliver(octets).map(|()| octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Broken {
    fn given_up() -> Self {
        Self { kind: io::ErrorKind::TimedOut, reason: "it was no longer read at the end, so it is incomplete".into() }
    }
}

impl State {
    /// Whether a text may wait. Where nothing else does, however long it is: otherwise there would never be room for it.
    fn has_room(&self, text: &str) -> bool {
        let fits = self.unwritten.octets == 0 || self.unwritten.octets + text.len() <= ROOM;
        self.dropped == Extent::default() && fits
    }

    /// Whether what waits is so little that more may join it, and nobody waits for it.
    fn gathers(&self) -> bool {
        self.waiters == 0 && self.waiting.len() < PIECE
    }

    /// What is to be written, where there is something, and text only once it need not be gathered any more.
    fn take(&mut self, is_gathered: bool) -> Option<Next> {
        if !self.waiting.is_empty() {
            return is_gathered.then(|| Next::Text(std::mem::take(&mut self.waiting)));
        }
        self.saying = std::mem::take(&mut self.dropped);
        (self.saying != Extent::default()).then_some(Next::Loss(self.saying))
    }

    /// Whether all is written that was handed on, and said what was not.
    fn is_done(&self) -> bool {
        [self.unwritten, self.dropped, self.saying].iter().all(|extent| *extent == Extent::default())
    }
}

/// What the thread writes next.
enum Next {
    Text(Vec<u8>),
    Loss(Extent),
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the thread to write, which does not gather meanwhile.
    fn wait<'a>(&self, mut state: MutexGuard<'a, State>, limit: Duration) -> MutexGuard<'a, State> {
        state.waiters += 1;
        self.wake(&state);
        let mut state = self.changed.wait_timeout(state, limit).unwrap_or_else(PoisonError::into_inner).0;
        state.waiters -= 1;
        state
    }

    fn hand_on(&self, state: &mut State, octets: &[u8]) {
        let is_first = state.waiting.is_empty();
        state.waiting.extend_from_slice(octets);
        state.unwritten += Extent::of(octets);
        if is_first || !state.gathers() {
            self.wake(state);
        }
    }

    /// A thread that does not rest looks by itself whether there is more, before it does.
    fn wake(&self, state: &State) {
        if state.rests {
            self.work.notify_one();
        }
    }

    /// Writes what is handed on, for as long as the process lives or until the stream breaks.
    fn feed(&self, mut out: impl Write) {
        let mut gathered = Instant::now();
        let broken = loop {
            let next = self.next(gathered);
            let written = match next {
                Next::Text(text) => text.chunks(PIECE).try_for_each(|piece| {
                    write(&mut out, piece)?;
                    self.wrote(|state| state.unwritten -= Extent::of(piece));
                    Ok(())
                }),
                Next::Loss(loss) => {
                    write(&mut out, loss.notice(NOBODY).as_bytes()).map(|()| self.wrote(|state| state.saying = Extent::default()))
                }
            };
            if let Err(error) = written {
                break error;
            }
            gathered = Instant::now() + GATHER;
        };
        self.wrote(|state| state.broken = Some(Broken { kind: broken.kind(), reason: broken.to_string() }));
    }

    /// Waits for something to write, and until `gathered` for more of it. What was dropped came after all that waits.
    fn next(&self, gathered: Instant) -> Next {
        let mut state = self.state();
        state.writing = None;
        loop {
            let left = if state.gathers() { gathered.saturating_duration_since(Instant::now()) } else { Duration::ZERO };
            if let Some(next) = state.take(left.is_zero()) {
                state.writing = Some(Instant::now());
                return next;
            }
            let limit = (!state.waiting.is_empty()).then_some(left);
            state = self.rest(state, limit);
        }
    }

    fn rest<'a>(&self, mut state: MutexGuard<'a, State>, limit: Option<Duration>) -> MutexGuard<'a, State> {
        state.rests = true;
        let mut state = match limit {
            Some(limit) => self.work.wait_timeout(state, limit).unwrap_or_else(PoisonError::into_inner).0,
            None => self.work.wait(state).unwrap_or_else(PoisonError::into_inner),
        };
        state.rests = false;
        state
    }

    fn wrote(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        state.written += 1;
        state.stalled &= !state.is_done();
        if state.waiters > 0 {
            self.changed.notify_all();
        }
    }
}

fn write(out: &mut impl Write, octets: &[u8]) -> io::Result<()> {
    out.write_all(octets)?;
    out.flush()
}

impl Extent {
    fn of(octets: &[u8]) -> Self {
        Self { lines: octets.iter().filter(|octet| **octet == b'\n').count(), octets: octets.len() }
    }

    fn notice(self, reason: &str) -> String {
        format!("not shown: {}, {}: {reason}\n", counted(self.lines, "line"), counted(self.octets, "octet"))
    }
}

impl AddAssign for Extent {
    fn add_assign(&mut self, other: Self) {
        self.lines += other.lines;
        self.octets += other.octets;
    }
}

impl SubAssign for Extent {
    fn sub_assign(&mut self, other: Self) {
        self.lines -= other.lines;
        self.octets -= other.octets;
    }
}

#[cfg(test)]
mod tests;
