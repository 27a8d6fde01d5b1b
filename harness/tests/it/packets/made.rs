//! Packets made from captures.

use std::fs;
use std::path::PathBuf;

use samewire::packets::pcapng::PacketWriter;
use samewire::packets::{Direction, Endpoints, Finding, Maker, Remark, hold, make};
use samewire_recorder::{CaptureReader, Completeness, PeerEnd};
use tempfile::TempDir;

use super::support::{CLIENT, Chance, SERVER, Told, address, are_there, assembled, follow, tshark};

fn made(capture: &[u8]) -> Vec<u8> {
    let mut packets = Vec::new();
    let ending = make(&mut CaptureReader::new(capture), &mut packets, "samewire 0.1.0").unwrap();
    assert_eq!(ending, Some(Completeness::Whole));
    packets
}

fn saved(packets: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.pcapng");
    fs::write(&path, packets).unwrap();
    (folder, path)
}

/// Nothing that tshark would mark, checksums and numbers included.
fn assert_spotless(packets: &[u8]) {
    let (_folder, path) = saved(packets);
    let checks = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"];
    // An RST is worth a warning to it, and a port that is used again a note.
    let marks = "_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 \
                 || (tcp.analysis.flags && !tcp.analysis.reused_ports) \
                 || (_ws.expert.severity >= 0x00600000 && !(tcp.flags.reset == 1))";
    assert_eq!(tshark(&path, &[&checks[..], &["-Y", marks]].concat()), "");
    let good = "tcp.checksum.status == 1";
    let all = tshark(&path, &["-T", "fields", "-e", "frame.number"]).lines().count();
    assert_eq!(tshark(&path, &[&checks[..], &["-Y", good]].concat()).lines().count(), all);
    assert!(all > 0);
}

#[test]
fn a_capture_of_one_exchange_is_its_packets() {
    if !are_there(&["tshark"]) {
        return;
    }
    let capture = Told::by(SERVER).open(CLIENT).data(1, b"hello").sent(1, b"welcome").fin(1).close(1, PeerEnd::Fin).stop();
    let packets = made(&capture);
    assert_spotless(&packets);
    let (_folder, path) = saved(&packets);
    let told = tshark(
        &path,
        &[
            "-T",
            "fields",
            "-E",
            "separator=,",
            "-e",
            "tcp.srcport",
            "-e",
            "tcp.flags.str",
            "-e",
            "tcp.seq",
            "-e",
            "tcp.ack",
            "-e",
            "tcp.len",
            "-e",
            "frame.time_relative",
        ],
    );
    let expected = "40000,··········S·,0,0,0,0.000000000
3099,·······A··S·,0,1,0,0.000000000
40000,·······A····,1,1,0,0.000000000
40000,·······AP···,1,1,5,0.000100000
3099,·······A····,1,6,0,0.000100000
3099,·······AP···,1,6,7,0.000200000
40000,·······A····,6,8,0,0.000200000
40000,·······A···F,6,8,0,0.000300000
3099,·······A····,8,7,0,0.000300000
3099,·······A···F,8,7,0,0.000400000
40000,·······A····,7,9,0,0.000400000
";
    assert_eq!(told, expected);
    assert_eq!(tshark(&path, &["-c", "1", "-T", "fields", "-e", "frame.time_epoch"]), "1769853600.000100000\n");
}

#[test]
fn made_packets_agree_with_what_they_were_made_of() {
    if !are_there(&["tshark"]) {
        return;
    }
    let mut chance = Chance(7);
    let (large, answer) = (chance.octets(300_000), chance.octets(200_001));
    let families = [
        ("127.0.0.1:3099", "127.0.0.1:"),
        ("[::1]:3099", "[::1]:"),
        ("[::]:3099", "[::ffff:127.0.0.1]:"),
        ("0.0.0.0:3099", "127.0.0.1:"),
    ];
    for (listened, client) in families {
        let peer = |port: u16| format!("{client}{port}");
        let capture = Told::by(listened)
            .open(&peer(40_001))
            .open(&peer(40_002))
            .data(1, &large)
            .sent(2, &answer)
            .data(2, b"x")
            .fin(1)
            .sent(1, &answer)
            .shut(2)
            .open(&peer(40_003))
            .open(&peer(40_004))
            .data(2, &large[..65_496])
            .fin(2)
            .close(2, PeerEnd::Fin)
            .close(1, PeerEnd::Fin)
            .data(3, b"and gone")
            .close(3, PeerEnd::Reset)
            .data(4, b"cut off")
            .close(4, PeerEnd::Open)
            // The same port again.
            .open(&peer(40_001))
            .fin(5)
            .close(5, PeerEnd::Fin)
            .stop();
        let packets = made(&capture);
        assert_spotless(&packets);
        let assembly = assembled(&packets);
        let held = hold(&assembly, &[address(listened)], CaptureReader::new(&capture[..])).unwrap();
        assert_eq!((held.finding, held.remarks), (Finding::Agrees { connections: 5 }, Vec::<Remark>::new()));
        assert!(assembly.connections.iter().all(|connection| connection.problem().is_none()));
        let (_folder, path) = saved(&packets);
        for (stream, (connection, theirs)) in assembly.connections.iter().zip(follow(&path, 5)).enumerate() {
            let ours = [Direction::Received, Direction::Sent].map(|direction| connection.stream(direction).octets().to_vec());
            assert!(theirs == ours, "stream {stream}");
        }
    }
}

