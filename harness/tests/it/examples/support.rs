//! A copy of a folder of `examples/`, for a test to change.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{SAMEWIRE, valid};

/// Longer than a run takes that has to build its clients first, from nothing: a compiler may have all of a standard library to do.
const PATIENCE: Duration = Duration::from_secs(300);

pub(super) struct Example {
    folder: TempDir,
}

impl Example {
    #[track_caller]
    pub(super) fn copy(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
        copy(&original, folder.path());
        Self { folder }
    }

    /// Puts `right` in the place of `wrong`, which stands there once.
    #[track_caller]
    pub(super) fn change(&self, file: &str, right: &str, wrong: &str) {
        let path = self.folder.path().join(file);
        let text = fs::read_to_string(&path).expect("a file of the example");
        assert_eq!(text.matches(right).count(), 1, "{right:?} in {file}");
        fs::write(path, text.replace(right, wrong)).expect("a file");
    }

    /// A run of these clients in the profile `default`, with these arguments too. With `SAMEWIRE_REQUIRE`, as in the gate, all must be there.
    pub(super) fn run(&self, clients: &[&str], arguments: &[&str]) -> Command {
        let mut command = Command::new(SAMEWIRE);
        command.current_dir(self.folder.path()).args(["run", "--profile", "default", "--out"]).arg(self.report_folder());
        command.env_remove("GITHUB_ACTIONS").env_remove("GITHUB_STEP_SUMMARY");
        command.args(clients.iter().flat_map(|client| ["--client", client])).args(arguments).timeout(PATIENCE);
        command
    }

    /// The report of the last run, which is as its schema says.
    #[track_caller]
    pub(super) fn report(&self) -> Value {
        let text = fs::read_to_string(self.report_folder().join("report.json")).expect("a report");
        let report = serde_json::from_str(&text).expect("JSON");
        valid("report", &report);
        report
    }

    fn report_folder(&self) -> PathBuf {
        self.folder.path().join("samewire-report")
    }
}

#[track_caller]
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder of the example") {
        let entry = entry.expect("an entry of the example");
        let to = to.join(entry.file_name());
        match entry.file_type().expect("a type").is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).expect("a file of the example")),
        }
    }
}
