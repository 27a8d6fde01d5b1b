//! `samewire show`: a capture, or packets, for people; and a capture as packets, for Wireshark.

mod dump;
mod made;
mod messages;
mod packets;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::decoding::{DecodeArgs, Decoding};
use super::project::Project;
use super::{CommandError, Status, signals};
use crate::cli::target::Target;
use crate::packets::pcapng::ReadError;
use crate::packets::{Assembly, Limits};
use crate::printable::line;
use crate::trial::Interrupt;

/// What `--help` ends with.
const EXAMPLES: &str = "Examples:
  samewire show hello.jsonl                                      a hex dump of each connection
  samewire show hello.jsonl --decode http1                      its messages, with their fields
  samewire show hello.jsonl --format pcapng --out hello.pcapng  packets of it, for Wireshark";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ShowArgs {
    /// A capture that `samewire serve --out` or a run wrote, or a packet file (pcapng, pcap)
    file: PathBuf,
    /// The format to show it in
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    decode: DecodeArgs,
    /// With `--format pcapng`: write to this file; `-` is stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A hex dump of each connection, and a table of the packets beside it; of packets, the table
    Text,
    /// With --decode: a line of JSON for each message
    Json,
    /// Packets with the same content, for Wireshark
    Pcapng,
}

/// The packets of a file, as far as they can be read.
///
/// # Errors
/// It cannot be read.
pub(super) fn packets_of(path: &Path, limits: Limits) -> Result<Assembly, ReadError> {
    packets::read_within(path, limits).map(|(packets, _)| packets)
}

pub(super) fn show(args: &ShowArgs) -> Result<Status, CommandError> {
    let are_packets = packets::are_in(&args.file);
    let named = || line(&args.file.display().to_string());
    if let Some(name) = &args.decode.decode {
        return match (args.format, &args.out) {
            (Format::Pcapng, _) => {
                Err("--decode shows messages, and --format pcapng makes packets; leave one of them out".into())
            }
            (_, Some(_)) => Err("--out goes with --format pcapng; redirect stdout for messages".into()),
            _ if are_packets => {
                Err(format!("cannot decode {}: it is a packet file; name a capture (JSON Lines)", named()).into())
            }
            (format, None) => {
                signals::end_on_signal()?;
                let decoding = Decoding::of(name, &Project::here()?, Interrupt::new())?;
                messages::show(&args.file, &decoding, format == Format::Json)
            }
        };
    }
    match (args.format, &args.out) {
        (Format::Text, None) if are_packets => packets::show(&args.file),
        (Format::Text, None) => dump::show(&args.file, &Project::here()?.redaction),
        (Format::Text | Format::Json, Some(_)) => Err("--out goes with --format pcapng; redirect stdout for the text".into()),
        (Format::Json, None) => {
            Err("--format json shows messages, so it needs --decode NAME; a capture is JSON Lines itself".into())
        }
        (Format::Pcapng, None) => Err("--format pcapng needs --out FILE.pcapng; - is stdout".into()),
        (Format::Pcapng, Some(_)) if are_packets => {
            Err(format!("cannot make packets of {}: it is a packet file already", named()).into())
        }
        (Format::Pcapng, Some(out)) => made::show(&args.file, &Target::of(out)?),
    }
}
