//! The command line: parses, wires, prints. What it prints is made by pure parts.

mod behave;
mod canvas;
mod carried;
mod change;
mod check;
mod compare;
mod completions;
mod conversation;
mod decoding;
mod destination;
mod diagnosed;
mod diff;
mod doctor;
mod ending;
mod events;
mod explain;
mod feed;
mod files;
mod fuzz;
mod hidden;
mod import;
mod indexed;
mod init;
mod list;
mod merge;
mod messages;
mod new;
mod progress;
mod project;
mod publish;
mod record;
mod reply;
mod report;
mod run;
mod schema;
mod self_check;
mod serve;
mod show;
mod signals;
mod target;
mod terminal;
mod threads;
mod trying;
mod view;
mod wait;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::client::profile::Profile;
use crate::printable::{line, shell_word};
use crate::report::Report;
use crate::run::selection::{Selection, Shard};
use crate::run::session::Session;
use crate::suite::config::{Config, Require};
use crate::suite::{NetworkMode, PacketsMode};
use crate::trial::launch;
use crate::trial::machine;

/// The width that long texts are wrapped to.
const WIDTH: usize = 80;

/// Proves that every client of a TCP protocol puts the same bytes on the wire.
///
/// Without a command, this is `run`.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: run::RunArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run every client on every case, and report
    Run(run::RunArgs),
    /// List the clients, with their toolchains and versions, and the cases
    List(list::ListArgs),
    /// Begin in a repository of your own: samewire.toml, a case, clients, a test of a crate, a workflow
    Init(init::InitArgs),
    /// Create the folder of a new client, with the next steps in it
    New(new::NewArgs),
    /// Try clients on plans made at random, and shrink what fails to the smallest plan that shows it
    ///
    /// Plan number N of a seed is always the same, and its sizes grow with N. The reference encoder says what is right. The exit
    /// status is 0 if nothing was found, 1 if something was.
    Fuzz(fuzz::FuzzArgs),
    /// Take one client through the cases stage by stage: stop at the first failure, and say what to do
    Check(check::CheckArgs),
    /// Say which toolchains are missing or too old, how to install them, and what else stands in the way on this machine
    ///
    /// The exit status is 0 if every client that is not optional is ready, else 1.
    Doctor(doctor::DoctorArgs),
    /// Record by hand: listen, and show and record what arrives
    Serve(Box<serve::ServeArgs>),
    /// Show a capture, as a hex dump of each connection, or packets as a table
    Show(show::ShowArgs),
    /// Say whether captures, or reports of different machines, hold the same octets
    Compare(compare::CompareArgs),
    /// Say why two runs of octets differ, and where: files, captures, or octets as they are typed
    Explain(explain::ExplainArgs),
    /// Make cases of recorded exchanges: what a client sent, and what a real server answered
    Import(import::ImportArgs),
    /// Show a report as text, an HTML page, Markdown, JUnit XML or GitHub annotations
    Report(report::ReportArgs),
    /// Merge the reports of shards, machines and languages into one, and prove that nothing is missing
    Merge(merge::MergeArgs),
    /// Say what is worse and what is better in one report than in an earlier one
    Diff(diff::DiffArgs),
    /// Print the JSON Schema of captures or reports
    Schema(schema::SchemaArgs),
    /// Print completions for a shell
    Completions(completions::CompletionsArgs),
    /// Print the manual page, for `man`
    Man,
    /// Prove that wrong senders are caught and named: run every known fault on the cases it affects
    SelfCheck(self_check::SelfCheckArgs),
    /// Follow a plan, but with a fault: what `self-check` starts
    #[command(hide = true)]
    Sender(self_check::SenderArgs),
}

