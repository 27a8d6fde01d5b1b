//! Senders that lose, repeat or misplace what is right in itself, or end their connections wrongly.

use std::time::Duration;

use super::Fault;
use super::How::{Connection, Line, Octets, Received, Steps};
use super::step::{Step, connections};
use crate::judge::verdict::Verdict;
use crate::suite::plan::Instruction;

const HELLO: &[&str] = &["text/ascii"];
const REPLIES: &[&str] = &["behaviour/reply-after-half-close", "behaviour/every-octet-received"];

/// What a kernel buffers for a socket at most, in its usual setting.
const SOCKET_BUFFER: usize = 4 << 20;

pub(super) const FAULTS: &[Fault] = &[
    Fault::new(
        "last-octet-dropped",
        "truncated",
        Connection(|sent| up_to(sent, sent.len().saturating_sub(1).max(1))),
        "is off by one",
    ),
    Fault::new(
        "first-octet-dropped",
        "head-lost",
        Connection(|sent| sent[usize::from(sent.len() > 1)..].into()),
        "is off by one",
    ),
    Fault::new("short-write", "truncated", Connection(|sent| up_to(sent, SOCKET_BUFFER)), "ignores how much was written")
        .only(&["blobs/ramp-20000000"]),
    Fault::new("cut-at-4096", "truncated", Connection(|sent| up_to(sent, 4096)), "does not flush a buffer at the end"),
    Fault::new("cut-at-65536", "truncated", Connection(|sent| up_to(sent, 1 << 16)), "ends before a pipe is drained")
        .only(&["blobs/ramp-65537", "blobs/noise-65537"]),
    Fault::new("block-lost", "block-lost", Connection(|sent| spliced(sent, |block| vec![block[0], block[2]])), "drops a buffer"),
    Fault::new(
        "block-repeated",
        "block-repeated",
        Connection(|sent| spliced(sent, |block| vec![block[0], block[1], block[1], block[2]])),
        "sends a buffer again after an interrupt",
    ),
    Fault::new(
        "block-moved",
        "block-moved",
        Connection(|sent| spliced(sent, |block| vec![block[1], block[0], block[2]])),
        "lets two threads write",
    ),
    Fault::judged("repeats-once-less", Verdict::Differs, Line(repeats_once_less), "counts from 1").only(&["blobs/repeat-100000"]),
    Fault::new("sent-twice", "sent-twice", Connection(|sent| sent.repeat(2)), "forks with a full buffer"),
    Fault::new("lines-twice", "line-repeated", Octets(|sent| sent.repeat(2)), "retries what had succeeded"),
    Fault::new("one-octet-changed", "octet-changed", Connection(last_octet_changed), "has a loose bit"),
    Fault::new("reordered", "writes-reordered", Steps(reordered), "mixes buffered and direct writes"),
    Fault::new("last-line-dropped", "truncated", Steps(last_line_dropped), "does not flush what comes last"),
    Fault::new("nothing-sent", "nothing-sent", Connection(|_| Vec::new()), "crashes or ends with a full buffer"),
    Fault::new("gives-up-waiting", "truncated", Steps(gives_up_waiting), "takes a pause of a second for the end")
        .only(&["behaviour/long-pause"]),
    Fault::new(
        "connection-per-write",
        "split-over-connections",
        Steps(connection_per_write),
        "opens the network's file each time",
    ),
    Fault::new("connections-merged", "connections-merged", Steps(merged), "keeps its connection alive"),
    Fault::new(
        "connections-reversed",
        "connections-reordered",
        Steps(|steps| connections(steps).into_iter().rev().flatten().collect()),
        "connects on several threads",
    ),
    Fault::new(
        "extra-connection",
        "extra-empty-connection",
        Steps(|steps| [vec![Step::Connect, Step::Finish], steps].concat()),
        "asks first whether the port is open",
    ),
    Fault::new(
        "connection-missing",
        "connection-missing",
        Steps(|steps| connections(steps).into_iter().take(1).flatten().collect()),
        "ends after its first connection",
    ),
    Fault::new("silent-connection-missing", "silent-connection-missing", Steps(connects_to_write), "connects at its first write")
        .only(&["behaviour/silent-connection-between"]),
    Fault::new("connects-to-write", "never-connected", Steps(connects_to_write), "connects at its first write").only(&[
        "behaviour/nothing-sent",
        "text/empty",
        "blobs/ramp-0",
    ]),
    Fault::new("sent-again", "sent-again", Steps(|steps| [steps.clone(), steps].concat()), "retries on a new connection"),
    Fault::new("never-connects", "never-connected", Steps(|_| Vec::new()), "ends before it has connected"),
    Fault::judged("resets", Verdict::WrongEnding, Steps(resets), "lingers for no time at all")
        .only(&["behaviour/receive-between-sends"]),
    Fault::judged("never-resets", Verdict::WrongEnding, Steps(never_resets), "closes where it should abort")
        .only(&["behaviour/reset-after-reply"]),
    Fault::judged("leaves-early", Verdict::WrongEnding, Steps(leaves_early), "does not wait for the server to close")
        .only(&["contract/held-close"]),
    Fault::judged(
        "leaves-before-the-answer",
        Verdict::WrongOutput,
        Steps(leaves_before_the_answer),
        "does not wait for an answer",
    )
    .only(REPLIES),
    Fault::judged(
        "prints-text",
        Verdict::WrongOutput,
        Received(|piece| String::from_utf8_lossy(piece).into_owned().into()),
        "decodes each piece that it reads",
    )
    .only(&["behaviour/reply-cut-in-a-character", "behaviour/every-octet-received"]),
    Fault::judged(
        "prints-no-nuls",
        Verdict::WrongOutput,
        Received(|piece| without(piece, 0)),
        "keeps what it reads in a variable",
    )
    .only(&["behaviour/every-octet-received"]),
    Fault::judged("prints-crlf", Verdict::WrongOutput, Received(line_ends), "prints in text mode")
        .only(&["behaviour/server-speaks-first", "behaviour/every-octet-received"]),
    Fault::judged("prints-nothing", Verdict::WrongOutput, Received(|_| Vec::new()), "keeps the answer to itself").only(REPLIES),
    Fault::judged("exits-3", Verdict::Crashed, Steps(|steps| with(steps, Step::Exit(3))), "fails after all was sent").only(HELLO),
    Fault::judged("aborts", Verdict::Crashed, Steps(|steps| with(steps, Step::Abort)), "crashes after all was sent").only(HELLO),
    Fault::judged("hangs", Verdict::TimedOut, Steps(|_| vec![Step::Hang]), "waits for what never comes").only(HELLO),
    Fault::judged("never-half-closes", Verdict::TimedOut, Steps(never_half_closes), "waits for the server to close first")
        .only(HELLO),
];

