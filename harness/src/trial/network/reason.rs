//! Why there are no networks of their own here, and what would mend it.

use crate::trial::network::failure::Failure;

/// Why there are no networks of their own here.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The operating system is not Linux.
    #[error("networks of their own need Linux")]
    OtherSystem,
    /// The program around this library does not begin as it must.
    #[error("this program does not begin with `samewire::interop`, so it cannot be started again to hold a network")]
    NotFirst,
    /// There is no `/proc`.
    #[error("{0}, because /proc is not as it must be")]
    NoProc(Failure),
    /// A setting of the kernel forbids it.
    #[error("{failure}, because {setting} is {value}")]
    Setting {
        /// What could not be done.
        failure: Failure,
        /// The setting, as sysctl(8) names it.
        setting: &'static str,
        /// What it is.
        value: String,
        /// What would do.
        wanted: &'static str,
    },
    /// Whoever started this process forbids it by a filter of system calls, as containers do.
    #[error("{0}, because this process runs under a filter of system calls (seccomp), as in a container")]
    Filtered(Failure),
    /// Anything else.
    #[error("{0}")]
    Failed(Failure),
}

/// Errors of Linux that may not come again: EAGAIN, ENOMEM, ENFILE, EMFILE; EPIPE, where a door was killed as it began.
const PASSING: [i32; 5] = [11, 12, 23, 24, 32];

impl Reason {
    /// Whether it may be otherwise soon, as where too many files are open.
    pub(crate) fn passes(&self) -> bool {
        matches!(self, Self::Failed(failure) if PASSING.contains(&failure.errno))
    }

    /// What would mend it, to be read by a person.
    #[must_use]
    pub fn mend(&self) -> String {
        const CONTAINER: &str = "in a container, allow it: `--cap-add SYS_ADMIN --cap-add NET_ADMIN`, or a seccomp profile that allows \
                                 unshare and setns";
        match self {
            Self::OtherSystem => "run it on Linux; elsewhere trials share the machine's network".to_owned(),
            Self::NotFirst => "make `samewire::interop` the first statement of `main`".to_owned(),
            Self::NoProc(_) => "`mount -t proc proc /proc`".to_owned(),
            Self::Setting { setting, wanted, .. } => format!("`sudo sysctl -w {setting}={wanted}`"),
            Self::Filtered(_) => CONTAINER.to_owned(),
            Self::Failed(_) => format!("namespaces of users and networks must be allowed; {CONTAINER}"),
        }
    }
}

#[cfg(target_os = "linux")]
mod causes {
    use std::fs;

    use rustix::io::Errno;

    use super::Reason;
    use crate::trial::network::failure::Failure;

    /// A setting of the kernel that forbids networks where it has certain values.
    struct Setting {
        name: &'static str,
        forbids: fn(&str) -> bool,
        wanted: &'static str,
        errors: [Errno; 2],
    }

    /// The first that fits is the reason.
    const SETTINGS: [Setting; 4] = [
        // Older kernels of Debian.
        Setting { name: "kernel.unprivileged_userns_clone", forbids: |value| value == "0", wanted: "1", errors: DENIED },
        // Ubuntu: the namespace is made, and nothing is allowed in there.
        Setting {
            name: "kernel.apparmor_restrict_unprivileged_userns",
            forbids: |value| value != "0",
            wanted: "0",
            errors: DENIED,
        },
        Setting { name: "user.max_user_namespaces", forbids: is_low, wanted: "15000", errors: FULL },
        Setting { name: "user.max_net_namespaces", forbids: is_low, wanted: "15000", errors: FULL },
    ];

    const DENIED: [Errno; 2] = [Errno::PERM, Errno::ACCESS];
    const FULL: [Errno; 2] = [Errno::NOSPC, Errno::USERS];

    fn is_low(value: &str) -> bool {
        value.parse().is_ok_and(|most: u64| most < 1000)
    }

    impl Reason {
        /// What lies behind a failure.
        pub(crate) fn of(failure: Failure) -> Self {
            let errno = Errno::from_raw_os_error(failure.errno);
            let forbidden = |setting: &Setting| {
                let path = format!("/proc/sys/{}", setting.name.replace('.', "/"));
                let value = fs::read_to_string(path).ok()?.trim().to_owned();
                let is_it = setting.errors.contains(&errno) && (setting.forbids)(&value);
                is_it.then_some(Self::Setting { failure, setting: setting.name, value, wanted: setting.wanted })
            };
            match SETTINGS.iter().find_map(forbidden) {
                Some(reason) => reason,
                None if errno == Errno::PERM && is_filtered() => Self::Filtered(failure),
                None => Self::Failed(failure),
            }
        }
    }

    fn is_filtered() -> bool {
        fs::read_to_string("/proc/self/status").is_ok_and(|status| status.contains("\nSeccomp:\t2\n"))
    }
}
