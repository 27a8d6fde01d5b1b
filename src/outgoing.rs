//! The recorder's own connections to an upstream, by which a recorder that is its own client is recognised.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::stream::Stream;

/// The own addresses of all connections to an upstream.
#[derive(Default)]
pub(crate) struct Outgoing(Mutex<HashSet<SocketAddr>>);

/// One of them, as long as it lasts: then somebody else may get its address.
pub(crate) struct Known<'a> {
    outgoing: &'a Outgoing,
    address: Option<SocketAddr>,
}

impl Outgoing {
    pub(crate) fn add(&self, upstream: &Stream) -> Known<'_> {
        let address = upstream.own_address();
        self.addresses().extend(address);
        Known { outgoing: self, address }
    }

    /// Whether a client is this recorder itself: then passing anything on would go round for ever.
    pub(crate) fn is_from(&self, client: &Stream) -> bool {
        client.is_from_ourselves() || client.peer_address().is_some_and(|peer| self.addresses().contains(&peer))
    }

    fn addresses(&self) -> MutexGuard<'_, HashSet<SocketAddr>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Known<'_> {
    fn drop(&mut self) {
        if let Some(address) = self.address {
            self.outgoing.addresses().remove(&address);
        }
    }
}
