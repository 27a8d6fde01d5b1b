//! `samewire init`: everything that a repository of one's own needs to begin with.
//!
//! No program of the repository is started unless it is named: what merely lies there may do anything.

mod ground;
mod plan;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use clap::Args;
use toml_edit::InlineTable;

use super::change::{Change, write_all};
use super::signals::stop_on_signal;
use super::terminal::{STRONG, note, print, styled};
use super::trying::{Asked, Tried};
use super::{CommandError, Status, reply};
use crate::client::scaffold::{check_name, tamed};
use crate::client::starter::{self, Kind};
use crate::printable::{line, shell_command, shell_word};
use crate::suite::Defined;
use crate::trial::Interrupt;
use ground::Ground;
use plan::{CASES, CLIENTS, Plan};

/// How many programs are named that seem to be worth a client.
const MOST_PROGRAMS: usize = 3;

#[derive(Debug, Args)]
#[command(after_help = "\
It writes samewire.toml, interop/cases and interop/clients in the current folder, tests/interop.rs with its lines in Cargo.toml where \
there is a package, a workflow for GitHub, and a line of .gitignore. What is there stays as it is, so a second time does no harm, and \
where something cannot be written, nothing is.")]
pub(super) struct InitArgs {
    /// What the client around PROGRAM is called [default: after the program]
    #[arg(long, requires = "program")]
    name: Option<String>,
    /// What PROGRAM is to send, where it reads that from the file {input} in ARGS, or else from its stdin
    #[arg(long, value_name = "TEXT", requires = "program")]
    input: Option<String>,
    /// Answer PROGRAM: TEXT once WHEN has happened, as with `samewire serve --reply`; may be repeated
    #[arg(long, value_name = "WHEN=TEXT", value_parser = reply::in_case, requires = "program")]
    reply: Vec<InlineTable>,
    /// A program that is there, and its ARGS, behind `--`: the first client is around it, and what it sends is the first case
    ///
    /// The address of this machine in ARGS becomes {host}, {port} or {url}, as with `samewire new --from-program`. Without it, the first
    /// clients are small programs in the languages of this repository, for your own code to take the place of.
    #[arg(last = true, value_name = "PROGRAM")]
    program: Vec<String>,
}

pub(super) fn init(args: &InitArgs) -> Result<Status, CommandError> {
    let here = std::env::current_dir()?;
    let _held = hold(&here)?;
    let ground = Ground::of(here)?;
    let all = starter::kinds()?;
    let interrupt = Interrupt::new();
    stop_on_signal(interrupt.clone())?;
    let is_begun = ground.project().is_some();
    let kinds = if is_begun { Vec::new() } else { kinds(&ground, all) };
    // What is wrong with what is there is said before anything is started.
    Plan::of(&ground, &kinds, None)?;
    let tried = match args.program.is_empty() || is_begun {
        true => None,
        false => match tried(args, &ground, &interrupt)? {
            None => return Ok(Status::Failed),
            tried => tried,
        },
    };
    let plan = Plan::of(&ground, &kinds, tried.as_ref())?;
    let changes: Vec<Change> = plan.changes.iter().map(|(change, _)| change.clone()).collect();
    if let Err(why) = write_all(&changes, || interrupt.is_stopped()) {
        if interrupt.is_stopped() {
            note(&format!("{why}\n"));
            return Ok(Status::Failed);
        }
        return Err(why.into());
    }
    print(&told(args, &ground, &plan, &Made { is_begun, kinds, all, tried }))?;
    Ok(Status::Good)
}

/// Holds the folder, so that of two at once one does not take the other's files for what was there. Where a folder cannot be locked,
/// nobody is kept apart.
fn hold(folder: &Path) -> Result<Option<File>, CommandError> {
    let Ok(file) = File::open(folder) else { return Ok(None) };
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            let folder = folder.display();
            Err(format!("another `samewire init` is at work in {folder}: run it again when that has ended; nothing was written")
                .into())
        }
        _ => Ok(Some(file)),
    }
}

/// The kinds of programs that are here, or else the first that can be run here.
fn kinds<'a>(ground: &Ground, all: &'a [Kind]) -> Vec<&'a Kind> {
    let here = ground.kinds(all);
    if !here.is_empty() {
        return here;
    }
    all.iter().find(|kind| missing(kind).is_none()).or(all.first()).into_iter().collect()
}

/// What a kind's client needs and is not on PATH.
fn missing(kind: &Kind) -> Option<String> {
    kind.needs().into_iter().find(|program| which::which(program).is_err())
}

fn tried(args: &InitArgs, ground: &Ground, interrupt: &Interrupt) -> Result<Option<Tried>, CommandError> {
    let name = args.name.clone().unwrap_or_else(|| name_of(&args.program, &ground.here));
    check_name(&name)?;
    let asked = Asked {
        name: &name,
        program: &args.program,
        input: args.input.as_ref(),
        replies: &args.reply,
        server: None,
        defined: Defined::default(),
    };
    asked.check(&ground.here)?;
    asked.tried(&ground.here, &ground.here.join(CLIENTS).join(&name), interrupt)
}

