//! `samewire run --wait`: one trial whose client a person starts, with a debugger perhaps. What they are told is made here.

use std::time::Duration;

use super::CommandError;
use super::terminal::note;
use crate::client::profile::Profile;
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
        env.map(|(name, value)| quoted(&format!("{}={}", name.to_string_lossy(), value.to_string_lossy()))).collect();
    let argv: Vec<String> = program.argv.iter().map(|argument| quoted(&argument.to_string_lossy())).collect();
    let stdin = match &program.stdin {
        Stdin::Empty => "</dev/null".to_owned(),
        Stdin::Closed => "<&-".to_owned(),
        Stdin::File(file) => format!("<{}", quoted(&file.to_string_lossy())),
    };
    format!(
        "cd {} && env -i \\\n  {} \\\n  {} {stdin}\n",
        quoted(&program.folder.to_string_lossy()),
        env.join(" \\\n  "),
        argv.join(" ")
    )
}

/// A word that a shell takes for just this text, and that steers no terminal.
fn quoted(text: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "/._-+=:,@%".contains(character);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    if text.chars().any(char::is_control) {
        // Only bash and its like know these, but a control character is not to reach a terminal.
        let escaped = text.bytes().map(|octet| match octet {
            b'\'' | b'\\' => format!("\\{}", char::from(octet)),
            b' '..=b'~' => char::from(octet).to_string(),
            octet => format!("\\x{octet:02x}"),
        });
        return format!("$'{}'", escaped.collect::<String>());
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(quoted("/a/b-c=1"), "/a/b-c=1");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("it's $HOME"), "'it'\\''s $HOME'");
        assert_eq!(quoted("a\u{1b}[2J'\\"), "$'a\\x1b[2J\\'\\\\'");
    }
}
