//! Whether servers are there, asked at most once a run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::suite::Server;
use crate::trial::Interrupt;
use crate::trial::toolchain::{self, NotReady, Ready};

/// The servers of a run, each looked for at most once.
#[derive(Debug, Default)]
pub struct ReadyServers(Mutex<BTreeMap<String, Looked>>);

/// What came of looking for a server: its version, and what was built.
type Looked = Arc<OnceLock<Result<Ready, NotReady>>>;

impl ReadyServers {
    /// Looks for a server's programs, asks for its version and builds what it needs.
    ///
    /// # Errors
    /// It is not there, and how to install it; or it does not work.
    pub(crate) fn ready(&self, server: &Server, interrupt: &Interrupt) -> Result<Ready, NotReady> {
        let looked = Arc::clone(self.all().entry(key(server)).or_default());
        looked.get_or_init(|| look(server, interrupt)).clone()
    }

    /// The servers that were looked for and are not there, a sentence each.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let missing = |looked: &Looked| match looked.get() {
            Some(Err(NotReady::Missing(why))) => Some(format!("cases are missing: {why}")),
            _ => None,
        };
        self.all().values().filter_map(missing).collect()
    }

    fn all(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Looked>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(server: &Server) -> String {
    format!("{:?} {}", server.location, server.name)
}

fn look(server: &Server, interrupt: &Interrupt) -> Result<Ready, NotReady> {
    toolchain::prepare(server, interrupt).map_err(|why| named(server, why))
}

/// The reason why a server is not ready, with its name and what would mend it.
pub(crate) fn named(server: &Server, why: NotReady) -> NotReady {
    let name = &server.name;
    match why {
        NotReady::Missing(why) => {
            NotReady::Missing(format!("the server {name}: {why}{}", toolchain::install_hint(&server.install)))
        }
        NotReady::Broken(why) => NotReady::Broken(format!("the server {name}: {why}")),
        NotReady::Interrupted => NotReady::Interrupted,
    }
}
