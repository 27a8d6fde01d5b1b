//! Which files of a suite are opened while trials run, and beside whom: a client that reads its expectations proves nothing. Told and
//! not judged: who opens a file is not known, only who ran each time. Linux alone tells.

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod inotify;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

#[cfg(not(target_os = "linux"))]
use elsewhere::Opened;
#[cfg(target_os = "linux")]
use inotify::Opened;

use crate::judge::agreement::listed;

/// The most files that are named.
const NAMED: usize = 3;

/// Watches files while trials run.
#[derive(Debug)]
pub(super) struct Peeks(Option<Mutex<Seen>>);

#[derive(Debug)]
struct Seen {
    opened: Opened,
    /// The client of each trial that runs.
    running: Vec<String>,
    /// The clients that ran each time that a file was opened.
    beside: BTreeMap<PathBuf, BTreeSet<String>>,
}

impl Peeks {
    /// Watches these files from now on; none where that cannot be.
    pub(super) fn at<'a>(files: impl IntoIterator<Item = &'a Path>) -> Self {
        let seen = |opened| Mutex::new(Seen { opened, running: Vec::new(), beside: BTreeMap::new() });
        Self(Opened::watch(files).map(seen))
    }

    /// Does a trial of a client.
    pub(super) fn during<T>(&self, client: &str, trial: impl FnOnce() -> T) -> T {
        self.turn(|running| running.push(client.to_owned()));
        let done = trial();
        self.turn(|running| {
            if let Some(at) = running.iter().position(|other| other == client) {
                running.swap_remove(at);
            }
        });
        done
    }

    /// What there is to say, in sentences.
    #[must_use]
    pub(super) fn remarks(&self) -> Vec<String> {
        let Some(seen) = &self.0 else { return Vec::new() };
        let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut together: BTreeMap<&BTreeSet<String>, Vec<&Path>> = BTreeMap::new();
        for (file, clients) in &seen.beside {
            together.entry(clients).or_default().push(file);
        }
        together.into_iter().map(|(clients, files)| sentence(&files, clients)).collect()
    }

    /// What was opened so far was opened while the same trials ran. Then others run.
    fn turn(&self, change: impl FnOnce(&mut Vec<String>)) {
        if let Some(seen) = &self.0 {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.settle();
            change(&mut seen.running);
        }
    }
}

impl Seen {
    fn settle(&mut self) {
        for file in self.opened.since() {
            if self.running.is_empty() {
                continue;
            }
            let running = || self.running.iter().cloned().collect();
            let beside = self.beside.entry(file).or_insert_with(running);
            beside.retain(|client| self.running.contains(client));
        }
    }
}

fn sentence(files: &[&Path], clients: &BTreeSet<String>) -> String {
    let named: Vec<String> = files.iter().take(NAMED).map(|file| file.display().to_string()).collect();
    let more = files.len().checked_sub(NAMED + 1).map(|more| format!(" and {} more", more + 1)).unwrap_or_default();
    let clients: Vec<&str> = clients.iter().map(String::as_str).collect();
    let who = match clients.as_slice() {
        [] => "trials ran".to_owned(),
        some => format!("{} ran, each time", listed(some)),
    };
    format!("{}{more}: opened while {who}; a client that reads its expectations proves nothing", named.join(", "))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_who_ran_each_time_is_named_and_nothing_is_told_of_what_nobody_opened() {
        let folder = tempfile::tempdir().unwrap();
        let [read, kept] = ["read.toml", "kept.toml"].map(|name| folder.path().join(name));
        for file in [&read, &kept] {
            fs::write(file, "x").unwrap();
        }
        let peeks = Peeks::at([read.as_path(), kept.as_path(), Path::new("builtin:wire/text.toml")]);
        fs::read(&read).unwrap();
        peeks.during("before", || ());
        assert_eq!(peeks.remarks(), Vec::<String>::new(), "nobody ran");
        let opens = || drop(fs::read(&read).unwrap());
        peeks.during("right", || peeks.during("reader", opens));
        assert!(peeks.remarks()[0].contains("read.toml: opened while reader and right ran, each time"), "{:?}", peeks.remarks());
        peeks.during("reader", || peeks.during("other", opens));
        peeks.during("right", || drop(fs::metadata(&kept)));
        let [remark] = <[String; 1]>::try_from(peeks.remarks()).unwrap();
        assert!(remark.contains("read.toml: opened while reader ran, each time;"), "{remark}");
        peeks.during("other", opens);
        assert!(peeks.remarks()[0].contains("opened while trials ran;"), "{:?}", peeks.remarks());
    }
}
