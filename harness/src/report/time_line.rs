//! What happened in a trial, in one list: packets as they passed, and what the recorder made of them. Pure, of the report alone.

use serde::Serialize;

use super::TrialReport;
use crate::packets::seconds;
use crate::printable::{counted, line as one_line};
use crate::trial::packet_rows::PacketRow;
use crate::trial::timeline::Timeline;

/// Entries at most: the first half and the last.
const MOST: usize = 600;

/// One thing that happened, as text for people. What there is nothing to say of is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Entry {
    /// Since the recorder started: `0.001042 s`.
    pub time: String,
    /// `#1`, as the capture numbers it; empty where the recorder never had it.
    pub connection: String,
    /// Which way a packet went: `<` was received, `>` was sent. Empty of what the recorder did.
    pub way: &'static str,
    /// `SYN, ACK`
    pub flags: String,
    /// `seq 1`
    pub sequence: String,
    /// `ack 1`
    pub acknowledged: String,
    /// What is data and what is header, or what the recorder did.
    pub says: String,
}

/// All that is known of a trial whose packets are; nothing where they are not.
pub(crate) fn of(trial: &TrialReport) -> Vec<Entry> {
    let Some(rows) = trial.packets.as_ref().map(|packets| &packets.rows).filter(|rows| !rows.is_empty()) else {
        return Vec::new();
    };
    let mut entries: Vec<(i64, Entry)> = rows.first.iter().map(packet).collect();
    let skipped = || (entries.last().map_or(0, |(at, _)| *at), counted(count(rows.left_out), "further packet"));
    let skipped = (rows.left_out > 0).then(skipped);
    entries.extend(skipped.map(|(at, what)| (at, Entry::did(at, None, format!("{what}, left out here")))));
    entries.extend(rows.last.iter().map(packet));
    entries.extend((1..).zip(&trial.timelines).flat_map(|(number, line)| recorded(number, line)));
    // Stable: at one time a packet comes before what the recorder made of it.
    entries.sort_by_key(|(at, _)| *at);
    shortened(entries.into_iter().map(|(_, entry)| entry).collect(), MOST)
}

/// At most so many of them, and how many there are between.
pub(crate) fn shortened(mut entries: Vec<Entry>, most: usize) -> Vec<Entry> {
    // One that is left out would take an entry to say so.
    if entries.len() <= most + 1 {
        return entries;
    }
    let left_out = entries.len() - most;
    let between = Entry { says: format!("[{left_out} further entries are left out]"), ..Entry::default() };
    entries.splice(most.div_ceil(2)..most.div_ceil(2) + left_out, [between]);
    entries
}

/// The entries as lines, in columns as `show` has them.
pub(crate) fn lines(entries: &[Entry]) -> Vec<String> {
    let width = |of: fn(&Entry) -> &str| entries.iter().map(|entry| of(entry).chars().count()).max().unwrap_or_default();
    let (connection, flags) = (width(|entry| &entry.connection), width(|entry| &entry.flags));
    let (sequence, acknowledged) = (width(|entry| &entry.sequence), width(|entry| &entry.acknowledged));
    let line = |entry: &Entry| {
        let Entry { time, connection: number, way, .. } = entry;
        // What the recorder did needs no columns of packets.
        let columns = match entry.way {
            "" => String::new(),
            _ => format!("{:<flags$}  {:<sequence$}  {:<acknowledged$}  ", entry.flags, entry.sequence, entry.acknowledged),
        };
        format!("{time:>12}  {number:<connection$} {way:1} {columns}{}", entry.says)
    };
    entries.iter().map(line).collect()
}

fn packet(row: &PacketRow) -> (i64, Entry) {
    let number = |name: &str, number: Option<u64>| number.map(|number| format!("{name} {number}")).unwrap_or_default();
    let between = row.between.as_ref().map(|between| format!("{between}, ")).unwrap_or_default();
    let entry = Entry {
        time: seconds(row.at_us),
        connection: row.connection.map(|number| format!("#{number}")).unwrap_or_default(),
        way: row.direction.arrow(),
        flags: row.flags.clone(),
        sequence: number("seq", row.sequence),
        acknowledged: number("ack", row.acknowledged),
        says: format!("{between}{}", row.sizes),
    };
    (row.at_us, entry)
}

/// What the recorder did on a connection.
fn recorded(number: usize, line: &Timeline) -> Vec<(i64, Entry)> {
    let octets = |octets: u64| counted(count(octets), "octet");
    let ended = |by| format!("closed by {by}");
    let mut did: Vec<(u64, String)> = vec![(line.open_us, "accepted".into())];
    did.extend(line.received.iter().map(|moment| (moment.at_us, format!("read {}", octets(moment.octets)))));
    did.extend(line.sent.iter().map(|moment| (moment.at_us, format!("answered {}", octets(moment.octets)))));
    did.extend(line.tls.iter().map(|tls| (line.open_us, one_line(&tls.to_string()))));
    did.extend(line.fin_us.map(|at| (at, "read the client's FIN".into())));
    did.extend(line.close_us.map(|at| (at, line.by.map_or_else(|| "closed".into(), ended))));
    let entry = |(at, says)| {
        let at = i64::try_from(at).unwrap_or(i64::MAX);
        (at, Entry::did(at, Some(number), says))
    };
    did.into_iter().map(entry).collect()
}

impl Entry {
    fn did(at_us: i64, connection: Option<usize>, says: String) -> Self {
        let connection = connection.map(|number| format!("#{number}")).unwrap_or_default();
        Self { time: seconds(at_us), connection, says, ..Self::default() }
    }
}

fn count(octets: u64) -> usize {
    usize::try_from(octets).unwrap_or(usize::MAX)
}
