//! The file of a capture: opened so that two recorders never write to one, and that nothing but a capture is replaced.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::Path;

use crate::event::Event;

/// How every capture begins that was written by a recorder of ours: enough to know one whose first line was cut off.
const BEGINNING: &[u8] = br#"{"event":"start","#;

/// No first line of a capture is longer.
const MAX_FIRST_LINE: u64 = 64 << 10;

/// Opens a file for a capture, and empties it once it is surely ours alone. A FIFO or a device is opened as it is.
///
/// # Errors
/// It cannot be opened, another recorder writes to it, or it holds something else than a capture; then it is left as it is.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    if path.metadata().is_ok_and(|named| !named.is_file()) {
        return OpenOptions::new().write(true).open(path);
    }
    let mut file = alone::open(path)?;
    if file.metadata()?.len() > 0 {
        replaceable(&file)?;
        file.set_len(0)?;
        file.rewind()?;
    }
    Ok(file)
}

/// Whether what a file holds may be replaced: it is a capture, or the beginning of one.
fn replaceable(file: &File) -> io::Result<()> {
    let line = first_line(file)?;
    let is_capture = match line.strip_suffix(b"\n") {
        Some(line) => matches!(serde_json::from_slice(line), Ok(Event::Start { .. })),
        None => line.starts_with(BEGINNING) || BEGINNING.starts_with(&line),
    };
    let refused = "it is neither empty nor a capture, and was left as it is; name another file, or remove this one";
    if is_capture { Ok(()) } else { Err(io::Error::new(io::ErrorKind::AlreadyExists, refused)) }
}

fn first_line(mut file: &File) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    file.rewind()?;
    BufReader::new(file.take(MAX_FIRST_LINE)).read_until(b'\n', &mut line)?;
    Ok(line)
}

/// Who writes to a file already, as far as that can be known.
fn taken(by: &str) -> io::Error {
    let reason = format!("{by} is writing to it; name another file");
    io::Error::new(io::ErrorKind::ResourceBusy, reason)
}

/// The recorder whose capture stands in a file.
fn recorder_of(file: &File) -> Option<String> {
    let line = first_line(file).ok()?;
    match serde_json::from_slice(&line) {
        Ok(Event::Start { recorder, address, at, .. }) => Some(format!("{recorder} on {address}, since {at},")),
        _ => None,
    }
}

#[cfg(unix)]
mod alone {
    use std::fs::{File, OpenOptions, TryLockError};
    use std::io;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    /// Opens a file, makes it if need be, and locks it for as long as it is open.
    pub(super) fn open(path: &Path) -> io::Result<File> {
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let file = opened.map_err(|error| held_by_another_user(path).unwrap_or(error))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(super::taken(&holder(&file))),
            // Some file systems have no locks, and a capture there is better than none.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(file),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// That another recorder holds a file which we may read and not write.
    fn held_by_another_user(path: &Path) -> Option<io::Error> {
        let file = File::open(path).ok()?;
        let is_held = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
        is_held.then(|| super::taken(&holder(&file)))
    }

    /// The other recorder, and its process where the system tells.
    fn holder(file: &File) -> String {
        let recorder = super::recorder_of(file).unwrap_or_else(|| "another recorder".into());
        match process(file) {
            Some(process) => format!("{recorder} (process {process})"),
            None => recorder,
        }
    }

    /// Who holds the lock of a file, on Linux: a line is `1: FLOCK ADVISORY WRITE PROCESS MAJOR:MINOR:INODE 0 EOF`.
    fn process(file: &File) -> Option<u32> {
        let inode = format!(":{}", file.metadata().ok()?.ino());
        let locks = std::fs::read_to_string("/proc/locks").ok()?;
        let mut locks = locks.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let lock = locks.find(|lock| lock.get(1) == Some(&"FLOCK") && lock.get(5).is_some_and(|file| file.ends_with(&inode)))?;
        lock[4].parse().ok()
    }
}

#[cfg(not(unix))]
mod alone {
    use std::fs::{File, OpenOptions};
    use std::io;
    use std::os::windows::fs::OpenOptionsExt;
    use std::path::Path;

    /// Others may read it and remove it meanwhile (FILE_SHARE_READ, FILE_SHARE_DELETE): a lock would keep readers out too.
    const READ_AND_REMOVE: u32 = 1 | 4;

    /// ERROR_SHARING_VIOLATION.
    const SHARING_VIOLATION: i32 = 32;

    /// Opens a file, makes it if need be, and keeps other writers out for as long as it is open.
    pub(super) fn open(path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).share_mode(READ_AND_REMOVE);
        options.open(path).map_err(|error| match error.raw_os_error() {
            Some(SHARING_VIOLATION) => super::taken(&holder(path)),
            _ => error,
        })
    }

    /// The other recorder.
    fn holder(path: &Path) -> String {
        let recorder = File::open(path).ok().and_then(|file| super::recorder_of(&file));
        recorder.unwrap_or_else(|| "another program".into())
    }
}
