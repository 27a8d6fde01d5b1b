//! From a session and its trials to what a report says of them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64_simd::STANDARD;

use crate::client::{CLIENT_FILE, Client, KnownFailure};
use crate::judge::conversation::Answered;
use crate::judge::diagnosis::Diagnosis;
use crate::judge::end::End;
use crate::judge::verdict::Verdict;
use crate::report::wording::explanation_of;
use crate::report::{
    Carried, CaseReport, ClientReport, ClientStatus, FORMAT, KnownEntry, MaskReport, PacketsReport, Report, Run, ServerReport,
    Told, TrialReport, complaint,
};
use crate::run::decoded;
use crate::run::participant::Participant;
use crate::run::session::{Planned, Session};
use crate::suite::contract::Contract;
use crate::suite::expectation::{Content, Expectation, Mask, Match};
use crate::suite::parts::descriptions;
use crate::suite::{Case, Redaction, together};
use crate::trial::holders::{Holders, Process};
use crate::trial::server::ServerSaid;
use crate::trial::timeline::INLINE;
use crate::trial::toolchain::{self, NotReady};
use crate::trial::{Interrupt, Trial};

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

/// The cases of the trials that were selected, in the order of the suite.
fn cases(session: &Session) -> Vec<CaseReport> {
    let mut selected: Vec<usize> = session.trials.iter().map(|planned| planned.case).collect();
    selected.sort_unstable();
    selected.dedup();
    selected.into_iter().map(|index| CaseReport::of(session, index)).collect()
}

impl Session {
    /// A digest of the cases (BLAKE3 in hex): the same for the same suite, whatever is selected of it and wherever it lies.
    #[must_use]
    pub fn digest(&self) -> String {
        together(self.cases.iter().zip(&self.digests).filter(|(case, _)| case.contract.is_none()).map(|(_, digest)| digest))
    }
}

impl CaseReport {
    fn of(session: &Session, index: usize) -> Self {
        let case = &session.cases[index];
        Self {
            name: case.name.clone(),
            about: session.told.text(&case.about),
            hazards: case.hazards.clone(),
            plan: case.plan.as_ref().map(|plan| session.told.redaction().plan(plan)),
            file: session.told.path(&case.location.path),
            line: case.location.line,
            expected: expected(&case.connections, session.told.redaction()),
            output: Carried::expected(&case.output, session.told.redaction()),
            digest: case.contract.is_none().then(|| session.digests[index].clone()),
        }
    }
}

impl ClientReport {
    /// What there is to say of a client that was made ready.
    #[must_use]
    pub fn of(session: &Session, participant: &Participant, interrupt: &Interrupt) -> Self {
        let told = &session.told;
        let (status, version, why) = match participant.ready(interrupt) {
            Ok(ready) => (ClientStatus::Ready, Some(told.text(&ready.version)), None),
            Err(why @ NotReady::Missing(_)) => (ClientStatus::Missing, None, Some(why.to_string())),
            Err(why @ (NotReady::Broken(_) | NotReady::Interrupted)) => (ClientStatus::Broken, None, Some(why.to_string())),
        };
        let client = participant.entry.client.as_ref().ok();
        Self {
            run: 0,
            name: participant.entry.name.clone(),
            about: client.map(|client| told.text(&client.about)).unwrap_or_default(),
            folder: client.map(|client| told.path(&client.folder)).unwrap_or_default(),
            source: client.map(|client| told.path(&source(client))).unwrap_or_default(),
            run_argv: client.map(|client| told.texts(&client.run)).unwrap_or_default(),
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
            known: trial.known.as_ref().map(|known| told.text(&known.reason)),
            entry: KnownEntry::of_trial(trial, told),
            lacks: client.and_then(|client| lacked(client, case)).map(str::to_owned),
            attempts: BTreeMap::new(),
            diagnoses: diagnoses(client, trial),
            drawings: trial.differences.drawings.clone(),
            undrawn: trial.differences.undrawn,
            expected: expected(trial.arranged.as_deref().unwrap_or(&case.connections), told.redaction()),
            captured: connections
                .map(|seen| Carried { ending: Some(seen.ending), ..Carried::seen(&seen.content, &seen.head) })
                .collect(),
            timelines: trial.timelines.clone(),
            bad_certificate: case.tls.fault().map(str::to_owned),
            packets: trial.packets.as_ref().map(|packets| PacketsReport::of(packets, session.fails(planned, verdict))),
            processes: trial.processes.iter().map(|holders| told_of(told, holders)).collect(),
            server: trial.server.as_ref().map(|said| server(said, told, session.fails(planned, verdict))),
            breaches: trial.observed.as_ref().map(|observed| observed.breaches.clone()).unwrap_or_default(),
            answers: answers(trial),
            messages: decoded::messages(trial, told),
            expected_output: Carried::expected(&case.output, told.redaction()),
            output: trial.observed.as_ref().map(|observed| Carried::seen(&observed.output, &trial.stdout)),
            capture: None,
            capture_dropped: false,
            duration_ms: u64::try_from(trial.duration.as_millis()).unwrap_or(u64::MAX),
            began_ms: None,
            exit: trial.observed.as_ref().map(|observed| observed.end.into()),
            ends_freely: trial.observed.as_ref().is_some_and(|observed| observed.ends_freely),
            expected_exit: case.exit,
            stderr: told.text(&trial.stderr),
            explanation: Vec::new(),
            repeat: session.repeat(planned),
        };
        report.explanation = explanation_of(&report);
        report
    }

