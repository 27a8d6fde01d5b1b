//! `samewire run --wait`: one trial whose client a person starts, with a debugger perhaps. What they are told is made here.

use std::time::Duration;

use super::CommandError;
use super::terminal::note;
use crate::client::profile::Profile;
use crate::printable::{shell_command, shell_word};
use crate::run::session::Session;
use crate::trial::Launcher;
use crate::trial::launch::{Program, Stdin};

/// Lets a person start the client of the session's only trial.
pub(super) fn launcher(session: &mut Session, limit: Option<Duration>) -> Result<Launcher, CommandError> {
    if session.trials.len() > 1 {
        // A client and a case are one trial to a person who did not name a profile.
        session.trials.retain(|planned| planned.profile == Profile::Default);
    }
    let [only] = session.trials.as_slice() else {
        let count = session.trials.len();
        return Err(
            format!("--wait is for one trial, and {count} are selected; name it with --client, --case and --profile").into()
        );
    };
    let name = session.name(*only);
    let told = move |program: &Program| {
        note(&format!(
            "\n{}\nwaiting for {name}: start it, and it is judged when its connections are over, or at Ctrl-C\n",
            command(program)
        ))
    };
    Ok(Launcher::Person { told: Box::new(told), limit })
}

/// The command that starts a program just as we would, for a shell.
fn command(program: &Program) -> String {
    let temporary = ("TMPDIR".into(), program.temporary.clone().into_os_string());
    let env = program.env.iter().map(|(name, value)| (name.clone(), value.clone())).chain([temporary]);
    let env: Vec<String> =
        env.map(|(name, value)| shell_word(&format!("{}={}", name.to_string_lossy(), value.to_string_lossy()))).collect();
    let argv: Vec<_> = program.argv.iter().map(|argument| argument.to_string_lossy()).collect();
    let stdin = match &program.stdin {
        Stdin::Empty => "</dev/null".to_owned(),
        Stdin::Closed => "<&-".to_owned(),
        Stdin::File(file) => format!("<{}", shell_word(&file.to_string_lossy())),
    };
    format!(
        "cd {} && env -i \\\n  {} \\\n  {} {stdin}\n",
        shell_word(&program.folder.to_string_lossy()),
        env.join(" \\\n  "),
        shell_command(&argv)
    )
}
