//! Senders that do what the plan says at another time, or take something else for the server's close.

use std::time::Duration;

use super::Fault;
use super::How::Steps;
use super::step::{Step, connections};
use crate::judge::verdict::Verdict;

/// A usual limit for a silence: longer than a server takes that is in no hurry.
const IMPATIENT: Duration = Duration::from_millis(450);

/// Longer than most programs that give up at all.
const PATIENT: Duration = Duration::from_secs(5);

const HELD_LONG: &[&str] = &["contract/long-held-close"];
const CONNECTS_AGAIN: &[&str] = &["contract/connect-after-close"];

pub(super) const FAULTS: &[Fault] = &[
    Fault::judged("connects-early", Verdict::WrongEnding, Steps(connects_early), "does not wait before it connects again")
        .only(CONNECTS_AGAIN),
    Fault::judged("opens-all-first", Verdict::WrongEnding, Steps(opens_all_first), "has a pool of connections")
        .only(CONNECTS_AGAIN),
    Fault::judged(
        "impatient",
        Verdict::WrongEnding,
        Steps(|steps| finishing(steps, Step::FinishWithin(IMPATIENT))),
        "takes silence for the end",
    )
    .only(HELD_LONG),
    Fault::judged(
        "patient-for-5-s",
        Verdict::WrongEnding,
        Steps(|steps| finishing(steps, Step::FinishWithin(PATIENT))),
        "has a time limit for reads",
    )
    .only(HELD_LONG),
    Fault::judged(
        "takes-reset-for-close",
        Verdict::WrongEnding,
        Steps(|steps| finishing(steps, Step::FinishAnyhow)),
        "does not look at why a read ended",
    )
    .only(&["faults/reset-at-the-end"]),
    Fault::judged(
        "closes-unread",
        Verdict::WrongEnding,
        Steps(|steps| finishing(steps, Step::Close)),
        "closes on what it has not read",
    )
    .only(&["behaviour/unasked-reply"]),
    Fault::judged("receives-last", Verdict::OutOfTurn, Steps(receives_last), "sends all, and then looks at the answers")
        .only(&["answers/dialogue"]),
    Fault::judged("does-not-pause", Verdict::OutOfTurn, Steps(|steps| without(steps, is_pause)), "leaves pauses out")
        .only(&["behaviour/long-pause", "contract/long-pause"]),
    Fault::judged(
        "buffers-while-pausing",
        Verdict::Differs,
        Steps(|steps| sends_behind(steps, is_pause)),
        "does not flush before a pause",
    )
    .only(&["faults/too-long-idle"]),
    Fault::judged(
        "buffers-while-receiving",
        Verdict::TimedOut,
        Steps(|steps| sends_behind(steps, is_receive)),
        "does not flush before it reads",
    )
    .only(&["behaviour/receive-between-sends"]),
    Fault::judged("receives-to-the-end", Verdict::TimedOut, Steps(receives_to_the_end), "reads more than it was asked for")
        .only(&["behaviour/receive-between-sends"]),
    Fault::judged(
        "half-close-left-out",
        Verdict::TimedOut,
        Steps(|steps| without(steps, |step| *step == Step::HalfClose)),
        "half-closes at the end alone",
    )
    .only(&["behaviour/reply-after-half-close"]),
    Fault::judged("receives-too-much", Verdict::TimedOut, Steps(receives_too_much), "drops what it read beyond what was asked")
        .only(&["answers/answer-read-in-parts"]),
    Fault::judged("takes-nothing-for-the-end", Verdict::Crashed, Steps(takes_nothing_for_the_end), "reads none, and sees an end")
        .only(&["answers/receive-nothing"]),
    Fault::judged(
        "reads-once",
        Verdict::WrongEnding,
        Steps(|steps| finishing(steps, Step::FinishAtFirst)),
        "takes one answer for the end",
    )
    .only(&["answers/close-held-after-a-reply"]),
    Fault::judged("half-closes-late", Verdict::WrongEnding, Steps(half_closes_late), "half-closes when it next does something")
        .only(&["behaviour/half-close-before-a-pause"]),
    Fault::judged("urgent-octet-more", Verdict::Differs, Steps(urgent_octet_more), "signals out of band").only(&["text/ascii"]),
    Fault::judged("last-octet-urgent", Verdict::OutOfTurn, Steps(last_octet_urgent), "sends the end out of band")
        .only(&["text/ascii"]),
    Fault::judged(
        "prints-more",
        Verdict::WrongOutput,
        Steps(|steps| [steps, vec![Step::Print(b"done\n")]].concat()),
        "says on stdout that it is done",
    )
    .only(&["text/ascii"]),
];

