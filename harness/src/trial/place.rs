//! Where a trial takes place: at which addresses its recorder is reached, and in whose network.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use samewire_recorder::{Address, Listener, Settings, listen, listen_on};

use super::Interrupt;
use super::address_lock::AddressLock;
use super::holder::holder_of;
use super::launch::OwnNetwork;
use super::lock::NotLocked;
use super::machine;
use super::network::{Bind, Names};
use super::pool::{Lent, Pool};
use crate::client::Client;
use crate::client::profile::Profile;
use crate::judge::agreement::listed;
use crate::judge::verdict::Verdict;
use crate::suite::{Case, Family, NetworkMode, PacketsMode};

/// How long an address is waited for that other trials use.
const LOCK_LIMIT: Duration = Duration::from_secs(600);

/// Gives each trial its place.
#[derive(Debug)]
pub struct Places {
    mode: NetworkMode,
    packets: PacketsMode,
    pool: Pool,
    /// Why trials are missing.
    lacking: Mutex<BTreeSet<String>>,
    /// Why packets were not recorded that were to be kept, and of which clients.
    unseen: Mutex<BTreeMap<String, BTreeSet<String>>>,
}

/// The place of one trial, for as long as it runs.
#[derive(Debug)]
pub struct Place<'a> {
    /// None of them is unspecified unless the recorder is to listen everywhere.
    addresses: Vec<SocketAddr>,
    network: Whose<'a>,
    hosts: Vec<String>,
    records_packets: bool,
}

