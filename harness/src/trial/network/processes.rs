//! Which processes are in a network.

use std::fs;
use std::path::PathBuf;

use crate::trial::network::leftover::Leftover;
use crate::trial::procfs;

/// The processes in the network of this process, but for this one: among the descendants of `ancestor`, or, without one, among all of
/// the machine, which takes as long as the machine has processes.
///
/// A process that may not be looked at is in another user's namespaces, and so in none of ours.
pub(crate) fn in_this_network(ancestor: Option<u32>) -> Vec<Leftover> {
    let own = network_of(std::process::id());
    let others = match ancestor.and_then(descendants) {
        Some(descendants) => descendants,
        None => procfs::all().collect(),
    };
    let inside = others.into_iter().filter(|id| *id != std::process::id() && network_of(*id) == own);
    inside.map(|id| Leftover::Process { id, name: procfs::name(id) }).collect()
}

/// `net:[INODE]`; `None` where the process is gone, or only its status is left.
fn network_of(id: u32) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{id}/ns/net")).ok()
}

/// Children, their children and so on; `None` where the kernel keeps no lists of children.
pub(crate) fn descendants(ancestor: u32) -> Option<Vec<u32>> {
    let (mut found, mut next) = (children(ancestor)?, 0);
    while let Some(id) = found.get(next) {
        // One that is gone meanwhile has none.
        found.extend(children(*id).unwrap_or_default());
        next += 1;
    }
    Some(found)
}

fn children(id: u32) -> Option<Vec<u32>> {
    let mut children = Vec::new();
    for task in fs::read_dir(format!("/proc/{id}/task")).ok()?.flatten() {
        match fs::read_to_string(task.path().join("children")) {
            Ok(text) => children.extend(text.split_ascii_whitespace().filter_map(|id| id.parse::<u32>().ok())),
            // A thread may end at any time; where the first has no list, there are none.
            Err(_) if task.file_name() == *id.to_string() => return None,
            Err(_) => {}
        }
    }
    Some(children)
}
