//! Networks of their own, held by processes that are started here: so no program inherits what is theirs, and none of them is taken
//! for an orphan.

use std::cell::RefCell;
use std::ops::Deref;

use super::prepare;
use super::roster::{self, Helper};
#[cfg(feature = "cli")]
use crate::trial::network::available;
use crate::trial::network::{Network, Reason, Start};

/// A network, and the process that holds it as one of ours.
#[derive(Debug)]
pub struct OwnNetwork {
    // Dropped in this order: the process is one of ours until it has ended.
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
        Ok(Self { network: network?, _helpers: helpers })
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
