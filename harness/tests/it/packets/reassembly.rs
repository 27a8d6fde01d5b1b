//! Streams put together, held against one that does it octet by octet.

use samewire::packets::pcapng::PacketReader;
use samewire::packets::{Assembly, Conflict, Connection, Direction, Limits, Problem, assemble};

use super::support::{Built, CLIENT, Chance, SERVER, assembled, assembled_of, built, file};

const BOTH: [Direction; 2] = [Direction::Received, Direction::Sent];

fn handshake(client: u32, server: u32) -> Vec<Built> {
    vec![
        built(CLIENT, SERVER, "S", client, 0, b""),
        built(SERVER, CLIENT, "SA", server, client.wrapping_add(1), b""),
        built(CLIENT, SERVER, "A", client.wrapping_add(1), server.wrapping_add(1), b""),
    ]
}

fn only(assembly: &Assembly) -> &Connection {
    assert_eq!(assembly.connections.len(), 1);
    &assembly.connections[0]
}

/// What a direction is, octet by octet: the first that came at a place stays.
#[derive(Default)]
struct Naive {
    octets: Vec<Option<u8>>,
    conflict: Option<Conflict>,
}

impl Naive {
    fn take(&mut self, offset: usize, octets: &[u8]) {
        self.octets.resize(self.octets.len().max(offset + octets.len()), None);
        for (index, came) in octets.iter().copied().enumerate() {
            let kept = *self.octets[offset + index].get_or_insert(came);
            if kept != came && self.conflict.is_none() {
                self.conflict = Some(Conflict { offset: (offset + index) as u64, kept, came });
            }
        }
    }

    fn beginning(&self) -> Vec<u8> {
        self.octets.iter().copied().map_while(|octet| octet).collect()
    }
}

/// Pieces of a stream as a bad network carries them: cut anywhere, some twice, some over others, out of order, some lost.
fn pieces(chance: &mut Chance, stream: &[u8], loss: bool, lies: bool) -> Vec<(usize, Vec<u8>)> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < stream.len() {
        let count = 1 + chance.below(400.min(stream.len() - at));
        pieces.push((at, stream[at..at + count].to_vec()));
        if chance.one_in(4) {
            let from = chance.below(stream.len());
            let count = 1 + chance.below(300.min(stream.len() - from));
            pieces.push((from, stream[from..from + count].to_vec()));
        }
        at += count;
    }
    for _ in 0..pieces.len() {
        let (one, far) = (chance.below(pieces.len()), chance.below(8));
        let other = (one + far).min(pieces.len() - 1);
        pieces.swap(one, other);
    }
    if loss {
        pieces.retain(|_| !chance.one_in(12));
    }
    if lies {
        for (_, piece) in &mut pieces {
            if chance.one_in(5) {
                let index = chance.below(piece.len());
                piece[index] ^= 0x40;
            }
        }
    }
    pieces
}

#[test]
fn streams_are_those_of_one_who_places_each_octet() {
    for seed in 0..400 {
        let mut chance = Chance(seed);
        let (loss, lies) = (seed % 3 == 1, seed % 5 == 2);
        let first = match seed % 4 {
            0 => u32::MAX - chance.below(5000) as u32,
            _ => chance.number() as u32,
        };
        let firsts = [first, chance.number() as u32];
        let mut segments = handshake(firsts[0].wrapping_sub(1), firsts[1].wrapping_sub(1));
        let mut naive = [Naive::default(), Naive::default()];
        let streams = [(); 2].map(|()| {
            let count = chance.below(20_000);
            chance.octets(count)
        });
        let mut left = [pieces(&mut chance, &streams[0], loss, lies), pieces(&mut chance, &streams[1], loss, lies)];
        left.iter_mut().for_each(|pieces| pieces.reverse());
        while left.iter().any(|pieces| !pieces.is_empty()) {
            let side = chance.below(2);
            let Some((offset, octets)) = left[side].pop() else { continue };
            naive[side].take(offset, &octets);
            let (source, target) = if side == 0 { (CLIENT, SERVER) } else { (SERVER, CLIENT) };
            segments.push(built(source, target, "PA", firsts[side].wrapping_add(offset as u32), firsts[1 - side], &octets));
        }
        let ends: Vec<u32> = (0..2).map(|side| firsts[side].wrapping_add(streams[side].len() as u32)).collect();
        segments.push(built(CLIENT, SERVER, "FA", ends[0], firsts[1], b""));
        segments.push(built(SERVER, CLIENT, "FA", ends[1], ends[0].wrapping_add(1), b""));
        segments.push(built(CLIENT, SERVER, "A", ends[0].wrapping_add(1), ends[1].wrapping_add(1), b""));

        let assembly = assembled_of(&segments);
        let connection = only(&assembly);
        for (side, direction) in BOTH.into_iter().enumerate() {
            let (stream, expected) = (connection.stream(direction), naive[side].beginning());
            assert!(stream.octets() == expected, "seed {seed}, {direction}: {} of {}", stream.octets().len(), expected.len());
            let is_whole = expected.len() == streams[side].len();
            assert_eq!(connection.gap(direction), (!is_whole).then_some(expected.len() as u64), "seed {seed}");
            assert_eq!(stream.end(), Some(streams[side].len() as u64));
            assert_eq!(stream.conflict().is_some(), naive[side].conflict.is_some(), "seed {seed}, {direction}");
            if !loss && !lies {
                assert!(stream.octets() == streams[side]);
                assert_eq!(connection.problem(), None);
                assert!(stream.is_end_acknowledged());
                assert_eq!(stream.acknowledged(), streams[side].len() as u64);
            }
        }
    }
}

