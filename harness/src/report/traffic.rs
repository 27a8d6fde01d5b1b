//! What there is to say of how octets came: from which processes, in which packets, when. In lines for people. Pure, of the report alone.

use super::{TrialReport, time_line};
use crate::printable::{counted, cut, line, wrapped};
use crate::trial::holders::Holders;

/// Connections of which it is shown who sent on them; the report has them all.
const SENDERS: usize = 3;

/// Characters of a process's arguments that are shown.
const ARGUMENTS: usize = 200;

/// Remarks that are shown; the report has them all.
const REMARKS: usize = 5;

/// Entries of a time line that are shown; the page has more.
const ENTRIES: usize = 30;

/// How wide sentences are; whoever shows them indents by two.
const WIDTH: usize = 78;

/// What stands above a time line.
const HEADING: &str = "packets (< was received, > was sent), and what the recorder did:";

/// Who sent on each connection: the oldest process first, and how many octets came from all of them.
pub(super) fn senders(trial: &TrialReport) -> Vec<String> {
    let sender = |(index, holders): (usize, &Holders)| {
        let octets = trial.captured.get(index).map(|came| counted(usize::try_from(came.length).unwrap_or(usize::MAX), "octet"));
        let octets = octets.map(|octets| format!("{octets} ")).unwrap_or_default();
        format!("connection {}: {octets}from {}", index + 1, cut(&line(&holders.to_string()), ARGUMENTS))
    };
    let mut lines: Vec<String> = trial.processes.iter().enumerate().take(SENDERS).map(sender).collect();
    if trial.processes.len() > SENDERS {
        let more = counted(trial.processes.len() - SENDERS, "more connection");
        lines.push(format!("who sent on {more} is in the report"));
    }
    lines
}

/// What packets show and no octets do, where the sentence does not say it already.
pub(super) fn remarks(trial: &TrialReport) -> Vec<String> {
    let Some(packets) = &trial.packets else { return Vec::new() };
    let others: Vec<&String> = packets.remarks.iter().filter(|remark| packets.dialled.as_ref() != Some(remark)).collect();
    let remark = |remark: &&String| wrapped(&format!("remark: {}", line(remark)), WIDTH);
    let mut lines: Vec<String> = others.iter().take(REMARKS).flat_map(remark).collect();
    if others.len() > REMARKS {
        lines.push(format!("{} in the report", counted(others.len() - REMARKS, "more remark")));
    }
    lines
}

/// Packets and what the recorder made of them, where there are packets.
pub(crate) fn time_line(trial: &TrialReport) -> Vec<String> {
    let entries = time_line::shortened(time_line::of(trial), ENTRIES);
    if entries.is_empty() {
        return Vec::new();
    }
    let lines = time_line::lines(&entries).into_iter().map(|entry| format!("  {}", line(&entry)));
    std::iter::once(HEADING.to_owned()).chain(lines).collect()
}
