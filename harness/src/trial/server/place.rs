//! Where a server listens: in a network of its own, which is not the client's, or on a port of the machine's.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use samewire_recorder::Upstream;

use super::listening;
use crate::suite::Server;
use crate::trial::Interrupt;
use crate::trial::address_lock::AddressLock;
use crate::trial::holder::holder_of;
use crate::trial::launch::OwnNetwork;
use crate::trial::machine;
use crate::trial::place::{NoPlace, Places, locked, reached};
use crate::trial::pool::Lent;

/// Ports that servers of this process were given, and that nobody may have bound yet.
static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// How often a port is asked for that no other server was given.
const TRIES: usize = 100;

/// Where the server of one trial listens, for as long as that runs.
#[derive(Debug)]
pub(crate) struct ServerPlace<'a> {
    /// Where it is looked for, in this order. The first is what it is told.
    addresses: Vec<SocketAddr>,
    /// Whether it said itself where it listens.
    is_said: bool,
    network: Whose<'a>,
}

#[derive(Debug)]
enum Whose<'a> {
    Own(Lent<'a>),
    /// The machine's, in which an address that is fixed is locked, and a port that was chosen is given once.
    Shared(#[expect(dead_code, reason = "held until the trial is over")] Held),
}

/// What keeps others from where a server listens.
#[derive(Debug)]
enum Held {
    Locks(#[expect(dead_code, reason = "held until the trial is over")] Vec<AddressLock>),
    Port(#[expect(dead_code, reason = "held until the trial is over")] Port),
}

/// A port that no other server of this process is given meanwhile.
#[derive(Debug)]
struct Port(u16);

impl<'a> ServerPlace<'a> {
    /// The place of a server. Other trials with a server at the same address of the machine are waited for.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn find(places: &'a Places, server: &Server, interrupt: &Interrupt) -> Result<Self, NoPlace> {
        let is_said = !server.listen.is_empty();
        match places.for_server(&server.listen)? {
            Some(network) => {
                let addresses = addresses(&server.listen, || port_of(&network));
                let addresses = addresses.and_then(|addresses| make(&network, &server.listen).map(|()| addresses));
                let addresses = addresses.map_err(|error| failed(server, &error))?;
                Ok(Self { addresses, is_said, network: Whose::Own(network) })
            }
            None if is_said => {
                let locks = locked(&server.listen, interrupt)?;
                let addresses = vec![reached(server.listen[0])];
                Ok(Self { addresses, is_said, network: Whose::Shared(Held::Locks(locks)) })
            }
            None => {
                let port = Port::free().map_err(|error| failed(server, &error))?;
                let addresses = loopback(port.0);
                Ok(Self { addresses, is_said, network: Whose::Shared(Held::Port(port)) })
            }
        }
    }

    /// The address that it is told.
    pub(super) fn told(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// The addresses at which it may listen, for people.
    pub(super) fn shown(&self) -> String {
        let addresses: Vec<String> = self.addresses.iter().map(ToString::to_string).collect();
        addresses.join(" or ")
    }

    /// The network that it runs in; none is the machine's.
    pub(super) fn network(&self) -> Option<&Arc<OwnNetwork>> {
        match &self.network {
            Whose::Own(network) => Some(network),
            Whose::Shared(_) => None,
        }
    }

    /// Whether somebody listens there.
    #[cfg(target_os = "linux")]
    pub(super) async fn accepts(&self) -> io::Result<bool> {
        match self.network() {
            Some(network) => Ok(listening::among(&network.sockets()?, &self.addresses).is_some()),
            None => Ok(listening::in_ours(&self.addresses).await.is_some()),
        }
    }

    /// Whether somebody listens there.
    #[cfg(not(target_os = "linux"))]
    pub(super) async fn accepts(&self) -> io::Result<bool> {
        Ok(listening::in_ours(&self.addresses).await.is_some())
    }

    /// Who has the address already, where somebody does.
    pub(super) async fn taken(&self) -> Option<String> {
        if self.network().is_some() {
            return None;
        }
        let address = listening::in_ours(&self.addresses).await?;
        let holder = holder_of(address).unwrap_or_else(|| "another program".into());
        let mend = match self.is_said {
            true => "; end that, or run trials in networks of their own (`samewire doctor` says whether they can)",
            false => "; try it again",
        };
        Some(format!("{holder} listens on {address} already{mend}"))
    }

    /// How the recorder reaches it.
    pub(super) fn upstream(&self, name: &str) -> Upstream {
        let name = format!("{name} at {}", self.shown());
        match self.network() {
            Some(network) => {
                let network = Arc::clone(network);
                Upstream::through(name, self.addresses.clone(), move |address| network.connect(address))
            }
            None => Upstream::at(name, self.addresses.clone()),
        }
    }
}

/// Where a server is looked for: where it says, or else at a port of loopback, in both families.
fn addresses(listen: &[SocketAddr], port: impl FnOnce() -> io::Result<u16>) -> io::Result<Vec<SocketAddr>> {
    match listen.first() {
        Some(first) => Ok(vec![reached(*first)]),
        None => port().map(loopback),
    }
}

fn loopback(port: u16) -> Vec<SocketAddr> {
    vec![(IpAddr::from(Ipv4Addr::LOCALHOST), port).into(), (IpAddr::from(Ipv6Addr::LOCALHOST), port).into()]
}

/// Any port of a network in which nobody else is.
fn port_of(network: &OwnNetwork) -> io::Result<u16> {
    Ok(network.bind((Ipv4Addr::LOCALHOST, 0).into())?.local_addr()?.port())
}

/// Gives a network the addresses that a server says, until its trial is over.
fn make(network: &OwnNetwork, listen: &[SocketAddr]) -> io::Result<()> {
    listen.iter().try_for_each(|address| network.bind(*address).map(drop))
}

fn failed(server: &Server, error: &io::Error) -> NoPlace {
    NoPlace::Failed(format!("find a place for the server {}: {error}", server.name))
}

impl Port {
    fn free() -> io::Result<Self> {
        for _ in 0..TRIES {
            let port = machine::free_port()?;
            if given().insert(port) {
                return Ok(Self(port));
            }
        }
        Err(io::ErrorKind::AddrInUse.into())
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        given().remove(&self.0);
    }
}

fn given() -> std::sync::MutexGuard<'static, BTreeSet<u16>> {
    GIVEN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_port_is_given_twice_at_once() {
        let ports: Vec<Port> = (0..20).map(|_| Port::free().unwrap()).collect();
        let different: BTreeSet<u16> = ports.iter().map(|port| port.0).collect();
        assert_eq!(different.len(), ports.len());
        drop(ports);
        assert!(!given().iter().any(|port| different.contains(port)));
    }
}
