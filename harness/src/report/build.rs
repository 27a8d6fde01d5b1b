//! From a session and its trials to what a report says of them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use base64_simd::STANDARD;

use super::explain::explain;
use super::{
    Agreement, Carried, CaseReport, ClientReport, ClientStatus, Exit, FORMAT, INLINE, KnownEntry, MaskReport, Report, Run, Told,
    TrialReport, complaint,
};
use crate::agreement::{Seen, groups, sentence};
use crate::client::{CLIENT_FILE, Client, KnownFailure};
use crate::common::CommonCauses;
use crate::contract::Contract;
use crate::conversation::Answered;
use crate::diagnosis::Diagnosis;
use crate::expectation::{Content, Mask, Match};
use crate::launch::End;
use crate::profile::Profile;
use crate::session::{Participant, Planned, Session};
use crate::suite::Case;
use crate::toolchain::{self, NotReady};
use crate::trial::{Interrupt, Trial};
use crate::verdict::Verdict;

impl Report {
    /// A report of `session` without trials yet.
    #[must_use]
    pub fn begin(session: &Session, run: Run) -> Self {
        Self {
            format: FORMAT,
            samewire: env!("CARGO_PKG_VERSION").into(),
            runs: vec![run],
            complete: false,
            clients: Vec::new(),
            cases: cases(session),
            trials: Vec::new(),
            agreements: Vec::new(),
            causes: Vec::new(),
            problems: session.problems.iter().map(|problem| session.told.text(problem)).collect(),
            remarks: session.asides(),
            counts: BTreeMap::new(),
        }
    }
}

/// Who agrees with whom, case by case; of cases with at least two clients whose octets were captured.
pub(super) fn agreements(report: &Report) -> Vec<Agreement> {
    let compared = report.trials.iter().filter(|trial| did_its_part(trial));
    let labelled: Vec<_> = compared.map(|trial| (trial, report.label(trial.run, &trial.client))).collect();
    let mut cases: BTreeMap<(&str, Profile), Vec<Seen<'_, Captured<'_>>>> = BTreeMap::new();
    for (trial, label) in &labelled {
        let as_expected = !trial.has(Verdict::Differs);
        let seen = Seen { client: label, fingerprint: alike(trial), as_expected };
        cases.entry((&trial.case, trial.profile)).or_default().push(seen);
    }
    let several = cases.into_iter().filter(|(_, seen)| seen.len() > 1);
    several
        .map(|((case, profile), seen)| {
            let groups = groups(&seen);
            Agreement { case: case.to_owned(), profile, says: sentence(&groups), groups }
        })
        .collect()
}

/// What came on the connections of a trial.
type Captured<'a> = Cow<'a, [Carried]>;

/// What came on the connections of a trial, where all endings that are right are the same.
fn alike(trial: &TrialReport) -> Captured<'_> {
    if trial.expected.iter().all(|expected| expected.or_endings.is_empty()) {
        return trial.captured.as_slice().into();
    }
    let mut captured = trial.captured.clone();
    for (seen, expected) in captured.iter_mut().zip(&trial.expected) {
        if seen.ending.is_some_and(|ending| expected.or_endings.contains(&ending)) {
            seen.ending = expected.ending;
        }
    }
    captured.into()
}

/// Whether a client sent what it had to send, right or wrong. One that failed before it had, or was ended, agrees with nobody.
fn did_its_part(trial: &TrialReport) -> bool {
    let gave_up = [Verdict::Crashed, Verdict::TimedOut, Verdict::Interrupted].iter().any(|verdict| trial.has(*verdict))
        || (trial.captured.is_empty() && !trial.expected.is_empty());
    let was_tried = trial.output.is_some() && trial.verdict != Verdict::Unsupported;
    was_tried && !(gave_up && trial.has(Verdict::Differs))
}

/// A platform, and a client on it.
type Sender<'a> = (String, &'a str);

