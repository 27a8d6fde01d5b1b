//! Where nobody says who holds a socket.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use super::process::Holders;
use crate::trial::launch::OwnNetwork;

/// Finds nobody.
pub struct Finder;

impl Finder {
    /// There is none.
    ///
    /// # Errors
    /// Always.
    pub fn of_machine() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// As [`of_machine`](Self::of_machine).
    ///
    /// # Errors
    /// Always.
    pub fn of_started(_: Option<Arc<OwnNetwork>>) -> io::Result<Self> {
        Self::of_machine()
    }

    /// Nobody.
    ///
    /// # Errors
    /// Always.
    pub fn holders(&mut self, _: SocketAddr, _: SocketAddr) -> io::Result<Holders> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
