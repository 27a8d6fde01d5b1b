//! What `init` is to write, and what is there already.

use std::fs;
use std::path::{Path, PathBuf};

use super::ground::{Ground, text};
use crate::cli::CommandError;
use crate::cli::change::Change;
use crate::cli::trying::Tried;
use crate::client::CLIENT_FILE;
use crate::client::starter::{self, GREETINGS, GREETINGS_FILE, Job, Kind, Manifest, TEST, TEST_MARK};
use crate::source::{self, FileError, Source};
use crate::suite::config::CONFIG_FILE;

/// Where clients and cases go: one folder, so that nothing of a repository's own is in the way.
pub(super) const CLIENTS: &str = "interop/clients";
pub(super) const CASES: &str = "interop/cases";

/// What a test of a package may be called: the second where the first is somebody else's.
const TESTS: [&str; 2] = ["interop", "samewire"];

/// What a workflow says that runs it.
const RUNS: [&str; 4] = ["samewire run", "/samewire@", "--test interop", "--test samewire"];

/// Where workflows are, seen from a repository's folder.
const WORKFLOWS: &str = ".github/workflows";

/// What is to be written.
#[derive(Default)]
pub(super) struct Plan {
    /// Each file, with what it is for.
    pub changes: Vec<(Change, &'static str)>,
    /// What is there already and stays as it is, with what it is.
    pub there: Vec<(PathBuf, &'static str)>,
    /// What is left out, and why.
    pub left_out: Vec<String>,
    /// The test of the package that is here.
    pub test: Option<&'static str>,
}

impl Plan {
    /// Of clients of these kinds, or of one around a program that was tried.
    ///
    /// # Errors
    /// Cargo.toml is not as it should be.
    pub(super) fn of(ground: &Ground, kinds: &[&Kind], tried: Option<&Tried>) -> Result<Self, CommandError> {
        let mut plan = Self::default();
        plan.project(ground, kinds, tried);
        plan.test(ground)?;
        plan.workflow(ground, tried.is_some_and(|tried| tried.existing.listen.is_some()));
        plan.ignored(ground);
        Ok(plan)
    }

    /// A file, unless something is there.
    fn add(&mut self, path: PathBuf, text: String, what: &'static str) {
        match path.symlink_metadata() {
            Ok(_) => self.there.push((path, what)),
            Err(_) => self.changes.push((Change::new(path, text), what)),
        }
    }

    fn project(&mut self, ground: &Ground, kinds: &[&Kind], tried: Option<&Tried>) {
        let config = "which clients, which cases";
        if let Some(path) = ground.project() {
            self.there.push((path, config));
            return;
        }
        let path = ground.here.join(CONFIG_FILE);
        if has_clients(&ground.config.clients) {
            self.there.push((ground.config.clients.clone(), "clients"));
            return self.add(path, starter::config("clients", &["builtin:wire"]), config);
        }
        self.add(path, starter::config(CLIENTS, &[CASES]), config);
        let (clients, cases) = (ground.here.join(CLIENTS), ground.here.join(CASES));
        if let Some(tried) = tried {
            let name = &tried.existing.name;
            self.add(cases.join(format!("{name}.toml")), tried.cases.clone(), "what the program sends");
            self.add(clients.join(name).join(CLIENT_FILE), tried.client.clone(), "how it is started");
            return;
        }
        self.add(cases.join(GREETINGS_FILE), GREETINGS.to_owned(), "a case: what clients are given, and what is to come");
        for kind in kinds {
            self.client(&clients.join(&kind.name), kind);
        }
    }

    fn client(&mut self, folder: &Path, kind: &Kind) {
        if folder.symlink_metadata().is_ok() {
            return self.there.push((folder.to_owned(), "a client"));
        }
        for (file, text) in &kind.files {
            let what = if file == CLIENT_FILE { "how the client is started" } else { "" };
            let what = if *file == kind.wrong.file { "sends it, until your own code does" } else { what };
            self.add(folder.join(file), text.clone(), what);
        }
    }

    /// A test of the package that is here, where one is.
    fn test(&mut self, ground: &Ground) -> Result<(), CommandError> {
        let path = ground.here.join("Cargo.toml");
        if path.symlink_metadata().is_err() {
            return Ok(());
        }
        let before = source_of(&path)?;
        let wrong = |error: starter::ManifestError| {
            let line = error.offset.map(|offset| Source { path: &path, text: &before }.line_of(offset));
            FileError { path: path.clone(), line, problem: format!("{}; nothing was written", error.problem) }
        };
        let manifest = Manifest::parse(&before).map_err(wrong)?;
        if !manifest.is_package() {
            let why = "Cargo.toml here has no [package], so no test of one was made; `samewire init` in the folder of a package makes it";
            self.left_out.push(why.into());
            return Ok(());
        }
        let Some(name) = TESTS.into_iter().find(|name| is_free(ground, &manifest, name)) else {
            self.left_out.push(format!("tests/{}.rs is somebody else's, so no test was made", TESTS.join(".rs and tests/")));
            return Ok(());
        };
        self.test = Some(name);
        self.add(test_file(ground, name), TEST.replace("NAME", name), "each client on each case, as a test");
        match manifest.with_test(name).map_err(wrong)? {
            Some(text) => {
                self.changes.push((Change { before: Some(before), ..Change::new(path, text) }, "a dev-dependency and a [[test]]"))
            }
            None => self.there.push((path, "has the dev-dependency and the [[test]]")),
        }
        Ok(())
    }

    fn workflow(&mut self, ground: &Ground, needs_networks: bool) {
        let folder = ground.root.join(WORKFLOWS);
        let Some(here) = ground.folder() else {
            self.left_out.push("the name of this folder is not UTF-8, so no workflow can name it".into());
            return;
        };
        if let Some(path) = speaks_of_it(&folder, &here) {
            return self.there.push((path, "a workflow"));
        }
        let job = Job { folder: &here, test: self.test, needs_networks };
        self.add(folder.join(starter::file_name(&here)), job.text(), "a workflow for GitHub");
    }

    /// What a run leaves is not to be committed.
    fn ignored(&mut self, ground: &Ground) {
        let path = ground.here.join(".gitignore");
        let around = text(&ground.root.join(".gitignore")).unwrap_or_default();
        let is_ignored = starter::with_reports_ignored(&around).is_none();
        let before = match path.symlink_metadata() {
            Ok(_) => text(&path),
            Err(_) if ground.is_repository => Some(String::new()),
            Err(_) => None,
        };
        let Some(before) = before else { return };
        match starter::with_reports_ignored(&before).filter(|_| !is_ignored) {
            None => self.there.push((path, "leaves reports out")),
            Some(text) => {
                let before = path.is_file().then_some(before);
                self.changes.push((Change { before, ..Change::new(path, text) }, "leaves reports out"));
            }
        }
    }
}

/// The text of a file, with its line ends as they are.
fn source_of(path: &Path) -> Result<String, FileError> {
    source::read(path)?;
    let problem =
        |error: std::io::Error| FileError { path: path.to_owned(), line: None, problem: format!("cannot be read: {error}") };
    fs::read_to_string(path).map_err(problem)
}

/// Whether a folder holds clients that are found without a samewire.toml.
fn has_clients(folder: &Path) -> bool {
    let folders = fs::read_dir(folder).into_iter().flatten().flatten();
    folders.map(|entry| entry.path().join(CLIENT_FILE)).any(|path| path.is_file())
}

fn test_file(ground: &Ground, name: &str) -> PathBuf {
    ground.here.join("tests").join(format!("{name}.rs"))
}

/// Whether a test may have this name: there is none, or one that is ours.
fn is_free(ground: &Ground, manifest: &Manifest, name: &str) -> bool {
    let (file, folder) = (test_file(ground, name), ground.here.join("tests").join(name));
    let is_ours = || text(&file).is_some_and(|text| text.contains(TEST_MARK));
    !manifest.has_test_elsewhere(name) && folder.symlink_metadata().is_err() && (file.symlink_metadata().is_err() || is_ours())
}

/// A workflow that runs Samewire for this folder already, under whatever name.
fn speaks_of_it(workflows: &Path, here: &str) -> Option<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(workflows).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml"));
    files.sort();
    let is_for_here = |text: &str| text.contains("working-directory:") != here.is_empty() && text.contains(here);
    let speaks =
        |path: &PathBuf| text(path).is_some_and(|text| RUNS.iter().any(|runs| text.contains(runs)) && is_for_here(&text));
    files.into_iter().find(speaks)
}
