//! The recorder's own connections to an upstream, by which a recorder that is its own client is recognised.
//!
//! By both ends: the kernel gives one port to several connections that lead elsewhere, so that a stranger's may be one of ours too.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::stream::Stream;

/// The ends of a connection: who opened it, and where to.
type Ends = (SocketAddr, SocketAddr);

/// All connections to an upstream.
#[derive(Default)]
pub(crate) struct Outgoing(Mutex<HashSet<Ends>>);

/// One of them, as long as it lasts: then somebody else may get its port.
pub(crate) struct Known<'a> {
    outgoing: &'a Outgoing,
    ends: Option<Ends>,
}

impl Outgoing {
    pub(crate) fn add(&self, upstream: &Stream) -> Known<'_> {
        let ends = upstream.own_address().zip(upstream.peer_address());
        self.all().extend(ends);
        Known { outgoing: self, ends }
    }

    /// Whether a client is this recorder itself: then passing anything on would go round for ever.
    pub(crate) fn is_from(&self, client: &Stream) -> bool {
        let ends = client.peer_address().zip(client.own_address());
        client.is_from_ourselves() || ends.is_some_and(|ends| self.all().contains(&ends))
    }

    fn all(&self) -> MutexGuard<'_, HashSet<Ends>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Known<'_> {
    fn drop(&mut self) {
        if let Some(ends) = self.ends {
            self.outgoing.all().remove(&ends);
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests, which connect as clients do")]
mod tests {
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    /// Both ends of a connection from this address.
    async fn connected(from: SocketAddr, listener: &TcpListener) -> (Stream, Stream) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(from).unwrap();
        let (ours, theirs) = tokio::join!(socket.connect(listener.local_addr().unwrap()), listener.accept());
        (Stream::Tcp(ours.unwrap()), Stream::Tcp(theirs.unwrap().0))
    }

    #[tokio::test]
    async fn a_stranger_from_the_port_of_another_connection_is_not_this_recorder() {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let (recorder, upstream) = (TcpListener::bind(any).await.unwrap(), TcpListener::bind(any).await.unwrap());
        let outgoing = Outgoing::default();
        let (ours, _their_end) = connected(any, &upstream).await;
        let known = outgoing.add(&ours);
        let (_stranger, accepted) = connected(ours.own_address().unwrap(), &recorder).await;
        assert!(!outgoing.is_from(&accepted));
        drop(known);
        let (ours, accepted) = connected(any, &recorder).await;
        let known = outgoing.add(&ours);
        assert!(outgoing.is_from(&accepted));
        drop(known);
        assert!(!outgoing.is_from(&accepted));
    }
}
