//! How many files this process may have open: each connection is one.

/// Files that are open beside the connections: stdin, stdout, stderr, the listeners, the capture, the runtime's own.
const RESERVE: u64 = 64;

/// Raises the limit of open files as far as this process may, and says so where so many connections still go beyond it.
#[cfg(unix)]
pub fn make_room_for(connections: usize) -> Option<String> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let wanted = connections as u64 + RESERVE;
    let mut limit = getrlimit(Resource::Nofile);
    let has = |limit: Option<u64>| limit.is_none_or(|limit| limit >= wanted);
    if has(limit.current) {
        return None;
    }
    limit.current = if has(limit.maximum) { Some(wanted) } else { limit.maximum };
    // Where it cannot be raised, what it is now is what counts.
    let _ = setrlimit(Resource::Nofile, limit);
    let current = getrlimit(Resource::Nofile).current.filter(|current| *current < wanted)?;
    Some(format!(
        "{connections} connections at once need more open files than the {current} that are allowed; raise `ulimit -n`, or lower --max-connections\n"
    ))
}

/// There is no such limit to ask for.
#[cfg(not(unix))]
pub fn make_room_for(_: usize) -> Option<String> {
    None
}
