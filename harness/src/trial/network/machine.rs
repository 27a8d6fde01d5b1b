//! The packets of the machine's network, as far as they are a recorder's: the kernel drops all others before they cost anything.

use std::io;

use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
use socket2::{SockFilter, SockRef};

use crate::trial::network::marker::ETHER_TYPE;
use crate::trial::network::recorded::Interface;
use crate::trial::network::tap::{Tap, TapError};

/// The most ports that a filter tells apart: its jumps are short.
const MOST_PORTS: usize = 50;

impl Tap {
    /// Reads the packets of the machine's network from and to these ports of TCP, at all interfaces that have Ethernet's headers. What
    /// has IPv6's extension headers is left out, and so are IP fragments but the first.
    ///
    /// # Errors
    /// It takes CAP_NET_RAW, or there is no ring.
    pub fn of_machine(ports: &[u16]) -> Result<Self, TapError> {
        // Of no protocol yet, so that nothing is received before the filter is there.
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::PACKET, SocketType::RAW, flags, None);
        let socket = socket.map_err(|error| TapError::Socket(error.into()))?;
        SockRef::from(&socket).attach_filter(&filter(ports).map_err(TapError::Socket)?).map_err(TapError::Socket)?;
        Self::start(socket, Interface::All)
    }
}

impl TapError {
    /// Whether it takes a privilege that this process does not have.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Socket(error) if error.kind() == io::ErrorKind::PermissionDenied)
    }
}

// Instructions of the kernel's filters (BPF), each a code and how far to jump where what is asked for is so, and where not.
const LOAD_HALF: u16 = 0x28;
const LOAD_OCTET: u16 = 0x30;
const LOAD_HALF_BEHIND: u16 = 0x48;
const HEADER_LENGTH: u16 = 0xb1;
const IS: u16 = 0x15;
const HAS: u16 = 0x45;
const RETURN: u16 = 0x06;

/// As much of a packet as there can be.
const WHOLE: SockFilter = SockFilter::new(RETURN, 0, 0, 256 << 10);
const NOTHING: SockFilter = SockFilter::new(RETURN, 0, 0, 0);

const TCP: u32 = 6;

/// Lets TCP of these ports through, and markers.
fn filter(ports: &[u16]) -> io::Result<Vec<SockFilter>> {
    if ports.len() > MOST_PORTS {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("more than {MOST_PORTS} ports")));
    }
    let six = of_ports(ports, vec![load(LOAD_OCTET, 20), if_is(TCP, 1, 0), NOTHING], (load(LOAD_HALF, 54), load(LOAD_HALF, 56)));
    let four = vec![
        load(LOAD_OCTET, 23),
        if_is(TCP, 1, 0),
        NOTHING,
        // Behind the first fragment there are no ports.
        load(LOAD_HALF, 20),
        SockFilter::new(HAS, 0, 1, 0x1fff),
        NOTHING,
        load(HEADER_LENGTH, 14),
    ];
    let four = of_ports(ports, four, (load(LOAD_HALF_BEHIND, 14), load(LOAD_HALF_BEHIND, 16)));
    let mut filter = vec![load(LOAD_HALF, 12), if_is(u16::from_be_bytes(ETHER_TYPE).into(), 0, 1), WHOLE];
    filter.push(if_is(0x86dd, 0, u8::try_from(six.len()).unwrap_or(u8::MAX)));
    filter.extend(six);
    filter.extend([if_is(0x0800, 1, 0), NOTHING]);
    filter.extend(four);
    Ok(filter)
}

/// Lets through what has one of the ports, where it comes from or goes to.
fn of_ports(ports: &[u16], mut filter: Vec<SockFilter>, (source, target): (SockFilter, SockFilter)) -> Vec<SockFilter> {
    for port in [source, target] {
        filter.push(port);
        filter.extend(ports.iter().flat_map(|port| [if_is((*port).into(), 0, 1), WHOLE]));
    }
    filter.push(NOTHING);
    filter
}

fn load(code: u16, at: u32) -> SockFilter {
    SockFilter::new(code, 0, 0, at)
}

fn if_is(value: u32, then: u8, otherwise: u8) -> SockFilter {
    SockFilter::new(IS, then, otherwise, value)
}
