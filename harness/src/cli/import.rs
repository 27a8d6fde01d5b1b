//! `samewire import`: recorded exchanges as cases, to be played again without their server.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use samewire_recorder::CaptureReader;
use tempfile::NamedTempFile;

use super::decoding::{DecodeArgs, Decoding};
use super::project::Project;
use super::terminal::{BAD, GOOD, STRONG, note, print, styled};
use super::{CommandError, Status, signals};
use crate::judge::messages::Direction;
use crate::packets::pcapng::{Ending, PacketReader, is_packets};
use crate::packets::{Limits, assemble_so_far};
use crate::printable::{counted, line};
use crate::run::import::{Imported, Importing, Replay, of_capture, of_packets, written};
use crate::run::learn::{self, Facts, Span};
use crate::suite::config::Config;
use crate::suite::messages::{self, Wanted};
use crate::suite::{Suite, group};
use crate::trial::Interrupt;
use crate::trial::dialogue::Dialogue;

/// How many connections that are left out are named.
const NAMED: usize = 20;

#[derive(Debug, Args)]
#[command(after_help = "\
Each connection becomes a case: what its client sent is expected, and what its server answered is answered again, once as much has come \
as had come then. Connections that began before the recording did, or are not whole, are left out, and why is said.

Examples:
  tcpdump -i lo -w redis.pcap port 6379
  samewire import redis.pcap --port 6379 --out cases/redis.toml
  samewire serve --upstream 127.0.0.1:6379 --out redis.jsonl
  samewire import redis.jsonl --out cases/redis.toml

Exit status: 0 cases were written, 1 nothing was, or FILE is damaged and what is whole before that was taken, 2 bad usage.")]
pub(super) struct ImportArgs {
    /// A packet file of tcpdump, Wireshark and the like (pcap, pcapng), or a capture of the recorder; - is standard input
    file: PathBuf,
    /// Only connections to this port of a server; needed where there are several
    #[arg(long)]
    port: Option<u16>,
    /// The file of cases to write; its stem is their group
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    decode: DecodeArgs,
}

pub(super) fn import(args: &ImportArgs) -> Result<Status, CommandError> {
    can_be_written(&args.out)?;
    let project = Project::here()?;
    let decoding = match &args.decode.decode {
        Some(name) => {
            signals::end_on_signal()?;
            Some(Decoding::of(name, &project, Interrupt::new())?)
        }
        None => None,
    };
    let name = line(&args.file.display().to_string());
    let (imported, is_whole) = read(&args.file, args.port).map_err(|error| format!("cannot import {name}: {error}"))?;
    for remark in &imported.remarks {
        note(&format!("samewire: {name}: {}\n", line(remark)));
    }
    print(&left_out(&imported))?;
    if imported.replays.is_empty() {
        note("samewire: nothing was written: there is no whole connection to make a case of\n");
        return Ok(Status::Failed);
    }
    let cases: Vec<(Replay, Option<Vec<Wanted>>)> =
        imported.replays.into_iter().map(|replay| decoded(decoding.as_ref(), replay)).collect::<Result<_, _>>()?;
    let importing = Importing {
        from: &line(&args.file.file_name().unwrap_or_default().to_string_lossy()),
        redaction: &project.redaction,
        decoder: args.decode.decode.as_deref(),
    };
    let file = written(&importing, &cases)?;
    proved(&args.out, &file.text, &cases, &project)?;
    put(&args.out, &file.text).map_err(|error| format!("cannot write {}: {error}", line(&args.out.display().to_string())))?;
    for remark in &file.remarks {
        print(&format!("  {}\n", line(remark)))?;
    }
    print(&concluded(&args.out, cases.len()))?;
    Ok(if is_whole { Status::Good } else { Status::Failed })
}

/// Refuses a file of cases that cannot be one, before anything is read.
fn can_be_written(out: &Path) -> Result<(), CommandError> {
    let name = line(&out.display().to_string());
    group(out).map_err(|problem| format!("cannot write {name}: {problem}"))?;
    if out.extension().is_none_or(|extension| extension != "toml") {
        return Err(format!("cannot write {name}: a file of cases ends in .toml").into());
    }
    if out.symlink_metadata().is_ok() {
        return Err(format!("cannot write {name}: it is there already; name another file, or remove it").into());
    }
    let folder = folder(out);
    if !folder.is_dir() {
        let folder = line(&folder.display().to_string());
        return Err(format!("cannot write {name}: there is no folder {folder}; create it first").into());
    }
    Ok(())
}

