//! Captures held against packets that say the same, or nearly.

use samewire::packets::{Direction, Finding, Held, Witness, hold};
use samewire_recorder::{CaptureReader, Event, PeerEnd};

use super::support::{Built, CLIENT, SERVER, Told, address, assembled, assembled_of, built, file};

fn held(segments: &[Built], capture: &[u8]) -> Held {
    hold(&assembled_of(segments), &[address(SERVER)], CaptureReader::new(capture)).unwrap()
}

fn said(segments: &[Built], capture: &[u8]) -> String {
    match held(segments, capture).finding {
        Finding::Disagrees(disagreement) => disagreement.to_string(),
        other => format!("{other:?}"),
    }
}

const AGREES: &str = "Agrees { connections: 1 }";

fn client(flags: &str, sequence: u32, acknowledgment: u32, data: &[u8]) -> Built {
    built(CLIENT, SERVER, flags, sequence, acknowledgment, data)
}

fn server(flags: &str, sequence: u32, acknowledgment: u32, data: &[u8]) -> Built {
    built(SERVER, CLIENT, flags, sequence, acknowledgment, data)
}

/// A handshake, and then these; the client's first octet has number 100, the server's 500.
fn packets(behind: &[Built]) -> Vec<Built> {
    let mut packets = vec![client("S", 99, 0, b""), server("SA", 499, 100, b""), client("A", 100, 500, b"")];
    packets.extend_from_slice(behind);
    packets
}

/// `hello` and `welcome`, ended by both.
fn whole() -> Vec<Built> {
    packets(&[
        client("PA", 100, 500, b"hello"),
        server("PA", 500, 105, b"welcome"),
        client("FA", 105, 507, b""),
        server("FA", 507, 106, b""),
        client("A", 106, 508, b""),
    ])
}

fn told(received: &[u8], sent: &[u8], peer: PeerEnd) -> Vec<u8> {
    let told = Told::by(SERVER).open(CLIENT).data(1, received).sent(1, sent);
    let told = if peer == PeerEnd::Fin { told.fin(1) } else { told };
    told.close(1, peer).stop()
}

#[test]
fn a_capture_that_says_the_same_agrees() {
    assert_eq!(said(&whole(), &told(b"hello", b"welcome", PeerEnd::Fin)), AGREES);
}

#[test]
fn a_capture_falsified_by_one_octet_is_said() {
    assert_eq!(
        said(&whole(), &told(b"hexlo", b"welcome", PeerEnd::Fin)),
        "of what was received on connection 1, the octet at offset 2 is 78 in the capture and 6c in the packets"
    );
    assert_eq!(
        said(&whole(), &told(b"hello", b"welcomE", PeerEnd::Fin)),
        "of what was sent on connection 1, the octet at offset 6 is 45 in the capture and 65 in the packets"
    );
}

#[test]
fn a_capture_with_an_octet_more_or_less_is_said() {
    let count = |direction: &str, captured: u64, packets: u64| {
        format!("of what was {direction} on connection 1, {captured} octets are in the capture and {packets} in the packets")
    };
    assert_eq!(said(&whole(), &told(b"hell", b"welcome", PeerEnd::Fin)), count("received", 4, 5));
    assert_eq!(said(&whole(), &told(b"hello!", b"welcome", PeerEnd::Fin)), count("received", 6, 5));
    assert_eq!(said(&whole(), &told(b"hello", b"welcom", PeerEnd::Fin)), count("sent", 6, 7));
    // The recorder's FIN stands behind all that it sent.
    assert_eq!(said(&whole(), &told(b"hello", b"welcome!", PeerEnd::Fin)), count("sent", 8, 7));
    // Even where the recorder ended it, nothing can be read that was not sent.
    assert_eq!(said(&whole(), &told(b"hello!", b"welcome", PeerEnd::Open)), count("received", 6, 5));
}

#[test]
fn a_packet_that_is_missing_is_said() {
    let missing = |direction: &str| {
        format!("of what was {direction} on connection 1, the octet at offset 0 is in no packet, though the kernel dropped none")
    };
    let capture = told(b"hello", b"welcome", PeerEnd::Fin);
    for (index, expected) in [(3, missing("received")), (4, missing("sent"))] {
        let mut packets = whole();
        packets.remove(index);
        assert_eq!(said(&packets, &capture), expected);
    }
    let mut packets = whole();
    packets.remove(5);
    // Its acknowledgment is there: an octet that nothing else explains.
    assert_eq!(
        said(&packets, &capture),
        "of what was received on connection 1, the octet at offset 5 is in no packet, though the kernel dropped none"
    );
}

