//! What is measured: programs of `peers.toml`, started and ended.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use samewire_recorder::Authority;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    peer: Vec<Peer>,
}

/// Names of the files that peers with TLS are who they are by.
const CERT: &str = "cert.pem";
const KEY: &str = "key.pem";

/// Writes a certificate and its key into a folder.
pub(crate) fn write_identity(folder: &Path) {
    let identity = Authority::new().and_then(|authority| authority.client()).expect("a certificate");
    fs::write(folder.join(CERT), identity.certificate).expect("to write the certificate");
    fs::write(folder.join(KEY), identity.key).expect("to write the key");
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
    /// Whether it speaks TLS.
    #[serde(default)]
    pub tls: bool,
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

    /// Starts it on a free port, with a new file in `folder`, where its certificate and key are too.
    pub(crate) fn start(&self, folder: &Path) -> Running {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
        let out = folder.join(port.to_string());
        let peers = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/recorder/peers");
        let this = std::env::current_exe().expect("this program");
        let fill = |argument: &String| {
            let filled = argument.replace("{port}", &port.to_string()).replace("{out}", &out.display().to_string());
            let filled = filled.replace("{cert}", &folder.join(CERT).display().to_string());
            let filled = filled.replace("{key}", &folder.join(KEY).display().to_string());
            let filled = filled.replace("{samewire}", env!("CARGO_BIN_EXE_samewire")).replace("{peers}", peers);
            filled.replace("{self}", &this.display().to_string())
        };
        let argv: Vec<String> = self.run.iter().map(fill).collect();
        // An input without an end: some peers would ask again and again for more of one that has ended.
        let child = Command::new(&argv[0]).args(&argv[1..]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
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
