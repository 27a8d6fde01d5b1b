//! `samewire run`: try every client on every case, and report.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Instant;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use super::terminal::{BAD, GOOD, SKIPPED, STRONG, is_watched, note, print, styled};
use super::{CommandError, SelectionArgs, Status, matrix};
use crate::config::Require;
use crate::interop::REQUIRE_VARIABLE;
use crate::launch;
use crate::printable::counted;
use crate::report::{ClientStatus, REPORT_FILE, Report, SelectionReport, TrialReport};
use crate::run::{self, LAST_SELECTION, Options, Progress};
use crate::selection::Shard;
use crate::session::Session;
use crate::trial::Interrupt;
use crate::verdict::Verdict;

/// The status when a second signal ended the run: as shells have it for SIGINT.
const KILLED: i32 = 130;

/// Where reports go.
const REPORT_FOLDER: &str = "samewire-report";

#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    /// How many trials run at once [default: the number of cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Clients whose toolchain must be there: `all`, or names with commas between them
    #[arg(long, value_name = "NAMES", env = REQUIRE_VARIABLE)]
    require: Option<String>,
    /// Where the report goes [default: samewire-report, or samewire-report/last-selection with --client or --case]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Only one of several equal parts, such as 2/5: the same trials on every machine
    #[arg(long, value_name = "PART/OF")]
    shard: Option<Shard>,
    /// Run each trial so many times; one that does not end the same each time is flaky
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    repeat: u32,
    /// Which captures of passed trials are kept
    #[arg(long, value_enum, default_value_t = Keep::Small)]
    keep: Keep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Keep {
    /// Those of up to 64 KiB
    Small,
    /// All
    All,
}

pub fn run(args: RunArgs) -> Result<Status, CommandError> {
    let session = args.selection.session(args.require.as_deref().map(Require::parse), args.shard)?;
    let options = args.options();
    let interrupt = Interrupt::new();
    stop_on_signal(interrupt.clone())?;
    let started = Instant::now();
    let progress = Watcher::default();
    let report = run::run(&session, &options, &progress, &interrupt)?;
    progress.clear();
    print(&summary(&session, &report))?;
    let took = started.elapsed().as_secs_f64();
    print(&format!("{} in {took:.1} s; report: {}\n", outcome(&report), options.out.join(REPORT_FILE).display()))?;
    Ok(if report.is_failure() { Status::Failed } else { Status::Good })
}

/// The first signal stops the run in order; the second ends it as it is.
fn stop_on_signal(interrupt: Interrupt) -> Result<(), CommandError> {
    Ok(ctrlc::set_handler(move || {
        if interrupt.is_stopped() {
            launch::kill_all();
            std::process::exit(KILLED);
        }
        interrupt.stop();
        note("stopping; once more ends it at once, without a report\n");
    })?)
}

impl RunArgs {
    fn options(&self) -> Options {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let default = || {
            let folder = PathBuf::from(REPORT_FOLDER);
            if self.selection.selection(self.shard).is_partial() { folder.join(LAST_SELECTION) } else { folder }
        };
        Options {
            jobs: self.jobs.map_or(cores, usize::from),
            out: self.out.clone().unwrap_or_else(default),
            keep_all: self.keep == Keep::All,
            repeat: self.repeat,
            selection: SelectionReport {
                clients: self.selection.client.clone(),
                cases: self.selection.case.clone(),
                profiles: self.selection.profile.clone(),
                shard: self.shard.map(|shard| shard.to_string()),
            },
        }
    }
}

/// Everything but the last line: the matrix, the failures, what was missing.
fn summary(session: &Session, report: &Report) -> String {
    let mut text = format!("\n{}\n", matrix::render(report));
    for trial in report.trials.iter().filter(|trial| trial.failed && trial.verdict != Verdict::SetupError) {
        text += &failure(trial);
    }
    text += &setup_errors(report);
    for agreement in &report.agreements {
        if let Some(says) = &agreement.says {
            text += &format!("{}: {}\n", styled(STRONG, &agreement.case), crate::printable::line(says));
        }
    }
    for problem in &report.problems {
        text += &format!("{} {}\n", styled(BAD, "problem"), crate::printable::line(problem));
    }
    for client in report.clients.iter().filter(|client| client.status == ClientStatus::Missing) {
        let why = client.why.as_deref().unwrap_or_default();
        let install = client.install.as_ref().map(|install| format!("; {install}")).unwrap_or_default();
        let required = session.clients.iter().any(|known| known.entry.name == client.name && session.requires(known));
        let style = if required { BAD } else { SKIPPED };
        text += &format!("{} {}: {why}{install}\n", styled(style, "missing"), client.name);
    }
    text
}

