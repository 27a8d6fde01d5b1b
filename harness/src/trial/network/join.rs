//! The process that enters a network and becomes a client there.
//!
//! Nothing of it may stay in the client: what it opens is closed as the client takes over, the client's environment comes as arguments,
//! and signals that the standard library has ignored get their usual effect.

use std::collections::BTreeMap;
use std::ffi::{CString, OsString};
use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::Duration;

use nix::errno::Errno;
use nix::unistd::execve;
use rustix::fd::AsRawFd;
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::getppid;
use rustix::stdio::stdin;
use tokio::signal::unix::{SignalKind, signal};

use crate::trial::network::again::{self, JOIN};
use crate::trial::network::failure::{Failure, Step};
use crate::trial::network::names::Bind;
use crate::trial::network::network::Network;
use crate::trial::network::patience::Patience;
use crate::trial::network::{Client, Joining, namespace};

/// How often, and how far apart, a program that somebody still writes to is tried: a thread that starts a program hands it, for a
/// moment, every file that its process is writing.
const BUSY: Patience = Patience { tries: 500, pause: Duration::from_millis(10) };

/// The status of a process that did not become its client. Nobody judges by it: the report says more.
const DID_NOT_RUN: i32 = 127;

/// Why a client never ran, where it did not.
#[derive(Debug)]
pub struct Report {
    reader: PipeReader,
    /// Opened by the other process through this one's `/proc/ID/fd`, so that no other program that is started meanwhile inherits it.
    writer: PipeWriter,
}

/// What the process is told, as its arguments.
#[derive(Debug, PartialEq, Eq)]
struct Orders {
    /// The process that holds the network; none where it stays in ours.
    door: Option<u32>,
    own_user: bool,
    /// The descriptor, in the process that started this one, to which a failure is written.
    report: i32,
    closes_stdin: bool,
    as_nobody: bool,
    binds: Vec<Bind>,
    env: Vec<OsString>,
    /// The client's file and arguments.
    argv: Vec<OsString>,
}

impl Network {
    /// What is to be started so that this client runs in here. It is this process's child itself, by exec: its process group,
    /// status and signals are the client's. Where its environment has a mark by which it is found, the process is to be started with
    /// that too; the client gets its own alone.
    ///
    /// # Errors
    /// There are too many open files.
    pub fn join(&self, client: &Client) -> io::Result<Joining> {
        joining(client, Some(self))
    }
}

/// What is to be started so that this client runs as nobody and in the network that we are in; otherwise as [`Network::join`].
///
/// # Errors
/// There are too many open files, or this program cannot be started again.
pub fn become_nobody(client: &Client) -> io::Result<Joining> {
    joining(client, None)
}

fn joining(client: &Client, network: Option<&Network>) -> io::Result<Joining> {
    let (reader, writer) = io::pipe()?;
    let program = again::program().map_err(io::Error::other)?;
    let orders = Orders {
        door: network.map(Network::door),
        own_user: network.is_some_and(Network::has_own_user),
        report: writer.as_raw_fd(),
        closes_stdin: client.closes_stdin,
        as_nobody: client.as_nobody,
        binds: client.binds.clone(),
        env: variables(&client.env),
        argv: [client.program.clone().into_os_string()].into_iter().chain(client.args.iter().cloned()).collect(),
    };
    let argv = [program.into_os_string(), JOIN.into()].into_iter().chain(orders.to_arguments()).collect();
    Ok(Joining { argv, report: Report { reader, writer } })
}

