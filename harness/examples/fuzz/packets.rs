//! Files of packets that are right: both formats, in both orders of octets, with what networks do.

use etherparse::{PacketBuilder, TcpHeader};
use samewire::packets::LinkType;
use samewire::packets::pcapng::PacketWriter;

/// When the first packet passed, in seconds since 1970.
const BEGIN: u32 = 1_780_000_000;

/// Who sends (the client is 0), flags as letters of `SAFR`, how far its stream and the other's had gone, and the octets.
type Step = (usize, &'static str, u32, u32, &'static [u8]);

/// Two connections one after the other. Segments come again, out of order, and over each other.
const STEPS: &[Step] = &[
    (0, "S", 0, 0, b""),
    (1, "SA", 0, 1, b""),
    (0, "A", 1, 1, b""),
    (1, "A", 1, 1, b"220 ready\r\n"),
    (0, "A", 7, 12, b"a.example\r\n"),
    (0, "A", 1, 12, b"HELO a.ex"),
    (0, "A", 1, 12, b"HELO a."),
    (1, "A", 12, 18, b"250 \xff\0\r\n"),
    (0, "FA", 18, 20, b""),
    (1, "FA", 20, 19, b""),
    (0, "A", 19, 21, b""),
    (0, "S", 5000, 0, b""),
    (1, "SA", 9000, 5001, b""),
    (0, "A", 5001, 9001, b"x"),
    (1, "R", 9001, 5002, b""),
];

/// With a capture of ours beside them.
pub(crate) fn corpus(capture: Vec<u8>) -> Vec<Vec<u8>> {
    let frames: Vec<Vec<u8>> = STEPS.iter().map(frame).collect();
    vec![pcapng(&frames), pcap(&frames, 0xa1b2_c3d4, u32::to_le_bytes), pcap(&frames, 0xa1b2_3c4d, u32::to_be_bytes), capture]
}

fn frame((sender, flags, sequence, acknowledgment, data): &Step) -> Vec<u8> {
    let ends = [([10, 0, 0, 1], 40_000), ([10, 0, 0, 2], 25)];
    let ((source, source_port), (target, target_port)) = (ends[*sender], ends[1 - sender]);
    // Near the end of what 32 bits can count.
    let mut tcp = TcpHeader::new(source_port, target_port, sequence.wrapping_sub(9), 512);
    tcp.acknowledgment_number = acknowledgment.wrapping_sub(9);
    let has = |flag| flags.contains(flag);
    (tcp.syn, tcp.ack, tcp.fin, tcp.rst) = (has('S'), has('A'), has('F'), has('R'));
    let builder = PacketBuilder::ethernet2([0; 6], [0; 6]).ipv4(source, target, 64).tcp_header(tcp);
    let mut frame = Vec::new();
    builder.write_to_vec(&mut frame, data).expect("a frame");
    frame
}

fn pcapng(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut writer = PacketWriter::new(Vec::new(), "a fuzzer").expect("a file");
    let lo = writer.interface(LinkType::Ethernet, "lo").expect("an interface");
    for (index, frame) in (0..).zip(frames) {
        writer.packet(lo, i64::from(BEGIN) * 1_000_000_000 + index, frame, frame.len()).expect("a packet");
    }
    writer.into_inner()
}

fn pcap(frames: &[Vec<u8>], magic: u32, number: fn(u32) -> [u8; 4]) -> Vec<u8> {
    let length = |frame: &Vec<u8>| u32::try_from(frame.len()).expect("a short frame");
    let numbers = |numbers: &[u32]| numbers.iter().flat_map(|value| number(*value)).collect::<Vec<_>>();
    let version = number(0x0002_0004);
    // Two numbers of 16 bits, each in the order of the file.
    let version = if version[0] == 0 { [0, 2, 0, 4] } else { [2, 0, 4, 0] };
    let mut file = [&number(magic)[..], &version, &numbers(&[0, 0, 65_535, 1])].concat();
    for frame in frames {
        file.extend(numbers(&[BEGIN, 0, length(frame), length(frame)]));
        file.extend(frame);
    }
    file
}
