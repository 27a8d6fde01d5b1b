//! What `/proc` says of the processes of this machine, as far as this user may see. Linux only.
//!
//! Whatever is gone meanwhile, or is not ours to look at, has no name, no arguments and no sockets.

use std::fs;

/// Octets of arguments that are kept.
const MOST: usize = 4096;

/// All processes.
pub(crate) fn all() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// What a process is called: at most 15 octets of its program, or what it says itself.
pub(crate) fn name(id: u32) -> String {
    let name = fs::read(format!("/proc/{id}/comm")).unwrap_or_default();
    String::from_utf8_lossy(&name).trim_end().to_owned()
}

/// Its arguments as they are now, its program first; a process that has ended has none.
pub(crate) fn arguments(id: u32) -> Option<Vec<String>> {
    let mut octets = fs::read(format!("/proc/{id}/cmdline")).ok().filter(|octets| !octets.is_empty())?;
    octets.truncate(MOST);
    let octets = octets.strip_suffix(b"\0").unwrap_or(&octets);
    Some(octets.split(|octet| *octet == 0).map(|argument| String::from_utf8_lossy(argument).into_owned()).collect())
}

/// Whether it has the socket with this inode open.
pub(crate) fn has_socket(id: u32, inode: u64) -> bool {
    let wanted = format!("socket:[{inode}]");
    let mut descriptors = fs::read_dir(format!("/proc/{id}/fd")).into_iter().flatten().flatten();
    descriptors.any(|descriptor| fs::read_link(descriptor.path()).is_ok_and(|open| open.as_os_str() == wanted.as_str()))
}