impl Report {
    /// Why the client never ran; `None` where it did. To be asked once the process has ended.
    #[must_use]
    pub fn failure(self) -> Option<Failure> {
        let Self { mut reader, writer } = self;
        // Nobody else can write to it: the process is gone, and the client never had it.
        drop(writer);
        let mut text = Vec::new();
        reader.read_to_end(&mut text).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

/// Enters a network and becomes a client; returns the status to end with only where that failed.
pub(crate) fn enter(arguments: impl Iterator<Item = OsString>) -> i32 {
    let Some(orders) = Orders::of(arguments) else { return DID_NOT_RUN };
    // Now: later this process may not look at the one that started it.
    let report = getppid().map(|harness| format!("/proc/{harness}/fd/{}", orders.report));
    let report = report.and_then(|path| File::options().write(true).open(path).ok());
    // A client of which nobody would learn that it never ran is not run.
    let Some(mut report) = report else { return DID_NOT_RUN };
    let failure = become_client(&orders);
    let _ = serde_json::to_vec(&failure).map(|text| report.write_all(&text));
    DID_NOT_RUN
}

fn become_client(orders: &Orders) -> Failure {
    let prepared = prepare(orders);
    match prepared {
        Ok(()) => Step::Execute.failed()(execute(orders)),
        Err(failure) => failure,
    }
}

fn prepare(orders: &Orders) -> Result<(), Failure> {
    if let Some(door) = orders.door {
        namespace::enter_network_of(door, orders.own_user)?;
    }
    if !orders.binds.is_empty() {
        namespace::bind(&orders.binds)?;
    }
    if orders.as_nobody {
        namespace::become_nobody()?;
    }
    heed_broken_pipes().map_err(Step::Signals.failed())?;
    if orders.closes_stdin {
        // The standard library has put something there if it was closed.
        fcntl_setfd(stdin(), FdFlags::CLOEXEC).map_err(Step::Execute.failed())?;
    }
    Ok(())
}

/// The standard library ignores SIGPIPE, and what is ignored stays so in a program that takes over. What is handled does not: so it
/// gets a handler, whatever that does.
fn heed_broken_pipes() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let _entered = runtime.enter();
    signal(SignalKind::pipe()).map(drop)
}

/// Returns only where it failed. Unlike that of the standard library, it hands no file to a shell that the kernel would not run.
fn execute(orders: &Orders) -> io::Error {
    let texts = |values: &[OsString]| values.iter().map(|value| CString::new(value.as_bytes())).collect::<Result<Vec<_>, _>>();
    let (argv, env) = match (texts(&orders.argv), texts(&orders.env)) {
        (Ok(argv), Ok(env)) => (argv, env),
        (Err(error), _) | (_, Err(error)) => return error.into(),
    };
    let Some(program) = argv.first() else { return io::ErrorKind::InvalidInput.into() };
    let mut error = Errno::ETXTBSY;
    BUSY.until(|| {
        error = execve(program, &argv, &env).err().unwrap_or(Errno::ETXTBSY);
        error != Errno::ETXTBSY
    });
    error.into()
}

/// As the kernel takes them: `NAME=VALUE`.
fn variables(env: &BTreeMap<OsString, OsString>) -> Vec<OsString> {
    let join = |(name, value): (&OsString, &OsString)| {
        let mut variable = name.clone();
        variable.push("=");
        variable.push(value);
        variable
    };
    env.iter().map(join).collect()
}

impl Orders {
    /// Numbers first, then each list behind its length; the client's own come last, and need none.
    fn to_arguments(&self) -> Vec<OsString> {
        let flags = [self.own_user, self.closes_stdin, self.as_nobody].map(|flag| u32::from(flag).to_string());
        // No process has the id 0.
        let door = self.door.unwrap_or(0).to_string();
        let mut arguments: Vec<OsString> = vec![door.into(), self.report.to_string().into()];
        arguments.extend(flags.map(OsString::from));
        arguments.push(self.binds.len().to_string().into());
        arguments.extend(self.binds.iter().flat_map(|bind| [bind.from.clone().into(), bind.over.clone().into()]));
        arguments.push(self.env.len().to_string().into());
        arguments.extend(self.env.iter().cloned());
        arguments.extend(self.argv.iter().cloned());
        arguments
    }

    fn of(mut arguments: impl Iterator<Item = OsString>) -> Option<Self> {
        let next = &mut arguments;
        Some(Self {
            door: Some(number(next)?).filter(|door| *door != 0),
            report: number(next)?,
            own_user: number::<u8>(next)? == 1,
            closes_stdin: number::<u8>(next)? == 1,
            as_nobody: number::<u8>(next)? == 1,
            binds: (0..number::<usize>(next)?)
                .map(|_| Some(Bind { from: path(next)?, over: path(next)? }))
                .collect::<Option<_>>()?,
            env: (0..number::<usize>(next)?).map(|_| next.next()).collect::<Option<_>>()?,
            argv: arguments.collect(),
        })
    }
}

fn number<T: std::str::FromStr>(arguments: &mut impl Iterator<Item = OsString>) -> Option<T> {
    arguments.next()?.to_str()?.parse().ok()
}

fn path(arguments: &mut impl Iterator<Item = OsString>) -> Option<PathBuf> {
    arguments.next().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    #[test]
    fn orders_read_as_they_are_written() {
        let orders = Orders {
            door: Some(7),
            own_user: true,
            report: 12,
            closes_stdin: false,
            as_nobody: true,
            binds: vec![Bind { from: "/tmp/a b".into(), over: "/etc/hosts".into() }],
            env: vec!["A=".into(), OsString::from_vec(b"B=\xff\n=".to_vec()), "=C".into()],
            argv: vec!["./client".into(), "".into(), "0".into(), OsString::from_vec(vec![0x80])],
        };
        assert_eq!(Orders::of(orders.to_arguments().into_iter()), Some(orders));
        assert_eq!(Orders::of(["1", "2", "0"].map(OsString::from).into_iter()), None);
    }
}
