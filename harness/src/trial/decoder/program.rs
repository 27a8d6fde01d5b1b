//! A decoder that is a program: started for the octets of one direction of one connection.

use std::ffi::OsString;
use std::time::Duration;

use super::asked::{Failed, Question, Ran, ask};
use super::{DecodeError, output};
use crate::judge::end::End;
use crate::judge::messages::{Direction, Message};
use crate::suite::Decoder;
use crate::suite::decoder::DecoderProgram;
use crate::trial::Interrupt;
use crate::trial::launch::LaunchError;
use crate::trial::toolchain::{NotReady, describe, excerpt, first_line, install_hint, newer, not_found, plain_env};

/// How long `version` may take.
const VERSION_LIMIT: Duration = Duration::from_secs(10);

/// How much a decoder may print: so much, and so much more for each octet, and no more than that.
const PRINTED: (usize, usize, usize) = (1 << 20, 64, 256 << 20);

/// Looks for what a decoder needs, and asks for its version.
pub(super) fn version(decoder: &Decoder, program: &DecoderProgram, interrupt: &Interrupt) -> Result<Option<String>, NotReady> {
    let named = |what: String| format!("the decoder {}: {what}{}", decoder.name, install_hint(&program.install));
    let env = plain_env(&program.env);
    let is_there = |name: &&String| which::which_in(name, env.get(&OsString::from("PATH")), decoder.folder()).is_ok();
    if let Some(name) = program.needs.iter().chain(program.run.first()).find(|name| !is_there(name)) {
        return Err(NotReady::Missing(named(not_found(name))));
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
    let folder = decoder.folder().to_owned();
    ask(Question { argv, folder, env: &program.env, stdin: octets, limit, most: most(octets) }, interrupt)
}
