//! The loopback of the network that this process is in, by messages to the kernel (rtnetlink(7)).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use rustix::io::Errno;

use crate::trial::network::netlink::{Ask, Netlink, parts};
use crate::trial::network::patience::Patience;

/// What loopback has, beyond what the kernel gives it as it comes up. Where there is nothing else, programs that ask for names with
/// AI_ADDRCONFIG find none. Both are addresses for documentation, which nobody has.
const SEEMS_CONNECTED: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1))];

/// How long the way to a new address is waited for: a second, where a thousandth is usual.
const REACHED: Patience = Patience { tries: 1000, pause: Duration::from_millis(1) };

/// Loopback is the first interface of every network.
const INDEX: u32 = 1;

const NEWLINK: u16 = 16;
const NEWADDR: u16 = 20;
const DELADDR: u16 = 21;
const GETADDR: u16 = 22;
const GETROUTE: u16 = 26;

/// `IFF_UP`.
const UP: u32 = 1;
/// `IFA_F_NODAD`: there is nobody who could have the address too.
const NOT_PROBED: u8 = 0x02;
/// `IFA_ADDRESS` and `IFA_LOCAL`: two names for one address, where there is no other side.
const ADDRESS: u16 = 1;
const LOCAL: u16 = 2;

/// `RTA_DST`.
const DESTINATION: u16 = 1;
/// Where a route says of which kind it is, and `RTN_LOCAL`.
const ROUTE_KIND: usize = 7;
const IS_LOCAL: u8 = 2;

/// Octets of the heads of what a message says of an address and of a route, and of an attribute.
const ADDRESS_HEAD: usize = 8;
const ROUTE_HEAD: usize = 12;
const ATTRIBUTE_HEAD: usize = 4;

/// A connection to the kernel's part that knows of interfaces.
pub(crate) struct Loopback(Netlink);

impl Loopback {
    pub(crate) fn open() -> io::Result<Self> {
        Netlink::open(None).map(Self)
    }

    /// Brings loopback up, which gives it 127.0.0.1/8 and ::1, and adds the addresses with which names are found. Says whether there
    /// is IPv6.
    pub(crate) fn set_up(&self) -> io::Result<bool> {
        // Where the machine has switched IPv6 off; where it has none, there is no such file.
        let _ = std::fs::write("/proc/sys/net/ipv6/conf/lo/disable_ipv6", "0");
        self.bring_up()?;
        let [ipv4, ipv6] = SEEMS_CONNECTED;
        self.add(ipv4)?;
        Ok(self.add(ipv6).is_ok())
    }

    fn bring_up(&self) -> io::Result<()> {
        let mut body = vec![0; 4];
        for field in [INDEX, UP, UP] {
            body.extend(field.to_ne_bytes());
        }
        self.0.ask(NEWLINK, Ask::One, &body).map(drop)
    }

    /// Adds an address, and waits until it can be reached: the kernel makes the way to one of IPv6 a moment later.
    pub(crate) fn add(&self, address: IpAddr) -> io::Result<()> {
        self.0.ask(NEWADDR, Ask::One, &body_of(address))?;
        match REACHED.until(|| self.is_local(address)) {
            true => Ok(()),
            false => Err(Errno::TIMEDOUT.into()),
        }
    }

    pub(crate) fn remove(&self, address: IpAddr) -> io::Result<()> {
        self.0.ask(DELADDR, Ask::One, &body_of(address)).map(drop)
    }

    /// The addresses of the network, whatever interface has them.
    pub(crate) fn addresses(&self) -> io::Result<Vec<IpAddr>> {
        let bodies = self.0.ask(GETADDR, Ask::All, &[0; ADDRESS_HEAD])?;
        let mut addresses: Vec<IpAddr> = bodies.iter().filter_map(|body| address_in(body)).collect();
        addresses.sort_unstable();
        Ok(addresses)
    }

    /// Whether what is sent to an address arrives here.
    fn is_local(&self, address: IpAddr) -> bool {
        let (family, octets) = parts(address);
        let mut body = vec![family, bits(&octets)];
        body.resize(ROUTE_HEAD, 0);
        body.extend(attribute(DESTINATION, &octets));
        let routes = self.0.ask(GETROUTE, Ask::One, &body).unwrap_or_default();
        routes.iter().any(|route| route.get(ROUTE_KIND) == Some(&IS_LOCAL))
    }
}

fn body_of(address: IpAddr) -> Vec<u8> {
    let (family, octets) = parts(address);
    let mut body = vec![family, bits(&octets), NOT_PROBED, 0];
    body.extend(INDEX.to_ne_bytes());
    body.extend([LOCAL, ADDRESS].iter().flat_map(|name| attribute(*name, &octets)));
    body
}

fn bits(octets: &[u8]) -> u8 {
    u8::try_from(octets.len() * 8).unwrap_or(u8::MAX)
}

/// Values of addresses end where the next attribute may begin.
fn attribute(name: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(ATTRIBUTE_HEAD + value.len()).unwrap_or(u16::MAX);
    [&length.to_ne_bytes(), &name.to_ne_bytes(), value].concat()
}

fn address_in(body: &[u8]) -> Option<IpAddr> {
    let mut attributes = body.get(ADDRESS_HEAD..)?;
    while let [a, b, c, d, ..] = *attributes {
        let length = usize::from(u16::from_ne_bytes([a, b]));
        let value = attributes.get(ATTRIBUTE_HEAD..length)?;
        if u16::from_ne_bytes([c, d]) == ADDRESS {
            return <[u8; 4]>::try_from(value).map(IpAddr::from).or_else(|_| <[u8; 16]>::try_from(value).map(IpAddr::from)).ok();
        }
        attributes = attributes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    None
}
