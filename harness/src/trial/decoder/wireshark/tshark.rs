//! A tshark that runs: it is fed captures through a pipe, one after the other, and says what is in their packets.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::pdml::{self, Layer};
use crate::packets::pcapng::PacketWriter;
use crate::packets::{Carried, Direction, Endpoints, LinkType, stage};
use crate::suite::decoder::DEFAULT_TIMEOUT;
use crate::trial::Interrupt;
use crate::trial::decoder::DecodeError;
use crate::trial::decoder::asked::program;
use crate::trial::launch::{LaunchError, Scratch, Service};
use crate::trial::toolchain::excerpt;

/// The program.
pub(super) const TSHARK: &str = "tshark";

/// The port of the first dissector; each has its own.
const FIRST_PORT: u16 = 30_001;

/// The client's port: nobody's, and higher than those of dissectors.
const CLIENT_PORT: u16 = 61_001;

/// Connections that one process is given: it remembers something of each.
const MOST_CONNECTIONS: u32 = 20_000;

/// How much it may print of one connection: so much, and so much more for each octet, and no more than that.
const PRINTED: (usize, usize, usize) = (8 << 20, 2_048, 512 << 20);

/// Octets that are read at once, and how many such pieces may wait.
const PIECE: (usize, usize) = (64 << 10, 4);

/// How often it is looked whether everything is to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Where a packet ends.
const PACKET_END: &[u8] = b"</packet>";

/// A process, with the dissectors that it was started for.
#[derive(Debug)]
pub(super) struct Tshark {
    service: Service,
    stdin: ChildStdin,
    pieces: Receiver<Vec<u8>>,
    ports: BTreeMap<String, u16>,
    connections: u32,
}

/// What it said of a connection: the layers of each packet, and what these carry.
pub(super) type Dissected = (Vec<Vec<Layer>>, Vec<Carried>);

/// Why it said nothing.
pub(super) enum Silence {
    Interrupted,
    /// A sentence that begins with what it did.
    Failed(String),
}

impl Tshark {
    /// Starts one that knows these dissectors.
    pub(super) fn start(dissectors: &BTreeSet<String>) -> Result<Self, String> {
        let ports: BTreeMap<String, u16> = dissectors.iter().cloned().zip(FIRST_PORT..CLIENT_PORT).collect();
        let scratch = Scratch::new().map_err(|error| format!("could not be given a folder: {error}"))?;
        let mut argv: Vec<OsString> = [TSHARK, "-l", "-n", "-r", "-", "-T", "pdml"].map(OsString::from).to_vec();
        for (name, port) in &ports {
            argv.extend(["-d".into(), format!("tcp.port=={port},{name}").into()]);
        }
        let (service, stdin, stdout) = begin(argv, scratch).map_err(|error| error.to_string())?;
        let (send, pieces) = sync_channel(PIECE.1);
        let reader = thread::Builder::new().name(TSHARK.into()).spawn(move || pass_on(stdout, &send));
        reader.map_err(|error| format!("could not be read: {error}"))?;
        Ok(Self { service, stdin, pieces, ports, connections: 0 })
    }

    /// Whether it was started for this dissector, and has not been given too much yet.
    pub(super) fn knows(&self, dissector: &str) -> bool {
        self.ports.contains_key(dissector) && self.connections < MOST_CONNECTIONS
    }

    /// Has it read a connection. After a failure it is of no use any more.
    pub(super) fn dissect<'a>(
        &mut self,
        dissector: &str,
        turns: impl IntoIterator<Item = (Direction, &'a [u8])>,
        interrupt: &Interrupt,
    ) -> Result<Dissected, Silence> {
        self.connections += 1;
        let mut capture = Vec::new();
        let carried = stage(turns, (self.endpoints(dissector), u64::from(self.connections)), &mut capture, "samewire")
            .map_err(|error| Silence::Failed(format!("could not be given packets: {error}")))?;
        let printed = self.exchange(&capture, carried.len(), interrupt)?;
        let packets = pdml::packets(&printed).map_err(Silence::Failed)?;
        if packets.len() != carried.len() {
            let (told, given) = (packets.len(), carried.len());
            return Err(Silence::Failed(format!("told of {told} packets, and was given {given}")));
        }
        if !packets.iter().all(|layers| is_of(layers, self.client())) {
            return Err(Silence::Failed("told of packets that it was not given".into()));
        }
        Ok((packets, carried))
    }

    /// A client that there never was. The same ports and sequence numbers again, and the messages would silently vanish.
    fn client(&self) -> Ipv4Addr {
        let [_, high, middle, low] = self.connections.to_be_bytes();
        Ipv4Addr::new(10, high, middle, low)
    }

