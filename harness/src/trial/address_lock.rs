//! A lock on an address of the machine's network, between all processes that could use it, whoever runs them.

use std::net::SocketAddr;
use std::time::Duration;

use super::Interrupt;
use super::lock::NotLocked;

/// An address that nobody else's trial uses, until it is dropped.
#[derive(Debug)]
pub(super) struct AddressLock(#[expect(dead_code, reason = "held until the trial is over")] platform::Held);

impl AddressLock {
    /// Waits for it.
    ///
    /// # Errors
    /// It cannot be had within `limit`, or the run was stopped first.
    pub(super) fn take(address: SocketAddr, limit: Duration, interrupt: &Interrupt) -> Result<Self, NotLocked> {
        platform::take(address, limit, interrupt).map(Self)
    }
}

/// A Unix socket of a name without a file: it is there for all users of a network and for nobody in another, and goes with its process.
#[cfg(target_os = "linux")]
mod platform {
    use std::io::{self, ErrorKind, Read};
    use std::net;
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
    use std::sync::Weak;
    use std::time::Duration;

    use rustix::net::sockopt::socket_peercred;

    use crate::trial::Interrupt;
    use crate::trial::lock::{NotLocked, waited};
    use crate::trial::procfs;

    pub(super) type Held = UnixListener;

    pub(super) fn take(address: net::SocketAddr, limit: Duration, interrupt: &Interrupt) -> Result<Held, NotLocked> {
        let what = format!("the address {address}");
        let name = SocketAddr::from_abstract_name(format!("samewire/{address}"))
            .map_err(|error| NotLocked::Failed(format!("cannot lock {what}: {error}")))?;
        match UnixListener::bind_addr(&name) {
            Ok(held) => Ok(held),
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                let waiting = name.clone();
                waited(&what, (limit, interrupt), move |wanted| after_others(&waiting, &wanted), || holder(&name))
            }
            Err(error) => Err(NotLocked::Failed(format!("cannot lock {what}: {error}"))),
        }
    }

    /// Takes it once whoever has it lets go.
    fn after_others(name: &SocketAddr, wanted: &Weak<()>) -> io::Result<Held> {
        loop {
            match UnixListener::bind_addr(name) {
                Err(error) if error.kind() == ErrorKind::AddrInUse && wanted.strong_count() > 0 => until_let_go(name)?,
                held => return held,
            }
        }
    }

    /// Nobody accepts, so a connection ends when its listener does.
    fn until_let_go(name: &SocketAddr) -> io::Result<()> {
        match UnixStream::connect_addr(name) {
            // How it ends says nothing.
            Ok(mut held) => drop(held.read(&mut [0])),
            // It was let go meanwhile, or is just being taken.
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => std::thread::yield_now(),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Whoever has it: `samewire (process 4711)`.
    fn holder(name: &SocketAddr) -> String {
        let id = UnixStream::connect_addr(name).ok().and_then(|stream| socket_peercred(stream).ok());
        match id.and_then(|credentials| u32::try_from(credentials.pid.as_raw_nonzero().get()).ok()) {
            Some(id) => format!("{} (process {id}) holds it", procfs::name(id)),
            None => "another process holds it".to_owned(),
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    use std::net::SocketAddr;
    use std::time::Duration;

    use crate::trial::Interrupt;
    use crate::trial::lock::{Lock, NotLocked};
    use crate::trial::toolchain::cache;

    pub(super) type Held = Lock;

    pub(super) fn take(address: SocketAddr, limit: Duration, interrupt: &Interrupt) -> Result<Held, NotLocked> {
        let folder = cache::folder().map_err(|error| NotLocked::Failed(error.to_string()))?.path.join("addresses");
        std::fs::create_dir_all(&folder).map_err(|error| NotLocked::Failed(format!("make {}: {error}", folder.display())))?;
        Lock::take(&folder.join(address.to_string().replace(':', "-")), limit, interrupt)
    }
}