#[test]
fn connections_of_a_unix_socket_have_addresses_of_their_own() {
    if !are_there(&["tshark"]) {
        return;
    }
    let mut told = Told::by("unix:/run/a.sock");
    for connection in 1..=40 {
        told = told.open("unix").data(connection, &[connection as u8; 10]).fin(connection).close(connection, PeerEnd::Fin);
    }
    let packets = made(&told.stop());
    assert_spotless(&packets);
    let assembly = assembled(&packets);
    assert_eq!(assembly.connections.len(), 40);
    let clients: std::collections::HashSet<_> = assembly.connections.iter().map(|connection| connection.client()).collect();
    assert_eq!(clients.len(), 40);
    assert_ne!(Endpoints::of_capture(1, "unix", "unix:/x"), Endpoints::of_capture(16_385, "unix", "unix:/x"));
}

#[test]
fn an_urgent_octet_is_marked_where_it_stands() {
    if !are_there(&["tshark"]) {
        return;
    }
    let large = vec![1; 70_000];
    let capture = Told::by(SERVER)
        .open(CLIENT)
        .urgent_data(1, b"abcdef", Some(2))
        .urgent_data(1, &large, Some(6 + 65_500))
        .fin(1)
        .close(1, PeerEnd::Fin)
        .stop();
    let (_folder, path) = saved(&made(&capture));
    let told = tshark(&path, &["-Y", "tcp.flags.urg == 1", "-T", "fields", "-e", "tcp.len", "-e", "tcp.urgent_pointer"]);
    assert_eq!(told, "6\t3\n4505\t6\n");
}

#[test]
fn a_capture_that_ends_early_is_made_as_far_as_it_is_true() {
    let capture = Told::by(SERVER).open(CLIENT).data(1, b"hello").fin(1).close(1, PeerEnd::Fin).stop();
    let whole = made(&capture);
    for length in 0..capture.len() {
        let mut packets = Vec::new();
        let ending = make(&mut CaptureReader::new(&capture[..length]), &mut packets, "samewire 0.1.0");
        assert!(whole.starts_with(&packets), "{length}");
        assert_ne!(ending.ok(), Some(Some(Completeness::Whole)));
        assembled(&packets);
    }
    let mut damaged = capture.clone();
    damaged.extend_from_slice(b"and more\n");
    let mut packets = Vec::new();
    let said = make(&mut CaptureReader::new(&damaged[..]), &mut packets, "samewire 0.1.0").unwrap_err().to_string();
    assert!(said.starts_with("the capture is damaged: line 7:"), "{said}");
    assert_eq!(packets, whole);
}

#[test]
fn addresses_may_be_given() {
    let capture = Told::by("unix:/x").open("unix").data(1, b"hello").fin(1).close(1, PeerEnd::Fin).stop();
    let given = |connection: u64, _: &str, _: &str| {
        Endpoints::new(address(&format!("10.0.0.1:{}", 1000 + connection)), address("10.0.0.2:1883"))
    };
    let mut maker = Maker::new(PacketWriter::new(Vec::new(), "a test").unwrap(), given).unwrap();
    CaptureReader::new(&capture[..]).try_for_each(|event| maker.event(&event.unwrap())).unwrap();
    let assembly = assembled(&maker.finish().unwrap());
    assert_eq!(assembly.connections[0].client(), address("10.0.0.1:1001"));
    assert_eq!(assembly.connections[0].server(), address("10.0.0.2:1883"));
}
