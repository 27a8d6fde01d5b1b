//! What a program writes, read as it comes and bounded in memory.

use std::collections::VecDeque;
use std::io::{self, PipeReader, PipeWriter, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio::sync::{Notify, mpsc};

use super::platform;
use crate::suite::expectation::{Content, Match, Matcher};

/// The most of stdout that is kept for people; all of it is compared.
const KEPT_OUTPUT: usize = 1 << 20;

/// The most of stderr that is kept of its beginning, and as much of its end. Some programs say first what failed, and some last.
const KEPT: usize = 8 << 10;

/// How much is read at once.
const PIECE: usize = 64 << 10;

/// How many pieces may wait; then the program waits.
const PIECES: usize = 4;

/// What comes out of a pipe.
pub(super) struct Pieces {
    pieces: mpsc::Receiver<Vec<u8>>,
    /// Closed with this, it ends the thread that reads.
    _wanted: PipeWriter,
}

/// A program's stdout, held against what it should be.
pub struct Output<'a> {
    heard: Heard<'a>,
    most: usize,
    /// Told when more came than is kept.
    is_full: Option<Arc<Notify>>,
    /// Told when anything came.
    came: Option<Box<dyn Fn() + Send + Sync>>,
}

/// What a program has written to stdout so far, for who asks while it still writes.
#[derive(Clone)]
pub struct Heard<'a>(Arc<Mutex<Written<'a>>>);

#[derive(Clone)]
struct Written<'a> {
    matcher: Matcher<'a>,
    head: Vec<u8>,
    is_over: bool,
}

impl Heard<'_> {
    /// What came so far, and its beginning.
    #[must_use]
    pub fn so_far(&self) -> (Match, Vec<u8>) {
        let Written { matcher, head, .. } = self.lock().clone();
        (matcher.finish(), head)
    }

    /// Takes no notice of what comes from now on.
    pub fn is_enough(&self) {
        self.lock().is_over = true;
    }
}

impl<'a> Heard<'a> {
    /// Nothing that is done under the lock panics.
    fn lock(&self) -> MutexGuard<'_, Written<'a>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The beginning and the end of a program's stderr.
#[derive(Debug, Default, Clone)]
pub struct Excerpt {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    length: u64,
}

impl<'a> Output<'a> {
    /// Compares with `expected`; `None` only collects.
    #[must_use]
    pub fn new(expected: Option<&'a Content>) -> Self {
        let written = Written { matcher: Matcher::new(expected), head: Vec::new(), is_over: false };
        Self { heard: Heard(Arc::new(Mutex::new(written))), most: KEPT_OUTPUT, is_full: None, came: None }
    }

    /// As [`Output::new`], where so many octets are kept.
    #[must_use]
    pub fn keeping(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// Collects at most so many octets, and tells when there are more.
    #[must_use]
    pub fn collecting(most: usize) -> (Self, Arc<Notify>) {
        let is_full = Arc::new(Notify::new());
        let output = Self { most, is_full: Some(Arc::clone(&is_full)), ..Self::new(None) };
        (output, is_full)
    }

    /// Has `came` told whenever something came.
    pub fn tell(&mut self, came: impl Fn() + Send + Sync + 'static) {
        self.came = Some(Box::new(came));
    }

    /// What can be asked while it is still written.
    #[must_use]
    pub fn heard(&self) -> Heard<'a> {
        self.heard.clone()
    }

    /// What came, and its beginning.
    #[must_use]
    pub fn finish(self) -> (Match, Vec<u8>) {
        self.heard.so_far()
    }

    pub(super) async fn drain(&mut self, mut source: Pieces) {
        while let Some(piece) = source.pieces.recv().await {
            self.take(&piece);
            self.came.iter().for_each(|came| came());
        }
    }

