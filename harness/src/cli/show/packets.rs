//! Packets as a table: of a file of them, and of one that lies beside a capture.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::cli::terminal::{STRONG, note, print_prose, styled};
use crate::cli::{CommandError, Status};
use crate::packets::pcapng::{Ending, PacketReader, ReadError, is_packets};
use crate::packets::{Assembly, Clock, Limits, Table, assemble_so_far};
use crate::printable::line;

/// Whether a file begins as one of packets does.
pub(super) fn are_in(path: &Path) -> bool {
    let mut beginning = Vec::new();
    let read = File::open(path).and_then(|file| file.take(4).read_to_end(&mut beginning));
    read.is_ok() && is_packets(&beginning)
}

/// Shows a file of packets.
pub(super) fn show(path: &Path) -> Result<Status, CommandError> {
    let (packets, damage) =
        read(path).map_err(|error| format!("read the packets {}: {error}", line(&path.display().to_string())))?;
    print_prose(&Table::of(&packets).to_string())?;
    Ok(conclude(path, &packets, damage.as_ref()))
}

/// Shows the packets that lie beside a capture, where there are any; times are the capture's.
pub(super) fn show_beside(capture: &Path, clock: Option<Clock>) -> Result<Status, CommandError> {
    let path = capture.with_extension("pcapng");
    if path == capture || !are_in(&path) {
        return Ok(Status::Good);
    }
    match (read(&path), clock) {
        (Ok((packets, damage)), Some(clock)) => {
            let heading = styled(STRONG, &format!("packets, {}", line(&path.display().to_string())));
            print_prose(&format!("\n{heading}\n{}", Table::since(&packets, clock)))?;
            Ok(conclude(&path, &packets, damage.as_ref()))
        }
        (Err(error), _) => {
            note(&format!("samewire: {}: {error}\n", line(&path.display().to_string())));
            Ok(Status::Unusable)
        }
        (Ok(_), None) => Ok(Status::Good),
    }
}

fn read(path: &Path) -> Result<(Assembly, Option<ReadError>), ReadError> {
    read_within(path, Limits::default())
}

/// All that can be read, and why not more.
pub(super) fn read_within(path: &Path, limits: Limits) -> Result<(Assembly, Option<ReadError>), ReadError> {
    Ok(assemble_so_far(PacketReader::open(path)?, limits))
}

fn conclude(path: &Path, packets: &Assembly, damage: Option<&ReadError>) -> Status {
    let (said, status) = match (damage, packets.ending) {
        (Some(damage), _) => (format!("{damage}; all packets before it are shown"), Status::Unusable),
        (None, Ending::CutOff { at }) => {
            (format!("the block at octet {at} is cut off; all packets before it are shown"), Status::Good)
        }
        (None, Ending::Whole) => return Status::Good,
    };
    note(&format!("samewire: {}: {said}\n", line(&path.display().to_string())));
    status
}
