//! `samewire run`: try every client on every case, and report.

use super::signals::stop_on_signal;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::events::Events;
use super::progress::{Level, Watcher};
use super::terminal::note;
use super::{CommandError, NetworkArgs, SelectionArgs, Status, publish, record, wait};
use crate::report::{Earlier, Folder, LAST_SELECTION, REPORT_FILE, SelectionReport};
use crate::run::REQUIRE_VARIABLE;
use crate::run::selection::Shard;
use crate::run::session::Session;
use crate::run::{self, Options};
use crate::suite::config::Require;
use crate::trial::machine;
use crate::trial::{Interrupt, Launcher};
use crate::view::matrix::Absent;

/// Where reports go.
pub(super) const REPORT_FOLDER: &str = "samewire-report";

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    network: NetworkArgs,
    /// How many trials run at once [default: four per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Clients whose toolchain must be present: `all`, or names separated by commas
    #[arg(long, value_name = "NAMES", env = REQUIRE_VARIABLE)]
    require: Option<String>,
    /// Where the report goes [default: samewire-report, or samewire-report/last-selection with --client, --case or --failed]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Only one of several equal parts, such as 2/5; every machine splits the trials in the same way
    #[arg(long, value_name = "PART/OF")]
    shard: Option<Shard>,
    /// Run each trial this many times; one that does not always end in the same way is flaky. With --record, at least three
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    repeat: u32,
    /// Only what failed last time, according to the report in --out; without --out, to the last full run and the last selection
    #[arg(long)]
    failed: bool,
    /// Start no client: print the command that starts the selected one, and wait until you have run it
    #[arg(long, conflicts_with_all = ["repeat", "shard"])]
    wait: bool,
    /// Run the cases that have no expectation yet, and write into their files what most clients agree on in every one of
    /// several runs
    #[arg(long, conflicts_with_all = ["wait", "shard", "profile", "out", "failed", "keep", "format", "quiet", "verbose"])]
    record: bool,
    /// With --wait: wait at most this many seconds
    #[arg(long, value_name = "SECONDS", requires = "wait")]
    timeout: Option<u64>,
    /// Print only failures and the outcome
    #[arg(long, short, conflicts_with = "verbose")]
    quiet: bool,
    /// Also print how each client is started, and each trial as it ends
    #[arg(long, short)]
    verbose: bool,
    /// Include missing clients in the matrix
    #[arg(long, conflicts_with = "quiet")]
    show_missing: bool,
    /// Who reads the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Which captures of passed trials to keep
    #[arg(long, value_enum, default_value_t = Keep::Small)]
    keep: Keep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// People
    Text,
    /// Programs: events as JSON Lines, and nothing else on stdout
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Keep {
    /// Captures of up to 64 KiB
    Small,
    /// All
    All,
}

pub(super) fn run(args: RunArgs) -> Result<Status, CommandError> {
    let require = require(args.require.as_deref());
    if args.record {
        return record::record(&args.selection, require, args.network, args.jobs(), args.repeat);
    }
    let mut session = args.selection.session(require, args.network, args.shard)?;
    let launcher = match args.wait {
        true => wait::launcher(&mut session, args.timeout.map(Duration::from_secs))?,
        false => Launcher::Ourselves,
    };
    let options = args.options(Folder::claim(&args.out())?, launcher);
    if args.failed {
        let asked = args.out.as_deref().unwrap_or(Path::new(REPORT_FOLDER));
        only_failed(&mut session, &options.folder, asked)?;
        if session.trials.is_empty() {
            note(&format!("nothing that is selected failed last time: {}\n", asked.display()));
            return Ok(Status::Good);
        }
    }
    let interrupt = Interrupt::new();
    stop_on_signal(interrupt.clone())?;
    if args.format == Format::Json {
        let (report, written) = publish::found(run::run(&session, &options, &Events, &interrupt))?;
        let written = written.and_then(|()| publish::write_views(&report, &options.folder));
        Events::finish(&report, &options.folder.path().join(REPORT_FILE))?;
        return written.map(|()| Status::of(&report));
    }
    let progress = Watcher::new(args.level(), args.wait);
    let result = run::run(&session, &options, &progress, &interrupt);
    progress.clear();
    publish::publish(result, &options.folder, args.quiet, Absent::shown(args.show_missing))
}

/// Leaves the trials that failed the last time, as the report in a folder says, and the one in `asked`: of a trial that both know,
/// the one that was begun last.
fn only_failed(session: &mut Session, folder: &Folder, asked: &Path) -> Result<(), CommandError> {
    let none = || format!("there is no earlier report in {}; run without --failed first", asked.display());
    let other = if folder.path() == asked { None } else { Earlier::read(asked) };
    let earlier = Earlier::together(folder.earlier().into_iter().chain(other)).ok_or_else(none)?;
    let failed = earlier.failed();
    let trials = session.trials.iter().copied().filter(|planned| failed.contains(session.name(*planned).as_str()));
    session.trials = trials.collect();
    Ok(())
}

/// What must be there; an empty variable, as a matrix of CI leaves one, says nothing.
fn require(asked: Option<&str>) -> Option<Require> {
    asked.filter(|names| !names.trim().is_empty()).map(Require::parse)
}

impl RunArgs {
    fn level(&self) -> Level {
        match (self.quiet, self.verbose) {
            (true, _) => Level::Quiet,
            (_, true) => Level::Verbose,
            _ => Level::Normal,
        }
    }

    fn jobs(&self) -> usize {
        self.jobs.map_or_else(machine::jobs, usize::from)
    }

    /// Where the report goes.
    fn out(&self) -> PathBuf {
        let default = || {
            let folder = PathBuf::from(REPORT_FOLDER);
            if self.failed || self.selection.selection(self.shard).is_partial() { folder.join(LAST_SELECTION) } else { folder }
        };
        self.out.clone().unwrap_or_else(default)
    }

    fn options(&self, folder: Folder, launcher: Launcher) -> Options {
        Options {
            jobs: self.jobs(),
            folder,
            keep_all: self.keep == Keep::All,
            repeat: self.repeat,
            launcher,
            selection: SelectionReport {
                clients: self.selection.client.clone(),
                cases: self.selection.case.clone(),
                profiles: self.selection.profile.clone(),
                shard: self.shard.map(|shard| shard.to_string()),
                failed: self.failed,
            },
        }
    }
}
