//! `samewire show`: a capture, or packets, for people; and a capture as packets, for Wireshark.

mod dump;
mod ending;
mod made;
mod packets;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{CommandError, Status};
use crate::cli::target::Target;
use crate::packets::pcapng::ReadError;
use crate::packets::{Assembly, Limits};
use crate::printable::line;

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// A capture that `samewire serve --out` or a run wrote, or a packet file (pcapng, pcap)
    file: PathBuf,
    /// The format to show it in
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// With `--format pcapng`: write to this file; `-` is stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A hex dump of each connection, and a table of the packets beside it; of packets, the table
    Text,
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
    match (args.format, &args.out) {
        (Format::Text, None) if packets::are_in(&args.file) => packets::show(&args.file),
        (Format::Text, None) => dump::show(&args.file),
        (Format::Text, Some(_)) => Err("--out goes with --format pcapng; redirect stdout for the text".into()),
        (Format::Pcapng, None) => Err("--format pcapng needs --out FILE.pcapng; - is stdout".into()),
        (Format::Pcapng, Some(_)) if packets::are_in(&args.file) => {
            Err(format!("cannot make packets of {}: it is a packet file already", line(&args.file.display().to_string())).into())
        }
        (Format::Pcapng, Some(out)) => made::show(&args.file, &Target::of(out)?),
    }
}
