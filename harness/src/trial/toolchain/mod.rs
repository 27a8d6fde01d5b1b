//! Whether a client, or a server, can be run on this machine: its programs are there, its version is known, it is built.
//!
//! A client is missing where that says so itself: a program is not on PATH or too old, or its `check` failed. Whatever else keeps
//! it from running, a question that could not be put included, is an error.

mod build;
pub(crate) mod cache;
mod environment;
mod inputs;
mod kit;
mod litter;
mod located;
mod shared;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use environment::{clean_env, plain_env};

use inputs::Inputs;
pub(crate) use kit::Kit;
use shared::Shared;

use crate::client::Client;
use crate::client::placeholders;
use crate::client::version::Version;
use crate::judge::end::End;
use crate::judge::verdict::Verdict;
use crate::printable::shell_command;
use crate::trial::Interrupt;
use crate::trial::launch::{self, LaunchError, Output, Program, Scratch, TimeLimit};
use crate::trial::lock::NotLocked;

/// How long `version` and `check` may take.
const VERSION_LIMIT: Duration = Duration::from_secs(10);

/// How a client that was examined is told to other processes: so, and then its version.
const FOUND: &str = "found";

/// The same of one that is missing, and then why.
const ABSENT: &str = "missing";

/// How much is told of what a program printed: so many octets of its beginning, and of its end.
const EXCERPT: (usize, usize) = (2 << 10, 4 << 10);

/// How long the short form of a reason may be, in characters.
const SHORT: usize = 200;

/// A client that can be run.
#[derive(Debug, Clone)]
pub struct Ready {
    /// What its `version` printed first.
    pub version: String,
    /// The program that its `locate` found, where it has one.
    pub program: Option<PathBuf>,
    /// The folder of its build, where it has one.
    pub out: Option<PathBuf>,
}

/// Why a client cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// What it needs is not on this machine.
    #[error("{0}")]
    Missing(String),
    /// It is there and does not work.
    #[error("{0}")]
    Broken(String),
    /// The run was stopped first, which says nothing of the kit.
    #[error("the run was stopped first")]
    Interrupted,
}

impl From<NotLocked> for NotReady {
    fn from(why: NotLocked) -> Self {
        match why {
            NotLocked::Interrupted => Self::Interrupted,
            NotLocked::Failed(why) => Self::Broken(why),
        }
    }
}

impl NotReady {
    /// The verdict of the client's trials.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Missing(_) => Verdict::Missing,
            Self::Broken(_) => Verdict::SetupError,
            Self::Interrupted => Verdict::Interrupted,
        }
    }

    /// The reason in one line: without what a program printed.
    #[must_use]
    pub fn in_short(&self) -> String {
        let whole = self.to_string();
        let first = whole.lines().next().unwrap_or_default();
        match first.char_indices().nth(SHORT) {
            Some((end, _)) => format!("{} ...", &first[..end]),
            None => first.to_owned(),
        }
    }
}

/// Looks for the programs a client needs, without starting any: on the PATH that they are started with.
///
/// # Errors
/// The first that is not there.
pub(crate) fn find_programs<'a>(of: impl Into<Kit<'a>>) -> Result<(), NotReady> {
    let kit = of.into();
    let paths = environment::paths(&kit);
    let is_there = |program: &&String| paths.iter().any(|path| which::which_in(program, Some(path), &kit.folder).is_ok());
    match kit.needs.iter().find(|program| !is_there(program)) {
        Some(program) => Err(NotReady::Missing(not_found(program))),
        None => Ok(()),
    }
}

/// That a program is not there: one that is named by a path is looked for nowhere else.
pub(crate) fn not_found(program: &str) -> String {
    match Path::new(program).components().count() {
        ..=1 => format!("{program} is not on PATH"),
        _ => format!("there is no program {program}"),
    }
}

/// Looks for a client's programs, has it checked and asks for its version.
///
/// # Errors
/// A program is missing or too old, `check` failed, or `version` does not end as it should.
pub(crate) fn version<'a>(of: impl Into<Kit<'a>>, interrupt: &Interrupt) -> Result<String, NotReady> {
    let kit = &of.into();
    find_programs(kit.clone())?;
    let Some(shared) = Shared::of_this_run() else { return examined(kit, interrupt) };
    let key = identity(kit);
    match shared.get(&key).as_deref().and_then(|told| told.split_once('\n')) {
        Some((FOUND, version)) => return Ok(version.to_owned()),
        Some((ABSENT, why)) => return Err(NotReady::Missing(why.to_owned())),
        _ => {}
    }
    let examined = examined(kit, interrupt);
    match &examined {
        Ok(version) => shared.tell(&key, &format!("{FOUND}\n{version}")),
        Err(NotReady::Missing(why)) => shared.tell(&key, &format!("{ABSENT}\n{why}")),
        // It may be otherwise the next time.
        Err(NotReady::Broken(_) | NotReady::Interrupted) => {}
    }
    examined
}

