//! The connections of a file of packets.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use samewire_recorder::PeerEnd;

use super::replay::{Answer, Imported, LeftOut, Replay, ServerEnd, ran, say};
use crate::packets::{Assembly, Connection, Direction};
use crate::printable::few;
use crate::suite::expectation::Endings;

/// The most ports that an error names.
const NAMED: usize = 8;

/// No server, or several.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// The packets are of several servers.
    #[error("its connections are to several ports, {0}: choose one with --port")]
    Several(String),
    /// None of them is to this port.
    #[error("none of its connections is to port {port}; {there}")]
    None {
        /// What was asked for.
        port: u16,
        /// What there is instead.
        there: String,
    },
}

/// The connections to a port, or to the only one that there is.
///
/// # Errors
/// There is no connection to this port, or there are several ports and none is chosen.
pub fn of_packets(packets: &Assembly, port: Option<u16>) -> Result<Imported, PortError> {
    let port = chosen(packets, port)?;
    let mut imported = Imported::default();
    let connections = packets.connections.iter().filter(|connection| Some(connection.server().port()) == port);
    for (number, connection) in (1..).zip(connections) {
        match of_connection(number, connection) {
            Ok(replay) => imported.take(replay),
            Err(why) => imported.left_out.push(LeftOut { number, between: between(connection), why }),
        }
    }
    let before = packets.began_before.iter().filter(|ends| port.is_none_or(|port| is_of(port, **ends))).count();
    imported.remarks = packets.asides(before);
    Ok(imported)
}

/// The port whose connections are taken; `None` where there is no connection at all.
fn chosen(packets: &Assembly, asked: Option<u16>) -> Result<Option<u16>, PortError> {
    let mut ports: BTreeMap<u16, usize> = BTreeMap::new();
    packets.connections.iter().for_each(|connection| *ports.entry(connection.server().port()).or_default() += 1);
    let named = || few(ports.iter().map(|(port, count)| format!("{port} ({count})")), NAMED, ", ");
    let is_headless = |port: u16| packets.began_before.iter().any(|ends| is_of(port, *ends));
    match (asked, ports.len()) {
        (Some(port), _) if ports.contains_key(&port) || is_headless(port) => Ok(Some(port)),
        (Some(port), 0) => Err(PortError::None { port, there: "no connection begins in it at all".into() }),
        (Some(port), _) => Err(PortError::None { port, there: format!("there are connections to {}", named()) }),
        (None, 0 | 1) => Ok(ports.keys().next().copied()),
        (None, _) => Err(PortError::Several(named())),
    }
}

fn is_of(port: u16, (one, other): (SocketAddr, SocketAddr)) -> bool {
    one.port() == port || other.port() == port
}

fn between(connection: &Connection) -> String {
    format!("{} with {}", connection.client(), connection.server())
}

fn of_connection(number: u64, connection: &Connection) -> Result<Replay, String> {
    if let Some(problem) = connection.problem() {
        return Err(problem.to_string());
    }
    let (received, sent) = (connection.stream(Direction::Received), connection.stream(Direction::Sent));
    let mut answers: Vec<Answer> = Vec::new();
    if !sent.has_all_marks() {
        return Err("the two sides take more turns than are kept".into());
    }
    let marks = sent.marks();
    for (index, mark) in marks.iter().enumerate() {
        let end = marks.get(index + 1).map_or(sent.octets().len() as u64, |next| next.offset);
        say(&mut answers, mark.acknowledged, between_offsets(sent.octets(), mark.offset, end));
    }
    Ok(Replay {
        number,
        between: between(connection),
        ran: ran(connection.begin_ns(), connection.last_ns()),
        port: Some(connection.server().port()),
        received: received.octets().to_vec(),
        ending: ending(connection),
        answers,
        server_end: server_end(connection),
        tls: None,
    })
}

fn between_offsets(octets: &[u8], begin: u64, end: u64) -> &[u8] {
    let index = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(octets.len());
    octets.get(index(begin)..index(end)).unwrap_or_default()
}

/// How the client ended. One that sent FIN and then RST, since it did not want what still came, may be seen to have done either.
fn ending(connection: &Connection) -> Endings {
    let (fin, reset) = (connection.fin_ns(Direction::Received), connection.reset_ns(Direction::Received));
    match (fin, reset) {
        (Some(_), Some(_)) => Endings::of(&[PeerEnd::Fin, PeerEnd::Reset]).unwrap_or_else(|| PeerEnd::Fin.into()),
        (None, Some(_)) => PeerEnd::Reset.into(),
        _ => PeerEnd::Fin.into(),
    }
}

fn server_end(connection: &Connection) -> Option<ServerEnd> {
    let end = connection.first_end().filter(|end| end.direction == Direction::Sent)?;
    Some(match connection.reset_ns(Direction::Sent) {
        _ if end.is_reset => ServerEnd::Reset(end.acknowledged),
        // What came after its FIN it did not want.
        Some(_) => ServerEnd::Close(end.acknowledged),
        None => ServerEnd::HalfClose(end.acknowledged),
    })
}
