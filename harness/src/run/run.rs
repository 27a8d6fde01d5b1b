//! A run: every trial of a session, as many at once as there are jobs, into a report.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::judge::verdict::Verdict;
use crate::report::{
    self, CAPTURES, ClientReport, Earlier, Folder, FolderError, REPORT_FILE, Report, SelectionReport, TrialReport,
};
use crate::run::participant::Participant;
use crate::run::session::{Planned, Session};
use crate::suite::PacketsMode;
use crate::trial::footprint::Footprint;
use crate::trial::machine;
use crate::trial::packets::beside;
use crate::trial::{self, Interrupt, Launcher, Trial};

/// Captures of passed trials above this size are dropped after judging.
pub const KEPT_CAPTURE: u64 = 64 << 10;

/// How many trials run beside the jobs, where these only wait.
pub(crate) const WAITING: usize = 16;

/// What is said where captures are kept beside a report in which something is hidden.
pub(crate) const KEPT_AS_IT_CAME: &str = "what `redact` matches is shown as `*` in this report; the captures and packets that are kept beside it \
                               hold it as it came: pass them on only to whom you would tell it";

/// How to run.
pub struct Options {
    /// How many trials run at once; beside these, where there are several, those that only wait.
    pub jobs: usize,
    /// Where the report goes.
    pub folder: Folder,
    /// Whether captures of passed trials are kept whatever their size.
    pub keep_all: bool,
    /// How often each trial is run.
    pub repeat: u32,
    /// Who starts the clients.
    pub launcher: Launcher,
    /// What was asked for, as the report says it.
    pub selection: SelectionReport,
}

/// Is told how a run goes on.
pub trait Progress: Sync {
    /// The clients are being made ready.
    fn preparing(&self, clients: usize);
    /// This came of it.
    fn prepared(&self, clients: &[ClientReport]);
    /// So many trials are to be run.
    fn started(&self, trials: usize);
    /// The trial of that name begins.
    fn begun(&self, trial: &str);
    /// One is over.
    fn finished(&self, trial: &TrialReport);
}

/// Why a run could not be recorded.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The report's folder cannot be used; nothing was run.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The report cannot be written; what was found is in it all the same.
    #[error("the report was not written: {source}{}", kept_at(rescued.as_deref()))]
    Unwritten {
        /// The report.
        report: Box<Report>,
        /// The file that it was written to instead, where that worked.
        rescued: Option<PathBuf>,
        /// Why.
        source: FolderError,
    },
}

fn kept_at(rescued: Option<&Path>) -> String {
    rescued.map(|path| format!("; it is kept in {}", path.display())).unwrap_or_default()
}

/// Runs every trial of `session`, and writes the report.
///
/// # Errors
/// The report's folder cannot be written.
pub fn run(session: &Session, options: &Options, progress: &dyn Progress, interrupt: &Interrupt) -> Result<Report, RunError> {
    let started = Instant::now();
    let mut report = Report::begin(session, run_of(session, options));
    options.folder.begin(&report)?;
    let clients: Vec<&Participant> = session.selected().collect();
    progress.preparing(clients.len());
    in_parallel(options.jobs, clients.clone(), |participant| participant.ready(interrupt).is_ok());
    report.clients = clients.into_iter().map(|participant| ClientReport::of(session, participant, interrupt)).collect();
    progress.prepared(&report.clients);
    progress.started(session.trials.len());
    let footprints = footprints(session);
    report.trials = in_lanes(lanes(session, options), |planned| {
        progress.begun(&session.name(planned));
        let began = milliseconds(started.elapsed());
        let mut trial = repeated(session, planned, options, interrupt);
        trial.began_ms = (!trial.was_not_run()).then_some(began);
        progress.finished(&trial);
        trial
    });
    for (client, before) in footprints {
        let written = before.changed().into_iter();
        report.clients[client].written = written.map(|path| session.told.text(&path.to_string_lossy()).into()).collect();
    }
    report.remarks = session.asides();
    report.remarks.extend(kept_as_it_came(session, &report.trials).map(str::to_owned));
    for run in &mut report.runs {
        run.duration_ms = milliseconds(started.elapsed());
    }
    report.conclude();
    finish(&options.folder, report)
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// What is to be said of files beside a report that hides something.
fn kept_as_it_came(session: &Session, trials: &[TrialReport]) -> Option<&'static str> {
    let has_packets = |trial: &TrialReport| trial.packets.as_ref().is_some_and(|packets| packets.file.is_some());
    let is_kept = trials.iter().any(|trial| trial.capture.is_some() || has_packets(trial));
    let hides = !session.told.redaction().is_empty();
    (hides && is_kept).then_some(KEPT_AS_IT_CAME)
}

