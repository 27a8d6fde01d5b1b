//! The runs of one client on one case, and what they showed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use samewire_recorder::{CaptureReader, Event};

use crate::judge::messages::Message;
use crate::judge::verdict::Verdict;
use crate::report::TrialReport;
use crate::run::learn::{Facts, Span};
use crate::run::session::{Planned, Session};
use crate::run::witness::{Draft, Witness};
use crate::suite::Case;
use crate::suite::expectation::ExpectedExit;
use crate::trial::capture::sent;
use crate::trial::dialogue::dialogues;
use crate::trial::difference::LOOKED_AT;
use crate::trial::{Interrupt, Launcher, Trial, machine};

/// What the runs of a client on a case showed.
pub(super) struct Attempt {
    pub planned: Planned,
    pub witness: Witness,
    /// The capture of each run.
    pub captures: Vec<PathBuf>,
    /// The verdict of the last run.
    pub verdict: Verdict,
    /// Why it takes no part.
    pub failed: Option<String>,
    /// What is known of each run.
    pub facts: Vec<Facts>,
    /// The messages of each connection in each run, where they are decoded.
    pub messages: Vec<Vec<Vec<Message>>>,
}

impl Attempt {
    pub(super) fn of(session: &Session, planned: Planned) -> Self {
        let client = session.clients[planned.client].entry.name.clone();
        let witness = Witness { client, drafts: Vec::new() };
        Self {
            planned,
            witness,
            captures: Vec::new(),
            verdict: Verdict::Interrupted,
            failed: None,
            facts: Vec::new(),
            messages: Vec::new(),
        }
    }

    /// With one more run; one that failed is not asked again.
    pub(super) fn again(mut self, session: &Session, folder: &Path, interrupt: &Interrupt) -> Self {
        if self.failed.is_some() {
            return self;
        }
        let (planned, run) = (self.planned, self.captures.len() + 1);
        let capture = folder.join(format!("{}-{}-{run}.jsonl", planned.case, planned.client));
        let began = SystemTime::now();
        let trial = session.run(planned, &capture, &Launcher::Ourselves, interrupt);
        self.verdict = trial.judgement.verdict;
        let case = &session.cases[planned.case];
        let draft = Draft::of(&trial)
            .map_err(|why| in_full(session, planned, &trial, why))
            .and_then(|draft| as_received(case, draft, &trial, &capture));
        match draft.and_then(|draft| Ok((draft, messages(session, case, &capture, interrupt)?))) {
            Ok((draft, messages)) => {
                self.facts.push(facts(&trial, &capture, began));
                self.messages.extend(messages);
                self.show(draft, &capture);
            }
            Err(why) if run > 1 => self.failed = Some(format!("in run {run}: {why}")),
            Err(why) => self.failed = Some(why),
        }
        self.captures.push(capture);
        self
    }

    /// One more draft. The capture of one that the first run has shown already is never looked at; one that stays costs only its place.
    fn show(&mut self, draft: Draft, capture: &Path) {
        if self.witness.drafts.first() == Some(&draft) {
            let _ = fs::remove_file(capture);
        }
        self.witness.drafts.push(draft);
    }

    pub(super) fn client(&self) -> &str {
        &self.witness.client
    }
}

/// Why a trial tells nothing: where the client's time was up also what had come by then, and which reply still waited for what.
fn in_full(session: &Session, planned: Planned, trial: &Trial, why: String) -> String {
    match trial.judgement.verdict {
        Verdict::TimedOut => format!("{why}: {}", TrialReport::of(session, planned, trial).sentence()),
        _ => why,
    }
}

/// The draft, where what the plan receives was printed. What is printed freely says nothing of that.
fn as_received(case: &Case, draft: Draft, trial: &Trial, capture: &Path) -> Result<Draft, String> {
    // A client that must fail does not come to the end of its plan.
    let Some(plan) = case.plan.as_ref().filter(|_| case.exit == ExpectedExit::Zero) else { return Ok(draft) };
    let asked = plan.receives();
    if asked.iter().all(|asked| *asked == Some(0)) {
        return draft.that_received(&[], &[]);
    }
    if trial.observed.as_ref().is_some_and(|observed| observed.prints_freely) {
        return Err("it reads no plan, and this case receives: what such a client prints cannot be compared".into());
    }
    let limit = asked.iter().map(|asked| asked.unwrap_or(u64::MAX)).max().unwrap_or_default();
    let sent = sent(capture, usize::try_from(limit).unwrap_or(usize::MAX)).map_err(|error| error.to_string())?;
    draft.that_received(&asked, &sent)
}

/// The messages of each connection; nothing where the case does not say how they are decoded.
fn messages(session: &Session, case: &Case, capture: &Path, interrupt: &Interrupt) -> Result<Option<Vec<Vec<Message>>>, String> {
    if case.decoding.is_none() {
        return Ok(None);
    }
    // A decoder may need both directions: what is an answer to what.
    let dialogues = dialogues(capture, LOOKED_AT).map_err(|error| error.to_string())?;
    let messages = dialogues.iter().map(|dialogue| session.messages(case, dialogue, interrupt).map(Option::unwrap_or_default));
    messages.collect::<Result<_, _>>().map(Some).map_err(|error| error.to_string())
}

/// What is known of a run.
fn facts(trial: &Trial, capture: &Path, began: SystemTime) -> Facts {
    let whole = machine::name();
    let short = whole.split('.').next().unwrap_or_default().to_owned();
    let mut names = vec![whole, short];
    names.dedup();
    // A shell says its own id and not that of what it runs; on a busy machine the two are far apart.
    let holders = trial.processes.iter().flat_map(|holders| &holders.processes).map(|process| process.id);
    let mut ids: Vec<u32> = holders.chain(trial.started).collect();
    ids.sort_unstable();
    ids.dedup();
    Facts { ran: Span { from: micros(began), to: micros(SystemTime::now()) }, names, ids, port: port(capture) }
}

fn micros(time: SystemTime) -> i128 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i128::try_from(since.as_micros()).unwrap_or_default()
}

/// The port that the client was told.
fn port(capture: &Path) -> Option<u16> {
    let first = CaptureReader::open(capture).ok()?.next()?.ok()?;
    let Event::Start { address, .. } = first else { return None };
    address.rsplit(':').next()?.parse().ok()
}
