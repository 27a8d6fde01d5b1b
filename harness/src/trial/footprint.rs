//! What changes in a client's folder while it runs: it is not to write there. Told and not judged, since tools keep caches beside
//! programs.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The most files that are looked at; of a folder with more, nothing is told.
const MOST_FILES: usize = 10_000;

/// The most files that are told.
const MOST_TOLD: usize = 10;

/// The files of a folder, with their sizes and when they were written.
#[derive(Debug)]
pub(crate) struct Footprint {
    folder: PathBuf,
    files: BTreeMap<PathBuf, (u64, SystemTime)>,
}

impl Footprint {
    /// Of a folder as it is now; nothing where it cannot be read, or holds too much.
    #[must_use]
    pub(crate) fn of(folder: &Path) -> Option<Self> {
        let mut files = BTreeMap::new();
        collect(folder, folder, &mut files).ok()?;
        (files.len() <= MOST_FILES).then(|| Self { folder: folder.to_owned(), files })
    }

    /// The files that are other ones now, or were not there, relative to the folder; the first of them.
    #[must_use]
    pub(crate) fn changed(&self) -> Vec<PathBuf> {
        let now = Self::of(&self.folder).map(|now| now.files).unwrap_or_default();
        let other = now.into_iter().filter(|(path, seen)| self.files.get(path) != Some(seen));
        other.map(|(path, _)| path).take(MOST_TOLD).collect()
    }
}

fn collect(folder: &Path, root: &Path, files: &mut BTreeMap<PathBuf, (u64, SystemTime)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let (path, kind) = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)))?;
        if files.len() > MOST_FILES {
            return Ok(());
        }
        if kind.is_dir() {
            collect(&path, root, files)?;
        } else if kind.is_file() {
            let metadata = fs::metadata(&path)?;
            let relative = path.strip_prefix(root).unwrap_or(&path).to_owned();
            files.insert(relative, (metadata.len(), metadata.modified()?));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_or_other_is_told_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        fs::create_dir(folder.path().join("cache")).unwrap();
        write("kept", "a");
        write("grown", "a");
        let before = Footprint::of(folder.path()).unwrap();
        assert_eq!(before.changed(), Vec::<PathBuf>::new());
        write("grown", "ab");
        write("cache/new", "a");
        assert_eq!(before.changed(), [Path::new("cache/new"), Path::new("grown")]);
    }
}
