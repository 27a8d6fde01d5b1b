//! Finding processes by a socket: the kernel says which it is, and `/proc` who has it open.

use std::fs::{self, File};
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::net::netlink::SOCK_DIAG;
use rustix::process::{Resource, getrlimit};

use super::process::{Holders, Process};
use crate::trial::launch::OwnNetwork;
use crate::trial::network::{Netlink, descendants, inode};
use crate::trial::procfs;

/// A look-up takes no longer, however many processes there are.
const LONGEST: Duration = Duration::from_millis(250);

/// Who may have fewer files open needs them for connections.
const FEW: u64 = 256;

/// Files that are left to others.
const SPARE: u64 = 64;

/// Where in `/proc/ID/stat` behind the name its beginning stands.
const START_TIME: usize = 19;

/// Finds who holds a socket.
pub struct Finder {
    sockets: Sockets,
    /// Whether only what this process started is looked at.
    is_ours: bool,
    /// Whoever held the socket before may well hold the next.
    last: Vec<u32>,
}

enum Sockets {
    Machine(Netlink),
    Own(Arc<OwnNetwork>),
}

impl Finder {
    /// One for the network that this process is in, among all processes of the machine.
    ///
    /// # Errors
    /// The kernel says nothing of sockets.
    pub fn of_machine() -> io::Result<Self> {
        Ok(Self { sockets: Sockets::Machine(Netlink::open(Some(SOCK_DIAG))?), is_ours: false, last: Vec::new() })
    }

    /// One for what this process started, in a network of its own or the machine's.
    ///
    /// # Errors
    /// The kernel says nothing of sockets.
    pub fn of_started(network: Option<Arc<OwnNetwork>>) -> io::Result<Self> {
        match network {
            Some(network) => Ok(Self { sockets: Sockets::Own(network), is_ours: true, last: Vec::new() }),
            None => Ok(Self { is_ours: true, ..Self::of_machine()? }),
        }
    }

    /// Who holds the socket at `client` that is connected to `server`.
    ///
    /// # Errors
    /// The kernel does not say which socket it is, or others need the files that looking would take.
    pub fn holders(&mut self, client: SocketAddr, server: SocketAddr) -> io::Result<Holders> {
        if !has_files() {
            return Err(io::Error::other("nearly as many files are open as are allowed"));
        }
        let socket = match &self.sockets {
            Sockets::Machine(netlink) => inode(netlink, client, server)?,
            Sockets::Own(network) => network.inode(client, server)?,
        };
        let Some(socket) = socket else { return Ok(Holders::default()) };
        let until = Instant::now() + LONGEST;
        let ours = if self.is_ours { descendants(std::process::id()) } else { None };
        let all = ours.unwrap_or_else(|| procfs::all().collect());
        let others = all.into_iter().filter(|id| !self.last.contains(id));
        let candidates = self.last.iter().copied().chain(others).take_while(|_| Instant::now() < until);
        let mut found: Vec<u32> = candidates.filter(|id| procfs::has_socket(*id, socket)).collect();
        found.sort_by_key(|id| (start_time(*id), *id));
        let processes = found.iter().filter_map(|id| Some(Process { id: *id, arguments: procfs::arguments(*id)? })).collect();
        self.last = found;
        Ok(Holders { processes, inferred: false })
    }
}

/// Whether looking takes no file that a connection is waiting for. A new file gets the lowest number that is free.
fn has_files() -> bool {
    let most = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let next = || File::open("/proc/self/stat").ok().and_then(|file| u64::try_from(file.as_raw_fd()).ok());
    most >= FEW && next().is_some_and(|number| number < most - SPARE)
}

fn start_time(id: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // A name may hold anything, brackets too.
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(START_TIME)?.parse().ok()
}
