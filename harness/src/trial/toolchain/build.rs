//! Builds: made once for each change of what they depend on, in place, under a lock, and remembered.
//!
//! ```text
//! key of the inputs ──> lock ──> done before? failed before? ──> build ──> the same key? ──> note how it ended
//!          ^                                                                   │ no
//!          └───────────────────────────────────────────────────────────────────┘
//! ```
//!
//! A build of a client with `each_run` has a folder that stays the same, and is made in it each time: its tools know what is new.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::inputs::Inputs;
use super::kit::Kit;
use super::shared::Shared;
use super::{NotReady, Ran, cache, describe, environment, printed, run};
use crate::client::placeholders::filled;
use crate::judge::end::End;
use crate::suite::names::folder_of;
use crate::trial::Interrupt;
use crate::trial::launch::{self, Program, Scratch};
use crate::trial::lock::Lock;
use crate::trial::machine;

/// How long `build` may take.
const BUILD_LIMIT: Duration = Duration::from_secs(600);

/// How long another process may hold the lock of a build: as long as a build may take, and a little more.
const LOCK_LIMIT: Duration = Duration::from_secs(660);

/// How often a build is made anew because its files changed meanwhile.
const TRIES: usize = 3;

/// Made in the folder of a build when it is complete.
const DONE: &str = ".samewire-built";

/// Holds why a build failed.
const FAILED: &str = ".samewire-failed";

/// The statuses by which a build says that it has failed. From 126 on, shells say that a program was not there, or by which signal
/// it ended: that may be otherwise the next time.
const OF_ITS_OWN: std::ops::Range<i32> = 1..126;

/// How many characters of a digest name a build.
const KEY: usize = 32;

/// The name of a build: the beginning of a digest of all that it depends on.
fn key(inputs: &Inputs, kit: &Kit<'_>, version: &str) -> String {
    let user = kit.as_nobody.then_some("as nobody");
    let mut digest = inputs.digest(kit.build.iter().map(String::as_str).chain([version]).chain(user));
    digest.truncate(KEY);
    digest
}

/// Builds a kit, where that has not been done, and returns the folder of what was made.
///
/// # Errors
/// It failed, now or the last time; or it could not be tried.
pub(super) fn build(kit: &Kit<'_>, version: &str, interrupt: &Interrupt) -> Result<PathBuf, NotReady> {
    let home = cache::folder().map_err(|error| NotReady::Broken(error.to_string()))?.path.join(folder_of(&kit.name));
    fs::create_dir_all(&home).map_err(broken("make the build folder", &home))?;
    if kit.each_run {
        return in_place(kit, version, &home, interrupt);
    }
    let mut inputs = Inputs::of(kit)?;
    let mut changed = PathBuf::new();
    for _ in 0..TRIES {
        let place = Place::locked(&home, &key(&inputs, kit, version), interrupt)?;
        if let Some(ended) = place.remembered() {
            return ended;
        }
        place.clear()?;
        let made = make(kit, &place, interrupt);
        let now = Inputs::of(kit)?;
        match inputs.difference(&now) {
            None => return place.remember(made),
            Some(path) => path.clone_into(&mut changed),
        }
        made?;
        inputs = now;
    }
    let problem = format!("{} changed during each of {TRIES} builds; a build must write only to {{out}}", changed.display());
    Err(NotReady::Broken(problem))
}

/// Builds a client in a folder that stays the same for this checkout of it.
fn in_place(kit: &Kit<'_>, version: &str, home: &Path, interrupt: &Interrupt) -> Result<PathBuf, NotReady> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(kit.folder.as_os_str().as_encoded_bytes());
    hasher.update(format!("{:?}{version}", kit.build).as_bytes());
    let key = &hasher.finalize().to_hex()[..32];
    let place = Place::locked(home, key, interrupt)?;
    let shared = Shared::of_this_run();
    if shared.as_ref().is_some_and(|shared| shared.get(key).is_some()) {
        return Ok(place.out);
    }
    fs::create_dir_all(&place.out).map_err(broken("make the folder of the build", &place.out))?;
    make(kit, &place, interrupt)?;
    let _ = shared.map(|shared| shared.tell(key, DONE));
    Ok(place.out)
}

