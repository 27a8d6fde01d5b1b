//! `samewire list`: the clients, with toolchain and version, and the cases; or the hazards; or the diagnoses.

use std::collections::BTreeMap;

use clap::Args;

use super::terminal::{BAD, GOOD, SKIPPED, STRONG, print, styled};
use super::{CommandError, NetworkArgs, SelectionArgs, Status, WIDTH, remarks};
use crate::client::KnownFailure;
use crate::judge::diagnosis::{Cause, causes};
use crate::printable::{counted, line, wrapped};
use crate::run::participant::Participant;
use crate::run::session::Session;
use crate::suite::Server;
use crate::suite::hazards::{Hazard, hazards, tags};
use crate::trial::Interrupt;
use crate::trial::toolchain::{self, NotReady};

/// Up to so many words are listed that a client lacks.
const FEW: usize = 4;

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    /// List instead what goes wrong in which language, and the cases of builtin:wire that provoke it
    #[arg(long, conflicts_with = "diagnoses")]
    hazards: bool,
    /// List instead the causes of differences, by the names that reports and known failures use
    #[arg(long)]
    diagnoses: bool,
}

pub(super) fn list(args: &ListArgs) -> Result<Status, CommandError> {
    if args.hazards {
        print(&all_hazards())?;
    } else if args.diagnoses {
        print(&causes().map(diagnosis).collect::<String>())?;
    } else {
        clients_and_cases(&args.selection)?;
    }
    Ok(Status::Good)
}

fn clients_and_cases(args: &SelectionArgs) -> Result<(), CommandError> {
    let session = args.session(None, NetworkArgs::default(), None)?;
    let clients: Vec<&Participant> =
        if args.client.is_empty() { session.clients.iter().collect() } else { session.selected().collect() };
    print(&styled(STRONG, &format!("{}\n", counted(clients.len(), "client"))))?;
    for participant in clients {
        print(&client(participant))?;
    }
    print(&servers(&session))?;
    print(&cases(&session))?;
    for problem in &session.problems {
        print(&format!("{} {}\n", styled(BAD, "problem"), line(&session.told.text(problem))))?;
    }
    remarks(&session)
}

fn client(participant: &Participant) -> String {
    let name = line(&participant.entry.name);
    let client = match &participant.entry.client {
        Ok(client) => client,
        Err(error) => return format!("  {name:12} {} {}\n", styled(BAD, "broken"), line(&error.to_string())),
    };
    let version = toolchain::version(client, &Interrupt::new());
    let known: String = client.known_failures.iter().filter_map(|known| of_versions(known, version.as_deref().ok())).collect();
    let state = match version {
        Ok(version) => format!("{} {}", styled(GOOD, "ready"), line(&version)),
        Err(NotReady::Missing(why)) => {
            let install = participant.install_hint().map(|install| format!("; {}", line(&install))).unwrap_or_default();
            format!("{} {}{install}", styled(SKIPPED, "missing"), line(&why))
        }
        Err(why) => format!("{} {}", styled(BAD, "broken"), line(&why.in_short())),
    };
    let lacks = match client.lacks.len() {
        0 => String::new(),
        1..=FEW => format!(" (lacks {})", line(&client.lacks.join(" "))),
        many => format!(" (lacks {many} words)"),
    };
    format!("  {name:12} {state}{lacks}\n{known}")
}

/// A known failure of some versions, and whether of the one that is here; nothing of one that is of all.
fn of_versions(known: &KnownFailure, printed: Option<&str>) -> Option<String> {
    let below = known.below.as_ref()?;
    let profile = known.profile.map(|profile| format!("+{profile}")).unwrap_or_default();
    let beyond = printed.and_then(|printed| known.beyond(printed)).map(|why| format!("; not excused: {why}")).unwrap_or_default();
    Some(format!("    known to fail below {below}: {}\n", line(&format!("{}{profile} ({}){beyond}", known.case, known.reason))))
}

/// The servers of the cases, where these have any.
fn servers(session: &Session) -> String {
    let used: BTreeMap<&str, &Server> =
        session.cases.iter().flat_map(|case| &case.server).map(|server| (server.name.as_str(), &**server)).collect();
    if used.is_empty() {
        return String::new();
    }
    let told = |server: &Server| {
        let state = match toolchain::version(server, &Interrupt::new()) {
            Ok(version) => format!("{} {}", styled(GOOD, "ready"), line(&version)),
            Err(NotReady::Missing(why)) => {
                format!("{} {}", styled(SKIPPED, "missing"), line(&format!("{why}{}", toolchain::install_hint(&server.install))))
            }
            Err(why) => format!("{} {}", styled(BAD, "broken"), line(&why.in_short())),
        };
        format!("  {:12} {state}\n", line(&server.name))
    };
    let rows: String = used.values().map(|server| told(server)).collect();
    styled(STRONG, &format!("{}\n", counted(used.len(), "server"))) + &rows
}

fn cases(session: &Session) -> String {
    let mut text = styled(STRONG, &format!("{}\n", counted(session.cases.len(), "case")));
    let width = session.cases.iter().map(|case| case.name.len()).max().unwrap_or(0);
    for case in &session.cases {
        text += &format!("  {:width$}  {} [{}]\n", line(&case.name), line(&case.about), line(&case.hazards.join(" ")));
    }
    text
}

fn all_hazards() -> String {
    let mut text = styled(STRONG, &format!("{}\n", counted(hazards().len(), "hazard")));
    text += &hazards().iter().map(hazard).collect::<String>();
    text += &styled(STRONG, &format!("{} of cases\n", counted(tags().len(), "tag")));
    text + &tags().iter().map(|tag| format!("  {:16} {}\n", tag.name, tag.about)).collect::<String>()
}

/// The name and the languages on one line, for who looks for one of them; what is known of it below.
fn hazard(hazard: &Hazard) -> String {
    let mut text = format!("  {} [{}]\n", styled(STRONG, &hazard.name), hazard.languages.join(" "));
    let octets = |hex: &str| if hex.is_empty() { "nothing".to_owned() } else { hex.to_owned() };
    let example = hazard.intended.as_deref().zip(hazard.arrived.as_deref());
    let example = example.map(|(intended, arrived)| format!("{} became {}", octets(intended), octets(arrived)));
    let shown = (!hazard.shown_by.is_empty()).then(|| format!("shown by {}", hazard.shown_by.join(" ")));
    let beyond = hazard.beyond.as_ref().map(|why| format!("beyond the cases: {why}"));
    for what in [Some(hazard.cause.clone()), example, shown, beyond].into_iter().flatten() {
        text += &wrapped(&what, WIDTH - 4).iter().map(|line| format!("    {line}\n")).collect::<String>();
    }
    text
}

fn diagnosis(cause: &Cause) -> String {
    let sentence = wrapped(&cause.sentence, WIDTH - 2);
    format!("{}\n{}", styled(STRONG, &cause.name), sentence.iter().map(|line| format!("  {line}\n")).collect::<String>())
}
