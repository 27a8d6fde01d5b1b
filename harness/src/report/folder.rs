//! The folder of a report: who writes it, what of it is ours, and how a new report takes the place of an earlier one.
//!
//! ```text
//! samewire-report/
//!   .samewire.lock     held while somebody writes here, with who that is
//!   report.json        and the views beside it
//!   captures/          what the trials of that report left
//!   unfinished/        what is being made; all of it is moved out at once, when it is whole
//! ```
//!
//! So a run that is killed, or a disk that is full, leaves the earlier report as it was, with its own captures.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::tree::{clear, move_all};
use super::{REPORT_FILE, Report, VIEW_FILES};
use crate::trial::machine;

/// The folder of captures in a report's folder.
pub const CAPTURES: &str = "captures";

/// The folder of a run with a selection, in the folder of full runs.
pub const LAST_SELECTION: &str = "last-selection";

/// The folder of what clients sent that did not agree when it was recorded, in the folder of full runs.
pub const LAST_RECORDING: &str = "last-recording";

/// The file that whoever writes here holds a lock on.
const LOCK_FILE: &str = ".samewire.lock";

/// The folder of what is not finished yet.
const UNFINISHED: &str = "unfinished";

/// What every view of ours says near its beginning.
const VIEW_MARK: &[u8] = b"amewire";

/// How far into a view that is looked for.
const VIEW_HEAD: u64 = 4096;

/// A report's folder, held by this process for as long as this lives.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

/// What a report says of the run before the one that begins.
#[derive(Debug, Deserialize)]
pub struct Earlier {
    runs: Vec<EarlierRun>,
    trials: Vec<EarlierTrial>,
}

#[derive(Debug, Deserialize)]
struct EarlierRun {
    started: String,
}

#[derive(Debug, Deserialize)]
struct EarlierTrial {
    name: String,
    failed: bool,
}

