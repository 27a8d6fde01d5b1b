//! Reports to look at: of a real run, and what becomes of it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use samewire::report::{CaseReport, ClientReport, Report, TrialReport};

const SAMEWIRE: &str = env!("CARGO_BIN_EXE_samewire");

const WORDS: &str = r#"
[[case]]
name = "hello"
about = "A word and a number"
hazards = ["encoding"]
plan = '''
text hello
u16be 513
'''
expect = { hex = "68656c6c6f0201" }

[[case]]
name = "bye"
about = "A word"
hazards = []
plan = "text bye"
expect = { text = "bye" }
"#;

const STREAMS: &str = r#"
[[case]]
name = "two"
about = "Two connections"
hazards = ["lifecycle"]
plan = '''
text a
connect
text b
'''
connections = [{ text = "a" }, { text = "b" }]
"#;

/// A run of three clients on three cases: one is right, one ends in 3, one changes the last octet.
pub(crate) fn small() -> Report {
    static SMALL: OnceLock<Report> = OnceLock::new();
    SMALL.get_or_init(run).clone()
}

/// As many clients and cases, of which every eleventh trial differs.
pub(crate) fn large(clients: usize, cases: usize) -> Report {
    let mut report = small();
    let client = report.clients[0].clone();
    let case = report.cases[0].clone();
    let trial = |client: &str| report.trials.iter().find(|trial| trial.client == client && trial.case == "words/hello").cloned();
    let (right, wrong) = (trial("right").expect("a trial"), trial("one-octet-changed").expect("a trial"));
    report.clients = (1..=clients).map(|n| ClientReport { name: format!("client-{n}"), ..client.clone() }).collect();
    report.cases = (0..cases).map(|n| CaseReport { name: format!("group-{}/case-{n}", n / 20), ..case.clone() }).collect();
    report.trials.clear();
    for case in &report.cases {
        for client in &report.clients {
            let of = if report.trials.len() % 11 == 10 { &wrong } else { &right };
            let name = format!("{}::{}", client.name, case.name);
            let place = report.trials.len() as u64;
            let mut trial = TrialReport { name, client: client.name.clone(), case: case.name.clone(), ..of.clone() };
            // As it is: no two trials take the same times.
            (trial.began_ms, trial.duration_ms) = (Some(place * 15 / 4), 30 + place * 7919 % 101);
            trial.timelines.iter_mut().flat_map(|line| &mut line.received).for_each(|read| read.at_us += place * 104_729 % 9973);
            trial.repeat = trial.repeat.replace(&of.client, &trial.client).replace(&of.case, &trial.case);
            report.trials.push(trial);
        }
    }
    report.conclude();
    report
}

fn run() -> Report {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "suite/words.toml", WORDS);
    write(folder.path(), "suite/streams.toml", STREAMS);
    ["right", "one-octet-changed", "exits-3"].iter().for_each(|fault| write_client(folder.path(), fault));
    let arguments = ["run", "--suite", "suite", "--case", "words/*", "--case", "streams/*", "--out", "out"];
    let ran = Command::new(SAMEWIRE)
        .args(arguments)
        .current_dir(folder.path())
        .env_remove("SAMEWIRE_REQUIRE")
        .env("SAMEWIRE_CACHE", folder.path().join("cache"))
        .output()
        .expect("samewire runs");
    let json = fs::read(folder.path().join("out/report.json"));
    let json = json.unwrap_or_else(|error| panic!("a report: {error}\n{}", String::from_utf8_lossy(&ran.stderr)));
    serde_json::from_slice(&json).expect("a report")
}

/// The right sender, but for a fault.
fn write_client(folder: &Path, fault: &str) {
    let toml = format!(
        "about = 'sender'\nversion = ['{SAMEWIRE}', '--version']\nrun = ['{SAMEWIRE}', 'sender', '{fault}', '{{host}}', '{{port}}', '{{plan}}']\n\
         lacks = ['ipv6']\n"
    );
    write(folder, &format!("clients/{fault}/client.toml"), &toml);
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    fs::write(path, text).expect("a file");
}