/// Has a client checked, and asks for its version.
fn examined(kit: &Kit<'_>, interrupt: &Interrupt) -> Result<String, NotReady> {
    if !kit.check.is_empty() && kit.check != kit.version {
        check(kit, interrupt)?;
    }
    if kit.version.is_empty() {
        return Ok(String::new());
    }
    let version = ask(kit, interrupt)?;
    check_age(kit, &version)?;
    Ok(version)
}

/// What the answer to a client's questions depends on, as the name of a file.
fn identity(kit: &Kit<'_>) -> String {
    let asked = (&kit.check, &kit.version, kit.version_status, &kit.at_least, &kit.locate);
    let environment = (&kit.folder, &kit.env, &kit.pass_env, kit.build.is_empty(), environment::paths(kit));
    blake3::hash(format!("{asked:?}{environment:?}").as_bytes()).to_hex().to_string()
}

/// Makes a client ready to run: as [`version`], and built.
///
/// # Errors
/// As [`version`], or the build failed.
pub(crate) fn prepare<'a>(of: impl Into<Kit<'a>>, interrupt: &Interrupt) -> Result<Ready, NotReady> {
    let kit = &of.into();
    let version = version(kit.clone(), interrupt)?;
    let program = located::program(kit, interrupt)?;
    if !kit.build.is_empty() {
        let out = Some(build::build(kit, &version, interrupt)?);
        return Ok(Ready { version, program, out });
    }
    if !kit.inputs.is_empty() {
        // They are what it is made of, so what they name is there.
        Inputs::of(kit)?;
    }
    Ok(Ready { version, program, out: None })
}

/// A digest of all files that a client is made of and of all that is said of it (BLAKE3 in hex): the same for the same client on
/// every machine of a platform. It is of the same files as the key of a build, so that what is built anew is another client too.
///
/// # Errors
/// One of the files cannot be read.
pub(crate) fn digest(client: &Client) -> Result<String, NotReady> {
    Ok(Inputs::of(&client.into())?.digest([client.said().as_str()]))
}

/// What a short program of this machine prints; none where it is not there, or fails.
#[cfg(feature = "cli")]
pub(crate) fn printed_by(argv: &[&str]) -> Option<String> {
    let scratch = Scratch::new().ok()?;
    let program = Program {
        argv: argv.iter().map(OsString::from).collect(),
        folder: scratch.path().to_owned(),
        env: environment::build_env(),
        temporary: scratch.path().to_owned(),
        ..Program::default()
    };
    let ran = run(&program, VERSION_LIMIT, &Interrupt::new()).ok()?;
    (ran.end == End::Exit(0)).then_some(ran.stdout)
}

/// Asks for a client's version: the first line that `version` prints.
fn ask(kit: &Kit<'_>, interrupt: &Interrupt) -> Result<String, NotReady> {
    let (shown, ran) = probe(kit, kit.version, interrupt)?;
    match ran.end {
        End::Exit(status) if status == kit.version_status => {
            Ok(first_line(&ran.stdout).or_else(|| first_line(&ran.stderr)).unwrap_or_default().to_owned())
        }
        // One command is both.
        End::Exit(status) if kit.check == kit.version => {
            Err(NotReady::Missing(format!("{shown} exited with status {status}{}", excerpt(&ran.stderr))))
        }
        End::Exit(status) => {
            let mend = format!(
                "if it always does, set `version_status = {status}`; if that means that it is not installed, let `check` say so"
            );
            let printed = printed(&ran.stderr, &ran.stdout);
            Err(NotReady::Broken(format!("{shown} exited with status {status}, not {} ({mend}){printed}", kit.version_status)))
        }
        end => Err(NotReady::Broken(format!("{shown} {}{}", describe(end, VERSION_LIMIT), excerpt(&ran.stderr)))),
    }
}

/// Has `check` say whether what the client needs is there.
fn check(kit: &Kit<'_>, interrupt: &Interrupt) -> Result<(), NotReady> {
    let (shown, ran) = probe(kit, kit.check, interrupt)?;
    let why = || format!("{shown} {}{}", describe(ran.end, VERSION_LIMIT), excerpt(&ran.stderr));
    match ran.end {
        End::Exit(0) => Ok(()),
        End::Exit(_) => Err(NotReady::Missing(why())),
        _ => Err(NotReady::Broken(why())),
    }
}

/// Runs a short program of a client where that client itself is to run: one that is built asks its toolchain, another its
/// interpreter. Also says how it was started.
fn probe(kit: &Kit<'_>, argv: &[String], interrupt: &Interrupt) -> Result<(String, Ran), NotReady> {
    let scratch = Scratch::new().map_err(|error| NotReady::Broken(format!("cannot make a temporary folder: {error}")))?;
    let mut env = if kit.build.is_empty() { clean_env(kit, scratch.path()) } else { environment::build_env() };
    env.retain(|_, value| !value.to_str().is_some_and(placeholders::is_of_a_trial));
    let program = Program {
        argv: argv.iter().map(OsString::from).collect(),
        folder: kit.folder.clone(),
        env,
        temporary: scratch.path().to_owned(),
        ..Program::default()
    };
    match run(&program, VERSION_LIMIT, interrupt) {
        Ok(Ran { end: End::Interrupted, .. }) => Err(NotReady::Interrupted),
        Ok(ran) => Ok((program.shown(), ran)),
        Err(error @ (LaunchError::NotOnPath(_) | LaunchError::NotFound { .. })) => Err(NotReady::Missing(error.to_string())),
        Err(error) => Err(NotReady::Broken(error.to_string())),
    }
}

