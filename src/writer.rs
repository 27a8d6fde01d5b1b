//! Writing a capture: each event is one line, handed to the file in one write as soon as it happened.
//!
//! There is no buffer between the recorder and the file, so whatever was received before a crash is in the file.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use crate::event::{Event, FORMAT};
use crate::file;
use crate::notice::Notice;

/// Sees each event as it is recorded, after it was written.
pub trait Watch: Send {
    /// One event; `Err` ends the recording.
    ///
    /// # Errors
    /// Whatever keeps the watcher from doing its work, such as a closed stdout.
    fn event(&mut self, event: &Event<'_>) -> io::Result<()>;

    /// What people must be told beside the events. Says nothing where a watcher does not.
    ///
    /// # Errors
    /// As above.
    fn notice(&mut self, notice: &Notice) -> io::Result<()> {
        let _ = notice;
        Ok(())
    }
}

/// Where the events of one recorder go.
pub struct CaptureWriter {
    out: Box<dyn Write + Send>,
    name: PathBuf,
    /// The file behind `out`, where it is one of our own making.
    file: Option<File>,
    watch: Option<Box<dyn Watch>>,
    /// Whether the disk must have the file at each close.
    durable: bool,
    started: Instant,
    line: Vec<u8>,
    /// Why it could not be written: behind a line that is cut off nothing may follow, or the file would be damaged.
    failed: Option<io::Error>,
}

/// A capture could not be written in full.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the capture to {}: {source}", name.display())]
pub struct WriteError {
    name: PathBuf,
    source: io::Error,
}

impl CaptureWriter {
    /// A capture in a file; a capture that is already there is replaced.
    ///
    /// # Errors
    /// The file cannot be made, holds something else than a capture, or another recorder writes to it.
    pub fn create(path: &Path) -> Result<Self, WriteError> {
        let failed = |source| WriteError { name: path.to_owned(), source };
        let out = file::open(path).map_err(failed)?;
        let mut capture = Self::new(Box::new(out.try_clone().map_err(failed)?), path);
        capture.file = Some(out);
        Ok(capture)
    }

    /// A capture in a new file that survives a crash of the whole machine up to the last connection that has closed: at each
    /// `close` and at the end, the disk has it before anything else happens.
    ///
    /// # Errors
    /// The file cannot be made, or its folder cannot be synced.
    pub fn create_durable(path: &Path) -> Result<Self, WriteError> {
        let mut capture = Self::create(path)?;
        sync_folder(path).map_err(|source| WriteError { name: path.to_owned(), source })?;
        capture.durable = true;
        Ok(capture)
    }

    /// A capture written to `out`, which errors call `name`.
    #[must_use]
    pub fn new(out: Box<dyn Write + Send>, name: impl Into<PathBuf>) -> Self {
        Self {
            out,
            name: name.into(),
            file: None,
            watch: None,
            durable: false,
            started: Instant::now(),
            line: Vec::new(),
            failed: None,
        }
    }

    /// Shows each event to `watch` as well.
    #[must_use]
    pub fn watched_by(mut self, watch: Box<dyn Watch>) -> Self {
        self.watch = Some(watch);
        self
    }

    /// Writes the first line and starts the clock.
    pub(crate) fn start(&mut self, address: &str) -> Result<(), WriteError> {
        self.started = Instant::now();
        self.write(&Event::Start {
            format: FORMAT,
            recorder: concat!("samewire ", env!("CARGO_PKG_VERSION")).into(),
            address: address.into(),
            at: humantime::format_rfc3339_micros(SystemTime::now()).to_string().into(),
        })
    }

    /// Microseconds since the start.
    pub(crate) fn now_us(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    pub(crate) fn notice(&mut self, notice: &Notice) -> Result<(), WriteError> {
        let told = self.watch.as_mut().map_or(Ok(()), |watch| watch.notice(notice));
        told.map_err(|source| WriteError { name: self.name.clone(), source })
    }

    /// Writes an event. Once that has failed, it fails for every other.
    pub(crate) fn write(&mut self, event: &Event<'_>) -> Result<(), WriteError> {
        if self.failed.is_none() {
            self.failed = self.try_write(event).err();
        }
        match &self.failed {
            None => Ok(()),
            Some(error) => Err(WriteError { name: self.name.clone(), source: same(error) }),
        }
    }

    fn try_write(&mut self, event: &Event<'_>) -> io::Result<()> {
        self.line.clear();
        event.write_line(&mut self.line)?;
        self.out.write_all(&self.line)?;
        self.out.flush()?;
        if let (Some(file), Event::Close { .. } | Event::Stop { .. }) = (&self.file, event) {
            still_there(file)?;
            if self.durable {
                file.sync_data()?;
            }
        }
        match &mut self.watch {
            Some(watch) => watch.event(event),
            None => Ok(()),
        }
    }
}

/// A program that is being started shares the file for a moment: without this, it would still be locked then.
impl Drop for CaptureWriter {
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            // It fails where there was no lock.
            let _ = file.unlock();
        }
    }
}

/// The error again, for the next who would have written.
fn same(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

/// Without this, a crash may take away a new file's name though its octets are on the disk.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// A folder cannot be opened as a file here.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// What is written to a file that was removed succeeds, and is lost with the process.
#[cfg(unix)]
fn still_there(file: &File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    match file.metadata()?.nlink() {
        0 => Err(io::Error::new(io::ErrorKind::NotFound, "the file was removed while it was being written")),
        _ => Ok(()),
    }
}

/// A file that is open cannot be removed here.
#[cfg(not(unix))]
fn still_there(_: &File) -> io::Result<()> {
    Ok(())
}
