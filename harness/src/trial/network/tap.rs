//! A tap: a thread of its own that reads packets as they pass, and writes them where it is told.

use std::io::{self, BufWriter, PipeReader, PipeWriter, Read, Write};
use std::os::fd::OwnedFd;
use std::sync::mpsc::{self, Receiver, RecvError, Sender, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::packets::LinkType;
use crate::packets::pcapng::{PacketWriter, Statistics};
use crate::trial::network::marker::{Markers, is_marker};
use crate::trial::network::recorded::{Begin, Interface, Recorded};
use crate::trial::network::ring::{Passed, RETIRED, RING_OCTETS, Ring};

/// How long what passed may take to be read.
const DRAIN: Duration = Duration::from_secs(5);

/// Octets that are handed to a file at once.
const AT_ONCE: usize = 256 << 10;

/// Reads the packets of a network, and records them while it is told to. Ends, some time later, when it is dropped.
#[derive(Debug)]
pub struct Tap {
    orders: Sender<Order>,
    /// An octet for each order; its end is the thread's.
    wake: PipeWriter,
}

/// Packets cannot be read or recorded.
#[derive(Debug, thiserror::Error)]
pub enum TapError {
    /// There is no socket for packets.
    #[error("open a packet socket: {0}")]
    Socket(#[source] io::Error),
    /// The kernel makes no ring for the socket.
    #[error("read packets from a ring of {RING_OCTETS} octets: {0}")]
    Ring(#[source] io::Error),
    /// The network has no loopback, or it is down.
    #[error("reach the network's loopback: {0}; `ip link set lo up` in there mends that")]
    Loopback(#[source] io::Error),
    /// What was recorded cannot be written.
    #[error("write the packets: {0}")]
    Write(#[source] io::Error),
    /// The kernel's counters cannot be read.
    #[error("ask the kernel how many packets it dropped: {0}")]
    Counts(#[source] io::Error),
    /// What passed did not come.
    #[error("read the packets that passed: they did not come within {} s", DRAIN.as_secs())]
    Stalled,
    /// Nothing was begun.
    #[error("end a recording of packets: none was begun")]
    NotBegun,
    /// The thread is gone.
    #[error("reach the thread that reads packets: it has ended")]
    Gone,
}

enum Order {
    Begin(Begin, SyncSender<Result<(), TapError>>),
    Finish(SyncSender<Result<Recorded, TapError>>),
}

impl Tap {
    /// Starts to read from a packet socket, in whatever network.
    ///
    /// # Errors
    /// The kernel makes no ring for it.
    pub fn start(socket: OwnedFd, interface: Interface) -> Result<Self, TapError> {
        let lo = rustix::net::netdevice::name_to_index(&socket, "lo").map_err(|error| TapError::Loopback(error.into()))?;
        let (bound, ignores) = if interface == Interface::Loopback { (lo, true) } else { (0, false) };
        let ring = Ring::new(socket, bound, ignores).map_err(TapError::Ring)?;
        let (orders, taken) = mpsc::channel();
        let (woken, wake) = io::pipe().map_err(TapError::Ring)?;
        let name = if interface == Interface::Loopback { "lo" } else { "any" };
        let reader = Reader { ring, lo, name, orders: taken, woken, markers: Markers::new(), seen: 0, recording: None };
        thread::Builder::new().name("packets".to_owned()).spawn(|| reader.run()).map_err(TapError::Ring)?;
        Ok(Self { orders, wake })
    }

    /// Begins a recording. What passed before is not in it; one that was not finished is given up.
    ///
    /// # Errors
    /// It cannot be written to.
    pub fn begin(&self, begin: Begin) -> Result<(), TapError> {
        self.order(|answer| Order::Begin(begin, answer))
    }

    /// Ends the recording. All that passed before this was called is in it.
    ///
    /// # Errors
    /// The packets could not be written or read.
    pub fn finish(&self) -> Result<Recorded, TapError> {
        self.order(Order::Finish)
    }

    fn order<T>(&self, order: impl FnOnce(SyncSender<Result<T, TapError>>) -> Order) -> Result<T, TapError> {
        let (answer, answered) = sync_channel(1);
        self.orders.send(order(answer)).map_err(|_| TapError::Gone)?;
        (&self.wake).write_all(&[0]).map_err(|_| TapError::Gone)?;
        answered.recv().unwrap_or_else(|RecvError| Err(TapError::Gone))
    }
}

/// The thread's side.
struct Reader {
    ring: Ring,
    lo: u32,
    /// What files call the interface.
    name: &'static str,
    orders: Receiver<Order>,
    woken: PipeReader,
    markers: Markers,
    /// The last marker that was read back.
    seen: u64,
    recording: Option<Recording>,
}

struct Recording {
    writer: PacketWriter<BufWriter<Box<dyn Write + Send>>>,
    interface: u32,
    /// Octets that may yet be written.
    left: u64,
    recorded: Recorded,
    start_ns: i64,
    is_live: bool,
    /// Whether something was written since the last flush.
    is_behind: bool,
    failed: Option<io::Error>,
}

impl Reader {
    fn run(mut self) {
        loop {
            self.read();
            if let Some(recording) = self.recording.as_mut().filter(|recording| recording.is_live) {
                recording.flush();
            }
            match self.wait() {
                Ok(Woken::Packets) => {}
                Ok(Woken::Order) => self.obey(),
                Ok(Woken::Over) | Err(_) => {
                    self.give_up();
                    return;
                }
            }
        }
    }

    /// Waits for packets or an order.
    fn wait(&self) -> io::Result<Woken> {
        let mut sources = [PollFd::new(&self.ring, PollFlags::IN), PollFd::new(&self.woken, PollFlags::IN)];
        wait(&mut sources, None)?;
        let [packets, orders] = sources.map(|source| source.revents());
        self.forget_error(packets)?;
        Ok(match orders {
            orders if orders.contains(PollFlags::IN) => Woken::Order,
            orders if orders.is_empty() => Woken::Packets,
            _ => Woken::Over,
        })
    }

    /// An interface that went down is told as an error, over and over until somebody takes it. It may come up again.
    fn forget_error(&self, told: PollFlags) -> io::Result<()> {
        if told.contains(PollFlags::ERR) {
            let _ = rustix::net::sockopt::socket_error(&self.ring)?;
        }
        Ok(())
    }

    /// Reads the blocks that there are.
    fn read(&mut self) {
        while let Some(block) = self.ring.next() {
            for packet in block.packets() {
                if let Some(number) = self.markers.number(packet.octets) {
                    self.seen = self.seen.max(number);
                } else if let Some(recording) = self.recording.as_mut().filter(|_| is_meant(&packet)) {
                    recording.packet(&packet);
                }
            }
        }
    }

    fn obey(&mut self) {
        let mut octet = [0];
        // The order was sent before its octet.
        let order = self.woken.read_exact(&mut octet).ok().and_then(|()| self.orders.try_recv().ok());
        // Who asked may be gone.
        let _ = match order {
            Some(Order::Begin(begin, answer)) => answer.send(self.begin(begin)).is_ok(),
            Some(Order::Finish(answer)) => answer.send(self.finish()).is_ok(),
            None => false,
        };
    }

    fn begin(&mut self, begin: Begin) -> Result<(), TapError> {
        self.give_up();
        self.read();
        // What was counted before is none of this recording's.
        self.ring.counts().map_err(TapError::Counts)?;
        self.recording = Some(Recording::new(begin, self.name).map_err(TapError::Write)?);
        Ok(())
    }

    fn give_up(&mut self) {
        if let Some(recording) = self.recording.take() {
            recording.give_up();
        }
    }

    fn finish(&mut self) -> Result<Recorded, TapError> {
        let drained = self.drain();
        let recording = self.recording.take().ok_or(TapError::NotBegun)?;
        drained?;
        let counts = self.ring.counts().map_err(TapError::Counts)?;
        recording.finish(u64::from(counts.dropped)).map_err(TapError::Write)
    }

    /// Reads all that passed before now: until a marker comes back that was sent after it.
    fn drain(&mut self) -> Result<(), TapError> {
        /// As many as fill a block, and one more.
        const MARKERS: usize = 4;
        let until = Instant::now() + DRAIN;
        let (first, mut frame) = self.markers.next();
        let mut sent = 0;
        loop {
            self.read();
            let left = until.saturating_duration_since(Instant::now());
            match self.seen {
                seen if seen >= first => return Ok(()),
                _ if left.is_zero() => return Err(TapError::Stalled),
                _ if sent < MARKERS => {
                    self.mark(&frame)?;
                    frame = self.markers.next().1;
                    sent += 1;
                }
                // The ring had no room for them, or the card: the block's time comes too, and then they are sent again.
                _ => {
                    self.wait_for_packets(left.min(2 * RETIRED))?;
                    sent = 0;
                }
            }
        }
    }

    fn mark(&self, frame: &[u8]) -> Result<(), TapError> {
        match self.ring.send(self.lo, frame) {
            // There is no room for it now; the block's time will come.
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock) || error.raw_os_error() == Some(libc::ENOBUFS) => {
                Ok(())
            }
            other => other.map_err(TapError::Loopback),
        }
    }

    fn wait_for_packets(&self, most: Duration) -> Result<(), TapError> {
        let mut source = [PollFd::new(&self.ring, PollFlags::IN)];
        let waited = wait(&mut source, Some(most)).and_then(|()| self.forget_error(source[0].revents()));
        waited.map_err(TapError::Ring)
    }
}

/// Waits until one of the sources has something, or the time is up, or for less.
fn wait(sources: &mut [PollFd<'_>], most: Option<Duration>) -> io::Result<()> {
    let most = most.and_then(|most| Timespec::try_from(most).ok());
    match poll(sources, most.as_ref()) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

enum Woken {
    Packets,
    Order,
    /// Nobody is there any more who could order.
    Over,
}

/// Whether a packet is to be recorded: Ethernet's headers, and what loopback shows twice once.
fn is_meant(packet: &Passed<'_>) -> bool {
    const ETHERNET: u16 = 1;
    const LOOPBACK: u16 = 772;
    let is_ours = match packet.hardware {
        ETHERNET => true,
        LOOPBACK => !packet.is_outgoing,
        _ => false,
    };
    is_ours && !is_marker(packet.octets)
}

impl Recording {
    fn new(begin: Begin, name: &str) -> io::Result<Self> {
        let mut writer = PacketWriter::new(BufWriter::with_capacity(AT_ONCE, begin.out), &begin.program)?;
        let interface = writer.interface(LinkType::Ethernet, name)?;
        let recorded = Recorded::default();
        Ok(Self {
            writer,
            interface,
            left: begin.most,
            recorded,
            start_ns: now_ns(),
            is_live: begin.is_live,
            is_behind: false,
            failed: None,
        })
    }

    fn packet(&mut self, packet: &Passed<'_>) {
        // It was in a block with what came later.
        if packet.stamp_ns < self.start_ns {
            return;
        }
        let left = self.left.checked_sub(packet.octets.len() as u64);
        let (Some(left), None) = (left, &self.failed) else {
            // What is behind one that is left out would be a gap.
            self.left = 0;
            self.recorded.left_out += 1;
            return;
        };
        self.left = left;
        self.failed = self.writer.packet(self.interface, packet.stamp_ns, packet.octets, packet.original).err();
        self.recorded.packets += u64::from(self.failed.is_none());
        self.is_behind = true;
    }

    fn flush(&mut self) {
        if std::mem::take(&mut self.is_behind) && self.failed.is_none() {
            self.failed = self.writer.flush().err();
        }
    }

    /// What is not written yet never is.
    fn give_up(self) {
        drop(self.writer.into_inner().into_parts());
    }

    fn finish(mut self, dropped: u64) -> io::Result<Recorded> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        self.recorded.dropped = dropped;
        let missing = dropped + self.recorded.left_out;
        let statistics =
            Statistics { start_ns: self.start_ns, end_ns: now_ns(), received: self.recorded.packets, dropped: missing };
        self.writer.statistics(self.interface, &statistics)?;
        self.writer.flush()?;
        Ok(self.recorded)
    }
}

fn now_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
