//! When the recorder ended its side of each connection.
//!
//! No capture can say whether a client waited for that: after FIN, a client that is gone looks like one that waits. Like an exit
//! status, it is seen when the client ends.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use samewire_recorder::{Event, PeerEnd, Watch};
use tokio::time::Instant;

use crate::judge::observed::Connection;
use crate::judge::order::Breach;

/// Takes down when a recorder ends connections, as it does.
#[derive(Debug, Clone, Default)]
pub(crate) struct Closings(Arc<Mutex<BTreeMap<u64, Instant>>>);

impl Closings {
    /// That a client which ended at `end` had not waited for the server, where it had not. What it aborted is not waited for.
    pub(super) fn left_early(&self, connections: &[Connection], end: Instant) -> Option<Breach> {
        let ended = self.lock();
        let by_then = |number: usize| ended.get(&(number as u64)).is_some_and(|at| *at <= end);
        let numbered = (1..).zip(connections).filter(|(_, seen)| seen.ending != PeerEnd::Reset);
        numbered.map(|(number, _)| number).find(|number| !by_then(*number)).map(|connection| Breach::LeftEarly { connection })
    }

    /// A watch that panicked has taken down what it could.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch for Closings {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        if let Event::Shut { connection, .. } | Event::Close { connection, .. } = event {
            self.lock().entry(*connection).or_insert_with(Instant::now);
        }
        Ok(())
    }
}
