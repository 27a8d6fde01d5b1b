//! The answering side of a connection: replies, an echo, or what an upstream says; and the recorder's own half-close.

use tokio::sync::{mpsc, watch};
use tokio::time::sleep;

use crate::connection::{Link, Received};
use crate::event::{EndedBy, Event};
use crate::settings::{Answers, Reply, Trigger};
use crate::writer::WriteError;

/// Reads that wait to be echoed or forwarded. When there are more, reading waits: memory does not grow with a stream.
const BACKLOG: usize = 256;

/// What the answering side must know of the reading side.
#[derive(Default, Clone, Copy)]
pub(crate) struct Progress {
    received: u64,
    patterns: usize,
    stage: Stage,
}

/// How far a connection has got.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
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
}

/// The reading side's end of the line to the answering side.
pub(crate) struct Teller {
    progress: watch::Sender<Progress>,
    octets: Option<mpsc::Sender<Vec<u8>>>,
}

/// The answering side's end.
pub(crate) struct Hearer {
    progress: watch::Receiver<Progress>,
    octets: mpsc::Receiver<Vec<u8>>,
}

/// Why the answering side gave up.
pub(crate) enum Unanswered {
    Write(WriteError),
    /// The client has aborted the connection.
    Aborted,
    /// The recorder has to end it.
    Ended(EndedBy),
}

impl From<WriteError> for Unanswered {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}

/// A line from the reading to the answering side; `octets` is whether it carries what was received too.
pub(crate) fn line(octets: bool) -> (Teller, Hearer) {
    let (progress, seen) = watch::channel(Progress::default());
    let (send, receive) = mpsc::channel(BACKLOG);
    (Teller { progress, octets: octets.then_some(send) }, Hearer { progress: seen, octets: receive })
}

impl Teller {
    /// Something was received. Waits where the answering side is too far behind.
    pub(crate) async fn received(&self, received: &mut Received) {
        self.progress.send_modify(|seen| {
            seen.received = received.count;
            seen.patterns = received.patterns.found();
        });
        if let Some(octets) = &self.octets {
            // The answering side may have ended: then nobody needs them.
            let _ = octets.send(std::mem::take(&mut received.copy)).await;
        }
    }

    /// Nothing more will be received.
    pub(crate) fn ended(self, stage: Stage) {
        self.progress.send_modify(|seen| seen.stage = stage);
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
    /// Answers until all is said, the recorder's deadline, or there is nobody to answer.
    pub(crate) async fn answer(&self, mut hearer: Hearer) -> Result<(), Unanswered> {
        let mut progress = hearer.progress.clone();
        tokio::select! {
            answered = self.answer_all(&mut hearer) => answered,
            () = self.shared.deadline() => Ok(()),
            // The reading side may have gone in another stage: then this never holds.
            Ok(_) = progress.wait_for(|seen| seen.stage == Stage::Over) => Ok(()),
        }
    }

    async fn answer_all(&self, hearer: &mut Hearer) -> Result<(), Unanswered> {
        match &self.shared.settings.answers {
            Answers::Replies(replies) => self.reply(replies, &mut hearer.progress).await?,
            Answers::Echo => {
                while let Some(octets) = hearer.octets.recv().await {
                    self.send(&octets).await?;
                }
            }
            Answers::Upstream(address) => {
                let mut progress = hearer.progress.clone();
                tokio::select! {
                    forwarded = self.forward(address, &mut hearer.octets) => forwarded?,
                    Ok(_) = progress.wait_for(|seen| seen.stage == Stage::Cut) => {}
                }
            }
        }
        match self.shared.settings.faults.half_close_after {
            Some(count) if reached(&mut hearer.progress, &Trigger::Octets(count), 0).await => self.shut(),
            _ => Ok(()),
        }
    }

    /// Sends the replies, each when its time has come.
    async fn reply(&self, replies: &[Reply], progress: &mut watch::Receiver<Progress>) -> Result<(), Unanswered> {
        let mut patterns = 0;
        for reply in replies.iter().filter(|reply| reply.is_for(self.id)) {
            patterns += usize::from(matches!(reply.when, Trigger::Pattern(_)));
            // Where its time can come no more, that of a later reply still can.
            if reached(progress, &reply.when, patterns).await {
                sleep(reply.delay).await;
                self.send_pieces(reply).await?;
            }
        }
        Ok(())
    }

    async fn send_pieces(&self, reply: &Reply) -> Result<(), Unanswered> {
        for (index, piece) in reply.pieces.iter().enumerate() {
            if index > 0 {
                sleep(reply.pause).await;
            }
            self.send(piece).await?;
        }
        Ok(())
    }

    /// Sends octets, and records each part that the kernel took.
    pub(crate) async fn send(&self, mut octets: &[u8]) -> Result<(), Unanswered> {
        while !octets.is_empty() {
            match self.unless_idle(self.stream.writable()).await {
                Some(Ok(())) => {}
                Some(Err(_)) => return Err(Unanswered::Aborted),
                None => return Err(Unanswered::Ended(EndedBy::IdleTimeout)),
            }
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
