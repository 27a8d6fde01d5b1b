//! Networks to be used again: one for each trial that runs at the same time, made when it is first needed.

use std::iter;
use std::ops::Deref;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::trial::launch::OwnNetwork;
use crate::trial::network::Reason;

/// How many trials a network is used for: the kernel remembers each of their connections for a minute. Fewer would cost more: the
/// memory of a ring of packets is 10 to 100 ms of a processor.
const MOST_TRIALS: u32 = 300;

/// The networks of a run.
#[derive(Debug, Default)]
pub(super) struct Pool {
    /// Those that no trial uses at the moment.
    idle: Mutex<Vec<Used>>,
    /// Why there are none here: asked once, since each trial would be told the same.
    none: OnceLock<Reason>,
}

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
        let (network, trials) = match self.idle_one() {
            Some(Used { network, trials }) => (network, trials),
            None => (Arc::new(self.make(OwnNetwork::new)?), 0),
        };
        Ok(Lent { pool: self, network, trials: trials + 1 })
    }

    /// One whose door is still there. The lock is not held while others are put away.
    fn idle_one(&self) -> Option<Used> {
        let next = || self.idle().pop();
        iter::from_fn(next).find(|used| used.network.has_door())
    }

    fn make<T>(&self, new: impl FnOnce() -> Result<T, Reason>) -> Result<T, Reason> {
        match self.none.get() {
            Some(reason) => Err(reason.clone()),
            None => new().inspect_err(|reason| {
                // Whoever was first has said it.
                let _ = Some(reason.clone()).filter(|reason| !reason.passes()).map(|reason| self.none.set(reason));
            }),
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Used>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::network::{Failure, Step};

    #[test]
    fn why_there_are_none_is_asked_once() {
        let pool = Pool::default();
        let asked = || pool.make(|| Err::<(), _>(Reason::OtherSystem)).unwrap_err().to_string();
        let again = || pool.make(|| -> Result<(), Reason> { panic!("asked again") }).unwrap_err().to_string();
        assert_eq!(asked(), again());
    }

    #[test]
    fn what_may_be_otherwise_soon_is_asked_again() {
        const TOO_MANY_OPEN_FILES: i32 = 24;
        let pool = Pool::default();
        let failed = Reason::Failed(Failure { step: Step::Start, errno: TOO_MANY_OPEN_FILES });
        assert!(pool.make(|| Err::<(), _>(failed)).is_err());
        assert!(pool.make(|| Ok(())).is_ok());
    }
}
