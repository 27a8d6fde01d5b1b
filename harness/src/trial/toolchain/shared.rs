//! What the processes of one run tell each other. Under nextest each test is a process, and all would ask the same.
//!
//! It lies in the folder of builds, which is the user's own, and is believed for a while only.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::cache;

/// Names a run of nextest: another one each time.
const RUN: &str = "NEXTEST_RUN_ID";

/// The folder of runs, among those of builds; no client has this name.
const RUNS: &str = "+runs";

/// How long something is believed that was found out.
const BELIEVED: Duration = Duration::from_secs(3600);

/// The folder of a run that has several processes.
pub(super) struct Shared(PathBuf);

impl Shared {
    /// That of the run that this process belongs to; none where each process is a run.
    pub(super) fn of_this_run() -> Option<Self> {
        let run = std::env::var(RUN).ok().filter(|run| is_id(run))?;
        let runs = cache::folder().ok()?.path.join(RUNS);
        let folder = runs.join(run);
        if !folder.is_dir() {
            forget(&runs);
            fs::create_dir_all(&folder).ok()?;
        }
        Some(Self(folder))
    }

    /// What was found out under this key.
    pub(super) fn get(&self, key: &str) -> Option<String> {
        let path = self.0.join(key);
        if is_old(&path) { None } else { fs::read_to_string(path).ok() }
    }

    /// Tells the others. That it cannot be told is no error: they find out themselves.
    pub(super) fn tell(&self, key: &str, text: &str) {
        let told = tempfile::NamedTempFile::new_in(&self.0).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            // Whoever reads reads all of it, or nothing.
            Ok(file.persist(self.0.join(key))?)
        });
        drop(told);
    }
}

/// Removes what earlier runs told.
fn forget(runs: &Path) {
    let earlier = fs::read_dir(runs).into_iter().flatten().flatten().map(|entry| entry.path());
    earlier.filter(|run| is_old(run)).for_each(|run| drop(fs::remove_dir_all(run)));
}

fn is_old(path: &Path) -> bool {
    let age = path.metadata().and_then(|what| what.modified()).ok().and_then(|time| time.elapsed().ok());
    age.is_none_or(|age| age > BELIEVED)
}

/// Whether it is a name of a folder, and not a way out of one.
fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_process_tells_the_others_read() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (Shared(folder.path().into()), Shared(folder.path().into()));
        assert_eq!(one.get("key"), None);
        one.tell("key", "3.11");
        assert_eq!(other.get("key").as_deref(), Some("3.11"));
    }

    #[test]
    fn what_is_old_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let shared = Shared(folder.path().into());
        shared.tell("key", "3.11");
        let long_ago = std::time::SystemTime::now() - 2 * BELIEVED;
        fs::File::options().write(true).open(folder.path().join("key")).unwrap().set_modified(long_ago).unwrap();
        assert_eq!(shared.get("key"), None);
    }

    #[test]
    fn a_run_is_named_by_its_id_alone() {
        assert!(is_id("0dbc12a8-7b1e-4f4b-9d0a-1f3f4c6f0b0e"));
        assert!(!is_id("") && !is_id("..") && !is_id("../etc") && !is_id(&"a".repeat(65)));
    }
}
