//! What is to be known of the machine that a run happens on, and what day it is.

use std::time::SystemTime;

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

#[cfg(unix)]
mod platform {
    use rustix::system::uname;

    pub fn name() -> String {
        uname().nodename().to_string_lossy().into_owned()
    }

    pub fn kernel() -> String {
        uname().release().to_string_lossy().into_owned()
    }
}

#[cfg(not(unix))]
mod platform {
    pub fn name() -> String {
        std::env::var("COMPUTERNAME").unwrap_or_default()
    }

    pub fn kernel() -> String {
        String::new()
    }
}
