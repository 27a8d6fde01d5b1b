//! From layers of packets to messages of a stream. Pure.

use super::pdml::{Layer, Shown};
use crate::judge::messages::{Collected, Field, Message, Span};
use crate::packets::{Carried, Direction};
use crate::printable::line;

/// The layers that every packet of ours has, and what stands for several packets that were put together.
const BELOW: [&str; 8] = ["geninfo", "frame", "eth", "ip", "ipv6", "tcp", "fake-field-wrapper", "_ws.lua"];

/// Octets of a packet before its data.
const HEADERS: u64 = 14 + 20 + 20;

/// A message while its layers are found.
struct Found<'a> {
    first: &'a Layer,
    /// Further layers that the dissector handed parts of it to.
    others: Vec<&'a Layer>,
    /// Where its octets are, where the packet itself says so.
    at: Option<u64>,
    octets: u64,
    /// What keeps it from being a message.
    malformed: Option<&'a str>,
}

/// The messages that the dissector `name` found in the octets of one direction.
pub(super) fn messages(
    name: &str,
    packets: &[Vec<Layer>],
    carried: &[Carried],
    direction: Direction,
    octets: &[u8],
) -> Vec<Message> {
    const WHY: &str = "Wireshark does not explain them";
    let mut collected = Collected::new(octets);
    for (layers, carried) in packets.iter().zip(carried) {
        let Some((_, range)) = carried.as_ref().filter(|(way, _)| *way == direction) else { continue };
        for found in found(name, layers, range.start as u64..range.end as u64) {
            let Some(rest) = collected.rest() else { return collected.finish() };
            // What several packets were put together for begins where the message before ended.
            let gap = found.at.and_then(|at| at.checked_sub(collected.at())).unwrap_or(0);
            if gap > 0 {
                collected.push_undecoded(usize::try_from(gap).unwrap_or(rest.len()), WHY);
            }
            push(&mut collected, &found, octets);
        }
    }
    match collected.rest() {
        Some(_) => collected.stopped(WHY),
        None => collected.finish(),
    }
}

/// The messages of one packet, which carries these octets of the stream.
fn found<'a>(name: &str, layers: &'a [Layer], carries: std::ops::Range<u64>) -> Vec<Found<'a>> {
    let is_whole = layers.iter().all(|layer| layer.name != "fake-field-wrapper");
    let above: Vec<&Layer> = layers.iter().filter(|layer| !BELOW.contains(&layer.name.as_str())).collect();
    let is_said = |layer: &Layer| layer.name != "data" && !layer.name.starts_with("_ws.");
    // Some dissectors are asked for by another name than their layer has.
    let named = above.iter().any(|layer| layer.name == name);
    let first = above.iter().find(|layer| is_said(layer)).map(|layer| layer.name.as_str());
    let begins = if named { Some(name) } else { first };
    // Else a layer has all that is left of a packet, also what begins the next message.
    let is_cut_into_messages = layers.iter().flat_map(|layer| &layer.fields).any(|field| field.name == "tcp.pdu.size");
    let mut all: Vec<Found<'a>> = Vec::new();
    for layer in above {
        if begins == Some(layer.name.as_str()) {
            let at = layer.pos.checked_sub(HEADERS).map(|pos| carries.start.saturating_add(pos));
            let at = at.filter(|at| is_whole && at.saturating_add(layer.size) <= carries.end);
            if let Some(last) = all.last_mut()
                && let Some(most) = layer.pos.checked_sub(last.first.pos).filter(|most| is_whole && *most > 0)
            {
                last.octets = last.octets.min(most);
            }
            let octets = if is_cut_into_messages { layer.size } else { explained(layer) };
            all.push(Found { first: layer, others: Vec::new(), at, octets, malformed: None });
        } else if let Some(last) = all.last_mut() {
            match layer.name.starts_with("_ws.") {
                true => last.malformed = Some(&layer.summary),
                false => last.others.push(layer),
            }
            // A body that another dissector reads where it stands.
            if layer.pos > 0 && layer.pos >= last.first.pos {
                last.octets = last.octets.max(layer.pos.saturating_add(layer.size) - last.first.pos);
            }
        }
    }
    all
}

/// Octets of a layer up to the last of which it says something; all, where it says nothing.
fn explained(layer: &Layer) -> u64 {
    match layer.explained.saturating_sub(layer.pos) {
        0 => layer.size,
        octets => octets.min(layer.size),
    }
}

fn push(collected: &mut Collected<'_>, found: &Found<'_>, octets: &[u8]) {
    let length = usize::try_from(found.octets).unwrap_or(usize::MAX);
    let length = length.saturating_add(line_end(found, collected.at(), octets));
    if let Some(why) = found.malformed {
        return collected.push_undecoded(length, format!("Wireshark: {}", line(why)));
    }
    let is_data = |field: &Shown| field.name == "data" || field.name.starts_with("data.");
    if found.others.is_empty() && found.first.fields.iter().all(is_data) {
        return collected.push_undecoded(length, "Wireshark says that they are data, and no more");
    }
    let at = collected.at();
    let end = at + (length as u64).min((octets.len() as u64).saturating_sub(at));
    let layers = std::iter::once(found.first).chain(found.others.iter().copied());
    let fields =
        layers.flat_map(|layer| &layer.fields).map(|shown| field(shown, found.first.pos, Span { at, octets: end - at }, octets));
    collected.push(length, text(&found.first.summary), fields.collect());
}

/// Octets of the end of the line on which the last field of a message stands, where its layer has them and no field does.
fn line_end(found: &Found<'_>, at: u64, octets: &[u8]) -> usize {
    let end = usize::try_from(at.saturating_add(found.octets)).unwrap_or(usize::MAX);
    let Some((before, behind)) = octets.split_at_checked(end).filter(|(before, _)| !before.ends_with(b"\n")) else { return 0 };
    let length = [&b"\r\n"[..], b"\n"].iter().find(|end| behind.starts_with(end)).map_or(0, |end| end.len());
    if before.is_empty() || found.octets.saturating_add(length as u64) > found.first.size { 0 } else { length }
}

/// What a layer's summary says behind its first comma, else all of it.
fn text(summary: &str) -> String {
    let text = summary.split_once(',').map_or(summary, |(_, text)| text);
    text.trim().to_owned()
}

/// A field, with its place only where the stream has its octets there.
fn field(shown: &Shown, from: u64, message: Span, octets: &[u8]) -> Field {
    let at = shown.pos.checked_sub(from).and_then(|pos| message.at.checked_add(pos));
    let is_there = |at: u64| {
        let end = at.checked_add(shown.size).filter(|end| *end <= message.at + message.octets)?;
        let there = octets.get(usize::try_from(at).ok()?..usize::try_from(end).ok()?)?;
        (!there.is_empty() && there == shown.octets).then_some(Span { at, octets: shown.size })
    };
    Field { place: at.and_then(is_there), is_computed: shown.size == 0, ..Field::new(shown.name.clone(), shown.show.clone()) }
}