#[test]
fn of_two_segments_that_disagree_the_first_wins_and_that_is_said() {
    let mut segments = handshake(99, 499);
    segments.push(built(CLIENT, SERVER, "PA", 100, 500, b"hello"));
    segments.push(built(CLIENT, SERVER, "PA", 102, 500, b"LlO world"));
    let assembly = assembled_of(&segments);
    let connection = only(&assembly);
    assert_eq!(connection.stream(Direction::Received).octets(), b"hello world");
    let conflict = Conflict { offset: 2, kept: b'l', came: b'L' };
    assert_eq!(connection.problem(), Some(Problem::Conflict { direction: Direction::Received, conflict }));
    assert_eq!(
        connection.problem().unwrap().to_string(),
        "packets disagree: the octet at offset 2 of what was received is 6c in one and 4c in a later one"
    );
}

#[test]
fn a_gap_is_told_by_its_offset() {
    let mut segments = handshake(99, 499);
    segments.push(built(CLIENT, SERVER, "PA", 100, 500, b"0123"));
    segments.push(built(CLIENT, SERVER, "PA", 106, 500, b"6789"));
    let assembly = assembled_of(&segments);
    let gap = Problem::Gap { direction: Direction::Received, offset: 4 };
    assert_eq!(only(&assembly).problem(), Some(gap));
    assert_eq!(gap.to_string(), "packets are missing: the octet at offset 4 of what was received is in none");
}

#[test]
fn what_was_acknowledged_and_not_seen_is_a_gap_at_the_end() {
    let mut segments = handshake(99, 499);
    segments.push(built(CLIENT, SERVER, "PA", 100, 500, b"0123"));
    segments.push(built(SERVER, CLIENT, "A", 500, 110, b""));
    segments.push(built(CLIENT, SERVER, "R", 110, 0, b""));
    assert_eq!(only(&assembled_of(&segments)).gap(Direction::Received), Some(4));
}

#[test]
fn what_an_aborted_connection_lost_unacknowledged_is_no_gap() {
    let mut segments = handshake(99, 499);
    segments.push(built(CLIENT, SERVER, "PA", 100, 500, b"0123"));
    segments.push(built(CLIENT, SERVER, "PA", 106, 500, b"6789"));
    segments.push(built(SERVER, CLIENT, "RA", 500, 104, b""));
    let assembly = assembled_of(&segments);
    assert_eq!(only(&assembly).gap(Direction::Received), None);
    assert_eq!(only(&assembly).problem(), None);
    assert!(only(&assembly).reset_ns(Direction::Sent).is_some());
}

#[test]
fn a_probe_that_says_another_octet_is_no_conflict() {
    let mut segments = handshake(99, 499);
    segments.push(built(CLIENT, SERVER, "A", 99, 500, b"\0"));
    segments.push(built(CLIENT, SERVER, "PA", 100, 500, b"hello"));
    segments.push(built(SERVER, CLIENT, "A", 500, 105, b""));
    segments.push(built(CLIENT, SERVER, "A", 104, 500, b"\0"));
    let assembly = assembled_of(&segments);
    assert_eq!(only(&assembly).stream(Direction::Received).conflict(), None);
    assert_eq!(only(&assembly).stream(Direction::Received).octets(), b"hello");
}