/// What explains the failures of each client on each platform, in the order of the trials.
pub(super) fn causes(report: &Report) -> Vec<CommonCauses> {
    let several = report.platforms().len() > 1;
    let mut senders: Vec<(Sender<'_>, Vec<&[Diagnosis]>)> = Vec::new();
    for trial in report.trials.iter().filter(|trial| trial.has(Verdict::Differs) && !trial.diagnoses.is_empty()) {
        let sender = (report.platform_of(trial.run), trial.client.as_str());
        match senders.iter_mut().find(|(other, _)| *other == sender) {
            Some((_, trials)) => trials.push(&trial.diagnoses),
            None => senders.push((sender, vec![&trial.diagnoses])),
        }
    }
    let of = |((platform, client), trials): &(Sender<'_>, Vec<&[Diagnosis]>)| {
        CommonCauses::of(client, several.then_some(platform.as_str()), trials)
    };
    senders.iter().filter_map(of).collect()
}

/// Has each trial name first what explains most of its client's failures on its platform, and what explains the same case of the
/// same client in every profile that it differs in: one fault has one name.
pub(super) fn weigh(report: &mut Report) {
    let platforms: Vec<String> = report.runs.iter().map(Run::platform).collect();
    let mut changed = vec![false; report.trials.len()];
    for (trial, changed) in report.trials.iter_mut().zip(&mut changed) {
        let platform = platforms.get(trial.run).map(String::as_str).unwrap_or_default();
        if let Some(common) = report.causes.iter().find(|common| common.is_of(&trial.client, platform)) {
            *changed = common.weigh(&mut trial.diagnoses);
        }
    }
    for (name, trials) in shared(&report.trials) {
        for place in trials {
            changed[place] |= put_first(&mut report.trials[place].diagnoses, &name);
        }
    }
    for (trial, _) in report.trials.iter_mut().zip(changed).filter(|(_, changed)| *changed) {
        trial.explanation = explain(trial);
    }
}

/// The first cause that holds in all trials of one client on one case which differ, where there are several; and these trials.
fn shared(trials: &[TrialReport]) -> Vec<(String, Vec<usize>)> {
    let mut same: BTreeMap<(usize, &str, &str), Vec<usize>> = BTreeMap::new();
    for (place, trial) in trials.iter().enumerate().filter(|(_, trial)| trial.has(Verdict::Differs)) {
        same.entry((trial.run, &trial.client, &trial.case)).or_default().push(place);
    }
    let holds = |place: usize, name: &str| trials[place].diagnoses.iter().any(|diagnosis| diagnosis.name == name);
    let of = |places: Vec<usize>| {
        let first = trials[*places.first()?].diagnoses.iter();
        let common = first.map(|diagnosis| &diagnosis.name).find(|name| places.iter().all(|place| holds(*place, name)))?;
        (places.len() > 1).then(|| (common.clone(), places))
    };
    same.into_values().filter_map(of).collect()
}

/// Says whether that changed anything.
fn put_first(diagnoses: &mut [Diagnosis], name: &str) -> bool {
    let place = diagnoses.iter().position(|diagnosis| diagnosis.name == name).unwrap_or_default();
    if let Some(before) = diagnoses.get_mut(..=place) {
        before.rotate_right(1);
    }
    place > 0
}

/// The cases of the trials that were selected, in the order of the suite.
fn cases(session: &Session) -> Vec<CaseReport> {
    let mut selected: Vec<usize> = session.trials.iter().map(|planned| planned.case).collect();
    selected.sort_unstable();
    selected.dedup();
    selected.into_iter().map(|index| CaseReport::of(session, &session.cases[index])).collect()
}

impl CaseReport {
    fn of(session: &Session, case: &Case) -> Self {
        Self {
            name: case.name.clone(),
            about: case.about.clone(),
            hazards: case.hazards.clone(),
            plan: case.plan.as_ref().map(|plan| plan.text.clone()),
            file: session.told.path(&case.location.path),
            line: case.location.line,
            expected: expected(case),
            output: Carried::expected(&case.output),
        }
    }
}

impl ClientReport {
    /// What there is to say of a client that was made ready.
    #[must_use]
    pub fn of(session: &Session, participant: &Participant, interrupt: &Interrupt) -> Self {
        let told = &session.told;
        let (status, version, why) = match participant.ready(interrupt) {
            Ok(ready) => (ClientStatus::Ready, Some(ready.version.clone()), None),
            Err(why @ NotReady::Missing(_)) => (ClientStatus::Missing, None, Some(why.to_string())),
            Err(why @ (NotReady::Broken(_) | NotReady::Interrupted)) => (ClientStatus::Broken, None, Some(why.to_string())),
        };
        let client = participant.entry.client.as_ref().ok();
        Self {
            run: 0,
            name: participant.entry.name.clone(),
            about: client.map(|client| client.about.clone()).unwrap_or_default(),
            folder: client.map(|client| told.path(&client.folder)).unwrap_or_default(),
            source: client.map(|client| told.path(&source(client))).unwrap_or_default(),
            run_argv: client.map(|client| client.run.clone()).unwrap_or_default(),
            status,
            version,
            why: told.option(why.as_ref()),
            install: participant.install_hint().filter(|_| status == ClientStatus::Missing),
            optional: client.is_some_and(|client| client.optional),
            digest: client.and_then(|client| toolchain::digest(client).ok()),
            written: Vec::new(),
        }
    }
}

/// The file that a person opens to mend a client.
fn source(client: &Client) -> PathBuf {
    let named = client.run.iter().chain(&client.build).map(|argument| client.folder.join(argument));
    let mut inside = named.filter(|path| path.starts_with(&client.folder) && path.is_file());
    inside.next().unwrap_or_else(|| client.folder.join(CLIENT_FILE))
}

impl TrialReport {
    /// What there is to say of a trial, but for its capture's file.
    #[must_use]
    pub fn of(session: &Session, planned: Planned, trial: &Trial) -> Self {
        let told = &session.told;
        let case = &session.cases[planned.case];
        let verdict = trial.judgement.verdict;
        let connections = trial.observed.iter().flat_map(|observed| &observed.connections);
        let client = session.clients[planned.client].entry.client.as_ref().ok();
        let mut report = Self {
            run: 0,
            name: session.name(planned),
            client: session.clients[planned.client].entry.name.clone(),
            profile: planned.profile,
            case: case.name.clone(),
            verdict,
            also: trial.judgement.also.clone(),
            failed: session.fails(planned, verdict),
            problem: told.option(trial.problem.as_ref()),
            known: trial.known.as_ref().map(|known| known.reason.clone()),
            entry: trial.known.as_ref().map(|known| KnownEntry::of(known, told)),
            lacks: client.and_then(|client| lacked(client, case)).map(str::to_owned),
            attempts: BTreeMap::new(),
            diagnoses: diagnoses(client, trial),
            drawings: trial.examination.drawings.clone(),
            expected: expected(case),
            captured: connections
                .map(|seen| Carried { ending: Some(seen.ending), ..Carried::seen(&seen.content, &seen.head) })
                .collect(),
            timelines: trial.timelines.clone(),
            breaches: trial.observed.as_ref().map(|observed| observed.breaches.clone()).unwrap_or_default(),
            answers: answers(trial),
            expected_output: Carried::expected(&case.output),
            output: trial.observed.as_ref().map(|observed| Carried::seen(&observed.output, &trial.stdout)),
            capture: None,
            capture_dropped: false,
            duration_ms: u64::try_from(trial.duration.as_millis()).unwrap_or(u64::MAX),
            exit: trial.observed.as_ref().map(|observed| observed.end.into()),
            expected_exit: case.exit,
            stderr: told.text(&trial.stderr),
            explanation: Vec::new(),
            repeat: session.repeat(planned),
        };
        report.explanation = explain(&report);
        report
    }

    /// The same trial, once it was run so many times; where the verdicts were not all the same, it is flaky.
    #[must_use]
    pub fn repeated(mut self, attempts: BTreeMap<String, usize>) -> Self {
        if attempts.len() > 1 && self.verdict != Verdict::Interrupted {
            self.also.insert(0, self.verdict);
            self.verdict = Verdict::Flaky;
            self.failed = true;
        }
        if attempts.len() > 1 {
            self.repeat += &format!(" --repeat {}", attempts.values().sum::<usize>());
        }
        self.attempts = attempts;
        self.explanation = explain(&self);
        self
    }
}

/// What there is to say of the recorder's answers; nothing where there were none and none were due.
fn answers(trial: &Trial) -> Vec<Answered> {
    let answers = trial.observed.iter().flat_map(|observed| &observed.connections).map(|seen| seen.answered.clone());
    let answers: Vec<Answered> = answers.collect();
    if answers.iter().all(|answered| *answered == Answered::default()) { Vec::new() } else { answers }
}

impl KnownEntry {
    fn of(known: &KnownFailure, told: &Told) -> Self {
        Self { file: told.path(&known.location.path), line: known.location.line, diagnosis: known.diagnosis.clone() }
    }
}

/// The causes, with the hints that fit: those that are about the programs of the client, and none where what is missing follows from
/// a failure that the client names itself.
fn diagnoses(client: Option<&Client>, trial: &Trial) -> Vec<Diagnosis> {
    let programs: Vec<&str> = client.map(|client| client.programs().collect()).unwrap_or_default();
    let failed = trial.observed.as_ref().is_some_and(|observed| !matches!(observed.end, End::Exit(0) | End::TimedOut));
    let complained = failed && complaint::of(&trial.stderr).is_some_and(|complaint| complaint.is_error);
    trial.examination.diagnoses.iter().map(|diagnosis| diagnosis.fitting(&programs, complained)).collect()
}

/// The word that a client says it lacks, and that a case is about or needs.
fn lacked<'a>(client: &'a Client, case: &'a Case) -> Option<&'a str> {
    match &case.contract {
        Some(Contract::Lacks(word)) => Some(word),
        _ => client.lacks_word_of(case),
    }
}

impl Carried {
    fn expected(content: &Content) -> Self {
        let (octets, masks): (&[u8], &[Mask]) = match content {
            Content::Octets { octets, masks } => (octets, masks),
            Content::Digest { .. } => (&[], &[]),
        };
        let masks = masks.iter().map(|mask| MaskReport { start: mask.start, length: mask.length, name: mask.name.clone() });
        Self {
            length: content.length(),
            sha256: content.sha256(),
            ending: None,
            or_endings: Vec::new(),
            base64: inline(octets, content.length()),
            masks: masks.collect(),
        }
    }

    /// What was seen; `head` is at least its first [`INLINE`] octets.
    fn seen(seen: &Match, head: &[u8]) -> Self {
        Self {
            length: seen.length,
            sha256: Some(seen.sha256.clone()),
            ending: None,
            or_endings: Vec::new(),
            base64: inline(head, seen.length),
            masks: Vec::new(),
        }
    }
}

impl From<End> for Exit {
    fn from(end: End) -> Self {
        match end {
            End::Exit(status) => Self::Status(status),
            End::Signal(signal) => Self::Signal(signal),
            End::TimedOut => Self::TimedOut,
            End::Stopped(signal) => Self::Stopped(signal),
            End::Interrupted => Self::Interrupted,
            End::Unknown => Self::Unknown,
        }
    }
}

fn expected(case: &Case) -> Vec<Carried> {
    let connections = case.connections.iter();
    connections
        .map(|expected| Carried {
            ending: Some(expected.ending.first()),
            or_endings: expected.ending.others().to_vec(),
            ..Carried::expected(&expected.content)
        })
        .collect()
}

/// The octets as base64, where they are all there and few.
fn inline(octets: &[u8], length: u64) -> Option<String> {
    let whole = octets.len() as u64 == length && octets.len() <= INLINE;
    whole.then(|| STANDARD.encode_to_string(octets))
}
