//! Packets made from a capture, for Wireshark, where none were recorded.
//!
//! They say what the capture says, and no more: there are no sizes of segments and no times of acknowledgments in it, so each run
//! of octets is as few segments as fit, acknowledged at once. Streams: holds one event at a time.

use std::collections::HashMap;
use std::io::{self, Write};

use samewire_recorder::{CaptureError, CaptureReader, Completeness, Event, PeerEnd};

use super::clock::{Clock, ClockError};
use super::direction::Direction;
use super::exchange::Exchange;
use super::frames::Endpoints;
use super::link::LinkType;
use super::pcapng::PacketWriter;

/// Why packets could not be made. What was made before is written.
#[derive(Debug, thiserror::Error)]
pub enum MadeError {
    /// The capture is not true any more.
    #[error("the capture is damaged: {0}")]
    Damaged(#[from] CaptureError),
    /// It says no time.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// They cannot be written.
    #[error("cannot write the packets: {0}")]
    Write(#[from] io::Error),
}

/// Makes packets from events.
pub struct Maker<W, F> {
    out: PacketWriter<W>,
    interface: u32,
    endpoints: F,
    address: String,
    clock: Option<Clock>,
    open: HashMap<u64, Exchange>,
}

/// Makes packets of a whole capture, and says how that ended.
///
/// # Errors
/// The capture is damaged, or the packets cannot be written.
pub fn make<R: io::BufRead, W: Write>(
    capture: &mut CaptureReader<R>,
    out: W,
    program: &str,
) -> Result<Option<Completeness>, MadeError> {
    let mut maker = Maker::new(PacketWriter::new(out, program)?, Endpoints::of_capture)?;
    let made = capture.try_for_each(|event| maker.event(&event?));
    maker.finish()?.flush()?;
    made.map(|()| capture.completeness())
}

impl<W: Write, F: FnMut(u64, &str, &str) -> Endpoints> Maker<W, F> {
    /// One that writes to `out`. `endpoints` gives the addresses of a connection, by its number, its client and the recorder's
    /// address, as [`Endpoints::of_capture`] does.
    ///
    /// # Errors
    /// It cannot be written to.
    pub fn new(mut out: PacketWriter<W>, endpoints: F) -> io::Result<Self> {
        let interface = out.interface(LinkType::Ethernet, "made from a capture")?;
        Ok(Self { out, interface, endpoints, address: String::new(), clock: None, open: HashMap::new() })
    }

    /// Writes the packets of an event of a capture that was checked.
    ///
    /// # Errors
    /// They cannot be written, or the capture says no time.
    pub fn event(&mut self, event: &Event<'_>) -> Result<(), MadeError> {
        if let Event::Start { address, at, .. } = event {
            self.clock = Some(Clock::of(at)?);
            self.address = address.to_string();
        }
        let (Some(clock), Some(number)) = (self.clock, event.connection()) else { return Ok(()) };
        if let Event::Open { peer, at_us, address, .. } = event {
            let endpoints = (self.endpoints)(number, peer, address.as_deref().unwrap_or(&self.address));
            let mut exchange = Exchange::new(endpoints, number, self.interface);
            exchange.open(clock.stamp_ns(*at_us), &mut self.out)?;
            self.open.insert(number, exchange);
        } else if let Some(exchange) = self.open.get_mut(&number) {
            write(exchange, event, clock, &mut self.out)?;
        }
        if matches!(event, Event::Close { .. }) {
            self.open.remove(&number);
        }
        Ok(())
    }

    /// What was written to.
    ///
    /// # Errors
    /// What is buffered cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out.into_inner())
    }
}

fn write<W: Write>(exchange: &mut Exchange, event: &Event<'_>, clock: Clock, out: &mut PacketWriter<W>) -> io::Result<()> {
    match event {
        Event::Data { at_us, offset, urgent, octets, .. } => {
            let urgent = urgent.and_then(|urgent| usize::try_from(urgent.checked_sub(*offset)?).ok());
            exchange.data(Direction::Received, clock.stamp_ns(*at_us), octets, urgent, out)
        }
        Event::Sent { at_us, octets, .. } => exchange.data(Direction::Sent, clock.stamp_ns(*at_us), octets, None, out),
        Event::Fin { at_us, .. } => exchange.end(Direction::Received, clock.stamp_ns(*at_us), out),
        Event::Shut { at_us, .. } => exchange.end(Direction::Sent, clock.stamp_ns(*at_us), out),
        Event::Close { at_us, peer, .. } => close(exchange, *peer, clock.stamp_ns(*at_us), out),
        Event::Start { .. } | Event::Open { .. } | Event::Tls { .. } | Event::Enough { .. } | Event::Stop { .. } => Ok(()),
    }
}

/// A capture does not say by what the recorder let go of a client that had not ended: RST is what a reader of the packets cannot
/// mistake for the client's doing.
fn close<W: Write>(exchange: &mut Exchange, peer: PeerEnd, stamp_ns: i64, out: &mut PacketWriter<W>) -> io::Result<()> {
    match peer {
        PeerEnd::Fin | PeerEnd::Truncated => exchange.end(Direction::Sent, stamp_ns, out),
        PeerEnd::Reset => exchange.abort(Direction::Received, stamp_ns, out),
        PeerEnd::Open => exchange.abort(Direction::Sent, stamp_ns, out),
    }
}