#[test]
fn a_connection_that_began_before_is_said_and_left_out() {
    let segments = [
        built(CLIENT, SERVER, "PA", 100, 500, b"tail"),
        built(SERVER, CLIENT, "A", 500, 104, b""),
        built("[::1]:5", "[::1]:6", "FA", 1, 1, b""),
    ];
    let mut assembly = assembled_of(&segments);
    assert!(assembly.connections.is_empty());
    assembly.began_before.sort();
    let told: Vec<String> = assembly.began_before.iter().map(|(one, other)| format!("{one} {other}")).collect();
    assert_eq!(told, [format!("{SERVER} {CLIENT}"), "[::1]:5 [::1]:6".to_owned()]);
}

#[test]
fn a_connection_without_an_end_was_cut() {
    let mut segments = handshake(99, 499);
    segments.push(built(CLIENT, SERVER, "PFA", 100, 500, b"x"));
    assert_eq!(only(&assembled_of(&segments)).problem(), Some(Problem::Cut));
    segments.push(built(SERVER, CLIENT, "FA", 500, 102, b""));
    assert_eq!(only(&assembled_of(&segments)).problem(), None);
}

#[test]
fn a_syn_that_nobody_answers_and_one_that_is_refused() {
    let mut segments = vec![built(CLIENT, SERVER, "S", 99, 0, b"")];
    assert_eq!(only(&assembled_of(&segments)).problem(), Some(Problem::NeverAccepted));
    assert!(!only(&assembled_of(&segments)).is_refused());
    segments.push(built(SERVER, CLIENT, "RA", 0, 100, b""));
    assert!(only(&assembled_of(&segments)).is_refused());
}

#[test]
fn the_same_addresses_again_are_another_connection() {
    let mut segments = handshake(99, 499);
    segments.push(built(CLIENT, SERVER, "PFA", 100, 500, b"one"));
    segments.push(built(SERVER, CLIENT, "FA", 500, 104, b""));
    segments.push(built(CLIENT, SERVER, "A", 104, 501, b""));
    segments.extend(handshake(70_000, 80_000));
    // The SYN once more: the same connection.
    segments.push(built(CLIENT, SERVER, "S", 70_000, 0, b""));
    segments.push(built(CLIENT, SERVER, "PA", 70_001, 80_001, b"two"));
    let assembly = assembled_of(&segments);
    let octets: Vec<&[u8]> =
        assembly.connections.iter().map(|connection| connection.stream(Direction::Received).octets()).collect();
    assert_eq!(octets, [&b"one"[..], b"two"]);
}

#[test]
fn a_connection_whose_syn_was_missed_is_known_by_the_answer() {
    let mut segments = handshake(99, 499);
    segments.remove(0);
    segments.push(built(CLIENT, SERVER, "PFA", 100, 500, b"hello"));
    let assembly = assembled_of(&segments);
    assert_eq!(only(&assembly).client(), CLIENT.parse().unwrap());
    assert_eq!(only(&assembly).stream(Direction::Received).octets(), b"hello");
}

#[test]
fn an_answer_whose_beginning_was_missed_is_said() {
    let mut segments = handshake(99, 499);
    segments.remove(1);
    segments.push(built(SERVER, CLIENT, "PA", 500, 100, b"hello"));
    let assembly = assembled_of(&segments);
    // It answered, so it was accepted; where its octets begin, nobody knows.
    assert_eq!(only(&assembly).problem(), Some(Problem::NoBeginning(Direction::Sent)));
}

