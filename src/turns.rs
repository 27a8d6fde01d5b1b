//! Whose turn it is: which replies are due, from what came on a connection. Pure.
//!
//! A reply is *mandatory* unless it is optional or given each time. It has its turn once all mandatory ones before it were due. The
//! recorder asks this module while it records, and a judge asks it again of a capture: both have the same answer.

use crate::pattern::{Hit, Pattern, Seeker};
use crate::settings::{Reply, Trigger};

/// A reply that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Which, from 0.
    pub reply: usize,
    /// How many octets had come on the connection where its turn came.
    pub after: u64,
    groups: Vec<Vec<u8>>,
}

impl Due {
    /// The pieces of the reply, with what the request held in their places.
    #[must_use]
    pub fn pieces(&self, replies: &[Reply]) -> Vec<Vec<u8>> {
        let pieces = replies.get(self.reply).map(|reply| reply.pieces.as_slice()).unwrap_or_default();
        pieces.iter().map(|piece| piece.filled(&self.groups).into_owned()).collect()
    }
}

/// A reply whose time has not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Which, from 1.
    pub reply: usize,
    /// Of how many.
    pub of: usize,
    /// What it waits for.
    pub when: Trigger,
}

impl std::fmt::Display for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "reply {} of {} waits for {}", self.reply, self.of, self.when)
    }
}

/// The replies of one connection while its octets go by.
pub struct Turns<'a> {
    replies: &'a [Reply],
    states: Vec<State>,
    seeker: Seeker<'a>,
    received: u64,
    due: Vec<Due>,
}

/// How far a reply has got.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Waits,
    /// What it waits for has come, and its turn has not.
    Reached(u64, Vec<Vec<u8>>),
    /// It was due, or its time can come no more.
    Over,
}

impl<'a> Turns<'a> {
    /// Of a connection that was just opened.
    #[must_use]
    pub fn new(replies: &'a [Reply], connection: u64) -> Self {
        let state = |reply: &Reply| match () {
            () if !reply.is_for(connection) => State::Over,
            () if reply.when.holds_at_once() => State::Reached(0, Vec::new()),
            () => State::Waits,
        };
        let states = replies.iter().map(state).collect();
        let mut turns = Self { replies, states, seeker: Seeker::default(), received: 0, due: Vec::new() };
        turns.give();
        turns
    }

    /// The next octets that were received.
    pub fn received(&mut self, octets: &[u8]) {
        let (before, mut counted) = (self.received, 0);
        self.received += octets.len() as u64;
        // What was counted to is due before the octets behind it are looked at.
        while let Some(count) = self.next_count(before + counted).filter(|count| *count <= self.received) {
            self.look_at(&octets[counted as usize..(count - before) as usize]);
            counted = count - before;
            self.counted(count);
        }
        self.look_at(&octets[counted as usize..]);
    }

