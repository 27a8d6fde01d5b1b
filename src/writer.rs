//! Writing a capture: each event is one line, handed to the file as soon as it happened.
//!
//! Nothing that was received waits for the file, so all of it is there after a crash. What only says that a connection opened, or that its
//! client has ended, may be held for the next event, as long as nobody waits for anything.

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
    /// Lines that are not in the file yet.
    lines: Vec<u8>,
    /// Their events, for who watches.
    held: Vec<Event<'static>>,
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
            lines: Vec::new(),
            held: Vec::new(),
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

    /// Writes an event, and before it what is held. Once that has failed, it fails for every other.
    pub(crate) fn write(&mut self, event: &Event<'_>) -> Result<(), WriteError> {
        self.unless_failed(|capture| capture.try_write(event))
    }

    /// Takes an event that is written together with the next one, or by [`release`](Self::release), whichever comes first.
    pub(crate) fn hold(&mut self, event: Event<'static>) -> Result<(), WriteError> {
        self.unless_failed(|capture| {
            event.write_line(&mut capture.lines)?;
            capture.held.push(event);
            Ok(())
        })
    }

    /// Writes what is held.
    pub(crate) fn release(&mut self) -> Result<(), WriteError> {
        if self.held.is_empty() { Ok(()) } else { self.unless_failed(Self::put) }
    }

    fn unless_failed(&mut self, write: impl FnOnce(&mut Self) -> io::Result<()>) -> Result<(), WriteError> {
        if self.failed.is_none() {
            self.failed = write(self).err();
        }
        match &self.failed {
            None => Ok(()),
            Some(error) => Err(WriteError { name: self.name.clone(), source: same(error) }),
        }
    }

    /// Puts all lines into the file, in one write, and shows what was held.
    fn put(&mut self) -> io::Result<()> {
        self.out.write_all(&self.lines)?;
        self.out.flush()?;
        self.lines.clear();
        let held = self.held.drain(..);
        match &mut self.watch {
            Some(watch) => held.into_iter().try_for_each(|event| watch.event(&event)),
            None => Ok(()),
        }
    }

    fn try_write(&mut self, event: &Event<'_>) -> io::Result<()> {
        event.write_line(&mut self.lines)?;
        self.put()?;
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What was written, write by write.
    #[derive(Clone, Default)]
    struct Writes(Arc<Mutex<Vec<String>>>);

    impl Write for Writes {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().push(String::from_utf8(octets.to_vec()).unwrap());
            Ok(octets.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Writes {
        fn lines(&self) -> Vec<usize> {
            self.0.lock().unwrap().iter().map(|write| write.lines().count()).collect()
        }
    }

    /// Notes how much was written when it was shown an event.
    struct Shown(Writes, Arc<Mutex<Vec<usize>>>);

    impl Watch for Shown {
        fn event(&mut self, _: &Event<'_>) -> io::Result<()> {
            self.1.lock().unwrap().push(self.0.lines().len());
            Ok(())
        }
    }

    fn fin(connection: u64) -> Event<'static> {
        Event::Fin { connection, at_us: 0 }
    }

    #[test]
    fn what_is_held_is_one_write_with_the_next_event_and_is_shown_behind_it() {
        let (writes, shown) = (Writes::default(), Arc::default());
        let watch = Box::new(Shown(writes.clone(), Arc::clone(&shown)));
        let mut capture = CaptureWriter::new(Box::new(writes.clone()), "nowhere").watched_by(watch);
        capture.hold(fin(1)).unwrap();
        assert_eq!((writes.lines(), shown.lock().unwrap().clone()), (vec![], vec![]));
        capture.write(&fin(2)).unwrap();
        capture.write(&fin(3)).unwrap();
        assert_eq!((writes.lines(), shown.lock().unwrap().clone()), (vec![2, 1], vec![1, 1, 2]));
    }

    #[test]
    fn what_is_held_is_written_once_when_it_is_released() {
        let writes = Writes::default();
        let mut capture = CaptureWriter::new(Box::new(writes.clone()), "nowhere");
        capture.hold(fin(1)).unwrap();
        capture.release().unwrap();
        capture.release().unwrap();
        capture.write(&fin(2)).unwrap();
        assert_eq!(writes.lines(), [1, 1]);
    }
}