#[test]
fn a_fin_that_no_packet_has_is_said() {
    let packets = packets(&[client("PA", 100, 500, b"hello"), server("A", 500, 105, b""), client("R", 105, 0, b"")]);
    let expected = "the capture says that the client ended connection 1 by FIN, and no packet has that";
    assert_eq!(said(&packets, &told(b"hello", b"", PeerEnd::Fin)), expected);
}

#[test]
fn of_what_an_abort_or_the_recorder_cut_short_the_capture_is_a_beginning() {
    let aborted = packets(&[client("PA", 100, 500, b"hello"), client("RA", 105, 500, b"")]);
    for received in [&b""[..], b"he", b"hello"] {
        assert_eq!(said(&aborted, &told(received, b"", PeerEnd::Reset)), AGREES);
        assert_eq!(said(&aborted, &told(received, b"", PeerEnd::Open)), AGREES);
    }
    assert!(said(&aborted, &told(b"hx", b"", PeerEnd::Open)).contains("offset 1 is 78"));
}

#[test]
fn of_what_a_client_did_not_wait_for_the_packets_are_a_beginning() {
    // It leaves while the kernel yet has a part of the answer.
    let left = packets(&[server("PA", 500, 100, b"wel"), client("FA", 100, 503, b""), client("R", 101, 0, b"")]);
    assert_eq!(said(&left, &told(b"", b"welcome", PeerEnd::Fin)), AGREES);
    assert_eq!(said(&left, &told(b"", b"welcome", PeerEnd::Reset)), AGREES);
    // All that it says was sent was acknowledged, so there is nothing more.
    assert!(said(&left, &told(b"", b"we", PeerEnd::Fin)).contains("2 octets are in the capture and 3 in the packets"));
}

#[test]
fn packets_that_disagree_with_themselves_are_said() {
    let mut packets = whole();
    packets.insert(4, client("PA", 100, 500, b"hEllo"));
    assert_eq!(
        said(&packets, &told(b"hello", b"welcome", PeerEnd::Fin)),
        "of what was received on connection 1, the octet at offset 1 is 65 in one packet and 45 in a later one"
    );
}

#[test]
fn a_connection_that_is_in_no_packet_is_said() {
    let capture = Told::by(SERVER).open("127.0.0.1:5").close(1, PeerEnd::Open).stop();
    assert_eq!(said(&whole(), &capture), "no packet begins connection 1 of the capture, from 127.0.0.1:5");
}

#[test]
fn what_was_never_accepted_or_is_not_the_recorders_is_no_fault() {
    let mut packets = whole();
    packets.push(built("127.0.0.1:5", SERVER, "S", 1, 0, b""));
    packets.push(built(SERVER, "127.0.0.1:5", "SA", 1, 2, b""));
    packets.push(built("127.0.0.1:6", "127.0.0.1:7", "S", 1, 0, b""));
    packets.push(built("127.0.0.1:7", "127.0.0.1:6", "RA", 0, 2, b""));
    packets.push(built("127.0.0.1:9", "127.0.0.1:7", "S", 1, 0, b""));
    packets.push(built("127.0.0.1:7", "127.0.0.1:9", "RA", 0, 2, b""));
    packets.push(built("[::1]:6", "[::1]:3099", "S", 1, 0, b""));
    packets.push(built("[::1]:3099", "[::1]:6", "RA", 0, 2, b""));
    packets.push(built("127.0.0.1:8", SERVER, "PA", 7, 1, b"began before"));
    let held = held(&packets, &told(b"hello", b"welcome", PeerEnd::Fin));
    assert_eq!(held.finding, Finding::Agrees { connections: 1 });
    let said: Vec<String> = held.remarks.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "it dialled 127.0.0.1:7, where nobody listens (2 times); {port} is 3099",
            "it dialled [::1]:3099, where nobody listens; {host} is 127.0.0.1",
            "a connection from 127.0.0.1:5 to 127.0.0.1:3099 was never accepted by the recorder",
        ]
    );
}

#[test]
fn a_recorder_that_does_not_listen_is_not_elsewhere() {
    let refused = [built("127.0.0.1:6", SERVER, "S", 1, 0, b""), built(SERVER, "127.0.0.1:6", "RA", 0, 2, b"")];
    let held = held(&refused, &Told::by(SERVER).stop());
    let said: Vec<String> = held.remarks.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["it dialled 127.0.0.1:3099, where the recorder did not listen then"]);
    assert_eq!(held.dialled(), None);
}