    /// How many octets were received.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.received
    }

    /// Whether a match is known that more octets could make longer.
    pub fn is_growing(&mut self) -> bool {
        self.seeker.is_growing()
    }

    /// Nothing more comes for now: matches that could grow are taken as they are.
    pub fn settle(&mut self) {
        while let Some(hit) = self.seeker.settle() {
            self.hit(hit);
        }
    }

    /// Nothing more comes at all. Replies whose time can come no more hold up nobody; `fin` is whether the client has ended its stream.
    pub fn end(&mut self, fin: bool) {
        self.settle();
        for (state, reply) in self.states.iter_mut().zip(self.replies) {
            if *state == State::Waits {
                let comes = fin && reply.when == Trigger::Fin;
                *state = if comes { State::Reached(self.received, Vec::new()) } else { State::Over };
            }
        }
        self.give();
    }

    /// The replies that came to be due since this was last asked, in their order.
    pub fn take(&mut self) -> Vec<Due> {
        std::mem::take(&mut self.due)
    }

    /// The reply that holds up the others, else the first that may still come.
    #[must_use]
    pub fn waiting(&self) -> Option<Waiting> {
        let first = self.waits().find(|index| self.replies[*index].is_mandatory()).or_else(|| self.waits().next())?;
        Some(Waiting { reply: first + 1, of: self.replies.len(), when: self.replies[first].when.clone() })
    }

    /// Whether a reply that is given once may still come to be due.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.waits().next().is_some()
    }

    fn waits(&self) -> impl Iterator<Item = usize> {
        (0..self.replies.len()).filter(|index| !self.replies[*index].each_time && self.states[*index] == State::Waits)
    }

    fn look_at(&mut self, octets: &[u8]) {
        self.seeker.push(octets);
        while let Some(hit) = self.seeker.next() {
            self.hit(hit);
        }
    }

    fn hit(&mut self, hit: Hit) {
        if self.replies[hit.pattern].each_time {
            self.due.push(Due { reply: hit.pattern, after: hit.end, groups: hit.groups });
            return;
        }
        self.seeker.drop(hit.pattern);
        self.states[hit.pattern] = State::Reached(hit.end, hit.groups);
        self.give();
    }

    /// The next count beyond `received` that a reply waits for.
    fn next_count(&self, received: u64) -> Option<u64> {
        let next = |(index, reply): (usize, &Reply)| match reply.when {
            Trigger::Octets(count) if reply.each_time && self.has_turn(index) => Some((received / count + 1) * count),
            Trigger::Octets(count) if !reply.each_time && self.states[index] == State::Waits && count > received => Some(count),
            _ => None,
        };
        self.replies.iter().enumerate().filter_map(next).min()
    }

    fn counted(&mut self, received: u64) {
        for (index, reply) in self.replies.iter().enumerate() {
            match reply.when {
                Trigger::Octets(count) if reply.each_time && self.has_turn(index) && received.is_multiple_of(count) => {
                    self.due.push(Due { reply: index, after: received, groups: Vec::new() });
                }
                Trigger::Octets(count) if count == received && self.states[index] == State::Waits => {
                    self.states[index] = State::Reached(received, Vec::new());
                }
                _ => {}
            }
        }
        self.give();
    }

    /// Whether all mandatory replies before this one were due, and it is for this connection.
    fn has_turn(&self, index: usize) -> bool {
        self.states[index] != State::Over && (0..index).all(|before| !self.is_awaited(before))
    }

    fn is_awaited(&self, index: usize) -> bool {
        self.replies[index].is_mandatory() && self.states[index] != State::Over
    }

    /// Takes for due what was reached and has its turn, first what was reached first; and looks for what may be looked for then.
    fn give(&mut self) {
        let reached = |turns: &Self| {
            let with_turn = (0..turns.replies.len()).filter(|index| turns.has_turn(*index));
            let at = with_turn.filter_map(|index| match &turns.states[index] {
                State::Reached(at, _) => Some((*at, index)),
                _ => None,
            });
            at.min()
        };
        while let Some((after, index)) = reached(self) {
            if let State::Reached(_, groups) = std::mem::replace(&mut self.states[index], State::Over) {
                self.due.push(Due { reply: index, after, groups });
            }
        }
        self.look_for();
    }

    /// Patterns are looked for in their order, also before their turn; those that are given each time from their turn on.
    fn look_for(&mut self) {
        for (index, reply) in self.replies.iter().enumerate() {
            let Some(pattern) = pattern(&reply.when).filter(|_| self.states[index] == State::Waits) else { continue };
            let is_time = !reply.each_time || self.has_turn(index);
            if is_time && !self.seeker.wants(index) {
                self.seeker.want(index, pattern);
            }
            if reply.is_mandatory() {
                return;
            }
        }
    }
}

