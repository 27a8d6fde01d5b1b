//! The line between the two sides of a connection: what the reading side tells the answering side, and how far that has got.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{mpsc, watch};

use crate::backlog::Backlog;
use crate::event::{EndedBy, PeerEnd};
use crate::received::Received;
use crate::settings::Answers;
use crate::turns::Due;
use crate::writer::WriteError;

/// Replies that are due and wait for those before them. When there are more, reading waits too: a client may ask for ever.
const DUE: usize = 1024;

/// What the answering side must know of the reading side.
#[derive(Default, Clone, Copy)]
pub(crate) struct Progress {
    pub(crate) received: u64,
    /// Whether a reply that is given once may still come to be due.
    pub(crate) replies: bool,
    pub(crate) stage: Stage,
}

/// How far a connection has got.
#[derive(Default, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Octets may still come.
    #[default]
    Open,
    /// The client's end of stream was read.
    Fin,
    /// The recorder reads no more; what is due is still answered.
    Cut,
    /// There is nobody to answer any more.
    Over,
    /// The same, and that after nothing more was read.
    Left,
}

/// The reading side's end of the line to the answering side.
pub(crate) struct Teller<'a> {
    progress: watch::Sender<Progress>,
    /// Where the answering side wants the octets too.
    backlog: Option<&'a Backlog<'a>>,
    due: mpsc::UnboundedSender<Due>,
    /// How many replies it was told are due, and how many of them are done.
    told: AtomicUsize,
    done: watch::Receiver<usize>,
}

/// The answering side's end.
pub(crate) struct Hearer<'a> {
    pub(crate) progress: watch::Receiver<Progress>,
    pub(crate) backlog: &'a Backlog<'a>,
    pub(crate) due: mpsc::UnboundedReceiver<Due>,
    pub(crate) done: watch::Sender<usize>,
}

/// Why the answering side gave up.
pub(crate) enum Unanswered {
    Write(WriteError),
    /// The client has aborted the connection.
    Aborted,
    /// The server that was to answer could not be reached or went away; why.
    Upstream(String),
}

impl From<WriteError> for Unanswered {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}

impl Stage {
    /// The stage that a connection is in when reading has ended.
    pub(crate) fn of(end: (PeerEnd, EndedBy)) -> Self {
        match end {
            (PeerEnd::Fin | PeerEnd::Truncated, _) => Self::Fin,
            (PeerEnd::Open, EndedBy::Recorder) => Self::Cut,
            (PeerEnd::Reset | PeerEnd::Open, _) => Self::Over,
        }
    }
}

/// A line from the reading to the answering side, with what was received in `backlog` where the answers are made of it.
pub(crate) fn line<'a>(answers: &Answers, backlog: &'a Backlog<'a>) -> (Teller<'a>, Hearer<'a>) {
    // Nobody knows yet which replies there are.
    let (progress, seen) = watch::channel(Progress { replies: true, ..Progress::default() });
    let (tell_due, due) = mpsc::unbounded_channel();
    let (done, hear_done) = watch::channel(0);
    let copies = matches!(answers, Answers::Echo | Answers::Upstream(_));
    let backlog_of = copies.then_some(backlog);
    let teller = Teller { progress, backlog: backlog_of, due: tell_due, told: AtomicUsize::new(0), done: hear_done };
    (teller, Hearer { progress: seen, backlog, due, done })
}

impl Teller<'_> {
    /// How many octets the next read may take; none where the answering side is too far behind.
    pub(crate) fn room(&self) -> usize {
        if self.owes_many(*self.done.borrow()) { 0 } else { self.backlog.map_or(usize::MAX, Backlog::room) }
    }

    fn owes_many(&self, done: usize) -> bool {
        self.told.load(Ordering::Relaxed) - done >= DUE
    }

    /// The same, once there is room.
    pub(crate) async fn wait_for_room(&self) -> usize {
        // Where the answering side has ended, nothing is owed any more.
        let _ = self.done.clone().wait_for(|done| !self.owes_many(*done)).await;
        match self.backlog {
            Some(backlog) => backlog.wait_for_room().await,
            None => usize::MAX,
        }
    }

    /// Something was received.
    pub(crate) fn received(&self, received: &mut Received<'_>, octets: &[u8]) {
        self.due(received);
        if let Some(backlog) = self.backlog {
            backlog.put(octets);
        }
    }

    /// Some replies may be due.
    pub(crate) fn due(&self, received: &mut Received<'_>) {
        for due in received.due() {
            self.told.fetch_add(1, Ordering::Relaxed);
            // The answering side may have ended: then nobody waits for it.
            let _ = self.due.send(due);
        }
        // Told last: who hears of it has been given all that was due.
        self.progress.send_modify(|seen| (seen.received, seen.replies) = (received.count, received.has_replies()));
    }

    /// Nothing more will be received.
    pub(crate) fn ended(&self, stage: Stage) {
        self.progress.send_modify(|seen| seen.stage = stage);
        if let Some(backlog) = self.backlog {
            backlog.end();
        }
    }
}

impl Hearer<'_> {
    pub(crate) fn stage(&self) -> Stage {
        self.progress.borrow().stage
    }

    /// Waits for a stage.
    pub(crate) async fn until(&self, is: impl Fn(Stage) -> bool) {
        until(self.progress.clone(), is).await;
    }
}

/// Waits for a stage.
pub(crate) async fn until(mut progress: watch::Receiver<Progress>, is: impl Fn(Stage) -> bool) {
    if progress.wait_for(|seen| is(seen.stage)).await.is_err() {
        // The reading side has gone in another stage.
        std::future::pending().await
    }
}

impl Progress {
    /// Whether so many octets came, and `None` where they may still come.
    pub(crate) fn reached(self, count: u64) -> Option<bool> {
        let reached = self.received >= count;
        (reached || self.stage != Stage::Open).then_some(reached)
    }
}
