//! The packets of a trial: recorded beside its capture, and held against it as a second witness.

use std::io::BufReader;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use samewire_recorder::{Keys, Listener};

use crate::packets::pcapng::PacketReader;
use crate::packets::{Assembly, Finding, Held, Limits, Remark, assemble};
use crate::printable::counted;
use crate::trial::launch::OwnNetwork;
use crate::trial::network::{Begin, MOST_RECORDED, Recorded, Tap};
use crate::trial::packet_rows::PacketRows;
use crate::trial::place::Place;
use crate::trial::spool::Spool;

/// What the packets say they were recorded by.
pub(crate) const PROGRAM: &str = concat!("samewire ", env!("CARGO_PKG_VERSION"));

/// Octets that are read back at once.
const AT_ONCE: usize = 64 << 10;

/// The file of packets that belongs to a capture.
#[must_use]
pub fn beside(capture: &Path) -> PathBuf {
    capture.with_extension("pcapng")
}

/// A recording of packets that goes on.
pub(super) struct Tapping<'a> {
    /// `Err` is why there is none.
    tap: Result<&'a Tap, String>,
    spool: Spool,
}

/// The packets of a trial that is over.
pub(super) struct Tapped {
    /// As far as they are needed to be held against a capture; `Err` is why there are none.
    pub(super) packets: Result<(Box<Assembly>, Recorded), String>,
    /// As they are to be kept.
    pub(super) spool: Spool,
}

/// What came of the packets of a trial.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Witnessed {
    /// Connections of which packets and capture say the same; `None` where nothing could be compared.
    pub agreed: Option<u64>,
    /// Where they say different things.
    pub disagreement: Option<String>,
    /// What is worth saying of them, and is no fault.
    pub remarks: Vec<String>,
    /// What was dialled where nobody listens, where the recorder never had a connection.
    pub dialled: Option<String>,
    /// Where that is.
    pub dialled_address: Option<SocketAddr>,
    /// The packets themselves.
    pub rows: PacketRows,
}

impl<'a> Tapping<'a> {
    /// Begins before anybody can connect; nothing where packets are not to be recorded, or the network is not the trial's own.
    pub(super) fn begin(place: &'a Place<'_>, capture: &Path) -> Option<Self> {
        let network = place.network().filter(|_| place.records_packets())?;
        let spool = Spool::new(beside(capture));
        Some(Self { tap: tap(network, &spool), spool })
    }

    /// Ends when the recorder has ended.
    pub(super) fn finish(self, keys: &Keys) -> Tapped {
        let Self { tap, spool } = self;
        let packets = tap.and_then(|tap| {
            let recorded = tap.finish().map_err(|error| error.to_string())?;
            spool.add_secrets(&keys.lines()).map_err(|error| format!("add the secrets of TLS: {error}"))?;
            let input = spool.reader().map_err(|error| format!("read the packets again: {error}"))?;
            let reader = PacketReader::new(BufReader::with_capacity(AT_ONCE, input)).map_err(|error| error.to_string())?;
            let packets = assemble(reader, Limits::default()).map_err(|error| error.to_string())?;
            Ok((Box::new(packets), recorded))
        });
        Tapped { packets, spool }
    }
}

fn tap<'a>(network: &'a OwnNetwork, spool: &Spool) -> Result<&'a Tap, String> {
    let tap = network.tap()?;
    let begin = Begin { out: Box::new(spool.clone()), program: PROGRAM.to_owned(), most: MOST_RECORDED, is_live: false };
    tap.begin(begin).map_err(|error| error.to_string())?;
    Ok(tap)
}

/// The addresses of a listener in the network.
pub(super) fn addresses(listener: &Listener) -> Vec<SocketAddr> {
    listener.addresses().filter_map(|address| address.to_string().parse().ok()).collect()
}

impl Witnessed {
    /// What two witnesses make of a trial.
    pub(super) fn of(held: &Held, packets: &Assembly, recorded: Recorded) -> Self {
        let mut remarks: Vec<String> = held.remarks.iter().map(ToString::to_string).collect();
        let (mut agreed, mut disagreement) = (None, None);
        match &held.finding {
            Finding::Agrees { connections } => agreed = Some(*connections),
            Finding::Disagrees(found) => disagreement = Some(found.to_string()),
            Finding::Dropped(_) => remarks.push(incomplete(recorded)),
            Finding::TooLarge => {
                remarks.push("there are more packets than are kept: they are not compared with the capture".into());
            }
            Finding::NoPackets => {}
        }
        let rows = held.clock.map(|clock| PacketRows::of(packets, clock, &held.numbers)).unwrap_or_default();
        let dialled_address = match held.dialled() {
            Some(Remark::Refused { server, .. }) => Some(*server),
            _ => None,
        };
        Self { agreed, disagreement, remarks, dialled: held.dialled().map(ToString::to_string), dialled_address, rows }
    }

    /// That there were no packets.
    pub(super) fn not(why: &str) -> Self {
        Self { remarks: vec![format!("packets were not recorded: {why}")], ..Self::default() }
    }
}

/// Why packets are not all that passed.
fn incomplete(recorded: Recorded) -> String {
    let Recorded { dropped, left_out, .. } = recorded;
    let dropped = (dropped > 0).then(|| format!("the kernel dropped {}", counted(count(dropped), "packet")));
    let left_out = (left_out > 0)
        .then(|| format!("{} beyond {} MiB were left out", counted(count(left_out), "packet"), MOST_RECORDED >> 20));
    let why: Vec<String> = dropped.into_iter().chain(left_out).collect();
    format!("{}: the others are not compared with the capture", why.join(", and "))
}

fn count(packets: u64) -> usize {
    usize::try_from(packets).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_dropped_is_counted() {
        let said = |dropped, left_out| incomplete(Recorded { packets: 9, dropped, left_out });
        assert_eq!(said(12, 0), "the kernel dropped 12 packets: the others are not compared with the capture");
        let full = said(1, 3);
        assert!(full.starts_with("the kernel dropped 1 packet, and 3 packets beyond 256 MiB were left out: "), "{full}");
    }
}