#[derive(Debug)]
enum Whose<'a> {
    Own(Lent<'a>),
    /// The machine's, in which an address that is fixed is locked.
    Shared(#[expect(dead_code, reason = "held until the trial is over")] Vec<AddressLock>),
}

/// Why there is no place for a trial.
#[derive(Debug, thiserror::Error)]
pub enum NoPlace {
    /// The run was stopped first.
    #[error("the run was stopped first")]
    Interrupted,
    /// Something is not there that the trial needs.
    #[error("{0}")]
    Missing(String),
    /// Something does not work that should.
    #[error("{0}")]
    Failed(String),
}

impl Places {
    /// Of a session.
    #[must_use]
    pub fn new(mode: NetworkMode, packets: PacketsMode) -> Self {
        Self { mode, packets, pool: Pool::default(), lacking: Mutex::default(), unseen: Mutex::default() }
    }

    /// The place of a trial; in the machine's network, where `by_person` starts the client. Other trials with the same fixed address
    /// are waited for.
    ///
    /// # Errors
    /// There is none.
    pub fn find(
        &self,
        (client, case, profile): (&Client, &Case, Profile),
        by_person: bool,
        interrupt: &Interrupt,
    ) -> Result<Place<'_>, NoPlace> {
        self.look((client, case, profile), by_person, interrupt).inspect_err(|why| {
            if let NoPlace::Missing(why) = why {
                self.lacking.lock().unwrap_or_else(PoisonError::into_inner).insert(format!("{}: {why}", client.name));
            }
        })
    }

    /// Which trials' packets are kept.
    #[must_use]
    pub fn packets(&self) -> PacketsMode {
        self.packets
    }

    /// What kept clients from their places so far, or packets from being recorded, and what would mend it.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let lacking = self.lacking.lock().unwrap_or_else(PoisonError::into_inner);
        let unseen = self.unseen.lock().unwrap_or_else(PoisonError::into_inner);
        lacking.iter().cloned().chain(unseen.iter().map(|(why, clients)| unrecorded(why, clients))).collect()
    }

    fn look(
        &self,
        (client, case, profile): (&Client, &Case, Profile),
        by_person: bool,
        interrupt: &Interrupt,
    ) -> Result<Place<'_>, NoPlace> {
        let addresses = addresses(client, case, profile);
        let network = match self.own(client, &addresses, by_person)? {
            Ok(network) => Whose::Own(network),
            Err(why) => {
                self.leaves_packets(client, why);
                Whose::Shared(locked(&addresses, interrupt)?)
            }
        };
        let has_ipv6 = || match &network {
            Whose::Own(network) => network.has_ipv6(),
            Whose::Shared(_) => machine::listens_on_ipv6(),
        };
        if addresses.iter().any(SocketAddr::is_ipv6) && !has_ipv6() {
            return Err(NoPlace::Missing("there is no IPv6 loopback (::1) on this machine".into()));
        }
        let records_packets = self.packets != PacketsMode::None;
        Ok(Place { addresses, network, hosts: client.hosts.clone(), records_packets })
    }

    /// Whether every trial is to have a network of its own.
    fn wants_own(&self) -> bool {
        self.mode == NetworkMode::Own || self.packets == PacketsMode::All
    }

    /// Notes that no packets of a client's trial are recorded, where all are to be kept.
    fn leaves_packets(&self, client: &Client, why: String) {
        if self.packets == PacketsMode::All {
            let mut unseen = self.unseen.lock().unwrap_or_else(PoisonError::into_inner);
            unseen.entry(why).or_default().insert(client.name.clone());
        }
    }

    /// A network of its own; or, where the trial is to have none, why.
    fn own(&self, client: &Client, addresses: &[SocketAddr], by_person: bool) -> Result<Result<Lent<'_>, String>, NoPlace> {
        let need = need(client, addresses);
        let shared = match () {
            () if by_person => Some("a client that a person starts runs in the machine's; let it be started"),
            () if client.shares_network => Some("client.toml says `network = \"shared\"`; remove that"),
            () if self.mode == NetworkMode::Shared => Some("the run uses the machine's; remove `shared`"),
            () => None,
        };
        match (shared, need) {
            (Some(why), Some(what)) => Err(NoPlace::Missing(format!("{what} needs a network of its own, but {why}"))),
            (Some(why), None) => Ok(Err(format!(", and {why}"))),
            (None, need) if self.wants_own() || need.is_some() || is_fixed(addresses) => self.lend(need),
            (None, _) => Ok(Err(", and nothing asks for one".into())),
        }
    }

    /// A network of its own, for what needs one or would rather have it; or, where it will do in the machine's, why there is none.
    fn lend(&self, need: Option<&str>) -> Result<Result<Lent<'_>, String>, NoPlace> {
        match self.pool.lend() {
            Ok(network) => Ok(Ok(network)),
            // It will do in the machine's, one at a time.
            Err(reason) if self.mode == NetworkMode::Auto && need.is_none() => Ok(Err(format!(": {reason}; {}", reason.mend()))),
            Err(reason) => {
                let what = need.unwrap_or("this run");
                let why = format!("{what} needs a network of its own: {reason}");
                // They work here; something else is short.
                if reason.passes() {
                    return Err(NoPlace::Failed(why));
                }
                Err(NoPlace::Missing(format!("{why}; {}", reason.mend())))
            }
        }
    }

    /// A network for a server that listens on these addresses, where they are fixed: not that of any client. None is the machine's.
    pub(super) fn for_server(&self, listen: &[SocketAddr]) -> Result<Option<Lent<'_>>, NoPlace> {
        let need = beyond_loopback(listen);
        match (self.mode, need) {
            (NetworkMode::Shared, Some(what)) => {
                let why = "the run uses the machine's; remove `shared`";
                Err(NoPlace::Missing(format!("{what} needs a network of its own, but {why}")))
            }
            (NetworkMode::Shared, None) => Ok(None),
            (NetworkMode::Auto | NetworkMode::Own, need) => Ok(self.lend(need)?.ok()),
        }
    }
}

impl Place<'_> {
    /// The network, where it is no one else's.
    #[must_use]
    pub fn network(&self) -> Option<&Arc<OwnNetwork>> {
        match &self.network {
            Whose::Own(network) => Some(network),
            Whose::Shared(_) => None,
        }
    }

    /// Whether its packets are to be recorded, where the network is its own.
    pub(super) fn records_packets(&self) -> bool {
        self.records_packets
    }

    /// Listens there. Needs a tokio runtime.
    ///
    /// # Errors
    /// What cannot be listened on, why, and who holds it.
    pub(super) fn listen(&self, settings: &Settings) -> io::Result<Listener> {
        let listening = match &self.network {
            Whose::Own(network) => {
                let sockets: io::Result<Vec<_>> = self.addresses.iter().map(|address| network.bind(*address)).collect();
                sockets.and_then(|sockets| listen_on(sockets, settings))
            }
            Whose::Shared(_) => {
                let addresses: Vec<Address> = self.addresses.iter().map(|address| (*address).into()).collect();
                listen(&addresses, settings)
            }
        };
        listening.map_err(|error| io::Error::new(error.kind(), format!("{}: {}", shown(&self.addresses), self.why(&error))))
    }

    fn why(&self, error: &io::Error) -> String {
        if error.kind() != io::ErrorKind::AddrInUse || self.network().is_some() {
            return error.to_string();
        }
        let holders: Vec<String> = self.addresses.iter().filter_map(|address| holder_of(*address)).collect();
        let holder = if holders.is_empty() { "another program".to_owned() } else { holders.join(" and ") };
        format!("{holder} has it; end that, or run trials in networks of their own (`samewire doctor` says whether they can)")
    }

    /// Files that stand for others where the client looks, so that it finds the recorder by name. They are written into `folder`.
    ///
    /// # Errors
    /// They cannot be written.
    pub(super) fn names(&self, folder: &Path) -> io::Result<Vec<Bind>> {
        let Some(address) = self.addresses.first().filter(|_| !self.hosts.is_empty()) else { return Ok(Vec::new()) };
        std::fs::create_dir(folder)?;
        let names = Names::new(self.hosts.iter().cloned(), reached(*address).ip()).map_err(io::Error::other)?;
        names.write(folder)
    }
}

