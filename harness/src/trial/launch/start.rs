//! From a program to a process, or to the reason why there is none.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use samewire_recorder::Encoding;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use super::output::{self, Pieces};
use super::{OwnNetwork, Program, Stdin, platform, roster};
use crate::trial::network::{Client, Failure, Joining, Report, Step, become_nobody};

/// How often, and how far apart, a program that somebody still writes to is tried.
///
/// A thread that starts a program hands it, for a moment, every file that this process is writing.
const BUSY: (u32, Duration) = (100, Duration::from_millis(10));

/// How a script ends whose program is not found (`env`, a shell), or does not know the option in its first line.
const NOT_RUN: [i32; 3] = [2, 126, 127];

/// The most octets of a script's first line that the kernel reads.
const FIRST_LINE: u64 = 256;

/// A program could not be started.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// There is no such program.
    #[error("cannot start {}: there is no such program on PATH; install it, or mend the name", .0.display())]
    NotOnPath(PathBuf),
    /// There is no such file.
    #[error("cannot start {}: there is no such file in {}", program.display(), folder.display())]
    NotFound {
        /// The program, as it was asked for.
        program: PathBuf,
        /// Where a relative path begins.
        folder: PathBuf,
    },
    /// It is there, and is no program.
    #[error("cannot start {}: it exists but is not executable; `chmod +x` makes a script executable", .0.display())]
    NotExecutable(PathBuf),
    /// The working folder is not there.
    #[error("cannot start {}: its working folder {} does not exist", program.display(), folder.display())]
    NoFolder {
        /// The program.
        program: PathBuf,
        /// The folder.
        folder: PathBuf,
    },
    /// It is there and executable, and what it needs to be run is not.
    #[error("cannot start {}: it exists, but what runs it does not: the program in its first line, or its loader", .0.display())]
    NoInterpreter(PathBuf),
    /// It is a script that was saved on Windows, and so does not name the program that runs it.
    #[error("cannot start {}: {what}, so the program that runs this script is not found; save it as UTF-8 with LF line endings", program.display())]
    SavedOnWindows {
        /// The script.
        program: PathBuf,
        /// What keeps it from being run.
        what: &'static str,
    },
    /// The file that was to be its stdin cannot be opened.
    #[error("cannot start {}: cannot open its stdin, {}: {source}", program.display(), file.display())]
    Stdin {
        /// The program.
        program: PathBuf,
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It could not get into its network.
    #[error("start {} in a network of its own: {failure}", program.display())]
    Network {
        /// The program.
        program: PathBuf,
        /// What failed.
        failure: Failure,
    },
    /// It could not become another user.
    #[error("start {} as another user, since it is not to run as root: {failure}; run samewire as a user that is not root", program.display())]
    Nobody {
        /// The program.
        program: PathBuf,
        /// What failed.
        failure: Failure,
    },
    /// It ran, and how it ended is not known.
    #[error("cannot learn how {} ended: {source}", program.display())]
    Lost {
        /// The program.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Whatever else the operating system says.
    #[error("cannot start {}: {source}", program.display())]
    Failed {
        /// The program.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A program that runs, and what comes out of it.
pub(super) struct Started {
    pub child: Child,
    pub out: Pieces,
    pub err: Pieces,
    /// Why it never ran, where it is to run in a network of its own.
    pub report: Option<Report>,
}

/// Starts a program. One that is being written to is tried again, until `deadline`.
pub(super) async fn start(program: &Program, deadline: Instant) -> Result<Started, LaunchError> {
    let path = resolve(program)?;
    let (tries, pause) = BUSY;
    for _ in 1..tries {
        match spawn(&path, program)? {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && Instant::now() < deadline => sleep(pause).await,
            other => return other.map_err(|error| why(path, program, error)),
        }
    }
    spawn(&path, program)?.map_err(|error| why(path, program, error))
}

fn spawn(path: &Path, program: &Program) -> Result<io::Result<Started>, LaunchError> {
    let stdin = stdin(program)?;
    Ok(spawn_with(stdin, path, program))
}

fn spawn_with(stdin: Stdio, path: &Path, program: &Program) -> io::Result<Started> {
    let (stdout, out) = output::pipe()?;
    let (stderr, err) = output::pipe()?;
    let stdout = if program.prints_to_stderr { stderr.try_clone()? } else { stdout };
    let mut env = program.env.clone();
    env.insert("TMPDIR".into(), program.temporary.clone().into());
    let (mut command, report) = command(path, program, env)?;
    command.current_dir(&program.folder).env("TMPDIR", &program.temporary);
    command.stdin(stdin).stdout(stdout).stderr(stderr).kill_on_drop(true);
    platform::own_group(&mut command);
    // What joins a network closes its stdin itself.
    let closes_stdin = program.stdin == Stdin::Closed && report.is_none();
    let child = roster::enter(&mut command, closes_stdin, program.keeps.as_deref(), entered(program))?;
    Ok(Started { child, out, err, report })
}

/// What is started, with this environment.
pub(super) fn command(
    path: &Path,
    program: &Program,
    env: BTreeMap<OsString, OsString>,
) -> io::Result<(Command, Option<Report>)> {
    match is_become(program) {
        true => joining(joined(program), path, program, env),
        false => Ok((bare(path, program, env), None)),
    }
}

/// Whether a process of ours becomes it.
fn is_become(program: &Program) -> bool {
    program.as_nobody || joined(program).is_some()
}

/// The network that it gets into by way of a process of ours, which also puts files in the place of others.
fn joined(program: &Program) -> Option<&OwnNetwork> {
    let as_it_is = !program.as_nobody && program.binds.is_empty();
    program.network.as_deref().filter(|network| !(network.has_room_for_threads() && as_it_is))
}

/// The network in which it is started.
pub(super) fn entered(program: &Program) -> Option<&OwnNetwork> {
    program.network.as_deref().filter(|_| joined(program).is_none())
}

#[expect(clippy::disallowed_methods, reason = "this is the one door to other programs")]
pub(super) fn bare(path: &Path, program: &Program, env: BTreeMap<OsString, OsString>) -> Command {
    let mut command = Command::new(path);
    command.args(program.argv.iter().skip(1)).env_clear().envs(env);
    command
}

/// What becomes the program in its network, and as whom it is to run. The environment is ours until then; the program's own goes along.
#[expect(clippy::disallowed_methods, reason = "this is the one door to other programs")]
fn joining(
    network: Option<&OwnNetwork>,
    path: &Path,
    program: &Program,
    env: BTreeMap<OsString, OsString>,
) -> io::Result<(Command, Option<Report>)> {
    let client = Client {
        program: path.to_owned(),
        args: program.argv.iter().skip(1).cloned().collect(),
        env,
        closes_stdin: program.stdin == Stdin::Closed,
        binds: program.binds.clone(),
        as_nobody: program.as_nobody,
    };
    let joining = network.map_or_else(|| become_nobody(&client), |network| network.join(&client));
    let Joining { argv, report } = joining?;
    let mut command = Command::new(&argv[0]);
    command.args(&argv[1..]);
    Ok((command, Some(report)))
}

/// Why a program that was to run in a network of its own, or as another user, never ran, where that is so.
pub(super) fn never_entered(program: &Program, report: Option<Report>) -> Option<LaunchError> {
    let failure = report?.failure()?;
    let path = resolve(program).unwrap_or_else(|_| program.name());
    Some(match failure.step {
        Step::Execute => why(path, program, failure.source()),
        Step::MakeUser | Step::MapIds => LaunchError::Nobody { program: path, failure },
        _ => LaunchError::Network { program: path, failure },
    })
}

fn stdin(program: &Program) -> Result<Stdio, LaunchError> {
    match &program.stdin {
        Stdin::Empty => Ok(Stdio::null()),
        // Ours, which is closed as the program starts.
        Stdin::Closed if cfg!(unix) && !is_become(program) => Ok(Stdio::inherit()),
        Stdin::Closed => Ok(Stdio::null()),
        Stdin::File(file) => File::open(program.folder.join(file)).map(Stdio::from).map_err(|source| LaunchError::Stdin {
            program: program.name(),
            file: file.clone(),
            source,
        }),
    }
}

/// Finds the program on the PATH that it is going to have, not on ours.
pub(super) fn resolve(program: &Program) -> Result<PathBuf, LaunchError> {
    let name = program.name();
    let path = program.env.get(OsStr::new("PATH"));
    which::which_in(&name, path, &program.folder).map_err(|_| absent(name, path, program))
}

fn absent(name: PathBuf, path: Option<&OsString>, program: &Program) -> LaunchError {
    let is_bare = name.components().count() == 1 && !name.is_absolute();
    let folders: Vec<PathBuf> = match path {
        Some(path) if is_bare => std::env::split_paths(path).collect(),
        None if is_bare => Vec::new(),
        _ => vec![program.folder.clone()],
    };
    match folders.iter().map(|folder| folder.join(&name)).find(|path| path.exists()) {
        Some(there) => LaunchError::NotExecutable(there),
        None if is_bare => LaunchError::NotOnPath(name),
        None => LaunchError::NotFound { program: name, folder: program.folder.clone() },
    }
}

pub(super) fn why(path: PathBuf, program: &Program, error: io::Error) -> LaunchError {
    let is_not_found = error.kind() == io::ErrorKind::NotFound;
    if is_not_found && !program.folder.is_dir() {
        return LaunchError::NoFolder { program: path, folder: program.folder.clone() };
    }
    saved_on_windows(&path).unwrap_or_else(|| match is_not_found && path.exists() {
        true => LaunchError::NoInterpreter(path),
        false => LaunchError::Failed { program: path, source: error },
    })
}

/// Why a program that ended with this status was never run, where that is so: `env` of a script's first line, or a shell that took
/// the script over, says that something was not found.
pub(super) fn never_ran(program: &Program, status: i32) -> Option<LaunchError> {
    resolve(program).ok().filter(|_| NOT_RUN.contains(&status)).and_then(|path| saved_on_windows(&path))
}

/// What keeps a script from naming its program, where it was saved on Windows.
fn saved_on_windows(path: &Path) -> Option<LaunchError> {
    let mut head = Vec::new();
    File::open(path).and_then(|file| file.take(FIRST_LINE).read_to_end(&mut head)).ok()?;
    let what = match Encoding::of(&head) {
        Some(Encoding::Utf16) => "it is UTF-16 text",
        Some(Encoding::Marked) if head[3..].starts_with(b"#!") => "a byte order mark stands before its `#!`",
        None if head.starts_with(b"#!") && first_line(&head).ends_with(b"\r") => "its first line ends in a carriage return",
        _ => return None,
    };
    Some(LaunchError::SavedOnWindows { program: path.to_owned(), what })
}

fn first_line(text: &[u8]) -> &[u8] {
    text.split(|octet| *octet == b'\n').next().unwrap_or_default()
}
