//! The answering side of a connection: replies, an echo, or what an upstream says; and the recorder's own half-close.

use tokio::sync::watch;

use crate::backlog::Backlog;
use crate::connection::Link;
use crate::event::{EndedBy, Event, PeerEnd};
use crate::received::Received;
use crate::settings::{Answers, Reply, Trigger};
use crate::writer::WriteError;

/// What the answering side must know of the reading side.
#[derive(Default, Clone, Copy)]
pub(crate) struct Progress {
    received: u64,
    patterns: usize,
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
}

/// The answering side's end.
pub(crate) struct Hearer<'a> {
    progress: watch::Receiver<Progress>,
    pub(crate) backlog: &'a Backlog<'a>,
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
    let (progress, seen) = watch::channel(Progress::default());
    let copies = matches!(answers, Answers::Echo | Answers::Upstream(_));
    (Teller { progress, backlog: copies.then_some(backlog) }, Hearer { progress: seen, backlog })
}

impl Teller<'_> {
    /// How many octets the next read may take; none where the answering side is too far behind.
    pub(crate) fn room(&self) -> usize {
        self.backlog.map_or(usize::MAX, Backlog::room)
    }

    /// The same, once there is room.
    pub(crate) async fn wait_for_room(&self) -> usize {
        match self.backlog {
            Some(backlog) => backlog.wait_for_room().await,
            None => usize::MAX,
        }
    }

    /// Something was received.
    pub(crate) fn received(&self, received: &Received, octets: &[u8]) {
        self.progress.send_modify(|seen| {
            seen.received = received.count;
            seen.patterns = received.patterns.found();
        });
        if let Some(backlog) = self.backlog {
            backlog.put(octets);
        }
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
        if self.progress.clone().wait_for(|seen| is(seen.stage)).await.is_err() {
            // The reading side has gone in another stage.
            std::future::pending().await
        }
    }
}

impl Progress {
    /// Whether a trigger holds, and `None` where it may still come to hold. `patterns` is how many patterns must be found.
    fn reached(&self, when: &Trigger, patterns: usize) -> Option<bool> {
        let reached = match when {
            Trigger::Connect => true,
            Trigger::Octets(count) => self.received >= *count,
            Trigger::Pattern(_) => self.patterns >= patterns,
            Trigger::Fin => self.stage == Stage::Fin,
        };
        (reached || self.stage != Stage::Open).then_some(reached)
    }
}

impl Link<'_> {
    /// Answers until all is said, or there is nobody to answer.
    pub(crate) async fn answer(&self, hearer: &Hearer<'_>) -> Result<(), Unanswered> {
        let answered = match &self.shared.settings.answers {
            Answers::Upstream(address) => self.forward(address, hearer).await,
            Answers::Replies(_) | Answers::Echo => tokio::select! {
                answered = self.answer_oneself(hearer) => answered,
                () = hearer.until(|stage| matches!(stage, Stage::Over | Stage::Left)) => Ok(()),
            },
        };
        hearer.backlog.close();
        answered
    }

    async fn answer_oneself(&self, hearer: &Hearer<'_>) -> Result<(), Unanswered> {
        let mut progress = hearer.progress.clone();
        let half_close_after = self.shared.settings.faults.half_close_after;
        match &self.shared.settings.answers {
            Answers::Replies(replies) => self.reply(replies, &mut progress).await?,
            Answers::Echo => self.echo(hearer, half_close_after.unwrap_or(u64::MAX)).await?,
            Answers::Upstream(_) => {}
        }
        match half_close_after {
            Some(count) if reached(&mut progress, &Trigger::Octets(count), 0).await => self.shut(),
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

    /// Sends the replies, each when its time has come.
    async fn reply(&self, replies: &[Reply], progress: &mut watch::Receiver<Progress>) -> Result<(), Unanswered> {
        let mut patterns = 0;
        for reply in replies.iter().filter(|reply| reply.is_for(self.id)) {
            patterns += usize::from(matches!(reply.when, Trigger::Pattern(_)));
            // Where its time can come no more, that of a later reply still can.
            if reached(progress, &reply.when, patterns).await {
                self.idle.wait(reply.delay).await;
                self.send_pieces(reply).await?;
            }
        }
        Ok(())
    }

    async fn send_pieces(&self, reply: &Reply) -> Result<(), Unanswered> {
        for (index, piece) in reply.pieces.iter().enumerate() {
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

/// Waits until a trigger holds; `false` where it never will.
async fn reached(progress: &mut watch::Receiver<Progress>, when: &Trigger, patterns: usize) -> bool {
    let decided = progress.wait_for(|seen| seen.reached(when, patterns).is_some()).await;
    decided.is_ok_and(|seen| seen.reached(when, patterns) == Some(true))
}
