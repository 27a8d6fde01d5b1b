//! What a report says of the recorder's answers: who talked out of turn, what still waited, what was left unread. Pure.

use samewire_recorder::PeerEnd;

use super::{Exit, TrialReport};
use crate::printable::counted;

/// The first who talked while a reply was due.
pub(super) fn out_of_turn(trial: &TrialReport) -> String {
    let mut early = trial.answers.iter().enumerate().filter_map(|(index, answers)| Some((index + 1, answers.early.as_ref()?)));
    let Some((connection, early)) = early.next() else { return "octets came while a reply was due".into() };
    let (octets, reply) = (octets(early.octets), format!("reply {} of {}", early.reply, early.of));
    let when = match early.sent_us {
        Some(sent_us) => format!("{} ms before it was sent", tenths(sent_us.saturating_sub(early.at_us))),
        None => "and it was not sent to its end".into(),
    };
    format!("connection {connection}: {octets} came out of turn: {reply} was due, {when}")
}

/// The replies that had not had their time, where that may be why the client did not come to its end.
pub(super) fn waiting(trial: &TrialReport) -> impl Iterator<Item = String> {
    let may_be_why = !matches!(trial.exit, Some(Exit::Status(0) | Exit::Interrupted) | None);
    let waiting = trial.answers.iter().enumerate().filter(move |_| may_be_why);
    waiting.filter_map(|(index, answers)| Some(format!("connection {}: {}", index + 1, answers.waiting.as_ref()?)))
}

/// Why a client may have reset a connection (from 1) on which it was answered.
pub(super) fn unread(trial: &TrialReport, connection: usize) -> Option<String> {
    let answers = trial.answers.get(connection - 1).filter(|answers| answers.sent > 0)?;
    let is_reset = trial.captured.get(connection - 1).is_some_and(|came| came.ending == Some(PeerEnd::Reset));
    let more = if answers.left > 0 { format!(", and {} more were due", octets(answers.left)) } else { String::new() };
    let why = "closing sends RST where any of them are unread, so read until the server closes";
    is_reset.then(|| format!("it had been answered {}{more}: {why}", octets(answers.sent)))
}

/// Milliseconds with one place, of microseconds.
fn tenths(us: u64) -> String {
    format!("{}.{}", us / 1000, us % 1000 / 100)
}

fn octets(count: u64) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), "octet")
}
