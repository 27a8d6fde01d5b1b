//! What the events of a capture so far say, so that the next can be held against it. Pure.

use std::collections::HashMap;

use crate::damage::Damage;
use crate::event::{Event, FORMAT, PeerEnd};

/// What the events so far say, so that the next can be held against it.
#[derive(Default)]
pub(crate) struct Checks {
    pub(crate) started: bool,
    pub(crate) stopped: bool,
    pub(crate) broken: bool,
    enough: bool,
    last_us: u64,
    opened: u64,
    open: HashMap<u64, OpenConnection>,
}

#[derive(Default)]
struct OpenConnection {
    received: u64,
    sent: u64,
    tls: bool,
    fin: bool,
    shut: bool,
    crc32: crc32fast::Hasher,
}

impl Checks {
    /// Whether this event may follow what came before it.
    pub(crate) fn event(&mut self, event: &Event<'_>) -> Result<(), Damage> {
        if self.stopped {
            return Err(Damage::AfterStop);
        }
        match event {
            Event::Start { format, recorder, .. } => self.start(*format, recorder),
            _ if !self.started => Err(Damage::NoStart),
            Event::Open { connection, at_us, .. } => {
                self.time(*at_us)?;
                self.opened(*connection)
            }
            Event::Tls { connection, at_us, .. } => {
                self.time(*at_us)?;
                let open = self.of(*connection)?;
                if open.received > 0 || open.sent > 0 {
                    return Err(Damage::LateTls(*connection));
                }
                once(&mut open.tls, Damage::LateTls(*connection))
            }
            Event::Data { connection, at_us, offset, urgent, octets } => {
                self.time(*at_us)?;
                self.data(*connection, *offset, octets)?;
                let is_among_them = |urgent: &u64| urgent.checked_sub(*offset).is_some_and(|at| at < octets.len() as u64);
                if urgent.as_ref().is_none_or(is_among_them) { Ok(()) } else { Err(Damage::Urgent(*connection)) }
            }
            Event::Sent { connection, at_us, offset, octets } => {
                self.time(*at_us)?;
                let open = self.of(*connection)?;
                if open.shut {
                    return Err(Damage::AfterShut(*connection));
                }
                advance(*connection, &mut open.sent, *offset, octets)
            }
            Event::Fin { connection, at_us } => {
                self.time(*at_us)?;
                once(&mut self.of(*connection)?.fin, Damage::SecondFin(*connection))
            }
            Event::Shut { connection, at_us } => {
                self.time(*at_us)?;
                once(&mut self.of(*connection)?.shut, Damage::SecondShut(*connection))
            }
            Event::Close { connection, at_us, bytes, peer, crc32, .. } => {
                self.time(*at_us)?;
                self.close(*connection, *bytes, *peer, crc32)
            }
            Event::Enough { at_us } => {
                self.time(*at_us)?;
                once(&mut self.enough, Damage::SecondEnough)
            }
            Event::Stop { at_us, connections } => {
                self.time(*at_us)?;
                self.stop(*connections)
            }
        }
    }

    fn start(&mut self, format: u32, recorder: &str) -> Result<(), Damage> {
        if !is_known(format) {
            return Err(Damage::Format { format, recorder: recorder.to_owned() });
        }
        if self.started {
            return Err(Damage::SecondStart);
        }
        self.started = true;
        Ok(())
    }

    fn time(&mut self, now: u64) -> Result<(), Damage> {
        if now < self.last_us {
            return Err(Damage::Time { before: self.last_us, now });
        }
        self.last_us = now;
        Ok(())
    }

    fn of(&mut self, connection: u64) -> Result<&mut OpenConnection, Damage> {
        self.open.get_mut(&connection).ok_or(Damage::NotOpen(connection))
    }

    fn opened(&mut self, connection: u64) -> Result<(), Damage> {
        let expected = self.opened + 1;
        if connection != expected {
            return Err(Damage::OpenOrder { expected, found: connection });
        }
        self.opened = expected;
        self.open.insert(connection, OpenConnection::default());
        Ok(())
    }

    fn data(&mut self, connection: u64, offset: u64, octets: &[u8]) -> Result<(), Damage> {
        let open = self.of(connection)?;
        if open.fin {
            return Err(Damage::AfterFin(connection));
        }
        advance(connection, &mut open.received, offset, octets)?;
        open.crc32.update(octets);
        Ok(())
    }

    fn close(&mut self, connection: u64, bytes: u64, peer: PeerEnd, digest: &str) -> Result<(), Damage> {
        let open = self.open.remove(&connection).ok_or(Damage::NotOpen(connection))?;
        // A client may abort before and after its end of stream.
        if peer != PeerEnd::Reset && open.fin != peer.is_fin() {
            return Err(Damage::Ending { connection, peer });
        }
        if bytes != open.received {
            return Err(Damage::Count { connection, expected: open.received, found: bytes });
        }
        if digest != format!("{:08x}", open.crc32.finalize()) {
            return Err(Damage::Digest(connection));
        }
        Ok(())
    }

    fn stop(&mut self, connections: u64) -> Result<(), Damage> {
        if connections != self.opened || !self.open.is_empty() {
            return Err(Damage::Connections { expected: self.opened - self.open.len() as u64, found: connections });
        }
        self.stopped = true;
        Ok(())
    }
}

/// Notes what happens once at most.
fn once(happened: &mut bool, again: Damage) -> Result<(), Damage> {
    if std::mem::replace(happened, true) { Err(again) } else { Ok(()) }
}

fn advance(connection: u64, count: &mut u64, offset: u64, octets: &[u8]) -> Result<(), Damage> {
    if offset != *count {
        return Err(Damage::Offset { connection, expected: *count, found: offset });
    }
    *count += octets.len() as u64;
    Ok(())
}

/// Whether this version reads that format.
pub(crate) fn is_known(format: u32) -> bool {
    (1..=FORMAT).contains(&format)
}
