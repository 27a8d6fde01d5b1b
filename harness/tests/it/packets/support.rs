//! What the tests share: chance that repeats, packets built by hand, other programs that read packets.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::process::Command;

use etherparse::{PacketBuilder, TcpHeader};
use samewire::packets::pcapng::{PacketReader, PacketWriter};
use samewire::packets::{Assembly, Limits, LinkType, assemble};
use samewire_recorder::{EndedBy, Event, PeerEnd};

use crate::support::is_left_out;

/// Numbers by chance that are the same for the same seed (SplitMix64).
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, most: usize) -> usize {
        (self.number() % most.max(1) as u64) as usize
    }

    pub(super) fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub(super) fn octets(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.number() as u8).collect()
    }
}

pub(super) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub(crate) const CLIENT: &str = "127.0.0.1:40000";
pub(crate) const SERVER: &str = "127.0.0.1:3099";

/// A segment to be built.
#[derive(Clone)]
pub(super) struct Built {
    pub(super) source: SocketAddr,
    pub(super) target: SocketAddr,
    pub(super) header: TcpHeader,
    pub(super) data: Vec<u8>,
}

/// A segment from one address to another; flags are letters of `SAFRP`.
pub(super) fn built(source: &str, target: &str, flags: &str, sequence: u32, acknowledgment: u32, data: &[u8]) -> Built {
    let (source, target) = (address(source), address(target));
    let mut header = TcpHeader::new(source.port(), target.port(), sequence, 512);
    header.syn = flags.contains('S');
    header.ack = flags.contains('A');
    header.fin = flags.contains('F');
    header.rst = flags.contains('R');
    header.psh = flags.contains('P');
    header.acknowledgment_number = acknowledgment;
    Built { source, target, header, data: data.to_vec() }
}

impl Built {
    /// As an Ethernet frame.
    pub(super) fn frame(&self) -> Vec<u8> {
        let builder = PacketBuilder::ethernet2([0; 6], [0; 6]);
        let builder = match (self.source.ip(), self.target.ip()) {
            (IpAddr::V4(source), IpAddr::V4(target)) => builder.ipv4(source.octets(), target.octets(), 64),
            (IpAddr::V6(source), IpAddr::V6(target)) => builder.ipv6(source.octets(), target.octets(), 64),
            _ => panic!("two families"),
        };
        let mut frame = Vec::new();
        builder.tcp_header(self.header.clone()).write_to_vec(&mut frame, &self.data).unwrap();
        frame
    }
}

/// A file of Ethernet frames, a microsecond apart.
pub(super) fn file(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut writer = PacketWriter::new(Vec::new(), "a test").unwrap();
    let lo = writer.interface(LinkType::Ethernet, "lo").unwrap();
    for (index, frame) in frames.iter().enumerate() {
        writer.packet(lo, 1_000_000_000 + index as i64 * 1000, frame, frame.len()).unwrap();
    }
    writer.into_inner()
}

pub(super) fn assembled(file: &[u8]) -> Assembly {
    assemble(PacketReader::new(file).unwrap(), Limits::default()).unwrap()
}

pub(super) fn assembled_of(segments: &[Built]) -> Assembly {
    let frames: Vec<Vec<u8>> = segments.iter().map(Built::frame).collect();
    assembled(&file(&frames))
}

/// Whether there are the programs that a test asks for a second opinion. Where they are not, a test that the gate runs fails, and
/// any other says that it is skipped.
pub(crate) fn are_there(programs: &[&str]) -> bool {
    let missing: Vec<&&str> = programs.iter().filter(|program| which::which(program).is_err()).collect();
    missing.is_empty() || !is_left_out(&format!("{missing:?} are missing; ci/setup installs them"))
}

