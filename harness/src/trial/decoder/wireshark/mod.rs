//! The dissectors of Wireshark: one tshark for a run, started when it is needed, and anew where it failed.

mod layers;
mod names;
mod pdml;
mod tshark;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use names::Names;
use tshark::{Dissected, Silence, TSHARK, Tshark, complaints, failed, nothing};

use super::DecodeError;
use super::asked::{Failed, Question, ask};
use crate::judge::end::End;
use crate::judge::messages::{Direction, Message};
use crate::packets;
use crate::suite::Decoder;
use crate::trial::Interrupt;
use crate::trial::dialogue::Dialogue;
use crate::trial::launch::LaunchError;
use crate::trial::toolchain::{NotReady, describe, first_line};

/// How to get it.
const INSTALL: &str = "apt install tshark, or brew install wireshark, or https://www.wireshark.org";

/// How long a question about itself may take: it reads all that it has first.
const LIMIT: Duration = Duration::from_secs(60);

/// The most that it may print of what it knows.
const MOST: usize = 256 << 20;

/// Wireshark, as far as it was needed so far.
#[derive(Debug, Default)]
pub(super) struct Wireshark {
    version: OnceLock<Result<String, NotReady>>,
    names: OnceLock<Result<Names, NotReady>>,
    process: Mutex<Process>,
}

/// The process that runs, and the dissectors that one is started for.
#[derive(Debug, Default)]
struct Process {
    running: Option<Tshark>,
    dissectors: BTreeSet<String>,
}

impl Wireshark {
    /// Its version, where it has this dissector.
    pub(super) fn ready(&self, decoder: &Decoder, dissector: &str, interrupt: &Interrupt) -> Result<String, NotReady> {
        let of_decoder = |why: NotReady| match why {
            NotReady::Missing(why) => NotReady::Missing(format!("the decoder {}: {why}", decoder.name)),
            NotReady::Broken(why) => NotReady::Broken(format!("the decoder {}: {why}", decoder.name)),
            NotReady::Interrupted => NotReady::Interrupted,
        };
        let version = self.version.get_or_init(|| version(interrupt)).clone().map_err(of_decoder)?;
        if let Some(why) = self.names(interrupt).map_err(of_decoder)?.no_protocol(dissector) {
            return Err(of_decoder(NotReady::Broken(why)));
        }
        speaks_over_tcp(dissector, interrupt).map_err(of_decoder)?;
        Ok(version)
    }

    /// Why there is no such field; nothing where there is one.
    pub(super) fn no_field(&self, name: &str, interrupt: &Interrupt) -> Result<Option<String>, NotReady> {
        Ok(self.names(interrupt)?.no_field(name))
    }

    fn names(&self, interrupt: &Interrupt) -> Result<&Names, NotReady> {
        self.names.get_or_init(|| names(interrupt)).as_ref().map_err(Clone::clone)
    }

    /// Says which dissectors are going to be asked for, so that one process is started for all of them.
    pub(super) fn expect(&self, dissector: &str) {
        self.process.lock().unwrap_or_else(PoisonError::into_inner).dissectors.insert(dissector.to_owned());
    }

    /// The messages of one direction.
    pub(super) fn messages(
        &self,
        (decoder, dissector): (&Decoder, &str),
        direction: Direction,
        dialogue: &Dialogue,
        interrupt: &Interrupt,
    ) -> Result<Vec<Message>, DecodeError> {
        let way = |direction| match direction {
            Direction::Received => packets::Direction::Received,
            Direction::Sent => packets::Direction::Sent,
        };
        let turns = dialogue.turns().map(|(direction, octets)| (way(direction), octets));
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        let (packets, carried) = process.dissect(&decoder.name, dissector, turns, interrupt)?;
        drop(process);
        Ok(layers::messages(dissector, &packets, &carried, way(direction), dialogue.octets(direction)))
    }
}

impl Process {
    fn dissect<'a>(
        &mut self,
        name: &str,
        dissector: &str,
        turns: impl Iterator<Item = (packets::Direction, &'a [u8])>,
        interrupt: &Interrupt,
    ) -> Result<Dissected, DecodeError> {
        let mut running = match self.running.take().filter(|running| running.knows(dissector)) {
            Some(running) => running,
            None => {
                self.dissectors.insert(dissector.to_owned());
                Tshark::start(&self.dissectors).map_err(|why| failed(name, &why, ""))?
            }
        };
        match running.dissect(dissector, turns, interrupt) {
            Ok(dissected) => {
                self.running = Some(running);
                Ok(dissected)
            }
            // The next one is started anew.
            Err(Silence::Interrupted) => Err(DecodeError::Interrupted),
            Err(Silence::Failed(what)) => Err(failed(name, &what, &running.last_words())),
        }
    }
}

fn version(interrupt: &Interrupt) -> Result<String, NotReady> {
    let said = asked(&["--version"], interrupt)?;
    // `TShark (Wireshark) 4.2.2 (Git v4.2.2 packaged as 4.2.2-1)`
    let first = first_line(&said).unwrap_or_default();
    Ok(first.split(" (Git").next().unwrap_or(first).trim_end_matches('.').to_owned())
}

fn names(interrupt: &Interrupt) -> Result<Names, NotReady> {
    let names = Names::of(&asked(&["-G", "fields"], interrupt)?);
    if names.is_empty() { Err(NotReady::Broken(format!("`{TSHARK} -G fields` lists no protocol"))) } else { Ok(names) }
}

/// Whether octets of a TCP connection can be given to a dissector. One that cannot would keep a process from starting that others need.
fn speaks_over_tcp(dissector: &str, interrupt: &Interrupt) -> Result<(), NotReady> {
    let nothing = nothing().map_err(|error| NotReady::Broken(error.to_string()))?;
    ask_it(&["-n", "-r", "-", "-d", &format!("tcp.port==1,{dissector}")], &nothing, interrupt).map(drop)
}

/// What it prints of itself.
fn asked(arguments: &[&str], interrupt: &Interrupt) -> Result<String, NotReady> {
    ask_it(arguments, &[], interrupt)
}

fn ask_it(arguments: &[&str], stdin: &[u8], interrupt: &Interrupt) -> Result<String, NotReady> {
    let argv: Vec<OsString> = std::iter::once(TSHARK).chain(arguments.iter().copied()).map(OsString::from).collect();
    let env = std::collections::BTreeMap::new();
    let question = Question { argv, folder: PathBuf::from("."), env: &env, stdin, limit: LIMIT, most: MOST };
    let shown = format!("`{TSHARK} {}`", arguments.join(" "));
    match ask(question, interrupt) {
        Err(Failed::Launch(LaunchError::NotOnPath(_))) => Err(NotReady::Missing(format!("{TSHARK} is not on PATH; {INSTALL}"))),
        Err(error) => Err(NotReady::Broken(format!("{shown}: {error}"))),
        Ok(ran) if ran.is_too_much => Err(NotReady::Broken(format!("{shown} printed more than {MOST} octets"))),
        Ok(ran) => match ran.end {
            End::Exit(0) => Ok(String::from_utf8_lossy(&ran.stdout).into_owned()),
            End::Interrupted => Err(NotReady::Interrupted),
            end => {
                let why = complaints(&ran.stderr);
                Err(NotReady::Broken(format!("{shown} {}: {why}", describe(end, LIMIT))))
            }
        },
    }
}