    fn endpoints(&self, dissector: &str) -> Endpoints {
        let client = SocketAddr::from((self.client(), CLIENT_PORT));
        let port = self.ports.get(dissector).copied().unwrap_or(FIRST_PORT);
        Endpoints::new(client, SocketAddr::from((Ipv4Addr::new(192, 0, 2, 1), port)))
    }

    /// Feeds it a capture while it is read, so that neither waits for the other for ever.
    fn exchange(&mut self, capture: &[u8], packets: usize, interrupt: &Interrupt) -> Result<Vec<u8>, Silence> {
        let Self { service, stdin, pieces, .. } = self;
        let (least, each, most) = PRINTED;
        let most = capture.len().saturating_mul(each).saturating_add(least).min(most);
        thread::scope(|scope| {
            scope.spawn(|| {
                // Where it does not take them it says too little, which is seen.
                let _ = stdin.write_all(capture).and_then(|()| stdin.flush());
            });
            let read = read(pieces, packets, most, interrupt);
            if read.is_err() {
                // So that writing ends too.
                service.kill();
            }
            read
        })
    }

    /// Ends it, and says what its end was about.
    pub(super) fn last_words(self) -> String {
        drop(self.stdin);
        excerpt(&complaints(&self.service.last_words()))
    }
}

/// Whether a packet came from this client, or went to it.
fn is_of(layers: &[Layer], client: Ipv4Addr) -> bool {
    let client = client.octets();
    let of_ip = layers.iter().filter(|layer| layer.name == "ip").flat_map(|layer| &layer.fields);
    of_ip.into_iter().any(|field| matches!(field.name.as_str(), "ip.src" | "ip.dst") && field.octets == client)
}

/// What is said of a failure.
pub(super) fn failed(name: &str, what: &str, words: &str) -> DecodeError {
    DecodeError::Failed { name: name.to_owned(), what: format!("failed: {TSHARK} {what}{words}") }
}

/// What is said on stderr but that it runs as root, which everybody knows.
pub(super) fn complaints(stderr: &str) -> String {
    let lines = stderr.lines().filter(|line| !line.starts_with("Running as user") && !line.trim().is_empty());
    // It would list a thousand names.
    lines.take_while(|line| !line.contains("Valid protocols")).take(4).collect::<Vec<_>>().join("\n")
}

/// A capture of nothing.
pub(super) fn nothing() -> std::io::Result<Vec<u8>> {
    let mut capture = Vec::new();
    PacketWriter::new(&mut capture, "samewire")?.interface(LinkType::Ethernet, "nothing")?;
    Ok(capture)
}

fn begin(argv: Vec<OsString>, scratch: Scratch) -> Result<(Service, ChildStdin, ChildStdout), LaunchError> {
    let failed = |source| LaunchError::Failed { program: TSHARK.into(), source };
    let program = program(argv, Path::new("."), &BTreeMap::new(), scratch.path()).map_err(failed)?;
    Service::start(&program, scratch)
}

fn pass_on(mut stdout: ChildStdout, pieces: &SyncSender<Vec<u8>>) {
    let mut buffer = vec![0; PIECE.0];
    while let Ok(length @ 1..) = stdout.read(&mut buffer) {
        if pieces.send(buffer[..length].to_vec()).is_err() {
            break;
        }
    }
}

/// Reads until so many packets have been told.
fn read(pieces: &Receiver<Vec<u8>>, packets: usize, most: usize, interrupt: &Interrupt) -> Result<Vec<u8>, Silence> {
    let (mut text, mut told, mut looked) = (Vec::new(), 0, 0);
    let mut waited = Duration::ZERO;
    loop {
        let began = Instant::now();
        let piece = pieces.recv_timeout(LOOK);
        // One look that took far longer counts as one: whoever was stopped meanwhile has used up nothing.
        waited += began.elapsed().min(LOOK);
        match piece {
            Ok(piece) => text.extend_from_slice(&piece),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(Silence::Failed("ended before it had read everything".into())),
        }
        told += memchr::memmem::find_iter(&text[looked..], PACKET_END).count();
        looked = text.len().saturating_sub(PACKET_END.len() - 1).max(looked);
        match () {
            () if told >= packets => return Ok(text),
            () if interrupt.is_stopped() => return Err(Silence::Interrupted),
            () if text.len() > most => return Err(Silence::Failed(format!("printed more than {most} octets"))),
            () if waited >= DEFAULT_TIMEOUT => {
                let seconds = DEFAULT_TIMEOUT.as_secs();
                return Err(Silence::Failed(format!("took longer than {seconds} s: it told {told} of {packets} packets")));
            }
            () => {}
        }
    }
}