fn pattern(when: &Trigger) -> Option<Pattern<'_>> {
    match when {
        Trigger::Pattern(octets) => Some(Pattern::Octets(octets)),
        Trigger::Matches(expression) => Some(Pattern::Expression(expression)),
        Trigger::Connect | Trigger::Octets(_) | Trigger::Fin => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Expression;
    use crate::template::Template;

    fn on(pattern: &str) -> Reply {
        Reply::new(Trigger::Pattern(pattern.into()), pattern)
    }

    fn each(reply: Reply) -> Reply {
        Reply { each_time: true, ..reply }
    }

    fn optional(reply: Reply) -> Reply {
        Reply { optional: true, ..reply }
    }

    /// What is due in which order, when octets come so and then FIN.
    fn due_in(replies: &[Reply], reads: &[&str]) -> Vec<(u64, String)> {
        let mut turns = Turns::new(replies, 1);
        let mut due = turns.take();
        for octets in reads {
            turns.received(octets.as_bytes());
            due.extend(turns.take());
        }
        turns.end(true);
        due.extend(turns.take());
        let said = |due: &Due| String::from_utf8(due.pieces(replies).concat()).unwrap();
        due.iter().map(|due| (due.after, said(due))).collect()
    }

    #[track_caller]
    fn assert_due(replies: &[Reply], stream: &str, expected: &[(u64, &str)]) {
        let expected: Vec<(u64, String)> = expected.iter().map(|(after, text)| (*after, (*text).to_owned())).collect();
        for cut in 0..=stream.len() {
            let (one, other) = stream.split_at(cut);
            assert_eq!(due_in(replies, &[one, other]), expected, "cut at {cut}");
        }
    }

    fn octets(count: u64, text: &str) -> Reply {
        Reply::new(Trigger::Octets(count), text)
    }

    #[test]
    fn replies_have_their_order() {
        let replies = [Reply::new(Trigger::Connect, "hi"), octets(3, "3"), on("a"), on("c"), Reply::new(Trigger::Fin, "bye")];
        assert_due(&replies, "abcabc", &[(0, "hi"), (3, "3"), (1, "a"), (3, "c"), (6, "bye")]);
        let late = [on("x"), octets(1, "1"), octets(0, "0")];
        assert_due(&late, "ax", &[(2, "x"), (1, "1"), (0, "0")]);
    }

    #[test]
    fn a_pattern_is_looked_for_behind_the_one_before() {
        assert_due(&[on("ab"), on("b"), on("")], "abab", &[(2, "ab"), (4, "b"), (0, "")]);
    }

    #[test]
    fn what_is_never_reached_holds_up_nobody_once_the_client_has_ended() {
        assert_due(&[octets(9, "never"), on("x"), Reply::new(Trigger::Fin, "bye")], "abc", &[(3, "bye")]);
        let mut turns = Turns::new(&[], 1);
        turns.end(false);
        assert_eq!(turns.take(), []);
    }

    #[test]
    fn each_time_is_each_time_and_holds_up_nobody() {
        let replies = [each(on("PING")), on("SET"), each(on("GET"))];
        let expected = [(4, "PING"), (8, "PING"), (14, "SET"), (17, "GET"), (21, "PING"), (24, "GET")];
        assert_due(&replies, "PINGPINGGETSETGETPINGGET", &expected);
        assert_due(&[each(octets(2, "2"))], "abcde", &[(2, "2"), (4, "2")]);
        assert_due(&[octets(3, "3"), each(octets(2, "2"))], "abcdef", &[(3, "3"), (4, "2"), (6, "2")]);
    }

    #[test]
    fn optional_ones_come_in_any_order_or_not_at_all() {
        let replies = [optional(on("HELLO")), optional(on("CLIENT")), on("SET"), Reply::new(Trigger::Fin, "bye")];
        assert_due(&replies, "SET", &[(3, "SET"), (3, "bye")]);
        assert_due(&replies, "CLIENTSETHELLOHELLO", &[(6, "CLIENT"), (9, "SET"), (14, "HELLO"), (19, "bye")]);
    }

    #[test]
    fn what_the_request_held_is_in_the_reply() {
        let when = Trigger::Matches(Expression::new("id=([0-9]+)\n").unwrap());
        let reply = Reply { pieces: vec![Template::with_places(b"<{1}>")], ..Reply::new(when, "") };
        assert_due(&[each(reply)], "id=7\nid=xid=89\n", &[(5, "<7>"), (15, "<89>")]);
    }

    #[test]
    fn what_waits_is_said() {
        let replies = [each(on("PING")), optional(on("HELLO")), on("$1\r\n3\r\n"), on("b")];
        let mut turns = Turns::new(&replies, 1);
        let waits = |turns: &Turns<'_>| turns.waiting().map(|waiting| waiting.to_string());
        assert_eq!(waits(&turns).as_deref(), Some(r#"reply 3 of 4 waits for "$1\r\n3\r\n""#));
        turns.received(b"$1\r\n3\r\nb");
        assert_eq!(waits(&turns).as_deref(), Some(r#"reply 2 of 4 waits for "HELLO""#));
        turns.received(b"HELLO");
        assert_eq!(waits(&turns), None);
        let said = |when| Waiting { reply: 1, of: 1, when }.to_string();
        assert_eq!(said(Trigger::Octets(3)), "reply 1 of 1 waits for 3 octets in all");
        assert_eq!(said(Trigger::Matches(Expression::new("a").unwrap())), "reply 1 of 1 waits for a match of /a/");
    }

    #[test]
    fn replies_are_for_their_connection() {
        let replies = [Reply { connection: Some(2), ..Reply::new(Trigger::Connect, "two") }, Reply::new(Trigger::Connect, "all")];
        assert_due(&replies, "", &[(0, "all")]);
        assert_eq!(Turns::new(&replies, 2).take().len(), 2);
    }
}
