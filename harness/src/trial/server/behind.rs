//! The server behind the recorder of one trial: found, with a place of its own.

use super::place::ServerPlace;
use super::ready::ReadyServers;
use super::running::Standing;
use crate::judge::verdict::Verdict;
use crate::suite::Server;
use crate::trial::Interrupt;
use crate::trial::place::{NoPlace, Places};
use crate::trial::toolchain::{NotReady, Ready};

/// The server behind the recorder of one trial.
#[derive(Debug)]
pub struct Behind<'a> {
    server: &'a Server,
    ready: Ready,
    place: ServerPlace<'a>,
}

/// Why a trial has no server.
#[derive(Debug, thiserror::Error)]
pub enum NoServer {
    /// It is not ready.
    #[error(transparent)]
    NotReady(#[from] NotReady),
    /// There is no place for it.
    #[error("the server {name}: {why}")]
    NoPlace {
        /// Its name.
        name: String,
        /// Why.
        why: NoPlace,
    },
}

impl<'a> Behind<'a> {
    /// Finds a server, and a place for it.
    ///
    /// # Errors
    /// It is not there, does not work, or there is no place for it.
    pub fn find(server: &'a Server, servers: &ReadyServers, places: &'a Places, interrupt: &Interrupt) -> Result<Self, NoServer> {
        let ready = servers.ready(server, interrupt)?;
        let place = ServerPlace::find(places, server, interrupt);
        let place = place.map_err(|why| NoServer::NoPlace { name: server.name.clone(), why })?;
        Ok(Self { server, ready, place })
    }

    pub(crate) fn standing(&self) -> Standing<'_> {
        Standing { server: self.server, ready: &self.ready, place: &self.place }
    }
}

impl NoServer {
    /// The verdict of such a trial.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::NotReady(why) => why.verdict(),
            Self::NoPlace { why, .. } => why.verdict(),
        }
    }
}
