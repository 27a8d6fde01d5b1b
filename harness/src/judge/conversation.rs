//! Both sides of a connection, as a capture tells them: which answers were due, which were sent, and who talked out of turn. Pure.
//!
//! The recorder's own [`Turns`] are asked again, octet by octet, so that a verdict needs nothing but the capture and the case.

use std::collections::VecDeque;

use samewire_recorder::{Answers, Event, Reply, SETTLED, Trigger, Turns};
use serde::{Deserialize, Serialize};

/// What there is to say of the answers on a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// Octets that the recorder sent.
    pub sent: u64,
    /// When it sent the last of them, in microseconds since the recorder started.
    pub last_us: u64,
    /// Octets of replies that were due and were not sent.
    pub left: u64,
    /// The reply that had not had its time when the client ended, where there is one: `reply 1 of 5 waits for "PING"`.
    pub waiting: Option<String>,
    /// The first octets that came while a reply was due, where any did.
    pub early: Option<Early>,
}

/// Octets that came out of turn: a reply was due, and not yet sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Early {
    /// How many, until that reply was sent.
    pub octets: u64,
    /// When the first came, in microseconds since the recorder started.
    pub at_us: u64,
    /// The reply that was due, from 1.
    pub reply: usize,
    /// Of how many.
    pub of: usize,
    /// When it was sent to its end; none where it never was.
    pub sent_us: Option<u64>,
}

/// A connection while its events go by.
pub(crate) struct Conversation<'a> {
    replies: &'a [Reply],
    turns: Turns<'a>,
    /// Replies that are due and not sent, with the octets sent once they are.
    owed: VecDeque<(usize, u64)>,
    /// Octets of all replies that came to be due.
    due: u64,
    /// When octets came last.
    last_us: u64,
    answered: Answered,
}

impl<'a> Conversation<'a> {
    /// A connection that was just opened.
    #[must_use]
    pub(crate) fn new(answers: &'a Answers, connection: u64, at_us: u64) -> Self {
        let replies = match answers {
            Answers::Replies(replies) => replies.as_slice(),
            Answers::Echo | Answers::Upstream(_) => &[],
        };
        let (owed, answered) = (VecDeque::new(), Answered::default());
        let turns = Turns::new(replies, connection);
        let mut conversation = Self { replies, turns, owed, due: 0, last_us: at_us, answered };
        conversation.owe();
        conversation
    }

