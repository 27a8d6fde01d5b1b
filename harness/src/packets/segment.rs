//! One TCP segment, taken out of a packet.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use etherparse::{LaxNetSlice, LaxSlicedPacket, TcpOptionElement, TcpSlice, TransportSlice, ip_number};

use super::link::LinkType;
use super::sizes::{Options, Sizes};

/// A segment as it was on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Who sent it.
    pub source: SocketAddr,
    /// Whom it was sent to.
    pub target: SocketAddr,
    /// The number of its first octet (of its SYN, where it has one).
    pub sequence: u32,
    /// The number of the octet that its sender expects next; means something where [`Flags::ack`].
    pub acknowledgment: u32,
    /// What it says beside its data.
    pub flags: Flags,
    /// The window that it offers, as it stands there (not scaled).
    pub window: u16,
    /// What is data and what is header.
    pub sizes: Sizes,
    /// Its data, as far as they were captured.
    pub data: &'a [u8],
    /// Octets of data behind these that were not captured.
    pub missing: usize,
}

/// The flags of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent bits of a header")]
pub struct Flags {
    /// It begins a stream.
    pub syn: bool,
    /// It acknowledges.
    pub ack: bool,
    /// Its data are to be passed on at once.
    pub psh: bool,
    /// It ends a stream.
    pub fin: bool,
    /// It aborts the connection.
    pub rst: bool,
    /// It has urgent data.
    pub urg: bool,
}

/// `SYN, ACK`; `none` where there is none.
impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names =
            [(self.syn, "SYN"), (self.fin, "FIN"), (self.rst, "RST"), (self.psh, "PSH"), (self.urg, "URG"), (self.ack, "ACK")];
        let mut set = names.into_iter().filter(|(is_set, _)| *is_set).map(|(_, name)| name);
        f.write_str(set.next().unwrap_or("none"))?;
        set.try_for_each(|name| write!(f, ", {name}"))
    }
}

/// Why a packet holds no segment that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTcp {
    /// Another protocol, or a layer that is damaged.
    #[error("is not TCP")]
    Other,
    /// A link type that is not known.
    #[error("begins with link type {0}, which is not known here")]
    Link(u32),
    /// A part of a packet.
    #[error("is a fragment of an IP packet")]
    Fragment,
    /// It was captured in part, and not even its headers are whole.
    #[error("was cut off in its headers when it was captured")]
    Cut,
}

impl<'a> Segment<'a> {
    /// Takes the segment out of a packet of which `octets` were captured, of `original` there were.
    ///
    /// # Errors
    /// It holds none that can be read.
    pub fn parse(link: LinkType, octets: &'a [u8], original: usize) -> Result<Self, NotTcp> {
        if let LinkType::Other(number) = link {
            return Err(NotTcp::Link(number));
        }
        let cut_or_other = if octets.len() < original { NotTcp::Cut } else { NotTcp::Other };
        let sliced = link.slice(octets).ok_or(cut_or_other)?;
        let unread = if sliced.net.is_none() { cut_or_other } else { NotTcp::Other };
        let internet = Internet::of(&sliced, octets).ok_or(unread)?;
        match &sliced.transport {
            Some(TransportSlice::Tcp(tcp)) => Ok(Self::of(link, original, &internet, tcp)),
            _ if internet.fragmented => Err(NotTcp::Fragment),
            None if internet.is_tcp => Err(cut_or_other),
            _ => Err(NotTcp::Other),
        }
    }

    fn of(link: LinkType, original: usize, internet: &Internet<'a>, tcp: &TcpSlice<'a>) -> Self {
        let header = tcp.header_slice().len();
        let data = internet.payload.get(header..).unwrap_or_default();
        let (link_octets, ip_octets) = (internet.link_octets, internet.octets);
        // How much IP says there is; nothing where the kernel had not filled it in yet, as it does for segments that the card cuts up.
        let missing = internet.declared.saturating_sub(ip_octets + internet.payload.len());
        let named = link_octets + ip_octets + header + data.len() + missing;
        let sizes = Sizes {
            link,
            link_octets,
            ip_version: internet.version,
            ip_octets,
            tcp_octets: header,
            options: options(tcp),
            data_octets: data.len() + missing,
            padding_octets: original.saturating_sub(named),
        };
        Self {
            source: SocketAddr::new(internet.source, tcp.source_port()),
            target: SocketAddr::new(internet.target, tcp.destination_port()),
            sequence: tcp.sequence_number(),
            acknowledgment: tcp.acknowledgment_number(),
            flags: flags(tcp),
            window: tcp.window_size(),
            sizes,
            data,
            missing,
        }
    }
}

/// What IP says of a packet.
struct Internet<'a> {
    version: u8,
    source: IpAddr,
    target: IpAddr,
    /// Octets before it.
    link_octets: usize,
    /// Octets of its header and its extensions.
    octets: usize,
    payload: &'a [u8],
    /// Octets of the whole, by the header's word.
    declared: usize,
    fragmented: bool,
    is_tcp: bool,
}

impl<'a> Internet<'a> {
    fn of(packet: &LaxSlicedPacket<'a>, whole: &'a [u8]) -> Option<Self> {
        let net = packet.net.as_ref()?;
        let payload = net.ip_payload_ref()?;
        let (version, source, target, header, declared): (_, IpAddr, IpAddr, _, _) = match net {
            LaxNetSlice::Ipv4(ip) => {
                let header = ip.header();
                (4, header.source_addr().into(), header.destination_addr().into(), header.slice(), header.total_len().into())
            }
            LaxNetSlice::Ipv6(ip) => {
                let (header, octets) = (ip.header(), ip.header().slice().len());
                let declared = usize::from(header.payload_length()) + octets;
                (6, header.source_addr().into(), header.destination_addr().into(), header.slice(), declared)
            }
            LaxNetSlice::Arp(_) => return None,
        };
        Some(Self {
            version,
            source,
            target,
            link_octets: distance(whole, header),
            octets: distance(header, payload.payload),
            payload: payload.payload,
            declared,
            fragmented: payload.fragmented,
            is_tcp: payload.ip_number == ip_number::TCP,
        })
    }
}

/// How far behind the beginning of `whole` its part `part` begins.
fn distance(whole: &[u8], part: &[u8]) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}

fn flags(tcp: &TcpSlice<'_>) -> Flags {
    Flags { syn: tcp.syn(), ack: tcp.ack(), psh: tcp.psh(), fin: tcp.fin(), rst: tcp.rst(), urg: tcp.urg() }
}

fn options(tcp: &TcpSlice<'_>) -> Options {
    let mut found = Options::None;
    for option in tcp.options_iterator() {
        match option {
            Ok(TcpOptionElement::Noop) => {}
            Ok(TcpOptionElement::Timestamp(..)) => found = Options::Timestamps,
            _ => return Options::Others,
        }
    }
    found
}