/// Which clients and cases.
#[derive(Debug, Args)]
struct SelectionArgs {
    /// Only this client: NAME or NAME@VARIANT, optionally followed by +PROFILE; may be repeated
    #[arg(long, value_name = "NAME")]
    client: Vec<String>,
    /// Only the cases that match, such as 'text/*'; a glob that begins with '!' excludes cases; may be repeated
    #[arg(long, value_name = "GLOB")]
    case: Vec<String>,
    /// Only this profile; may be repeated [possible values: default, c-locale, closed-stdin, ipv6]
    #[arg(long, value_name = "NAME", value_parser = profile, hide_possible_values = true)]
    profile: Vec<Profile>,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Where clients and cases are.
#[derive(Debug, Args)]
struct PlaceArgs {
    /// Where the clients are [default: as samewire.toml says, or ./clients]
    #[arg(long, value_name = "DIR")]
    clients: Option<PathBuf>,
    /// A folder of cases, or builtin:wire; may be repeated [default: as samewire.toml says, or builtin:wire]
    #[arg(long, value_name = "DIR")]
    suite: Vec<PathBuf>,
}

/// Whose network trials run in.
#[derive(Debug, Clone, Copy, Default, Args)]
struct NetworkArgs {
    /// Whose network trials run in [default: as samewire.toml says, or auto]
    #[arg(long, value_enum, value_name = "WHOSE")]
    network: Option<NetworkMode>,
    /// Which trials' packets are kept, beside their captures [default: as samewire.toml says, or failed]
    #[arg(long, value_enum, value_name = "WHICH")]
    packets: Option<PacketsMode>,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    /// As it should.
    Good,
    /// Something that was tried failed.
    Failed,
    /// Bad usage, configuration or surroundings.
    Unusable,
    /// As the program ended that it was to start.
    Program(u8),
}

/// Whatever keeps a command from doing its work; printed as one line.
type CommandError = Box<dyn std::error::Error + Send + Sync>;

/// Parses the arguments, runs the command, and says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    launch::claim_all_children();
    let status = match cli.command {
        None => run::run(cli.run),
        Some(Command::Run(args)) => run::run(args),
        Some(Command::List(args)) => list::list(&args),
        Some(Command::Init(args)) => init::init(&args),
        Some(Command::New(args)) => new::new(&args),
        Some(Command::Fuzz(args)) => fuzz::fuzz(&args),
        Some(Command::Check(args)) => check::check(&args),
        Some(Command::Doctor(args)) => doctor::doctor(&args),
        Some(Command::Serve(args)) => serve::serve(&args),
        Some(Command::Show(args)) => show::show(&args),
        Some(Command::Compare(args)) => compare::compare(&args),
        Some(Command::Explain(args)) => explain::explain(&args),
        Some(Command::Import(args)) => import::import(&args),
        Some(Command::Report(args)) => report::report(&args),
        Some(Command::Merge(args)) => merge::merge(&args),
        Some(Command::Diff(args)) => diff::diff(&args),
        Some(Command::Schema(args)) => schema::schema(&args),
        Some(Command::Completions(args)) => completions::completions(&args),
        Some(Command::Man) => completions::man(),
        Some(Command::SelfCheck(args)) => self_check::self_check(args),
        Some(Command::Sender(args)) => return self_check::send(&args),
    };
    launch::finish();
    ExitCode::from(status.unwrap_or_else(|error| terminal::complain(error.as_ref())).code())
}

impl Status {
    fn code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Failed => 1,
            Self::Unusable => 2,
            Self::Program(status) => status,
        }
    }

    /// How a command ends that made a report.
    fn of(report: &Report) -> Self {
        if report.is_failure() { Self::Failed } else { Self::Good }
    }
}

/// What is to be said of a session and fails nothing.
fn remarks(session: &Session) -> Result<(), CommandError> {
    Ok(terminal::print(&session.asides().iter().map(|remark| format!("remark: {}\n", line(remark))).collect::<String>())?)
}

impl SelectionArgs {
    fn session(&self, require: Option<Require>, network: NetworkArgs, shard: Option<Shard>) -> Result<Session, CommandError> {
        Ok(Session::load(&network.over(self.config(require)?), &self.selection(shard), &machine::today())?)
    }

    /// The cases that say nothing yet of what is expected.
    fn unwritten(&self, require: Option<Require>, network: NetworkArgs) -> Result<Session, CommandError> {
        Ok(Session::load_unwritten(&network.over(self.config(require)?), &self.selection(None), &machine::today())?)
    }

    fn config(&self, require: Option<Require>) -> Result<Config, CommandError> {
        let config = self.place.config()?;
        Ok(match require {
            Some(require) => Config { require, ..config },
            None => config,
        })
    }

    fn selection(&self, shard: Option<Shard>) -> Selection {
        Selection { clients: self.client.clone(), cases: self.case.clone(), profiles: self.profile.clone(), shard }
    }
}

impl NetworkArgs {
    /// What samewire.toml says; the flag wins.
    fn over(self, config: Config) -> Config {
        let (network, packets) = (self.network.unwrap_or(config.network), self.packets.unwrap_or(config.packets));
        Config { network, packets, ..config }
    }
}

impl PlaceArgs {
    /// What samewire.toml says; flags win.
    fn config(&self) -> Result<Config, CommandError> {
        let mut config = Config::find(&std::env::current_dir()?)?;
        if let Some(clients) = &self.clients {
            config.clients.clone_from(clients);
        }
        if !self.suite.is_empty() {
            config.suites.clone_from(&self.suite);
        }
        Ok(config)
    }

    /// The flags again, for a command that is to be repeated.
    fn flags(&self) -> String {
        let word = |folder: &PathBuf| shell_word(&folder.display().to_string());
        let clients = self.clients.iter().map(|folder| format!(" --clients {}", word(folder)));
        clients.chain(self.suite.iter().map(|folder| format!(" --suite {}", word(folder)))).collect()
    }
}

fn profile(name: &str) -> Result<Profile, String> {
    Profile::of(name).ok_or_else(|| format!("the profiles are: {}", Profile::ALL.map(Profile::name).join(" ")))
}
