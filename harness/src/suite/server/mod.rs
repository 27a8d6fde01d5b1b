//! A server: a real one, which answers the clients of a case while the recorder stands between.
//!
//! Owns what a server is, and how it is written down. Starting one, and whether it is there, is a trial's business. Pure.

mod file;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::source::Location;

pub(super) use file::ServerTable;

/// How long a server that says nothing of it has until it is ready.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// A server, as a `[server.NAME]` says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The name that cases call it by.
    pub name: String,
    /// Programs that must be on PATH.
    pub needs: Vec<String>,
    /// Prints its version; may be empty.
    pub version: Vec<String>,
    /// The status that `version` ends in.
    pub version_status: i32,
    /// The least version that it needs, as `7.0`.
    pub at_least: Option<String>,
    /// How to install what is needed: by package manager.
    pub install: BTreeMap<String, String>,
    /// Makes what each trial gets a copy of; may be empty.
    pub build: Vec<String>,
    /// Globs of the files that `build` depends on, beside those that it names.
    pub inputs: Vec<String>,
    /// Starts it; it stays in the foreground.
    pub run: Vec<String>,
    /// The addresses that it listens on, where it cannot be told; the recorder connects to the first.
    pub listen: Vec<SocketAddr>,
    /// Puts in what a case needs, and is repeated until it ends in 0; may be empty.
    pub prepare: Vec<String>,
    /// Whether it may run as root. Where not, and we are root, it runs as another user.
    pub root: bool,
    /// Variables beyond what every program gets.
    pub env: BTreeMap<String, String>,
    /// How long it has until it is ready, `prepare` included.
    pub timeout: Duration,
    /// Where it is written.
    pub location: Location,
}

impl Server {
    /// The folder of the file that defines it, where it runs.
    #[must_use]
    pub fn folder(&self) -> &Path {
        let parent = self.location.path.parent();
        parent.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// All that is said of it and decides a trial: the same text for the same server, wherever it is written.
    #[must_use]
    pub fn said(&self) -> String {
        let made = (&self.needs, &self.version, self.version_status, &self.at_least, &self.build, &self.inputs);
        format!("{}{made:?}{:?}", self.name, (&self.run, &self.listen, &self.prepare, self.root, &self.env, self.timeout))
    }
}

/// The servers that a suite's cases may name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Servers(BTreeMap<String, Arc<Server>>);

impl Servers {
    /// The server of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<Server>> {
        self.0.get(name)
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Server>> {
        self.0.values()
    }

    /// These, and of `others` those with other names.
    #[must_use]
    pub fn or(&self, others: Self) -> Self {
        let mut all = others.0;
        all.extend(self.0.iter().map(|(name, server)| (name.clone(), Arc::clone(server))));
        Self(all)
    }

    fn add(&mut self, server: Server) {
        self.0.insert(server.name.clone(), Arc::new(server));
    }
}
