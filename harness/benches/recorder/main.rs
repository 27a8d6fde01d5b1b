//! The recorder against what people use today: octets a second of one long connection, also under TLS, connections a second, and memory
//! for each idle connection. `peers.toml` says against whom.
//!
//! Every figure is a ratio of two peers in the same round on the same machine; a round serves all peers one after the other. A
//! peer that is not there is said, and left out. Nothing here gates.
//!
//! ```sh
//! cargo bench --package samewire --bench recorder                                     # 2 GiB, 7 rounds
//! SAMEWIRE_BENCH_MIB=256 SAMEWIRE_BENCH_ROUNDS=3 cargo bench --package samewire --bench recorder
//! ```

#![expect(clippy::print_stdout, clippy::expect_used, clippy::disallowed_methods, reason = "a program of its own that measures")]

mod load;
mod peer;
mod tls;

use std::path::Path;
use std::time::Duration;

use peer::Peer;

/// Connections in one measurement of their rate.
const CONNECTIONS: usize = 10_000;

/// Idle connections in the measurement of memory.
const IDLE: usize = 10_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, command, port] = arguments.as_slice()
        && command == "discard"
    {
        load::discard(port.parse().expect("a port"));
        return;
    }
    let peers = peer::load();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder on disk");
    let octets = setting("SAMEWIRE_BENCH_MIB", 2048) << 20;
    let rounds = setting("SAMEWIRE_BENCH_ROUNDS", 7);
    for peer in peers.iter().filter(|peer| !peer.is_there()) {
        println!("left out: {}: {} is not there", peer.name, peer.run[0]);
    }
    let (secured, peers): (Vec<Peer>, Vec<Peer>) = peers.into_iter().filter(Peer::is_there).partition(|peer| peer.tls);
    peer::write_identity(folder.path());
    let many: Vec<Peer> = peers.iter().filter(|peer| peer.many).cloned().collect();

    println!("\n{} MiB on one connection, into a file: {rounds} rounds", octets >> 20);
    compare(&peers, rounds, |peer| stream(peer, folder.path(), octets));
    println!("\n{} MiB on one connection under TLS 1.3 (AES-128-GCM), into a file: {rounds} rounds", octets >> 20);
    compare(&secured, rounds, |peer| stream(peer, folder.path(), octets));
    println!("\n{CONNECTIONS} connections of 40 octets, 64 at a time: {rounds} rounds");
    compare(&many, rounds, |peer| connections(peer, folder.path()));
    println!("\n{IDLE} idle connections: memory of the process for each, in octets");
    for peer in many.iter().filter(|peer| peer.keeps) {
        match idle(peer, folder.path()) {
            Some(octets) => println!("  {:28} {octets:6}", peer.name),
            None => println!("  {:28} not measured; raise `ulimit -n` above {IDLE}", peer.name),
        }
    }
}

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// Measures all peers in each round, and prints how many times as fast as each the first one was.
fn compare(peers: &[Peer], rounds: usize, measure: impl Fn(&Peer) -> Duration) {
    let mut taken = vec![Vec::new(); peers.len()];
    for round in 0..rounds {
        // Each round begins with another peer, so that none always finds the disk as the same other one left it.
        for index in (0..peers.len()).map(|index| (index + round) % peers.len()) {
            taken[index].push(measure(&peers[index]).as_secs_f64());
        }
    }
    println!("  {} is, times as fast as ...", peers[0].name);
    for (peer, seconds) in peers.iter().zip(&taken).skip(1) {
        let mut ratios: Vec<f64> = seconds.iter().zip(&taken[0]).map(|(theirs, ours)| theirs / ours).collect();
        ratios.sort_by(f64::total_cmp);
        let (median, least, most) = (ratios[rounds / 2], ratios[0], ratios[rounds - 1]);
        println!("  {:28} {median:6.2}   ({least:.2} to {most:.2})", peer.name);
    }
}

/// How long a peer takes from the connection until it has recorded all and closed.
fn stream(peer: &Peer, folder: &Path, octets: usize) -> Duration {
    let running = peer.start(folder);
    let taken = load::stream(running.port, octets, peer.tls);
    running.end(octets as u64);
    taken
}

fn connections(peer: &Peer, folder: &Path) -> Duration {
    let running = peer.start(folder);
    load::warm_up(running.port);
    let taken = load::connections(running.port, CONNECTIONS);
    running.end(40 * CONNECTIONS as u64);
    taken
}

/// Memory of a peer for each idle connection; `None` where so many cannot be opened.
fn idle(peer: &Peer, folder: &Path) -> Option<u64> {
    let running = peer.start(folder);
    load::warm_up(running.port);
    let before = running.memory();
    let open = load::idle(running.port, IDLE)?;
    // Connections are accepted in their order: once this one is served, all before it have been accepted.
    load::warm_up(running.port);
    let grown = running.memory().saturating_sub(before);
    drop(open);
    running.end(0);
    Some(grown / IDLE as u64)
}
