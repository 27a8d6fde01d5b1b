//! Who sent in a trial: who held each of its connections, as far as that was seen in time.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use samewire_recorder::{Event, Watch};

use crate::trial::closings::Closings;
use crate::trial::enough::Recording;
use crate::trial::holders::{Asking, Finder, Found, Holders, Lookup, Process};
use crate::trial::launch::{Ended, OwnNetwork, Program};

/// Looks up who holds the connections of a trial, while it goes on.
pub(super) struct Holding {
    /// `None` where nobody can be found.
    lookup: Option<Lookup>,
    found: Arc<Mutex<BTreeMap<u64, Holders>>>,
}

impl Holding {
    /// Of what we start, in its network, or of what a person starts.
    pub(super) fn begin(network: Option<&Arc<OwnNetwork>>, is_person: bool) -> Self {
        let found: Arc<Mutex<BTreeMap<u64, Holders>>> = Arc::default();
        let finder = if is_person { Finder::of_machine() } else { Finder::of_started(network.cloned()) };
        let telling = Arc::clone(&found);
        let told = move |connection, what| {
            if let Found::Holders(holders) = what {
                telling.lock().unwrap_or_else(PoisonError::into_inner).insert(connection, holders);
            }
        };
        Self { lookup: finder.and_then(|finder| Lookup::start(finder, told)).ok(), found }
    }

    /// What watches the recorder.
    pub(super) fn watch(&self, closed: &Closings, also: Option<Recording>) -> Watching {
        Watching { closed: closed.clone(), also, asking: self.lookup.as_ref().map(Lookup::asking) }
    }

    /// Who held each connection, once the recorder is over. Where nobody was seen, it is inferred from what was started.
    pub(super) async fn finish(self, program: &Program, ended: &Ended) -> BTreeMap<u64, Holders> {
        let Some(lookup) = self.lookup else { return BTreeMap::new() };
        lookup.finish().await;
        let mut found = std::mem::take(&mut *self.found.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(id) = ended.id {
            let arguments: Vec<String> = program.argv.iter().map(|argument| argument.to_string_lossy().into_owned()).collect();
            let started = || Some(Process { id, arguments: arguments.clone() });
            for holders in found.values_mut() {
                *holders = std::mem::take(holders).or_started(started);
            }
        }
        found
    }
}

/// Watches a recorder for a trial.
pub(super) struct Watching {
    closed: Closings,
    /// Of a program that is told to end when all has come.
    also: Option<Recording>,
    asking: Option<Asking>,
}

impl Watch for Watching {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        self.closed.event(event)?;
        self.also.as_mut().map_or(Ok(()), |also| also.event(event))?;
        self.asking.as_mut().map_or(Ok(()), |asking| asking.event(event))
    }
}
