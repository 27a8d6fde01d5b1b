//! Questions to the kernel about a network (netlink(7)). Built by hand: a library for them would be larger than all else here.

use std::io;
use std::net::IpAddr;

use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with};

const ERROR: u16 = 2;
const DONE: u16 = 3;

const IS_REQUEST: u16 = 0x1;
const WANTS_ACK: u16 = 0x4;
const IS_DUMP: u16 = 0x300;

/// Octets of a message's head.
const HEAD: usize = 16;

/// A connection to a part of the kernel, in the network in which it was opened.
#[derive(Debug)]
pub(crate) struct Netlink(OwnedFd);

/// How much is asked.
pub(crate) enum Ask {
    /// One thing to be done or told.
    One,
    /// All that there is.
    All,
}

impl Netlink {
    /// `None` is for interfaces and routes.
    pub(crate) fn open(part: Option<Protocol>) -> io::Result<Self> {
        Ok(Self(socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, part)?))
    }

    /// Sends a message, and returns the bodies of what comes back.
    pub(crate) fn ask(&self, kind: u16, how: Ask, body: &[u8]) -> io::Result<Vec<Vec<u8>>> {
        let flags = match how {
            Ask::One => IS_REQUEST | WANTS_ACK,
            Ask::All => IS_REQUEST | IS_DUMP,
        };
        send(&self.0, &message(kind, flags, body), SendFlags::empty())?;
        let (mut answers, mut buffer) = (Vec::new(), vec![0; 32 << 10]);
        loop {
            let (length, _) = recv(&self.0, &mut buffer, RecvFlags::empty())?;
            for (kind, body) in messages(&buffer[..length]) {
                match kind {
                    ERROR => return error_in(body).map(|()| answers),
                    DONE => return Ok(answers),
                    _ => answers.push(body.to_vec()),
                }
            }
        }
    }
}

impl From<OwnedFd> for Netlink {
    fn from(socket: OwnedFd) -> Self {
        Self(socket)
    }
}

impl rustix::fd::AsFd for Netlink {
    fn as_fd(&self) -> rustix::fd::BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// An address's family and octets, as the kernel takes them.
pub(crate) fn parts(address: IpAddr) -> (u8, Vec<u8>) {
    let (family, octets) = match address {
        IpAddr::V4(address) => (AddressFamily::INET, address.octets().to_vec()),
        IpAddr::V6(address) => (AddressFamily::INET6, address.octets().to_vec()),
    };
    (u8::try_from(family.as_raw()).unwrap_or(u8::MAX), octets)
}

fn message(kind: u16, flags: u16, body: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(HEAD + body.len());
    message.extend(u32::try_from(HEAD + body.len()).unwrap_or(u32::MAX).to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    // A number and a sender: the kernel answers one question at a time, and knows who asked.
    message.extend([0; 8]);
    message.extend(body);
    message
}

/// The kinds and bodies of messages that came at once.
fn messages(mut octets: &[u8]) -> Vec<(u16, &[u8])> {
    let mut messages = Vec::new();
    while let Some(length) = octets.first_chunk().map(|length| u32::from_ne_bytes(*length) as usize) {
        let Some(body) = octets.get(HEAD..length) else { break };
        messages.push((u16::from_ne_bytes([octets[4], octets[5]]), body));
        octets = octets.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    messages
}

/// An error of 0 says that all went well.
fn error_in(body: &[u8]) -> io::Result<()> {
    match body.first_chunk().map(|code| i32::from_ne_bytes(*code)) {
        Some(0) => Ok(()),
        Some(code) => Err(io::Error::from_raw_os_error(-code)),
        None => Err(Errno::BADMSG.into()),
    }
}
