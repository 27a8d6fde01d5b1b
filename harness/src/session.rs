//! A session: the clients and cases that were found and selected, and the trials that they make.

use std::path::Path;
use std::sync::OnceLock;

use globset::{Glob, GlobMatcher};

use crate::client::{self, Entry};
use crate::config::{Config, Require};
use crate::source::FileError;
use crate::suite::{Case, Suite};
use crate::toolchain::{self, NotReady, Ready};
use crate::trial::{self, Interrupt, Trial};
use crate::verdict::Verdict;

/// Clients and cases, ready to be tried with each other.
#[derive(Debug)]
pub struct Session {
    /// The clients.
    pub clients: Vec<Participant>,
    /// The cases.
    pub cases: Vec<Case>,
    /// The clients whose toolchain must be there.
    pub require: Require,
}

/// A client of a session, made ready at most once.
#[derive(Debug)]
pub struct Participant {
    /// What its folder holds.
    pub entry: Entry,
    ready: OnceLock<Result<Ready, NotReady>>,
}

/// Which clients and cases a person asked for.
#[derive(Debug, Default)]
pub struct Selection {
    /// Names of clients; none is all.
    pub clients: Vec<String>,
    /// Globs of full names of cases, `!` before one negates; none is all.
    pub cases: Vec<String>,
}

/// Why a session cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// A file or folder is not as it should be.
    #[error(transparent)]
    File(#[from] FileError),
    /// A client that is not there.
    #[error("there is no client {name:?} in {}; there are: {known}", folder.display())]
    UnknownClient {
        /// The name that was asked for.
        name: String,
        /// Where clients are.
        folder: std::path::PathBuf,
        /// Their names.
        known: String,
    },
    /// A glob that is none.
    #[error("the case {glob:?} is no glob: {source}")]
    Glob {
        /// What was asked for.
        glob: String,
        /// Why it is none.
        source: globset::Error,
    },
}

/// A trial to be run: which client, which case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// Index into [`Session::clients`].
    pub client: usize,
    /// Index into [`Session::cases`].
    pub case: usize,
}

impl Selection {
    /// Whether it asks for less than everything.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        !self.clients.is_empty() || !self.cases.is_empty()
    }
}

impl Session {
    /// Loads what `config` names, and keeps what `selection` asks for.
    ///
    /// # Errors
    /// A folder or suite is not as it should be, or the selection names what is not there. A client that is broken is no
    /// error: its trials end in `setup-error`.
    pub fn load(config: &Config, selection: &Selection) -> Result<Self, SessionError> {
        let mut entries = client::load(&config.clients)?;
        let named = selection.clients.iter().map(String::as_str);
        let is_client = |name: &str| entries.iter().any(|entry| entry.name == name);
        let unknown = named.into_iter().find(|name| !is_client(name)).or_else(|| config.require.unknown(is_client));
        if let Some(name) = unknown {
            let known: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
            return Err(SessionError::UnknownClient {
                name: name.to_owned(),
                folder: config.clients.clone(),
                known: known.join(" "),
            });
        }
        entries.retain(|entry| selection.clients.is_empty() || selection.clients.contains(&entry.name));
        let mut cases = Suite::load(&config.suites)?.cases;
        let globs = Globs::parse(&selection.cases)?;
        cases.retain(|case| globs.select(&case.name));
        let clients = entries.into_iter().map(|entry| Participant { entry, ready: OnceLock::new() }).collect();
        Ok(Self { clients, cases, require: config.require.clone() })
    }

    /// Every trial: each client with each case that it is for, case by case.
    #[must_use]
    pub fn pairs(&self) -> Vec<Pair> {
        let all = (0..self.cases.len()).flat_map(|case| (0..self.clients.len()).map(move |client| Pair { client, case }));
        all.filter(|pair| self.clients[pair.client].is_for(&self.cases[pair.case])).collect()
    }

    /// The name of a trial: `python::text/euro`.
    #[must_use]
    pub fn name(&self, pair: Pair) -> String {
        format!("{}::{}", self.clients[pair.client].entry.name, self.cases[pair.case].name)
    }

    /// Runs one trial. Its client is made ready first, where that has not been done.
    #[must_use]
    pub fn run(&self, pair: Pair, capture: &Path, interrupt: &Interrupt) -> Trial {
        let participant = &self.clients[pair.client];
        if interrupt.is_stopped() {
            return Trial::not_run(Verdict::Interrupted, "the run was stopped first".into());
        }
        let client = match &participant.entry.client {
            Ok(client) => client,
            Err(error) => return Trial::not_run(Verdict::SetupError, error.to_string()),
        };
        match participant.ready(interrupt) {
            Ok(ready) => trial::run(client, ready, &self.cases[pair.case], capture, interrupt),
            Err(NotReady::Missing(why)) => Trial::not_run(Verdict::Missing, why.clone()),
            Err(NotReady::Broken(why)) => Trial::not_run(Verdict::SetupError, why.clone()),
        }
    }

    /// Whether a trial with this verdict makes the run fail.
    #[must_use]
    pub fn fails(&self, pair: Pair, verdict: Verdict) -> bool {
        let required = self.require.includes(&self.clients[pair.client].entry.name);
        verdict.is_failure() || (verdict == Verdict::Missing && required)
    }
}

impl Participant {
    /// Makes the client ready, at most once.
    ///
    /// # Errors
    /// It is missing or broken, and why.
    pub fn ready(&self, interrupt: &Interrupt) -> Result<&Ready, &NotReady> {
        let prepare = || match &self.entry.client {
            Ok(client) => toolchain::prepare(client, interrupt),
            Err(error) => Err(NotReady::Broken(error.to_string())),
        };
        self.ready.get_or_init(prepare).as_ref()
    }

    /// How to install what it needs, for people.
    #[must_use]
    pub fn install_hint(&self) -> Option<String> {
        let install = &self.entry.client.as_ref().ok()?.install;
        let commands: Vec<String> = install.iter().map(|(manager, what)| format!("{manager} install {what}")).collect();
        (!commands.is_empty()).then(|| commands.join(", or "))
    }

    fn is_for(&self, case: &Case) -> bool {
        self.entry.client.as_ref().map_or(true, |client| client.is_for(case))
    }
}

struct Globs {
    wanted: Vec<GlobMatcher>,
    unwanted: Vec<GlobMatcher>,
}

impl Globs {
    fn parse(texts: &[String]) -> Result<Self, SessionError> {
        let mut globs = Self { wanted: Vec::new(), unwanted: Vec::new() };
        for text in texts {
            let (list, glob) = match text.strip_prefix('!') {
                Some(glob) => (&mut globs.unwanted, glob),
                None => (&mut globs.wanted, text.as_str()),
            };
            let glob = Glob::new(glob).map_err(|source| SessionError::Glob { glob: text.clone(), source })?;
            list.push(glob.compile_matcher());
        }
        Ok(globs)
    }

    fn select(&self, name: &str) -> bool {
        let wanted = self.wanted.is_empty() || self.wanted.iter().any(|glob| glob.is_match(name));
        wanted && !self.unwanted.iter().any(|glob| glob.is_match(name))
    }
}
