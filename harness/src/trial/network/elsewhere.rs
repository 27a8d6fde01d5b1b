//! Stands for networks where the operating system has none: the same names, and the reason.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};

use crate::trial::network::{Client, Failure, Joining, Leftover, Reason, Start, TcpSocket};

/// Does nothing: this program is never started again.
pub fn step_in() {}

/// Whether networks of their own work here: they do not.
///
/// # Errors
/// The reason why not.
pub fn available(_: Start<'_>) -> Result<(), Reason> {
    Err(Reason::OtherSystem)
}

/// As on Linux, where users can be mapped to others.
///
/// # Errors
/// There is no such thing here.
pub fn become_nobody(_: &Client) -> io::Result<Joining> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "only Linux can show it another user; run samewire as one that is not root"))
}

/// A network, of which there is none.
#[derive(Debug)]
pub enum Network {}

/// Why a client never ran.
#[derive(Debug)]
pub enum Report {}

#[expect(missing_docs, clippy::missing_errors_doc, reason = "as on Linux")]
impl Network {
    pub fn new(_: Start<'_>) -> Result<Self, Reason> {
        Err(Reason::OtherSystem)
    }

    #[must_use]
    pub fn door(&self) -> u32 {
        match *self {}
    }

    #[must_use]
    pub fn has_door(&self) -> bool {
        match *self {}
    }

    #[must_use]
    pub fn has_own_user(&self) -> bool {
        match *self {}
    }

    #[must_use]
    pub fn has_room_for_threads(&self) -> bool {
        match *self {}
    }

    pub fn within<T: Send>(&self, _: impl FnOnce() -> T + Send) -> io::Result<T> {
        match *self {}
    }

    #[must_use]
    pub fn has_low_ports(&self) -> bool {
        match *self {}
    }

    #[must_use]
    pub fn has_ipv6(&self) -> bool {
        match *self {}
    }

    pub fn bind(&self, _: SocketAddr) -> io::Result<TcpListener> {
        match *self {}
    }

    pub fn listen(&self, _: SocketAddr) -> io::Result<TcpListener> {
        match *self {}
    }

    pub fn connect(&self, _: SocketAddr) -> io::Result<TcpStream> {
        match *self {}
    }

    pub fn packet_socket(&self) -> io::Result<Infallible> {
        match *self {}
    }

    pub fn left_behind(&self) -> io::Result<Vec<Leftover>> {
        match *self {}
    }

    pub fn inode(&self, _: SocketAddr, _: SocketAddr) -> io::Result<Option<u64>> {
        match *self {}
    }

    pub fn sockets(&self) -> io::Result<Vec<TcpSocket>> {
        match *self {}
    }

    pub fn join(&self, _: &Client) -> io::Result<Joining> {
        match *self {}
    }
}

#[expect(missing_docs, reason = "as on Linux")]
impl Report {
    #[must_use]
    pub fn failure(self) -> Option<Failure> {
        match self {}
    }
}
