//! What is said of faults in messages without a plan, as a table.

use super::super::terminal::{BAD, GOOD, STRONG, styled};
use super::{COLUMNS, shortened};
use crate::printable::counted;
use crate::senders::unplanned::{Found, Outcome};

/// One line a fault, what is wrong, and a summary; nothing where nothing was tried.
pub(super) fn text(found: &Found) -> String {
    if found.tried == 0 {
        return String::new();
    }
    let width = found.faults.iter().map(|outcome| outcome.fault.len()).fold("without a plan".len(), usize::max);
    let head = format!("{:width$} {:>5} {:>5} {:>5} {:>5}  said instead\n", "without a plan", "tried", "right", "wrong", "open");
    let lines = found.faults.iter().map(|outcome| line(outcome, width));
    let misnamed = found.faults.iter().filter(|outcome| outcome.is_misnamed()).map(complaint);
    styled(STRONG, &head) + &lines.chain(misnamed).collect::<String>() + &summary(found)
}

fn line(outcome: &Outcome, width: usize) -> String {
    let style = if outcome.is_misnamed() { BAD } else { GOOD };
    let right = styled(style, &format!("{:>5}", outcome.right));
    let instead = outcome.instead().unwrap_or_default();
    let room = COLUMNS.saturating_sub(width + 26);
    let line = format!("{:width$} {:>5} {right} {:>5} {:>5}  ", outcome.fault, outcome.tried, outcome.wrong, outcome.open);
    format!("{}\n", (line + &shortened(instead, room)).trim_end())
}

fn complaint(outcome: &Outcome) -> String {
    let of = counted(outcome.tried, "message");
    format!("{} misnamed: {} of {of} right, and {} of ten have to be\n", styled(BAD, outcome.fault), outcome.right, outcome.floor)
}

fn summary(found: &Found) -> String {
    let part = |count: usize| format!("{count} ({}.{} %)", count * 100 / found.tried, count * 1000 / found.tried % 10);
    let style = if found.is_good() { GOOD } else { BAD };
    let tried = counted(found.tried, "message");
    let (right, wrong, open) = (part(found.right), part(found.wrong), part(found.open));
    format!("{tried} without a plan: right {right}, {}, open {open}\n", styled(style, &format!("wrong {wrong}")))
}
