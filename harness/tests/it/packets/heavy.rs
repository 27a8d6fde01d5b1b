//! Clients that leave early, abort, or send much: their packets are no reason for a `setup-error`. And what tcpdump makes of the same.

use std::fs;

use predicates::str::contains;
use samewire::packets::pcapng::PacketReader;
use samewire::packets::{Direction, Limits, assemble};

use super::support::are_there;
use super::trial::OWN;
use crate::support::{HELLO, Project, has_networks, is_root};

const LEAVES: &str = "import socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(b'x'); s.recv(2); s.close()
";

const ABORTS: &str = "import socket, struct, sys
for n in range(75):
    s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
    s.sendall(b'x' * (n % 7)); s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); s.close()
";

const SENDS: &str = "import socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(bytes(20_000_000)); s.shutdown(socket.SHUT_WR); s.recv(1)
";

/// Of 20 000 000 octets of zero.
const ZEROS: &str = "9e21c61969cd3e077a1b2b58ddb583b175e13c6479d2d83912eaddc23c0cdd52";

/// A client of one case alone, that says what is expected and how the recorder behaves.
#[track_caller]
fn client(project: &Project, name: &str, script: &str) {
    project.write(&format!("clients/{name}/{name}.py"), script);
    let run = format!("run = ['python3', '{name}.py', '{{host}}', '{{port}}', '{{input}}']");
    project.client(name, &run, &format!("cases = ['case/{name}']\ntimeout_ms = 30000"));
}

#[test]
fn who_leaves_early_aborts_or_sends_much_makes_no_witness_wrong() {
    let project = Project::new();
    project.sender("right", "").cases(HELLO);
    if !has_networks() || !are_there(&["python3"]) {
        return;
    }
    fs::remove_dir_all(project.path("clients/right")).expect("no other client");
    let case = |name: &str| format!("[[case]]\nname = '{name}'\nabout = 'x'\nhazards = []\ninput = 'x'\n");
    let aborted: Vec<String> = (0..75).map(|n| format!("{{ text = '{}', ending = 'reset' }}", "x".repeat(n % 7))).collect();
    let reply = "[case.recorder]\nreplies = [{ at = 'connect', hex = '00112233445566778899', repeat = 1000000 }]\n";
    project.cases(&format!(
        "{}expect = {{ text = 'x', ending = ['reset', 'fin'] }}\n{reply}{}connections = [{}]\n{}expect = {{ sha256 = '{ZEROS}', bytes = 20000000 }}\n",
        case("leaves"),
        case("aborts"),
        aborted.join(", "),
        case("sends"),
    ));
    for (name, script) in [("leaves", LEAVES), ("aborts", ABORTS), ("sends", SENDS)] {
        client(&project, name, script);
    }
    project.run(&OWN).args(["--repeat", "2"]).assert().code(0).stdout(contains("3 trials: 3 passed"));
    for (name, connections) in [("leaves", 1), ("aborts", 75), ("sends", 1)] {
        let packets = &project.trial(name, &format!("case/{name}"))["packets"];
        // What the kernel dropped is said, and then nothing is compared.
        let is_dropped = packets["remarks"][0].as_str().is_some_and(|remark| remark.starts_with("the kernel dropped "));
        assert!(packets["agreed"] == connections || is_dropped, "{name}: {packets:#}");
    }
}

/// Captures what passes in its own network, sends `hello`, and waits until tcpdump has a packet that came after it.
const CAPTURES: &str = "set -e; cd \"$3\"
tcpdump -q -U -Z root -i lo -Q in -w theirs.pcap tcp 2> said & pid=$!
while ! grep -q listening said 2>/dev/null; do kill -0 $pid; done
printf hello > /dev/tcp/$1/$2
(echo > /dev/tcp/127.0.0.1/9) 2>/dev/null || true
until tcpdump -c 1 -r theirs.pcap src port 9 2>/dev/null | grep -q .; do kill -0 $pid; done
kill -INT $pid; wait $pid
";

#[test]
fn tcpdump_has_the_same_of_the_same_traffic() {
    let project = Project::new();
    project.sender("right", "").cases(HELLO);
    if !is_root() || !has_networks() || !are_there(&["tcpdump"]) {
        return;
    }
    fs::remove_dir_all(project.path("clients/right")).expect("no other client");
    // Without a plan nobody is held to wait for the server's close.
    project.cases(&HELLO.replace("plan = ", "input = "));
    project.write("clients/captures/captures.sh", CAPTURES);
    let folder = project.path("").display().to_string();
    let run = format!("run = ['bash', 'captures.sh', '{{host}}', '{{port}}', '{folder}', '{{input}}']");
    project.client("captures", &run, "");
    project.run(&OWN).assert().code(0);
    let both = ["theirs.pcap", "samewire-report/captures/captures/case/hello.pcapng"].map(|file| {
        let packets = assemble(PacketReader::open(&project.path(file)).expect("packets"), Limits::default()).expect("packets");
        let connections = packets.connections.iter().map(|connection| {
            let octets = |direction| connection.stream(direction).octets().to_vec();
            let rows = connection.rows(Limits::ROWS).first.len();
            (connection.client(), connection.server(), octets(Direction::Received), octets(Direction::Sent), rows)
        });
        connections.collect::<Vec<_>>()
    });
    assert_eq!(both[0], both[1]);
    assert!(both[0].iter().any(|connection| connection.2 == b"hello"));
}
