//! The clients of a folder.

use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use crate::client::client::{Causes, Client};
use crate::client::file;
use crate::source::{self, FileError, same_file};
use crate::suite::case::Case;

/// The file that makes a folder a client.
pub const CLIENT_FILE: &str = "client.toml";

/// A folder of `clients`, or a variant in it: a client, or what is wrong with it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The folder's name, and behind an `@` the variant's.
    pub name: String,
    /// The client, or why it is none.
    pub client: Result<Client, FileError>,
}

/// Finds the clients in a folder, in the order of their names; `causes` are the diagnoses that a known failure may name. One that is broken does not take the others down.
///
/// # Errors
/// The folder cannot be read, or holds no client.
pub fn load(folder: &Path, causes: &Causes) -> Result<Vec<Entry>, FileError> {
    let problem = |problem: String| FileError { path: folder.to_owned(), line: None, problem };
    let unreadable = |error: io::Error| problem(format!("not a folder of clients: {error}"));
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(unreadable)?;
    let mut folders: Vec<PathBuf> = entries.iter().map(DirEntry::path).filter(|path| is_client(path)).collect();
    folders.sort();
    if folders.is_empty() {
        return Err(problem(format!("there is no client here; a client is a folder with a {CLIENT_FILE}")));
    }
    let twin = |index: usize| folders[..index].iter().find(|other| is_same_file(other, &folders[index]));
    let entries = folders.iter().enumerate().map(|(index, path)| match twin(index) {
        Some(other) => vec![broken(path, same_file(&name_of(path), &name_of(other)))],
        None => entries_of(path, causes),
    });
    Ok(entries.flatten().collect())
}

impl Entry {
    /// Whether it has trials of `case`; what is broken has them of each.
    #[must_use]
    pub fn is_for(&self, case: &Case) -> bool {
        self.client.as_ref().map_or(case.contract.is_none(), |client| client.is_for(case))
    }
}

/// Whether two folders have names that are equal but for their capitals.
fn is_same_file(folder: &Path, other: &Path) -> bool {
    name_of(folder).eq_ignore_ascii_case(&name_of(other))
}

fn broken(folder: &Path, problem: String) -> Entry {
    let path = folder.join(CLIENT_FILE);
    Entry { name: name_of(folder), client: Err(FileError { path, line: None, problem }) }
}

fn name_of(folder: &Path) -> String {
    folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What lies in a folder of clients and is none, though somebody may think so: folders with files and without a `client.toml`, in the
/// order of their names. Those whose name begins with a dot or `_` are left out.
#[must_use]
pub fn passed_over(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| !is_client(path) && is_like_a_client(path)).collect();
    folders.sort();
    folders.iter().map(|path| format!("{} is not a client: it has no {CLIENT_FILE}", path.display())).collect()
}

fn is_like_a_client(path: &Path) -> bool {
    let is_visible = |name: &OsStr| !name.as_encoded_bytes().starts_with(b".");
    let is_meant = path.file_name().is_some_and(|name| is_visible(name) && !name.as_encoded_bytes().starts_with(b"_"));
    let mut files = fs::read_dir(path).into_iter().flatten().flatten();
    is_meant && files.any(|entry| is_visible(&entry.file_name()) && entry.path().is_file())
}

/// Whether there is a `client.toml`: also one that cannot be read, such as a link that leads nowhere.
fn is_client(folder: &Path) -> bool {
    match folder.join(CLIENT_FILE).symlink_metadata() {
        Ok(_) => true,
        Err(error) => !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory),
    }
}

/// The client of a folder and its variants, or what is wrong with it.
fn entries_of(folder: &Path, causes: &Causes) -> Vec<Entry> {
    let (name, path) = (name_of(folder), folder.join(CLIENT_FILE));
    match source::read(&path).and_then(|text| file::parse(&name, folder, &path, &text, causes)) {
        Ok(clients) => clients.into_iter().map(|client| Entry { name: client.name.clone(), client: Ok(client) }).collect(),
        Err(error) => vec![Entry { name, client: Err(error) }],
    }
}
