//! The handshake of a client, where there is TLS: it comes before all that the recorder does with a connection.

use std::io;

use tokio::time::timeout;

use crate::event::{EndedBy, Event, Handshake, PeerEnd};
use crate::link::Link;
use crate::settings::Settings;
use crate::tls::Session;
use crate::writer::WriteError;

/// How a connection ended on which no TLS came about, and why.
pub(crate) struct NoTls {
    pub(crate) peer: PeerEnd,
    pub(crate) by: EndedBy,
    pub(crate) reason: String,
}

impl Link<'_> {
    /// Shakes hands, and records what came of it.
    pub(crate) async fn shake_hands(&self, session: &Session) -> Result<Option<NoTls>, WriteError> {
        self.shared.release()?;
        let limit = handshake_limit(&self.shared.settings);
        let shaken = tokio::select! {
            biased;
            shaken = timeout(limit, self.stream.shake_hands()) => shaken.ok(),
            // What it takes may have come already.
            () = self.shared.deadline() => Some(self.stream.shake_hands_now()),
        };
        let failed = match shaken {
            Some(Ok(())) => None,
            Some(Err(error)) => Some(self.no_tls(&error, session)?),
            None => Some(NoTls { peer: PeerEnd::Open, by: EndedBy::Tls, reason: too_late(session, limit) }),
        };
        let reason = failed.as_ref().map(|failed| failed.reason.clone());
        let handshake = Handshake { failed: reason.map(Into::into), ..session.handshake() };
        self.shared.write(|at_us| Event::Tls { connection: self.id, at_us, handshake })?;
        self.idle.moved();
        Ok(failed)
    }

    fn no_tls(&self, error: &io::Error, session: &Session) -> Result<NoTls, WriteError> {
        let ended = |peer, by, reason: &str| NoTls { peer, by, reason: reason.to_owned() };
        Ok(match error.kind() {
            io::ErrorKind::InvalidData => {
                ended(PeerEnd::Open, EndedBy::Tls, &self.stream.failure().unwrap_or_else(|| error.to_string()))
            }
            io::ErrorKind::UnexpectedEof => {
                self.shared.hold(|at_us| Event::Fin { connection: self.id, at_us })?;
                match session.is_silent() {
                    true => ended(PeerEnd::Fin, EndedBy::Peer, "the client ended before it said anything"),
                    false => ended(PeerEnd::Truncated, EndedBy::Peer, GAVE_UP),
                }
            }
            io::ErrorKind::WouldBlock => ended(PeerEnd::Open, EndedBy::Stopped, "the recording ended before the handshake did"),
            _ => ended(PeerEnd::Reset, EndedBy::Peer, GAVE_UP),
        })
    }
}

/// Clients that say nothing of why they refuse a certificate.
const GAVE_UP: &str =
    "the client ended within the handshake and did not say why (where it does not trust our authority: give it {ca})";

fn handshake_limit(settings: &Settings) -> std::time::Duration {
    settings.tls.as_ref().map_or(crate::tls::HANDSHAKE, |tls| tls.handshake)
}

fn too_late(session: &Session, limit: std::time::Duration) -> String {
    let limit = humantime::format_duration(limit);
    match session.is_silent() {
        true => format!("the client has said nothing for {limit}: in TLS, the client speaks first"),
        false => format!("the client has not finished its handshake within {limit}"),
    }
}