/// What tshark prints on stdout; nothing may be said on stderr beside that it runs as root.
pub(crate) fn tshark(file: &Path, arguments: &[&str]) -> String {
    // Nobody's preferences.
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new("timeout");
    command.env("HOME", home.path()).env_remove("XDG_CONFIG_HOME");
    let output = command.args(["60", "tshark", "-n", "-r"]).arg(file).args(arguments).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let said: Vec<&str> = said.lines().filter(|line| !line.contains("Running as user")).collect();
    assert_eq!(said, [""; 0], "tshark complains");
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// Both directions of the first TCP streams of a file, as tshark puts them together: of the client, and of the server.
pub(super) fn follow(file: &Path, streams: usize) -> Vec<[Vec<u8>; 2]> {
    let taps: Vec<String> = (0..streams).map(|stream| format!("follow,tcp,raw,{stream}")).collect();
    let arguments: Vec<&str> = std::iter::once("-q").chain(taps.iter().flat_map(|tap| ["-z", tap])).collect();
    followed_in(&tshark(file, &arguments), streams)
}

/// The streams in what tshark prints of `follow,tcp,raw`.
pub(super) fn followed_in(text: &str, streams: usize) -> Vec<[Vec<u8>; 2]> {
    let mut followed = vec![[Vec::new(), Vec::new()]; streams];
    let mut stream = 0;
    for line in text.lines() {
        if let Some(filter) = line.strip_prefix("Filter: tcp.stream eq ") {
            stream = filter.parse().unwrap();
        }
        let (direction, hex) = line.strip_prefix('\t').map_or((0, line), |hex| (1, hex));
        if !hex.is_empty() && hex.len().is_multiple_of(2) && hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            let digits = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
            followed[stream][direction].extend((0..hex.len()).step_by(2).map(digits));
        }
    }
    followed
}

/// A capture, event by event, of a recorder at `address`. Offsets, counts and digests are filled in.
pub(crate) struct Told {
    lines: Vec<u8>,
    at_us: u64,
    counts: std::collections::HashMap<u64, ([u64; 2], crc32fast::Hasher)>,
    opened: u64,
}

impl Told {
    pub(crate) fn by(address: &str) -> Self {
        let mut told = Self { lines: Vec::new(), at_us: 0, counts: std::collections::HashMap::new(), opened: 0 };
        told.event(&Event::Start {
            format: 1,
            recorder: "a test".into(),
            address: address.into(),
            at: "2026-01-31T10:00:00.000000Z".into(),
        });
        told
    }

    fn event(&mut self, event: &Event<'_>) {
        event.write_line(&mut self.lines).unwrap();
        self.at_us += 100;
    }

    pub(crate) fn open(mut self, peer: &str) -> Self {
        self.opened += 1;
        self.counts.insert(self.opened, Default::default());
        self.event(&Event::Open { connection: self.opened, at_us: self.at_us, peer: peer.into(), address: None });
        self
    }

    pub(crate) fn data(self, connection: u64, octets: &[u8]) -> Self {
        self.urgent_data(connection, octets, None)
    }

    pub(crate) fn urgent_data(mut self, connection: u64, octets: &[u8], urgent: Option<u64>) -> Self {
        let (counts, digest) = self.counts.get_mut(&connection).unwrap();
        let offset = counts[0];
        counts[0] += octets.len() as u64;
        digest.update(octets);
        self.event(&Event::Data { connection, at_us: self.at_us, offset, urgent, octets: octets.into() });
        self
    }

    pub(crate) fn sent(mut self, connection: u64, octets: &[u8]) -> Self {
        let (counts, _) = self.counts.get_mut(&connection).unwrap();
        let offset = counts[1];
        counts[1] += octets.len() as u64;
        self.event(&Event::Sent { connection, at_us: self.at_us, offset, octets: octets.into() });
        self
    }

    pub(crate) fn fin(mut self, connection: u64) -> Self {
        self.event(&Event::Fin { connection, at_us: self.at_us });
        self
    }

    pub(crate) fn shut(mut self, connection: u64) -> Self {
        self.event(&Event::Shut { connection, at_us: self.at_us });
        self
    }

    pub(crate) fn close(mut self, connection: u64, peer: PeerEnd) -> Self {
        let (counts, digest) = self.counts.remove(&connection).unwrap();
        let crc32 = format!("{:08x}", digest.finalize()).into();
        let by = if peer == PeerEnd::Open { EndedBy::Recorder } else { EndedBy::Peer };
        self.event(&Event::Close { connection, at_us: self.at_us, bytes: counts[0], peer, by, reason: None, crc32, wire: None });
        self
    }

    /// The lines, with the last.
    pub(crate) fn stop(mut self) -> Vec<u8> {
        self.event(&Event::Stop { at_us: self.at_us, connections: self.opened });
        self.lines
    }
}
