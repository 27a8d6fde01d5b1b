//! What a client is made of: the files of its folder, and those that its `inputs` name outside of it.
//!
//! Links are followed, and files whose name begins with a dot count: a build and a program read them too. Litter does not, unless `inputs`
//! names it.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use super::NotReady;
use super::kit::Kit;
use super::litter::is_litter;
use crate::trial::machine;

/// Files, by their paths from the client's folder on, with a digest of what each holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Inputs(BTreeMap<PathBuf, blake3::Hash>);

/// Globs of `inputs`, relative to the client's folder; one with `!` before it takes its files away.
struct Globs {
    wanted: Vec<(String, GlobMatcher)>,
    unwanted: Vec<GlobMatcher>,
}

impl Inputs {
    /// The files as they are now.
    ///
    /// # Errors
    /// One cannot be read, or a glob has none.
    pub(super) fn of(kit: &Kit<'_>) -> Result<Self, NotReady> {
        let folder = &kit.folder;
        let mut walk = Walk::new(folder);
        if kit.owns_folder {
            walk.enter(folder, &|_| true, &|_| true)?;
        }
        kit.named_by_build().try_for_each(|path| walk.enter_or_take(&path, &|_| true, &|_| true))?;
        let globs = Globs::of(kit.inputs)?;
        for (text, glob) in &globs.wanted {
            // A folder stands for all that is in it.
            let wanted = |path: &Path| path.ancestors().any(|path| glob.is_match(path));
            let passes = |path: &Path| !globs.unwanted.iter().any(|glob| glob.is_match(path));
            walk.seen.clear();
            // What is named counts, whatever it is; what is found in there counts where it is no litter.
            walk.enter_or_take(&folder.join(literal_beginning(text)), &passes, &wanted)?;
            if !walk.found.keys().any(|path| wanted(path)) {
                return Err(NotReady::Broken(format!("`inputs` has {text:?}, and there is no such file")));
            }
        }
        Ok(Self(walk.found))
    }

    /// A digest of all of it and of what else is said (BLAKE3 in hex).
    pub(super) fn digest<'s>(&self, said: impl IntoIterator<Item = &'s str>) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut add = |octets: &[u8]| {
            hasher.update(&(octets.len() as u64).to_le_bytes());
            hasher.update(octets);
        };
        said.into_iter().for_each(|text| add(text.as_bytes()));
        for (path, digest) in &self.0 {
            add(path.as_os_str().as_encoded_bytes());
            add(digest.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

    /// A file that is in one of both only, or holds something else.
    pub(super) fn difference<'a>(&'a self, other: &'a Self) -> Option<&'a Path> {
        let differs = |path: &&PathBuf| self.0.get(*path) != other.0.get(*path);
        self.0.keys().chain(other.0.keys()).find(differs).map(PathBuf::as_path)
    }
}

impl Globs {
    fn of(texts: &[String]) -> Result<Self, NotReady> {
        let mut globs = Self { wanted: Vec::new(), unwanted: Vec::new() };
        for text in texts {
            let glob = |text: &str| {
                // Of a folder that is not wanted nothing is, and it need not be gone through.
                let glob = GlobBuilder::new(text.trim_end_matches("/**")).literal_separator(true).build();
                let glob =
                    glob.map_err(|error| NotReady::Broken(format!("`inputs` has {text:?}, which is not a glob: {error}")))?;
                Ok::<_, NotReady>(glob.compile_matcher())
            };
            match text.strip_prefix('!') {
                Some(unwanted) => globs.unwanted.push(glob(unwanted)?),
                None => globs.wanted.push((text.clone(), glob(text)?)),
            }
        }
        Ok(globs)
    }
}

/// The folders of a glob before the first part that is not to be taken literally.
fn literal_beginning(glob: &str) -> PathBuf {
    let is_literal = |part: &&str| !part.contains(['*', '?', '[', '{', '\\']);
    let literal: Vec<&str> = glob.split('/').take_while(is_literal).collect();
    PathBuf::from(if literal == [""] { "/".to_owned() } else { literal.join("/") })
}

/// A way through folders that collects files.
struct Walk<'a> {
    folder: &'a Path,
    found: BTreeMap<PathBuf, blake3::Hash>,
    /// Folders that it was in: links may lead in a circle.
    seen: HashSet<PathBuf>,
}

type Filter<'f> = &'f dyn Fn(&Path) -> bool;

impl<'a> Walk<'a> {
    fn new(folder: &'a Path) -> Self {
        Self { folder, found: BTreeMap::new(), seen: HashSet::new() }
    }

    /// The path from the client's folder on.
    fn shown<'p>(&self, path: &'p Path) -> &'p Path {
        path.strip_prefix(self.folder).unwrap_or(path)
    }

    fn enter(&mut self, folder: &Path, passes: Filter<'_>, wanted: Filter<'_>) -> Result<(), NotReady> {
        let unreadable = |error: io::Error| unreadable(folder, &error);
        if !self.seen.insert(fs::canonicalize(folder).map_err(unreadable)?) {
            return Ok(());
        }
        let mut entries = fs::read_dir(folder).map_err(unreadable)?.collect::<io::Result<Vec<_>>>().map_err(unreadable)?;
        // Whichever way a folder is found first, it is found by that way.
        entries.sort_by_key(fs::DirEntry::file_name);
        let mut paths = entries.iter().map(fs::DirEntry::path).filter(|path| !is_litter(path));
        paths.try_for_each(|path| self.enter_or_take(&path, passes, wanted))
    }

    fn enter_or_take(&mut self, path: &Path, passes: Filter<'_>, wanted: Filter<'_>) -> Result<(), NotReady> {
        let shown = self.shown(path).to_owned();
        if !passes(&shown) {
            return Ok(());
        }
        let what = fs::metadata(path);
        if what.as_ref().is_ok_and(Metadata::is_dir) {
            return self.enter(path, passes, wanted);
        }
        if !wanted(&shown) {
            return Ok(());
        }
        let digest = match what {
            Ok(what) => digest(path, &what),
            // A link that leads nowhere, or a file that is gone by now.
            Err(error) => fs::read_link(path).map(|to| blake3::hash(to.as_os_str().as_encoded_bytes())).map_err(|_| error),
        };
        match digest {
            Ok(digest) => drop(self.found.insert(shown, digest)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(path, &error)),
        }
        Ok(())
    }
}

/// What a file holds, and whether it can be run.
fn digest(path: &Path, what: &Metadata) -> io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[u8::from(machine::is_executable(what))]);
    // A pipe or a device is there, and that is all that is to be known of it.
    if what.is_file() {
        hasher.update_reader(File::open(path)?)?;
    }
    Ok(hasher.finalize())
}

fn unreadable(path: &Path, error: &io::Error) -> NotReady {
    NotReady::Broken(format!("cannot read {}, which its build depends on: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_begins_where_it_is_literal() {
        let of = |glob: &str| literal_beginning(glob).display().to_string();
        assert_eq!(of("../../sdk/**"), "../../sdk");
        assert_eq!(of("../../sdk/VERSION"), "../../sdk/VERSION");
        assert_eq!((of("*.h"), of("/**"), of("/usr/include/*.h")), (String::new(), "/".into(), "/usr/include".into()));
    }
}
