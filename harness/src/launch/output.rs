//! What a program writes, read as it comes and bounded in memory.

use std::collections::VecDeque;
use std::io::{self, PipeWriter, Read};
use std::thread;

use tokio::sync::mpsc;

use crate::expectation::{Content, Match, Matcher};

/// The most of stdout that is kept for people; all of it is compared.
const KEPT_OUTPUT: usize = 1 << 20;

/// The most of stderr that is kept: its end.
const KEPT_TAIL: usize = 16 << 10;

/// How much is read at once.
const PIECE: usize = 64 << 10;

/// How many pieces may wait; then the program waits.
const PIECES: usize = 4;

/// What comes out of a pipe.
pub(super) type Pieces = mpsc::Receiver<Vec<u8>>;

/// A program's stdout, held against what it should be.
pub struct Output<'a> {
    matcher: Matcher<'a>,
    head: Vec<u8>,
}

/// The end of a program's stderr.
#[derive(Debug, Default, Clone)]
pub struct Tail {
    octets: VecDeque<u8>,
    length: u64,
}

impl<'a> Output<'a> {
    /// Compares with `expected`; `None` only collects.
    #[must_use]
    pub fn new(expected: Option<&'a Content>) -> Self {
        Self { matcher: Matcher::new(expected), head: Vec::new() }
    }

    /// What came, and its beginning.
    #[must_use]
    pub fn finish(self) -> (Match, Vec<u8>) {
        (self.matcher.finish(), self.head)
    }

    pub(super) async fn drain(&mut self, mut pieces: Pieces) {
        while let Some(piece) = pieces.recv().await {
            let room = KEPT_OUTPUT - self.head.len();
            self.head.extend_from_slice(&piece[..piece.len().min(room)]);
            self.matcher.update(&piece);
        }
    }
}

impl Tail {
    pub(super) async fn drain(&mut self, mut pieces: Pieces) {
        while let Some(piece) = pieces.recv().await {
            self.length += piece.len() as u64;
            self.octets.extend(piece);
            let surplus = self.octets.len().saturating_sub(KEPT_TAIL);
            self.octets.drain(..surplus);
        }
    }

    /// The text, with what is no UTF-8 replaced, and a note where its beginning is missing.
    #[must_use]
    pub fn text(&self) -> String {
        let octets: Vec<u8> = self.octets.iter().copied().collect();
        let text = String::from_utf8_lossy(&octets);
        match self.length - octets.len() as u64 {
            0 => text.into_owned(),
            missing => format!("[{missing} octets before this are left out]\n{text}"),
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
    let (mut reader, writer) = io::pipe()?;
    let (send, pieces) = mpsc::channel(PIECES);
    thread::Builder::new().name("pipe".into()).spawn(move || {
        let mut buffer = vec![0; PIECE];
        // An error is an end: there is nothing more to come.
        while let Ok(length @ 1..) = reader.read(&mut buffer) {
            if send.blocking_send(buffer[..length].to_vec()).is_err() {
                break;
            }
        }
    })?;
    Ok((writer, pieces))
}
