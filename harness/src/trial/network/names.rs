//! Names of hosts that lead somewhere: files that stand for `/etc/hosts` and `/etc/nsswitch.conf` where one program looks.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use crate::client::hosts::is_host_name;

/// A file or folder that is found in the place of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bind {
    /// What is found.
    pub from: PathBuf,
    /// Where; something must be there.
    pub over: PathBuf,
}

/// Names of hosts that lead to one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    names: Vec<String>,
    address: IpAddr,
}

/// A text that is no name of a host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a host name: that has only letters, digits, `-`, `_` and dots, and is not an address")]
pub struct BadName(String);

impl Names {
    /// These names, at this address.
    ///
    /// # Errors
    /// One is no name of a host.
    pub fn new(names: impl IntoIterator<Item = String>, address: IpAddr) -> Result<Self, BadName> {
        let names: Vec<String> = names.into_iter().collect();
        match names.iter().find(|name| !is_host_name(name)) {
            Some(bad) => Err(BadName(bad.clone())),
            None => Ok(Self { names, address }),
        }
    }

    /// Writes what a client needs to find the names, into a folder that it does not need to reach.
    ///
    /// # Errors
    /// The files cannot be written, or the machine has no `/etc/hosts` that one could stand for.
    pub fn write(&self, folder: &Path) -> io::Result<Vec<Bind>> {
        self.write_for(Path::new("/"), &machine(), folder)
    }

    /// The same for the machine of this name whose files are in `root`.
    fn write_for(&self, root: &Path, machine: &str, folder: &Path) -> io::Result<Vec<Bind>> {
        let (hosts, switch, cache) = (root.join("etc/hosts"), root.join("etc/nsswitch.conf"), root.join("var/run/nscd"));
        let present = String::from_utf8_lossy(&fs::read(&hosts)?).into_owned();
        let mut binds = vec![bind(folder.join("hosts"), hosts, &self.hosts(&present, machine))?];
        // Where there is none, programs ask for names as they were built to.
        if let Ok(present) = fs::read(&switch) {
            binds.push(bind(folder.join("nsswitch.conf"), switch, &files_alone(&String::from_utf8_lossy(&present)))?);
        }
        // A daemon that answers for the machine's own files.
        if cache.is_dir() {
            let from = folder.join("nscd");
            fs::create_dir(&from)?;
            binds.push(Bind { from, over: cache });
        }
        Ok(binds)
    }

    /// What `/etc/hosts` becomes: the names that lead to loopback, the machine's own, and ours.
    fn hosts(&self, present: &str, machine: &str) -> String {
        let mut lines: Vec<(IpAddr, Vec<&str>)> =
            present.lines().filter_map(line).filter_map(|line| kept(line, machine)).collect();
        for (address, name) in [
            (IpAddr::from(Ipv4Addr::LOCALHOST), "localhost"),
            (IpAddr::from(Ipv6Addr::LOCALHOST), "localhost"),
            (IpAddr::from(Ipv4Addr::LOCALHOST), machine),
        ] {
            let is_there = |(other, names): &(IpAddr, Vec<&str>)| other.is_ipv4() == address.is_ipv4() && names.contains(&name);
            if !name.is_empty() && !lines.iter().any(is_there) {
                lines.push((address, vec![name]));
            }
        }
        let is_ours = |name: &&str| self.names.iter().any(|ours| ours.eq_ignore_ascii_case(name));
        lines.iter_mut().for_each(|(_, names)| names.retain(|name| !is_ours(name)));
        lines.push((self.address, self.names.iter().map(String::as_str).collect()));
        lines.retain(|(_, names)| !names.is_empty());
        lines.iter().map(|(address, names)| format!("{address}\t{}\n", names.join(" "))).collect()
    }
}

/// A line of `/etc/hosts`, if it is one.
fn line(text: &str) -> Option<(IpAddr, Vec<&str>)> {
    let mut fields = text.split('#').next()?.split_ascii_whitespace();
    Some((fields.next()?.parse().ok()?, fields.collect()))
}

