//! The program behind a shim: version managers put small scripts on PATH, which look for the right program each time and take ten
//! times as long to start.

use std::path::PathBuf;

use super::kit::Kit;
use super::shared::Shared;
use super::{NotReady, Ran, VERSION_LIMIT, describe, excerpt, first_line, identity, probe};
use crate::judge::end::End;
use crate::trial::Interrupt;

/// Distinguishes it from what else is told of a client under its identity.
const SUFFIX: &str = "-program";

/// The program that a client's `locate` prints; none where it has no `locate`.
///
/// # Errors
/// `locate` fails, or prints no absolute path of a file.
pub(super) fn program(kit: &Kit<'_>, interrupt: &Interrupt) -> Result<Option<PathBuf>, NotReady> {
    if kit.locate.is_empty() {
        return Ok(None);
    }
    let (shared, key) = (Shared::of_this_run(), identity(kit) + SUFFIX);
    if let Some(told) = shared.as_ref().and_then(|shared| shared.get(&key)) {
        return Ok(Some(told.into()));
    }
    let found = locate(kit, interrupt)?;
    if let (Some(shared), Some(text)) = (shared, found.to_str()) {
        shared.tell(&key, text);
    }
    Ok(Some(found))
}

fn locate(kit: &Kit<'_>, interrupt: &Interrupt) -> Result<PathBuf, NotReady> {
    let (shown, Ran { end, stdout, stderr }) = probe(kit, kit.locate, interrupt)?;
    if end != End::Exit(0) {
        return Err(NotReady::Broken(format!("{shown} {}{}", describe(end, VERSION_LIMIT), excerpt(&stderr))));
    }
    let printed = first_line(&stdout).unwrap_or_default();
    let path = PathBuf::from(printed);
    if path.is_absolute() && path.is_file() {
        return Ok(path);
    }
    let mend = "`locate` prints the absolute path of a program, and nothing before it";
    Err(NotReady::Broken(format!("{shown} printed no path of a file, but {printed:?}; {mend}")))
}
