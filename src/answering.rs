//! The answering side of a connection: replies, an echo, or what an upstream says; and the recorder's own half-close.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{mpsc, watch};

use crate::backlog::Backlog;
use crate::connection::Link;
use crate::event::{EndedBy, Event, PeerEnd};
use crate::received::Received;
use crate::settings::{Answers, Reply};
use crate::turns::Due;
use crate::writer::WriteError;

/// Replies that are due and wait for those before them. When there are more, reading waits too: a client may ask for ever.
const DUE: usize = 1024;

/// What the answering side must know of the reading side.
#[derive(Default, Clone, Copy)]
pub(crate) struct Progress {
    received: u64,
    /// Whether a reply that is given once may still come to be due.
    replies: bool,
    stage: Stage,
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
    progress: watch::Receiver<Progress>,
    pub(crate) backlog: &'a Backlog<'a>,
    due: mpsc::UnboundedReceiver<Due>,
    done: watch::Sender<usize>,
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
            (PeerEnd::Fin, _) => Self::Fin,
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
async fn until(mut progress: watch::Receiver<Progress>, is: impl Fn(Stage) -> bool) {
    if progress.wait_for(|seen| is(seen.stage)).await.is_err() {
        // The reading side has gone in another stage.
        std::future::pending().await
    }
}

impl Progress {
    /// Whether so many octets came, and `None` where they may still come.
    fn reached(self, count: u64) -> Option<bool> {
        let reached = self.received >= count;
        (reached || self.stage != Stage::Open).then_some(reached)
    }
}

impl Link<'_> {
    /// Answers until all is said, or there is nobody to answer.
    pub(crate) async fn answer(&self, mut hearer: Hearer<'_>) -> Result<(), Unanswered> {
        let (progress, backlog) = (hearer.progress.clone(), hearer.backlog);
        let answered = match &self.shared.settings.answers {
            Answers::Upstream(address) => self.forward(address, &hearer).await,
            Answers::Replies(_) | Answers::Echo => tokio::select! {
                // What was received before the end is still answered.
                biased;
                answered = self.answer_oneself(&mut hearer) => answered,
                () = until(progress, |stage| matches!(stage, Stage::Over | Stage::Left)) => Ok(()),
            },
        };
        backlog.close();
        answered
    }

    async fn answer_oneself(&self, hearer: &mut Hearer<'_>) -> Result<(), Unanswered> {
        let mut progress = hearer.progress.clone();
        let half_close_after = self.shared.settings.faults.half_close_after;
        match &self.shared.settings.answers {
            Answers::Replies(replies) => self.reply(replies, hearer).await?,
            Answers::Echo => self.echo(hearer, half_close_after.unwrap_or(u64::MAX)).await?,
            Answers::Upstream(_) => {}
        }
        match half_close_after {
            Some(count) if reached(&mut progress, count).await => self.shut(),
            _ => Ok(()),
        }
    }

    /// Sends back all that is received, but no more than `most`.
    async fn echo(&self, hearer: &Hearer<'_>, most: u64) -> Result<(), Unanswered> {
        while self.sent() < most {
            let Some(octets) = hearer.backlog.take().await else { break };
            let room = usize::try_from(most - self.sent()).unwrap_or(usize::MAX);
            self.send(&octets[..room.min(octets.len())]).await?;
            hearer.backlog.handed_on(octets.len());
        }
        Ok(())
    }

    /// Sends the replies that are due, one after the other, until no more can be or the recorder is to half-close.
    async fn reply(&self, replies: &[Reply], hearer: &mut Hearer<'_>) -> Result<(), Unanswered> {
        let half_close = self.shared.settings.faults.half_close_after;
        let is_enough = |seen: &Progress| {
            seen.stage != Stage::Open || (!seen.replies && half_close.is_some_and(|count| seen.received >= count))
        };
        loop {
            let due = tokio::select! {
                // What is due comes first: that no more can be is told behind it.
                biased;
                due = hearer.due.recv() => due,
                Ok(_) = hearer.progress.wait_for(is_enough) => None,
            };
            let Some(due) = due else { return Ok(()) };
            if let Some(reply) = replies.get(due.reply) {
                self.idle.wait(reply.delay).await;
                self.send_pieces(&due.pieces(replies), reply).await?;
            }
            hearer.done.send_modify(|done| *done += 1);
        }
    }

    async fn send_pieces(&self, pieces: &[Vec<u8>], reply: &Reply) -> Result<(), Unanswered> {
        for (index, piece) in pieces.iter().enumerate() {
            if index > 0 {
                self.idle.wait(reply.pause).await;
            }
            self.send(piece).await?;
        }
        Ok(())
    }

    /// Sends octets, and records each part that the kernel took.
    pub(crate) async fn send(&self, mut octets: &[u8]) -> Result<(), Unanswered> {
        while !octets.is_empty() {
            self.stream.writable().await.map_err(|_| Unanswered::Aborted)?;
            let count = match self.stream.try_write(octets) {
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
                Err(_) => return Err(Unanswered::Aborted),
            };
            let (now, offset) = (&octets[..count], self.sent());
            self.shared.write(|at_us| Event::Sent { connection: self.id, at_us, offset, octets: now.into() })?;
            self.count_sent(count);
            octets = &octets[count..];
        }
        Ok(())
    }

    /// Sends the recorder's end of stream; it goes on reading.
    pub(crate) fn shut(&self) -> Result<(), Unanswered> {
        self.stream.shut().map_err(|_| Unanswered::Aborted)?;
        Ok(self.shared.write(|at_us| Event::Shut { connection: self.id, at_us })?)
    }
}

/// Waits until so many octets came; `false` where they never will.
async fn reached(progress: &mut watch::Receiver<Progress>, count: u64) -> bool {
    let decided = progress.wait_for(|seen| seen.reached(count).is_some()).await;
    decided.is_ok_and(|seen| seen.reached(count) == Some(true))
}