fn is_pause(step: &Step) -> bool {
    matches!(step, Step::Pause(_))
}

fn is_receive(step: &Step) -> bool {
    matches!(step, Step::Receive(_))
}

fn without(mut steps: Vec<Step>, is_unwanted: fn(&Step) -> bool) -> Vec<Step> {
    steps.retain(|step| !is_unwanted(step));
    steps
}

/// Every connection ends like this.
fn finishing(mut steps: Vec<Step>, last: Step) -> Vec<Step> {
    steps.iter_mut().filter(|step| **step == Step::Finish).for_each(|step| *step = last.clone());
    steps
}

/// Only the last connection is waited for.
fn connects_early(steps: Vec<Step>) -> Vec<Step> {
    let mut connections = connections(steps);
    let last = connections.pop().unwrap_or_default();
    let before = connections.into_iter().flat_map(|steps| {
        let finished =
            steps.into_iter().flat_map(|step| if step == Step::Finish { vec![Step::HalfClose, Step::Close] } else { vec![step] });
        finished.collect::<Vec<_>>()
    });
    before.chain(last).collect()
}

fn opens_all_first(mut steps: Vec<Step>) -> Vec<Step> {
    let mut count = 0;
    for step in steps.iter_mut().filter(|step| **step == Step::Connect) {
        *step = Step::Next;
        count += 1;
    }
    [vec![Step::ConnectAll(count)], steps].concat()
}

fn urgent_octet_more(mut steps: Vec<Step>) -> Vec<Step> {
    let last = steps.pop();
    steps.push(Step::SendUrgent(b'!'));
    steps.extend(last);
    steps
}

fn last_octet_urgent(mut steps: Vec<Step>) -> Vec<Step> {
    if let Some(at) = steps.iter().rposition(Step::is_write)
        && let Step::Send(octets) = &mut steps[at]
        && let Some(last) = octets.pop()
    {
        steps.insert(at + 1, Step::SendUrgent(last));
    }
    steps
}

/// On each connection all is sent and its end, and then all is received.
fn receives_last(steps: Vec<Step>) -> Vec<Step> {
    let turned = |mut steps: Vec<Step>| {
        let last = steps.pop();
        let (received, mut sent): (Vec<Step>, Vec<Step>) = steps.into_iter().partition(is_receive);
        sent.extend(received);
        sent.extend(last);
        sent
    };
    connections(steps).into_iter().flat_map(turned).collect()
}

/// What is sent right before such a step is sent right behind it.
fn sends_behind(mut steps: Vec<Step>, is_waited: fn(&Step) -> bool) -> Vec<Step> {
    for at in 1..steps.len() {
        if is_waited(&steps[at]) && steps[at - 1].is_write() {
            steps.swap(at - 1, at);
        }
    }
    steps
}

fn receives_too_much(steps: Vec<Step>) -> Vec<Step> {
    let received = |step| if let Step::Receive(Some(count)) = step { Step::ReceiveAtLeast(count) } else { step };
    steps.into_iter().map(received).collect()
}

fn takes_nothing_for_the_end(steps: Vec<Step>) -> Vec<Step> {
    steps.into_iter().map(|step| if step == Step::Receive(Some(0)) { Step::Exit(1) } else { step }).collect()
}

fn half_closes_late(mut steps: Vec<Step>) -> Vec<Step> {
    if let Some(at) = steps.windows(2).position(|pair| pair[0] == Step::HalfClose && is_pause(&pair[1])) {
        steps.swap(at, at + 1);
    }
    steps
}

fn receives_to_the_end(mut steps: Vec<Step>) -> Vec<Step> {
    steps.iter_mut().filter(|step| is_receive(step)).for_each(|step| *step = Step::Receive(None));
    steps
}
