//! `samewire self-check`: run wrong senders against the wire suite, and say which of them it catches.
//!
//! The senders are this very program, started as clients from a folder made for them.

mod without_plan;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use globset::Glob;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::signals::stop_on_signal;
use super::terminal::{BAD, GOOD, STRONG, is_watched, note, print, raw, styled};
use super::{CommandError, NetworkArgs, Status};
use crate::client::CLIENT_FILE;
use crate::client::profile::Profile;
use crate::judge::verdict::Verdict;
use crate::printable::counted;
use crate::report::{ClientReport, Folder, Report, SelectionReport, TrialReport};
use crate::run::selection::Selection;
use crate::run::session::{Planned, Session};
use crate::run::{self, Options, Progress};
use crate::senders::follow::follow;
use crate::senders::outcome::{Outcome, Problem, outcomes};
use crate::senders::unplanned::{self, Found};
use crate::senders::{Fault, RIGHT, Sign, fault, faults};
use crate::suite::config::{Config, Require};
use crate::suite::{Defined, Redaction};
use crate::trial::machine;
use crate::trial::{Interrupt, Launcher};

/// The time limit of a wrong sender, in milliseconds: reaching it says that the machine is busy.
const PATIENCE_MS: u64 = 60_000;

/// The time limit of one that is caught by reaching it, in milliseconds.
const IMPATIENCE_MS: u64 = 500;

/// How wide the matrix may be.
const COLUMNS: usize = 80;

/// The most cases that a fault is run on, of those that it touches. On the others it does nothing wrong.
const MOST_CASES: usize = 20;

#[derive(Debug, Args)]
pub(super) struct SelfCheckArgs {
    /// Only the faults that match, such as 'utf-16*'; may be repeated
    #[arg(long, value_name = "GLOB")]
    fault: Vec<Glob>,
    /// Only the cases that match, such as 'text/*'; a glob that begins with '!' excludes cases; may be repeated
    #[arg(long, value_name = "GLOB")]
    case: Vec<String>,
    /// How many trials run at once [default: four per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Only faults in messages without a plan, for which no client is started
    #[arg(long, conflicts_with_all = ["case", "jobs"])]
    without_plan: bool,
    /// How many messages without a plan are made for each fault
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    messages: u16,
    #[command(flatten)]
    network: NetworkArgs,
    /// The format of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One line for each fault
    Text,
    /// Every trial
    Json,
}

#[derive(Debug, Args)]
pub(super) struct SenderArgs {
    fault: String,
    host: String,
    port: String,
    plan: PathBuf,
}

/// Does a plan but for a fault, and ends as it does.
pub(super) fn send(args: &SenderArgs) -> ExitCode {
    let address = format!("{}:{}", args.host, args.port);
    let Some(fault) = fault(&args.fault) else {
        note(&format!("sender: there is no fault {:?}\n", args.fault));
        return ExitCode::from(Status::Unusable.code());
    };
    match follow(fault, &address, &args.plan, &mut raw()) {
        Ok(status) => ExitCode::from(u8::try_from(status).unwrap_or(u8::MAX)),
        Err(error) => {
            note(&format!("sender: {error}\n"));
            ExitCode::FAILURE
        }
    }
}

pub(super) fn self_check(args: SelfCheckArgs) -> Result<Status, CommandError> {
    if !args.wants(|wanted| faults().any(|fault| wanted(fault.name)) || unplanned::kinds().any(|kind| wanted(kind.name()))) {
        return Err("no fault matches; `samewire self-check` without --fault prints them all".into());
    }
    let folder = machine::private_folder(OsStr::new("samewire-self-check-"), &std::env::temp_dir())?;
    let run = args.run(folder.path())?;
    let planned = run.as_ref().map(|run| outcomes(&run.report)).unwrap_or_default();
    let without = args.without_plan();
    match args.format {
        Format::Text => print(&(run.as_ref().map(|_| text(&planned)).unwrap_or_default() + &without_plan::text(&without)))?,
        Format::Json => print(&format!("{:#}\n", json(run.as_ref(), &planned, &without)))?,
    }
    folder.close()?;
    let is_complete = run.as_ref().map_or(without.tried > 0, |run| run.report.complete && !planned.is_empty());
    let good = is_complete && planned.iter().all(|outcome| outcome.problem.is_none()) && without.is_good();
    Ok(if good { Status::Good } else { Status::Failed })
}

