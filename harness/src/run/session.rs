//! A session: the clients and cases that were found and selected, and the trials that they make.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use crate::client::contract_cases;
use crate::client::profile::Profile;
use crate::client::{self, Entry};
use crate::judge::diagnosis;
#[cfg(feature = "cli")]
use crate::judge::messages::{Direction, Message};
use crate::judge::verdict::Verdict;
use crate::printable::shell_command;
use crate::report::{Told, complaint};
use crate::run::absence::Absence;
use crate::run::field_names::refuse_misspelt;
use crate::run::participant::Participant;
use crate::run::peek::Peeks;
use crate::run::selection::{GlobError, Selection, Selector};
use crate::source::FileError;
use crate::suite::config::{Config, Require};
use crate::suite::contract::Contract;
use crate::suite::names::{client_of, folder_of, profile_of};
use crate::suite::{Case, Defined, PacketsMode, Redaction, Suite, digests};
#[cfg(feature = "cli")]
use crate::trial::decoder::DecodeError;
use crate::trial::decoder::Running;
#[cfg(feature = "cli")]
use crate::trial::dialogue::Dialogue;
use crate::trial::place::Places;
use crate::trial::server::{Behind, ReadyServers};
use crate::trial::tls::RunAuthority;
use crate::trial::toolchain::NotReady;
use crate::trial::{self, Interrupt, Launcher, Setting, Trial};

/// Clients and cases, ready to be tried with each other.
#[derive(Debug)]
pub struct Session {
    /// The clients.
    pub clients: Vec<Participant>,
    /// The cases.
    pub cases: Vec<Case>,
    /// A digest of each case.
    pub(crate) digests: Vec<String>,
    /// What the suites say of their versions.
    pub(crate) versions: Vec<String>,
    /// The trials that were selected, case by case.
    pub trials: Vec<Planned>,
    /// The names of all trials of the selected cases and profiles, whatever clients and shard were selected.
    pub planned: Vec<String>,
    /// What is wrong whatever the trials do: a client for which there is no case, a case for which there is no client.
    pub problems: Vec<String>,
    /// The cases that no client is for.
    pub(crate) unclaimed: Vec<String>,
    /// What is to be said and fails nothing.
    pub remarks: Vec<String>,
    /// The clients whose toolchain must be there.
    pub require: Require,
    /// The day of the session, as `2026-12-31`.
    pub today: String,
    /// What `samewire.toml` defines.
    pub defined: Defined,
    /// How its report says paths.
    pub(crate) told: Told,
    /// Where trials take place.
    places: Places,
    /// What decodes.
    running: Running,
    /// Who signs certificates.
    authority: RunAuthority,
    /// What answers.
    servers: ReadyServers,
    /// Who opens the files of the suite while trials run.
    peeks: OnceLock<Peeks>,
}

/// A trial to be run: which client, which case, in which profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// Index into [`Session::clients`].
    pub client: usize,
    /// Index into [`Session::cases`].
    pub case: usize,
    /// The environment.
    pub profile: Profile,
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
        folder: PathBuf,
        /// Their names.
        known: String,
    },
    /// A profile that is not there.
    #[error("there is no profile {0:?}; there are: {known}", known = Profile::ALL.map(Profile::name).join(" "))]
    UnknownProfile(String),
    /// A glob that is none.
    #[error(transparent)]
    Glob(#[from] GlobError),
}

impl Session {
    /// Loads what `config` names, and keeps what `selection` asks for. `today` is a day, as `2026-12-31`.
    ///
    /// # Errors
    /// A folder or suite is not as it should be, or the selection names what is not there. A client that is broken is no
    /// error: its trials end in `setup-error`.
    pub fn load(config: &Config, selection: &Selection, today: &str) -> Result<Self, SessionError> {
        let entries = entries(config, selection)?;
        let (suite, unwritten) = Suite::load_parted(&config.suites, &config.defined)?;
        refuse_selected(&unwritten, &entries, &selection.selector()?)?;
        let generated: Vec<String> = generated(&unwritten, &selection.selector()?);
        let mut cases = suite.cases;
        cases.extend(contract_cases::cases(&entries));
        let mut session = Self::of(entries, cases, config, selection, today)?.hiding(&suite.redaction);
        session.remarks.extend(suite.remarks);
        session
            .remarks
            .extend(generated.iter().map(|name| format!("{name} is for `samewire fuzz` alone: its input is made at random")));
        session.versions = suite.versions;
        session.remarks.extend(client::passed_over(&config.clients));
        Ok(session)
    }