/// A line that stays true in a network of its own. The machine's other addresses are not there, but its name is.
fn kept<'a>((address, names): (IpAddr, Vec<&'a str>), machine: &str) -> Option<(IpAddr, Vec<&'a str>)> {
    match names.contains(&machine) {
        _ if address.is_loopback() => Some((address, names)),
        true if address.is_ipv4() => Some((Ipv4Addr::LOCALHOST.into(), names)),
        true => Some((Ipv6Addr::LOCALHOST.into(), names)),
        false => None,
    }
}

/// `/etc/nsswitch.conf` with hosts looked up in files alone.
fn files_alone(present: &str) -> String {
    let others = present.lines().filter(|line| line.split(':').next().is_none_or(|key| key.trim() != "hosts"));
    others.chain(["hosts: files"]).map(|line| format!("{line}\n")).collect()
}

fn bind(from: PathBuf, over: PathBuf, text: &str) -> io::Result<Bind> {
    fs::write(&from, text)?;
    open_to_all(&from)?;
    Ok(Bind { from, over })
}

/// A client may become another user.
#[cfg(unix)]
fn open_to_all(file: &Path) -> io::Result<()> {
    fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o644))
}

#[cfg(not(unix))]
fn open_to_all(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(target_os = "linux")]
fn machine() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(target_os = "linux"))]
fn machine() -> String {
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Names {
        Names::new(names.iter().map(ToString::to_string), Ipv4Addr::LOCALHOST.into()).unwrap()
    }

    #[test]
    fn localhost_and_the_machine_stay_and_what_is_elsewhere_does_not() {
        let present = "127.0.0.1\tlocalhost # ours\n10.1.2.3 vm.lan vm\n10.1.2.4 other\n::1 localhost ip6-loopback\nnonsense\n";
        let hosts = names(&["broker.example.com", "b2"]).hosts(present, "vm");
        assert_eq!(
            hosts,
            "127.0.0.1\tlocalhost\n127.0.0.1\tvm.lan vm\n::1\tlocalhost ip6-loopback\n127.0.0.1\tbroker.example.com b2\n"
        );
    }

    #[test]
    fn a_machine_without_names_gets_them() {
        assert_eq!(names(&["b"]).hosts("", "vm"), "127.0.0.1\tlocalhost\n::1\tlocalhost\n127.0.0.1\tvm\n127.0.0.1\tb\n");
    }

    #[test]
    fn a_name_leads_to_one_address() {
        assert_eq!(
            names(&["Broker"]).hosts("127.0.0.1 localhost broker\n", ""),
            "127.0.0.1\tlocalhost\n::1\tlocalhost\n127.0.0.1\tBroker\n"
        );
    }

    #[test]
    fn only_hosts_are_looked_up_otherwise() {
        let present = "# hosts\npasswd: files systemd\n hosts : mymachines resolve [!UNAVAIL=return] dns\nnetworks:files";
        assert_eq!(files_alone(present), "# hosts\npasswd: files systemd\nnetworks:files\nhosts: files\n");
    }

    #[test]
    fn what_is_not_there_is_not_bound_and_a_daemon_that_answers_for_it_is_hidden() {
        let (root, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let write = || names(&["b"]).write_for(root.path(), "vm", folder.path());
        assert_eq!(write().unwrap_err().kind(), io::ErrorKind::NotFound);
        fs::create_dir_all(root.path().join("etc")).unwrap();
        fs::write(root.path().join("etc/hosts"), "").unwrap();
        assert_eq!(write().unwrap().len(), 1);
        fs::create_dir_all(root.path().join("var/run/nscd")).unwrap();
        fs::write(root.path().join("etc/nsswitch.conf"), "").unwrap();
        let over: Vec<PathBuf> = write().unwrap().into_iter().map(|bind| bind.over).collect();
        assert_eq!(over, ["etc/hosts", "etc/nsswitch.conf", "var/run/nscd"].map(|path| root.path().join(path)));
    }

    #[test]
    fn what_is_no_name_of_a_host_is_refused() {
        for bad in ["", "a b", "a\n127.0.0.1 b", "a#", "127.0.0.1", "::1", "é"] {
            assert!(Names::new([bad.to_owned()], Ipv4Addr::LOCALHOST.into()).is_err(), "{bad:?}");
        }
    }
}
