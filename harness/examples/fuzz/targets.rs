//! What reads from outside, what it is fed with, and what must hold of its answer.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use samewire::client;
use samewire::packets::pcapng::{PacketReader, is_packets};
use samewire::packets::{Limits, assemble_so_far};
use samewire::plan::{Instruction, Plan, encode};
use samewire::run::import::{Importing, of_capture, of_packets, written};
use samewire::suite::config::Config;
use samewire::suite::{Defined, Redaction, Suite};
use samewire_recorder::{CaptureReader, Event};

use crate::packets;

/// Plans that ask for more octets are not encoded here: that takes long, and [`samewire::plan::MAX_OCTETS`] bounds it.
const ENCODED: u64 = 1 << 20;

/// Panics where something is broken.
pub(crate) type Check = Box<dyn Fn(&[u8])>;

/// One reader of input from outside.
pub(crate) struct Target {
    pub name: &'static str,
    /// What is mutated: right inputs.
    pub corpus: Vec<Vec<u8>>,
    pub check: Check,
}

/// All of them; those that read folders do so below `folder`.
pub(crate) fn all(folder: &Path) -> Vec<Target> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let suites = files(&root.join("harness/suites/wire"), "toml");
    let plans = Suite::load(&["builtin:wire".into()]).expect("the wire suite").cases;
    let plans = plans.into_iter().filter_map(|case| case.plan).map(|plan| plan.text.into_bytes()).collect();
    let clients = fs::read_dir(root.join("clients")).expect("the clients").flatten();
    let clients = clients.filter_map(|entry| fs::read(entry.path().join(client::CLIENT_FILE)).ok()).collect();
    let config = ["samewire.toml", "examples/greetings/samewire.toml"].map(|path| fs::read(root.join(path)).expect("a file"));
    let (clients_folder, config_folder) = (folder.join("clients"), folder.join("config"));
    for made in [clients_folder.join("one"), config_folder.clone()] {
        fs::create_dir_all(made).expect("a folder");
    }
    vec![
        Target { name: "capture", corpus: vec![capture()], check: Box::new(reads_capture) },
        Target { name: "plan", corpus: plans, check: Box::new(parses_plan) },
        Target { name: "case", corpus: cases(&suites), check: Box::new(parses_cases) },
        Target { name: "client", corpus: clients, check: Box::new(move |input| loads_client(&clients_folder, input)) },
        Target { name: "import", corpus: packets::corpus(capture()), check: Box::new(imports) },
        Target { name: "samewire", corpus: config.to_vec(), check: Box::new(move |input| finds_config(&config_folder, input)) },
    ]
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

/// Each case of the suite files, alone: small inputs are damaged more thoroughly.
fn cases(files: &[PathBuf]) -> Vec<Vec<u8>> {
    let texts = files.iter().map(|path| fs::read_to_string(path).expect("a suite"));
    let cases = texts.flat_map(|text| {
        let cases = text.split("[[case]]").skip(1).map(|case| format!("[[case]]{case}").into_bytes());
        cases.collect::<Vec<_>>()
    });
    cases.collect()
}

/// Two connections at once, with every event and every ending.
fn capture() -> Vec<u8> {
    let lines = [
        r#"{"event":"start","format":1,"recorder":"samewire","address":"127.0.0.1:1","at":"2026-11-23T22:32:00.000000Z"}"#,
        r#"{"event":"open","connection":1,"at_us":1,"peer":"127.0.0.1:2"}"#,
        r#"{"event":"data","connection":1,"at_us":2,"offset":0,"base64":"DCI="}"#,
        r#"{"event":"open","connection":2,"at_us":3,"peer":"[::1]:2"}"#,
        r#"{"event":"sent","connection":1,"at_us":3,"offset":0,"base64":"b2s="}"#,
        r#"{"event":"shut","connection":1,"at_us":4}"#,
        r#"{"event":"fin","connection":1,"at_us":4}"#,
        r#"{"event":"close","connection":1,"at_us":5,"bytes":2,"peer":"fin","by":"peer","crc32":"380c1c17"}"#,
        r#"{"event":"close","connection":2,"at_us":6,"bytes":0,"peer":"open","by":"idle-timeout","crc32":"00000000"}"#,
        r#"{"event":"stop","at_us":7,"connections":2}"#,
    ];
    lines.map(|line| format!("{line}\n")).concat().into_bytes()
}