    /// The same trial, where another command runs it again.
    #[cfg(feature = "cli")]
    #[must_use]
    pub(crate) fn repeated_by(mut self, command: String) -> Self {
        self.repeat = command;
        self.explanation = explanation_of(&self);
        self
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
        self.explanation = explanation_of(&self);
        self
    }
}

/// The server of a trial, with its last lines where that `failed`.
fn server(said: &ServerSaid, told: &Told, failed: bool) -> ServerReport {
    ServerReport {
        name: said.name.clone(),
        version: Some(told.text(&said.version)).filter(|version| !version.is_empty()),
        exit: said.ended.map(Into::into),
        last_lines: if failed { told.text(&said.last_lines) } else { String::new() },
    }
}

/// Processes, with paths as the report says them.
fn told_of(told: &Told, holders: &Holders) -> Holders {
    let process = |process: &Process| Process { id: process.id, arguments: told.texts(&process.arguments) };
    Holders { processes: holders.processes.iter().map(process).collect(), inferred: holders.inferred }
}

/// What there is to say of the recorder's answers; nothing where there were none and none were due.
fn answers(trial: &Trial) -> Vec<Answered> {
    let answers = trial.observed.iter().flat_map(|observed| &observed.connections).map(|seen| seen.answered.clone());
    let answers: Vec<Answered> = answers.collect();
    if answers.iter().all(|answered| *answered == Answered::default()) { Vec::new() } else { answers }
}

impl KnownEntry {
    /// Nothing is excused of a trial that passed, so nothing is said there of an entry that is of other versions.
    fn of_trial(trial: &Trial, told: &Told) -> Option<Self> {
        let beyond = || trial.beyond.as_ref().filter(|_| trial.judgement.verdict != Verdict::Passed);
        let known = trial.known.as_ref().map(|known| Self::of(known, None, told));
        known.or_else(|| beyond().map(|(known, why)| Self::of(known, Some(why), told)))
    }

    fn of(known: &KnownFailure, beyond: Option<&String>, told: &Told) -> Self {
        Self {
            file: told.path(&known.location.path),
            line: known.location.line,
            diagnosis: known.diagnosis.clone(),
            below: known.below.clone(),
            beyond: told.option(beyond),
        }
    }
}

/// The causes, with the hints that fit: those that are about the programs of the client, and none where what is missing follows from
/// a failure that the client names itself.
fn diagnoses(client: Option<&Client>, trial: &Trial) -> Vec<Diagnosis> {
    let programs: Vec<&str> = client.map(|client| client.programs().collect()).unwrap_or_default();
    let failed = trial
        .observed
        .as_ref()
        .is_some_and(|observed| !matches!(observed.end, End::Exit(0) | End::TimedOut | End::Enough { .. }));
    let complained = failed && complaint::of(&trial.stderr).is_some_and(|complaint| complaint.is_error);
    trial.differences.diagnoses.iter().map(|diagnosis| diagnosis.fitting(&programs, complained)).collect()
}

/// The word that a client says it lacks, and that a case is about or needs.
fn lacked<'a>(client: &'a Client, case: &'a Case) -> Option<&'a str> {
    match &case.contract {
        Some(Contract::Lacks(word)) => Some(word),
        _ => client.lacks_word_of(case),
    }
}

impl Carried {
    fn expected(content: &Content, redaction: &Redaction) -> Self {
        let (octets, masks): (&[u8], &[Mask]) = match content {
            Content::Octets { octets, masks } => (octets, masks),
            Content::Digest { .. } | Content::Parts(_) | Content::Anything => (&[], &[]),
        };
        let masks = masks.iter().map(|mask| MaskReport { start: mask.start, length: mask.length, name: mask.name.clone() });
        let sha256 = content.sha256().map(|sha256| redaction.sha256(octets).unwrap_or(sha256));
        Self {
            length: content.length(),
            sha256,
            ending: None,
            or_endings: Vec::new(),
            base64: inline(&redaction.octets(octets), content.length()).filter(|_| content.parts().is_none()),
            masks: masks.collect(),
            parts: content.parts().map(|parts| descriptions(&redaction.parts(parts))).unwrap_or_default(),
            anything: *content == Content::Anything,
        }
    }

    /// What was seen; `head` is at least its first [`INLINE`] octets.
    fn seen(seen: &Match, head: &[u8]) -> Self {
        Self {
            length: seen.length,
            sha256: Some(seen.sha256.clone()).filter(|sha256| !sha256.is_empty()),
            ending: None,
            or_endings: Vec::new(),
            base64: inline(head, seen.length),
            masks: Vec::new(),
            parts: Vec::new(),
            anything: false,
        }
    }
}

fn expected(connections: &[Expectation], redaction: &Redaction) -> Vec<Carried> {
    connections
        .iter()
        .map(|expected| Carried {
            ending: Some(expected.ending.first()),
            or_endings: expected.ending.others().to_vec(),
            ..Carried::expected(&expected.content, redaction)
        })
        .collect()
}

/// The octets as base64, where they are all there and few.
fn inline(octets: &[u8], length: u64) -> Option<String> {
    let whole = octets.len() as u64 == length && octets.len() <= INLINE;
    whole.then(|| STANDARD.encode_to_string(octets))
}
