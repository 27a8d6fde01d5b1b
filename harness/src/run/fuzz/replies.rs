//! What the recorder sends to the client of a plan: what the plan asks for, no more, when the connection is there. Pure.

use crate::suite::plan::{Instruction, Line, Plan, length};

/// The most that is sent to a client that reads until the end, beyond what it asks for by number.
const MOST: u64 = 4 << 10;

/// What each connection of a plan is sent. It follows from the plan, so that a smaller plan is sent less: all that is asked for by
/// number, and for `receive all` one octet more than its connection sends itself.
#[must_use]
pub(crate) fn replies(plan: &Plan) -> Vec<Vec<u8>> {
    plan.lines.split(|line| line.instruction == Instruction::Connect).map(|lines| octets(asked(lines))).collect()
}

fn asked(lines: &[Line]) -> u64 {
    let sent = lines.iter().map(length).sum::<u64>();
    let of = |line: &Line| match line.instruction {
        Instruction::Receive(Some(count)) => count,
        Instruction::Receive(None) => (1 + sent).min(MOST),
        _ => 0,
    };
    lines.iter().map(of).sum()
}

/// Every octet, those that are no text first.
fn octets(count: u64) -> Vec<u8> {
    (0..count).map(|index| (index % 251) as u8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_sent_what_its_plan_asks_for() {
        let plan = Plan::parse("receive 2\nconnect\ntext abc\nreceive 1\nhalf-close\nreceive all\nconnect\ntext a").unwrap();
        let lengths: Vec<usize> = replies(&plan).iter().map(Vec::len).collect();
        assert_eq!(lengths, [2, 5, 0]);
        let long = Plan::parse("ramp 100000\nhalf-close\nreceive all").unwrap();
        assert_eq!(replies(&long)[0].len(), 4096);
    }
}