    fn take(&self, piece: &[u8]) {
        let mut heard = self.heard.lock();
        if heard.is_over {
            return;
        }
        let room = self.most - heard.head.len();
        if piece.len() > room {
            self.is_full.iter().for_each(|is_full| is_full.notify_one());
        }
        heard.head.extend_from_slice(&piece[..piece.len().min(room)]);
        heard.matcher.update(piece);
    }
}

impl Excerpt {
    pub(super) async fn drain(&mut self, mut source: Pieces) {
        while let Some(piece) = source.pieces.recv().await {
            self.add(&piece);
        }
    }

    pub(super) fn add(&mut self, piece: &[u8]) {
        self.length += piece.len() as u64;
        let (head, tail) = piece.split_at(piece.len().min(KEPT - self.head.len()));
        self.head.extend_from_slice(head);
        self.tail.extend(tail);
        let surplus = self.tail.len().saturating_sub(KEPT);
        self.tail.drain(..surplus);
    }

    /// The text, with what is no UTF-8 replaced, and a note where its middle is missing.
    #[must_use]
    pub fn text(&self) -> String {
        let tail: Vec<u8> = self.tail.iter().copied().collect();
        match self.length - (self.head.len() + tail.len()) as u64 {
            0 => String::from_utf8_lossy(&[self.head.as_slice(), &tail].concat()).into_owned(),
            between => {
                let [head, tail] = [&self.head, &tail].map(|octets| String::from_utf8_lossy(octets));
                format!("{head}\n[{between} octets left out]\n{tail}")
            }
        }
    }
}

/// A pipe to start a program with, and the pieces that come out of it.
///
/// A thread of its own reads it. Even a read that does not wait can be held up, for as long as the program likes: Linux keeps a
/// pipe locked while a program splices a socket into it. The recorder and the time limit are not to be held up with it.
///
/// # Errors
/// There are too many open files or threads.
pub(super) fn pipe() -> io::Result<(PipeWriter, Pieces)> {
    let (reader, writer) = io::pipe()?;
    let (unwanted, wanted) = io::pipe()?;
    let (send, pieces) = mpsc::channel(PIECES);
    thread::Builder::new().name("pipe".into()).spawn(move || pass_on(reader, &unwanted, &send))?;
    Ok((writer, Pieces { pieces, _wanted: wanted }))
}

/// Passes on what comes out of a pipe until its end, or until nobody wants it: a process that escaped may hold it open for ever.
fn pass_on(mut reader: PipeReader, unwanted: &PipeReader, pieces: &mpsc::Sender<Vec<u8>>) {
    let mut buffer = vec![0; PIECE];
    while platform::comes_before(&reader, unwanted) {
        // An error is an end: there is nothing more to come.
        let Ok(length @ 1..) = reader.read(&mut buffer) else { break };
        if pieces.blocking_send(buffer[..length].to_vec()).is_err() {
            break;
        }
    }
}

#[cfg(test)]
mod excerpts {
    use super::*;

    #[test]
    fn the_beginning_and_the_end_are_kept_and_how_much_lies_between_is_said() {
        let mut excerpt = Excerpt::default();
        excerpt.add(b"first");
        excerpt.add(&[b'x'; 3]);
        assert_eq!(excerpt.text(), "firstxxx");
        excerpt.add(&[b'-'; KEPT * 2]);
        excerpt.add(b"last");
        let text = excerpt.text();
        assert!(text.starts_with("firstxxx---") && text.ends_with("---last"), "{text:.40}");
        assert!(text.contains("\n[12 octets left out]\n"), "{text:.40}");
        assert_eq!((excerpt.head.len(), excerpt.tail.len()), (KEPT, KEPT));
    }
}

#[cfg(all(test, unix))]
mod tests {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use super::*;

    #[test]
    fn a_pipe_that_nobody_wants_is_let_go_while_it_is_open() {
        let (writer, pieces) = pipe().unwrap();
        drop(pieces);
        let patience = Timespec { tv_sec: 60, tv_nsec: 0 };
        let mut end = [PollFd::new(&writer, PollFlags::empty())];
        assert_eq!(poll(&mut end, Some(&patience)), Ok(1), "the thread still reads");
        assert_eq!(end[0].revents(), PollFlags::ERR);
    }
}
