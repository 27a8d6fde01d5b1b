//! A program that is asked one thing: it gets octets on its stdin, and is done when it has answered.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::judge::end::End;
use crate::trial::Interrupt;
use crate::trial::launch::{self, LaunchError, Output, Program, Scratch, Stdin, TimeLimit};
use crate::trial::toolchain::plain_env;

/// What is asked.
pub(super) struct Question<'a> {
    pub argv: Vec<OsString>,
    /// Where it runs.
    pub folder: PathBuf,
    /// Variables beyond what every program gets.
    pub env: &'a BTreeMap<String, String>,
    pub stdin: &'a [u8],
    pub limit: Duration,
    /// The most that it may print.
    pub most: usize,
}

/// What a program that was asked something did.
pub(super) struct Ran {
    pub end: End,
    pub stdout: Vec<u8>,
    pub is_too_much: bool,
    pub stderr: String,
}

/// Why a program could not be asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failed {
    #[error("could not be given the octets: {0}")]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Launch(#[from] LaunchError),
}

/// Asks a program, and waits for its end.
pub(super) fn ask(question: Question<'_>, interrupt: &Interrupt) -> Result<Ran, Failed> {
    let scratch = Scratch::new()?;
    let (limit, most) = (question.limit, question.most);
    let started = started(question, scratch.path())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut stdout, is_full) = Output::collecting(most);
    let ended = runtime.block_on(async {
        let stopped = async {
            tokio::select! {
                () = interrupt.stopped() => {}
                () = is_full.notified() => {}
            }
        };
        launch::run(&started, &mut TimeLimit::new(limit), stopped, &mut stdout).await
    });
    let (seen, stdout) = stdout.finish();
    let is_too_much = seen.length > stdout.len() as u64;
    let ended = ended?;
    scratch.close()?;
    Ok(Ran { end: ended.end, stdout, is_too_much, stderr: ended.stderr.text() })
}

fn started(question: Question<'_>, scratch: &Path) -> std::io::Result<Program> {
    let stdin = scratch.join("octets");
    fs::write(&stdin, question.stdin)?;
    let program = program(question.argv, &question.folder, question.env, scratch)?;
    Ok(Program { stdin: Stdin::File(stdin), ..program })
}

/// A program with a HOME and a TMPDIR of its own in `scratch`, and an empty stdin.
pub(super) fn program(
    argv: Vec<OsString>,
    folder: &Path,
    env: &BTreeMap<String, String>,
    scratch: &Path,
) -> std::io::Result<Program> {
    let (home, temporary) = (scratch.join("home"), scratch.join("tmp"));
    fs::create_dir(&home)?;
    fs::create_dir(&temporary)?;
    let mut env = plain_env(env);
    env.entry("HOME".into()).or_insert_with(|| home.into());
    let folder = std::path::absolute(folder)?;
    Ok(Program { argv, folder, env, temporary, ..Program::default() })
}