/// Whether what a program printed has a version that is at least this one, or why not.
pub(crate) fn newer(printed: &str, least: &str) -> Result<(), String> {
    match (Version::of(printed), Version::of(least)) {
        (Some(version), Some(least)) if version.is_at_least(&least) => Ok(()),
        (Some(version), Some(least)) => Err(format!("{version} is too old: {least} or newer is needed")),
        _ => Err(format!("it printed no version: {printed}")),
    }
}

fn check_age(kit: &Kit<'_>, printed: &str) -> Result<(), NotReady> {
    let Some(least) = kit.at_least else { return Ok(()) };
    let (version, least) = (Version::of(printed), Version::of(least));
    match (version, least) {
        (Some(version), Some(least)) if version.is_at_least(&least) => Ok(()),
        (Some(version), Some(least)) => Err(NotReady::Missing(format!("{version} is too old: {least} or newer is needed"))),
        _ => Err(NotReady::Broken(format!("`{}` printed no version: {printed}", shell_command(kit.version)))),
    }
}

/// How a program ran that was started to be asked.
struct Ran {
    end: End,
    stdout: String,
    stderr: String,
}

fn run(program: &Program, limit: Duration, interrupt: &Interrupt) -> Result<Ran, LaunchError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|source| LaunchError::Failed { program: program.argv[0].clone().into(), source })?;
    runtime.block_on(async {
        let mut stdout = Output::new(None);
        let ended = launch::run(program, &mut TimeLimit::new(limit), interrupt.stopped(), &mut stdout).await?;
        let stdout = String::from_utf8_lossy(&stdout.finish().1).into_owned();
        Ok(Ran { end: ended.end, stdout, stderr: ended.stderr.text() })
    })
}

pub(crate) fn describe(end: End, limit: Duration) -> String {
    match end {
        End::Exit(status) => format!("exited with status {status}"),
        End::Signal(signal) => format!("was ended by signal {signal}"),
        End::TimedOut => format!("did not end within {} s", limit.as_secs_f64()),
        End::Stopped(signal) => format!("did not end within {} s: signal {signal} had stopped it", limit.as_secs_f64()),
        End::Enough { .. } => "was told to end".into(),
        End::Interrupted => "was interrupted".into(),
        End::Unknown => "ended, nobody knows how".into(),
    }
}

/// What a program printed to both, behind how it ended: its stdout in lines of its own where there is both.
fn printed(stderr: &str, stdout: &str) -> String {
    match (excerpt(stderr), excerpt(stdout)) {
        (stderr, stdout) if stderr.is_empty() || stdout.is_empty() => stderr + &stdout,
        (stderr, stdout) => format!("{stderr}\n{}", stdout.trim_start_matches([':', ' ', '\n'])),
    }
}

/// What a program printed, behind how it ended: a line, or the beginning and the end of many.
pub(crate) fn excerpt(text: &str) -> String {
    let text = text.trim();
    let (first, last) = (EXCERPT.0, text.len().saturating_sub(EXCERPT.1));
    let part = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    match text {
        "" => String::new(),
        line if !line.contains('\n') && line.len() <= SHORT => format!(": {line}"),
        text if last <= first => format!("\n{text}"),
        text => {
            let (beginning, end) = (part(&text.as_bytes()[..first]), part(&text.as_bytes()[last..]));
            format!("\n{beginning}\n[{} octets left out]\n{end}", last - first)
        }
    }
}

/// How to install what is needed, behind why it is missing; by package manager.
pub(crate) fn install_hint(install: &BTreeMap<String, String>) -> String {
    let commands: Vec<String> = install.iter().map(|(manager, what)| format!("{manager} install {what}")).collect();
    if commands.is_empty() { String::new() } else { format!("; {}", commands.join(", or ")) }
}

pub(crate) fn first_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_much_that_was_printed_the_beginning_and_the_end_are_told() {
        let long = format!("first\n{}\nlast", "é\n".repeat(100_000));
        let told = excerpt(&long);
        assert!(told.starts_with("\nfirst\n") && told.ends_with("\nlast"), "{told:.40}");
        assert!(told.contains(" octets left out]\n") && told.len() < 7_000, "{}", told.len());
        assert_eq!((excerpt(" \n"), excerpt("no such header\n")), (String::new(), ": no such header".into()));
    }

    #[test]
    fn a_reason_in_short_is_one_line() {
        let why = NotReady::Broken(format!("`make` exited with status 2\n{}", "x\n".repeat(1000)));
        assert_eq!(why.in_short(), "`make` exited with status 2");
        assert_eq!(NotReady::Broken("é".repeat(300)).in_short(), format!("{} ...", "é".repeat(SHORT)));
    }
}
