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
use crate::suite::Case;
use crate::suite::plan::Draft;
use crate::trial::capture::received;
use crate::trial::difference::LOOKED_AT;
use crate::trial::{Interrupt, Launcher, Trial};

/// What a launch has beyond its pauses, and beyond what a start of its client takes, and each of its connections.
const PATIENCE: Duration = Duration::from_secs(2);

/// The same for who is known to hang, where it is waited for once more before anything is said.
const HURRY: Duration = Duration::from_millis(500);

/// How many times as long as at first these may take, while others run.
const BUSY: u32 = 4;

/// Connections of the launch that says how long one takes: some clients start a program for each.
const CONNECTIONS: u32 = 8;

/// How often a launch is begun again behind a plan that stopped it. What is left of the launch then is not judged.
const STOPS: usize = 12;

/// How many stops it counts for that a client hung.
const HANG: usize = 2;

/// All that players share.
#[derive(Clone, Copy)]
pub(crate) struct Stage<'a> {
    /// The clients.
    pub session: &'a Session,
    /// Where captures are while they are looked at.
    pub folder: &'a Path,
    /// The wish that everything ends.
    pub interrupt: &'a Interrupt,
    /// How many launches there are at once, of those that keep the machine busy.
    pub jobs: usize,
}

/// How many are launched at once that may hang: most of them do nothing meanwhile.
const AT_ONCE: usize = 12;

/// A client in a profile.
pub(crate) struct Player<'a> {
    stage: Stage<'a>,
    /// Its place among the session's clients.
    pub client: usize,
    /// The environment.
    pub profile: Profile,
    says: &'a Client,
    pace: Pace,
    launches: AtomicU64,
}

/// How long a client takes to do nothing.
#[derive(Debug, Clone, Copy, Default)]
struct Pace {
    start: Duration,
    connection: Duration,
}

impl Pace {
    /// How long a launch with so many connections may take at the most.
    fn limit(self, patience: Duration, connections: usize) -> Duration {
        patience + (self.start + self.connection * u32::try_from(connections).unwrap_or(u32::MAX)) * BUSY
    }
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

impl Played {
    /// Whether the cause of a fault holds of what came of a plan, whatever else would explain that better.
    pub(crate) fn holds(&self, place: usize, fault: &Fault) -> bool {
        let Some(observed) = &self.trial.observed else { return false };
        let Some(seen) = observed.connections.get(self.launch.connections(place)) else { return false };
        let heads: Vec<&[u8]> = seen.iter().map(|seen| seen.head.as_slice()).collect();
        fault.holds_of(&self.launch.plans[place], &heads)
    }
}

/// What came of plans that were launched as often as it took.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// Which are wrong, by their places, and how.
    pub wrong: Vec<(usize, Fault)>,
    /// Which nobody could judge: they stood behind others that stopped the client, too often.
    pub unknown: Vec<usize>,
}

impl<'a> Player<'a> {
    /// Gets a client ready, and sees how long it takes to do nothing.
    ///
    /// # Errors
    /// It cannot be run: which verdict says so, and why.
    pub(crate) fn new(stage: Stage<'a>, (client, profile): (usize, Profile)) -> Result<Self, (Verdict, String)> {
        let participant = &stage.session.clients[client];
        let says = participant.entry.client.as_ref().map_err(|error| (Verdict::SetupError, error.to_string()))?;
        let mut player = Self { stage, client, profile, says, pace: Pace::default(), launches: AtomicU64::new(0) };
        let trial = player.nothing(1);
        if trial.observed.is_none() {
            return Err((trial.judgement.verdict, trial.problem.unwrap_or_default()));
        }
        player.pace = player.measured(&trial);
        Ok(player)
    }

    /// How long it takes, where a first `trial` went well; of one that did not, nothing can be told.
    fn measured(&self, trial: &Trial) -> Pace {
        let start = trial.duration;
        match trial.judgement.verdict {
            Verdict::Passed if self.can_connect_again() => {
                let more = self.nothing(1 + CONNECTIONS);
                let is_right = more.judgement.verdict == Verdict::Passed;
                let connection = if is_right { more.duration.saturating_sub(start) / CONNECTIONS } else { Duration::ZERO };
                Pace { start, connection }
            }
            Verdict::Passed => Pace { start, connection: Duration::ZERO },
            _ => Pace::default(),
        }
    }