    /// As [`Session::load`], of the cases that say nothing yet of what is expected, in the default profile alone.
    ///
    /// # Errors
    /// As of [`Session::load`].
    pub fn load_unwritten(config: &Config, selection: &Selection, today: &str) -> Result<Self, SessionError> {
        let suite = Suite::load_unwritten(&config.suites, &config.defined)?;
        let mut session = Self::of(entries(config, selection)?, suite.cases, config, selection, today)?.hiding(&suite.redaction);
        session.trials.retain(|planned| planned.profile == Profile::Default);
        // They are only some of the cases, so what the others would have is not missing.
        (session.problems, session.remarks) = (Vec::new(), suite.remarks);
        session.remarks.extend(client::passed_over(&config.clients));
        Ok(session)
    }

    /// As [`Session::load`], of the cases whose input is made at random, in the default profile alone.
    ///
    /// # Errors
    /// As of [`Session::load`].
    #[cfg(feature = "cli")]
    pub(crate) fn load_generated(config: &Config, selection: &Selection, today: &str) -> Result<Self, SessionError> {
        let suite = Suite::load_generated(&config.suites, &config.defined)?;
        let mut session = Self::of(entries(config, selection)?, suite.cases, config, selection, today)?.hiding(&suite.redaction);
        session.trials.retain(|planned| planned.profile == Profile::Default);
        // They are only some of the cases, so what the others would have is not missing.
        (session.problems, session.remarks) = (Vec::new(), Vec::new());
        Ok(session)
    }

    fn of(
        entries: Vec<Entry>,
        cases: Vec<Case>,
        config: &Config,
        selection: &Selection,
        today: &str,
    ) -> Result<Self, SessionError> {
        let selector = selection.selector()?;
        let leading: Vec<_> = entries.iter().map(|entry| leading(&cases, entry)).collect();
        let mut absence = Absence::default();
        absence.known_failures(&entries, &cases, &leading, today);
        absence.selection(&selector, &entries, &cases);
        let clients = entries.into_iter().map(Participant::new).collect();
        let mut session = Self {
            clients,
            digests: digests(&cases),
            versions: Vec::new(),
            cases,
            trials: Vec::new(),
            planned: Vec::new(),
            problems: absence.problems,
            unclaimed: absence.unclaimed,
            remarks: absence.remarks,
            require: config.require.clone(),
            today: today.to_owned(),
            defined: config.defined.clone(),
            told: Told::from(&config.folder, &std::env::current_dir().unwrap_or_default(), std::env::home_dir())
                .with_temporaries(trial::launch::scratch_prefix())
                .hiding(config.redaction.clone()),
            places: Places::new(config.network, config.packets),
            running: Running::default(),
            authority: RunAuthority::default(),
            servers: ReadyServers::default(),
            peeks: OnceLock::new(),
        };
        session.select(&selector, &leading);
        let used: BTreeSet<usize> = session.trials.iter().map(|planned| planned.case).collect();
        refuse_misspelt(&session.running, used.into_iter().map(|case| &session.cases[case]))?;
        Ok(session)
    }

    /// Hides what a suite hides too, beside what `samewire.toml` does.
    fn hiding(mut self, redaction: &Redaction) -> Self {
        let mut all = self.told.redaction().clone();
        all.add(redaction);
        self.told = self.told.hiding(all);
        self
    }

    /// The clients that have a trial.
    pub fn selected(&self) -> impl Iterator<Item = &Participant> {
        let used: BTreeSet<usize> = self.trials.iter().map(|planned| planned.client).collect();
        self.clients.iter().enumerate().filter(move |(index, _)| used.contains(index)).map(|(_, participant)| participant)
    }

