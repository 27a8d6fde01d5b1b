//! All that a trial is made of: who sends what, in which environment, where, and who starts it.

use std::path::Path;
use std::time::Duration;

use crate::client::Client;
use crate::client::profile::Profile;
use crate::suite::{Case, Redaction};
use crate::trial::decoder::Running;
use crate::trial::launch::Program;
use crate::trial::place::Place;
use crate::trial::server::Standing;
use crate::trial::tls::RunAuthority;
use crate::trial::toolchain::Ready;

/// All that a trial is made of.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// Who sends.
    pub client: &'a Client,
    /// What is needed to start it.
    pub ready: &'a Ready,
    /// What it sends.
    pub case: &'a Case,
    /// In which environment.
    pub profile: Profile,
    /// The file that the capture goes to.
    pub capture: &'a Path,
    /// Who starts it.
    pub launcher: &'a Launcher,
    /// Where.
    pub place: &'a Place<'a>,
    /// What answers, where a real server does.
    pub(crate) server: Option<Standing<'a>>,
    /// Who signs certificates.
    pub(crate) authority: &'a RunAuthority,
    /// What decodes.
    pub decoders: &'a Running,
    /// What is not to be shown.
    pub redaction: &'a Redaction,
    /// How long the client may take, where that is neither as it nor as its case says.
    pub limit: Option<Duration>,
}

/// Who starts a client.
pub enum Launcher {
    /// We do, with its time limit.
    Ourselves,
    /// A person does, with a debugger perhaps.
    Person {
        /// Is told what there is to start.
        told: Box<dyn Fn(&Program) + Send + Sync>,
        /// How long they may take; none for as long as they like.
        limit: Option<Duration>,
    },
}

impl Launcher {
    /// Whether a person starts it.
    #[must_use]
    pub(crate) fn is_person(&self) -> bool {
        matches!(self, Self::Person { .. })
    }
}
