//! Whether a client can be run on this machine: its programs are there, its version is known, it is built.
//!
//! A build is made once per change of the client's folder, its `build` or its version, and kept outside of the source tree in a
//! folder named by the hash of the three. A file lock keeps processes apart; a build that failed is remembered.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;

use crate::client::{Client, folder_of};
use crate::launch::{self, CLEAN_LOCALE, End, Output, Program, SYSTEM_VARIABLES, Scratch, Stdin};
use crate::trial::Interrupt;
use crate::version::Version;

/// How long `version` and `check` may take.
const VERSION_LIMIT: Duration = Duration::from_secs(10);

/// How long `build` may take.
const BUILD_LIMIT: Duration = Duration::from_secs(600);

/// Made in the folder of a build when it is complete.
const DONE: &str = ".samewire-built";

/// Holds why a build failed.
const FAILED: &str = ".samewire-failed";

/// A client that can be run.
#[derive(Debug, Clone)]
pub struct Ready {
    /// What its `version` printed first.
    pub version: String,
    /// The folder of its build, where it has one.
    pub out: Option<PathBuf>,
}

/// Why a client cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// What it needs is not on this machine.
    #[error("{0}")]
    Missing(String),
    /// It is there and does not work.
    #[error("{0}")]
    Broken(String),
}

/// Looks for the programs a client needs, without starting any.
///
/// # Errors
/// The first that is not on PATH.
pub fn find_programs(client: &Client) -> Result<(), NotReady> {
    match client.needs.iter().find(|program| which::which(program).is_err()) {
        Some(program) => Err(NotReady::Missing(format!("{program} is not on PATH"))),
        None => Ok(()),
    }
}

/// Looks for a client's programs and asks for its version.
///
/// # Errors
/// A program is missing or too old, or `version` or `check` does not end in 0.
pub fn version(client: &Client, interrupt: &Interrupt) -> Result<String, NotReady> {
    find_programs(client)?;
    let version = ask(client, &client.version, interrupt)?;
    check_age(client, &version)?;
    if !client.check.is_empty() {
        ask(client, &client.check, interrupt)?;
    }
    Ok(version)
}

/// Makes a client ready to run: as [`version`], and built.
///
/// # Errors
/// As [`version`], or the build failed.
pub fn prepare(client: &Client, interrupt: &Interrupt) -> Result<Ready, NotReady> {
    let version = version(client, interrupt)?;
    let out = if client.build.is_empty() { None } else { Some(build(client, &version, interrupt)?) };
    Ok(Ready { version, out })
}

/// What a short program of this machine prints; none where it is not there, or fails.
pub(crate) fn printed_by(argv: &[&str]) -> Option<String> {
    let scratch = Scratch::new().ok()?;
    let program = Program {
        argv: argv.iter().map(OsString::from).collect(),
        folder: scratch.path().to_owned(),
        env: build_env(),
        temporary: scratch.path().to_owned(),
        stdin: Stdin::Empty,
    };
    match run(&program, VERSION_LIMIT, &Interrupt::new()) {
        Ok((End::Exit(0), stdout, _)) => Some(stdout),
        _ => None,
    }
}

/// The environment that everything of a client starts from: nothing leaks in but what is named here.
pub(crate) fn clean_env(client: &Client, home: &Path) -> BTreeMap<OsString, OsString> {
    let inherited = SYSTEM_VARIABLES.iter().copied().chain(client.pass_env.iter().map(String::as_str));
    let mut env: BTreeMap<OsString, OsString> =
        inherited.filter_map(|name| Some((name.into(), std::env::var_os(name)?))).collect();
    env.insert("HOME".into(), home.into());
    env.insert("TZ".into(), "UTC".into());
    env.insert("LC_ALL".into(), CLEAN_LOCALE.into());
    env.extend(client.env.iter().map(|(name, value)| (name.into(), value.into())));
    env
}

/// The environment of a build: all that toolchains need, which is different for each.
fn build_env() -> BTreeMap<OsString, OsString> {
    std::env::vars_os().filter(|(name, _)| !is_of_a_surrounding_build(name)).collect()
}

/// Runs a short program of a client where that client itself is to run, and returns the first line that it prints: a client that
/// is built asks its toolchain, another its interpreter.
fn ask(client: &Client, argv: &[String], interrupt: &Interrupt) -> Result<String, NotReady> {
    let scratch = Scratch::new().map_err(|error| NotReady::Broken(format!("make a temporary folder: {error}")))?;
    let program = Program {
        argv: argv.iter().map(OsString::from).collect(),
        folder: client.folder.clone(),
        env: if client.build.is_empty() { clean_env(client, scratch.path()) } else { build_env() },
        temporary: scratch.path().to_owned(),
        stdin: Stdin::Empty,
    };
    let (end, stdout, stderr) = run(&program, VERSION_LIMIT, interrupt).map_err(NotReady::Missing)?;
    match end {
        End::Exit(0) => Ok(first_line(&stdout).or_else(|| first_line(&stderr)).unwrap_or_default().to_owned()),
        end => Err(NotReady::Missing(format!("`{}` {}{}", argv.join(" "), describe(end, VERSION_LIMIT), because(&stderr)))),
    }
}

fn check_age(client: &Client, printed: &str) -> Result<(), NotReady> {
    let Some(least) = &client.at_least else { return Ok(()) };
    let (version, least) = (Version::of(printed), Version::of(least));
    match (version, least) {
        (Some(version), Some(least)) if version.is_at_least(&least) => Ok(()),
        (Some(version), Some(least)) => Err(NotReady::Missing(format!("{version} is too old: {least} or newer is needed"))),
        _ => Err(NotReady::Missing(format!("`{}` printed no version: {printed}", client.version.join(" ")))),
    }
}

