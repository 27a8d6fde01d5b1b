//! A folder in which a page is followed, and what is not as it says.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use assert_cmd::Command;
use regex_automata::hybrid::regex::Regex;
use tempfile::TempDir;

use super::super::support::{SAMEWIRE, write};
use super::page::Step;

/// Seconds, longer than any fence takes.
const PATIENCE: u32 = 60;

/// Stands behind what a command said, before its status.
const MARK: char = '\u{1f}';

/// `cargo run -- ARGUMENTS` of our own repository is `samewire ARGUMENTS`.
const CARGO: &str = "#!/bin/sh\n[ \"$1\" = run ] || exit 2\nshift\n[ \"$1\" != -- ] || shift\nexec samewire \"$@\"\n";

/// Repositories of example.com's team lie in the page's folder.
const GIT: &str = "[url \"PAGE/\"]\ninsteadOf = https://example.com/team/\n[protocol \"file\"]\nallow = always\n\
    [user]\nname = A reader\nemail = reader@example.com\n[init]\ndefaultBranch = main\n";

/// What may be another: versions and times, ports, ids of processes.
const VARYING: &str = r"(?-u)[0-9-]{10}T[0-9:.]+Z|127\.0\.0\.1:[0-9]+|\[::1\]:[0-9]+|process [0-9]+|\([0-9]+ a second\)|[ ]*\b[0-9]+(\.[0-9]+)? (ms|s)\b|\b[0-9]+(\.[0-9]+)+(-[a-z0-9.]+)?\b";

/// Stands on pages for the folder that holds the page's.
const HOME: &str = "/tmp";

pub(super) struct Walk {
    root: PathBuf,
    home: TempDir,
    /// Where commands are run; it changes where a page says so.
    folder: PathBuf,
    /// How many commands were run.
    pub ran: usize,
    /// Seconds that a fence may take, with all that it started.
    pub patience: u32,
}

impl Walk {
    pub(super) fn new(root: PathBuf) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let folder = home.path().join("page");
        let programs = home.path().join("programs");
        [&folder, &programs].into_iter().for_each(|path| fs::create_dir(path).expect("a folder"));
        symlink(SAMEWIRE, programs.join("samewire")).expect("a link");
        fs::write(programs.join("cargo"), CARGO).expect("a program");
        fs::set_permissions(programs.join("cargo"), fs::Permissions::from_mode(0o755)).expect("a mode");
        fs::write(home.path().join(".gitconfig"), GIT.replace("PAGE", &folder.display().to_string())).expect("a file");
        Self { root, home, folder, ran: 0, patience: PATIENCE }
    }

    /// Follows a step.
    ///
    /// # Errors
    ///
    /// What is not as the page says.
    pub(super) fn take(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Elsewhere => Ok(()),
            Step::In(folder) => self.copied(folder),
            Step::Files(files) => {
                files.iter().for_each(|(path, content)| put(&self.folder.join(path), content));
                Ok(())
            }
            Step::Console(commands) => {
                let lines: Vec<&str> = commands.iter().map(|(line, _)| line.as_str()).collect();
                let said = self.run(&lines)?;
                let wrong = commands.iter().zip(&said).filter_map(|((line, says), said)| differs(line, says, &said.text));
                all(wrong.collect())
            }
            Step::Shell(lines) => {
                let said = self.run(&lines.iter().map(String::as_str).collect::<Vec<_>>())?;
                let wrong = lines.iter().zip(&said).filter(|(_, said)| said.status != "0");
                all(wrong.map(|(line, said)| format!("`{line}` ends in {}, and says\n{}", said.status, said.text)).collect())
            }
            Step::Unclear(why) => Err(why.clone()),
        }
    }

    fn copied(&mut self, folder: &str) -> Result<(), String> {
        let from = self.root.join(folder);
        let to = self.home.path().join(folder);
        fs::create_dir_all(to.parent().expect("a parent")).expect("a folder");
        let status = std::process::Command::new("cp").arg("-rT").args([&from, &to]).status().expect("cp");
        self.folder = to;
        if status.success() { Ok(()) } else { Err(format!("{folder} cannot be copied")) }
    }

    /// Runs the commands of a fence in one shell, so that `cd` and variables last to its end.
    pub(super) fn run(&mut self, lines: &[&str]) -> Result<Vec<Said>, String> {
        let script: String = lines.iter().map(|line| format!("{line}\nprintf '{MARK}%s{MARK}' $?\n")).collect();
        let path = format!("{}:{}", self.home.path().join("programs").display(), std::env::var("PATH").unwrap_or_default());
        // It ends what the shell started too: that would hold the pipe open, and its end would never come.
        let mut shell = Command::new("timeout");
        shell.args(["--kill-after=5", &self.patience.to_string(), "bash", "-c", &format!("exec 2>&1\n{script}")]);
        shell.current_dir(&self.folder).env("PATH", path);
        shell.env("SAMEWIRE_CACHE", self.home.path().join("cache")).env("HOME", self.home.path());
        for name in ["SAMEWIRE_REQUIRE", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"] {
            shell.env_remove(name);
        }
        let output = shell.output().expect("a shell");
        let output = String::from_utf8_lossy(&output.stdout).replace(&self.home.path().display().to_string(), HOME);
        let pieces: Vec<&str> = output.split(MARK).collect();
        let said: Vec<Said> =
            pieces.chunks_exact(2).map(|piece| Said { text: piece[0].to_owned(), status: piece[1].to_owned() }).collect();
        self.ran += said.len();
        if said.len() == lines.len() {
            Ok(said)
        } else {
            Err(format!("`{}` did not come to its end: {output}", lines.join("; ")))
        }
    }
}

pub(super) struct Said {
    pub text: String,
    status: String,
}

fn all(wrong: Vec<String>) -> Result<(), String> {
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n\n")) }
}

fn put(path: &Path, content: &str) {
    write(path, content);
    let is_program = content.starts_with("#!");
    fs::set_permissions(path, fs::Permissions::from_mode(if is_program { 0o755 } else { 0o644 })).expect("a mode");
}

/// What a command said, where that is not what the page says.
fn differs(line: &str, says: &[String], said: &str) -> Option<String> {
    let masked = |lines: &mut dyn Iterator<Item = &str>| lines.map(masked).collect::<Vec<_>>();
    let is_same = fits(&masked(&mut says.iter().map(String::as_str)), &masked(&mut said.lines()));
    (!is_same).then(|| format!("`{line}` says\n{said}--- and not\n{}\n---", says.join("\n")))
}

/// Whether lines are as they are told, where `...` is any of them.
fn fits(told: &[String], lines: &[String]) -> bool {
    match told.split_first() {
        None => lines.is_empty(),
        Some((first, rest)) if first == "..." => (0..=lines.len()).any(|skipped| fits(rest, &lines[skipped..])),
        Some((first, rest)) => lines.split_first().is_some_and(|(line, lines)| line == first && fits(rest, lines)),
    }
}

pub(super) fn masked(line: &str) -> String {
    static VARIES: LazyLock<Regex> = LazyLock::new(|| Regex::new(VARYING).expect("an expression"));
    let line = line.trim_end();
    let mut cache = VARIES.create_cache();
    let mut text = String::new();
    let mut end = 0;
    for found in VARIES.find_iter(&mut cache, line) {
        text.extend([&line[end..found.start()], "~"]);
        end = found.end();
    }
    text + &line[end..]
}
