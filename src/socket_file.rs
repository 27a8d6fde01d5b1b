//! The file of a Unix socket: made where nobody else listens, and removed at the end if it is still the same.
//!
//! A socket that is bound and refuses looks as dead as a file that was left behind, so a recorder also holds a lock beside it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use socket2::{Domain, SockAddr, Socket, Type};

/// How a client of a Unix socket is called: it has no address.
pub(crate) const UNNAMED: &str = "unix";

/// The file of a socket that was bound here.
pub(crate) struct SocketFile {
    path: PathBuf,
    id: Option<(u64, u64)>,
    _lock: Lock,
}

impl SocketFile {
    /// Binds `socket` to a path. A file is replaced where it is a socket at which nobody listens.
    pub(crate) fn bind(socket: &Socket, path: &Path) -> io::Result<Self> {
        let name = SockAddr::unix(path)?;
        let lock = Lock::take(path)?;
        match socket.bind(&name) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                make_way(path, &name)?;
                socket.bind(&name)?;
            }
            bound => bound?,
        }
        Ok(Self { path: path.to_owned(), id: id(path), _lock: lock })
    }
}

/// Somebody else may have removed it, or put another in its place; there is nobody to tell.
impl Drop for SocketFile {
    fn drop(&mut self) {
        if self.id.is_some() && id(&self.path) == self.id {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes the file of a socket at which nobody listens. Does not wait: at one that is busy, somebody does.
fn make_way(path: &Path, name: &SockAddr) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        return Err(taken("a file that is no socket is there already"));
    }
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    match socket.connect(name) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path)
            .map_err(|error| io::Error::new(error.kind(), format!("remove the socket that was left behind: {error}"))),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(taken("the socket of another user is there already"))
        }
        _ => Err(taken("somebody listens there already")),
    }
}

fn taken(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::AddrInUse, why)
}

/// What makes a file this and no other.
fn id(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

/// A file beside the socket's that one recorder at a time holds.
struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    fn take(socket: &Path) -> io::Result<Self> {
        let mut name = socket.as_os_str().to_owned();
        name.push(".lock");
        let path = PathBuf::from(name);
        loop {
            refuse_what_is_no_lock(&path)?;
            let file = open(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(taken("another recorder listens there already")),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // Who held it before may have removed it meanwhile: then this is a lock on nothing.
            let held = file.metadata().map(|file| (file.dev(), file.ino()))?;
            if id(&path) == Some(held) {
                return Ok(Self { path, _file: file });
            }
        }
    }
}

/// Opens a lock, which is made where it is not there. That of another user can be held too, where it can be read.
fn open(path: &Path) -> io::Result<File> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("open its lock {}: {error}", path.display()));
    match File::options().create(true).truncate(false).write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => File::open(path).map_err(|_| named(error)),
        opened => opened.map_err(named),
    }
}

/// A lock is an empty file. Anything else is somebody's, and neither opened (a FIFO would wait, a link lead elsewhere) nor removed.
fn refuse_what_is_no_lock(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Ok(file) if file.is_file() && file.len() == 0 => Ok(()),
        Ok(_) => {
            let problem = format!("{} is not a recorder's lock: move it away, or name another path", path.display());
            Err(io::Error::new(io::ErrorKind::AlreadyExists, problem))
        }
        Err(error) => Err(error),
    }
}

/// Removed while it is still held.
impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_lock_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sock.lock");
        let refused = || Lock::take(&folder.path().join("a.sock")).err().map(|error| error.kind());
        fs::write(&path, "mine").unwrap();
        assert_eq!(refused(), Some(io::ErrorKind::AlreadyExists));
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), &path).unwrap();
        assert_eq!(refused(), Some(io::ErrorKind::AlreadyExists));
        assert!(!folder.path().join("elsewhere").exists());
        fs::remove_file(&path).unwrap();
        fs::write(&path, "").unwrap();
        assert_eq!(refused(), None);
        assert!(!path.exists(), "a lock goes with its recorder");
    }
}
