//! What keeps a machine from running clients: the command that installs what is missing, and facts of the machine.
//!
//! Which package has what is data of each client; here are only the package managers.

use std::collections::BTreeMap;

use crate::trial::launch::{self, CLEAN_LOCALE};
use crate::trial::machine;
use crate::trial::toolchain;

/// A package manager: its name in `install`, its program, and the command that installs a package.
struct Manager {
    name: &'static str,
    program: &'static str,
    install: &'static str,
}

/// The first that is on PATH and known to the client is taken.
const MANAGERS: &[Manager] = &[
    Manager { name: "apt", program: "apt-get", install: "apt-get install -y" },
    Manager { name: "dnf", program: "dnf", install: "dnf install -y" },
    Manager { name: "pacman", program: "pacman", install: "pacman -S" },
    Manager { name: "apk", program: "apk", install: "apk add" },
    Manager { name: "brew", program: "brew", install: "brew install" },
    Manager { name: "winget", program: "winget", install: "winget install --exact --id" },
];

/// Open files that a run wants: the pipes, sockets and files of a trial for each of many jobs.
const OPEN_FILES: u64 = 512;

/// Room for captures that a run wants, in octets: long streams, as base64, several at once.
const ROOM: u64 = 1 << 30;

/// Something of the machine that trials depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    /// What it is.
    pub what: &'static str,
    /// How it is.
    pub state: String,
    /// What follows from that and how to mend it, where it is not as it should be.
    pub trouble: Option<String>,
}

/// The command that installs what a client needs; `is_there` says whether a program is on PATH. None where no package manager
/// that is there has a package named for it.
#[must_use]
pub(crate) fn install_command(install: &BTreeMap<String, String>, is_there: impl Fn(&str) -> bool) -> Option<String> {
    let manager = MANAGERS.iter().find(|manager| install.contains_key(manager.name) && is_there(manager.program))?;
    Some(format!("{} {}", manager.install, install.get(manager.name)?))
}

/// What there is to say of this machine.
#[must_use]
pub(crate) fn facts() -> Vec<Fact> {
    let [clean, german] = locales();
    [open_files(), Some(ipv6()), Some(networks()), Some(clean), Some(german), room(), Some(builds())]
        .into_iter()
        .flatten()
        .collect()
}

fn open_files() -> Option<Fact> {
    let (soft, hard) = machine::open_files()?;
    let shown = |limit: Option<u64>| limit.map_or_else(|| "no limit".to_owned(), |limit| limit.to_string());
    let too_few = soft.is_some_and(|soft| soft < OPEN_FILES);
    Some(Fact {
        what: "open files",
        state: format!("{} (at most {})", shown(soft), shown(hard)),
        trouble: too_few.then(|| format!("many trials at once may fail; `ulimit -n {OPEN_FILES}` raises the limit")),
    })
}

fn ipv6() -> Fact {
    let works = machine::listens_on_ipv6();
    Fact {
        what: "IPv6 loopback",
        state: if works { "there" } else { "not there" }.into(),
        trouble: (!works).then(|| "`samewire serve --host ::1` cannot work; trials use 127.0.0.1".into()),
    }
}

/// Whether trials can have networks of their own.
fn networks() -> Fact {
    let what = "own networks";
    match launch::networks_work() {
        Ok(()) => Fact { what, state: "work".into(), trouble: None },
        Err(reason) => Fact {
            what,
            state: "do not work".into(),
            trouble: Some(format!("{reason}; trials share the machine's network; {}", reason.mend())),
        },
    }
}

/// The locale that trials run in, and one with a comma in its numbers.
fn locales() -> [Fact; 2] {
    let known = toolchain::printed_by(&["locale", "-a"]).unwrap_or_default();
    let clean = has_locale(&known, CLEAN_LOCALE);
    let state = |is_there: bool| if is_there { "there" } else { "not there" }.to_owned();
    let [what, german] = [CLEAN_LOCALE, "de_DE.UTF-8"];
    let trouble = (!clean).then(|| "every trial runs in it; programs that do not find it fall back to C".into());
    [Fact { what, state: state(clean), trouble }, Fact { what: german, state: state(has_locale(&known, german)), trouble: None }]
}

/// Whether a locale is in a list; systems write its encoding in their own ways: `C.utf8`.
fn has_locale(known: &str, name: &str) -> bool {
    let plain = |name: &str| name.to_ascii_lowercase().replace('-', "");
    known.lines().any(|line| plain(line.trim()) == plain(name))
}

fn room() -> Option<Fact> {
    let folder = std::env::temp_dir();
    let free = machine::free_space(&folder)?;
    Some(Fact {
        what: "temporary space",
        state: format!("{} MiB free in {}", free >> 20, folder.display()),
        trouble: (free < ROOM).then(|| "captures may not fit; free some, or set TMPDIR to another folder".into()),
    })
}

/// Where builds are kept.
fn builds() -> Fact {
    let what = "build folder";
    match toolchain::cache::folder() {
        Ok(folder) => Fact {
            what,
            state: folder.path.display().to_string(),
            trouble: folder.instead.map(|why| format!("instead of the one in your home folder: {why}")),
        },
        Err(why) => Fact { what, state: "none".into(), trouble: Some(format!("no client can be built: {why}")) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install() -> BTreeMap<String, String> {
        [("apt", "golang-go"), ("brew", "go"), ("winget", "GoLang.Go")].map(|(name, what)| (name.into(), what.into())).into()
    }

    #[test]
    fn the_command_is_that_of_the_manager_that_is_there() {
        let with = |program: &'static str| install_command(&install(), move |asked| asked == program);
        assert_eq!(with("apt-get").as_deref(), Some("apt-get install -y golang-go"));
        assert_eq!(with("brew").as_deref(), Some("brew install go"));
        assert_eq!(with("winget").as_deref(), Some("winget install --exact --id GoLang.Go"));
        assert_eq!(with("pacman"), None);
    }

    #[test]
    fn a_locale_is_found_however_its_encoding_is_written() {
        assert!(has_locale("C\nC.utf8\nPOSIX\n", "C.UTF-8"));
        assert!(!has_locale("C\nC.utf8\n", "de_DE.UTF-8"));
    }
}
