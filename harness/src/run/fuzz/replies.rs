//! What the recorder sends to the client of a plan: what the plan asks for, as soon as it connects or behind its end, and little more.
//! Pure. What waited for octets would hang a client that sends too few, which hides what it does wrong.
//!
//! It follows from the plan, so that a smaller plan is sent less. No client that does what its plan says waits for an answer in vain.

use std::time::Duration;

use samewire_recorder::{Reply, Template, Trigger};

use crate::suite::plan::{Instruction, Line, Plan, length};

/// The most that is sent to a client that reads until the end, beyond what it asks for by number.
const MOST: u64 = 4 << 10;

/// How long the first connection of several is held open behind the client's end of stream: who opens the next without waiting is
/// seen to.
const HELD_BETWEEN: Duration = Duration::from_millis(20);

/// How long the last one is: who ends without waiting is seen to, also where ending takes a while.
const HELD_AT_LAST: Duration = Duration::from_millis(100);

/// What the client of a plan prints of each connection.
#[must_use]
pub(crate) fn printed(plan: &Plan) -> Vec<Vec<u8>> {
    let of = |lines: &[Line]| octets(0, asked(lines).iter().map(|asked| asked.count).sum());
    connections(plan).map(of).collect()
}

/// One answer of the recorder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The connection, from 1.
    pub connection: u64,
    /// What it waits for.
    pub when: Trigger,
    /// How long it waits behind that.
    pub delay: Duration,
    /// What is sent, in pieces.
    pub pieces: Vec<Vec<u8>>,
    /// How long it waits between them.
    pub pause: Duration,
}

impl From<&Answer> for Reply {
    fn from(answer: &Answer) -> Self {
        let Answer { connection, when, delay, pieces, pause } = answer.clone();
        let pieces = pieces.into_iter().map(Template::from).collect();
        Self { when, delay, connection: Some(connection), pieces, pause, each_time: false, optional: false }
    }
}

/// What the recorder answers: at once, and to the end of stream when that has come. The first connection and the
/// last are told a little more behind their end, in two pieces with a pause between, where they are `held` open: of who cannot
/// half-close, nobody can ask to wait for that.
#[must_use]
pub(crate) fn answers(plan: &Plan, is_held: bool) -> Vec<Answer> {
    let last = plan.connections() - 1;
    let held = |index: usize| match index {
        _ if !is_held || (index == last && plan.ends_in_reset()) => None,
        _ if index == last => Some(HELD_AT_LAST),
        0 => Some(HELD_BETWEEN),
        _ => None,
    };
    connections(plan).enumerate().flat_map(|(index, lines)| answers_of(index as u64 + 1, lines, held(index))).collect()
}

fn connections(plan: &Plan) -> impl Iterator<Item = &[Line]> {
    plan.lines.split(|line| line.instruction == Instruction::Connect)
}

/// What a client asks for at one place of its plan.
struct Asked {
    when: Trigger,
    count: u64,
}

/// What a connection asks for, one after the other.
fn asked(lines: &[Line]) -> Vec<Asked> {
    let (mut sent, mut has_ended) = (0, false);
    let mut all: Vec<Asked> = Vec::new();
    for line in lines {
        sent += length(line);
        has_ended |= line.instruction == Instruction::HalfClose;
        let count = match line.instruction {
            Instruction::Receive(Some(count)) => count,
            Instruction::Receive(None) => (2 + sent).min(MOST),
            _ => 0,
        };
        let when = if has_ended { Trigger::Fin } else { Trigger::Connect };
        match all.last_mut().filter(|before| before.when == when) {
            Some(before) => before.count += count,
            None if count > 0 => all.push(Asked { when, count }),
            None => {}
        }
    }
    all
}

/// The answers on one connection, which may be held open for a while behind its end.
fn answers_of(connection: u64, lines: &[Line], held: Option<Duration>) -> Vec<Answer> {
    let mut at = 0;
    let mut answers = Vec::new();
    for Asked { when, count } in asked(lines) {
        answers.push(Answer { connection, when, delay: Duration::ZERO, pieces: vec![octets(at, count)], pause: Duration::ZERO });
        at += count;
    }
    if let Some(pause) = held {
        // What is due behind the end anyway, or two octets that nobody asked for.
        let due = answers.pop_if(|last| last.when == Trigger::Fin).map_or_else(|| octets(at, 2), |last| last.pieces.concat());
        let more = if due.len() < 2 { octets(at, 1) } else { Vec::new() };
        let due = [due, more].concat();
        let (first, rest) = due.split_at(1);
        let pieces = vec![first.to_vec(), rest.to_vec()];
        answers.push(Answer { connection, when: Trigger::Fin, delay: Duration::ZERO, pieces, pause });
    }
    answers
}

/// Every octet from a place on, those that are no text first.
fn octets(from: u64, count: u64) -> Vec<u8> {
    (from..from + count).map(|index| (index % 251) as u8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(plan: &str) -> Vec<usize> {
        printed(&Plan::parse(plan).unwrap()).iter().map(Vec::len).collect()
    }

    /// What is answered: the connection, what for, and the lengths of the pieces.
    fn told(plan: &str) -> Vec<String> {
        let lengths = |answer: &Answer| answer.pieces.iter().map(|piece| piece.len().to_string()).collect::<Vec<_>>();
        let told = |answer: &Answer| format!("{} {}: {}", answer.connection, answer.when, lengths(answer).join("+"));
        answers(&Plan::parse(plan).unwrap(), true).iter().map(told).collect()
    }

    #[test]
    fn a_connection_is_sent_what_its_plan_asks_for() {
        assert_eq!(lengths("receive 2\nconnect\ntext abc\nreceive 1\nhalf-close\nreceive all\nconnect\ntext a"), [2, 6, 0]);
        assert_eq!(lengths("ramp 100000\nhalf-close\nreceive all"), [4096]);
    }

    #[test]
    fn answers_come_at_once_or_behind_the_end_of_stream() {
        let plan =
            "receive 2\ntext abc\nreceive 1\nreceive 3\ntext d\nreceive 5\nconnect\ntext a\nhalf-close\nreceive 4\nreceive all";
        let expected = ["1 the connection: 11", "1 the client's FIN: 1+1", "2 the client's FIN: 1+6"];
        assert_eq!(told(plan), expected);
    }

    #[test]
    fn the_first_connection_and_the_last_are_held_unless_they_are_aborted() {
        assert_eq!(told("text a\nconnect\nconnect"), ["1 the client's FIN: 1+1", "3 the client's FIN: 1+1"]);
        assert_eq!(told("connect\nreceive 1\nreset"), ["1 the client's FIN: 1+1", "2 the connection: 1"]);
        assert_eq!(told(""), ["1 the client's FIN: 1+1"]);
        assert_eq!(answers(&Plan::parse("text a").unwrap(), false), Vec::new(), "not where nobody can be asked to wait");
        assert_eq!(told("half-close\nreceive 1"), ["1 the client's FIN: 1+1"]);
    }
}
