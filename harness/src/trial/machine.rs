//! What is to be known of the machine that a run happens on, and what day it is.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::time::SystemTime;

use samewire_recorder::{Address, Settings, listen};
use tempfile::TempDir;

/// The machine's name; empty where it would not say.
#[must_use]
pub fn name() -> String {
    platform::name()
}

/// The version of the operating system's kernel; empty where it would not say.
#[must_use]
pub fn kernel() -> String {
    platform::kernel()
}

/// How many trials run at once where nobody says: four for each core, since a trial waits longer than it works (for a server that
/// is slow on purpose, for a program to end, for others that are started): with two, half of the processor was idle.
#[must_use]
pub fn jobs() -> usize {
    4 * std::thread::available_parallelism().map_or(1, usize::from)
}

/// The time (RFC 3339, UTC).
#[must_use]
pub fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}

/// The day (UTC), as `2026-12-31`.
#[must_use]
pub fn today() -> String {
    now().chars().take_while(|character| *character != 'T').collect()
}

/// How many files one process may have open: now, and if it asks for more. None is no limit; no answer where there is none.
#[must_use]
pub fn open_files() -> Option<(Option<u64>, Option<u64>)> {
    platform::open_files()
}

/// The octets that are free in a folder's file system; none where it would not say.
#[must_use]
pub fn free_space(folder: &Path) -> Option<u64> {
    platform::free_space(folder)
}

/// Whether ::1 can be listened on.
#[must_use]
pub fn listens_on_ipv6() -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.is_ok_and(|runtime| {
        let _entered = runtime.enter();
        listen(&[Address::Tcp((Ipv6Addr::LOCALHOST, 0).into())], &Settings::default()).is_ok()
    })
}

/// A port of loopback that nobody has at this moment.
///
/// # Errors
/// None is free, or as many files are open as may be.
pub(crate) fn free_port() -> io::Result<u16> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _entered = runtime.enter();
    let listener = listen(&[Address::Tcp((Ipv4Addr::LOCALHOST, 0).into())], &Settings::default())?;
    Ok(listener.local_addr()?.port())
}

/// Whether we are root, whom some programs refuse.
pub(crate) fn is_root() -> bool {
    platform::is_root()
}

/// The user that we are, as a name of files may say it; the same for all where users have their temporary folders apart.
pub(crate) fn user() -> String {
    platform::user()
}

/// Makes a folder that nobody else can look into.
pub(crate) fn make_private_folder(folder: &Path) -> io::Result<()> {
    platform::make_private_folder(folder)
}

/// Whether a file may be run; where nothing says, none may.
pub(crate) fn is_executable(file: &Metadata) -> bool {
    platform::is_executable(file)
}

/// A temporary folder in `parent` that nobody else may enter: what trials are told and say may be secret, and keys of TLS are.
pub(crate) fn private_folder(prefix: &OsStr, parent: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    platform::make_private(builder.prefix(prefix)).tempdir_in(parent)
}

/// A file that nobody else may read, empty also where it was there and others might.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    let file = File::create(path)?;
    platform::take_from_others(&file)?;
    Ok(file)
}

/// Why somebody else may write to this folder; none where nobody may.
pub(crate) fn is_others(folder: &Metadata) -> Option<String> {
    platform::is_others(folder)
}

/// Whether anybody may rename what is in this folder, whoever it belongs to.
pub(crate) fn lets_anybody_rename(folder: &Metadata) -> bool {
    platform::lets_anybody_rename(folder)
}

#[cfg(unix)]
mod platform {
    use std::fs::{DirBuilder, File, Metadata, Permissions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
    use std::path::Path;

    use rustix::process::{Resource, geteuid, getrlimit};
    use rustix::system::uname;
    use tempfile::Builder;

    pub(super) fn open_files() -> Option<(Option<u64>, Option<u64>)> {
        let limit = getrlimit(Resource::Nofile);
        Some((limit.current, limit.maximum))
    }

    pub(super) fn free_space(folder: &Path) -> Option<u64> {
        let space = rustix::fs::statvfs(folder).ok()?;
        space.f_bavail.checked_mul(space.f_frsize)
    }

    pub(super) fn is_root() -> bool {
        geteuid().is_root()
    }

    pub(super) fn user() -> String {
        geteuid().as_raw().to_string()
    }

    pub(super) fn make_private_folder(folder: &Path) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(folder)
    }