/// What a program is called: after the first file among its arguments, since the program itself may be an interpreter.
fn name_of(program: &[String], here: &Path) -> String {
    let file = program.iter().skip(1).find(|argument| here.join(argument).is_file() && !argument.starts_with('-'));
    let path = file.or(program.first()).map(PathBuf::from).unwrap_or_default();
    let name = tamed(&path.file_stem().unwrap_or_default().to_string_lossy());
    if check_name(&name).is_ok() { name } else { "first".into() }
}

/// What was made of it.
struct Made<'a> {
    is_begun: bool,
    kinds: Vec<&'a Kind>,
    all: &'a [Kind],
    tried: Option<Tried>,
}

fn told(args: &InitArgs, ground: &Ground, plan: &Plan, made: &Made<'_>) -> String {
    let mut text = made.tried.as_ref().map(Tried::found).unwrap_or_default();
    for (change, what) in &plan.changes {
        let how = if change.before.is_some() { "added to" } else { "wrote" };
        text += &entry(how, &seen(&change.path, ground), what);
    }
    for (path, what) in &plan.there {
        text += &entry("is there", &seen(path, ground), what);
    }
    text += &plan.left_out.iter().map(|why| format!("{why}\n")).collect::<String>();
    text += &made.tried.as_ref().map(Tried::notes).unwrap_or_default();
    if plan.changes.is_empty() {
        text += "nothing is to be added\n";
    }
    let steps = steps(args, ground, plan, made);
    let steps = steps.iter().enumerate().map(|(index, step)| format!("  {}. {step}\n", index + 1));
    format!("{text}\nwhat comes next:\n{}", steps.collect::<String>())
}

/// A line on a file: what became of it, its path, what it is for.
fn entry(how: &str, path: &str, what: &str) -> String {
    let path = line(path);
    let space = " ".repeat(36usize.saturating_sub(path.chars().count()));
    format!("{how:9} {}{space}  {what}", styled(STRONG, &path)).trim_end().to_owned() + "\n"
}

/// A path as seen from here, also where it is elsewhere in the repository.
fn seen(path: &Path, ground: &Ground) -> String {
    let up = ground.here.strip_prefix(&ground.root).map_or(0, |inside| inside.components().count());
    let from_root = path.strip_prefix(&ground.root).map(|inside| Path::new(&"../".repeat(up)).join(inside));
    let seen = path.strip_prefix(&ground.here).map(Path::to_owned).or(from_root);
    seen.unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// What to do next, in order.
fn steps(args: &InitArgs, ground: &Ground, plan: &Plan, made: &Made<'_>) -> Vec<String> {
    let missing = made.kinds.iter().filter_map(|kind| Some((&kind.name, missing(kind)?))).filter(|_| made.tried.is_none());
    let missing = missing.map(|(kind, program)| format!("; {kind} is left out until {program} is on PATH (`samewire doctor`)"));
    let mut steps = vec![format!("samewire run{}", missing.collect::<String>())];
    if made.is_begun {
        if !args.program.is_empty() {
            let program = shell_command(&args.program);
            steps.push(format!("samewire new NAME --from-program -- {program}    (the client around it)"));
        }
        return steps;
    }
    steps.push(to_see_it_fail(made));
    if made.tried.is_none() {
        let files = made.kinds.iter().map(|kind| format!("{CLIENTS}/{}/{}", kind.name, kind.wrong.file)).collect::<Vec<_>>();
        steps.push(format!("have your own code send it: {}", files.join(", ")));
    }
    let programs = ground.programs(made.all, MOST_PROGRAMS);
    let programs: Vec<Vec<String>> = if made.tried.is_none() { programs } else { Vec::new() };
    steps.extend(programs.iter().map(|argv| {
        let arguments = "{host} {port}";
        format!(
            "perhaps a client around a program that is here: samewire new NAME --from-program -- {} {arguments}",
            shell_command(argv)
        )
    }));
    steps.push("another program or language: samewire new NAME --from-program -- PROGRAM ARGS, or samewire new NAME".into());
    if let Some(test) = plan.test {
        steps.push(format!("cargo test --test {test}    (the same trials, each a test)"));
    }
    steps.push("commit it; the workflow runs it from then on".into());
    steps
}

/// How to see a run that is red, and rightly so.
fn to_see_it_fail(made: &Made<'_>) -> String {
    let again = "then `samewire run` again: it is red, and says where and why";
    match (&made.tried, made.kinds.first()) {
        (Some(tried), _) => {
            format!("to see it fail: change an octet of `expect` in {CASES}/{}.toml, {again}", tried.existing.name)
        }
        (None, Some(kind)) => {
            let wrong = &kind.wrong;
            let file = shell_word(&format!("{CLIENTS}/{}/{}", kind.name, wrong.file));
            format!("to see it fail: in {file} write `{}` instead of `{}`, {again}", wrong.write, wrong.instead_of)
        }
        (None, None) => format!("to see it fail: change an octet of `expect` in {CASES}, {again}"),
    }
}
