//! The connections of a capture of ours.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use samewire_recorder::{CaptureError, ClientCertificate, EndedBy, Event, Handshake, PeerEnd, TlsOptions};

use super::replay::{Answer, Imported, LeftOut, MOST, Replay, ServerEnd, ran, say};
use crate::packets::Clock;
use crate::trial::dialogue::said;

/// A connection that goes on.
#[derive(Debug, Default)]
struct Open {
    between: String,
    port: Option<u16>,
    begin_us: u64,
    received: Vec<u8>,
    answers: Vec<Answer>,
    /// How many octets had come when the server ended its side, where it was the first.
    shut_after: Option<u64>,
    has_fin: bool,
    /// Octets of both directions.
    kept: usize,
    /// What was said on it did not fit, and is not kept.
    is_too_large: bool,
    tls: Option<TlsOptions>,
}

/// The most octets of all connections that are kept: 512 MiB, as of packets.
const MOST_OF_ALL: usize = 512 << 20;

/// How a connection was closed.
struct Close {
    at_us: u64,
    peer: PeerEnd,
    by: EndedBy,
}

/// The connections that a capture holds. A damaged one ends where the damage is, which is said.
pub fn of_capture(events: impl Iterator<Item = Result<Event<'static>, CaptureError>>) -> Imported {
    let (mut imported, mut open) = (Imported::default(), BTreeMap::<u64, Open>::new());
    let (mut address, mut clock, mut room) = (String::new(), None, MOST_OF_ALL);
    for event in events {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                imported.remarks.push(format!("it is damaged: {error}; what came before is taken"));
                break;
            }
        };
        match event {
            Event::Start { address: listened, at, .. } => {
                (address, clock) = (listened.into_owned(), Clock::of(&at).ok());
            }
            Event::Open { connection, at_us, peer, address: own } => {
                let server = own.as_deref().unwrap_or(&address);
                let port = server.parse::<SocketAddr>().ok().map(|server| server.port());
                let between = format!("{peer} with {server}");
                open.insert(connection, Open { between, port, begin_us: at_us, ..Open::default() });
            }
            Event::Close { connection, at_us, peer, by, .. } => {
                if let Some(one) = open.remove(&connection) {
                    let between = one.between.clone();
                    match one.closed(connection, &Close { at_us, peer, by }, clock) {
                        Ok(replay) => imported.take(replay),
                        Err(why) => imported.left_out.push(LeftOut { number: connection, between, why: why.into() }),
                    }
                }
            }
            event => {
                if let Some(one) = event.connection().and_then(|connection| open.get_mut(&connection)) {
                    one.take(&event, &mut room);
                }
            }
        }
    }
    for (number, one) in open {
        let why = "it was still open when the capture ended".into();
        imported.left_out.push(LeftOut { number, between: one.between, why });
    }
    // They close in another order than they open in.
    imported.replays.sort_by_key(|replay| replay.number);
    imported.left_out.sort_by_key(|left_out| left_out.number);
    imported
}

impl Open {
    fn take(&mut self, event: &Event<'_>, room: &mut usize) {
        if let Some((_, octets)) = said(event) {
            self.is_too_large |= self.kept + octets.len() > MOST || octets.len() > *room;
            if self.is_too_large {
                *room += std::mem::take(&mut self.kept);
                (self.received, self.answers) = (Vec::new(), Vec::new());
                return;
            }
            self.kept += octets.len();
            *room -= octets.len();
        }
        let received = self.received.len() as u64;
        match event {
            Event::Data { octets, .. } => self.received.extend_from_slice(octets),
            Event::Sent { octets, .. } => say(&mut self.answers, received, octets),
            Event::Shut { .. } if !self.has_fin => self.shut_after = Some(received),
            Event::Fin { .. } => self.has_fin = true,
            Event::Tls { handshake, .. } if handshake.failed.is_none() => self.tls = Some(options(handshake)),
            _ => {}
        }
    }

    fn closed(self, number: u64, close: &Close, clock: Option<Clock>) -> Result<Replay, &'static str> {
        if self.is_too_large {
            return Err("it has more octets than are kept: 16 MiB, and 512 of all connections");
        }
        let received = self.received.len() as u64;
        let server_end = match (close.by, close.peer) {
            (EndedBy::Upstream, _) => Some(ServerEnd::Reset(received)),
            (EndedBy::Peer | EndedBy::Stopped, PeerEnd::Fin | PeerEnd::Truncated | PeerEnd::Reset) => {
                self.shut_after.map(ServerEnd::HalfClose)
            }
            (EndedBy::Peer | EndedBy::Stopped, PeerEnd::Open) => return Err("it was still open when the recording ended"),
            (EndedBy::Recorder, _) => return Err("the recorder cut it off, as it was told to"),
            (EndedBy::IdleTimeout, _) => return Err("the recorder cut it off: nothing came for too long"),
            (EndedBy::Tls, _) => return Err("there was no TLS on it, or no more"),
            (EndedBy::Limit, _) => return Err("the recorder cut it off: it went beyond a limit"),
        };
        let ran = clock.and_then(|clock| ran(clock.stamp_ns(self.begin_us), clock.stamp_ns(close.at_us)));
        Ok(Replay {
            number,
            between: self.between,
            ran,
            port: self.port,
            received: self.received,
            // Whether the client said goodbye before its FIN is asked of nobody: both are right, as where a case says nothing.
            ending: if close.peer.is_fin() { PeerEnd::Fin } else { close.peer }.into(),
            answers: self.answers,
            server_end,
            tls: self.tls,
        })
    }
}

/// TLS in which a client agrees on the same again. Its version is the client's affair.
fn options(handshake: &Handshake<'_>) -> TlsOptions {
    // Names of protocols are any octets; one that is not plain text was written with escapes, and is left out.
    let alpn = handshake.alpn.iter().filter(|name| name.chars().all(|c| c.is_ascii_graphic() && c != '\\'));
    TlsOptions {
        alpn: alpn.map(ToString::to_string).collect(),
        client_certificate: if handshake.client_certificate { ClientCertificate::Required } else { ClientCertificate::No },
        ..TlsOptions::default()
    }
}
