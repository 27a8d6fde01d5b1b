//! What a build made, copied for one trial: a server writes into it.

use std::fs;
use std::io;
use std::path::Path;

/// Copies a folder and all that it holds: files with their permissions, and links as they are. `to` is not there yet.
///
/// # Errors
/// Something cannot be read or written; with its path.
pub(super) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()))
    };
    fs::create_dir(to).map_err(at(to))?;
    for entry in fs::read_dir(from).map_err(at(from))? {
        let entry = entry.map_err(at(from))?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(at(&entry.path()))?);
        let copied = to.join(entry.file_name());
        match () {
            () if kind.is_dir() => copy(&path, &copied)?,
            () if kind.is_symlink() => link(&fs::read_link(&path).map_err(at(&path))?, &copied).map_err(at(&path))?,
            () if kind.is_file() => fs::copy(&path, &copied).map(drop).map_err(at(&path))?,
            // A socket or a pipe: who held it is gone.
            () => {}
        }
    }
    // Last: one that may not be written to would take nothing.
    let permissions = fs::metadata(from).map_err(at(from))?.permissions();
    fs::set_permissions(to, permissions).map_err(at(to))
}

#[cfg(unix)]
fn link(target: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "links are not copied here"))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_copy_has_the_same_files_permissions_and_links() {
        let folder = tempfile::tempdir().unwrap();
        let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
        fs::create_dir_all(from.join("data")).unwrap();
        fs::write(from.join("data/file"), "a").unwrap();
        let mode = |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        mode(&from.join("data/file"), 0o640);
        mode(&from.join("data"), 0o500);
        std::os::unix::fs::symlink("data/file", from.join("link")).unwrap();
        copy(&from, &to).unwrap();
        let mode_of = |path: &str| fs::metadata(to.join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode_of("data"), mode_of("data/file")), (0o500, 0o640));
        assert_eq!(fs::read_link(to.join("link")).unwrap(), Path::new("data/file"));
        assert_eq!(fs::read_to_string(to.join("link")).unwrap(), "a");
        [&from, &to].iter().for_each(|path| mode(&path.join("data"), 0o700));
        let error = copy(&from, &to).unwrap_err().to_string();
        assert!(error.contains(&to.display().to_string()), "{error}");
    }
}
