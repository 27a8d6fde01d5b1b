//! Litter: what machines and tools put into a folder for themselves, and nothing is made of.
//!
//! It is known by names that belong to one tool, or because a folder says itself what it is. A name that might also be somebody's source
//! (`build`, `target`, `lib`, `.env`, `node_modules`) is not here: a build that goes stale is worse than one that is made once more.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::LazyLock;

use globset::{Glob, GlobSet};

/// Names of files and folders, wherever they are.
const NAMES: [&str; 31] = [
    // Version control, which changes when somebody looks at it.
    ".git",
    ".hg",
    ".jj",
    ".svn",
    // Python.
    "__pycache__",
    ".venv",
    ".tox",
    ".nox",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    // Other tools: caches, and what package managers note of an installation.
    ".cache",
    ".gradle",
    ".direnv",
    ".modules.yaml",
    ".pnpm-workspace-state*.json",
    ".yarn-integrity",
    ".yarn-state.yml",
    // Editors.
    ".idea",
    ".vscode",
    ".vs",
    "*~",
    ".*.sw[a-p]",
    ".#*",
    "#*#",
    // Desktops.
    ".DS_Store",
    "._*",
    ".Spotlight-V100",
    ".Trashes",
    "Thumbs.db",
    "desktop.ini",
];

/// What a file holds by which its folder is known to be a cache, and how it begins (<https://bford.info/cachedir/>).
const CACHE_TAG: (&str, &[u8]) = ("CACHEDIR.TAG", b"Signature: 8a477f597d28d172789f06886806bc55");

/// The file at the root of each virtual environment of Python, whatever that is called.
const OF_ENVIRONMENT: &str = "pyvenv.cfg";

/// Whether a file or folder is litter.
pub(super) fn is_litter(path: &Path) -> bool {
    static KNOWN: LazyLock<GlobSet> = LazyLock::new(|| {
        let globs = NAMES.iter().filter_map(|name| Glob::new(name).ok());
        GlobSet::new(globs).unwrap_or_else(|_| GlobSet::empty())
    });
    path.file_name().is_some_and(|name| KNOWN.is_match(Path::new(name))) || path.join(OF_ENVIRONMENT).is_file() || is_cache(path)
}

/// Whether a folder says that it is a cache, as those of Cargo, uv, pytest and many others do.
fn is_cache(folder: &Path) -> bool {
    let (name, beginning) = CACHE_TAG;
    let mut head = Vec::new();
    let read = File::open(folder.join(name)).and_then(|file| file.take(beginning.len() as u64).read_to_end(&mut head));
    read.is_ok() && head == beginning
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn names_that_belong_to_a_tool_are_litter_and_sources_are_not() {
        for litter in NAMES {
            assert!(is_litter(&Path::new("no/such").join(litter.replace("[a-p]", "p").replace('*', "x"))), "{litter}");
        }
        for source in
            ["env", ".env", "venv", "target", "build", "node_modules", "cache", "git", ".gitignore", "#", "a~b", "x.swp"]
        {
            assert!(!is_litter(&Path::new("__pycache__").join(source)), "{source}");
        }
    }

    #[test]
    fn a_folder_may_say_itself_that_it_is_litter() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_litter(folder.path()));
        fs::write(folder.path().join("CACHEDIR.TAG"), "Signature: another").unwrap();
        assert!(!is_litter(folder.path()));
        fs::write(folder.path().join("CACHEDIR.TAG"), "Signature: 8a477f597d28d172789f06886806bc55\n# by cargo").unwrap();
        assert!(is_litter(folder.path()));
        fs::remove_file(folder.path().join("CACHEDIR.TAG")).unwrap();
        fs::write(folder.path().join("pyvenv.cfg"), "").unwrap();
        assert!(is_litter(folder.path()));
    }
}
