//! A network of its own for a trial: its own loopback, with every port free and nothing else to reach. Linux, without any privilege.
//!
//! ```text
//!  harness ──Unix socket──> door         this program again: made the network, holds it, answers
//!     │                       └─ opens sockets in there, and passes their descriptors out
//!     └──starts──> join ──exec──> client  this program again: enters the network, becomes the client
//! ```
//!
//! A [`Network`] is made once for each job and used by one trial at a time. [`Network::left_behind`] says whether it can be used
//! again. A client is started by what [`Network::join`] makes of it; how it ends is what the client does, nothing of `join` stays.
//! Where a thread may enter the network, [`Network::within`] does without that process.
//!
//! Owned here: making, entering and asking a network. Not: what is recorded in there, when a trial takes which network, and starting
//! programs, which `launch` alone does.
//!
//! # Known limitations
//! - Linux only, with `/proc`. Elsewhere, and where it is forbidden, [`Network::new`] says why in a [`Reason`].
//! - Without CAP_SYS_ADMIN and CAP_NET_ADMIN a client's user namespace has one id: it cannot become another user, and files of others
//!   are nobody's.
//! - What a client with privileges changes beyond addresses (routes, filters, other interfaces) is not found by `left_behind`.

#[cfg(target_os = "linux")]
mod again;
#[cfg(target_os = "linux")]
mod available;
#[cfg(target_os = "linux")]
mod door;
#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod errno;
mod failure;
#[cfg(target_os = "linux")]
mod holder;
#[cfg(target_os = "linux")]
mod join;
mod leftover;
#[cfg(target_os = "linux")]
mod loopback;
#[cfg(all(target_os = "linux", feature = "cli"))]
mod machine;
#[cfg(target_os = "linux")]
mod marker;
mod names;
#[cfg(target_os = "linux")]
mod namespace;
#[cfg(target_os = "linux")]
mod netlink;
#[cfg(target_os = "linux")]
#[allow(clippy::module_inception, reason = "the noun that the folder is named after")]
mod network;
#[cfg(not(target_os = "linux"))]
mod no_tap;
#[cfg(target_os = "linux")]
mod patience;
#[cfg(target_os = "linux")]
mod processes;
mod reason;
mod recorded;
#[cfg(target_os = "linux")]
mod request;
#[cfg(target_os = "linux")]
mod ring;
mod sockets;
#[cfg(target_os = "linux")]
mod step_in;
#[cfg(target_os = "linux")]
mod tables;
#[cfg(target_os = "linux")]
mod tap;
#[cfg(target_os = "linux")]
mod wire;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{Child, Command};

#[cfg(target_os = "linux")]
pub use available::available;
#[cfg(not(target_os = "linux"))]
pub use elsewhere::{Network, Report, available, become_nobody, step_in};
pub use failure::{Failure, Step};
#[cfg(target_os = "linux")]
pub(crate) use holder::inode;
#[cfg(target_os = "linux")]
pub use join::{Report, become_nobody};
pub use leftover::Leftover;
pub use names::{BadName, Bind, Names};
#[cfg(target_os = "linux")]
pub(crate) use netlink::Netlink;
#[cfg(target_os = "linux")]
pub use network::Network;
#[cfg(not(target_os = "linux"))]
pub use no_tap::{Tap, TapError};
#[cfg(target_os = "linux")]
pub(crate) use processes::descendants;
pub use reason::Reason;
pub use recorded::{Begin, Interface, MOST_RECORDED, Recorded};
pub use sockets::TcpSocket;
#[cfg(target_os = "linux")]
pub use step_in::step_in;
#[cfg(target_os = "linux")]
pub use tap::{Tap, TapError};

/// Starts a process of ours. Whoever starts programs does it, so that nothing is inherited that is another's, and it is known that the
/// process is nobody's orphan.
pub type Start<'a> = &'a dyn Fn(&mut Command) -> io::Result<Child>;

/// A client that is to run in a network.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// The program's file; also its first argument.
    pub program: PathBuf,
    /// Its other arguments.
    pub args: Vec<OsString>,
    /// All of its environment.
    pub env: BTreeMap<OsString, OsString>,
    /// Whether its stdin is closed, whatever the process is started with.
    pub closes_stdin: bool,
    /// What it finds at other paths.
    pub binds: Vec<Bind>,
    /// Whether it becomes the user nobody, to itself, in a user namespace of its own. To all others it stays who we are, so that what it
    /// writes is ours.
    pub as_nobody: bool,
}

/// How to start a client in a network.
#[derive(Debug)]
pub struct Joining {
    /// The program to start, and its arguments. Its working folder, process group, stdin, stdout and stderr become the client's; its
    /// environment does not.
    pub argv: Vec<OsString>,
    /// Why the client never ran, where it did not. Is kept until the client has ended.
    pub report: Report,
}
