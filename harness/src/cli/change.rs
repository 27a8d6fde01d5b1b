//! Files that are made or changed all together, or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::report::replace;

/// A file that is to be made, or to be another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// The file.
    pub path: PathBuf,
    /// What it is now; nothing where it is not there.
    pub before: Option<String>,
    /// What it is to be.
    pub text: String,
}

impl Change {
    /// A file that is not there yet.
    pub(super) fn new(path: PathBuf, text: String) -> Self {
        Self { path, before: None, text }
    }
}

/// Makes all these changes. Where one fails, or somebody asks for the end meanwhile, those before it are taken back.
///
/// # Errors
/// A file cannot be written, is there by now, or is not what it was.
pub(super) fn write_all(changes: &[Change], is_stopped: impl Fn() -> bool) -> Result<(), String> {
    let mut done = Done::default();
    let made = changes.iter().try_for_each(|change| {
        if is_stopped() {
            return Err("stopped".to_owned());
        }
        done.make(change).map_err(|error| format!("cannot write {}: {error}", change.path.display()))
    });
    let made = made.and_then(|()| if is_stopped() { Err("stopped".to_owned()) } else { Ok(()) });
    made.map_err(|why| match done.take_back() {
        None => format!("{why}; nothing was written"),
        Some(left) => format!("{why}; and {left}"),
    })
}

/// What was done.
#[derive(Default)]
struct Done<'a> {
    folders: Vec<PathBuf>,
    changes: Vec<&'a Change>,
}

impl<'a> Done<'a> {
    fn make(&mut self, change: &'a Change) -> io::Result<()> {
        match &change.before {
            None => {
                self.make_folder(change.path.parent())?;
                write_new(&change.path, &change.text)?;
            }
            Some(before) => rewrite(&change.path, before, &change.text)?,
        }
        self.changes.push(change);
        Ok(())
    }

    /// Makes a folder and those around it that are not there.
    fn make_folder(&mut self, folder: Option<&Path>) -> io::Result<()> {
        let missing = folder.into_iter().flat_map(Path::ancestors).take_while(|folder| !folder.is_dir());
        let missing: Vec<&Path> = missing.filter(|folder| !folder.as_os_str().is_empty()).collect();
        for folder in missing.into_iter().rev() {
            match fs::create_dir(folder) {
                Ok(()) => self.folders.push(folder.to_owned()),
                // Somebody else has made it meanwhile.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes all of it back, the last first. What cannot be taken back is said.
    fn take_back(self) -> Option<String> {
        let failed = self.changes.into_iter().rev().filter(|change| take_back(change).is_err());
        let left: Vec<String> = failed.map(|change| change.path.display().to_string()).collect();
        // A folder in which somebody else has put something by now stays.
        self.folders.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
        (!left.is_empty()).then(|| format!("this could not be taken back: {}", left.join(", ")))
    }
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes()).inspect_err(|_| drop(fs::remove_file(path)))
}

/// Replaces the text of a file by another, and keeps who may read it.
fn rewrite(path: &Path, before: &str, text: &str) -> io::Result<()> {
    if fs::read(path)? != before.as_bytes() {
        return Err(io::Error::other("somebody else has changed it meanwhile"));
    }
    // A link stays one.
    let path = fs::canonicalize(path)?;
    let permissions = fs::metadata(&path)?.permissions();
    // What may not be written is not to be replaced either.
    drop(File::options().append(true).open(&path)?);
    replace(&path, text.as_bytes())?;
    fs::set_permissions(&path, permissions)
}

fn take_back(change: &Change) -> io::Result<()> {
    match &change.before {
        None => fs::remove_file(&change.path),
        Some(before) => rewrite(&change.path, &change.text, before),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(folder: &Path) -> Vec<Change> {
        let new = |name: &str| Change::new(folder.join(name), name.to_owned());
        let changed = Change { before: Some("before".into()), ..new("there") };
        vec![changed, new("a/b/one"), new("a/two")]
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn all_is_written() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("there"), "before").unwrap();
        write_all(&changes(folder.path()), || false).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("there")).unwrap(), "there");
        assert_eq!(fs::read_to_string(folder.path().join("a/b/one")).unwrap(), "a/b/one");
        assert_eq!(names(folder.path()), ["a", "there"]);
    }

    #[test]
    fn where_one_fails_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().join("there");
        fs::write(&there, "before").unwrap();
        let mut all = changes(folder.path());
        all.push(Change::new(folder.path().join("there/inside"), String::new()));
        let said = write_all(&all, || false).unwrap_err();
        assert!(said.contains("there/inside") && said.ends_with("; nothing was written"), "{said}");
        assert_eq!((names(folder.path()), fs::read_to_string(&there).unwrap()), (vec!["there".to_owned()], "before".into()));
        let asked = std::cell::Cell::new(0);
        let at_the_third = || {
            asked.set(asked.get() + 1);
            asked.get() > 2
        };
        assert_eq!(write_all(&changes(folder.path()), at_the_third).unwrap_err(), "stopped; nothing was written");
        assert_eq!(names(folder.path()), ["there"]);
    }

    #[test]
    fn what_somebody_else_wrote_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("there"), "theirs").unwrap();
        assert!(write_all(&changes(folder.path()), || false).unwrap_err().contains("somebody else"));
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::write(folder.path().join("a/two"), "theirs").unwrap();
        write_all(&changes(folder.path())[1..], || false).unwrap_err();
        assert_eq!(fs::read_to_string(folder.path().join("a/two")).unwrap(), "theirs");
        assert_eq!(names(&folder.path().join("a")), ["two"]);
    }
}
