//! A run: every trial of a session, as many at once as there are jobs, into a report.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;
use std::{fs, io};

use crate::machine;
use crate::report::{self, ClientReport, REPORT_FILE, Report, SelectionReport, TrialReport, VIEW_FILES};
use crate::session::{Participant, Planned, Session};
use crate::trial::{self, Interrupt, Launcher};
use crate::verdict::Verdict;

/// Captures of passed trials above this size are dropped after judging.
pub const KEPT_CAPTURE: u64 = 64 << 10;

/// The folder of captures in a report's folder.
pub(crate) const CAPTURES: &str = "captures";

/// The folder of a run with a selection, in the folder of full runs.
pub const LAST_SELECTION: &str = "last-selection";

/// How many trials run beside the jobs, where these only wait.
pub(crate) const WAITING: usize = 16;

/// How to run.
pub struct Options {
    /// How many trials run at once; beside these, where there are several, those that only wait.
    pub jobs: usize,
    /// Where the report goes.
    pub out: PathBuf,
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
    /// The report's folder holds something else.
    #[error("{} is neither empty nor an earlier report; it is left as it is: name another folder with --out", .0.display())]
    NotAReport(PathBuf),
    /// The report cannot be written.
    #[error("write the report to {}: {source}", folder.display())]
    Io {
        /// The report's folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Runs every trial of `session`, and writes the report.
///
/// # Errors
/// The report's folder is not empty and no report, or cannot be written.
pub fn run(session: &Session, options: &Options, progress: &dyn Progress, interrupt: &Interrupt) -> Result<Report, RunError> {
    let error = |source| RunError::Io { folder: options.out.clone(), source };
    make_room(&options.out)?;
    let started = Instant::now();
    let mut report = Report::begin(session, run_of(session, options));
    report.write(&options.out).map_err(error)?;
    let clients: Vec<&Participant> = session.selected().collect();
    progress.preparing(clients.len());
    in_parallel(options.jobs, clients.clone(), |participant| participant.ready(interrupt).is_ok());
    report.clients = clients.into_iter().map(|participant| ClientReport::of(participant, interrupt)).collect();
    progress.prepared(&report.clients);
    progress.started(session.trials.len());
    let lanes = lanes(session, options.jobs);
    let trials = in_lanes(lanes, |planned| {
        progress.begun(&session.name(planned));
        let trial = repeated(session, planned, options, interrupt)?;
        progress.finished(&trial);
        Ok(trial)
    });
    report.trials = trials.into_iter().collect::<io::Result<_>>().map_err(error)?;
    for run in &mut report.runs {
        run.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    }
    report.conclude();
    report.write(&options.out).map_err(error)?;
    Ok(report)
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
        planned: session.planned.clone(),
    }
}

/// A trial as often as it is to be run; where the verdicts are not all the same, it is flaky.
fn repeated(session: &Session, planned: Planned, options: &Options, interrupt: &Interrupt) -> io::Result<TrialReport> {
    let mut report = one(session, planned, options, interrupt)?;
    if options.repeat < 2 {
        return Ok(report);
    }
    let mut attempts = BTreeMap::from([(report.verdict.name().to_owned(), 1)]);
    for _ in 1..options.repeat {
        let again = one(session, planned, options, interrupt)?;
        *attempts.entry(again.verdict.name().to_owned()).or_default() += 1;
        // The worst is the one that people want to see.
        if again.verdict < report.verdict {
            report = again;
        }
    }
    Ok(report.repeated(attempts))
}

fn one(session: &Session, planned: Planned, options: &Options, interrupt: &Interrupt) -> io::Result<TrialReport> {
    let relative =
        PathBuf::from(CAPTURES).join(session.sender(planned)).join(format!("{}.jsonl", session.cases[planned.case].name));
    let capture = options.out.join(&relative);
    if let Some(folder) = capture.parent() {
        fs::create_dir_all(folder)?;
    }
    let trial = session.run(planned, &capture, &options.launcher, interrupt);
    let mut report = TrialReport::of(session, planned, &trial);
    let passed = trial.judgement.verdict == Verdict::Passed;
    if trial.observed.is_none() {
        trial::drop_capture(&capture)?;
    } else if passed && !options.keep_all && trial::capture_size(&capture) > KEPT_CAPTURE {
        trial::drop_capture(&capture)?;
        report.capture_dropped = true;
    } else {
        report.capture = Some(relative);
    }
    Ok(report)
}

/// Makes the report's folder, or clears the earlier report in it. Refuses any other folder.
pub(crate) fn make_room(folder: &Path) -> Result<(), RunError> {
    let error = |source| RunError::Io { folder: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(error)?;
    let is_report = folder.join(REPORT_FILE).is_file();
    for entry in fs::read_dir(folder).map_err(error)? {
        let name = entry.map_err(error)?.file_name();
        if !is_report && name != LAST_SELECTION {
            return Err(RunError::NotAReport(folder.to_owned()));
        }
    }
    for view in VIEW_FILES {
        cleared(fs::remove_file(folder.join(view))).map_err(error)?;
    }
    cleared(fs::remove_dir_all(folder.join(CAPTURES))).map_err(error)
}

/// What is not there need not be removed.
fn cleared(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Items with their places, and how many threads work on them.
struct Lane<T> {
    threads: usize,
    queue: Mutex<VecDeque<(usize, T)>>,
}

/// The trials that only wait run beside the others, unless one is to run at a time.
fn lanes(session: &Session, jobs: usize) -> Vec<Lane<Planned>> {
    let waits = |(_, planned): &(usize, Planned)| jobs > 1 && session.only_waits(*planned);
    let (waiting, working): (Vec<_>, Vec<_>) = session.trials.iter().copied().enumerate().partition(waits);
    vec![Lane::of(WAITING, waiting), Lane::of(jobs, working)]
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
        for lane in lanes.iter().flat_map(|lane| std::iter::repeat_n(lane, lane.threads.max(1))) {
            scope.spawn(move || finish(lane));
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