fn folder(out: &Path) -> &Path {
    match out.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// What there is in a file, and whether all of that could be read.
fn read(path: &Path, port: Option<u16>) -> Result<(Imported, bool), CommandError> {
    if path.is_dir() {
        return Err("it is a folder; name a file in it".into());
    }
    let input: Box<dyn Read> = if path == Path::new("-") { Box::new(io::stdin().lock()) } else { Box::new(File::open(path)?) };
    let mut input = BufReader::with_capacity(1 << 18, input);
    // A pipe may bring its beginning octet by octet.
    let mut beginning = Vec::new();
    input.by_ref().take(4).read_to_end(&mut beginning)?;
    let is_of_packets = is_packets(&beginning);
    let input = BufReader::new(io::Cursor::new(beginning).chain(input));
    if is_of_packets { packets(input, port) } else { capture(input, port) }
}

fn packets(input: impl Read, port: Option<u16>) -> Result<(Imported, bool), CommandError> {
    let (packets, damage) = assemble_so_far(PacketReader::new(input)?, Limits::default());
    let mut imported = of_packets(&packets, port)?;
    let damage = damage.map(|damage| format!("{damage}; what is whole before it is taken"));
    let cut_off = match packets.ending {
        Ending::CutOff { at } => Some(format!("the block at octet {at} is cut off; what is whole before it is taken")),
        Ending::Whole => None,
    };
    let is_whole = damage.is_none();
    imported.remarks.extend(damage.or(cut_off));
    Ok((imported, is_whole))
}

fn capture(input: impl BufRead, port: Option<u16>) -> Result<(Imported, bool), CommandError> {
    let mut events = CaptureReader::new(input).peekable();
    if let Some(Err(error)) = events.next_if(Result::is_err) {
        return Err(format!("it is neither packets (pcap, pcapng) nor a capture: {error}").into());
    }
    let mut is_whole = true;
    let mut imported = of_capture(events.inspect(|event| is_whole &= event.is_ok()));
    if let Some(port) = port {
        let others = imported.replays.extract_if(.., |replay| replay.port != Some(port)).count();
        imported.remarks.extend((others > 0).then(|| format!("{} to another port left out", counted(others, "connection"))));
    }
    Ok((imported, is_whole))
}

/// A replay, with its messages where they are to be what is expected.
fn decoded(decoding: Option<&Decoding>, replay: Replay) -> Result<(Replay, Option<Vec<Wanted>>), CommandError> {
    let Some(decoding) = decoding else { return Ok((replay, None)) };
    let name = replay.name();
    let failed = |why: &str| CommandError::from(format!("cannot decode {name}: {}", line(why)));
    let dialogue = dialogue(&replay);
    let length = replay.received.len() as u64;
    let messages = decoding.messages(Direction::Received, &dialogue, length).map_err(|error| failed(&error.to_string()))?;
    let ran = replay.ran.unwrap_or(Span { from: 0, to: 0 });
    let facts = [Facts { ran, names: Vec::new(), ids: Vec::new(), port: replay.port }];
    let all =
        messages::Decoding { decoder: decoding.decoder(), ignore: Vec::new(), ignore_fields: Vec::new(), in_any_order: false };
    let wanted = learn::wanted(&[vec![messages]], &facts, &all, &BTreeSet::new()).map_err(|why| failed(&why))?;
    Ok((replay, wanted.into_iter().next()))
}

fn dialogue(replay: &Replay) -> Dialogue {
    let mut dialogue = Dialogue::default();
    let mut at = 0;
    for answer in &replay.answers {
        let until = usize::try_from(answer.after).unwrap_or(usize::MAX).clamp(at, replay.received.len().max(at));
        dialogue.say(Direction::Received, &replay.received[at..until], usize::MAX);
        dialogue.say(Direction::Sent, &answer.octets, usize::MAX);
        at = until;
    }
    dialogue.say(Direction::Received, &replay.received[at..], usize::MAX);
    dialogue
}

/// The rules of cases know more than their writer: what is written is read back, and must play what was recorded.
fn proved(out: &Path, text: &str, cases: &[(Replay, Option<Vec<Wanted>>)], project: &Project) -> Result<(), CommandError> {
    let defined = Config::find(&std::env::current_dir()?)?.defined;
    let read_back = Suite::parse_unwritten(out, text, &defined)?.cases;
    let is_right = read_back.len() == cases.len()
        && read_back.iter().zip(cases).all(|(case, (replay, _))| replay.is_played_by(case, &project.redaction));
    if is_right { Ok(()) } else { Err("the cases would not play what was recorded; nothing was written".into()) }
}

/// Puts the cases where no file is.
fn put(out: &Path, text: &str) -> io::Result<()> {
    let mut file = NamedTempFile::new_in(folder(out))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(out)?;
    Ok(())
}

fn left_out(imported: &Imported) -> String {
    let named = imported.left_out.iter().take(NAMED).map(|left_out| {
        let between = line(&left_out.between);
        format!("{} connection {} ({between}): {}\n", styled(BAD, "left out"), left_out.number, line(&left_out.why))
    });
    let more = imported.left_out.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| format!("{} {more} more\n", styled(BAD, "left out")));
    named.chain(more).collect()
}

fn concluded(out: &Path, count: usize) -> String {
    let (written, name) = (styled(GOOD, "written"), line(&out.display().to_string()));
    format!(
        "{written} {}: {}; it may hold secrets: look through it, and hide them with `redact`\n",
        styled(STRONG, &name),
        counted(count, "case")
    )
}
