//! Where a recording goes by hand: nowhere, into a file, or into a stream that somebody reads.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

use samewire_recorder::CaptureWriter;

use super::feed::{Feed, Reader};
use super::{CommandError, files, terminal};
use crate::printable::line;

/// Where a capture goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Destination {
    Nowhere,
    /// What is shown goes to stderr then.
    Stdout,
    /// A file; `durable` is whether the disk must have it whenever a connection has closed.
    File {
        path: PathBuf,
        durable: bool,
    },
    /// A FIFO or a device.
    Stream(PathBuf),
}

/// A capture that can be written.
pub(super) struct Opened {
    pub capture: CaptureWriter,
    /// What must be told when the recording is to end, where somebody who may have stopped reading gets the capture.
    pub held: Option<Feed>,
}

impl Destination {
    /// What `--out` and `--sync` mean.
    pub(super) fn of(out: Option<&Path>, durable: bool) -> Result<Self, CommandError> {
        let destination = match out {
            None => Self::Nowhere,
            Some(path) if path == Path::new("-") || files::is_stdout(path) => Self::Stdout,
            Some(path) if files::is_stderr(path) => {
                return Err(format!(
                    "cannot write the capture to {}, where messages go; name a file, or - for stdout",
                    name(path)
                )
                .into());
            }
            Some(path) if files::is_stream(path) => Self::Stream(path.to_owned()),
            Some(path) => Self::File { path: path.to_owned(), durable },
        };
        match &destination {
            Self::Stdout if files::stdout_is_closed() => {
                Err("cannot write the capture to stdout: it is closed; name a file with --out".into())
            }
            Self::Stdout | Self::Stream(_) if durable => {
                let path = out.map(name).unwrap_or_default();
                Err(format!("--sync needs a file on a disk, and {path} is not one; leave it out, or name a file with --out")
                    .into())
            }
            _ => Ok(destination),
        }
    }

    /// Opens it. Waits for the reader of a FIFO.
    pub(super) fn open(&self) -> Result<Opened, CommandError> {
        match self {
            Self::Nowhere => Ok(CaptureWriter::new(Box::new(io::sink()), "nowhere").into()),
            Self::Stdout => Ok(held(terminal::live_raw()?, Path::new("stdout"))),
            Self::File { path, durable: true } => Ok(CaptureWriter::create_durable(path)?.into()),
            Self::File { path, durable: false } => Ok(CaptureWriter::create(path)?.into()),
            Self::Stream(path) => {
                let failed = |error| format!("cannot write the capture to {}: {error}", name(path));
                let stream = OpenOptions::new().write(true).open(path).map_err(failed)?;
                Ok(held(Feed::new(stream, Reader::Wayward)?, path))
            }
        }
    }
}

impl From<CaptureWriter> for Opened {
    fn from(capture: CaptureWriter) -> Self {
        Self { capture, held: None }
    }
}

fn held(feed: Feed, name: &Path) -> Opened {
    Opened { capture: CaptureWriter::new(Box::new(feed.clone()), name), held: Some(feed) }
}

fn name(path: &Path) -> String {
    line(&path.display().to_string())
}
