//! The packets of a trial: recorded beside its capture, and held against it as a second witness.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use samewire_recorder::Listener;

use crate::packets::pcapng::PacketReader;
use crate::packets::{Assembly, Disagreement, Finding, Held, Limits, assemble};
use crate::trial::launch::OwnNetwork;
use crate::trial::network::{Begin, MOST_RECORDED, Tap};
use crate::trial::place::Place;

/// What the packets say they were recorded by.
const PROGRAM: &str = concat!("samewire ", env!("CARGO_PKG_VERSION"));

/// The file of packets that belongs to a capture.
#[must_use]
pub fn beside(capture: &Path) -> PathBuf {
    capture.with_extension("pcapng")
}

/// A recording of packets that goes on.
pub(super) struct Tapping<'a>(Result<&'a Tap, String>);

/// The packets of a trial that is over.
pub(super) enum Tapped {
    /// As far as they are needed to be held against a capture.
    Packets(Box<Assembly>),
    /// Why there are none.
    None(String),
}

/// What came of the packets of a trial.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Witnessed {
    /// Connections of which packets and capture say the same; `None` where nothing could be compared.
    pub agreed: Option<u64>,
    /// What is worth saying of them, and is no fault.
    pub remarks: Vec<String>,
}

impl<'a> Tapping<'a> {
    /// Begins before anybody can connect; nothing where packets are not to be recorded, or the network is not the trial's own.
    pub(super) fn begin(place: &'a Place<'_>, capture: &Path) -> Option<Self> {
        let network = place.network().filter(|_| place.records_packets())?;
        Some(Self(tap(network, capture)))
    }

    /// Ends when the recorder has ended.
    pub(super) fn finish(self, capture: &Path) -> Tapped {
        let packets = self.0.and_then(|tap| {
            tap.finish().map_err(|error| error.to_string())?;
            let reader = PacketReader::open(&beside(capture)).map_err(|error| error.to_string())?;
            assemble(reader, Limits::default()).map_err(|error| error.to_string())
        });
        match packets {
            Ok(packets) => Tapped::Packets(Box::new(packets)),
            Err(why) => Tapped::None(why),
        }
    }
}

fn tap<'a>(network: &'a OwnNetwork, capture: &Path) -> Result<&'a Tap, String> {
    let tap = network.tap()?;
    let out = File::create(beside(capture)).map_err(|error| format!("create the file of packets: {error}"))?;
    let begin = Begin { out: Box::new(out), program: PROGRAM.to_owned(), most: MOST_RECORDED };
    tap.begin(begin).map_err(|error| error.to_string())?;
    Ok(tap)
}

/// The addresses of a listener in the network.
pub(super) fn addresses(listener: &Listener) -> Vec<SocketAddr> {
    listener.addresses().filter_map(|address| address.to_string().parse().ok()).collect()
}

impl Witnessed {
    /// What two witnesses make of a trial.
    ///
    /// # Errors
    /// Where they disagree.
    pub(super) fn of(held: Held) -> Result<Self, Disagreement> {
        let mut remarks: Vec<String> = held.remarks.iter().map(ToString::to_string).collect();
        let agreed = match held.finding {
            Finding::Agrees { connections } => Some(connections),
            Finding::Disagrees(disagreement) => return Err(disagreement),
            Finding::Dropped(count) => {
                remarks.push(format!("the kernel dropped {count} packets: the others are not held against the capture"));
                None
            }
            Finding::TooLarge => {
                remarks.push("there are more packets than are kept: they are not held against the capture".into());
                None
            }
            Finding::NoPackets => None,
        };
        Ok(Self { agreed, remarks })
    }

    /// That there were no packets.
    pub(super) fn not(why: &str) -> Self {
        Self { agreed: None, remarks: vec![format!("packets were not recorded: {why}")] }
    }
}