#[test]
fn what_was_dialled_elsewhere_explains_only_who_never_came() {
    let elsewhere = [built("127.0.0.1:6", "127.0.0.1:7", "S", 1, 0, b""), built("127.0.0.1:7", "127.0.0.1:6", "RA", 0, 2, b"")];
    let never = held(&elsewhere, &Told::by(SERVER).stop());
    assert_eq!(never.dialled(), never.remarks.first());
    let both: Vec<Built> = elsewhere.iter().cloned().chain(whole()).collect();
    let came = held(&both, &told(b"hello", b"welcome", PeerEnd::Fin));
    assert_eq!((came.dialled(), came.remarks.len(), &came.numbers[..]), (None, 1, &[None, Some(1)][..]));
}

#[test]
fn one_octet_a_segment_is_a_remark_and_no_fault() {
    let received = |sizes: &[usize]| {
        let mut at = 0;
        let segments = sizes.iter().map(|size| {
            at += size;
            client("PA", 100 + (at - size) as u32, 500, &b"hello"[at - size..at])
        });
        let segments: Vec<Built> = segments.chain([client("FA", 105, 500, b""), server("FA", 500, 106, b"")]).collect();
        let held = held(&packets(&segments), &told(b"hello", b"", PeerEnd::Fin));
        assert_eq!(held.finding, Finding::Agrees { connections: 1 });
        held.remarks.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(received(&[1; 5]), ["connection 1 received one octet per segment, in 5 segments"]);
    assert_eq!(received(&[1, 1, 1, 2]), [""; 0]);
    assert_eq!(received(&[5]), [""; 0]);
}

#[test]
fn nothing_is_held_against_packets_of_which_some_were_dropped() {
    let mut assembly = assembled(&file(&[]));
    assembly.dropped = 3;
    let capture = told(b"hello", b"welcome", PeerEnd::Fin);
    let held = hold(&assembly, &[address(SERVER)], CaptureReader::new(&capture[..])).unwrap();
    assert_eq!(held.finding, Finding::Dropped(3));
}

#[test]
fn a_unix_socket_has_no_packets() {
    let capture = Told::by("unix:/run/a.sock").open("unix").data(1, b"x").fin(1).close(1, PeerEnd::Fin).stop();
    assert_eq!(held(&[], &capture).finding, Finding::NoPackets);
}

#[test]
fn each_octet_of_a_capture_is_held_against_its_packet() {
    let capture = |received: &[u8], sent: &[u8]| told(received, sent, PeerEnd::Fin);
    for index in 0..5 {
        for bit in 0..8 {
            let mut received = *b"hello";
            received[index] ^= 1 << bit;
            assert_ne!(said(&whole(), &capture(&received, b"welcome")), AGREES);
        }
    }
    for index in 0..7 {
        let mut sent = *b"welcome";
        sent[index] ^= 1;
        assert_ne!(said(&whole(), &capture(b"hello", &sent)), AGREES);
    }
}

#[test]
fn under_tls_digests_of_the_wire_are_held_against_the_packets() {
    let assembly = assembled_of(&whole());
    let judge = |digests: [(Direction, u64, u32); 2]| {
        let capture = told(b"what was in it", b"and in the answer", PeerEnd::Fin);
        let mut witness = Witness::new(&assembly, &[address(SERVER)]);
        for event in CaptureReader::new(&capture[..]) {
            let event = event.unwrap();
            if let Event::Close { connection, .. } = event {
                digests.iter().for_each(|(direction, octets, crc32)| witness.digest(connection, *direction, *octets, *crc32));
            }
            witness.event(&event);
            if let Event::Open { connection, .. } = event {
                witness.encrypted(connection);
            }
        }
        match witness.finish().finding {
            Finding::Disagrees(disagreement) => disagreement.to_string(),
            other => format!("{other:?}"),
        }
    };
    let (hello, welcome) = (crc32fast::hash(b"hello"), crc32fast::hash(b"welcome"));
    let (received, sent) = (Direction::Received, Direction::Sent);
    assert_eq!(judge([(received, 5, hello), (sent, 7, welcome)]), AGREES);
    assert_eq!(
        judge([(received, 5, hello ^ 1), (sent, 7, welcome)]),
        "of what was received on connection 1, the first 5 octets of the packets are not those of which the capture has the digest"
    );
    assert!(judge([(received, 5, hello), (sent, 8, welcome)]).contains("8 octets are in the capture and 7 in the packets"));
}
