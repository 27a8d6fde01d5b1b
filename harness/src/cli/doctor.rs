//! `samewire doctor`: whether this machine can run the clients, and the commands that install what is missing.

use crate::judge::diagnosis;
use std::collections::BTreeSet;

use clap::Args;

use super::terminal::{BAD, GOOD, SKIPPED, STRONG, print, styled};
use super::{CommandError, PlaceArgs, Status, WIDTH};
use crate::client::{self, Entry};
use crate::printable::{line, wrapped};
use crate::suite::{Server, Suite};
use crate::trial::Interrupt;
use crate::trial::doctor::{Fact, facts, install_command};
use crate::trial::toolchain::{self, NotReady};

/// The column behind a name and a state.
const COLUMN: usize = 30;

#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    #[command(flatten)]
    place: PlaceArgs,
}

/// What there is to say of one client.
struct Finding {
    text: String,
    /// Whether something that is not optional is missing.
    lacking: bool,
    install: Option<String>,
}

pub(super) fn doctor(args: &DoctorArgs) -> Result<Status, CommandError> {
    let config = args.place.config()?;
    let entries = client::load(&config.clients, &diagnosis::names())?;
    print(&styled(STRONG, "clients\n"))?;
    let mut commands = BTreeSet::new();
    let mut lacking = false;
    for entry in &entries {
        let finding = examined(entry);
        print(&finding.text)?;
        commands.extend(finding.install);
        lacking |= finding.lacking;
    }
    let servers = Suite::servers(&config.suites, &config.defined)?;
    if servers.all().next().is_some() {
        print(&styled(STRONG, "servers\n"))?;
    }
    for server in servers.all() {
        let finding = examined_server(server);
        print(&finding.text)?;
        commands.extend(finding.install);
        lacking |= finding.lacking;
    }
    print(&styled(STRONG, "this machine\n"))?;
    facts().iter().try_for_each(|fact| print(&told(fact)))?;
    if !commands.is_empty() {
        print(&styled(STRONG, "to install what is missing\n"))?;
        commands.iter().try_for_each(|command| print(&format!("  {}\n", line(command))))?;
    }
    Ok(if lacking { Status::Failed } else { Status::Good })
}

fn examined(entry: &Entry) -> Finding {
    let client = match &entry.client {
        Ok(client) => client,
        Err(error) => return Finding { text: row(&entry.name, "broken", &error.to_string()), lacking: true, install: None },
    };
    match toolchain::version(client, &Interrupt::new()) {
        Ok(version) => Finding { text: row(&entry.name, "ready", &version), lacking: false, install: None },
        Err(why @ (NotReady::Broken(_) | NotReady::Interrupted)) => {
            Finding { text: row(&entry.name, "broken", &why.to_string()), lacking: true, install: None }
        }
        Err(NotReady::Missing(why)) => {
            let install = install_command(&client.install, |program| which::which(program).is_ok());
            let optional = if client.optional { " (optional)" } else { "" };
            Finding {
                text: row(&entry.name, "missing", &format!("{why}{optional}")),
                lacking: !client.optional,
                install: install.filter(|_| !client.optional),
            }
        }
    }
}

fn examined_server(server: &Server) -> Finding {
    let install = || install_command(&server.install, |program| which::which(program).is_ok());
    let (state, what, install) = match toolchain::version(server, &Interrupt::new()) {
        Ok(version) => ("ready", version, None),
        Err(NotReady::Missing(why)) => ("missing", why, install()),
        Err(why) => ("broken", why.to_string(), None),
    };
    Finding { text: row(&server.name, state, &what), lacking: state != "ready", install }
}

fn row(name: &str, state: &str, what: &str) -> String {
    let style = match state {
        "ready" => GOOD,
        "missing" => SKIPPED,
        _ => BAD,
    };
    let lines = wrapped(&line(what), WIDTH - COLUMN);
    format!("  {:18} {} {}\n", line(name), styled(style, &format!("{state:8}")), lines.join(&format!("\n{:COLUMN$}", "")))
}

fn told(fact: &Fact) -> String {
    let trouble = fact.trouble.iter().flat_map(|trouble| wrapped(trouble, WIDTH - 4)).map(|text| format!("    {text}\n"));
    let style = if fact.trouble.is_some() { SKIPPED } else { GOOD };
    format!("  {:18} {}\n{}", fact.what, styled(style, &fact.state), trouble.collect::<String>())
}
