//! Networks of their own, held by processes that are started here: so no program inherits what is theirs, and none of them is taken
//! for an orphan.

use std::cell::RefCell;
use std::ops::Deref;
use std::sync::OnceLock;

use super::prepare;
use super::roster::{self, Helper};
#[cfg(feature = "cli")]
use crate::trial::network::available;
use crate::trial::network::{Interface, Network, Reason, Start, Tap};

/// A network, and the process that holds it as one of ours.
#[derive(Debug)]
pub struct OwnNetwork {
    // Dropped in this order: the process is one of ours until it has ended.
    /// Its packets, once they have been asked for. Kept as long as it, since closing one takes the kernel long.
    tap: OnceLock<Tap>,
    network: Network,
    _helpers: Vec<Helper>,
}

impl OwnNetwork {
    /// Makes a network. Takes some milliseconds.
    ///
    /// # Errors
    /// The reason why there are none here.
    pub fn new() -> Result<Self, Reason> {
        let (network, helpers) = with_helpers(|start| Network::new(start));
        Ok(Self { tap: OnceLock::new(), network: network?, _helpers: helpers })
    }

    /// What reads its packets.
    ///
    /// # Errors
    /// Why they cannot be read.
    pub fn tap(&self) -> Result<&Tap, String> {
        if let Some(tap) = self.tap.get() {
            return Ok(tap);
        }
        // What failed for one trial, as where too many files are open, may not for the next.
        let socket = self.network.packet_socket().map_err(|error| format!("open a packet socket: {error}"))?;
        let tap = Tap::start(socket, Interface::Loopback).map_err(|error| error.to_string())?;
        Ok(self.tap.get_or_init(|| tap))
    }
}

impl Deref for OwnNetwork {
    type Target = Network;

    fn deref(&self) -> &Network {
        &self.network
    }
}

/// Whether networks of their own work here. Takes some milliseconds.
///
/// # Errors
/// The reason why not.
#[cfg(feature = "cli")]
pub(crate) fn networks_work() -> Result<(), Reason> {
    with_helpers(|start| available(start)).0
}

/// Does what starts processes of ours. They are to be known as such until they have ended.
fn with_helpers<T>(work: impl FnOnce(Start<'_>) -> T) -> (T, Vec<Helper>) {
    prepare();
    let helpers = RefCell::new(Vec::new());
    let done = work(&|command| {
        let (child, helper) = roster::enter_helper(command)?;
        helpers.borrow_mut().push(helper);
        Ok(child)
    });
    (done, helpers.into_inner())
}
