//! A report read back from disk: of this format or an earlier one, and sound enough that every view can be made of it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use samewire_recorder::Encoding;
use serde::Deserialize;

use super::{FORMAT, REPORT_FILE, Report, TrialReport};
use crate::judge::verdict::Verdict;
use crate::printable::is_one_command;

/// The most octets of a report: a hundred thousand trials that failed have a fifth of it.
const MOST: u64 = 1 << 30;

/// Why a report cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("cannot read the report {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is too large to be read.
    #[error("{}: has more than {} MiB, and a report has less; merge the parts of a run some at a time", path.display(), MOST >> 20)]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// It is no plain UTF-8.
    #[error("{}: {encoding}", path.display())]
    Encoding {
        /// The file.
        path: PathBuf,
        /// What it is instead, and the mend.
        encoding: Encoding,
    },
    /// It is something else.
    #[error("{}: is not a report: {source}", path.display())]
    NotAReport {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// It is of a format that is not known here.
    #[error(
        "{}: has format {format}, which samewire {} wrote, and the formats known here are 1 to {FORMAT}; read it with that version",
        path.display(), samewire.escape_debug()
    )]
    OtherFormat {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u32,
        /// The version that wrote it.
        samewire: String,
    },
    /// It contradicts itself.
    #[error("{}: is damaged: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What cannot be.
        what: String,
    },
}

/// All that must be known before the rest can be understood.
#[derive(Deserialize)]
struct Versioned {
    format: u32,
    #[serde(default)]
    samewire: String,
}

impl Report {
    /// Reads a report: the file, or the folder that it is in.
    ///
    /// # Errors
    /// It cannot be read, is none, or is of a format that is not known here.
    pub fn read(from: &Path) -> Result<Self, ReadError> {
        let path = if from.is_dir() { from.join(REPORT_FILE) } else { from.to_owned() };
        let json = whole(&path).map_err(|source| ReadError::Io { path: path.clone(), source })?;
        let json = json.ok_or_else(|| ReadError::TooLarge { path: path.clone() })?;
        if let Some(encoding) = Encoding::of(&json) {
            return Err(ReadError::Encoding { path, encoding });
        }
        let not_a_report = |source| ReadError::NotAReport { path: path.clone(), source };
        let Versioned { format, samewire } = serde_json::from_slice(&json).map_err(not_a_report)?;
        if !(1..=FORMAT).contains(&format) {
            return Err(ReadError::OtherFormat { path, format, samewire });
        }
        let report: Self = serde_json::from_slice(&json).map_err(not_a_report)?;
        let report = Self { format: FORMAT, ..report };
        match report.flaw() {
            Some(what) => Err(ReadError::Damaged { path, what }),
            None => Ok(report),
        }
    }

    /// What is wrong with a report that has the right form.
    fn flaw(&self) -> Option<String> {
        let runs = self.runs.len();
        if let Some(client) = self.clients.iter().find(|client| client.run >= runs) {
            return Some(format!("the client {:?} is of run {}, and there are {runs}", client.name, client.run));
        }
        if let Some(trial) = self.trials.iter().find(|trial| trial.run >= runs) {
            return Some(format!("the trial {:?} is of run {}, and there are {runs}", trial.name, trial.run));
        }
        if let Some(run) = self.runs.iter().find(|run| !is_name(&run.os) || !is_name(&run.arch)) {
            return Some(format!("a run is of {:?}, and files are named after that", run.platform()));
        }
        if let Some(trial) = self.trials.iter().find(|trial| !is_command(&trial.repeat)) {
            return Some(format!("what repeats {:?} is not a command of samewire alone: {:?}", trial.name, trial.repeat));
        }
        let passed = |trial: &&TrialReport| trial.verdict == Verdict::Passed && !trial.also.is_empty();
        if let Some(trial) = self.trials.iter().find(passed) {
            return Some(format!("the trial {:?} passed, and something else is said of it as well", trial.name));
        }
        let outside = self.trials.iter().find(|trial| files(trial).any(|file| !is_inside(file)))?;
        Some(format!("a file of {:?} is outside the report's folder", outside.name))
    }
}

/// All of a file, or of a pipe; nothing where that is too much. It may be somebody else's, and what it comes to is kept in memory.
fn whole(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = File::open(path)?;
    if file.metadata()?.len() > MOST {
        return Ok(None);
    }
    let mut octets = Vec::new();
    file.take(MOST + 1).read_to_end(&mut octets)?;
    Ok(Some(octets).filter(|octets| octets.len() as u64 <= MOST))
}

/// The files of a trial that a report names.
fn files(trial: &TrialReport) -> impl Iterator<Item = &PathBuf> {
    trial.capture.iter().chain(trial.packets.iter().flat_map(|packets| &packets.file))
}

/// Whether it can be part of a file's name, and of no path.
fn is_name(text: &str) -> bool {
    text.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'-'))
}

/// Whether a shell that is given this starts samewire, and does nothing else. People paste it.
fn is_command(text: &str) -> bool {
    text.starts_with("samewire ") && is_one_command(text)
}

/// Whether a path stays in the folder that it is relative to.
fn is_inside(path: &Path) -> bool {
    path.components().all(|component| matches!(component, Component::Normal(_)))
}