#[test]
fn replies_are_placed_by_what_was_acknowledged_when_they_were_sent() {
    let mut segments = handshake(99, 499);
    segments.push(built(SERVER, CLIENT, "PA", 500, 100, b"220 hello\r\n"));
    segments.push(built(CLIENT, SERVER, "PA", 100, 511, b"EHLO x\r\n"));
    segments.push(built(SERVER, CLIENT, "PA", 511, 108, b"250-a\r\n"));
    segments.push(built(SERVER, CLIENT, "PA", 518, 108, b"250 b\r\n"));
    segments.push(built(CLIENT, SERVER, "PA", 108, 525, b"QUIT\r\n"));
    // The answer to QUIT came in two segments, the first of which was seen only when it was sent again.
    segments.push(built(SERVER, CLIENT, "PA", 529, 114, b"bye\r\n"));
    segments.push(built(CLIENT, SERVER, "FA", 114, 525, b""));
    segments.push(built(SERVER, CLIENT, "PA", 525, 115, b"221 "));
    segments.push(built(SERVER, CLIENT, "FA", 534, 115, b""));
    let assembly = assembled_of(&segments);
    let stream = only(&assembly).stream(Direction::Sent);
    assert_eq!(stream.octets(), b"220 hello\r\n250-a\r\n250 b\r\n221 bye\r\n");
    let marks: Vec<(u64, u64)> = stream.marks().iter().map(|mark| (mark.offset, mark.acknowledged)).collect();
    assert_eq!(marks, [(0, 0), (11, 8), (25, 14)]);
    assert_eq!(stream.end(), Some(34));
}

#[test]
fn a_reply_that_was_seen_late_was_sent_before_what_is_behind_it() {
    let mut segments = handshake(99, 499);
    segments.push(built(CLIENT, SERVER, "PA", 100, 500, b"hello"));
    segments.push(built(SERVER, CLIENT, "PA", 504, 105, b"behind"));
    segments.push(built(CLIENT, SERVER, "PA", 105, 500, b"more"));
    segments.push(built(SERVER, CLIENT, "PA", 500, 109, b"late"));
    let assembly = assembled_of(&segments);
    let stream = only(&assembly).stream(Direction::Sent);
    assert_eq!(stream.octets(), b"latebehind");
    let marks: Vec<(u64, u64)> = stream.marks().iter().map(|mark| (mark.offset, mark.acknowledged)).collect();
    assert_eq!(marks, [(0, 5)]);
}

#[test]
fn who_ended_first_is_told_with_what_it_had_of_the_other() {
    for (flags, is_reset) in [("FA", false), ("RA", true)] {
        let mut segments = handshake(99, 499);
        segments.push(built(CLIENT, SERVER, "PA", 100, 500, b"QUIT\r\n"));
        segments.push(built(CLIENT, SERVER, "PA", 106, 500, b"not read"));
        segments.push(built(SERVER, CLIENT, flags, 500, 106, b""));
        segments.push(built(CLIENT, SERVER, "FA", 114, 501, b""));
        let assembly = assembled_of(&segments);
        let end = only(&assembly).first_end().unwrap();
        assert_eq!((end.direction, end.is_reset, end.acknowledged), (Direction::Sent, is_reset, 6));
    }
}

#[test]
fn memory_is_bounded_and_what_does_not_fit_is_said() {
    let mut segments = handshake(99, 499);
    for index in 0..100_u32 {
        segments.push(built(CLIENT, SERVER, "PA", 100 + index * 1000, 500, &[7; 1000]));
    }
    let frames: Vec<Vec<u8>> = segments.iter().map(Built::frame).collect();
    let octets = file(&frames);
    let limits = Limits { octets: 50_000, ..Limits::default() };
    let assembly = assemble(PacketReader::new(&octets[..]).unwrap(), limits).unwrap();
    assert_eq!(only(&assembly).problem(), Some(Problem::TooLarge));
    assert!(only(&assembly).stream(Direction::Received).octets().is_empty());
}

#[test]
fn pieces_of_one_octet_behind_a_gap_cost_what_they_take() {
    let mut segments = handshake(99, 499);
    for index in 0..1000_u32 {
        segments.push(built(CLIENT, SERVER, "PA", 101 + index * 2, 500, b"x"));
    }
    let frames: Vec<Vec<u8>> = segments.iter().map(Built::frame).collect();
    let octets = file(&frames);
    let limits = Limits { octets: 50_000, ..Limits::default() };
    let assembly = assemble(PacketReader::new(&octets[..]).unwrap(), limits).unwrap();
    assert!(only(&assembly).is_too_large());
}

#[test]
fn connections_beyond_the_limit_are_counted() {
    let segments: Vec<Built> =
        (0..50).map(|port| built(&format!("127.0.0.1:{}", 40_000 + port), SERVER, "S", 99, 0, b"")).collect();
    let frames: Vec<Vec<u8>> = segments.iter().map(Built::frame).collect();
    let octets = file(&frames);
    let limits = Limits { connections: 20, ..Limits::default() };
    let assembly = assemble(PacketReader::new(&octets[..]).unwrap(), limits).unwrap();
    assert_eq!((assembly.connections.len(), assembly.unread.beyond), (20, 30));
}

