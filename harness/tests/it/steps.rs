//! The steps of a workflow or of an action, as GitHub's runner takes them: expressions are filled in, and each `run` is a script of bash.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde::Deserialize;
use tempfile::TempDir;

use super::support::{PATIENCE, SAMEWIRE, write};

/// One step.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(crate) struct Step {
    pub id: String,
    #[serde(rename = "if")]
    pub condition: String,
    pub uses: String,
    pub with: BTreeMap<String, String>,
    pub shell: String,
    pub run: String,
    pub env: BTreeMap<String, String>,
    pub working_directory: String,
}

/// A machine on which steps are taken: a workspace, and folders of its own beside it.
pub(crate) struct Machine {
    folder: TempDir,
    /// What expressions are: `inputs.require`, `steps.run.outputs.status`.
    values: BTreeMap<String, String>,
    /// The steps that use an action, with what they give it.
    pub used: Vec<Step>,
    /// What all scripts printed.
    pub log: String,
    /// The status of the first script that failed.
    pub failed: Option<i32>,
}

/// Installs this build in place of what is asked for, and keeps the arguments.
const CARGO: &str = r#"#!/bin/sh
echo "$@" >>"$CARGO_LOG"
bin=$CARGO_BIN
while [ $# -gt 0 ]; do
  [ "$1" != --root ] || bin=$2/bin
  shift
done
mkdir -p "$bin" && ln -sf "$SAMEWIRE" "$bin/samewire"
"#;

impl Machine {
    pub(crate) fn new() -> Self {
        let machine = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            values: BTreeMap::from([("runner.os".into(), "Linux".into()), ("runner.arch".into(), "X64".into())]),
            used: Vec::new(),
            log: String::new(),
            failed: None,
        };
        for folder in ["workspace", "temp", "bin"] {
            fs::create_dir(machine.path(folder)).expect("a folder");
        }
        machine.write("bin/cargo", CARGO);
        fs::set_permissions(machine.path("bin/cargo"), PermissionsExt::from_mode(0o755)).expect("permissions");
        machine
    }

    /// A path beside the workspace, or in it.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    #[track_caller]
    pub(crate) fn write(&self, relative: &str, text: &str) {
        write(&self.path(relative), text);
    }

    /// A file beside the workspace; empty where it is not there.
    pub(crate) fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.path(relative)).unwrap_or_default()
    }

    /// The workspace is what lies there.
    pub(crate) fn work_in(&self, folder: &Path) {
        fs::remove_dir(self.path("workspace")).expect("an empty workspace");
        symlink(folder, self.path("workspace")).expect("a link");
    }

    /// What an expression is from now on.
    pub(crate) fn set(&mut self, expression: &str, value: &str) {
        self.values.insert(expression.into(), value.into());
    }

    /// What an expression is.
    pub(crate) fn value(&self, expression: &str) -> &str {
        self.values.get(expression).map_or("", String::as_str)
    }

    /// A text with its expressions filled in.
    pub(crate) fn filled(&self, text: &str) -> String {
        let mut parts = text.split("${{ ");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |filled, part| {
            let (expression, rest) = part.split_once(" }}").expect("the end of an expression");
            let quoted = expression.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
            filled + quoted.unwrap_or_else(|| self.value(expression)) + rest
        })
    }

    /// Takes all steps; `folder` is where they begin, in the workspace.
    pub(crate) fn take(&mut self, steps: &[Step], folder: &str) {
        for step in steps {
            if !self.holds(&step.condition) {
                continue;
            }
            if step.run.is_empty() {
                let with = step.with.iter().map(|(key, value)| (key.clone(), self.filled(value)));
                self.used.push(Step { with: with.collect(), ..step.clone() });
            } else {
                self.script(step, folder);
            }
        }
    }

    /// Whether a step is to be taken.
    fn holds(&self, condition: &str) -> bool {
        let mut is_always = false;
        let mut holds = true;
        for clause in condition.split(" && ").filter(|clause| !clause.is_empty()) {
            let is = |value: &str| value.trim_matches('\'').to_owned();
            match (clause, clause.split_once(" == "), clause.split_once(" != ")) {
                ("always()", ..) => is_always = true,
                (_, Some((one, other)), _) => holds &= self.value(one) == is(other),
                (_, _, Some((one, other))) => holds &= self.value(one) != is(other),
                _ => panic!("no condition that is known: {clause}"),
            }
        }
        holds && (is_always || self.failed.is_none())
    }

    fn script(&mut self, step: &Step, folder: &str) {
        assert!(!step.run.contains("${{"), "an expression is part of a script: {}", step.run);
        self.write("script", &step.run);
        self.write("output", "");
        let inner = Path::new(folder).join(self.filled(&step.working_directory));
        let mut path = std::env::var_os("PATH").expect("PATH");
        for added in self.read("path").lines().map(Path::new).chain([self.path("bin").as_path()]) {
            path = std::env::join_paths([added.to_owned()].into_iter().chain(std::env::split_paths(&path))).expect("a PATH");
        }
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(self.path("script")).timeout(PATIENCE);
        command.current_dir(self.path("workspace").join(inner)).env_remove("SAMEWIRE_REQUIRE").env("PATH", path);
        for (name, value) in &step.env {
            command.env(name, self.filled(value));
        }
        let beside = [
            ("GITHUB_OUTPUT", "output"),
            ("GITHUB_STEP_SUMMARY", "summary"),
            ("GITHUB_PATH", "path"),
            ("GITHUB_WORKSPACE", "workspace"),
            ("RUNNER_TEMP", "temp"),
            ("SAMEWIRE_CACHE", "cache"),
            ("CARGO_LOG", "cargo-log"),
            ("CARGO_BIN", "bin"),
        ];
        command.envs(beside.map(|(name, path)| (name, self.path(path))));
        command.env("GITHUB_ACTIONS", "true").env("GITHUB_ACTION_PATH", root()).env("SAMEWIRE", SAMEWIRE);
        let output = command.output().expect("a shell");
        self.log += &format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        for line in self.read("output").lines() {
            let (name, value) = line.split_once('=').expect("NAME=VALUE");
            self.set(&format!("steps.{}.outputs.{name}", step.id), value);
        }
        if !output.status.success() {
            self.failed = self.failed.or(Some(output.status.code().expect("a status")));
        }
    }
}

/// The folder of the action, which is this repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository")
}