/// The events that were read, written again, are read as the same events.
fn reads_capture(input: &[u8]) {
    let events: Vec<Event<'_>> = CaptureReader::new(Cursor::new(input)).map_while(Result::ok).collect();
    let mut again = Vec::new();
    events.iter().for_each(|event| event.write_line(&mut again).expect("a line"));
    if !events.is_empty() {
        let read = CaptureReader::new(Cursor::new(again)).collect::<Result<Vec<_>, _>>().expect("no damage");
        assert_eq!(read, events);
    }
}

/// A valid plan gives its own text to clients, and each octet of it comes from a line.
fn parses_plan(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Ok(plan) = Plan::parse(text) else { return };
    assert_eq!(plan.text, text);
    let counted = plan.lines.iter().map(|line| match line.instruction {
        Instruction::Repeat(count, _) | Instruction::Ramp(count) | Instruction::Noise(count, _) => count,
        _ => 0,
    });
    if counted.sum::<u64>() > ENCODED {
        return;
    }
    let streams = encode(&plan);
    assert_eq!(streams.len(), plan.connections());
    for stream in streams {
        let end = stream.fields.iter().fold(0, |at, field| {
            assert_eq!(field.start, at, "a gap before {}", field.what);
            at + field.length
        });
        assert_eq!(end, stream.octets.len());
    }
}

/// Every case of a suite has a name in its group, and a plan that makes as many connections as are expected, or is refused all.
fn parses_cases(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Ok(suite) = Suite::parse(Path::new("group.toml"), text) else { return };
    for case in suite.cases {
        assert_eq!(case.group(), "group");
        if let Some(plan) = case.plan.filter(|_| !case.connections.is_empty()) {
            assert_eq!(plan.connections(), case.connections.len(), "{}", case.name);
        }
    }
}

/// What is imported is read back as cases that play just that.
fn imports(input: &[u8]) {
    let imported = match is_packets(input) {
        false => of_capture(CaptureReader::new(Cursor::new(input))),
        true => {
            let Ok(reader) = PacketReader::new(input) else { return };
            let (packets, _) = assemble_so_far(reader, Limits::default());
            let port = packets.connections.first().map(|connection| connection.server().port());
            of_packets(&packets, port).expect("a connection to a port that there is")
        }
    };
    let importing = Importing { from: "a fuzzer", redaction: &Redaction::default(), decoder: None };
    let replays: Vec<_> = imported.replays.into_iter().map(|replay| (replay, None)).collect();
    let written = written(&importing, &replays).expect("that nothing is hidden");
    let read_back = Suite::parse_unwritten(Path::new("group.toml"), &written.text, &Defined::default());
    let cases = read_back.expect("a file of cases that can be read").cases;
    assert_eq!(cases.len(), replays.len());
    for (case, (replay, _)) in cases.iter().zip(&replays) {
        assert!(replay.is_played_by(case, &Redaction::default()), "{}", written.text);
    }
}

fn loads_client(folder: &Path, input: &[u8]) {
    fs::write(folder.join("one").join(client::CLIENT_FILE), input).expect("a file");
    let entries = client::load(folder, &samewire::diagnosis::names()).expect("a folder with a client");
    // Each variant is a client.
    assert!(!entries.is_empty());
    for client in entries.iter().filter_map(|entry| entry.client.as_ref().ok()) {
        assert!(!client.run.is_empty() && !client.version.is_empty());
    }
}

fn finds_config(folder: &Path, input: &[u8]) {
    fs::write(folder.join(samewire::suite::config::CONFIG_FILE), input).expect("a file");
    if let Ok(config) = Config::find(folder) {
        assert!(config.clients.is_absolute());
    }
}
