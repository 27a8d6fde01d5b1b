//! A capture for people, connection by connection.

use std::path::Path;

use samewire_recorder::Event;

use super::packets;
use crate::cli::hidden::Hidden;
use crate::cli::indexed::Indexed;
use crate::cli::messages::sign;
use crate::cli::terminal::{STRONG, is_read, print, styled};
use crate::cli::{CommandError, Status};
use crate::judge::messages::Direction;
use crate::printable::line;
use crate::suite::Redaction;
use crate::trial::dialogue::{Dialogue, said};
use crate::trial::difference::LOOKED_AT;

pub(super) fn show(path: &Path, redaction: &Redaction) -> Result<Status, CommandError> {
    let mut capture = Indexed::open(path)?;
    print(&capture.heading)?;
    for connection in capture.connections() {
        if !is_read() {
            break;
        }
        print(&format!("\n{}", styled(STRONG, &format!("connection {connection}"))))?;
        let hidden = hidden(&mut capture, connection, redaction)?;
        let mut shown = String::new();
        capture.events(connection, |event| {
            shown += &rendered(event, &hidden, redaction);
            if shown.len() >= AT_ONCE {
                print(&std::mem::take(&mut shown))?;
            }
            Ok(is_read())
        })?;
        print(&shown)?;
    }
    let status = capture.ending.conclude(path, "shown");
    Ok(status.max(packets::show_beside(path, capture.clock)?))
}

/// What is not to be shown of a connection: read twice where anything is to be hidden.
fn hidden(capture: &mut Indexed, connection: u64, redaction: &Redaction) -> Result<[Hidden; 2], CommandError> {
    if redaction.is_empty() {
        return Ok([Hidden::default(), Hidden::default()]);
    }
    let mut dialogue = Dialogue::default();
    capture.events(connection, |event| {
        if let Some((direction, octets)) = said(event) {
            dialogue.say(direction, octets, LOOKED_AT);
        }
        Ok(true)
    })?;
    Ok(Hidden::of_both(redaction, &dialogue))
}

/// Text that is printed at once.
const AT_ONCE: usize = 64 << 10;

/// An event as lines.
fn rendered(event: &Event<'_>, [received, sent]: &[Hidden; 2], redaction: &Redaction) -> String {
    match event {
        Event::Data { at_us, offset, urgent, octets, .. } => {
            let urgent = urgent.map(|urgent| format!("{NO_TIME}  < the octet at {urgent:08x} came as urgent\n"));
            dump(Direction::Received, *at_us, *offset, octets, received) + &urgent.unwrap_or_default()
        }
        Event::Sent { at_us, offset, octets, .. } => dump(Direction::Sent, *at_us, *offset, octets, sent),
        event => happened(event, redaction),
    }
}

/// An event that carries no octets, as a line.
pub(super) fn happened(event: &Event<'_>, redaction: &Redaction) -> String {
    match event {
        Event::Start { .. } | Event::Stop { .. } | Event::Data { .. } | Event::Sent { .. } => String::new(),
        Event::Open { at_us, peer, address, .. } => {
            let to = address.as_ref().map(|address| format!(" to {}", line(address))).unwrap_or_default();
            format!(" from {}{to}, opened after {}\n", line(peer), time(*at_us))
        }
        Event::Tls { at_us, handshake, .. } => format!("{}  {}\n", time(*at_us), line(&redaction.text(&handshake.to_string()))),
        Event::Enough { at_us } => format!("{}  -- enough: what follows was not judged\n", time(*at_us)),
        Event::Fin { at_us, .. } => format!("{}  < FIN\n", time(*at_us)),
        Event::Shut { at_us, .. } => format!("{}  > FIN\n", time(*at_us)),
        Event::Close { at_us, bytes, peer, by, reason, .. } => {
            let reason = reason.as_ref().map(|reason| format!(": {}", line(&redaction.text(reason)))).unwrap_or_default();
            format!("{}  closed by {by} ({peer}) after {bytes} octets{reason}\n", time(*at_us))
        }
    }
}

/// Rows of a hex dump. Only the first row of a read has its time.
fn dump(direction: Direction, at_us: u64, offset: u64, octets: &[u8], hidden: &Hidden) -> String {
    timed(at_us, hidden.rows(offset, octets).map(|row| format!("{} {row}", sign(direction))))
}

/// Lines, the first with its time.
pub(super) fn timed(at_us: u64, lines: impl IntoIterator<Item = String>) -> String {
    let times = std::iter::once(time(at_us)).chain(std::iter::repeat_with(|| NO_TIME.to_owned()));
    lines.into_iter().zip(times).map(|(line, time)| format!("{time}  {line}\n")).collect()
}

/// As wide as a time.
const NO_TIME: &str = "             ";

fn time(at_us: u64) -> String {
    format!("{:>4}.{:06} s", at_us / 1_000_000, at_us % 1_000_000)
}
