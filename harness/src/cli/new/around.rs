//! `samewire new --from-program`: a client around a program that exists already, and its first case, recorded.
//!
//! What comes of trying it is written once all has gone well, and nothing otherwise.

use std::io;
use std::path::{Path, PathBuf};

use super::{NewArgs, failed, from_here, said};
use crate::cli::change::{Change, write_all};
use crate::cli::signals::stop_on_signal;
use crate::cli::terminal::{STRONG, print, styled};
use crate::cli::trying::{Asked, Tried};
use crate::cli::{CommandError, Status};
use crate::client::CLIENT_FILE;
use crate::client::existing::FIRST_CASE;
use crate::printable::{line, shell_word};
use crate::suite::config::{CONFIG_FILE, Config};
use crate::suite::{BUILTIN, Defined, Suite};
use crate::trial::Interrupt;

pub(super) fn new(args: &NewArgs) -> Result<Status, CommandError> {
    let config = args.place.config()?;
    let target = Target::of(args, &config)?;
    let here = std::env::current_dir()?;
    let mut asked = Asked {
        name: &args.name,
        program: &args.program,
        input: args.input.as_ref(),
        replies: &args.reply,
        server: args.server.as_ref(),
        defined: Defined::default(),
    };
    asked.check(&here)?;
    asked.defined = defined(args, config)?;
    let interrupt = Interrupt::new();
    stop_on_signal(interrupt.clone())?;
    let Some(tried) = asked.tried(&here, &target.client, &interrupt)? else { return Ok(Status::Failed) };
    write_all(&target.changes(&tried), || false)?;
    tell(args, &target, &tried)?;
    Ok(Status::Good)
}

/// What its case may name: a server that the project around it defines.
fn defined(args: &NewArgs, config: Config) -> Result<Defined, CommandError> {
    let servers = Suite::servers(&config.suites, &config.defined)?;
    match &args.server {
        Some(name) if servers.get(name).is_none() => {
            let names = servers.names().collect::<Vec<_>>().join(" ");
            let there = if names.is_empty() { "there is none".into() } else { format!("there are: {names}") };
            Err(format!("there is no server {name:?}; {there}; define it as [server.NAME] in samewire.toml (docs/cases.md)")
                .into())
        }
        _ => Ok(Defined { servers, ..config.defined }),
    }
}

/// Where all is written.
struct Target {
    /// The client's folder; absolute.
    client: PathBuf,
    /// The file of cases; absolute.
    cases: PathBuf,
    /// The `samewire.toml` that is written too, and what it says; nothing where there is one, or flags say it.
    config: Option<(PathBuf, String)>,
    /// The flags with which the same is found.
    flags: String,
}

impl Target {
    /// Nothing of it is there yet.
    fn of(args: &NewArgs, config: &Config) -> Result<Self, CommandError> {
        let (name, flags) = (&args.name, args.place.flags());
        let path = config.folder.join(CONFIG_FILE);
        let is_new = !path.is_file() && flags.is_empty();
        let suite = match config.suites.iter().find(|suite| !suite.to_string_lossy().starts_with(BUILTIN)) {
            Some(suite) => suite.clone(),
            None if path.is_file() => {
                let path = path.display();
                return Err(format!("{path} has no folder of cases of its own; add one, such as `suites = [\"cases\"]`").into());
            }
            None => config.folder.join("cases"),
        };
        // Clients that are there already have the cases that they had.
        let wire = if config.clients.is_dir() { "\"builtin:wire\", " } else { "" };
        let text = format!("clients = \"clients\"\nsuites  = [{wire}\"cases\"]\n");
        let flags = match (path.is_file(), args.place.suite.is_empty()) {
            (false, true) if !is_new => format!("{flags} --suite {}", shell_word(&suite.display().to_string())),
            _ => flags,
        };
        let absolute = |path: PathBuf| std::path::absolute(path);
        let target = Self {
            client: absolute(config.clients.join(name))?,
            cases: absolute(suite.join(format!("{name}.toml")))?,
            config: is_new.then_some((path, text)),
            flags,
        };
        for path in [&target.client, &target.cases] {
            if path.symlink_metadata().is_ok() {
                return Err(failed(path, &io::ErrorKind::AlreadyExists.into()).into());
            }
        }
        Ok(target)
    }

    /// What is to be written.
    fn changes(&self, tried: &Tried) -> Vec<Change> {
        let config = self.config.iter().map(|(path, text)| Change::new(path.clone(), text.clone()));
        let client = Change::new(self.client.join(CLIENT_FILE), tried.client.clone());
        [client, Change::new(self.cases.clone(), tried.cases.clone())].into_iter().chain(config).collect()
    }
}

fn tell(args: &NewArgs, target: &Target, tried: &Tried) -> Result<(), CommandError> {
    let mut text = tried.found();
    let shown = |path: &Path| styled(STRONG, &from_here(path));
    let indented = |text: &str| text.lines().map(|text| format!("  {}\n", line(text)).replace("  \n", "\n")).collect::<String>();
    for change in target.changes(tried) {
        text += &format!("wrote {}\n{}", shown(&change.path), indented(&change.text));
    }
    text += &tried.notes();
    let (name, flags) = (&args.name, &target.flags);
    let run = said(&format!("samewire run --client {name}{flags}"), "asserts that it sends this");
    let wait = said(&format!("samewire list{flags}"), "the client, and all its cases");
    print(&format!("{text}\nreview what {name}/{FIRST_CASE} expects: one program alone can be wrong\n\n  {run}\n  {wait}\n"))?;
    Ok(())
}
