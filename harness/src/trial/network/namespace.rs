//! Namespaces of the operating system: making a network's, and entering them.

use std::fs::{self, File};
use std::io;

use nix::sched::{CloneFlags, unshare};
use rustix::fd::AsFd;
use rustix::mount::{MountPropagationFlags, mount_bind, mount_change};
use rustix::process::{DumpableBehavior, getegid, geteuid, set_dumpable_behavior};
use rustix::thread::{CapabilitySet, LinkNameSpaceType, capabilities, move_into_link_name_space};

use crate::trial::network::failure::{Failure, Step};
use crate::trial::network::names::Bind;

/// How many chains a network's table of TCP sockets has. It would share the machine's otherwise, which has a quarter of a million, so
/// that reading it takes 7 ms.
const CHAINS: &str = "8192";

/// Makes this process the only one in a new network; says whether in a user namespace of its own, too.
///
/// Whoever may make a network keeps its user namespace: in one of a single id, nobody can become another user.
pub(crate) fn make_network() -> Result<bool, Failure> {
    let own_user = !is_privileged();
    if own_user {
        make_user()?;
    }
    unshare(CloneFlags::CLONE_NEWNET).map_err(Step::MakeNetwork.failed())?;
    // Said in one network, it holds for those that are made from there. Older kernels have no such thing, and are slower.
    if fs::write("/proc/sys/net/ipv4/tcp_child_ehash_entries", CHAINS).is_ok() {
        unshare(CloneFlags::CLONE_NEWNET).map_err(Step::MakeNetwork.failed())?;
    }
    Ok(own_user)
}

/// Whether this process may make, set up, watch and enter networks as it is.
fn is_privileged() -> bool {
    let needed = CapabilitySet::SYS_ADMIN | CapabilitySet::NET_ADMIN | CapabilitySet::NET_RAW;
    capabilities(None).is_ok_and(|held| held.effective.contains(needed))
}

/// What nobody is called by everywhere, as a user and as a group. It has a name, which some programs look up.
const NOBODY: u32 = 65534;

/// Makes a user namespace of the own id.
fn make_user() -> Result<(), Failure> {
    make_user_as((geteuid().as_raw(), getegid().as_raw()))
}

/// Becomes nobody, for this process and what it starts; to all others it stays who it was.
pub(crate) fn become_nobody() -> Result<(), Failure> {
    make_user_as((NOBODY, NOBODY))
}

/// Makes a user namespace in which we are this user, of this group.
fn make_user_as(inside: (u32, u32)) -> Result<(), Failure> {
    let outside = (geteuid().as_raw(), getegid().as_raw());
    // A program that may be run and not read could not open its own maps.
    let _ = set_dumpable_behavior(DumpableBehavior::Dumpable);
    unshare(CloneFlags::CLONE_NEWUSER).map_err(Step::MakeUser.failed())?;
    map_ids(inside, outside).map_err(Step::MapIds.failed())
}

fn map_ids(inside: (u32, u32), outside: (u32, u32)) -> io::Result<()> {
    // Kernels before 3.19 have no such file, and need none.
    fs::write("/proc/self/setgroups", "deny").or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })?;
    fs::write("/proc/self/uid_map", format!("{} {} 1", inside.0, outside.0))?;
    fs::write("/proc/self/gid_map", format!("{} {} 1", inside.1, outside.1))
}

/// Moves this process, which has one thread, into the network of another.
pub(crate) fn enter_network_of(process: u32, own_user: bool) -> Result<(), Failure> {
    let user = own_user.then(|| namespace_of(process, "user")).transpose()?;
    let network = network_of(process)?;
    // The user first: entering the network takes what one may do there.
    if let Some(user) = user {
        move_into_link_name_space(user.as_fd(), Some(LinkNameSpaceType::User)).map_err(Step::EnterUser.failed())?;
    }
    enter_network(&network).map_err(Step::EnterNetwork.failed())
}

/// The network in which a process is.
pub(crate) fn network_of(process: u32) -> Result<File, Failure> {
    namespace_of(process, "net")
}

fn namespace_of(process: u32, name: &str) -> Result<File, Failure> {
    File::open(format!("/proc/{process}/ns/{name}")).map_err(Step::FindDoor.failed())
}

/// Moves this thread alone into a network.
pub(crate) fn enter_network(network: &File) -> io::Result<()> {
    Ok(move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network))?)
}

/// Puts files in the place of others, for this process and what it starts alone.
pub(crate) fn bind(binds: &[Bind]) -> Result<(), Failure> {
    unshare(CloneFlags::CLONE_NEWNS).map_err(Step::MakeMounts.failed())?;
    // Where mounts are shared, as systemd makes them, whatever is mounted here would be seen outside.
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC).map_err(Step::MakeMounts.failed())?;
    binds.iter().try_for_each(|bind| mount_bind(&bind.from, &bind.over).map_err(Step::Bind.failed()))
}
