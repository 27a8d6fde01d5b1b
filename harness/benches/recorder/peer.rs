//! What is measured: programs of `peers.toml`, started and ended.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    peer: Vec<Peer>,
}

/// A program that receives.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(crate) struct Peer {
    pub name: String,
    pub run: Vec<String>,
    /// Whether it serves one connection after the other.
    #[serde(default)]
    pub many: bool,
    /// Whether what it receives can be found in its file.
    #[serde(default = "yes")]
    pub keeps: bool,
}

/// A peer at work.
pub(crate) struct Running {
    pub port: u16,
    child: Child,
    out: PathBuf,
    ends: bool,
    keeps: bool,
}

fn yes() -> bool {
    true
}

/// The peers of `peers.toml`.
pub(crate) fn load() -> Vec<Peer> {
    let file: File = toml::from_str(include_str!("peers.toml")).expect("peers.toml");
    file.peer
}

impl Peer {
    pub(crate) fn is_there(&self) -> bool {
        self.run[0].starts_with('{') || which::which(&self.run[0]).is_ok()
    }

    /// Starts it on a free port, with a new file in `folder`.
    pub(crate) fn start(&self, folder: &Path) -> Running {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
        let out = folder.join(port.to_string());
        let peers = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/recorder/peers");
        let this = std::env::current_exe().expect("this program");
        let fill = |argument: &String| {
            let filled = argument.replace("{port}", &port.to_string()).replace("{out}", &out.display().to_string());
            let filled = filled.replace("{samewire}", env!("CARGO_BIN_EXE_samewire")).replace("{peers}", peers);
            filled.replace("{self}", &this.display().to_string())
        };
        let argv: Vec<String> = self.run.iter().map(fill).collect();
        let child = Command::new(&argv[0]).args(&argv[1..]).stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        Running { port, child: child.expect("a process"), out, ends: !self.many, keeps: self.keeps }
    }
}

impl Running {
    /// Resident memory, in octets.
    pub(crate) fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its resident memory");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") << 10
    }

    /// Ends it, and sees to it that it had recorded so many octets.
    pub(crate) fn end(mut self, octets: u64) {
        if !self.ends {
            self.child.kill().expect("to kill it");
        }
        self.child.wait().expect("its end");
        if self.keeps {
            let size = fs::metadata(&self.out).expect("its file").len();
            assert!(size >= octets, "{} holds {size} octets of {octets}", self.out.display());
            fs::remove_file(&self.out).expect("to remove its file");
        }
    }
}
