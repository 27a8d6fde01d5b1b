//! `samewire list`: the clients, with toolchain and version, and the cases.

use super::terminal::{BAD, GOOD, SKIPPED, STRONG, print, styled};
use super::{CommandError, SelectionArgs, Status};
use crate::printable::{counted, line};
use crate::session::{Participant, Session};
use crate::toolchain::{self, NotReady};
use crate::trial::Interrupt;

pub fn list(args: &SelectionArgs) -> Result<Status, CommandError> {
    let session = args.session(None, None)?;
    let clients: Vec<&Participant> =
        if args.client.is_empty() { session.clients.iter().collect() } else { session.selected().collect() };
    print(&styled(STRONG, &format!("{}\n", counted(clients.len(), "client"))))?;
    for participant in clients {
        print(&client(participant))?;
    }
    print(&cases(&session))?;
    Ok(Status::Good)
}

fn client(participant: &Participant) -> String {
    let name = &participant.entry.name;
    let client = match &participant.entry.client {
        Ok(client) => client,
        Err(error) => return format!("  {name:12} {} {}\n", styled(BAD, "broken"), line(&error.to_string())),
    };
    let state = match toolchain::version(client, &Interrupt::new()) {
        Ok(version) => format!("{} {}", styled(GOOD, "ready"), line(&version)),
        Err(NotReady::Missing(why)) => {
            let install = participant.install_hint().map(|install| format!("; {install}")).unwrap_or_default();
            format!("{} {}{install}", styled(SKIPPED, "missing"), line(&why))
        }
        Err(NotReady::Broken(why)) => format!("{} {}", styled(BAD, "broken"), line(&why)),
    };
    let lacks = if client.lacks.is_empty() { String::new() } else { format!(" (lacks {})", client.lacks.join(" ")) };
    format!("  {name:12} {state}{lacks}\n")
}

fn cases(session: &Session) -> String {
    let mut text = styled(STRONG, &format!("{}\n", counted(session.cases.len(), "case")));
    let width = session.cases.iter().map(|case| case.name.len()).max().unwrap_or(0);
    for case in &session.cases {
        text += &format!("  {:width$}  {} [{}]\n", case.name, line(&case.about), case.hazards.join(" "));
    }
    text
}