fn up_to(sent: &[u8], length: usize) -> Vec<u8> {
    sent[..sent.len().min(length)].to_vec()
}

fn repeats_once_less(instruction: &Instruction) -> Option<Vec<u8>> {
    match instruction {
        Instruction::Repeat(count, octet) => Some((1..*count).map(|_| *octet).collect()),
        _ => None,
    }
}

/// The octets in another order of their first two blocks and the rest, where they are long enough.
fn spliced(sent: &[u8], order: fn([&[u8]; 3]) -> Vec<&[u8]>) -> Vec<u8> {
    const BLOCK: usize = 1024;
    if sent.len() <= 2 * BLOCK {
        return sent.to_vec();
    }
    let (first, rest) = sent.split_at(BLOCK);
    let (second, rest) = rest.split_at(BLOCK);
    order([first, second, rest]).concat()
}

fn last_octet_changed(sent: &[u8]) -> Vec<u8> {
    let mut octets = sent.to_vec();
    if let Some(last) = octets.last_mut() {
        *last ^= 1;
    }
    octets
}

/// The first two writes that are neighbours and differ change places.
fn reordered(mut steps: Vec<Step>) -> Vec<Step> {
    let neighbours = |pair: &[Step]| matches!(pair, [one, other] if one.is_write() && other.is_write() && one != other);
    if let Some(at) = steps.windows(2).position(neighbours) {
        steps.swap(at, at + 1);
    }
    steps
}

fn last_line_dropped(mut steps: Vec<Step>) -> Vec<Step> {
    let writes = steps.iter().filter(|step| step.is_write()).count();
    if let Some(last) = steps.iter().rposition(Step::is_write).filter(|_| writes > 1) {
        steps.remove(last);
    }
    steps
}

fn gives_up_waiting(steps: Vec<Step>) -> Vec<Step> {
    let patient = |step: &Step| !matches!(step, Step::Pause(time) if *time >= Duration::from_secs(1));
    with(steps.into_iter().take_while(patient).collect(), Step::Finish)
}

fn connection_per_write(steps: Vec<Step>) -> Vec<Step> {
    let mut split = Vec::new();
    for step in steps {
        if step.is_write() && split.last().is_some_and(Step::is_write) {
            split.extend([Step::Finish, Step::Connect]);
        }
        split.push(step);
    }
    split
}

fn merged(steps: Vec<Step>) -> Vec<Step> {
    let inner = steps.into_iter().filter(|step| !matches!(step, Step::Connect | Step::Finish));
    [Step::Connect].into_iter().chain(inner).chain([Step::Finish]).collect()
}

fn connects_to_write(steps: Vec<Step>) -> Vec<Step> {
    connections(steps).into_iter().filter(|steps| steps.iter().any(Step::is_write)).flatten().collect()
}

fn resets(steps: Vec<Step>) -> Vec<Step> {
    steps.into_iter().map(|step| if step == Step::Finish { Step::Reset } else { step }).collect()
}

fn never_resets(steps: Vec<Step>) -> Vec<Step> {
    steps.into_iter().map(|step| if step == Step::Reset { Step::Finish } else { step }).collect()
}

fn leaves_before_the_answer(steps: Vec<Step>) -> Vec<Step> {
    leaves_early(steps.into_iter().filter(|step| !matches!(step, Step::Receive(_))).collect())
}

fn leaves_early(steps: Vec<Step>) -> Vec<Step> {
    steps.into_iter().map(|step| if step == Step::Finish { Step::Close } else { step }).collect()
}

fn never_half_closes(steps: Vec<Step>) -> Vec<Step> {
    steps.into_iter().map(|step| if step == Step::Finish { Step::Receive(None) } else { step }).collect()
}

fn with(mut steps: Vec<Step>, last: Step) -> Vec<Step> {
    steps.push(last);
    steps
}

fn without(piece: &[u8], unwanted: u8) -> Vec<u8> {
    piece.iter().copied().filter(|octet| *octet != unwanted).collect()
}

fn line_ends(piece: &[u8]) -> Vec<u8> {
    piece.iter().flat_map(|octet| if *octet == b'\n' { vec![b'\r', b'\n'] } else { vec![*octet] }).collect()
}
