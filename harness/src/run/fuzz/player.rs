//! A client that is fuzzed: it is launched with plans, and judged plan by plan.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::client::Client;
use crate::client::profile::Profile;
use crate::judge::verdict::Verdict;
use crate::run::fuzz::blame::{Outcome, outcomes};
use crate::run::fuzz::fault::Fault;
use crate::run::fuzz::launch::Launch;
use crate::run::session::Session;
use crate::suite::plan::Draft;
use crate::trial::capture::received;
use crate::trial::difference::LOOKED_AT;
use crate::trial::{Interrupt, Launcher, Trial};

/// What a launch has beyond its pauses, and beyond what a start of its client takes.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many times as long as alone a start may take while others run.
const STARTS: u32 = 4;

/// How often a launch is begun again behind a plan that stopped it. What is left of the launch then is not judged.
const STOPS: usize = 10;

/// All that players share.
#[derive(Clone, Copy)]
pub(crate) struct Stage<'a> {
    /// The clients.
    pub session: &'a Session,
    /// Where captures are while they are looked at.
    pub folder: &'a Path,
    /// The wish that everything ends.
    pub interrupt: &'a Interrupt,
}

/// A client in a profile.
pub(crate) struct Player<'a> {
    stage: Stage<'a>,
    /// Its place among the session's clients.
    pub client: usize,
    /// The environment.
    pub profile: Profile,
    says: &'a Client,
    limit: Duration,
    launches: AtomicU64,
}

/// A launch that was made, and what came of it.
pub(crate) struct Played {
    /// The plans, as this client got them.
    pub launch: Launch,
    /// What the trial left behind.
    pub trial: Trial,
    /// What came of each plan.
    pub outcomes: Vec<Outcome>,
}

impl<'a> Player<'a> {
    /// Gets a client ready, and sees how long it takes to do nothing.
    ///
    /// # Errors
    /// It cannot be run: which verdict says so, and why.
    pub(crate) fn new(stage: Stage<'a>, (client, profile): (usize, Profile)) -> Result<Self, (Verdict, String)> {
        let participant = &stage.session.clients[client];
        let says = participant.entry.client.as_ref().map_err(|error| (Verdict::SetupError, error.to_string()))?;
        let mut player = Self { stage, client, profile, says, limit: says.timeout, launches: AtomicU64::new(0) };
        let nothing = Draft { lines: Vec::new(), is_ended: true };
        let trial = player.trial("nothing", &[nothing], None).map(|(_, trial, _)| trial);
        let trial = trial.ok_or_else(|| (Verdict::SetupError, "the empty plan is not valid".to_owned()))?;
        if trial.observed.is_none() {
            return Err((trial.judgement.verdict, trial.problem.unwrap_or_default()));
        }
        player.limit = PATIENCE + trial.duration * STARTS;
        Ok(player)
    }

    /// The client and the profile, as `--client` takes them.
    pub(crate) fn name(&self) -> String {
        let client = &self.stage.session.clients[self.client].entry.name;
        if self.profile == Profile::Default { client.clone() } else { format!("{client}+{}", self.profile) }
    }

    /// A plan as this client gets it: without what it lacks.
    pub(crate) fn adapted(&self, draft: &Draft) -> Draft {
        draft.without(|word| !self.says.can(word))
    }

    /// Whether it can have several plans in one launch.
    pub(crate) fn can_connect_again(&self) -> bool {
        self.says.can("connect")
    }

    /// Whether it lacks a word of a plan.
    pub(crate) fn lacks_word_of(&self, draft: &Draft) -> bool {
        draft.lines.iter().filter_map(|line| Draft::word(line)).any(|word| !self.says.can(word))
    }

    /// How many launches it had.
    pub(crate) fn launches(&self) -> u64 {
        self.launches.load(Ordering::Relaxed)
    }

