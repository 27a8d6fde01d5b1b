//! What is to be known of the machine that a run happens on, and what day it is.

use std::net::Ipv6Addr;
use std::path::Path;
use std::time::SystemTime;

use samewire_recorder::{Address, Settings, listen};

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

/// How many trials run at once where nobody says: two for each core, since a trial waits about as long as it works (for a
/// server that is slow on purpose, or for a program to end).
#[must_use]
pub fn jobs() -> usize {
    2 * std::thread::available_parallelism().map_or(1, usize::from)
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

#[cfg(unix)]
mod platform {
    use std::path::Path;

    use rustix::process::{Resource, getrlimit};
    use rustix::system::uname;

    pub fn open_files() -> Option<(Option<u64>, Option<u64>)> {
        let limit = getrlimit(Resource::Nofile);
        Some((limit.current, limit.maximum))
    }

    pub fn free_space(folder: &Path) -> Option<u64> {
        let space = rustix::fs::statvfs(folder).ok()?;
        space.f_bavail.checked_mul(space.f_frsize)
    }

    pub fn name() -> String {
        uname().nodename().to_string_lossy().into_owned()
    }

    pub fn kernel() -> String {
        uname().release().to_string_lossy().into_owned()
    }
}

#[cfg(not(unix))]
mod platform {
    use std::path::Path;

    pub fn open_files() -> Option<(Option<u64>, Option<u64>)> {
        None
    }

    pub fn free_space(_: &Path) -> Option<u64> {
        None
    }

    pub fn name() -> String {
        std::env::var("COMPUTERNAME").unwrap_or_default()
    }

    pub fn kernel() -> String {
        String::new()
    }
}