    /// The name of a trial: `netcat@ncat+c-locale::text/euro`. The default profile has no name in it.
    #[must_use]
    pub fn name(&self, planned: Planned) -> String {
        format!("{}::{}", self.sender(planned), self.cases[planned.case].name)
    }

    /// The client and the profile in the name of a trial, as `--client` takes them.
    #[must_use]
    pub fn sender(&self, planned: Planned) -> String {
        let client = &self.clients[planned.client].entry.name;
        match planned.profile {
            Profile::Default => client.clone(),
            profile => format!("{client}+{profile}"),
        }
    }

    /// The command that runs a trial again.
    #[must_use]
    pub fn repeat(&self, planned: Planned) -> String {
        // The folder of a client that is broken may be called anything.
        shell_command(&["samewire", "run", "--client", &self.sender(planned), "--case", &self.cases[planned.case].name])
    }

    /// Whether a trial is long and does nothing but wait, so that others may run meanwhile.
    #[must_use]
    pub fn only_waits(&self, planned: Planned) -> bool {
        self.cases[planned.case].contract.as_ref().is_some_and(Contract::only_waits)
    }

    /// Runs one trial. Its client is made ready first, where that has not been done.
    #[must_use]
    pub fn run(&self, planned: Planned, capture: &Path, launcher: &Launcher, interrupt: &Interrupt) -> Trial {
        self.run_case((planned.client, planned.profile), (&self.cases[planned.case], None), (capture, launcher), interrupt)
    }

    /// As [`run`](Self::run), of a client (by its place) in a profile, on any case; perhaps with another time limit.
    pub(crate) fn run_case(
        &self,
        (client, profile): (usize, Profile),
        (case, limit): (&Case, Option<Duration>),
        (capture, launcher): (&Path, &Launcher),
        interrupt: &Interrupt,
    ) -> Trial {
        let participant = &self.clients[client];
        if interrupt.is_stopped() {
            return Trial::not_run(Verdict::Interrupted, "the run was stopped first".into());
        }
        let client = match &participant.entry.client {
            Ok(client) => client,
            Err(error) => return Trial::not_run(Verdict::SetupError, error.to_string()),
        };
        match participant.ready(interrupt) {
            Ok(ready) => {
                let decoders = case.decoding.iter().chain(case.output_messages.iter().map(|output| &output.decoding));
                for decoding in decoders {
                    if let Err(why) = self.running.ready(&decoding.decoder, interrupt) {
                        return Trial::not_run(why.verdict(), why.to_string());
                    }
                }
                let place = match self.places.find((client, case, profile), launcher.is_person(), interrupt) {
                    Ok(place) => place,
                    Err(why) => return Trial::not_run(why.verdict(), why.to_string()),
                };
                let server = case.server.as_ref().map(|server| Behind::find(server, &self.servers, &self.places, interrupt));
                let server = match server.transpose() {
                    Ok(server) => server,
                    Err(why) => return Trial::not_run(why.verdict(), why.to_string()),
                };
                // What is recorded is compared with what others send, and hidden when it is written.
                let shown = Redaction::default();
                let setting = Setting {
                    client,
                    ready,
                    case,
                    profile,
                    capture,
                    launcher,
                    place: &place,
                    server: server.as_ref().map(Behind::standing),
                    authority: &self.authority,
                    decoders: &self.running,
                    redaction: if case.unwritten { &shown } else { self.told.redaction() },
                    limit,
                };
                let trial = self.peeks().during(&participant.entry.name, || trial::run(&setting, interrupt));
                trial.held_against(client.known_failure(case, profile, (&self.today, &ready.version)))
            }
            // The client says the whole of it, once.
            Err(why) => Trial::not_run(why.verdict(), in_a_line(why)),
        }
    }

