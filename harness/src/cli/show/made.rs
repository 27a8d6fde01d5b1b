//! Packets made from a capture.

use std::io::{BufRead, ErrorKind, Write};
use std::path::Path;

use samewire_recorder::CaptureReader;

use crate::cli::ending::Ending;
use crate::cli::target::Target;
use crate::cli::{CommandError, Status};
use crate::packets::{MadeError, make};
use crate::printable::line;

/// What the packets say they are of.
const PROGRAM: &str = concat!("samewire ", env!("CARGO_PKG_VERSION"));

/// What made of a capture all of it that is true.
pub(super) fn show(path: &Path, target: &Target) -> Result<Status, CommandError> {
    let named = || line(&path.display().to_string());
    let mut capture = CaptureReader::open(path).map_err(|error| format!("cannot read the capture {}: {error}", named()))?;
    let ending = target.write(|out| made(&mut capture, out).map_err(|error| format!("make packets of {}: {error}", named())))?;
    Ok(ending.conclude(path, "in the packets"))
}

fn made<R: BufRead>(capture: &mut CaptureReader<R>, out: &mut dyn Write) -> Result<Ending, MadeError> {
    let damage = match make(capture, out, PROGRAM) {
        // Damage in the first line: there is nothing that is true.
        Err(MadeError::Damaged(error)) if capture.line() > 1 => Some(error.to_string()),
        // Who reads them has enough.
        Err(MadeError::Write(error)) if error.kind() == ErrorKind::BrokenPipe => return Ok(Ending::Whole),
        Err(error) => return Err(error),
        Ok(_) => None,
    };
    Ok(Ending::of(damage, capture.completeness(), capture.line()))
}
