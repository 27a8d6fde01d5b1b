//! Packet captures that other projects made for their own tests: each whole stream held against what tshark makes of it.
//!
//! `ci/captures` fetches them, and says in `SAMEWIRE_CAPTURES` where they are.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use samewire::packets::pcapng::PacketReader;
use samewire::packets::{Assembly, Connection, Direction, Limits, assemble};

use super::support::{are_there, followed_in};

/// What tshark may take part in. Dissectors of what is in TCP put streams together in ways of their own.
const LAYERS: [&str; 14] =
    ["frame", "eth", "ethertype", "vlan", "ieee8021ad", "sll", "null", "raw", "ip", "ipv6", "llc", "tcp", "ppp", "pppoes"];

/// Larger files are of one kind of stream, and take tshark long.
const MOST: u64 = 8 << 20;

/// Where tshark is wrong, by file and stream; each was looked at by hand.
const WRONG_THERE: [(&str, usize); 2] = [
    // Two servers answer one SYN; it takes the first answer, and the client goes by the second.
    ("KakaoTalk_talk.pcap", 3),
    // Nothing was sent twice, and the segments sum up to 14 902 octets. It leaves 238 out.
    ("of10_s4810.pcap", 0),
];

/// A connection as both name it: the two ends in order, and when a packet of it came.
type Key = ([(String, String); 2], i64);

#[derive(Debug, Default)]
struct Tally {
    files: usize,
    refused: usize,
    connections: usize,
    compared: usize,
    octets: usize,
}

#[test]
#[ignore = "takes captures from elsewhere: ci/captures fetches them and runs it"]
fn whole_streams_of_captures_that_others_made_are_those_of_tshark() {
    if !are_there(&["tshark"]) {
        return;
    }
    let folder = std::env::var("SAMEWIRE_CAPTURES").expect("SAMEWIRE_CAPTURES: a folder with captures; ci/captures makes one");
    let mut files = Vec::new();
    captures(Path::new(&folder), &mut files);
    files.sort();
    let (mut tally, mut wrong) = (Tally::default(), Vec::new());
    for file in &files {
        tally.files += 1;
        let assembly = match PacketReader::open(file).and_then(|packets| assemble(packets, Limits::default())) {
            Ok(assembly) => assembly,
            Err(error) => {
                println!("{}: {error}", file.display());
                tally.refused += 1;
                continue;
            }
        };
        wrong.extend(differences(file, &assembly, &mut tally).into_iter().map(|what| format!("{}: {what}", file.display())));
    }
    println!("{tally:?}");
    assert!(tally.compared > 0, "nothing was compared: {tally:?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn captures(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_capture =
            path.extension().is_some_and(|extension| ["pcap", "pcapng", "cap"].iter().any(|known| extension == *known));
        if path.is_dir() {
            captures(&path, into);
        } else if is_capture && path.metadata().unwrap().len() <= MOST {
            into.push(path);
        }
    }
}

fn differences(file: &Path, assembly: &Assembly, tally: &mut Tally) -> Vec<String> {
    let whole: Vec<&Connection> = assembly.connections.iter().filter(|connection| connection.problem().is_none()).collect();
    tally.connections += assembly.connections.len();
    if whole.is_empty() {
        return Vec::new();
    }
    let numbers = numbered(file);
    let named: Vec<Option<usize>> = whole.iter().map(|connection| numbers.get(&key(connection)).copied()).collect();
    let streams = named.iter().flatten().max().map_or(0, |last| last + 1);
    let followed = followed_in(&only_tcp(file, &taps(streams)), streams);
    let mut wrong = Vec::new();
    for (connection, number) in whole.iter().zip(named) {
        let Some(number) = number else {
            wrong.push(format!("tshark knows no {:?}", key(connection)));
            continue;
        };
        tally.compared += 1;
        for (direction, theirs) in [Direction::Received, Direction::Sent].into_iter().zip(&followed[number]) {
            let ours = connection.stream(direction).octets();
            tally.octets += ours.len();
            let is_known = WRONG_THERE.iter().any(|(name, stream)| file.ends_with(name) && *stream == number);
            if ours != theirs && !is_known {
                wrong.push(format!("stream {number}, {direction:?}: {} octets, and {} of tshark", ours.len(), theirs.len()));
            }
        }
    }
    wrong
}

fn key(connection: &Connection) -> Key {
    let mut ends = [connection.client(), connection.server()].map(|end| (end.ip().to_string(), end.port().to_string()));
    ends.sort();
    (ends, connection.begin_ns())
}

/// The numbers that tshark gives to connections, by each of their packets: who is refused and tries again is two to us and one to it.
fn numbered(file: &Path) -> HashMap<Key, usize> {
    let fields = ["tcp.stream", "frame.time_epoch", "ip.src", "ipv6.src", "tcp.srcport", "ip.dst", "ipv6.dst", "tcp.dstport"];
    let mut arguments: Vec<String> = ["-Y", "tcp", "-T", "fields", "-E", "occurrence=l"].map(String::from).to_vec();
    arguments.extend(fields.iter().flat_map(|field| ["-e".to_owned(), (*field).to_owned()]));
    let mut numbers = HashMap::new();
    for line in only_tcp(file, &arguments).lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [stream, stamp, ip4, ip6, port, to_ip4, to_ip6, to_port] = fields[..] else { continue };
        let address = |ip4: &str, ip6: &str| {
            let text = if ip6.is_empty() { ip4 } else { ip6 };
            text.parse::<std::net::IpAddr>().map_or_else(|_| text.to_owned(), |address| address.to_string())
        };
        let mut ends = [(address(ip4, ip6), port.to_owned()), (address(to_ip4, to_ip6), to_port.to_owned())];
        ends.sort();
        let (seconds, nanoseconds) = stamp.split_once('.').unwrap_or((stamp, "0"));
        let stamp: i64 = seconds.parse::<i64>().unwrap_or(0) * 1_000_000_000 + nanoseconds.parse::<i64>().unwrap_or(0);
        let Ok(number) = stream.parse() else { continue };
        numbers.entry((ends, stamp)).or_insert(number);
    }
    numbers
}

fn taps(streams: usize) -> Vec<String> {
    let mut taps = vec!["-q".to_owned()];
    taps.extend((0..streams).flat_map(|stream| ["-z".to_owned(), format!("follow,tcp,raw,{stream}")]));
    taps
}

/// What tshark prints, which knows TCP and what is below it alone. A file that is cut short is read as far as it goes, by both.
fn only_tcp(file: &Path, arguments: &[String]) -> String {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new("timeout");
    command.env("HOME", home.path()).env_remove("XDG_CONFIG_HOME");
    command.args(["120", "tshark", "-n", "--disable-protocol", "ALL"]);
    command.args(LAYERS.iter().flat_map(|layer| ["--enable-protocol", layer]));
    command.args(["-o", "tcp.reassemble_out_of_order:TRUE", "-r"]).arg(file).args(arguments);
    let output = command.output().unwrap();
    assert_ne!(output.status.code(), Some(124), "tshark takes too long for {}", file.display());
    String::from_utf8_lossy(&output.stdout).into_owned()
}