    /// A trial of so many connections on which little happens, with all the time that the client says it takes.
    fn nothing(&self, connections: u32) -> Trial {
        let little = Draft { lines: vec!["bytes 61".into()], is_ended: true };
        let little: Vec<Draft> = (0..connections).map(|_| self.adapted(&little)).collect();
        let trial = self.trial("nothing", &little, Some(self.says.timeout)).map(|(_, trial, _)| trial);
        trial.unwrap_or_else(|| Trial::not_run(Verdict::SetupError, "plans could not be launched together".into()))
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

    /// How many launches there are at once of those that may hang: one where there is to be only one, since some clients cannot run twice.
    pub(crate) fn at_once(&self) -> usize {
        if self.stage.jobs == 1 { 1 } else { AT_ONCE }
    }

    /// How many launches it had.
    pub(crate) fn launches(&self) -> u64 {
        self.launches.load(Ordering::Relaxed)
    }

    /// Launches it once with plans. Nothing where they cannot be launched together.
    pub(crate) fn play(&self, name: &str, drafts: &[Draft]) -> Option<Played> {
        self.play_within(name, drafts, None)
    }

    /// As [`play`](Self::play), of one that hangs, in less time.
    pub(crate) fn play_hurriedly(&self, name: &str, drafts: &[Draft]) -> Option<Played> {
        let connections = drafts.iter().map(Draft::connections).sum();
        self.play_within(name, drafts, Some(self.pace.limit(HURRY, connections)))
    }

    fn play_within(&self, name: &str, drafts: &[Draft], limit: Option<Duration>) -> Option<Played> {
        let (launch, trial, captured) = self.trial(name, drafts, limit)?;
        let outcomes = outcomes(&launch, &trial, &captured);
        Some(Played { launch, trial, outcomes })
    }

    /// As [`play`](Self::play), of one plan, with all the time that the client says it takes.
    pub(crate) fn play_patiently(&self, name: &str, draft: &Draft) -> Option<Played> {
        let patience = self.says.timeout.max(self.pace.limit(PATIENCE, draft.connections()));
        self.play_within(name, std::slice::from_ref(draft), Some(patience))
    }

    /// Launches it with plans as often as it takes to judge each, and says which are wrong, and which nobody could judge.
    ///
    /// # Errors
    /// A trial did not come about, and why.
    pub(crate) fn judge(&self, name: &str, drafts: &[Draft]) -> Result<Judged, String> {
        let (mut judged, mut whole) = (Judged::default(), None);
        let mut stops = 0;
        let mut queue: Vec<(usize, &[Draft])> =
            if self.can_connect_again() { vec![(0, drafts)] } else { drafts.chunks(1).enumerate().rev().collect() };
        while let Some((first, drafts)) = queue.pop() {
            let Some(played) = self.play(name, drafts) else { return Err("plans could not be launched together".into()) };
            if let Some(problem) = played.trial.problem {
                return if self.stage.interrupt.is_stopped() { Ok(judged) } else { Err(problem) };
            }
            let fault = Fault::of(&played.trial, &played.launch.case);
            whole = whole.or(fault.map(|fault| (first + drafts.len() - 1, fault)));
            let unknown = played.outcomes.iter().position(|outcome| *outcome == Outcome::Unknown);
            let wrong = played.outcomes.into_iter().enumerate().filter_map(|(place, outcome)| match outcome {
                Outcome::Wrong(fault) => Some((first + place, fault)),
                _ => None,
            });
            judged.wrong.extend(wrong);
            let Some(unknown) = unknown.filter(|_| !self.stage.interrupt.is_stopped()) else { continue };
            // One that hung took all the time that it had.
            stops += if played.trial.judgement.verdict == Verdict::TimedOut { HANG } else { 1 };
            let rest = rest(first, drafts, unknown);
            if rest.is_empty() {
                judged.unknown.push(first);
            }
            queue.extend(rest.into_iter().rev());
            if stops > STOPS {
                judged.unknown.extend(queue.drain(..).flat_map(|(first, drafts)| first..first + drafts.len()));
            }
        }
        // What fails only in company is said of the last plan of the launch.
        if judged.wrong.is_empty() && !self.stage.interrupt.is_stopped() {
            judged.wrong.extend(whole);
        }
        Ok(judged)
    }

    /// Whether it can do a case of a suite.
    pub(crate) fn is_for(&self, case: &Case) -> bool {
        self.says.is_for(case) && self.says.lacks_word_of(case).is_none()
    }

    /// Tries it on a case of a suite, as a run does.
    pub(crate) fn try_case(&self, case: &Case) -> Trial {
        self.record(case, None, |_| ()).0
    }

    fn trial(&self, name: &str, drafts: &[Draft], limit: Option<Duration>) -> Option<(Launch, Trial, Vec<Vec<u8>>)> {
        let launch = Launch::of(name, drafts, self.says.can("half-close")).ok()?;
        let limit = limit.unwrap_or_else(|| self.pace.limit(PATIENCE, launch.case.connections.len())) + launch.pauses();
        let (trial, captured) =
            self.record(&launch.case, Some(limit), |capture| received(capture, LOOKED_AT).unwrap_or_default());
        Some((launch, trial, captured))
    }

    /// Launches it on a case; `read` is what is made of the capture of a trial that did not pass, before it is removed.
    fn record<T: Default>(&self, case: &Case, limit: Option<Duration>, read: impl Fn(&Path) -> T) -> (Trial, T) {
        let number = self.launches.fetch_add(1, Ordering::Relaxed);
        let capture = self.stage.folder.join(format!("{}-{}-{number}.jsonl", self.client, self.profile));
        let (who, ourselves) = ((self.client, self.profile), (capture.as_path(), &Launcher::Ourselves));
        let trial = self.stage.session.run_case(who, (case, limit), ourselves, self.stage.interrupt);
        let found = if trial.judgement.verdict == Verdict::Passed { T::default() } else { read(&capture) };
        // It has been read, and its folder goes at the end.
        let _ = fs::remove_file(&capture);
        (trial, found)
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