/// Why a report's folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It holds something else.
    #[error("{} is neither empty nor an earlier report, and was left as it is: name another folder with --out", .0.display())]
    NotAReport(PathBuf),
    /// A file where a view of ours would be is somebody else's.
    #[error("{} was not made by samewire, and was left as it is: name another folder with --out", .0.display())]
    NotAView(PathBuf),
    /// What would be a folder of ours leads to another place, where nothing is to be written or taken away.
    #[error("{} is a link, and was left as it is: remove it, or name another folder with --out", .0.display())]
    LeadsElsewhere(PathBuf),
    /// Somebody else writes a report there.
    #[error("{} is being written by {holder}; wait until that ends, or name another folder with --out", folder.display())]
    Held {
        /// The folder.
        folder: PathBuf,
        /// Who.
        holder: String,
    },
    /// It cannot be read or written.
    #[error("cannot {what} {}: {source}{}", path.display(), mend(source))]
    Io {
        /// What was being done.
        what: &'static str,
        /// With what.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What every report says of itself.
#[derive(Deserialize)]
struct Ours {
    #[serde(rename = "format")]
    _format: u32,
    #[serde(rename = "samewire")]
    _samewire: String,
    #[serde(rename = "trials")]
    _trials: Vec<IgnoredAny>,
}

impl Folder {
    /// Makes the folder where it is not there, and holds it. What an earlier run left unfinished is taken away; an earlier report
    /// stays as it is.
    ///
    /// # Errors
    /// It holds what is not ours, somebody else holds it, or it cannot be written.
    pub fn claim(path: &Path) -> Result<Self, FolderError> {
        fs::create_dir_all(path).map_err(failed("make the folder", path))?;
        check_ours(path)?;
        let folder = Self { path: path.to_owned(), _lock: lock(path)? };
        folder.clear_unfinished()?;
        Ok(folder)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is known of the run before; nothing where there is no report, or none that can be read.
    #[must_use]
    pub fn earlier(&self) -> Option<Earlier> {
        Earlier::read(&self.path)
    }

    /// Where a capture is written that will be at `relative` in the folder. Its own folder is made.
    ///
    /// # Errors
    /// That folder cannot be made.
    pub fn capture(&self, relative: &Path) -> io::Result<PathBuf> {
        let path = self.unfinished().join(relative);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        Ok(path)
    }

    /// Says that a report is being made, where there is no earlier one to keep.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn begin(&self, report: &Report) -> Result<(), FolderError> {
        match self.path.join(REPORT_FILE).exists() {
            true => Ok(()),
            false => self.replace(REPORT_FILE, &report.json().map_err(failed("make", &self.path))?),
        }
    }

    /// Puts a report and its captures in the place of the earlier ones. Until all of it is on disk, those stay.
    ///
    /// # Errors
    /// Something cannot be written, or is not ours. What is new is then still in `unfinished`.
    pub fn finish(&self, report: &Report) -> Result<(), FolderError> {
        let unfinished = self.unfinished();
        let new = unfinished.join(REPORT_FILE);
        let json = report.json().map_err(failed("make", &new))?;
        fs::create_dir_all(&unfinished).map_err(failed("make the folder", &unfinished))?;
        fs::write(&new, json).map_err(failed("write", &new))?;
        check_ours(&self.path)?;
        let (from, to) = (unfinished.join(CAPTURES), self.path.join(CAPTURES));
        for view in VIEW_FILES {
            let view = self.path.join(view);
            absent_is_fine(fs::remove_file(&view)).map_err(failed("remove the earlier", &view))?;
        }
        clear(&to).map_err(failed("remove the earlier", &to))?;
        move_all(&from, &to).map_err(failed("move the captures to", &to))?;
        let report = self.path.join(REPORT_FILE);
        fs::rename(&new, &report).map_err(failed("move the report to", &report))?;
        self.clear_unfinished()
    }

    /// Writes a view beside the report, as it is made; an earlier one stays until the new one is whole.
    ///
    /// # Errors
    /// It cannot be made, or not be written.
    pub fn write_view(&self, name: &str, view: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), FolderError> {
        let path = self.path.join(name);
        replace_with(&path, view).map_err(failed("write", &path))
    }

    fn replace(&self, name: &str, octets: &[u8]) -> Result<(), FolderError> {
        let path = self.path.join(name);
        replace(&path, octets).map_err(failed("write", &path))
    }

    fn clear_unfinished(&self) -> Result<(), FolderError> {
        let unfinished = self.unfinished();
        let cleared = absent_is_fine(fs::remove_file(unfinished.join(REPORT_FILE))).and_then(|()| clear(&unfinished));
        cleared.map_err(failed("clear", &unfinished))
    }

    fn unfinished(&self) -> PathBuf {
        self.path.join(UNFINISHED)
    }
}

impl Earlier {
    /// What the report in a folder says, whoever holds that; nothing where there is none that can be read.
    #[must_use]
    pub fn read(folder: &Path) -> Option<Self> {
        let file = File::open(folder.join(REPORT_FILE)).ok()?;
        serde_json::from_reader(io::BufReader::new(file)).ok()
    }

    /// Several as one, where there are any: of a trial that more than one knows, the report that was begun last.
    #[must_use]
    pub fn together(reports: impl Iterator<Item = Self>) -> Option<Self> {
        let mut reports: Vec<Self> = reports.collect();
        // The times of reports are all written alike.
        reports.sort_by(|one, other| other.begun().cmp(&one.begun()));
        reports.into_iter().reduce(|mut latest, older| {
            let known: BTreeSet<String> = latest.trials.iter().map(|trial| trial.name.clone()).collect();
            latest.trials.extend(older.trials.into_iter().filter(|trial| !known.contains(&trial.name)));
            latest
        })
    }

    fn begun(&self) -> Option<&str> {
        self.runs.iter().map(|run| run.started.as_str()).max()
    }

    /// The names of the trials that failed.
    #[must_use]
    pub fn failed(&self) -> BTreeSet<&str> {
        self.trials.iter().filter(|trial| trial.failed).map(|trial| trial.name.as_str()).collect()
    }
}

/// A file that the report in a folder names: the file itself. What lies in somebody else's folder may lead anywhere, to what is
/// private here or never ends.
///
/// # Errors
/// It is not there, or leads out of the folder, or is no file.
#[cfg(feature = "cli")]
pub(crate) fn file_of(folder: &Path, file: &Path) -> io::Result<PathBuf> {
    let (file, folder) = (folder.join(file).canonicalize()?, folder.canonicalize()?);
    match file.starts_with(folder) && file.is_file() {
        true => Ok(file),
        false => Err(io::Error::other("it leads to what is no file in the report's folder")),
    }
}

/// Writes a file beside `path` and renames it, so that what was there stays until the new one is whole. What is no regular file (a
/// pipe, a terminal) is written as it is.
///
/// # Errors
/// It cannot be written; the earlier file is as it was.
pub fn replace(path: &Path, octets: &[u8]) -> io::Result<()> {
    replace_with(path, |file| file.write_all(octets))
}

/// As [`replace`], with what is written as it is made.
///
/// # Errors
/// As there, or what is to be written cannot be made.
pub fn replace_with(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let write_to = |path: &Path| {
        let mut file = io::BufWriter::new(File::create(path)?);
        write(&mut file)?;
        file.flush()
    };
    if fs::symlink_metadata(path).is_ok_and(|there| !there.is_file()) {
        return write_to(path);
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    let written = write_to(&beside).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Whether all that would be replaced in a folder is ours.
fn check_ours(folder: &Path) -> Result<(), FolderError> {
    if !is_report(&folder.join(REPORT_FILE)) {
        let listed = fs::read_dir(folder).map_err(failed("read the folder", folder))?;
        for entry in listed {
            let name = entry.map_err(failed("read the folder", folder))?.file_name();
            if ![LAST_SELECTION, LAST_RECORDING, LOCK_FILE, UNFINISHED].iter().any(|ours| name == *ours) {
                return Err(FolderError::NotAReport(folder.to_owned()));
            }
        }
    }
    let is_link = |path: &PathBuf| fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    if let Some(link) = [CAPTURES, UNFINISHED].map(|ours| folder.join(ours)).into_iter().find(is_link) {
        return Err(FolderError::LeadsElsewhere(link));
    }
    let foreign = VIEW_FILES.iter().map(|view| folder.join(view)).find(|view| view.exists() && !is_view(view));
    foreign.map_or(Ok(()), |view| Err(FolderError::NotAView(view)))
}

fn is_report(path: &Path) -> bool {
    let parsed = File::open(path).map(io::BufReader::new).map(serde_json::from_reader::<_, Ours>);
    matches!(parsed, Ok(Ok(_)))
}

fn is_view(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(VIEW_HEAD).read_to_end(&mut head));
    read.is_ok() && (head.is_empty() || memchr::memmem::find(&head, VIEW_MARK).is_some())
}

/// Holds the folder, or says who does.
fn lock(folder: &Path) -> Result<File, FolderError> {
    let path = folder.join(LOCK_FILE);
    let mut file = open_lock(&path).map_err(failed("open", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(FolderError::Held { folder: folder.to_owned(), holder: holder(&mut file) }),
        // A file system without locks: then two at once are not kept apart.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
        Err(TryLockError::Error(error)) => return Err(failed("lock", &path)(error)),
    }
    let ourselves = format!("process {} on {:?}, since {}\n", std::process::id(), machine::name(), machine::now());
    // Only for people; on a full disk the lock itself still holds.
    let _ = file.set_len(0).and_then(|()| file.write_all(ourselves.as_bytes()));
    Ok(file)
}

/// The lock, which is made where it is not there. That of another user can be read at least: enough to learn who holds it.
fn open_lock(path: &Path) -> io::Result<File> {
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    opened.or_else(|error| File::open(path).map_err(|_| error))
}

/// Who holds a lock. Where a lock keeps readers out too, nobody says who it is.
fn holder(file: &mut File) -> String {
    let mut holder = String::new();
    let read = file.read_to_string(&mut holder);
    if read.is_err() || holder.trim().is_empty() { "another process".into() } else { holder.trim().to_owned() }
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// What helps where a folder is not ours to write.
fn mend(error: &io::Error) -> &'static str {
    if error.kind() == io::ErrorKind::PermissionDenied { "; name a folder of your own with --out" } else { "" }
}

fn failed(what: &'static str, path: &Path) -> impl Fn(io::Error) -> FolderError {
    move |source| FolderError::Io { what, path: path.to_owned(), source }
}