/// What ran with plans.
struct Ran {
    report: Report,
    suite: String,
}

fn json(run: Option<&Ran>, planned: &[Outcome<'_>], without: &Found) -> Value {
    json!({ "format": 1, "suite": run.map(|run| &run.suite), "faults": planned, "without_plan": without })
}

impl SelfCheckArgs {
    fn wants<T>(&self, asked: impl FnOnce(&dyn Fn(&str) -> bool) -> T) -> T {
        let globs: Vec<_> = self.fault.iter().map(Glob::compile_matcher).collect();
        asked(&|name| globs.is_empty() || globs.iter().any(|glob| glob.is_match(name)))
    }

    /// Runs the senders that are wanted, where there are any.
    fn run(&self, folder: &Path) -> Result<Option<Ran>, CommandError> {
        let wanted: Vec<&Fault> = self.wants(|wanted| faults().filter(|fault| wanted(fault.name)).collect());
        if self.without_plan || wanted.is_empty() {
            return Ok(None);
        }
        let session = self.session(&wanted, &folder.join("clients"))?;
        let interrupt = Interrupt::new();
        stop_on_signal(interrupt.clone())?;
        let progress = Bar::default();
        let report = run::run(&session, &self.options(Folder::claim(&folder.join("report"))?), &progress, &interrupt)?;
        progress.0.finish_and_clear();
        Ok(Some(Ran { report, suite: session.digest() }))
    }

    /// What is said of messages without a plan; nothing where cases are selected, since they are none.
    fn without_plan(&self) -> Found {
        if self.case.is_empty() { self.wants(|wanted| Found::of(wanted, usize::from(self.messages))) } else { Found::default() }
    }

    /// Each fault as a client, on the cases that are for it.
    fn session(&self, wanted: &[&Fault], clients: &Path) -> Result<Session, CommandError> {
        for fault in wanted {
            install(fault, clients)?;
        }
        let (folder, suites) = (clients.to_owned(), vec!["builtin:wire".into()]);
        let config = Config {
            folder,
            clients: clients.to_owned(),
            suites,
            require: Require::default(),
            network: self.network.network.unwrap_or_default(),
            packets: self.network.packets.unwrap_or_default(),
            defined: Defined::default(),
            redaction: Redaction::default(),
        };
        let selection = Selection { cases: self.case.clone(), profiles: vec![Profile::Default], ..Selection::default() };
        let mut session = Session::load(&config, &selection, &machine::today())?;
        session.trials = chosen(&session);
        Ok(session)
    }

    fn options(&self, folder: Folder) -> Options {
        Options {
            jobs: self.jobs.map_or_else(machine::jobs, usize::from),
            folder,
            keep_all: false,
            repeat: 1,
            launcher: Launcher::Ourselves,
            selection: SelectionReport::default(),
        }
    }
}

/// The trials of each fault on cases that are for it; where there are very many, some from all over the suite.
fn chosen(session: &Session) -> Vec<Planned> {
    let mut trials = Vec::new();
    for (index, client) in session.clients.iter().enumerate() {
        let Some(fault) = fault(&client.entry.name) else { continue };
        let is_for = |planned: &&Planned| planned.client == index && fault.is_for(&session.cases[planned.case]);
        let touched: Vec<Planned> = session.trials.iter().filter(is_for).copied().collect();
        let step = if fault.name == RIGHT { 1 } else { touched.len().div_ceil(MOST_CASES).max(1) };
        trials.extend(touched.into_iter().step_by(step));
    }
    trials
}

/// Makes a client of a fault: a folder with a file that starts this program.
fn install(fault: &Fault, clients: &Path) -> Result<(), CommandError> {
    let program = std::env::current_exe()?;
    let program = program.to_str().ok_or("the path of this program is not UTF-8")?;
    let timeout = if fault.sign == Sign::Verdict(Verdict::TimedOut) { IMPATIENCE_MS } else { PATIENCE_MS };
    let list = |arguments: &[&str]| json!(arguments).to_string();
    let toml = format!(
        "about = {}\nversion = {}\nrun = {}\ntimeout_ms = {timeout}\n",
        json!(fault.seen),
        list(&[program, "--version"]),
        list(&[program, "sender", fault.name, "{host}", "{port}", "{plan}"]),
    );
    let folder = clients.join(fault.name);
    fs::create_dir_all(&folder)?;
    Ok(fs::write(folder.join(CLIENT_FILE), toml)?)
}

/// One line a fault, what is wrong, and a summary.
fn text(outcomes: &[Outcome<'_>]) -> String {
    let width = outcomes.iter().map(|outcome| outcome.fault.len()).max().unwrap_or(0);
    let mut lines = styled(STRONG, &format!("{:width$} {:>7}  for example\n", "fault", "caught"));
    lines.extend(outcomes.iter().map(|outcome| line(outcome, width)));
    for outcome in outcomes {
        lines.extend(outcome.problem.map(|problem| complaint(outcome, problem)));
    }
    lines + &summary(outcomes)
}

fn line(outcome: &Outcome<'_>, width: usize) -> String {
    let caught = format!("{:>7}", format!("{}/{}", outcome.caught(), outcome.trials.len()));
    let example = outcome.example().map(|trial| format!("  {}: {}", trial.case, outcome.told_by(trial))).unwrap_or_default();
    let style = if outcome.problem.is_some() { BAD } else { GOOD };
    let room = COLUMNS.saturating_sub(width + 1 + caught.len());
    format!("{:width$} {}{}\n", outcome.fault, styled(style, &caught), shortened(&example, room))
}

fn shortened(text: &str, room: usize) -> String {
    match text.char_indices().nth(room) {
        Some(_) => text.chars().take(room - 1).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

fn complaint(outcome: &Outcome<'_>, problem: Problem) -> String {
    let (caught, of) = (outcome.caught(), counted(outcome.trials.len(), "case"));
    let what = match problem {
        Problem::Survives => format!("survives: none of {of} catches it"),
        Problem::Misnamed => format!("misnamed: {} of {of} should name {}", caught, outcome.sign),
        Problem::Accused => format!("accused: {caught} of {of} say that it is wrong"),
        Problem::NotRun => "could not be run".into(),
    };
    format!("{} {}\n", styled(BAD, outcome.fault), what)
}

fn summary(outcomes: &[Outcome<'_>]) -> String {
    if outcomes.is_empty() {
        return format!("{}\n", styled(BAD, "no sender was run: none affects a selected case"));
    }
    let trials: usize = outcomes.iter().map(|outcome| outcome.trials.len()).sum();
    let problems = outcomes.iter().filter(|outcome| outcome.problem.is_some()).count();
    let (what, style) = if problems == 0 { ("each caught and named".into(), GOOD) } else { (counted(problems, "problem"), BAD) };
    let (senders, trials) = (counted(outcomes.len(), "sender"), counted(trials, "trial"));
    format!("{senders}, {trials} (at most {MOST_CASES} a fault): {}\n", styled(style, &what))
}

/// Shows a bar on a terminal, and nothing elsewhere.
struct Bar(ProgressBar);

impl Default for Bar {
    fn default() -> Self {
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
        Self(if is_watched() { ProgressBar::no_length().with_style(style) } else { ProgressBar::hidden() })
    }
}

impl Progress for Bar {
    fn preparing(&self, _: usize) {}

    fn prepared(&self, _: &[ClientReport]) {}

    fn started(&self, trials: usize) {
        self.0.set_length(trials as u64);
    }

    fn begun(&self, _: &str) {}

    fn finished(&self, trial: &TrialReport) {
        self.0.set_message(trial.client.clone());
        self.0.inc(1);
    }
}
