//! What is there already: the folder that `init` is run in, the repository around it, and what speaks of Samewire in both.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::client::starter::{self, Kind};
use crate::source::FileError;
use crate::suite::config::{CONFIG_FILE, Config};

/// What marks the folder of a repository.
const REPOSITORY: &str = ".git";

/// Folders of what tools make or fetch. Nothing in them says what a repository is made of.
const FOREIGN: [&str; 9] = ["node_modules", "target", "vendor", "build", "dist", "out", "venv", "__pycache__", "interop"];

/// How many files are looked at, and how much of each.
const MOST_FILES: usize = 2000;
const MOST_TEXT: u64 = 64 << 10;

/// The folder that `init` is run in, and what is around it.
pub(super) struct Ground {
    /// The folder; absolute.
    pub here: PathBuf,
    /// What samewire.toml says, here or in a folder around it, or would say by default.
    pub config: Config,
    /// The repository's folder; `here` where there is no repository.
    pub root: PathBuf,
    /// Whether there is one.
    pub is_repository: bool,
    /// Files here and in the folders here, as paths seen from here.
    files: Vec<PathBuf>,
}

impl Ground {
    /// # Errors
    /// samewire.toml is not as it should be, or the folder cannot be read.
    pub(super) fn of(here: PathBuf) -> Result<Self, FileError> {
        let own = here.join(CONFIG_FILE);
        if own.symlink_metadata().is_ok() && !own.is_file() {
            let problem = "is no file that can be read, so nothing was written: remove it, or have it lead to one".into();
            return Err(FileError { path: own, line: None, problem });
        }
        let config = Config::find(&here)?;
        let root = here.ancestors().find(|folder| folder.join(REPOSITORY).exists());
        let (is_repository, root) = (root.is_some(), root.unwrap_or(&here).to_owned());
        let unreadable =
            |error: io::Error| FileError { path: here.clone(), line: None, problem: format!("cannot be read: {error}") };
        let files = files(&here).map_err(unreadable)?;
        Ok(Self { here, config, root, is_repository, files })
    }

    /// The samewire.toml that is there.
    pub(super) fn project(&self) -> Option<PathBuf> {
        Some(self.config.folder.join(CONFIG_FILE)).filter(|path| path.is_file())
    }

    /// This folder as seen from the repository's, with `/`; nothing where its name is no text.
    pub(super) fn folder(&self) -> Option<String> {
        let parts = self.here.strip_prefix(&self.root).ok()?.components();
        let parts: Option<Vec<&str>> = parts.map(|part| part.as_os_str().to_str()).collect();
        Some(parts?.join("/"))
    }

    /// The kinds of programs that are here.
    pub(super) fn kinds<'a>(&self, kinds: &'a [Kind]) -> Vec<&'a Kind> {
        let names: Vec<String> = self.files.iter().map(|file| name_of(file)).collect();
        starter::found(kinds, &names)
    }

    /// How programs are started that are here and seem to connect to somewhere: the first few.
    pub(super) fn programs(&self, kinds: &[Kind], most: usize) -> Vec<Vec<String>> {
        let started = |file: &PathBuf| {
            let path = file.to_str()?;
            starter::programs(kinds, &name_of(file), &beginning(&self.here.join(file)), path)
        };
        self.files.iter().filter_map(started).take(most).collect()
    }
}

/// The text of a file, where it is one that can be read.
pub(super) fn text(path: &Path) -> Option<String> {
    path.is_file().then(|| fs::read_to_string(path).ok())?
}

fn beginning(path: &Path) -> String {
    let mut octets = Vec::new();
    let file = fs::File::open(path).map(|file| file.take(MOST_TEXT));
    match file.and_then(|mut file| file.read_to_end(&mut octets)) {
        Ok(_) => String::from_utf8_lossy(&octets).into_owned(),
        Err(_) => String::new(),
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The files of a folder, then those of its folders, both in the order of their names.
fn files(here: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut files, folders) = entries(here, Path::new(""))?;
    for folder in folders.iter().filter(|folder| !FOREIGN.contains(&name_of(folder).as_str())) {
        // One that cannot be read says nothing.
        let (inner, _) = entries(here, folder).unwrap_or_default();
        files.extend(inner);
    }
    files.truncate(MOST_FILES);
    Ok(files)
}

/// The files and the folders in a folder, but for those whose name begins with a dot.
fn entries(here: &Path, folder: &Path) -> io::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let mut names: Vec<_> = fs::read_dir(here.join(folder))?.flatten().map(|entry| entry.file_name()).collect();
    names.retain(|name| !name.as_encoded_bytes().starts_with(b"."));
    names.sort();
    let paths = names.into_iter().map(|name| folder.join(name));
    let (folders, others): (Vec<PathBuf>, Vec<PathBuf>) = paths.partition(|path| here.join(path).is_dir());
    Ok((others.into_iter().filter(|path| here.join(path).is_file()).collect(), folders))
}
