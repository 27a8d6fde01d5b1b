//! The answering side of a connection: replies, an echo, or what an upstream says; and the recorder's own half-close.

use tokio::sync::watch;

use crate::line::{Hearer, Progress, Stage, Unanswered, until};
use crate::link::Link;
use crate::settings::{Answers, Reply};

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
            Some(count) if reached(&mut progress, count).await => self.shut().await,
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
}

/// Waits until so many octets came; `false` where they never will.
async fn reached(progress: &mut watch::Receiver<Progress>, count: u64) -> bool {
    let decided = progress.wait_for(|seen| seen.reached(count).is_some()).await;
    decided.is_ok_and(|seen| seen.reached(count) == Some(true))
}