fn failure(trial: &TrialReport) -> String {
    let also: Vec<&str> = trial.also.iter().map(|verdict| verdict.name()).collect();
    let also = if also.is_empty() { String::new() } else { format!(", also {}", also.join(", ")) };
    let lines: Vec<String> = trial.explanation.iter().map(|line| format!("  {line}\n")).collect();
    format!("{} {}{also}\n{}\n", styled(BAD, trial.verdict.name()), styled(STRONG, &trial.name), lines.concat())
}

/// A client that cannot be set up fails all its trials for the same reason: said once.
fn setup_errors(report: &Report) -> String {
    let mut text = String::new();
    let mut said: Vec<(&str, &str)> = Vec::new();
    for trial in report.trials.iter().filter(|trial| trial.verdict == Verdict::SetupError) {
        let problem = trial.problem.as_deref().unwrap_or_default();
        if said.contains(&(&trial.client, problem)) {
            continue;
        }
        said.push((&trial.client, problem));
        let like = |other: &&TrialReport| other.client == trial.client && other.problem == trial.problem;
        let trials = report.trials.iter().filter(like).count();
        text += &format!("{} {} ({})\n", styled(BAD, "setup-error"), styled(STRONG, &trial.client), counted(trials, "trial"));
        text += &problem.lines().map(|line| format!("  {}\n", crate::printable::line(line))).collect::<String>();
    }
    text
}

/// The summary line, but for the time.
fn outcome(report: &Report) -> String {
    let count = |verdict: &Verdict| report.counts.get(verdict.name()).copied().filter(|count| *count > 0);
    let parts: Vec<String> =
        Verdict::ALL.iter().rev().filter_map(|verdict| Some(format!("{} {verdict}", count(verdict)?))).collect();
    let style = if report.is_failure() { BAD } else { GOOD };
    let partial = if report.complete { "" } else { " (partial: the run was stopped)" };
    match report.trials.len() {
        0 => styled(BAD, "no trial was run: no case was selected for any client"),
        total => format!("{}{partial}", styled(style, &format!("{}: {}", counted(total, "trial"), parts.join(", ")))),
    }
}

/// Shows a bar on a terminal, and lines elsewhere.
#[derive(Default)]
struct Watcher {
    bar: Mutex<Option<ProgressBar>>,
}

impl Watcher {
    fn clear(&self) {
        self.with_bar(ProgressBar::finish_and_clear);
    }

    fn with_bar(&self, act: impl FnOnce(&ProgressBar)) {
        if let Ok(bar) = self.bar.lock()
            && let Some(bar) = bar.as_ref()
        {
            act(bar);
        }
    }
}

impl Progress for Watcher {
    fn preparing(&self, clients: usize) {
        note(&format!("making {} ready\n", counted(clients, "client")));
    }

    fn started(&self, trials: usize) {
        note(&format!("running {}\n", counted(trials, "trial")));
        if is_watched() {
            let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}");
            let bar = ProgressBar::new(trials as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            if let Ok(mut slot) = self.bar.lock() {
                *slot = Some(bar);
            }
        }
    }

    fn begun(&self, _: &str) {}

    fn finished(&self, trial: &TrialReport) {
        let line = format!("{} {}", trial.verdict, trial.name);
        let mut shown = false;
        self.with_bar(|bar| {
            shown = true;
            bar.inc(1);
            if trial.failed {
                bar.suspend(|| note(&format!("{line}\n")));
            }
            bar.set_message(trial.name.clone());
        });
        if trial.failed && !shown {
            note(&format!("{line}\n"));
        }
    }
}
