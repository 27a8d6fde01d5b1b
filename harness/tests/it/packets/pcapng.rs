//! Files of packets: written for Wireshark, read from anybody.

use std::fs;

use samewire::packets::LinkType;
use samewire::packets::pcapng::{Ending, PacketReader, PacketWriter, ReadError, Statistics, add_secrets};

use super::support::{CLIENT, Chance, SERVER, are_there, built, file, tshark};

#[derive(Debug, PartialEq)]
struct Read {
    stamp_ns: i64,
    link: LinkType,
    octets: Vec<u8>,
    original: usize,
}

fn read(file: &[u8]) -> Result<(Vec<Read>, u64, Option<Ending>), ReadError> {
    let mut reader = PacketReader::new(file)?;
    let mut packets = Vec::new();
    while let Some(packet) = reader.next()? {
        assert_eq!(packet.number, packets.len() as u64 + 1);
        let (stamp_ns, link, original) = (packet.stamp_ns, packet.link, packet.original);
        packets.push(Read { stamp_ns, link, octets: packet.octets.to_vec(), original });
    }
    assert!(reader.next()?.is_none());
    Ok((packets, reader.dropped(), reader.ending()))
}

fn written() -> Vec<u8> {
    let mut writer = PacketWriter::new(Vec::new(), "samewire 0.1.0").unwrap();
    let lo = writer.interface(LinkType::Ethernet, "lo").unwrap();
    let any = writer.interface(LinkType::Cooked2, "any").unwrap();
    let frame = built(CLIENT, SERVER, "S", 7, 0, b"").frame();
    writer.packet(lo, 1_769_853_600_123_456_789, &frame, frame.len()).unwrap();
    writer.packet(any, 1_769_853_600_123_456_790, &frame[..17], 1000).unwrap();
    let statistics =
        Statistics { start_ns: 1_769_853_600_000_000_000, end_ns: 1_769_853_601_000_000_001, received: 2, dropped: 3 };
    writer.statistics(lo, &statistics).unwrap();
    writer.into_inner()
}

#[test]
fn what_is_written_is_read() {
    let (packets, dropped, ending) = read(&written()).unwrap();
    let frame = built(CLIENT, SERVER, "S", 7, 0, b"").frame();
    let first =
        Read { stamp_ns: 1_769_853_600_123_456_789, link: LinkType::Ethernet, original: frame.len(), octets: frame.clone() };
    let second =
        Read { stamp_ns: 1_769_853_600_123_456_790, link: LinkType::Cooked2, original: 1000, octets: frame[..17].to_vec() };
    assert_eq!(packets, [first, second]);
    assert_eq!((dropped, ending), (3, Some(Ending::Whole)));
}

