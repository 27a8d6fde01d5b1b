//! What a program writes, read as it comes and bounded in memory.

use std::collections::VecDeque;

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::expectation::{Content, Match, Matcher};

/// The most of stdout that is kept for people; all of it is compared.
const KEPT_OUTPUT: usize = 1 << 20;

/// The most of stderr that is kept: its end.
const KEPT_TAIL: usize = 16 << 10;

/// How much is read at once.
const PIECE: usize = 64 << 10;

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

    pub(super) async fn drain(&mut self, pipe: Option<impl AsyncRead + Unpin>) {
        each_piece(pipe, |piece| {
            let room = KEPT_OUTPUT - self.head.len();
            self.head.extend_from_slice(&piece[..piece.len().min(room)]);
            self.matcher.update(piece);
        })
        .await;
    }
}

impl Tail {
    pub(super) async fn drain(&mut self, pipe: Option<impl AsyncRead + Unpin>) {
        each_piece(pipe, |piece| {
            self.length += piece.len() as u64;
            self.octets.extend(piece);
            let surplus = self.octets.len().saturating_sub(KEPT_TAIL);
            self.octets.drain(..surplus);
        })
        .await;
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

/// Reads until the end of the pipe. An error is an end: there is nothing more to come.
async fn each_piece(pipe: Option<impl AsyncRead + Unpin>, mut piece: impl FnMut(&[u8])) {
    let Some(mut pipe) = pipe else { return };
    let mut buffer = Vec::with_capacity(PIECE);
    while let Ok(1..) = pipe.read_buf(&mut buffer).await {
        piece(&buffer);
        buffer.clear();
    }
}