    pub(super) fn make_private<'a, 'b, 'c>(builder: &'c mut Builder<'a, 'b>) -> &'c mut Builder<'a, 'b> {
        builder.permissions(Permissions::from_mode(0o700))
    }

    pub(super) fn take_from_others(file: &File) -> io::Result<()> {
        file.set_permissions(Permissions::from_mode(0o600))
    }

    pub(super) fn is_executable(file: &Metadata) -> bool {
        file.mode() & 0o111 != 0
    }

    pub(super) fn is_others(folder: &Metadata) -> Option<String> {
        /// Whom else a mode lets write.
        const GROUP_AND_OTHERS: u32 = 0o022;
        let (owner, us) = (folder.uid(), geteuid().as_raw());
        if owner != us {
            return Some(format!("it belongs to user {owner}, and you are user {us}"));
        }
        let mode = folder.mode() & 0o7777;
        (mode & GROUP_AND_OTHERS != 0)
            .then(|| format!("others can write to it (mode {mode:04o}), and may have done so; empty it and `chmod 700` it"))
    }

    pub(super) fn lets_anybody_rename(folder: &Metadata) -> bool {
        /// Others may write, and not only to what is theirs.
        const OTHERS: u32 = 0o002;
        const STICKY: u32 = 0o1000;
        folder.mode() & (OTHERS | STICKY) == OTHERS
    }

    pub(super) fn name() -> String {
        uname().nodename().to_string_lossy().into_owned()
    }

    pub(super) fn kernel() -> String {
        uname().release().to_string_lossy().into_owned()
    }
}

#[cfg(not(unix))]
mod platform {
    use std::fs::{File, Metadata};
    use std::io;
    use std::path::Path;

    use tempfile::Builder;

    pub(super) fn open_files() -> Option<(Option<u64>, Option<u64>)> {
        None
    }

    pub(super) fn free_space(_: &Path) -> Option<u64> {
        None
    }

    pub(super) fn is_root() -> bool {
        false
    }

    pub(super) fn user() -> String {
        std::env::var("USERNAME").unwrap_or_default()
    }

    pub(super) fn make_private_folder(folder: &Path) -> io::Result<()> {
        std::fs::create_dir(folder)
    }

    /// Temporary folders are below those of their users, who let nobody else in.
    pub(super) fn make_private<'a, 'b, 'c>(builder: &'c mut Builder<'a, 'b>) -> &'c mut Builder<'a, 'b> {
        builder
    }

    /// A file has those of its folder here.
    pub(super) fn take_from_others(_: &File) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn is_executable(_: &Metadata) -> bool {
        false
    }

    /// Folders of caches are below those of their users, who let nobody else in.
    pub(super) fn is_others(_: &Metadata) -> Option<String> {
        None
    }

    pub(super) fn lets_anybody_rename(_: &Metadata) -> bool {
        false
    }

    pub(super) fn name() -> String {
        std::env::var("COMPUTERNAME").unwrap_or_default()
    }

    pub(super) fn kernel() -> String {
        String::new()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_is_private_is_nobody_elses_also_where_it_was() {
        let folder = private_folder(OsStr::new("samewire-test-"), &std::env::temp_dir()).unwrap();
        let key = folder.path().join("key.pem");
        std::fs::write(&key, "of before, and longer").unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
        private_file(&key).unwrap().write_all(b"key").unwrap();
        let modes = [folder.path(), &key].map(|path| path.metadata().unwrap().permissions().mode() & 0o777);
        assert_eq!(modes, [0o700, 0o600]);
        assert_eq!(std::fs::read(&key).unwrap(), b"key");
    }
}
