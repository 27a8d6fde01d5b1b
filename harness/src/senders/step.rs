//! What a sender does, step by step. Pure.

use std::time::Duration;

use crate::suite::plan::{Instruction, Line, Plan};

/// One thing that a sender does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Opens a connection.
    Connect,
    /// Opens so many connections at once.
    ConnectAll(usize),
    /// Goes on with the next of those.
    Next,
    /// Sends octets; there may be none.
    Send(Vec<u8>),
    /// Sends an octet as urgent.
    SendUrgent(u8),
    /// Waits.
    Pause(Duration),
    /// Shuts down the sending side.
    HalfClose,
    /// Reads so many octets, or (`None`) until the server closes, and prints them.
    Receive(Option<u64>),
    /// Reads what there is until it has so many octets, prints these, and drops the rest.
    ReceiveAtLeast(u64),
    /// Half-closes, and reads until the server closes.
    Finish,
    /// As `Finish`, but reads once.
    FinishAtFirst,
    /// As `Finish`, but takes so much silence for the server's close.
    FinishWithin(Duration),
    /// As `Finish`, but takes a reset for the server's close.
    FinishAnyhow,
    /// Prints octets that were not received.
    Print(&'static [u8]),
    /// Closes without waiting for the server.
    Close,
    /// Aborts the connection.
    Reset,
    /// Ends in this status.
    Exit(i32),
    /// Ends by a signal.
    Abort,
    /// Does nothing more, for ever.
    Hang,
}

impl Step {
    /// Whether it sends something.
    pub fn is_write(&self) -> bool {
        matches!(self, Self::Send(octets) if !octets.is_empty())
    }

    fn ends_a_connection(&self) -> bool {
        matches!(self, Self::Finish | Self::Reset)
    }
}

/// The steps of a plan, where `sent` says what a line sends.
pub(super) fn steps(plan: &Plan, mut sent: impl FnMut(&Line) -> Vec<u8>) -> Vec<Step> {
    let mut steps = vec![Step::Connect];
    for line in &plan.lines {
        let octets = sent(line);
        match &line.instruction {
            Instruction::Pause(time) => steps.push(Step::Pause(*time)),
            Instruction::HalfClose => steps.push(Step::HalfClose),
            Instruction::Receive(count) => steps.push(Step::Receive(*count)),
            Instruction::Connect => steps.extend([Step::Finish, Step::Connect]),
            Instruction::Reset => steps.push(Step::Reset),
            _ => steps.push(Step::Send(octets)),
        }
    }
    if !plan.ends_in_reset() {
        steps.push(Step::Finish);
    }
    steps
}

/// The steps of each connection.
pub(super) fn connections(steps: Vec<Step>) -> Vec<Vec<Step>> {
    steps.split_inclusive(Step::ends_a_connection).map(<[Step]>::to_vec).collect()
}

/// The same steps, where what is sent on each connection is changed as a whole, and sent at once.
pub(super) fn by_connection(steps: Vec<Step>, how: fn(&[u8]) -> Vec<u8>) -> Vec<Step> {
    let changed = |steps: Vec<Step>| {
        let (writes, others): (Vec<Step>, Vec<Step>) = steps.into_iter().partition(|step| matches!(step, Step::Send(_)));
        let mut others = others.into_iter();
        let sent = Step::Send(how(&octets(&writes)));
        others.next().into_iter().chain([sent]).chain(others).collect::<Vec<Step>>()
    };
    connections(steps).into_iter().flat_map(changed).collect()
}

/// The steps as far as they can be told from outside: where one write ends and the next begins cannot.
pub(super) fn observable(steps: Vec<Step>) -> Vec<Step> {
    let mut seen: Vec<Step> = Vec::new();
    for step in steps {
        match (seen.last_mut(), step) {
            (_, Step::Send(octets)) if octets.is_empty() => {}
            (Some(Step::Send(before)), Step::Send(octets)) => before.extend(octets),
            (_, step) => seen.push(step),
        }
    }
    seen
}

/// Everything that is sent.
pub(super) fn octets(steps: &[Step]) -> Vec<u8> {
    let sent = steps.iter().filter_map(|step| if let Step::Send(octets) = step { Some(octets.as_slice()) } else { None });
    sent.collect::<Vec<&[u8]>>().concat()
}
