//! What tests share: starting clients, in a network and without, as `launch` would, and waiting with a bound.

use std::ffi::OsString;
use std::io::Read;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::AsFd;
use rustix::io::{FdFlags, fcntl_getfd, fcntl_setfd};
use rustix::process::{Pid, PidfdFlags, geteuid, pidfd_open};
use samewire::trial::network::{Client, Failure, Joining, Network, Report};

/// The longest that anything here may take.
pub(crate) const PATIENCE: Timespec = Timespec { tv_sec: 30, tv_nsec: 0 };

/// How a client ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) failure: Option<Failure>,
}

/// A client that runs.
pub(crate) struct Running {
    pub(crate) child: Child,
    report: Option<Report>,
}

#[track_caller]
pub(crate) fn network() -> Network {
    Network::new(&Command::spawn).unwrap_or_else(|reason| panic!("{reason}; {}", reason.mend()))
}

pub(crate) fn is_root() -> bool {
    geteuid().is_root()
}

pub(crate) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// This program.
pub(crate) fn ourselves() -> PathBuf {
    std::env::current_exe().unwrap()
}

/// A client that this program is, too.
pub(crate) fn client(arguments: &[&str]) -> Client {
    let args = ["client"].iter().chain(arguments).map(OsString::from).collect();
    Client { program: ourselves(), args, ..Client::default() }
}

/// A client that the machine has.
pub(crate) fn program(argv: &[&str]) -> Client {
    let env = [("PATH".into(), std::env::var_os("PATH").unwrap_or_default())].into();
    Client { program: argv[0].into(), args: argv[1..].iter().map(OsString::from).collect(), env, ..Client::default() }
}

#[track_caller]
pub(crate) fn start(network: &Network, client: &Client, folder: &Path) -> Running {
    let Joining { argv, report } = network.join(client).unwrap();
    let mut command = Command::new(&argv[0]);
    command.args(&argv[1..]).env("TMPDIR", "/the/mark/of/this/trial");
    command.stdin(Stdio::null());
    Running { child: spawn(&mut command, folder).unwrap(), report: Some(report) }
}

/// As `launch` starts programs today.
pub(crate) fn start_bare(client: &Client, folder: &Path) -> std::io::Result<Running> {
    let mut command = Command::new(&client.program);
    command.args(&client.args).env_clear().envs(&client.env);
    let before = fcntl_getfd(rustix::stdio::stdin());
    if client.closes_stdin {
        command.stdin(Stdio::inherit());
        let _ = fcntl_setfd(rustix::stdio::stdin(), FdFlags::CLOEXEC);
    } else {
        command.stdin(Stdio::null());
    }
    let child = spawn(&mut command, folder);
    let _ = before.map(|flags| fcntl_setfd(rustix::stdio::stdin(), flags));
    Ok(Running { child: child?, report: None })
}

fn spawn(command: &mut Command, folder: &Path) -> std::io::Result<Child> {
    command.current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).spawn()
}

#[track_caller]
pub(crate) fn run(network: &Network, client: &Client) -> Ended {
    start(network, client, Path::new("/")).end()
}

impl Running {
    #[track_caller]
    pub(crate) fn end(mut self) -> Ended {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        gone(self.child.id(), "the client");
        self.child.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
        self.child.stderr.take().unwrap().read_to_end(&mut stderr).unwrap();
        let status = self.child.wait().unwrap();
        let text = |octets| String::from_utf8_lossy(octets).into_owned();
        Ended { status, stdout: text(&stdout), stderr: text(&stderr), failure: self.report.and_then(Report::failure) }
    }

    /// Waits for a line of its stdout.
    #[track_caller]
    pub(crate) fn says(&mut self, line: &str) {
        let mut said = Vec::new();
        while !said.ends_with(b"\n") {
            let stdout = self.child.stdout.as_mut().unwrap();
            await_readable(&stdout, line);
            let mut octet = [0];
            assert_eq!(stdout.read(&mut octet).unwrap(), 1, "it ended after {:?}", String::from_utf8_lossy(&said));
            said.extend(octet);
        }
        assert_eq!(String::from_utf8_lossy(&said).trim_end(), line);
    }
}

#[track_caller]
pub(crate) fn await_readable(what: &impl AsFd, name: &str) {
    assert_eq!(poll(&mut [PollFd::new(what, PollFlags::IN)], Some(&PATIENCE)), Ok(1), "{name} took too long");
}

#[track_caller]
pub(crate) fn await_writable(what: &impl AsFd) {
    assert_eq!(poll(&mut [PollFd::new(what, PollFlags::OUT)], Some(&PATIENCE)), Ok(1), "took too long");
}

/// Waits until a process has ended.
#[track_caller]
pub(crate) fn gone(id: u32, name: &str) {
    let pid = Pid::from_raw(i32::try_from(id).unwrap()).unwrap();
    if let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) {
        await_readable(&process, name);
    }
}

/// Accepts a connection as a recorder does, from outside.
#[track_caller]
pub(crate) fn accept(listener: &TcpListener) -> TcpStream {
    await_readable(listener, "a connection");
    let (stream, _) = listener.accept().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

#[track_caller]
pub(crate) fn received(listener: &TcpListener) -> String {
    let mut text = String::new();
    accept(listener).read_to_string(&mut text).unwrap();
    text
}
