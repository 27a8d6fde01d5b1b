//! A client: a sender program under test, as its `client.toml` says it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::client::placeholders::{OF_TLS, TELLING};
use crate::client::profile::Profile;
use crate::client::version::Version;
use crate::source::Location;
use crate::suite::address::{Addressing, Family};
use crate::suite::case::Case;
use crate::suite::contract::Contract;
use crate::suite::globs::CaseGlobs;

/// The time limit of a client that says none.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// What a client `lacks` that cannot connect to an IPv6 address.
pub(crate) const IPV6: &str = "ipv6";

/// The names that diagnoses have.
pub type Causes = BTreeSet<&'static str>;

/// A sender program under test.
#[derive(Debug, Clone)]
pub struct Client {
    /// The folder's name, and behind an `@` the variant's: `netcat@ncat`.
    pub name: String,
    /// The folder, absolute.
    pub folder: PathBuf,
    /// What it is, for people.
    pub about: String,
    /// Programs that must be on PATH.
    pub needs: Vec<String>,
    /// Prints its version; must end in `version_status`.
    pub version: Vec<String>,
    /// The status that `version` ends in.
    pub version_status: i32,
    /// The least version that it needs, as `3.8`; held against the first number with dots that `version` prints.
    pub at_least: Option<String>,
    /// Must end in 0 where it is given.
    pub check: Vec<String>,
    /// How to install what is needed: by package manager.
    pub install: BTreeMap<String, String>,
    /// Prints the path of the program that `{program}` stands for; may be empty.
    pub locate: Vec<String>,
    /// Builds it; may be empty.
    pub build: Vec<String>,
    /// Globs of the files outside of the folder that `build` depends on.
    pub inputs: Vec<String>,
    /// Whether `build` is run each time, in place.
    pub each_run: bool,
    /// Starts it.
    pub run: Vec<String>,
    /// The file that becomes its stdin, relative to its folder; with placeholders.
    pub stdin: Option<String>,
    /// Whether it never ends by itself, and is told to when all that was expected of it has come.
    pub ends_when_received: bool,
    /// The words of a plan that it cannot do, and `ipv6`.
    pub lacks: Vec<String>,
    /// The addresses that it connects to, where it cannot be told; the first is `{host}` and `{port}`.
    pub listen: Vec<SocketAddr>,
    /// Names of hosts that lead to the recorder.
    pub hosts: Vec<String>,
    /// Whether it must reach other things of the machine's network, and so has none of its own.
    pub shares_network: bool,
    /// Its time limit for one trial.
    pub timeout: Duration,
    /// Variables beyond what every trial gets.
    pub env: BTreeMap<String, String>,
    /// Variables that are passed through where they are set.
    pub pass_env: Vec<String>,
    /// Where cases are known to fail.
    pub known_failures: Vec<KnownFailure>,
    /// Whether it may be missing even where everything is required.
    pub optional: bool,
    pub(super) cases: CaseGlobs,
}

/// A case that is known to fail, and why.
#[derive(Debug, Clone)]
pub struct KnownFailure {
    /// The full name of the case.
    pub case: String,
    /// The profile it fails in; every one where none is named.
    pub profile: Option<Profile>,
    /// Why, and where that is followed up.
    pub reason: String,
    /// The diagnosis that it must have, where one is named.
    pub diagnosis: Option<String>,
    /// The last day on which it may fail, as `2026-12-31`.
    pub until: Option<String>,
    /// The version of the client below which it fails, as `2.3`; every one where none is named.
    pub below: Option<String>,
    /// Where it is written.
    pub location: Location,
}

impl Client {
    /// Whether its `cases` take this one away by name, with a `!`.
    pub(crate) fn takes_away(&self, case: &Case) -> bool {
        self.cases.takes_away(&case.name)
    }

