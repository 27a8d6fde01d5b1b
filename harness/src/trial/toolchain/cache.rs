//! The folder that builds are kept in. It belongs to its user: what lies in it is run.
//!
//! The first of these that can be had: `SAMEWIRE_CACHE`, the user's folder for caches, a folder of this user among the temporary
//! ones. One that is named with `SAMEWIRE_CACHE` is taken or refused, and no other then.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::trial::machine;

/// The variable that names the folder.
const VARIABLE: &str = "SAMEWIRE_CACHE";

/// Why a folder is not used for builds.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CacheError {
    /// It cannot be made.
    #[error("cannot make the build folder {}: {source}", path.display())]
    Make { path: PathBuf, source: io::Error },
    /// Somebody else may put programs there.
    #[error(
        "the build folder {} is not used: {why}; programs in it would run as you, so name a folder of your own with \
         {VARIABLE}",
        path.display()
    )]
    NotOurs { path: PathBuf, why: String },
}

/// The folder that builds are kept in.
pub(crate) struct Folder {
    /// Absolute; it belongs to us.
    pub path: PathBuf,
    /// Why it is not the one that comes first.
    #[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "`doctor` says it"))]
    pub instead: Option<CacheError>,
}

/// The folder that builds are kept in; made where it is not there.
///
/// # Errors
/// There is none that belongs to us alone.
pub(crate) fn folder() -> Result<Folder, CacheError> {
    let named = |variable: &str| std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = named(VARIABLE) {
        return own(absolute(folder)).map(|path| Folder { path, instead: None });
    }
    let home = || std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    let caches = named("XDG_CACHE_HOME").or_else(|| named("LOCALAPPDATA")).or_else(|| Some(home()?.join(".cache")));
    let instead = match caches.map(|caches| own(absolute(caches.join("samewire")))) {
        Some(Ok(path)) => return Ok(Folder { path, instead: None }),
        // A home that is not there, or in which another user was us: sudo does that.
        Some(Err(why)) => Some(why),
        None => None,
    };
    let path = own(absolute(std::env::temp_dir().join(format!("samewire-{}", machine::user()))))?;
    Ok(Folder { path, instead })
}

/// Makes a folder that only we can write to, or makes sure that it is one.
fn own(folder: PathBuf) -> Result<PathBuf, CacheError> {
    let make = |source| CacheError::Make { path: folder.clone(), source };
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent).map_err(make)?;
    }
    match machine::make_private_folder(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(make(error)),
        _ => {}
    }
    match why_not(&folder).map_err(make)? {
        Some(why) => Err(CacheError::NotOurs { path: folder, why }),
        None => Ok(folder),
    }
}

/// Why others could put something into this folder, or put another in its place.
fn why_not(folder: &Path) -> io::Result<Option<String>> {
    let what = fs::symlink_metadata(folder)?;
    if !what.is_dir() {
        return Ok(Some(if what.is_symlink() { "it is a link" } else { "it is not a folder" }.into()));
    }
    if let Some(why) = machine::is_others(&what) {
        return Ok(Some(why));
    }
    let parent = folder.parent().map(fs::metadata).transpose()?;
    Ok(parent.filter(machine::lets_anybody_rename).map(|_| "anyone could rename it and put another in its place".into()))
}

fn absolute(folder: PathBuf) -> PathBuf {
    std::path::absolute(&folder).unwrap_or(folder)
}
