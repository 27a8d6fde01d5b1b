//! Packets that tcpdump captured of real connections, held against what tshark makes of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use samewire::packets::pcapng::PacketReader;
use samewire::packets::{Assembly, Connection, Direction, Limits, LinkType, assemble};
use tempfile::TempDir;

use super::support::{Chance, are_there, follow, tshark};
use crate::support::is_root;

/// Clients and servers of many kinds: large, small, both ways at once, IPv6, aborted, refused.
const TRAFFIC: &str = r#"
import random, socket, struct, sys, threading
random.seed(int(sys.argv[1]))
def serve(listener):
    connection, _ = listener.accept()
    try:
        while octets := connection.recv(4096):
            connection.sendall(bytes(255 - octet for octet in octets[: random.randrange(1, 4096)]))
        connection.sendall(b'bye')
    except ConnectionResetError:
        pass
    connection.close()
def run(host, sizes, reset):
    listener = socket.create_server((host, 0), family=socket.AF_INET6 if ':' in host else socket.AF_INET)
    server = threading.Thread(target=serve, args=(listener,), daemon=True)
    server.start()
    client = socket.create_connection(listener.getsockname()[:2])
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    reader = threading.Thread(target=lambda: [None for _ in iter(lambda: client.recv(65536), b'')], daemon=True)
    if not reset: reader.start()
    for size in sizes: client.sendall(random.randbytes(size))
    if reset:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    else:
        client.shutdown(socket.SHUT_WR)
        reader.join()
    client.close()
    if not reset: server.join()
for host in ['127.0.0.1', '::1']:
    run(host, [1, 2, 3, 40], False)
    run(host, [random.randrange(1, 3000) for _ in range(60)], False)
    run(host, [300000], False)
    if len(sys.argv) < 3: run(host, [5000], True)
"#;

/// tcpdump captures only for root.
fn can_capture() -> bool {
    is_root() && are_there(&["tcpdump", "tshark", "unshare"])
}

/// Captures the traffic in a network of its own, with tcpdump's `options`, after `setup`.
fn captured(seed: u64, options: &str, setup: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("traffic.py"), TRAFFIC).unwrap();
    let lossy = if setup.contains("tbf") { "lossy" } else { "" };
    let script = format!(
        "set -e; ip link set lo up; {setup}
        tcpdump -q -U -Z root -B 16384 -i lo {options} -w packets.pcap tcp 2> said & pid=$!
        while ! grep -q listening said 2>/dev/null; do kill -0 $pid; done
        timeout 60 python3 traffic.py {seed} {lossy}
        # tcpdump reads late, and what it has not read when it is told to end is lost: a refusal is waited for.
        (echo > /dev/tcp/127.0.0.1/9) 2>/dev/null || true
        until tcpdump -c 1 -r packets.pcap src port 9 2>/dev/null | grep -q .; do :; done
        kill -INT $pid; wait $pid"
    );
    let status = Command::new("timeout")
        .args(["90", "unshare", "--net", "bash", "-c", &script])
        .current_dir(folder.path())
        .status()
        .unwrap();
    let said = fs::read_to_string(folder.path().join("said")).unwrap_or_default();
    assert!(status.success(), "{said}");
    assert!(said.contains("\n0 packets dropped by kernel"), "{said}");
    let path = folder.path().join("packets.pcap");
    (folder, path)
}

fn assembly(path: &Path) -> Assembly {
    assemble(PacketReader::open(path).unwrap(), Limits::default()).unwrap()
}

fn streams(connection: &Connection) -> [Vec<u8>; 2] {
    [Direction::Received, Direction::Sent].map(|direction| connection.stream(direction).octets().to_vec())
}

/// Every connection is, octet for octet, what tshark's `follow` gives. The last is the refusal.
#[track_caller]
fn assert_as_tshark(path: &Path, connections: usize) -> Assembly {
    let assembly = assembly(path);
    assert_eq!(assembly.connections.len(), connections + 1);
    assert!(assembly.connections[connections].is_refused());
    let followed = follow(path, connections);
    for (stream, (connection, theirs)) in assembly.connections.iter().zip(followed).enumerate() {
        let ours = streams(connection);
        for side in 0..2 {
            assert!(ours[side] == theirs[side], "stream {stream}, side {side}: {} and {}", ours[side].len(), theirs[side].len());
        }
    }
    assembly
}

#[test]
#[ignore = "takes a while: ci/slow runs it"]
fn streams_of_real_connections_are_those_of_tshark() {
    if !can_capture() {
        return;
    }
    for (seed, options) in [(1, ""), (2, "--nano"), (3, "-s 65535"), (4, "-y EN10MB -Q in")] {
        let (_folder, path) = captured(seed, options, "");
        let assembly = assert_as_tshark(&path, 8);
        assert!(assembly.connections.iter().rev().skip(1).all(|connection| connection.problem().is_none()));
        assert_eq!((assembly.began_before.len(), assembly.unread.other), (0, 0));
    }
}

#[test]
#[ignore = "takes a while: ci/slow runs it"]
fn both_versions_of_linux_cooked_are_read() {
    if !can_capture() {
        return;
    }
    for (options, link) in [("-i any -y LINUX_SLL", "linux-sll"), ("-i any -y LINUX_SLL2", "linux-sll2")] {
        let (_folder, path) = captured(5, options, "");
        let told = Command::new("capinfos").args(["-T", "-E", "-m"]).arg(&path).output().unwrap();
        assert!(String::from_utf8(told.stdout).unwrap().contains(link));
        assert_as_tshark(&path, 8);
    }
}