/// A build that did not end as it should.
#[derive(Debug)]
enum Failure {
    /// It ended in a status of its own: it would again.
    Itself(String),
    /// Something else ended it, or it could not be tried.
    Other(NotReady),
}

impl From<Failure> for NotReady {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Itself(why) => Self::Broken(why),
            Failure::Other(why) => why,
        }
    }
}

/// The folder of a build, locked.
struct Place {
    out: PathBuf,
    lock: Lock,
}

impl Place {
    fn locked(home: &Path, key: &str, interrupt: &Interrupt) -> Result<Self, NotReady> {
        let lock = Lock::take(&home.join(format!("{key}.lock")), LOCK_LIMIT, interrupt)?;
        Ok(Self { out: home.join(key), lock })
    }

    /// What came of this build when it was made before.
    fn remembered(&self) -> Option<Result<PathBuf, NotReady>> {
        if self.out.join(DONE).exists() {
            return Some(Ok(self.out.clone()));
        }
        let why = fs::read_to_string(self.out.join(FAILED)).ok()?;
        let forget =
            format!("nothing that it depends on has changed since: to try it again anyway, remove {}", self.out.display());
        Some(Err(NotReady::Broken(format!("{why}\n{forget}"))))
    }

    fn clear(&self) -> Result<(), NotReady> {
        let cleared = launch::remove_folder(&self.out);
        let cleared = cleared.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) });
        cleared.and_then(|()| fs::create_dir_all(&self.out)).map_err(broken("make the folder of the build", &self.out))
    }

    /// Notes how the build ended, where it would end so again.
    fn remember(self, made: Result<(), Failure>) -> Result<PathBuf, NotReady> {
        let (name, text) = match &made {
            Ok(()) => (DONE, String::new()),
            Err(Failure::Itself(why)) => (FAILED, format!("{why}\nthat was at {}", machine::now())),
            Err(Failure::Other(_)) => return Ok(made.map(|()| self.out)?),
        };
        fs::write(self.out.join(name), text).map_err(broken("record the end of the build in", &self.out))?;
        Ok(made.map(|()| self.out)?)
    }
}

fn make(kit: &Kit<'_>, place: &Place, interrupt: &Interrupt) -> Result<(), Failure> {
    let other = |why| Failure::Other(NotReady::Broken(why));
    let scratch = Scratch::new().map_err(|error| other(format!("cannot make a temporary folder: {error}")))?;
    let out = [("{out}", OsString::from(&place.out))];
    let program = Program {
        argv: kit.build.iter().map(|argument| filled(argument, &out)).collect(),
        folder: kit.folder.clone(),
        env: environment::build_env(),
        temporary: scratch.path().to_owned(),
        keeps: Some(place.lock.file()),
        as_nobody: kit.as_nobody,
        ..Program::default()
    };
    let Ran { end, stdout, stderr } = run(&program, BUILD_LIMIT, interrupt).map_err(|error| other(error.to_string()))?;
    let why = || format!("{} {}{}", program.shown(), describe(end, BUILD_LIMIT), printed(&stderr, &stdout));
    match end {
        End::Exit(0) => Ok(()),
        End::Interrupted => Err(Failure::Other(NotReady::Interrupted)),
        End::Exit(status) if OF_ITS_OWN.contains(&status) => Err(Failure::Itself(why())),
        _ => Err(other(why())),
    }
}

fn broken<'a>(what: &'a str, path: &'a Path) -> impl Fn(io::Error) -> NotReady + 'a {
    move |error| NotReady::Broken(format!("cannot {what} {}: {error}", path.display()))
}
