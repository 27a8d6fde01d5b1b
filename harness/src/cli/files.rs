//! Files that this process has open: how many they may be, since each connection is one, and what stdout and stderr are.

use std::path::Path;

/// Raises the limit of open files as far as this process may, and says so where so many connections, each with `each` files, still
/// go beyond it.
#[cfg(unix)]
pub(super) fn make_room_for(connections: usize, each: u64) -> Option<String> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    /// Files that are open beside the connections: stdin, stdout, stderr, the listeners, the capture, the runtime's own.
    const RESERVE: u64 = 64;
    let wanted = (connections as u64).saturating_mul(each).saturating_add(RESERVE);
    let mut limit = getrlimit(Resource::Nofile);
    let has = |limit: Option<u64>| limit.is_none_or(|limit| limit >= wanted);
    if has(limit.current) {
        return None;
    }
    limit.current = if has(limit.maximum) { Some(wanted) } else { limit.maximum };
    // Where it cannot be raised, what it is now is what counts.
    let _ = setrlimit(Resource::Nofile, limit);
    let current = getrlimit(Resource::Nofile).current.filter(|current| *current < wanted)?;
    Some(format!(
        "{connections} connections at once need more than the {current} open files that are allowed; raise `ulimit -n`, or lower --max-connections\n"
    ))
}

/// There is no such limit to ask for.
#[cfg(not(unix))]
pub(super) fn make_room_for(_: usize, _: u64) -> Option<String> {
    None
}

/// Whether this process was started without a stdout. The standard library opens the null device in its place, for reading and
/// writing, so that what is written there is lost in silence.
#[cfg(unix)]
pub(super) fn stdout_is_closed() -> bool {
    use rustix::fs::{OFlags, fcntl_getfl, fstat, stat};
    let stdout = rustix::stdio::stdout();
    let is_null = matches!((fstat(stdout), stat("/dev/null")), (Ok(ours), Ok(null)) if ours.st_rdev == null.st_rdev && ours.st_ino == null.st_ino);
    // Whoever wants output to be lost opens it for writing alone, as a shell does.
    is_null && fcntl_getfl(stdout).is_ok_and(|flags| flags.contains(OFlags::RDWR))
}

/// There is no such device to find in its place.
#[cfg(not(unix))]
pub(super) fn stdout_is_closed() -> bool {
    false
}

/// Whether stdout is a file, whose reader nobody has to wait for.
#[cfg(unix)]
pub(super) fn stdout_is_a_file() -> bool {
    use rustix::fs::{FileType, fstat};
    fstat(rustix::stdio::stdout()).is_ok_and(|stdout| FileType::from_raw_mode(stdout.st_mode) == FileType::RegularFile)
}

/// Nobody says so here.
#[cfg(not(unix))]
pub(super) fn stdout_is_a_file() -> bool {
    false
}

/// Whether this path is what stdout writes to, as /dev/stdout is. What is written to the null device never meets anything else.
#[cfg(unix)]
pub(super) fn is_stdout(path: &Path) -> bool {
    is_open_as(path, rustix::fs::fstat(rustix::stdio::stdout()))
}

/// As [`is_stdout`], for stderr.
#[cfg(unix)]
pub(super) fn is_stderr(path: &Path) -> bool {
    is_open_as(path, rustix::fs::fstat(rustix::stdio::stderr()))
}

#[cfg(unix)]
fn is_open_as(path: &Path, open: rustix::io::Result<rustix::fs::Stat>) -> bool {
    let same = |one: &rustix::fs::Stat, other: &rustix::fs::Stat| (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino);
    let is_same = matches!((rustix::fs::stat(path), open), (Ok(named), Ok(open)) if same(&named, &open));
    is_same && path != Path::new("/dev/null")
}

/// Whether this path is there and is neither a file nor a folder: a FIFO or a device.
#[cfg(unix)]
pub(super) fn is_stream(path: &Path) -> bool {
    path.metadata().is_ok_and(|named| !named.is_file() && !named.is_dir())
}

/// These have no path here.
#[cfg(not(unix))]
pub(super) fn is_stdout(_: &Path) -> bool {
    false
}

/// As [`is_stdout`].
#[cfg(not(unix))]
pub(super) fn is_stderr(_: &Path) -> bool {
    false
}

/// As [`is_stdout`].
#[cfg(not(unix))]
pub(super) fn is_stream(_: &Path) -> bool {
    false
}