#[test]
#[ignore = "takes a while: ci/slow runs it"]
fn streams_over_a_lossy_network_are_those_of_tshark() {
    if !can_capture() {
        return;
    }
    // What does not fit into the bucket is dropped before tcpdump sees it, and sent again later.
    let setup = "ip link set lo mtu 1500; tc qdisc add dev lo root tbf rate 80mbit burst 4000 limit 12000;";
    let (_folder, path) = captured(6, "", setup);
    let assembly = assert_as_tshark(&path, 6);
    assert!(assembly.connections.iter().rev().skip(1).all(|connection| connection.problem().is_none()));
    let again =
        tshark(&path, &["-Y", "tcp.analysis.out_of_order || tcp.analysis.retransmission", "-T", "fields", "-e", "frame.number"]);
    let lines = again.lines().count();
    println!("{lines} segments out of order or again");
    assert!(lines > 20, "{lines}");
}

#[test]
#[ignore = "takes a while: ci/slow runs it"]
fn shuffled_and_doubled_packets_of_real_connections_are_the_same_streams() {
    if !can_capture() {
        return;
    }
    let (folder, path) = captured(7, "-Q in", "ip link set lo mtu 1500;");
    let whole: Vec<_> = assembly(&path).connections.iter().map(streams).collect();
    let mut reader = PacketReader::open(&path).unwrap();
    let mut packets = Vec::new();
    while let Some(packet) = reader.next().unwrap() {
        packets.push((packet.stamp_ns, packet.octets.to_vec()));
    }
    for seed in 0..20 {
        let mut chance = Chance(seed);
        let mut bad = packets.clone();
        for index in 0..bad.len() {
            // SYNs stay where they are: what is before one began before.
            let other = (index + chance.below(6)).min(bad.len() - 1);
            if !is_syn(&bad[index].1) && bad[index..=other].iter().all(|(_, octets)| !is_syn(octets)) {
                bad.swap(index, other);
            }
            if chance.one_in(10) {
                let again = bad[index].clone();
                bad.insert(index, again);
            }
        }
        let mut writer = samewire::packets::pcapng::PacketWriter::new(Vec::new(), "a test").unwrap();
        let lo = writer.interface(LinkType::Ethernet, "lo").unwrap();
        for (stamp_ns, octets) in &bad {
            writer.packet(lo, *stamp_ns, octets, octets.len()).unwrap();
        }
        let shuffled = folder.path().join("shuffled.pcapng");
        fs::write(&shuffled, writer.into_inner()).unwrap();
        let streams: Vec<_> = assembly(&shuffled).connections.iter().map(streams).collect();
        assert!(streams == whole, "seed {seed}");
    }
}

fn is_syn(frame: &[u8]) -> bool {
    let tcp = if frame[14] >> 4 == 4 { 34 } else { 54 };
    frame[tcp + 13] & 2 != 0
}

#[test]
fn a_file_with_one_segment_missing_has_a_gap_where_it_was() {
    if !can_capture() {
        return;
    }
    let (folder, path) = captured(8, "-Q in", "");
    let assembly_before = assembly(&path);
    let data = tshark(
        &path,
        &[
            "-Y",
            "tcp.stream == 1 && tcp.srcport != tcp.dstport && tcp.len > 0",
            "-T",
            "fields",
            "-e",
            "frame.number",
            "-e",
            "tcp.seq",
            "-e",
            "tcp.dstport",
        ],
    );
    let server = assembly_before.connections[1].server().port().to_string();
    for line in data.lines().take(12) {
        let [number, sequence, port] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let cut = folder.path().join("cut.pcapng");
        let status = Command::new("editcap").arg(&path).arg(&cut).arg(number).status().unwrap();
        assert!(status.success());
        let direction = if port == server { Direction::Received } else { Direction::Sent };
        let offset = sequence.parse::<u64>().unwrap() - 1;
        assert_eq!(assembly(&cut).connections[1].gap(direction), Some(offset), "frame {number}");
    }
}

#[test]
#[ignore = "takes a while: ci/slow runs it"]
fn a_file_that_tcpdump_cut_or_cut_packets_of_is_told() {
    if !can_capture() {
        return;
    }
    let (folder, path) = captured(9, "-s 100", "");
    let assembly_cut = assembly(&path);
    // 100 octets have 34 of data at most, and those of the first connection are less.
    assert_eq!(assembly_cut.connections[1].gap(Direction::Received), Some(34));
    let octets = fs::read(&path).unwrap();
    for length in (0..octets.len()).step_by(97) {
        let part = folder.path().join("part");
        fs::write(&part, &octets[..length]).unwrap();
        if let Ok(reader) = PacketReader::open(&part) {
            let _ = assemble(reader, Limits::default()).unwrap();
        }
    }
}

#[test]
#[ignore = "takes a while: ci/slow runs it"]
fn damaged_captures_never_panic() {
    if !can_capture() {
        return;
    }
    let (_folder, path) = captured(10, "-s 300 --nano", "");
    let whole = fs::read(&path).unwrap();
    let whole = &whole[..whole.len().min(60_000)];
    for seed in 0..400 {
        let mut chance = Chance(seed);
        let mut damaged = whole.to_vec();
        for _ in 0..1 + chance.below(40) {
            let at = chance.below(damaged.len());
            damaged[at] ^= 1 << chance.below(8);
        }
        let Ok(reader) = PacketReader::new(&damaged[..]) else { continue };
        let Ok(assembly) = assemble(reader, Limits::default()) else { continue };
        for connection in &assembly.connections {
            let _ = (connection.problem(), connection.rows(9), connection.stream(Direction::Sent).marks());
        }
    }
}