    /// The globs of its `cases` that match none of these.
    pub(crate) fn useless_globs<'a>(&self, cases: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
        self.cases.useless(cases)
    }

    /// Whether this client is for `case`: it reads what the case tells, and does not limit itself to others.
    #[must_use]
    pub fn is_for(&self, case: &Case) -> bool {
        if let Some(contract) = &case.contract {
            return self.uses("{plan}") && self.is_held_to(contract);
        }
        let plan = !self.uses("{plan}") || case.plan.is_some();
        // What is told of TLS is nothing where there is none.
        let tls = case.tls.clients.is_some() || !OF_TLS.iter().any(|placeholder| self.uses(placeholder));
        plan && tls && self.has_input_of(case) && self.cases.has(&case.name) && self.can_be_at(&case.addressing)
    }

    /// Whether this rule of the contract concerns it.
    #[must_use]
    pub fn is_held_to(&self, rule: &Contract) -> bool {
        match rule {
            Contract::Lacks(word) => self.lacks.contains(word),
            // Who cannot half-close has nothing left to read from once it has said FIN.
            Contract::HeldClose | Contract::LongHeldClose => self.can("half-close"),
            Contract::ConnectAfterClose => self.can("half-close") && self.can("connect"),
            Contract::UnknownWordBehindConnect => self.can("connect"),
            Contract::LongPause => self.can("pause"),
            Contract::UnknownWord | Contract::MissingPlan | Contract::RefusedConnection => true,
        }
    }

    /// Whether it has a trial in this profile: one that is told through its stdin has none without, and
    /// one that cannot be told where to connect has none elsewhere.
    #[must_use]
    pub fn runs_in(&self, profile: Profile) -> bool {
        match profile {
            Profile::ClosedStdin => self.stdin.is_none(),
            Profile::Ipv6 => self.listen.is_empty() && self.can(IPV6),
            Profile::Default | Profile::CLocale => true,
        }
    }

    /// Whether it can connect to where a case has its recorder.
    fn can_be_at(&self, addressing: &Addressing) -> bool {
        let family = addressing.listen.first().map(|address| Family::of(*address)).or(addressing.family);
        // A case that names an address knows better; one that names a family cannot change whom a client connects to.
        let is_elsewhere = |family| addressing.listen.is_empty() && self.listen.iter().all(|own| Family::of(*own) != family);
        family
            .is_none_or(|family| (family == Family::Ipv4 || self.can(IPV6)) && (self.listen.is_empty() || !is_elsewhere(family)))
    }

    /// The words of a plan that it lacks.
    pub(crate) fn lacked_words(&self) -> impl Iterator<Item = &String> {
        self.lacks.iter().filter(|word| *word != IPV6)
    }

    /// Whether this case has the input that the client is told. A stdin may be empty where the client is told otherwise what to
    /// send, or where the case tells nobody anything.
    fn has_input_of(&self, case: &Case) -> bool {
        if case.input.is_some() || case.generate.is_some() || !self.uses("{input}") {
            return true;
        }
        let by_stdin_alone = !self.told().any(|text| text.contains("{input}"));
        let told_otherwise = self.cases.names_cases() || self.told().any(|text| TELLING.iter().any(|name| text.contains(name)));
        by_stdin_alone && (told_otherwise || case.plan.is_none())
    }

    /// Whether it can do a word, as far as it says.
    #[must_use]
    pub fn can(&self, word: &str) -> bool {
        !self.lacks.iter().any(|lacking| lacking == word)
    }

    /// A word that `case` needs and this client lacks.
    #[must_use]
    pub fn lacks_word_of(&self, case: &Case) -> Option<&str> {
        let plan = case.plan.as_ref().filter(|_| self.uses("{plan}"))?;
        self.lacks.iter().find(|word| plan.uses(word)).map(String::as_str)
    }

    /// Whether it is told this placeholder: in `run`, in `env` or by its `stdin`.
    #[must_use]
    pub fn uses(&self, placeholder: &str) -> bool {
        self.told().chain(&self.stdin).any(|text| text.contains(placeholder))
    }

    /// What it is told when it starts, but for its stdin.
    fn told(&self) -> impl Iterator<Item = &String> {
        self.run.iter().chain(self.env.values())
    }

    /// All that is said of it and decides a trial: the same text for the same client.
    pub(crate) fn said(&self) -> String {
        let said = (&self.needs, &self.version, &self.at_least, &self.check, &self.build, &self.run, &self.lacks, &self.timeout);
        let more = (&self.env, &self.pass_env, self.cases.texts().collect::<Vec<_>>(), self.optional);
        let built = (&self.inputs, self.each_run, &self.stdin, self.version_status);
        let known = self.known_failures.iter().map(|known| (&known.case, known.profile, &known.diagnosis, &known.until));
        let place = (&self.listen, &self.hosts, self.shares_network);
        // Said only where there is something to say: it is part of what reports of other versions hold.
        let place = if place == (&Vec::new(), &Vec::new(), false) { String::new() } else { format!("{place:?}") };
        let locate = if self.locate.is_empty() { String::new() } else { format!("{:?}", self.locate) };
        let ends = if self.ends_when_received { "when-received" } else { "" };
        format!("{said:?}{more:?}{built:?}{:?}{place}{locate}{ends}", known.collect::<Vec<_>>())
    }

    /// The programs that it is made of and run with, as its file names them.
    pub fn programs(&self) -> impl Iterator<Item = &str> {
        let started = [&self.run, &self.build, &self.version].into_iter().filter_map(|argv| argv.first());
        self.needs.iter().chain(started).map(String::as_str)
    }

    /// The entry that says that it fails on this case in this profile; and, where none does of a client whose `version` prints
    /// `printed`, why this one does not. Its last day is not before `today`.
    #[must_use]
    pub fn known_failure(
        &self,
        case: &Case,
        profile: Profile,
        (today, printed): (&str, &str),
    ) -> Option<(&KnownFailure, Option<String>)> {
        let of_it = self.known_failures.iter().filter(|known| known.is_of(case, profile) && !known.is_over(today));
        let mut judged = of_it.map(|known| (known, known.beyond(printed)));
        let first = judged.next()?;
        if first.1.is_none() {
            return Some(first);
        }
        Some(judged.find(|(_, beyond)| beyond.is_none()).unwrap_or(first))
    }

    pub(super) fn is_told_the_case(&self) -> bool {
        TELLING.iter().any(|placeholder| self.uses(placeholder))
    }
}

impl KnownFailure {
    /// Whether it speaks of this case in this profile.
    #[must_use]
    pub fn is_of(&self, case: &Case, profile: Profile) -> bool {
        self.case == case.name && self.profile.is_none_or(|only| only == profile)
    }

    /// Why it says nothing of a client whose `version` prints this; nothing where it does.
    #[must_use]
    pub fn beyond(&self, printed: &str) -> Option<String> {
        let below = Version::of(self.below.as_ref()?);
        match (Version::of(printed), below) {
            (Some(version), Some(below)) if !version.is_at_least(&below) => None,
            (Some(version), _) => Some(format!("this is {version}")),
            (None, _) => Some(format!("there is no version in what it prints (`{printed}`)")),
        }
    }

    /// Whether its last day was before `today`, a date as `2026-12-31`.
    #[must_use]
    pub fn is_over(&self, today: &str) -> bool {
        self.until.as_deref().is_some_and(|until| until < today)
    }
}
