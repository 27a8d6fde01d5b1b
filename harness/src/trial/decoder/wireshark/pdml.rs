//! PDML, which tshark writes: packets, their layers, and the fields of these. What it says is believed in nothing. Pure.

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use crate::hex;

/// How deep elements may stand in each other.
const DEEPEST: usize = 1_000;

/// A layer of a packet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Layer {
    /// The protocol, by the name of its filter: `mqtt`.
    pub name: String,
    /// What it is, for people: `MQ Telemetry Transport Protocol, Connect Command`.
    pub summary: String,
    /// The offset of its first octet in the packet, or in whatever was put together of several.
    pub pos: u64,
    /// How many octets it has.
    pub size: u64,
    /// The offset behind the last octet that is in a field, or below a heading.
    pub explained: u64,
    pub fields: Vec<Shown>,
}

/// A field as tshark shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shown {
    pub name: String,
    pub show: String,
    pub pos: u64,
    pub size: u64,
    /// Its octets, where they are said.
    pub octets: Vec<u8>,
}

/// A field that has not ended.
struct Open {
    /// None of one without a name, or of what is shown already.
    field: Option<Shown>,
    /// Where bits of it are fields, it stands behind them: they say what in it is different.
    has_bits: bool,
}

/// The layers of each packet.
pub(super) fn packets(text: &[u8]) -> Result<Vec<Vec<Layer>>, String> {
    let begin = memchr::memmem::find(text, b"<packet>").ok_or("printed no packet")?;
    let mut reader = Reader::from_reader(&text[begin..]);
    reader.config_mut().check_end_names = false;
    let mut packets: Vec<Vec<Layer>> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    loop {
        let event = reader.read_event().map_err(|error| format!("printed something that is not PDML: {error}"))?;
        match &event {
            Event::Start(element) | Event::Empty(element) => match element.name().as_ref() {
                b"packet" => packets.push(Vec::new()),
                b"proto" => packets.last_mut().ok_or("printed a layer of no packet")?.push(layer(element)),
                b"field" => {
                    let is_empty = matches!(event, Event::Empty(_));
                    let (field, is_bits) = field(element);
                    if let Some(layer) = packets.last_mut().and_then(|layers| layers.last_mut()) {
                        layer.explained = layer.explained.max(field.pos.saturating_add(field.size));
                    }
                    let field = Some(field).filter(|field| !field.name.is_empty());
                    if let Some(parent) = open.last_mut().filter(|_| is_bits) {
                        parent.has_bits = true;
                    }
                    open.push(Open { field, has_bits: false });
                    if is_empty {
                        close(&mut open, &mut packets);
                    }
                }
                _ => {}
            },
            Event::End(element) if element.name().as_ref() == b"field" => close(&mut open, &mut packets),
            Event::End(element) if element.name().as_ref() == b"proto" => open.clear(),
            Event::Eof => return Ok(packets),
            _ => {}
        }
        if open.len() > DEEPEST {
            return Err(format!("printed fields nested more than {DEEPEST} deep"));
        }
    }
}

/// Ends the last field: those around it without bits stand before it.
fn close(open: &mut Vec<Open>, packets: &mut [Vec<Layer>]) {
    let Some(layer) = packets.last_mut().and_then(|layers| layers.last_mut()) else { return };
    for around in open.iter_mut().filter(|around| !around.has_bits) {
        layer.fields.extend(around.field.take());
    }
    layer.fields.extend(open.pop().and_then(|last| last.field));
}

fn layer(element: &BytesStart<'_>) -> Layer {
    let mut layer = Layer::default();
    each_attribute(element, |name, value| match name {
        b"name" => layer.name = value,
        b"showname" => layer.summary = value,
        b"pos" => layer.pos = value.parse().unwrap_or(0),
        b"size" => layer.size = value.parse().unwrap_or(0),
        _ => {}
    });
    layer
}

/// A field, and whether it is bits of the one around it. What has no name is a heading.
fn field(element: &BytesStart<'_>) -> (Shown, bool) {
    let mut field = Shown::default();
    let (mut shown, mut unmasked) = (None, None);
    each_attribute(element, |name, value| match name {
        b"name" => field.name = value,
        b"show" => field.show = value,
        b"showname" => shown = Some(value),
        b"pos" => field.pos = value.parse().unwrap_or(0),
        b"size" => field.size = value.parse().unwrap_or(0),
        b"value" => field.octets = hex::decode(&value).unwrap_or_default(),
        b"unmaskedvalue" => unmasked = hex::decode(&value),
        _ => {}
    });
    if field.show.is_empty() && field.octets.is_empty() {
        field.show = shown.unwrap_or_default();
    }
    let is_bits = unmasked.is_some();
    field.octets = unmasked.unwrap_or(field.octets);
    (field, is_bits)
}

fn each_attribute(element: &BytesStart<'_>, mut take: impl FnMut(&[u8], String)) {
    for attribute in element.attributes().with_checks(false).flatten() {
        let raw = String::from_utf8_lossy(&attribute.value);
        // What is no reference to a character is text.
        let value = unescape(&raw).map_or_else(|_| raw.to_string(), |text| text.into_owned());
        take(attribute.key.as_ref(), value);
    }
}