#[test]
fn a_table_has_the_first_packets_and_the_last() {
    let mut segments = handshake(99, 499);
    for index in 0..1000_u32 {
        segments.push(built(CLIENT, SERVER, "PA", 100 + index, 500, b"x"));
    }
    let assembly = assembled_of(&segments);
    let rows = only(&assembly).rows(Limits::ROWS);
    assert_eq!((rows.first.len(), rows.left_out, rows.last.len()), (100, 803, 100));
    assert_eq!((rows.first[0].sequence, rows.first[0].acknowledged), (Some(0), None));
    assert_eq!((rows.first[1].sequence, rows.first[1].acknowledged), (Some(0), Some(1)));
    assert_eq!((rows.first[3].sequence, rows.first[3].acknowledged), (Some(1), Some(1)));
    assert_eq!(rows.last[99].sequence, Some(1000));
    let few = only(&assembly).rows(5);
    assert_eq!((few.first.len(), few.left_out, few.last.len()), (3, 998, 2));
    assert_eq!(few.last[1], rows.last[99]);
}

#[test]
fn hostile_segments_never_panic() {
    for seed in 0..300 {
        let mut chance = Chance(seed);
        let addresses = [CLIENT, SERVER, "127.0.0.1:1", "127.0.0.1:1"];
        let segments: Vec<Built> = (0..60)
            .map(|_| {
                let flags: String = "SAFRP".chars().filter(|_| chance.one_in(3)).collect();
                let near = |chance: &mut Chance| match chance.below(4) {
                    0 => chance.number() as u32,
                    1 => u32::MAX - chance.below(10) as u32,
                    2 => 0x8000_0000_u32.wrapping_add(chance.below(10) as u32),
                    _ => chance.below(30) as u32,
                };
                let (sequence, acknowledgment) = (near(&mut chance), near(&mut chance));
                let count = chance.below(20);
                let (source, target) = (addresses[chance.below(4)], addresses[chance.below(4)]);
                built(source, target, &flags, sequence, acknowledgment, &chance.octets(count))
            })
            .collect();
        for connection in &assembled_of(&segments).connections {
            let _ = (connection.problem(), connection.rows(7), connection.stream(Direction::Sent).marks());
        }
    }
}

#[test]
fn a_file_without_packets_has_no_connections() {
    assert!(assembled(&file(&[])).connections.is_empty());
}

#[test]
fn of_two_beginnings_of_a_server_the_one_counts_that_its_client_goes_by() {
    // As behind a balancer, where two machines answer one SYN that came twice.
    for (taken, late) in [(70, false), (70, true), (900, false)] {
        let mut segments = vec![built(CLIENT, SERVER, "S", 1, 0, b""), built(SERVER, CLIENT, "SA", 70, 2, b"")];
        let other = built(SERVER, CLIENT, "SA", 900, 2, b"");
        let session = [
            built(CLIENT, SERVER, "A", 2, taken + 1, b""),
            built(CLIENT, SERVER, "PA", 2, taken + 1, b"GET"),
            built(SERVER, CLIENT, "PFA", taken + 1, 5, b"200"),
            built(CLIENT, SERVER, "FA", 5, taken + 5, b""),
        ];
        segments.extend(session);
        segments.insert(if late { 4 } else { 2 }, other);
        let assembly = assembled_of(&segments);
        let connection = only(&assembly);
        assert_eq!(connection.problem(), None, "{taken}");
        assert_eq!(BOTH.map(|direction| connection.stream(direction).octets()), [b"GET", b"200"], "{taken}");
    }
}

#[test]
fn octets_before_the_beginning_of_a_stream_are_a_problem_and_not_left_out() {
    let mut segments = handshake(1, 70);
    segments.push(built(CLIENT, SERVER, "PA", 2, 71, b"GET"));
    segments.push(built(SERVER, CLIENT, "PFA", 40, 5, b"200"));
    segments.push(built(CLIENT, SERVER, "FA", 5, 44, b""));
    assert_eq!(only(&assembled_of(&segments)).problem(), Some(Problem::NoBeginning(Direction::Sent)));
}
