//! A run: every trial of a session, as many at once as there are jobs, into a report.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::{fs, io};

use crate::explain::explain;
use crate::report::{ClientReport, ClientStatus, REPORT_FILE, Report, TrialReport};
use crate::session::{Pair, Participant, Session};
use crate::toolchain::NotReady;
use crate::trial::{self, Interrupt};
use crate::verdict::Verdict;

/// Captures of passed trials above this size are dropped after judging.
pub const KEPT_CAPTURE: u64 = 64 << 10;

/// The folder of captures in a report's folder.
const CAPTURES: &str = "captures";

/// The folder of a run with a selection, in the folder of full runs.
pub const LAST_SELECTION: &str = "last-selection";

/// How to run.
#[derive(Debug)]
pub struct Options {
    /// How many trials run at once.
    pub jobs: usize,
    /// Where the report goes.
    pub out: PathBuf,
    /// Whether captures of passed trials are kept whatever their size.
    pub keep_all: bool,
}

/// Is told how a run goes on.
pub trait Progress: Sync {
    /// The clients are being made ready.
    fn preparing(&self, clients: usize);
    /// So many trials are to be run.
    fn started(&self, trials: usize);
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
    let mut report = Report::begin();
    report.write(&options.out).map_err(error)?;
    progress.preparing(session.clients.len());
    in_parallel(options.jobs, session.clients.iter().collect(), |participant| participant.ready(interrupt).is_ok());
    report.clients = session.clients.iter().map(|participant| client_report(participant, interrupt)).collect();
    let pairs = session.pairs();
    progress.started(pairs.len());
    let trials = in_parallel(options.jobs, pairs, |pair| {
        let trial = one(session, pair, options, interrupt)?;
        progress.finished(&trial);
        Ok(trial)
    });
    report.trials = trials.into_iter().collect::<io::Result<_>>().map_err(error)?;
    report.complete = report.trials.iter().all(|trial| trial.verdict != Verdict::Interrupted);
    report.count();
    report.write(&options.out).map_err(error)?;
    Ok(report)
}

fn one(session: &Session, pair: Pair, options: &Options, interrupt: &Interrupt) -> io::Result<TrialReport> {
    let relative = PathBuf::from(CAPTURES)
        .join(&session.clients[pair.client].entry.name)
        .join(format!("{}.jsonl", session.cases[pair.case].name));
    let capture = options.out.join(&relative);
    if let Some(folder) = capture.parent() {
        fs::create_dir_all(folder)?;
    }
    let trial = session.run(pair, &capture, interrupt);
    let explanation = explain(session, pair, &trial, &capture);
    let mut report = TrialReport::of(session, pair, &trial, explanation);
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
fn make_room(folder: &Path) -> Result<(), RunError> {
    let error = |source| RunError::Io { folder: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(error)?;
    let is_report = folder.join(REPORT_FILE).is_file();
    for entry in fs::read_dir(folder).map_err(error)? {
        let name = entry.map_err(error)?.file_name();
        if !is_report && name != LAST_SELECTION {
            return Err(RunError::NotAReport(folder.to_owned()));
        }
    }
    match fs::remove_dir_all(folder.join(CAPTURES)) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(error(source)),
        _ => Ok(()),
    }
}

fn client_report(participant: &Participant, interrupt: &Interrupt) -> ClientReport {
    let (status, version, why) = match participant.ready(interrupt) {
        Ok(ready) => (ClientStatus::Ready, Some(ready.version.clone()), None),
        Err(NotReady::Missing(why)) => (ClientStatus::Missing, None, Some(why.clone())),
        Err(NotReady::Broken(why)) => (ClientStatus::Broken, None, Some(why.clone())),
    };
    let install = participant.install_hint().filter(|_| status == ClientStatus::Missing);
    let about = participant.entry.client.as_ref().map(|client| client.about.clone()).unwrap_or_default();
    ClientReport { name: participant.entry.name.clone(), about, status, version, why, install }
}

/// Does `work` on every item, on `jobs` threads, and returns the results in the order of the items.
fn in_parallel<T: Send, R: Send>(jobs: usize, items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let queue: Mutex<VecDeque<(usize, T)>> = Mutex::new(items.into_iter().enumerate().collect());
    let done: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::new());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                while let Some((index, item)) = next() {
                    let result = work(item);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