impl NoPlace {
    /// The verdict of a trial that has none.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Interrupted => Verdict::Interrupted,
            Self::Missing(_) => Verdict::Missing,
            Self::Failed(_) => Verdict::SetupError,
        }
    }
}

/// Where a recorder is to listen. A case that names an address wins.
fn addresses(client: &Client, case: &Case, profile: Profile) -> Vec<SocketAddr> {
    let said = [&case.addressing.listen, &client.listen].into_iter().find(|addresses| !addresses.is_empty());
    said.cloned().unwrap_or_else(|| {
        let ip = match case.addressing.family.or(profile.family()) {
            Some(Family::Ipv6) => IpAddr::from(Ipv6Addr::LOCALHOST),
            Some(Family::Ipv4) | None => Ipv4Addr::LOCALHOST.into(),
        };
        vec![(ip, 0).into()]
    })
}

/// What of a trial can only be in a network of its own.
fn need(client: &Client, addresses: &[SocketAddr]) -> Option<&'static str> {
    match () {
        () if !client.hosts.is_empty() => Some("`hosts`"),
        () => beyond_loopback(addresses),
    }
}

fn beyond_loopback(addresses: &[SocketAddr]) -> Option<&'static str> {
    let is_beyond = |address: &SocketAddr| !address.ip().to_canonical().is_loopback();
    addresses.iter().any(is_beyond).then_some("an address beyond loopback")
}

fn unrecorded(why: &str, clients: &BTreeSet<String>) -> String {
    let clients: Vec<&str> = clients.iter().map(String::as_str).collect();
    format!("no packets were recorded of {}: that takes a network of its own{why}", listed(&clients))
}

fn is_fixed(addresses: &[SocketAddr]) -> bool {
    addresses.iter().any(|address| address.port() != 0)
}

/// How an address is reached that is listened on.
pub(crate) fn reached(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, address.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST, address.port()).into(),
        _ => address,
    }
}

fn shown(addresses: &[SocketAddr]) -> String {
    addresses.iter().map(|address| format!("listen on {address}")).collect::<Vec<_>>().join(", ")
}

/// The addresses that are fixed, each once, whichever way it is written; in one order for all, so that no two wait for each other.
fn fixed(addresses: &[SocketAddr]) -> BTreeSet<SocketAddr> {
    let fixed = addresses.iter().filter(|address| address.port() != 0);
    fixed.map(|address| (address.ip().to_canonical(), address.port()).into()).collect()
}

/// Keeps other trials, also those of other processes, from fixed addresses of the machine's network.
pub(super) fn locked(addresses: &[SocketAddr], interrupt: &Interrupt) -> Result<Vec<AddressLock>, NoPlace> {
    let lock = |address: SocketAddr| {
        AddressLock::take(address, LOCK_LIMIT, interrupt).map_err(|why| match why {
            NotLocked::Interrupted => NoPlace::Interrupted,
            NotLocked::Failed(why) => NoPlace::Failed(why),
        })
    };
    fixed(addresses).into_iter().map(lock).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_locked_once_whichever_way_it_is_written() {
        let address = |text: &str| text.parse().unwrap();
        let all = ["[::ffff:127.0.0.1]:80", "127.0.0.1:80", "127.0.0.1:0", "[::1]:80"].map(address);
        assert_eq!(Vec::from_iter(fixed(&all)), ["127.0.0.1:80", "[::1]:80"].map(address));
        assert_eq!(fixed(&all[..1]), fixed(&all[1..2]));
    }
}