#[test]
fn tshark_reads_what_is_written_to_the_nanosecond() {
    if !are_there(&["tshark", "capinfos"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.pcapng");
    fs::write(&path, written()).unwrap();
    let told = tshark(
        &path,
        &["-T", "fields", "-e", "frame.time_epoch", "-e", "frame.interface_name", "-e", "frame.cap_len", "-e", "frame.len"],
    );
    assert_eq!(told, "1769853600.123456789\tlo\t54\t54\n1769853600.123456790\tany\t17\t1000\n");
    let capinfos = std::process::Command::new("capinfos").arg(&path).output().unwrap();
    let told = String::from_utf8(capinfos.stdout).unwrap();
    assert!(told.contains("samewire 0.1.0") && told.contains("Number of interfaces in file: 2"), "{told}");
}

#[test]
fn a_file_that_is_cut_anywhere_is_true_up_to_there() {
    let whole = written();
    let all = read(&whole).unwrap().0;
    let mut ends = 0;
    for length in 0..whole.len() {
        match read(&whole[..length]) {
            Ok((packets, _, ending)) => {
                assert_eq!(packets[..], all[..packets.len()]);
                ends += usize::from(ending == Some(Ending::Whole));
            }
            Err(error) => assert!(length < 4, "{length}: {error}"),
        }
    }
    // Behind each of the six blocks but the last.
    assert_eq!(ends, 5);
}

/// pcap, with `magic` in one order of octets.
fn classic(magic: u32, is_big: bool, units: u32) -> Vec<u8> {
    let word = |value: u32| if is_big { value.to_be_bytes() } else { value.to_le_bytes() };
    let half = |value: u16| if is_big { value.to_be_bytes() } else { value.to_le_bytes() };
    let frame = built(CLIENT, SERVER, "PA", 7, 9, b"hello").frame();
    let mut file = word(magic).to_vec();
    file.extend([half(2), half(4)].concat());
    file.extend([word(0), word(0), word(65_535), word(1)].concat());
    for second in [100, 101] {
        file.extend([word(second), word(units), word(frame.len() as u32), word(frame.len() as u32)].concat());
        file.extend(if magic == 0xa1b2_cd34 { vec![0; 8] } else { Vec::new() });
        file.extend(&frame);
    }
    file
}

#[test]
fn pcap_is_read_in_both_orders_and_both_resolutions() {
    for (magic, units, stamp_ns) in [
        (0xa1b2_c3d4, 999_999, 100_999_999_000),
        (0xa1b2_3c4d, 999_999_999, 100_999_999_999),
        (0xa1b2_cd34, 999_999, 100_999_999_000),
    ] {
        for is_big in [false, true] {
            let file = classic(magic, is_big, units);
            let (packets, _, ending) = read(&file).unwrap();
            let frame = built(CLIENT, SERVER, "PA", 7, 9, b"hello").frame();
            assert_eq!((packets.len(), ending), (2, Some(Ending::Whole)));
            let first = Read { stamp_ns, link: LinkType::Ethernet, original: frame.len(), octets: frame };
            assert_eq!(packets[0], first);
            for length in 0..file.len() {
                if let Ok((packets, ..)) = read(&file[..length]) {
                    assert!(packets.len() < 2 && packets.iter().all(|packet| *packet == first));
                }
            }
        }
    }
}

/// A block of pcapng in big order.
fn big(kind: u32, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u32 + 12).to_be_bytes();
    [&kind.to_be_bytes()[..], &length, body, &length].concat()
}

fn big_section() -> Vec<u8> {
    big(0x0a0d_0d0a, &[0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255])
}

fn option(number: u16, value: &[u8]) -> Vec<u8> {
    let mut option = [&number.to_be_bytes()[..], &(value.len() as u16).to_be_bytes(), value].concat();
    option.resize(option.len().next_multiple_of(4), 0);
    option
}

/// An interface of Ethernet with these options.
fn big_interface(most: u32, options: &[Vec<u8>]) -> Vec<u8> {
    big(1, &[&[0, 1, 0, 0][..], &most.to_be_bytes(), &options.concat(), &option(0, b"")].concat())
}

fn big_packet(interface: u32, units: u64, octets: &[u8]) -> Vec<u8> {
    let length = (octets.len() as u32).to_be_bytes();
    big(6, &[&interface.to_be_bytes()[..], &units.to_be_bytes(), &length, &length, octets].concat())
}

#[test]
fn sections_in_the_other_order_have_stamps_in_any_resolution() {
    let resolutions: [(&[Vec<u8>], u64, i64); 6] = [
        (&[], 1_500_000, 1_500_000_000),
        (&[option(9, &[3])], 1500, 1_500_000_000),
        (&[option(9, &[12])], 1_500_000_000_999, 1_500_000_000),
        (&[option(9, &[0x80 | 32])], 3 << 31, 1_500_000_000),
        (&[option(9, &[9]), option(14, &10_i64.to_be_bytes())], 1_500_000_000, 11_500_000_000),
        (&[option(9, &[0xff]), option(14, &(-1_i64).to_be_bytes())], u64::MAX, -1_000_000_000),
    ];
    let mut octets = big_section();
    resolutions.iter().for_each(|(options, ..)| octets.extend(big_interface(0, options)));
    for (interface, (_, units, _)) in resolutions.iter().enumerate() {
        octets.extend(big_packet(interface as u32, *units, b"abcd"));
    }
    let (packets, ..) = read(&octets).unwrap();
    let stamps: Vec<i64> = packets.iter().map(|packet| packet.stamp_ns).collect();
    assert_eq!(stamps, resolutions.map(|(.., stamp)| stamp));
}

#[test]
fn drops_are_those_of_all_interfaces_and_sections() {
    let statistics = |interface: u32, number: u16, dropped: u64| {
        big(5, &[&interface.to_be_bytes()[..], &[0; 8], &option(number, &dropped.to_be_bytes()), &option(0, b"")].concat())
    };
    let mut octets = big_section();
    octets.extend([big_interface(0, &[]), big_interface(0, &[])].concat());
    // The later of one interface counts what the earlier did.
    octets.extend([statistics(0, 7, 2), statistics(0, 7, 5), statistics(1, 5, 10)].concat());
    octets.extend(written());
    let (packets, dropped, _) = read(&octets).unwrap();
    assert_eq!((packets.len(), dropped), (2, 18));
}

#[test]
fn simple_packets_and_old_ones_are_read() {
    let mut octets = [big_section(), big_interface(6, &[])].concat();
    octets.extend(big(3, &[&8_u32.to_be_bytes()[..], b"abcdef\0\0"].concat()));
    octets.extend(big(2, &[&[0, 0, 0, 9][..], &7_u64.to_be_bytes(), &[0, 0, 0, 3, 0, 0, 0, 5], b"xyz\0"].concat()));
    octets.extend(big(0x4000_0bad, b"what nobody knows is passed over"));
    let (packets, _, ending) = read(&octets).unwrap();
    let first = Read { stamp_ns: 0, link: LinkType::Ethernet, octets: b"abcdef".to_vec(), original: 8 };
    let second = Read { stamp_ns: 7000, link: LinkType::Ethernet, octets: b"xyz".to_vec(), original: 5 };
    assert_eq!(packets, [first, second]);
    assert_eq!(ending, Some(Ending::Whole));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let section = big_section();
    let at = section.len();
    let said = |file: &[u8]| read(file).map(|_| ()).unwrap_err().to_string();
    let cases: [(Vec<u8>, String); 9] = [
        (
            b"{\"event\":\"start\"".to_vec(),
            "the block at octet 0 is neither pcap nor pcapng; `tcpdump -w FILE` and Wireshark write such files".into(),
        ),
        (Vec::new(), "the block at octet 0 is neither pcap nor pcapng; `tcpdump -w FILE` and Wireshark write such files".into()),
        (
            b"\x1f\x8b\x08\0".to_vec(),
            "the block at octet 0 is compressed; decompress the file first, with gunzip, unzstd, unxz, lz4 or the like".into(),
        ),
        (big(0x0a0d_0d0a, &[0; 16]), "the block at octet 0 is a section header with an unknown byte order".into()),
        (
            big(0x0a0d_0d0a, &[0x1a, 0x2b, 0x3c, 0x4d, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            "the block at octet 0 is of pcapng version 2, and only 1 is known".into(),
        ),
        (
            [section.clone(), big_packet(0, 0, b"abcd")].concat(),
            format!("the block at octet {at} is of interface 0, which is not described before it"),
        ),
        (
            [&section[..], &6_u32.to_be_bytes(), &0x7fff_fff0_u32.to_be_bytes(), &[0; 20]].concat(),
            format!("the block at octet {at} claims 2147483632 octets; more than 16777216 are not read"),
        ),
        (
            [&section[..], &6_u32.to_be_bytes(), &4_u32.to_be_bytes(), &[0; 20]].concat(),
            format!("the block at octet {at} has a length that does not fit what is in it"),
        ),
        (
            [&section[..], &big_interface(0, &[]), &big(6, &[&[0; 12][..], &99_u32.to_be_bytes(), &[0; 8]].concat())].concat(),
            format!("the block at octet {} has a length that does not fit what is in it", at + 24),
        ),
    ];
    for (file, expected) in cases {
        assert_eq!(said(&file), expected);
    }
}

#[test]
fn interfaces_are_bounded() {
    let interface = big_interface(0, &[]);
    let octets = [big_section(), interface.repeat(4097)].concat();
    assert!(read(&octets).unwrap_err().to_string().ends_with("describes more interfaces than any file has"));
    assert!(read(&octets[..octets.len() - interface.len()]).is_ok());
}

#[test]
fn flipped_bits_never_panic_nor_take_more_than_there_is() {
    let frames: Vec<Vec<u8>> = (0..4).map(|index| built(CLIENT, SERVER, "PA", index, 1, &[1; 30]).frame()).collect();
    let mut simple = [big_section(), big_interface(6, &[option(9, &[0x89])])].concat();
    simple.extend(big(3, &[&8_u32.to_be_bytes()[..], b"abcdef\0\0"].concat()));
    for whole in [file(&frames), written(), simple, classic(0xa1b2_3c4d, true, 5)] {
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Ok((packets, ..)) = read(&flipped) {
                assert!(packets.iter().map(|packet| packet.octets.len()).sum::<usize>() <= flipped.len());
            }
        }
        for seed in 0..2000 {
            let mut chance = Chance(seed);
            let mut damaged = whole.clone();
            for _ in 0..1 + chance.below(8) {
                let at = chance.below(damaged.len());
                damaged[at] = if chance.one_in(3) { 0xff } else { chance.number() as u8 };
            }
            let _ = read(&damaged);
        }
    }
}

#[test]
fn a_reader_that_gives_one_octet_at_a_time_is_read() {
    struct Slow<'a>(&'a [u8]);
    impl std::io::Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let count = buffer.len().min(1);
            std::io::Read::read(&mut self.0, &mut buffer[..count])
        }
    }
    let octets = written();
    let mut reader = PacketReader::new(Slow(&octets)).unwrap();
    let mut count = 0;
    while reader.next().unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 2);
}

#[test]
fn keys_are_put_before_the_packets_that_they_open() {
    if !are_there(&["tshark", "capinfos"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.pcapng");
    fs::write(&path, written()).unwrap();
    let keys = b"CLIENT_RANDOM 00 11\n";
    add_secrets(&path, keys).unwrap();
    let octets = fs::read(&path).unwrap();
    assert_eq!(read(&octets).unwrap(), read(&written()).unwrap());
    let section = u32::from_ne_bytes(octets[4..8].try_into().unwrap()) as usize;
    assert_eq!(octets[section..section + 4], 10_u32.to_ne_bytes());
    assert_eq!(&octets[section + 16..][..keys.len()], keys);
    assert_eq!(tshark(&path, &["-T", "fields", "-e", "frame.number"]), "1\n2\n");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let other = folder.path().join("other");
    fs::write(&other, "no packets at all").unwrap();
    let said = add_secrets(&other, keys).unwrap_err().to_string();
    assert!(said.ends_with("it is not a pcapng in this machine's byte order"), "{said}");
    assert_eq!(fs::read(&other).unwrap(), b"no packets at all");
}
