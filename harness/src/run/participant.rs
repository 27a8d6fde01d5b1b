//! A client of a session, made ready at most once.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::client::Entry;
use crate::client::profile::Profile;
use crate::trial::Interrupt;
use crate::trial::toolchain::{self, NotReady, Ready};

/// A client of a session, made ready at most once.
#[derive(Debug)]
pub struct Participant {
    /// What its folder holds.
    pub entry: Entry,
    ready: OnceLock<Result<Ready, NotReady>>,
    told: AtomicBool,
}

impl Participant {
    pub(super) fn new(entry: Entry) -> Self {
        Self { entry, ready: OnceLock::new(), told: AtomicBool::new(false) }
    }

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

    /// All that there is to say of why it is not ready: the first time that it is asked for, since its trials all fail for it.
    pub(crate) fn why_once(&self) -> Option<String> {
        let why = self.ready.get()?.as_ref().err()?;
        let whole = why.to_string();
        (whole != why.in_short() && !self.told.swap(true, Ordering::Relaxed)).then_some(whole)
    }

    /// How to install what it needs, for people.
    #[must_use]
    pub fn install_hint(&self) -> Option<String> {
        let install = &self.entry.client.as_ref().ok()?.install;
        let commands: Vec<String> = install.iter().map(|(manager, what)| format!("{manager} install {what}")).collect();
        (!commands.is_empty()).then(|| commands.join(", or "))
    }

    /// Whether it has trials in this profile; one that cannot be read has, so that it is told.
    pub(super) fn runs_in(&self, profile: Profile) -> bool {
        self.entry.client.as_ref().map_or(true, |client| client.runs_in(profile))
    }
}