/// Puts a report into its folder. Where that cannot be, it is kept elsewhere: what was found is not lost.
///
/// # Errors
/// It is not in its folder.
pub fn finish(folder: &Folder, report: Report) -> Result<Report, RunError> {
    match folder.finish(&report) {
        Ok(()) => Ok(report),
        Err(source) => Err(RunError::Unwritten { rescued: rescue(&report), report: Box::new(report), source }),
    }
}

/// Writes a report into a folder of its own among the temporary ones.
fn rescue(report: &Report) -> Option<PathBuf> {
    let folder = machine::private_folder(OsStr::new("samewire-report-"), &std::env::temp_dir()).ok()?;
    fs::write(folder.path().join(REPORT_FILE), report.json().ok()?).ok()?;
    Some(folder.keep().join(REPORT_FILE))
}

/// Each folder of a client as it is before the trials, with the place of the first client that it is of.
fn footprints(session: &Session) -> Vec<(usize, Footprint)> {
    let folders: Vec<Option<&Path>> = session
        .selected()
        .map(|participant| participant.entry.client.as_ref().ok().map(|client| client.folder.as_path()))
        .collect();
    let is_first = |(index, folder): &(usize, &Option<&Path>)| !folders[..*index].contains(folder);
    let first = folders.iter().enumerate().filter(is_first);
    first.filter_map(|(index, folder)| Some((index, Footprint::of((*folder)?)?))).collect()
}

/// When, where and what is run.
fn run_of(session: &Session, options: &Options) -> report::Run {
    report::Run {
        started: machine::now(),
        duration_ms: 0,
        machine: machine::name(),
        os: std::env::consts::OS.into(),
        kernel: machine::kernel(),
        arch: std::env::consts::ARCH.into(),
        jobs: options.jobs,
        selection: options.selection.clone(),
        suite: session.digest(),
        suite_versions: session.versions.clone(),
        planned: session.planned.clone(),
        unclaimed: session.unclaimed.clone(),
        require: session.require.names(),
        redacted: !session.told.redaction().is_empty(),
    }
}

/// A trial as often as it is to be run; where the verdicts are not all the same, it is flaky.
fn repeated(session: &Session, planned: Planned, options: &Options, interrupt: &Interrupt) -> TrialReport {
    let relative =
        PathBuf::from(CAPTURES).join(session.sender(planned)).join(format!("{}.jsonl", session.cases[planned.case].name));
    let capture = match options.folder.capture(&relative) {
        Ok(capture) => capture,
        Err(error) => {
            return without_capture(session, planned, format!("cannot make the folder of {}: {error}", relative.display()));
        }
    };
    let attempt = |capture: &Path| one(session, planned, capture, options, interrupt);
    let mut report = attempt(&capture);
    let mut attempts = BTreeMap::from([(report.verdict.name().to_owned(), 1)]);
    for _ in 1..options.repeat {
        let other = capture.with_extension("again.jsonl");
        let mut again = attempt(&other);
        *attempts.entry(again.verdict.name().to_owned()).or_default() += 1;
        // The worst is the one that people want to see, and its capture with it.
        if again.verdict < report.verdict {
            remove_quietly(&capture);
            remove_quietly(&beside(&capture));
            again.capture = again.capture.filter(|_| fs::rename(&other, &capture).is_ok());
            if let Some(packets) = &mut again.packets {
                packets.file = packets.file.take().filter(|_| fs::rename(beside(&other), beside(&capture)).is_ok());
            }
            report = again;
        } else {
            remove_quietly(&other);
            remove_quietly(&beside(&other));
        }
    }
    if let Some(packets) = &mut report.packets {
        packets.file = packets.file.take().map(|_| beside(&relative));
    }
    report.capture = report.capture.map(|_| relative);
    if options.repeat > 1 { report.repeated(attempts) } else { report }
}

