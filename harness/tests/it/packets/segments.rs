//! Segments taken out of packets of every link type.

use samewire::packets::{LinkType, NotTcp, Segment};

use super::support::{CLIENT, Chance, SERVER, address, built};

fn ip(frame: &[u8]) -> &[u8] {
    &frame[14..]
}

/// The same packet in every link type, and what its sizes are called.
fn dressed(frame: &[u8]) -> Vec<(LinkType, Vec<u8>, String)> {
    let version: u16 = if frame[14] >> 4 == 4 { 0x0800 } else { 0x86dd };
    let ether_type = version.to_be_bytes();
    let with = |head: &[u8]| [head, ip(frame)].concat();
    let loopback = |order: [u8; 4]| with(&order);
    let mut cooked = [0; 16];
    cooked[14..].copy_from_slice(&ether_type);
    let mut cooked2 = [0; 20];
    cooked2[..2].copy_from_slice(&ether_type);
    let vlan = [&[0; 12][..], &[0x81, 0, 0, 5], &ether_type].concat();
    let two_vlans = [&[0; 12][..], &[0x88, 0xa8, 0, 5, 0x81, 0, 0, 6], &ether_type].concat();
    vec![
        (LinkType::of(1), frame.to_vec(), "14 Ethernet, ".into()),
        (LinkType::of(1), with(&vlan), "18 Ethernet, ".into()),
        (LinkType::of(1), with(&two_vlans), "22 Ethernet, ".into()),
        (LinkType::of(0), loopback([2, 0, 0, 0]), "4 loopback, ".into()),
        (LinkType::of(0), loopback([0, 0, 0, 30]), "4 loopback, ".into()),
        (LinkType::of(108), loopback([0, 0, 0, 2]), "4 loopback, ".into()),
        (LinkType::of(101), with(&[]), String::new()),
        (LinkType::of(12), with(&[]), String::new()),
        (LinkType::of(113), with(&cooked), "16 Linux cooked, ".into()),
        (LinkType::of(276), with(&cooked2), "20 Linux cooked, ".into()),
    ]
}

#[test]
fn a_segment_is_the_same_in_every_link_type() {
    for (client, server, header) in [(CLIENT, SERVER, "20 IPv4"), ("[::1]:40000", "[2001:db8::1]:3099", "40 IPv6")] {
        let frame = built(client, server, "PA", 7, 9, b"hi").frame();
        for (link, octets, name) in dressed(&frame) {
            let segment = Segment::parse(link, &octets, octets.len()).unwrap();
            assert_eq!((segment.source, segment.target), (address(client), address(server)));
            assert_eq!((segment.sequence, segment.acknowledgment, segment.data, segment.missing), (7, 9, &b"hi"[..], 0));
            assert_eq!(segment.flags.to_string(), "PSH, ACK");
            assert_eq!(segment.sizes.to_string(), format!("{} octets: {name}{header}, 20 TCP, 2 data", octets.len()));
        }
    }
}

#[test]
fn options_and_padding_are_named() {
    let mut segment = built(CLIENT, SERVER, "PA", 7, 9, b"hi");
    segment.header.set_options_raw(&[1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]).unwrap();
    let frame = segment.frame();
    let sizes = Segment::parse(LinkType::Ethernet, &frame, frame.len()).unwrap().sizes;
    assert_eq!(sizes.to_string(), "68 octets: 14 Ethernet, 20 IPv4, 32 TCP with timestamps, 2 data");
    let mut segment = built(CLIENT, SERVER, "S", 7, 0, b"");
    segment.header.set_options_raw(&[2, 4, 5, 0xb4]).unwrap();
    let mut frame = segment.frame();
    frame.resize(60, 0);
    let parsed = Segment::parse(LinkType::Ethernet, &frame, frame.len()).unwrap();
    assert_eq!(parsed.sizes.to_string(), "60 octets: 14 Ethernet, 20 IPv4, 24 TCP with options, 2 padding");
    assert_eq!((parsed.data, parsed.flags.to_string().as_str()), (&b""[..], "SYN"));
}

#[test]
fn a_segment_that_was_cut_says_how_much_is_missing() {
    let frame = built(CLIENT, SERVER, "PA", 7, 9, &[5; 100]).frame();
    let segment = Segment::parse(LinkType::Ethernet, &frame[..60], frame.len()).unwrap();
    assert_eq!((segment.data, segment.missing, segment.sizes.data_octets), (&[5; 6][..], 94, 100));
    for length in 0..54 {
        assert_eq!(Segment::parse(LinkType::Ethernet, &frame[..length], frame.len()), Err(NotTcp::Cut), "{length}");
    }
}

#[test]
fn a_segment_that_a_card_is_to_cut_up_has_no_length_yet() {
    let mut frame = built(CLIENT, SERVER, "PA", 7, 9, &[5; 100]).frame();
    frame[16..18].copy_from_slice(&[0, 0]);
    assert_eq!(Segment::parse(LinkType::Ethernet, &frame, frame.len()).unwrap().data, [5; 100]);
}

#[test]
fn what_is_no_segment_is_told_apart() {
    let mut fragment = built(CLIENT, SERVER, "PA", 7, 9, b"hi").frame();
    fragment[20] = 0x20;
    assert_eq!(Segment::parse(LinkType::Ethernet, &fragment, fragment.len()), Err(NotTcp::Fragment));
    let mut udp = built(CLIENT, SERVER, "PA", 7, 9, b"hi").frame();
    udp[23] = 17;
    assert_eq!(Segment::parse(LinkType::Ethernet, &udp, udp.len()), Err(NotTcp::Other));
    assert_eq!(Segment::parse(LinkType::of(147), &udp, udp.len()), Err(NotTcp::Link(147)));
    assert_eq!(Segment::parse(LinkType::Ethernet, &[], 0), Err(NotTcp::Other));
}

#[test]
fn hostile_packets_never_panic() {
    let mut with_options = built("[::1]:1", "[::1]:2", "PA", 7, 9, &[9; 40]);
    with_options.header.set_options_raw(&[1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]).unwrap();
    for frame in [built(CLIENT, SERVER, "PA", 7, 9, &[5; 40]).frame(), with_options.frame()] {
        for (link, octets, _) in dressed(&frame) {
            for bit in 0..octets.len() * 8 {
                let mut flipped = octets.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                let _ = Segment::parse(link, &flipped, flipped.len());
            }
            for length in 0..=octets.len() {
                let _ = Segment::parse(link, &octets[..length], octets.len());
                let _ = Segment::parse(link, &octets[..length], length);
            }
            for seed in 0..500 {
                let mut chance = Chance(seed);
                let mut damaged = octets.clone();
                for _ in 0..1 + chance.below(6) {
                    let at = chance.below(60.min(damaged.len()));
                    damaged[at] = if chance.one_in(3) { 0xff } else { chance.number() as u8 };
                }
                if let Ok(segment) = Segment::parse(link, &damaged, damaged.len()) {
                    assert!(segment.data.len() <= damaged.len());
                    let _ = segment.sizes.to_string();
                }
            }
        }
    }
}