    /// Launches it once with plans. Nothing where they cannot be launched together.
    pub(crate) fn play(&self, name: &str, drafts: &[Draft]) -> Option<Played> {
        let (launch, trial, captured) = self.trial(name, drafts, Some(self.limit))?;
        let outcomes = outcomes(&launch, &trial, &captured);
        Some(Played { launch, trial, outcomes })
    }

    /// As [`play`](Self::play), of one plan, with all the time that the client says it takes.
    pub(crate) fn play_patiently(&self, name: &str, draft: &Draft) -> Option<Played> {
        let patience = self.says.timeout.max(self.limit);
        let (launch, trial, captured) = self.trial(name, std::slice::from_ref(draft), Some(patience))?;
        let outcomes = outcomes(&launch, &trial, &captured);
        Some(Played { launch, trial, outcomes })
    }

    /// Launches it with plans as often as it takes to judge each, and says which are wrong, by their places.
    ///
    /// # Errors
    /// A trial did not come about, and why.
    pub(crate) fn judge(&self, name: &str, drafts: &[Draft]) -> Result<Vec<(usize, Fault)>, String> {
        let (mut wrong, mut whole) = (Vec::new(), None);
        let mut stops = 0;
        let mut queue: Vec<(usize, &[Draft])> =
            if self.can_connect_again() { vec![(0, drafts)] } else { drafts.chunks(1).enumerate().rev().collect() };
        while let Some((first, drafts)) = queue.pop() {
            let Some(played) = self.play(name, drafts) else { return Err("plans could not be launched together".into()) };
            if let Some(problem) = played.trial.problem {
                return if self.stage.interrupt.is_stopped() { Ok(wrong) } else { Err(problem) };
            }
            let fault = Fault::of(&played.trial, &played.launch.case);
            whole = whole.or(fault.map(|fault| (first + drafts.len() - 1, fault)));
            let unknown = played.outcomes.iter().position(|outcome| *outcome == Outcome::Unknown);
            let judged = played.outcomes.into_iter().enumerate().filter_map(|(place, outcome)| match outcome {
                Outcome::Wrong(fault) => Some((first + place, fault)),
                _ => None,
            });
            wrong.extend(judged);
            let Some(unknown) = unknown.filter(|_| !self.stage.interrupt.is_stopped()) else { continue };
            stops += 1;
            if stops > STOPS {
                break;
            }
            queue.extend(rest(first, drafts, unknown).into_iter().rev());
        }
        // What fails only in company is said of the last plan of the launch.
        if wrong.is_empty() && !self.stage.interrupt.is_stopped() {
            wrong.extend(whole);
        }
        Ok(wrong)
    }

    fn trial(&self, name: &str, drafts: &[Draft], limit: Option<Duration>) -> Option<(Launch, Trial, Vec<Vec<u8>>)> {
        let launch = Launch::of(name, drafts).ok()?;
        let number = self.launches.fetch_add(1, Ordering::Relaxed);
        let capture = self.stage.folder.join(format!("{}-{}-{number}.jsonl", self.client, self.profile));
        let limit = limit.map(|limit| limit + launch.pauses());
        let who = (self.client, self.profile);
        let ourselves = (capture.as_path(), &Launcher::Ourselves);
        let trial = self.stage.session.run_case(who, (&launch.case, limit), ourselves, self.stage.interrupt);
        let captured = match trial.judgement.verdict {
            Verdict::Passed => Vec::new(),
            _ => received(&capture, LOOKED_AT).unwrap_or_default(),
        };
        // It has been read, and its folder goes at the end.
        let _ = fs::remove_file(&capture);
        Some((launch, trial, captured))
    }
}

/// What is to be launched next, where nothing is known from a place on: the rest, or both halves where nothing is known at all.
fn rest(first: usize, drafts: &[Draft], unknown: usize) -> Vec<(usize, &[Draft])> {
    match drafts.len() {
        1 => Vec::new(),
        all if unknown == 0 => {
            let (one, other) = drafts.split_at(all / 2);
            vec![(first, one), (first + all / 2, other)]
        }
        _ => vec![(first + unknown, &drafts[unknown..])],
    }
}
