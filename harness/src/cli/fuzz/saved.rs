//! The file that findings are saved in: read before, and added to after.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::cli::CommandError;
use crate::cli::target::beside;
use crate::run::fuzz::finding::Finding;
use crate::run::fuzz::inputs::Parted;
use crate::run::fuzz::save::{cases_of, with_case};
use crate::run::fuzz::save_input::with_input;
use crate::suite::{Case, Defined};

/// What became of a finding.
pub(super) enum Kept {
    /// It was not to be saved.
    Unasked,
    /// It was added, as a case of this name.
    Added(String),
    /// The file has it.
    Already,
    /// Nobody can say what is right.
    Undecided,
    /// It could not be written, and why.
    Failed(String),
}

impl Kept {
    /// The case that it was added as.
    pub(super) fn name(&self) -> Option<String> {
        if let Self::Added(name) = self { Some(name.clone()) } else { None }
    }

    /// Why it could not be written.
    pub(super) fn problem(&self) -> Option<String> {
        if let Self::Failed(why) = self { Some(why.clone()) } else { None }
    }
}

/// A file of cases that may not be there yet.
pub(super) struct Saved {
    path: PathBuf,
    defined: Defined,
    /// What it holds already.
    pub cases: Vec<Case>,
}

impl Saved {
    /// Reads what there is.
    ///
    /// # Errors
    /// It cannot be read or written, or is no file of cases.
    pub(super) fn open(path: &Path, defined: &Defined) -> Result<Self, CommandError> {
        // A device or a FIFO may have no end.
        if path.exists() && !path.is_file() {
            return Err(format!("cannot save to {}: it is no file", path.display()).into());
        }
        let cases = cases_of(path, &text_of(path)?, defined)?;
        let folder = folder_of(path);
        if !folder.is_dir() {
            return Err(format!("cannot save to {}: there is no folder {}", path.display(), folder.display()).into());
        }
        // What could not be written later is better known now.
        beside(&real(path)).map_err(|error| format!("cannot save to {}: {error}", path.display()))?;
        Ok(Self { path: path.to_owned(), defined: defined.clone(), cases })
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds what was found, unless the file has it.
    pub(super) fn keep(&self, finding: &Finding, seed: u64) -> Kept {
        match self.add(finding, seed) {
            Ok(Some(name)) => Kept::Added(name),
            Ok(None) => Kept::Already,
            Err(error) => Kept::Failed(error.to_string()),
        }
    }

    /// Adds a case for what was found, and says its name; nothing where the file has it already. Whatever happens, the old file or
    /// the new one is there whole.
    ///
    /// # Errors
    /// It cannot be written, or changed meanwhile so that it cannot be added to.
    fn add(&self, finding: &Finding, seed: u64) -> Result<Option<String>, CommandError> {
        let lock = File::open(folder_of(&self.path)).ok();
        // Where a folder cannot be locked, two at once are not kept apart.
        let _ = lock.as_ref().map(File::lock);
        let text = text_of(&self.path)?;
        let Some((text, name)) = with_case((&self.path, &text, &self.defined), finding, seed)? else { return Ok(None) };
        self.replace(&text).map_err(|error| format!("cannot write {}: {error}", self.path.display()))?;
        Ok(Some(name))
    }

    /// As [`keep`](Self::keep), of an input on which clients part.
    pub(super) fn keep_input(&self, case: &Case, parted: &Parted, seed: u64) -> Kept {
        match self.add_input(case, parted, seed) {
            Ok(Some(name)) => Kept::Added(name),
            Ok(None) if parted.shown.is_none() => Kept::Undecided,
            Ok(None) => Kept::Already,
            Err(error) => Kept::Failed(error.to_string()),
        }
    }

    /// As [`add`](Self::add), of an input on which clients part, of a case whose input is made at random.
    ///
    /// # Errors
    /// As of `add`; or the file in which that case stands cannot be read.
    fn add_input(&self, case: &Case, parted: &Parted, seed: u64) -> Result<Option<String>, CommandError> {
        let lock = File::open(folder_of(&self.path)).ok();
        let _ = lock.as_ref().map(File::lock);
        let (text, from) = (text_of(&self.path)?, text_of(&case.location.path)?);
        let Some((text, name)) = with_input((&self.path, &text, &self.defined), (case, &from), parted, seed)? else {
            return Ok(None);
        };
        self.replace(&text).map_err(|error| format!("cannot write {}: {error}", self.path.display()))?;
        Ok(Some(name))
    }

    fn replace(&self, text: &str) -> io::Result<()> {
        let path = real(&self.path);
        let mut file = beside(&path)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    }
}

/// The file that a link leads to.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What a file holds; nothing where it is not there.
fn text_of(path: &Path) -> Result<String, CommandError> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        read => Ok(read.map_err(|error| format!("cannot read {}: {error}", path.display()))?),
    }
}