fn build(client: &Client, version: &str, interrupt: &Interrupt) -> Result<PathBuf, NotReady> {
    let broken = |what: &str, path: &Path, error: io::Error| NotReady::Broken(format!("{what} {}: {error}", path.display()));
    let key = key(client, version).map_err(|error| broken("read the folder", &client.folder, error))?;
    let home = cache_folder().join(folder_of(&client.name));
    let out = home.join(&key);
    fs::create_dir_all(&home).map_err(|error| broken("make the folder of builds", &home, error))?;
    let lock_path = home.join(format!("{key}.lock"));
    let lock = File::create(&lock_path).map_err(|error| broken("make the lock", &lock_path, error))?;
    // Released when the file is closed, also when this process is killed.
    lock.lock().map_err(|error| broken("lock", &lock_path, error))?;
    if out.join(DONE).exists() {
        return Ok(out);
    }
    if let Ok(reason) = fs::read_to_string(out.join(FAILED)) {
        return Err(NotReady::Broken(reason));
    }
    let started_anew =
        fs::remove_dir_all(&out).or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) });
    started_anew.and_then(|()| fs::create_dir_all(&out)).map_err(|error| broken("make the folder of the build", &out, error))?;
    let result = run_build(client, &out, interrupt);
    if interrupt.is_stopped() {
        // It says nothing about the client: the next run builds anew.
        return result.map(|()| out).map_err(NotReady::Broken);
    }
    let (name, text) = match &result {
        Ok(()) => (DONE, String::new()),
        Err(reason) => (FAILED, reason.clone()),
    };
    fs::write(out.join(name), text).map_err(|error| broken("note the end of the build in", &out, error))?;
    result.map(|()| out).map_err(NotReady::Broken)
}

fn run_build(client: &Client, out: &Path, interrupt: &Interrupt) -> Result<(), String> {
    let scratch = Scratch::new().map_err(|error| format!("make a temporary folder: {error}"))?;
    let program = Program {
        argv: client.build.iter().map(|argument| argument.replace("{out}", &out.to_string_lossy()).into()).collect(),
        folder: client.folder.clone(),
        env: build_env(),
        temporary: scratch.path().to_owned(),
        stdin: Stdin::Empty,
    };
    let (end, stdout, stderr) = run(&program, BUILD_LIMIT, interrupt)?;
    match end {
        End::Exit(0) => Ok(()),
        end => {
            Err(format!("`{}` {}{}{}", client.build.join(" "), describe(end, BUILD_LIMIT), because(&stderr), because(&stdout)))
        }
    }
}

/// What `cargo test` or `cargo run` sets for the program it runs would change what a build of a client does.
fn is_of_a_surrounding_build(name: &OsString) -> bool {
    const PREFIXES: &[&str] =
        &["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_", "CARGO_TARGET_TMPDIR"];
    let name = name.to_string_lossy();
    PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || name == "LD_LIBRARY_PATH" || name == "DYLD_FALLBACK_LIBRARY_PATH"
}

fn run(program: &Program, limit: Duration, interrupt: &Interrupt) -> Result<(End, String, String), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("start the runtime: {error}"))?;
    runtime.block_on(async {
        let mut stdout = Output::new(None);
        let ended = launch::run(program, Instant::now() + limit, interrupt.stopped(), &mut stdout).await;
        let ended = ended.map_err(|error| error.to_string())?;
        Ok((ended.end, String::from_utf8_lossy(&stdout.finish().1).into_owned(), ended.stderr.text()))
    })
}

/// What a build depends on: the client's folder, its `build` and its version.
fn key(client: &Client, version: &str) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    let mut add = |octets: &[u8]| {
        hasher.update(&(octets.len() as u64).to_le_bytes());
        hasher.update(octets);
    };
    for argument in &client.build {
        add(argument.as_bytes());
    }
    add(version.as_bytes());
    for path in files(&client.folder)? {
        add(path.strip_prefix(&client.folder).unwrap_or(&path).to_string_lossy().as_bytes());
        add(&fs::read(&path)?);
    }
    Ok(hasher.finalize().to_hex()[..32].to_owned())
}

/// All files below a folder in a stable order; links are not followed, and hidden ones are not counted.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Where builds are kept: `SAMEWIRE_CACHE`, or the user's folder for caches.
fn cache_folder() -> PathBuf {
    let named = |variable: &str| std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    named("SAMEWIRE_CACHE")
        .or_else(|| named("XDG_CACHE_HOME").or_else(|| named("LOCALAPPDATA")).map(|folder| folder.join("samewire")))
        .or_else(|| named("HOME").map(|home| home.join(".cache").join("samewire")))
        .unwrap_or_else(|| std::env::temp_dir().join("samewire"))
}

fn describe(end: End, limit: Duration) -> String {
    match end {
        End::Exit(status) => format!("ended in {status}"),
        End::Signal(signal) => format!("was ended by signal {signal}"),
        End::TimedOut => format!("did not end within {} s", limit.as_secs()),
        End::Interrupted => "was interrupted".into(),
        End::Unknown => "ended unseen".into(),
    }
}

fn because(text: &str) -> String {
    if text.trim().is_empty() { String::new() } else { format!(": {}", text.trim()) }
}

fn first_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| !line.is_empty())
}