    /// The connection's next event.
    pub(crate) fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Data { at_us, octets, .. } => self.received(*at_us, octets),
            Event::Sent { at_us, octets, .. } => self.sent(*at_us, octets.len() as u64),
            Event::Fin { .. } => {
                // A client that is ended because it waits for ever sends FIN too: what it waited for is what there is to say.
                let waiting = self.turns.waiting().filter(|waiting| waiting.when != Trigger::Fin);
                self.answered.waiting = waiting.map(|waiting| waiting.to_string());
                self.turns.end(true);
                self.owe();
            }
            _ => {}
        }
    }

    /// The connection is over.
    #[must_use]
    pub(crate) fn finish(mut self) -> Answered {
        self.answered.left = self.due.saturating_sub(self.answered.sent);
        self.answered.waiting = self.answered.waiting.or_else(|| self.turns.waiting().map(|waiting| waiting.to_string()));
        self.answered
    }

    fn received(&mut self, at_us: u64, octets: &[u8]) {
        if u128::from(at_us.saturating_sub(self.last_us)) >= SETTLED.as_micros() {
            self.settle();
        }
        self.last_us = at_us;
        let owed_before = !self.owed.is_empty();
        let before = self.turns.count();
        self.turns.received(octets);
        let first = self.owe();
        let early = match first {
            _ if owed_before => octets.len() as u64,
            // What stands behind the end of the request came before its answer.
            Some(after) => before + octets.len() as u64 - after.max(before),
            None => 0,
        };
        if early > 0 {
            self.early(at_us, early);
        }
    }

    fn early(&mut self, at_us: u64, octets: u64) {
        let Some((reply, _)) = self.owed.front() else { return };
        let (reply, of) = (reply + 1, self.replies.len());
        match &mut self.answered.early {
            Some(early) if early.sent_us.is_none() => early.octets += octets,
            Some(_) => {}
            none => *none = Some(Early { octets, at_us, reply, of, sent_us: None }),
        }
    }

    fn sent(&mut self, at_us: u64, octets: u64) {
        if self.owed.is_empty() {
            // What was answered was due, so what it answers had settled.
            self.settle();
        }
        self.answered.sent += octets;
        self.answered.last_us = at_us;
        while let Some((reply, _)) = self.owed.front().copied().filter(|(_, end)| *end <= self.answered.sent) {
            self.owed.pop_front();
            let of_it = |early: &&mut Early| early.sent_us.is_none() && early.reply == reply + 1;
            if let Some(early) = self.answered.early.as_mut().filter(of_it) {
                early.sent_us = Some(at_us);
            }
        }
    }

    /// Nothing came for so long that what waits for a pause is due.
    pub(crate) fn settle(&mut self) {
        self.turns.settle();
        self.owe();
    }

    /// Notes what came to be due, and where in the stream the first of it did. A reply without octets is sent as soon as it is due.
    fn owe(&mut self) -> Option<u64> {
        let all = self.turns.take();
        let mut first = None;
        for due in &all {
            self.due += due.pieces(self.replies).iter().map(|piece| piece.len() as u64).sum::<u64>();
            if self.due > self.answered.sent {
                self.owed.push_back((due.reply, self.due));
                first = first.or(Some(due.after));
            }
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a connection: `<` is received, `>` sent, `.` FIN, each at so many milliseconds.
    fn answered(replies: Vec<Reply>, events: &[(u64, &str)]) -> Answered {
        let answers = Answers::Replies(replies);
        let mut conversation = Conversation::new(&answers, 1, 0);
        for (at, event) in events {
            let (at_us, octets) = (at * 1000, event.as_bytes()[1..].into());
            conversation.event(&match &event[..1] {
                "<" => Event::Data { connection: 1, at_us, offset: 0, urgent: None, octets },
                ">" => Event::Sent { connection: 1, at_us, offset: 0, octets },
                _ => Event::Fin { connection: 1, at_us },
            });
        }
        conversation.finish()
    }

    fn smtp() -> Vec<Reply> {
        vec![Reply::new(Trigger::Connect, "220\n"), Reply::new(Trigger::Pattern(b"EHLO\n".to_vec()), "250\n")]
    }

    #[test]
    fn a_client_that_waits_for_its_turn_is_not_early() {
        let answered =
            answered(smtp(), &[(1, ">22"), (2, ">0\n"), (3, "<EHLO"), (4, "<\n"), (5, ">250\n"), (6, "<QUIT\n"), (7, ".")]);
        let expected = Answered { sent: 8, last_us: 5000, left: 0, waiting: None, early: None };
        assert_eq!(answered, expected);
    }

    #[test]
    fn what_comes_while_a_reply_is_due_is_early() {
        let before = answered(smtp(), &[(2, "<EH"), (3, "<LO\n"), (300, ">220\n"), (301, ">250\n")]);
        assert_eq!(before.early, Some(Early { octets: 5, at_us: 2000, reply: 1, of: 2, sent_us: Some(300_000) }));
        let half_sent = answered(smtp(), &[(1, ">22"), (2, "<E")]);
        assert_eq!(half_sent.early, Some(Early { octets: 1, at_us: 2000, reply: 1, of: 2, sent_us: None }));
        assert_eq!(half_sent.left, 2);
    }

    #[test]
    fn what_stands_behind_a_request_in_the_same_read_is_early_too() {
        let behind = answered(smtp(), &[(1, ">220\n"), (2, "<EHLO\nMAIL"), (3, ">250\n")]);
        assert_eq!(behind.early, Some(Early { octets: 4, at_us: 2000, reply: 2, of: 2, sent_us: Some(3000) }));
    }

    #[test]
    fn a_reply_that_waits_is_named() {
        let waits = |events| answered(smtp(), events).waiting;
        assert_eq!(waits(&[(1, ">220\n"), (2, "<HELO\n")]).as_deref(), Some(r#"reply 2 of 2 waits for "EHLO\n""#));
        assert_eq!(waits(&[(1, ">220\n"), (3, ".")]).as_deref(), Some(r#"reply 2 of 2 waits for "EHLO\n""#));
        assert_eq!(waits(&[(1, ">220\n"), (2, "<EHLO\n"), (3, ">250\n")]), None);
        let at_fin = |events| answered(vec![Reply::new(Trigger::Fin, "bye")], events).waiting.is_some();
        assert!(at_fin(&[(1, "<a")]) && !at_fin(&[(1, "<a"), (2, ".")]));
    }

    #[test]
    fn an_echo_owes_nothing() {
        let mut conversation = Conversation::new(&Answers::Echo, 1, 0);
        conversation.event(&Event::Data { connection: 1, at_us: 1, offset: 0, urgent: None, octets: b"ab"[..].into() });
        conversation.event(&Event::Sent { connection: 1, at_us: 2, offset: 0, octets: b"ab"[..].into() });
        assert_eq!(conversation.finish(), Answered { sent: 2, last_us: 2, ..Answered::default() });
    }
}
