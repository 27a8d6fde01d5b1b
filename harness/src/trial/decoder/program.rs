//! A decoder that is a program: started for the octets of one direction of one connection.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::Duration;

use super::{DecodeError, output};
use crate::judge::end::End;
use crate::judge::messages::{Direction, Message};
use crate::suite::Decoder;
use crate::suite::decoder::DecoderProgram;
use crate::trial::Interrupt;
use crate::trial::launch::{self, LaunchError, Output, Program, Scratch, Stdin, TimeLimit};
use crate::trial::toolchain::{NotReady, describe, excerpt, first_line, newer, plain_env};

/// How long `version` may take.
const VERSION_LIMIT: Duration = Duration::from_secs(10);

/// How much a decoder may print: so much, and so much more for each octet, and no more than that.
const PRINTED: (usize, usize, usize) = (1 << 20, 64, 256 << 20);

/// What a program that was asked something did.
struct Ran {
    end: End,
    stdout: Vec<u8>,
    is_too_much: bool,
    stderr: String,
}

/// Looks for what a decoder needs, and asks for its version.
pub(super) fn version(decoder: &Decoder, program: &DecoderProgram, interrupt: &Interrupt) -> Result<Option<String>, NotReady> {
    let named = |what: String| format!("the decoder {}: {what}{}", decoder.name, hint(program));
    let env = plain_env(&program.env);
    let is_there = |name: &&String| which::which_in(name, env.get(&OsString::from("PATH")), decoder.folder()).is_ok();
    if let Some(name) = program.needs.iter().chain(program.run.first()).find(|name| !is_there(name)) {
        return Err(NotReady::Missing(named(format!("{name} is not on PATH"))));
    }
    if program.version.is_empty() {
        return Ok(None);
    }
    let broken = |what: String| NotReady::Broken(format!("the decoder {}: {what}", decoder.name));
    let argv = program.version.iter().map(OsString::from).collect();
    let ran = match run(decoder, program, argv, &[], VERSION_LIMIT, interrupt) {
        Ok(ran) => ran,
        Err(Failed::Launch(error @ (LaunchError::NotOnPath(_) | LaunchError::NotFound { .. }))) => {
            return Err(NotReady::Missing(named(error.to_string())));
        }
        Err(error) => return Err(broken(error.to_string())),
    };
    let printed = String::from_utf8_lossy(&ran.stdout);
    match ran.end {
        End::Interrupted => Err(NotReady::Interrupted),
        End::Exit(0) => {
            let version = first_line(&printed).or_else(|| first_line(&ran.stderr)).unwrap_or_default().to_owned();
            match program.at_least.as_ref().map(|least| newer(&version, least)) {
                Some(Err(why)) => Err(NotReady::Missing(named(why))),
                _ => Ok(Some(version)),
            }
        }
        end => Err(broken(format!("its `version` {}{}", describe(end, VERSION_LIMIT), excerpt(&ran.stderr)))),
    }
}

/// How to install what it needs.
fn hint(program: &DecoderProgram) -> String {
    let commands: Vec<String> = program.install.iter().map(|(manager, what)| format!("{manager} install {what}")).collect();
    if commands.is_empty() { String::new() } else { format!("; {}", commands.join(", or ")) }
}

/// Has a decoder decode octets.
pub(super) fn messages(
    decoder: &Decoder,
    program: &DecoderProgram,
    direction: Direction,
    octets: &[u8],
    interrupt: &Interrupt,
) -> Result<Vec<Message>, DecodeError> {
    let failed = |what: String| DecodeError::Failed { name: decoder.name.clone(), what };
    let argv = program.run.iter().map(|argument| argument.replace("{direction}", direction.name()).into()).collect();
    let ran = run(decoder, program, argv, octets, program.timeout, interrupt).map_err(|error| failed(error.to_string()))?;
    match ran.end {
        End::Interrupted if !ran.is_too_much => Err(DecodeError::Interrupted),
        _ if ran.is_too_much => Err(failed(format!("printed more than {} octets", most(octets)))),
        End::Exit(0) => output::messages(&ran.stdout, octets, program.fields.as_deref()).map_err(failed),
        end => Err(failed(format!("{}{}", describe(end, program.timeout), excerpt(&ran.stderr)))),
    }
}

/// Why a decoder could not be run.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("could not be given the octets: {0}")]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Launch(#[from] LaunchError),
}

fn most(octets: &[u8]) -> usize {
    let (least, each, most) = PRINTED;
    octets.len().saturating_mul(each).saturating_add(least).min(most)
}

fn run(
    decoder: &Decoder,
    program: &DecoderProgram,
    argv: Vec<OsString>,
    octets: &[u8],
    limit: Duration,
    interrupt: &Interrupt,
) -> Result<Ran, Failed> {
    let scratch = Scratch::new()?;
    let started = started(decoder, program, argv, scratch.path(), octets)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut stdout, is_full) = Output::collecting(most(octets));
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

fn started(
    decoder: &Decoder,
    program: &DecoderProgram,
    argv: Vec<OsString>,
    scratch: &Path,
    octets: &[u8],
) -> std::io::Result<Program> {
    let (home, temporary, stdin) = (scratch.join("home"), scratch.join("tmp"), scratch.join("octets"));
    fs::create_dir(&home)?;
    fs::create_dir(&temporary)?;
    fs::write(&stdin, octets)?;
    let mut env = plain_env(&program.env);
    env.entry("HOME".into()).or_insert_with(|| home.into());
    let folder = std::path::absolute(decoder.folder())?;
    let stdin = Stdin::File(stdin);
    Ok(Program { argv, folder, env, temporary, stdin, keeps: None, network: None, binds: Vec::new() })
}