/// A trial once. Its report names the capture as it was told, where there is one that is kept.
fn one(session: &Session, planned: Planned, capture: &Path, options: &Options, interrupt: &Interrupt) -> TrialReport {
    let trial = session.run(planned, capture, &options.launcher, interrupt);
    let mut report = TrialReport::of(session, planned, &trial);
    let passed = trial.judgement.verdict == Verdict::Passed;
    report.capture_dropped = passed && !options.keep_all && trial::capture_size(capture) > KEPT_CAPTURE;
    if (trial.observed.is_none() && trial.packets.is_none()) || report.capture_dropped {
        remove_quietly(capture);
    } else {
        report.capture = Some(capture.to_owned());
    }
    keep_packets(session.packets(), &mut report, &trial, &beside(capture));
    report
}

/// Keeps the packets of a trial, or removes them.
fn keep_packets(mode: PacketsMode, report: &mut TrialReport, trial: &Trial, file: &Path) {
    let Some(spool) = &trial.spool else { return remove_quietly(file) };
    let is_kept = mode == PacketsMode::All || report.failed;
    let Some(packets) = report.packets.as_mut().filter(|_| is_kept) else { return spool.give_up() };
    match spool.keep() {
        Ok(true) => packets.file = Some(file.to_owned()),
        Ok(false) => {}
        Err(error) => packets.remarks.push(not_kept(file, &error)),
    }
}

/// Where it stands beside the capture is known; where the report's folder is, is a matter of this machine.
fn not_kept(file: &Path, error: &io::Error) -> String {
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
    format!("packets were not kept: cannot write {name} beside the capture: {error}")
}

/// A trial that cannot be recorded; the others go on.
fn without_capture(session: &Session, planned: Planned, problem: String) -> TrialReport {
    let trial = Trial::not_run(Verdict::SetupError, problem);
    TrialReport::of(session, planned, &trial)
}

/// Removes a capture or its packets, of which nobody is told. One that stays costs only its place.
fn remove_quietly(file: &Path) {
    let _ = fs::remove_file(file);
}

/// Items with their places, and how many threads work on them.
struct Lane<T> {
    threads: usize,
    queue: Mutex<VecDeque<(usize, T)>>,
}

/// The trials that only wait run beside the others, unless one is to run at a time.
fn lanes(session: &Session, options: &Options) -> Vec<Lane<Planned>> {
    let earlier = options.folder.earlier();
    let failed = earlier.as_ref().map(Earlier::failed).unwrap_or_default();
    let mut trials: Vec<(usize, Planned)> = session.trials.iter().copied().enumerate().collect();
    // What failed the last time comes first.
    trials.sort_by_key(|(_, planned)| !failed.contains(session.name(*planned).as_str()));
    let waits = |(_, planned): &(usize, Planned)| options.jobs > 1 && session.only_waits(*planned);
    let (waiting, working): (Vec<_>, Vec<_>) = trials.into_iter().partition(waits);
    vec![Lane::of(WAITING, waiting), Lane::of(options.jobs, working)]
}

impl<T> Lane<T> {
    fn of(threads: usize, items: impl IntoIterator<Item = (usize, T)>) -> Self {
        Self { threads, queue: Mutex::new(items.into_iter().collect()) }
    }

    fn next(&self) -> Option<(usize, T)> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

/// Does `work` on every item, on `jobs` threads, and returns the results in the order of the items.
pub(crate) fn in_parallel<T: Send, R: Send>(jobs: usize, items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    in_lanes(vec![Lane::of(jobs, items.into_iter().enumerate())], work)
}

fn in_lanes<T: Send, R: Send>(lanes: Vec<Lane<T>>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let done: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::new());
    let finish = &|lane: &Lane<T>| {
        while let Some((index, item)) = lane.next() {
            let result = work(item);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
        }
    };
    thread::scope(|scope| {
        // Where there may be no more threads, those that there are do all of it.
        for lane in &lanes {
            let starts = |_: &usize| thread::Builder::new().spawn_scoped(scope, move || finish(lane)).is_ok();
            if (0..lane.threads.max(1)).take_while(starts).count() == 0 {
                finish(lane);
            }
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_that_cannot_be_kept_are_told_without_where_this_machine_has_the_report() {
        let said = not_kept(Path::new("/home/someone/report/captures/a/text/b.pcapng"), &io::Error::other("it is full"));
        assert_eq!(said, "packets were not kept: cannot write b.pcapng beside the capture: it is full");
    }
}
