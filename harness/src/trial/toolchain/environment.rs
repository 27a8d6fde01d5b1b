//! The environments of programs: what a trial gets, and what a build does. Nothing else of ours leaks in.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::trial::launch::{CLEAN_LOCALE, SYSTEM_VARIABLES};
use crate::trial::toolchain::kit::Kit;

/// The environment that everything of a client starts from: nothing leaks in but what is named here.
pub(crate) fn clean_env(kit: &Kit<'_>, home: &Path) -> BTreeMap<OsString, OsString> {
    let mut env = base_env(kit);
    env.insert("HOME".into(), home.into());
    env
}

/// The PATHs on which a client's programs are looked for: its own, and where it is built, that of its build.
pub(super) fn paths(kit: &Kit<'_>) -> Vec<OsString> {
    let mut paths: Vec<OsString> = base_env(kit).remove(OsStr::new("PATH")).into_iter().collect();
    if !kit.build.is_empty() {
        paths.extend(std::env::var_os("PATH"));
    }
    paths
}

/// The environment of a build: all that toolchains need, which is different for each.
pub(super) fn build_env() -> BTreeMap<OsString, OsString> {
    within(std::env::vars_os().collect(), std::env::current_exe().ok().as_deref())
}

/// The environment of a program that is no client's: as that of one that adds these variables.
pub(crate) fn plain_env(added: &BTreeMap<String, String>) -> BTreeMap<OsString, OsString> {
    env_of(&[], added)
}

fn base_env(kit: &Kit<'_>) -> BTreeMap<OsString, OsString> {
    env_of(kit.pass_env, kit.env)
}

fn env_of(passed: &[String], added: &BTreeMap<String, String>) -> BTreeMap<OsString, OsString> {
    let inherited = SYSTEM_VARIABLES.iter().copied().chain(passed.iter().map(String::as_str));
    let mut env: BTreeMap<OsString, OsString> =
        inherited.filter_map(|name| Some((name.into(), std::env::var_os(name)?))).collect();
    env.insert("TZ".into(), "UTC".into());
    env.insert("LC_ALL".into(), CLEAN_LOCALE.into());
    env.extend(added.iter().map(|(name, value)| (name.into(), value.into())));
    env
}

/// An environment without what a surrounding build has set for the program that it runs, `program`: it would change what a build
/// of a client does.
fn within(mut env: BTreeMap<OsString, OsString>, program: Option<&Path>) -> BTreeMap<OsString, OsString> {
    /// What Cargo says of the package that it runs.
    const OF_A_PACKAGE: &[&str] =
        &["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_", "CARGO_TARGET_TMPDIR"];
    /// Where programs look for libraries: Cargo puts its own folders before those of the person.
    const LIBRARIES: &[&str] = &["LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"];
    /// The toolchain of the crate around us, which is not that of a kit.
    const TOOLCHAIN: &[&str] = &["CARGO", "RUSTUP_TOOLCHAIN", "RUST_RECURSION_COUNT"];
    /// What a make says to the makes below it.
    const MAKE: &[&str] = &["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "CARGO_MAKEFLAGS"];
    let is_in_cargo = env.contains_key(OsStr::new("CARGO_MANIFEST_DIR"));
    let is_in_make = env.contains_key(OsStr::new("MAKELEVEL"));
    env.retain(|name, _| {
        let name = name.to_string_lossy();
        let is_cargos = TOOLCHAIN.contains(&&*name) || OF_A_PACKAGE.iter().any(|prefix| name.starts_with(prefix));
        !(is_in_cargo && is_cargos || is_in_make && MAKE.contains(&&*name))
    });
    for name in LIBRARIES.iter().map(OsStr::new).filter(|_| is_in_cargo) {
        let left = env.remove(name).and_then(|folders| without_cargos(&folders, program));
        env.extend(left.map(|folders| (name.to_owned(), folders)));
    }
    env
}

/// The folders of libraries that Cargo has not put there; none where that leaves none.
fn without_cargos(folders: &OsStr, program: Option<&Path>) -> Option<OsString> {
    let target = program.and_then(Path::parent).map(|folder| match folder.file_name() {
        Some(name) if name == "deps" || name == "examples" => folder.parent().unwrap_or(folder),
        _ => folder,
    });
    let is_cargos = |folder: &PathBuf| target.is_some_and(|target| folder.starts_with(target)) || folder.join("rustlib").is_dir();
    let left: Vec<PathBuf> = std::env::split_paths(folders).filter(|folder| !is_cargos(folder)).collect();
    std::env::join_paths(&left).ok().filter(|_| !left.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(env: &[(&str, &str)]) -> Vec<(String, String)> {
        let env = env.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let left = within(env, Some(Path::new("/ours/target/debug/deps/interop-1")));
        left.iter().map(|(name, value)| (name.to_string_lossy().into(), value.to_string_lossy().into())).collect()
    }

    #[cfg(unix)]
    #[test]
    fn what_cargo_sets_for_us_reaches_no_build() {
        let cargos = [
            ("CARGO", "/bin/cargo"),
            ("CARGO_HOME", "/home/cargo"),
            ("CARGO_MANIFEST_DIR", "/ours"),
            ("LD_LIBRARY_PATH", "/ours/target/debug/deps:/ours/target/debug:/opt/gcc/lib"),
            ("RUSTUP_TOOLCHAIN", "stable"),
        ];
        let expected = [("CARGO_HOME", "/home/cargo"), ("LD_LIBRARY_PATH", "/opt/gcc/lib")];
        assert_eq!(left(&cargos), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_a_person_sets_reaches_builds() {
        let persons = [("LD_LIBRARY_PATH", "/opt/gcc/lib"), ("MAKEFLAGS", "-j8"), ("RUSTUP_TOOLCHAIN", "nightly")];
        assert_eq!(left(&persons), persons.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_a_make_around_us_says_reaches_no_build() {
        assert_eq!(left(&[("MAKEFLAGS", "n --jobserver-auth=3,4"), ("MAKELEVEL", "1")]), []);
    }
}
