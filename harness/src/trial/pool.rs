//! Networks to be used again: one for each trial that runs at the same time, made when it is first needed.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use crate::trial::launch::OwnNetwork;
use crate::trial::network::Reason;

/// How many trials a network is used for: the kernel remembers each of their connections for a minute.
const MOST_TRIALS: u32 = 100;

/// Networks that no trial uses at the moment.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<Vec<Used>>);

#[derive(Debug)]
struct Used {
    network: Arc<OwnNetwork>,
    trials: u32,
}

/// A network for one trial. Dropped when all sockets in there are closed, it is used again if nothing was left behind in it.
#[derive(Debug)]
pub(super) struct Lent<'a> {
    pool: &'a Pool,
    network: Arc<OwnNetwork>,
    trials: u32,
}

impl Pool {
    /// A network in which nothing is left of other trials.
    ///
    /// # Errors
    /// The reason why there are none here.
    pub(super) fn lend(&self) -> Result<Lent<'_>, Reason> {
        // Not in the `match`: the lock would be held while a network is made.
        let idle = self.idle().pop();
        let (network, trials) = match idle {
            Some(Used { network, trials }) => (network, trials),
            None => (Arc::new(OwnNetwork::new()?), 0),
        };
        Ok(Lent { pool: self, network, trials: trials + 1 })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Used>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for Lent<'_> {
    type Target = Arc<OwnNetwork>;

    fn deref(&self) -> &Arc<OwnNetwork> {
        &self.network
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let is_clean = || self.network.left_behind().is_ok_and(|left| left.is_empty());
        if self.trials < MOST_TRIALS && is_clean() {
            let used = Used { network: Arc::clone(&self.network), trials: self.trials };
            self.pool.idle().push(used);
        }
    }
}