    /// What a client sent on a connection, in messages, where the case says how they are decoded.
    ///
    /// # Errors
    /// The decoder failed.
    #[cfg(feature = "cli")]
    pub(crate) fn messages(
        &self,
        case: &Case,
        dialogue: &Dialogue,
        interrupt: &Interrupt,
    ) -> Result<Option<Vec<Message>>, DecodeError> {
        let Some(decoding) = &case.decoding else { return Ok(None) };
        self.running.messages(&decoding.decoder, Direction::Received, dialogue, interrupt).map(Some)
    }

    /// What is to be said and fails nothing: of what was found, and of what was seen while the trials ran so far.
    #[must_use]
    pub fn asides(&self) -> Vec<String> {
        let seen = self.peeks.get().map(Peeks::remarks).unwrap_or_default();
        let lacking = self.places.remarks();
        let decoders = self.running.remarks().into_iter().chain(self.servers.remarks()).collect::<Vec<_>>();
        self.remarks.iter().chain(&seen).chain(&lacking).chain(&decoders).map(|remark| self.told.text(remark)).collect()
    }

    /// Which trials' packets are kept.
    #[must_use]
    pub fn packets(&self) -> PacketsMode {
        self.places.packets()
    }

    /// The files of the suite are watched from the first trial on.
    fn peeks(&self) -> &Peeks {
        let files = || self.cases.iter().filter(|case| case.contract.is_none()).map(|case| case.location.path.as_path());
        self.peeks.get_or_init(|| Peeks::at(files().collect::<BTreeSet<_>>()))
    }

    /// Whether a trial with this verdict makes the run fail.
    #[must_use]
    pub fn fails(&self, planned: Planned, verdict: Verdict) -> bool {
        verdict.is_failure() || (verdict == Verdict::Missing && self.requires(&self.clients[planned.client]))
    }

    /// Whether a client may not be missing.
    #[must_use]
    pub fn requires(&self, participant: &Participant) -> bool {
        let optional = participant.entry.client.as_ref().is_ok_and(|client| client.optional);
        self.require.includes(&participant.entry.name, optional)
    }

    /// The clients that read plans and are asked for, by their places, in the default profile, or in those that are asked for.
    ///
    /// # Errors
    /// A glob of cases is none.
    #[cfg(feature = "cli")]
    pub(crate) fn players(&self, selection: &Selection) -> Result<Vec<(usize, Profile)>, GlobError> {
        let reads_plans = |one: &Participant| one.entry.client.as_ref().map_or(true, |client| client.uses("{plan}"));
        self.asked(selection, reads_plans)
    }

    /// The clients that are asked for and read no plans, by their places.
    ///
    /// # Errors
    /// A glob of cases is none.
    #[cfg(feature = "cli")]
    pub(crate) fn without_plans(&self, selection: &Selection) -> Result<Vec<usize>, GlobError> {
        let reads_none = |one: &Participant| one.entry.client.as_ref().is_ok_and(|client| !client.uses("{plan}"));
        let all = self.asked(selection, reads_none)?;
        Ok(all.into_iter().filter(|(_, profile)| *profile == Profile::Default).map(|(client, _)| client).collect())
    }

    /// The clients that are asked for, each in the profiles that are, or else in its own.
    #[cfg(feature = "cli")]
    fn asked(&self, selection: &Selection, is_meant: impl Fn(&Participant) -> bool) -> Result<Vec<(usize, Profile)>, GlobError> {
        let selector = selection.selector()?;
        let names_profile = |asked: &String| profile_of(asked).is_some();
        let is_wanted = |profile: Profile, participant: &Participant| {
            let name = &participant.entry.name;
            let asked = |asked: &String| names_profile(asked) && client_of(asked) == *name;
            let is_asked = !selection.profiles.is_empty() || selection.clients.iter().any(asked);
            (is_asked || profile == Profile::Default) && participant.runs_in(profile) && selector.has(name, name, profile)
        };
        let clients = self.clients.iter().enumerate().filter(|(_, participant)| is_meant(participant));
        let of = |(client, participant)| {
            selector
                .profiles()
                .filter(move |profile| is_wanted(*profile, participant))
                .map(move |profile| (client, profile))
                .collect::<Vec<_>>()
        };
        Ok(clients.flat_map(of).collect())
    }

