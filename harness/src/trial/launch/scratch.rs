//! Temporary folders. All of this process begin with one prefix, which nothing else on the machine has.
//!
//! So the folder's path in a program's environment tells whose program it is, and the prefix finds all that is left of a process
//! that was killed.

use std::collections::hash_map::RandomState;
use std::ffi::OsStr;
use std::fs;
use std::hash::BuildHasher;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;

use super::platform;
use crate::trial::machine;

/// A temporary folder, removed when it is closed, or dropped, or this process is killed (on Linux).
#[derive(Debug)]
pub struct Scratch(TempDir);

impl Scratch {
    /// A new folder.
    ///
    /// # Errors
    /// Whatever the operating system says.
    pub fn new() -> io::Result<Self> {
        super::prepare();
        let prefix = prefix();
        let (parent, name) = (prefix.parent(), prefix.file_name());
        Ok(Self(machine::private_folder(name.unwrap_or(OsStr::new("samewire-")), parent.unwrap_or(Path::new(".")))?))
    }

    /// Where it is; absolute.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Removes it and all that it holds, folders that a program made read-only included.
    ///
    /// # Errors
    /// Something in it cannot be removed.
    pub fn close(self) -> io::Result<()> {
        remove_folder(&self.0.keep())
    }
}

/// Removes a folder and all that it holds, folders that were made read-only included.
///
/// # Errors
/// Something in it cannot be removed, or it is not there.
pub(crate) fn remove_folder(path: &Path) -> io::Result<()> {
    fs::remove_dir_all(path).or_else(|_| {
        make_writable(path);
        fs::remove_dir_all(path)
    })
}

/// Lets us remove what is in a folder and below. What cannot be changed is found when it cannot be removed.
fn make_writable(folder: &Path) {
    platform::open_to_us(folder);
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            make_writable(&entry.path());
        }
    }
}

/// How the path of every temporary folder of this process begins.
pub(crate) fn prefix() -> &'static Path {
    static PREFIX: OnceLock<PathBuf> = OnceLock::new();
    PREFIX.get_or_init(|| {
        let folder = std::env::temp_dir();
        let token = RandomState::new().hash_one(std::process::id());
        std::path::absolute(&folder).unwrap_or(folder).join(format!("samewire-{token:016x}-"))
    })
}
