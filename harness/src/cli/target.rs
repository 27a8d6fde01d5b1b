//! Where packets go: into a file or a stream.
//!
//! Those that are made of a capture are there whole or not at all. Those that are recorded are in the file when they have passed, and
//! what it held is gone with the first of them.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, IsTerminal, Read, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::cli::feed::{Feed, Reader};
use crate::cli::{CommandError, files, terminal};
use crate::printable::line;

/// How every pcapng begins.
const BEGINNING: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

/// Octets that are written at once.
const AT_ONCE: usize = 256 << 10;

/// Where packets go.
pub(super) enum Target {
    Stdout,
    /// A FIFO or a device.
    Stream(PathBuf),
    /// A file, by the path that leads to it without links.
    File(PathBuf),
}

impl Target {
    /// What `--out` means.
    ///
    /// # Errors
    /// Packets are not to go there: it is a terminal, or a file that holds something else.
    pub(super) fn of(out: &Path) -> Result<Self, CommandError> {
        if out == Path::new("-") || files::is_stdout(out) {
            return match () {
                () if files::stdout_is_closed() => Err("write the packets to stdout: it is closed; name a file".into()),
                () if terminal::raw().is_terminal() => {
                    Err("packets cannot be shown on a terminal; name a file, or redirect stdout".into())
                }
                () => Ok(Self::Stdout),
            };
        }
        if files::is_stream(out) {
            return Ok(Self::Stream(out.to_owned()));
        }
        match replaceable(out) {
            Ok(path) => Ok(Self::File(path)),
            Err(error) => Err(failed(out, &error).into()),
        }
    }

    /// Whether what was written can be gone back to.
    pub(super) fn is_file(&self) -> bool {
        matches!(self, Self::File(_))
    }

    /// Opens it, for packets as they pass. Waits for the reader of a FIFO. Who reads a stream, and may stop doing so, is told with it.
    ///
    /// # Errors
    /// It cannot be opened, or another recorder writes to it.
    pub(super) fn open(&self) -> Result<(Box<dyn Write + Send>, Option<Feed>), CommandError> {
        let feed = match self {
            Self::File(path) => return Ok((Box::new(Kept::open(path).map_err(|error| failed(path, &error))?), None)),
            Self::Stdout => terminal::live_raw()?,
            Self::Stream(path) => {
                let stream = OpenOptions::new().write(true).open(path).map_err(|error| failed(path, &error))?;
                Feed::new(stream, Reader::Wayward)?
            }
        };
        Ok((Box::new(feed.clone()), Some(feed)))
    }

    /// Has it written, and what was done before it failed forgotten where it is a file.
    ///
    /// # Errors
    /// It cannot be opened or written, or what writes fails.
    pub(super) fn write<T, E: Into<CommandError>>(
        &self,
        write: impl FnOnce(&mut dyn Write) -> Result<T, E>,
    ) -> Result<T, CommandError> {
        match self {
            Self::Stdout => write(&mut BufWriter::with_capacity(AT_ONCE, terminal::raw().lock())).map_err(Into::into),
            Self::Stream(path) => {
                let stream = OpenOptions::new().write(true).open(path).map_err(|error| failed(path, &error))?;
                write(&mut BufWriter::with_capacity(AT_ONCE, stream)).map_err(Into::into)
            }
            Self::File(path) => {
                let mut file = beside(path).map_err(|error| failed(path, &error))?;
                let done = write(&mut BufWriter::with_capacity(AT_ONCE, &mut file)).map_err(Into::into)?;
                file.persist(path).map_err(|error| failed(path, &error.error))?;
                Ok(done)
            }
        }
    }
}

/// A file of packets, ours alone, that keeps what it held until something is written.
struct Kept {
    file: File,
    is_emptied: bool,
}

impl Kept {
    fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            // Some file systems have no locks, and packets there are better than none.
            Err(TryLockError::Error(error)) if error.kind() != io::ErrorKind::Unsupported => return Err(error),
            Err(TryLockError::WouldBlock) => {
                let taken = "another recorder is writing to it; name another file";
                return Err(io::Error::new(io::ErrorKind::ResourceBusy, taken));
            }
            _ => {}
        }
        check(&file)?;
        Ok(Self { file, is_emptied: false })
    }
}

impl Write for Kept {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        if !self.is_emptied {
            self.file.set_len(0)?;
            self.file.rewind()?;
            self.is_emptied = true;
        }
        self.file.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The path of a file that is not there, is empty, or holds packets.
fn replaceable(path: &Path) -> io::Result<PathBuf> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(path.to_owned()),
        opened => opened?,
    };
    check(&file)?;
    fs::canonicalize(path)
}

/// That a file is empty or holds packets.
fn check(file: &File) -> io::Result<()> {
    let mut beginning = Vec::new();
    file.take(BEGINNING.len() as u64).read_to_end(&mut beginning)?;
    let refused = "it is neither empty nor a pcapng, and is left as it is; name another file, or remove this one";
    if beginning.is_empty() || beginning == BEGINNING {
        Ok(())
    } else {
        Err(io::Error::new(io::ErrorKind::AlreadyExists, refused))
    }
}

/// A file that is to take the place of another, in whose folder it is.
pub(super) fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    made(tempfile::Builder::new(), path).tempfile_in(folder)
}

/// With the permissions of the file that is replaced; of a new one, those of any new file.
#[cfg(unix)]
fn made<'a, 'b>(mut builder: tempfile::Builder<'a, 'b>, path: &Path) -> tempfile::Builder<'a, 'b> {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(fs::metadata(path).map_or_else(|_| fs::Permissions::from_mode(0o666), |old| old.permissions()));
    builder
}

/// A file has those of its folder here.
#[cfg(not(unix))]
fn made<'a, 'b>(builder: tempfile::Builder<'a, 'b>, _: &Path) -> tempfile::Builder<'a, 'b> {
    builder
}

fn failed(path: &Path, error: &io::Error) -> String {
    format!("write the packets to {}: {error}", line(&path.display().to_string()))
}
