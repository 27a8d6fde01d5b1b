//! `samewire run`: try every client on every case, and report.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::events::Events;
use super::progress::{Level, Watcher};
use super::terminal::note;
use super::{CommandError, SelectionArgs, Status, publish, record, wait};
use crate::config::Require;
use crate::interop::REQUIRE_VARIABLE;
use crate::launch;
use crate::machine;
use crate::report::{REPORT_FILE, SelectionReport};
use crate::run::{self, LAST_SELECTION, Options};
use crate::selection::Shard;
use crate::trial::{Interrupt, Launcher};

/// The status when a second signal ended the run: as shells have it for SIGINT.
const KILLED: i32 = 130;

/// Where reports go.
const REPORT_FOLDER: &str = "samewire-report";

#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    /// How many trials run at once [default: two for each core]
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
    /// Start no client: say how to start the one that is selected, and wait until a person has
    #[arg(long, conflicts_with_all = ["repeat", "shard"])]
    wait: bool,
    /// Run the cases that say nothing yet of what is expected, and write into their files what most clients agree on
    #[arg(long, conflicts_with_all = ["wait", "repeat", "shard", "profile", "out", "keep", "format", "quiet", "verbose"])]
    record: bool,
    /// With --wait: for so many seconds at most
    #[arg(long, value_name = "SECONDS", requires = "wait")]
    timeout: Option<u64>,
    /// Print only what failed, and the outcome
    #[arg(long, short, conflicts_with = "verbose")]
    quiet: bool,
    /// Print also how each client is started, and each trial as it ends
    #[arg(long, short)]
    verbose: bool,
    /// For whom it is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Which captures of passed trials are kept
    #[arg(long, value_enum, default_value_t = Keep::Small)]
    keep: Keep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For other programs: events as JSON Lines, and nothing else on stdout
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Keep {
    /// Those of up to 64 KiB
    Small,
    /// All
    All,
}

pub fn run(args: RunArgs) -> Result<Status, CommandError> {
    let require = args.require.as_deref().map(Require::parse);
    let mut options = args.options();
    if args.record {
        return record::record(&args.selection, require, options.jobs);
    }
    let mut session = args.selection.session(require, args.shard)?;
    if args.wait {
        options.launcher = wait::launcher(&mut session, args.timeout.map(Duration::from_secs))?;
    }
    let interrupt = Interrupt::new();
    stop_on_signal(interrupt.clone())?;
    if args.format == Format::Json {
        let report = run::run(&session, &options, &Events, &interrupt)?;
        publish::write_views(&report, &options.out)?;
        Events::finish(&report, &options.out.join(REPORT_FILE))?;
        return Ok(Status::of(&report));
    }
    let progress = Watcher::new(args.level(), args.wait);
    let report = run::run(&session, &options, &progress, &interrupt)?;
    progress.clear();
    publish::publish(&report, &options.out, args.quiet)
}

/// The first signal stops the run in order; the second ends it as it is.
pub(super) fn stop_on_signal(interrupt: Interrupt) -> Result<(), CommandError> {
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
    fn level(&self) -> Level {
        match (self.quiet, self.verbose) {
            (true, _) => Level::Quiet,
            (_, true) => Level::Verbose,
            _ => Level::Normal,
        }
    }

    fn options(&self) -> Options {
        let default = || {
            let folder = PathBuf::from(REPORT_FOLDER);
            if self.selection.selection(self.shard).is_partial() { folder.join(LAST_SELECTION) } else { folder }
        };
        Options {
            jobs: self.jobs.map_or_else(machine::jobs, usize::from),
            out: self.out.clone().unwrap_or_else(default),
            keep_all: self.keep == Keep::All,
            repeat: self.repeat,
            launcher: Launcher::Ourselves,
            selection: SelectionReport {
                clients: self.selection.client.clone(),
                cases: self.selection.case.clone(),
                profiles: self.selection.profile.clone(),
                shard: self.shard.map(|shard| shard.to_string()),
            },
        }
    }
}