    fn select(&mut self, selector: &Selector<'_>, leading: &[BTreeSet<usize>]) {
        let cases = self.cases.iter().enumerate().filter(|(_, case)| selector.has_case(&case.name));
        for (case, what) in cases {
            for (client, participant) in self.clients.iter().enumerate().filter(|(_, participant)| participant.entry.is_for(what))
            {
                let profiles = selector.profiles().filter(|profile| participant.runs_in(*profile));
                for profile in profiles.filter(|profile| profile.is_for(what, leading[client].contains(&case))) {
                    let planned = Planned { client, case, profile };
                    let name = self.name(planned);
                    if selector.has(&participant.entry.name, &name, profile) {
                        self.trials.push(planned);
                    }
                    self.planned.push(name);
                }
            }
        }
    }
}

/// The names of the selected cases whose input is made at random.
fn generated(unwritten: &[Case], selector: &Selector<'_>) -> Vec<String> {
    let selected = unwritten.iter().filter(|case| case.generate.is_some() && selector.has_case(&case.name));
    selected.map(|case| case.name.clone()).collect()
}

/// Refuses a case that says nothing yet of what is expected, where somebody is to be tried on it.
fn refuse_selected(unwritten: &[Case], entries: &[Entry], selector: &Selector<'_>) -> Result<(), FileError> {
    let is_tried = |case: &Case| {
        let mut clients = entries.iter().filter(|entry| entry.client.as_ref().is_ok_and(|client| client.is_for(case)));
        clients.any(|entry| selector.has(&entry.name, &format!("{}::{}", entry.name, case.name), Profile::Default))
    };
    let mut unwritten = unwritten.iter().filter(|case| case.generate.is_none());
    let selected = unwritten.find(|case| selector.has_case(&case.name) && is_tried(case));
    selected.map_or(Ok(()), |case| Err(case.says_nothing()))
}

/// The clients, once it is clear that there are those that are asked for.
fn entries(config: &Config, selection: &Selection) -> Result<Vec<Entry>, SessionError> {
    let entries = client::load(&config.clients, &diagnosis::names())?;
    check_names(&entries, config, selection)?;
    Ok(entries)
}

fn check_names(entries: &[Entry], config: &Config, selection: &Selection) -> Result<(), SessionError> {
    let is_client = |name: &str| entries.iter().any(|entry| entry.name == name || folder_of(&entry.name) == name);
    let mut asked = selection.clients.iter().map(|asked| client_of(asked));
    if let Some(name) = asked.find(|name| !is_client(name)).or_else(|| config.require.unknown(is_client)) {
        let known: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        return Err(SessionError::UnknownClient {
            name: name.to_owned(),
            folder: config.clients.clone(),
            known: known.join(" "),
        });
    }
    let mut profiles = selection.clients.iter().filter_map(|asked| profile_of(asked));
    match profiles.find(|name| Profile::of(name).is_none()) {
        Some(name) => Err(SessionError::UnknownProfile(name.to_owned())),
        None => Ok(()),
    }
}

/// The first case of each group that is for a client, and that it can do.
fn leading(cases: &[Case], entry: &Entry) -> BTreeSet<usize> {
    let mut groups = BTreeSet::new();
    let is_able =
        |case: &Case| entry.client.as_ref().map_or(true, |client| client.is_for(case) && client.lacks_word_of(case).is_none());
    let able = cases.iter().enumerate().filter(|(_, case)| is_able(case));
    able.filter(|(_, case)| groups.insert(case.group())).map(|(index, _)| index).collect()
}

/// Why a client is not ready, in one line: of all that a program printed, the line that names its failure.
fn in_a_line(why: &NotReady) -> String {
    let (short, whole) = (why.in_short(), why.to_string());
    let printed = whole.split_once('\n').map_or("", |(_, printed)| printed);
    match complaint::of(printed).filter(|complaint| complaint.is_error) {
        Some(complaint) => format!("{short}: {}", complaint.line),
        None => short,
    }
}
