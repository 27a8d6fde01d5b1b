//! `docs/cases.md` has every key of a case and no other, and its examples are read and run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::thread;

use predicates::str::contains;
use samewire::suite::{Defined, Suite};
use toml::{Table, Value};

use super::serve::Server;
use super::support::{Project, SAMEWIRE, example};
use super::tls::SENDER;

const HEAD: &str = "[[case]]\nname = 'a'\nabout = 'x'\nhazards = []\n";

/// A section of the page, and where its table of TOML stands in a file.
const TABLES: [(&str, &str); 7] = [
    ("`[[case]]`", "nonsense = 'x'"),
    ("Expectations", "expect = { nonsense = 'x' }"),
    ("Messages", "decode = 'lines'\nmessages = [{ nonsense = 'x' }]"),
    ("`parts`", "expect = { parts = [{ nonsense = 'x' }] }"),
    ("`[case.recorder]`", "[case.recorder]\nnonsense = 'x'"),
    ("`tls`", "[case.recorder]\ntls = { nonsense = 'x' }"),
    ("`replies`", "[case.recorder]\nreplies = [{ nonsense = 'x' }]"),
];

type Keys = BTreeMap<&'static str, BTreeSet<String>>;

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cases.md")).expect("the page")
}

fn quoted(text: &str) -> impl Iterator<Item = String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned)
}

/// The names that the reader would have taken instead of `nonsense`.
#[track_caller]
fn known(toml: &str) -> BTreeSet<String> {
    let error = Suite::parse_unwritten(Path::new("case.toml"), toml, &Defined::default()).expect_err("nonsense is no name");
    let mut names = quoted(&error.problem);
    assert_eq!(names.next().as_deref(), Some("nonsense"), "{error}");
    let names: BTreeSet<String> = names.collect();
    assert!(!names.is_empty(), "{error}");
    names
}

/// The keys in the first column of each section's table.
fn documented(page: &str) -> Keys {
    let keys_of = |title: &str| {
        let (_, rest) = page.split_once(&format!("\n## {title}\n")).unwrap_or_else(|| panic!("no section {title}"));
        let section = rest.split("\n## ").next().unwrap_or(rest);
        section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).map(str::to_owned).collect()
    };
    TABLES.iter().map(|(title, _)| (*title, keys_of(title))).collect()
}

fn examples(page: &str) -> String {
    page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// The keys that a value has, by the section that they belong to.
fn collect(value: &Value, section: &'static str, keys: &mut Keys) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect(value, section, keys)),
        Value::Table(table) => {
            for (key, value) in table {
                keys.entry(section).or_default().insert(key.clone());
                let below = match key.as_str() {
                    "expect" | "connections" | "output" => "Expectations",
                    "parts" => "`parts`",
                    "messages" => "Messages",
                    "recorder" => "`[case.recorder]`",
                    "replies" => "`replies`",
                    "tls" => "`tls`",
                    "of" | "optional" | "any_order" => section,
                    _ => continue,
                };
                collect(value, below, keys);
            }
        }
        _ => {}
    }
}

#[test]
fn every_key_of_a_case_stands_in_its_table_and_in_an_example() {
    assert_eq!(known("nonsense = 1"), BTreeSet::from(["case".to_owned()]));
    let known: Keys = TABLES.iter().map(|(title, toml)| (*title, known(&format!("{HEAD}{toml}")))).collect();
    let page = page();
    assert_eq!(documented(&page), known);
    let file: Table = toml::from_str(&examples(&page)).expect("TOML");
    let mut used = Keys::new();
    collect(&file["case"], "`[[case]]`", &mut used);
    assert_eq!(used, known);
}

#[test]
fn every_word_that_a_key_takes_stands_on_the_page() {
    let page = page();
    let ending = "expect = { text = 'a', ending = 'nonsense' }";
    let address = "[case.recorder]\naddress = 'nonsense'";
    let orders = ["order = 'nonsense'", "connections_in = 'nonsense'"];
    for toml in orders.into_iter().chain([
        "turns = 'nonsense'",
        "exit = 'nonsense'",
        ending,
        address,
        "[case.recorder]\nreplies = [{ at = 'nonsense' }]",
        "[case.recorder]\ntls = { client_certificate = 'nonsense' }",
        "[case.recorder]\ntls = { certificate = 'nonsense' }",
        "[case.recorder]\ntls = { version = 'nonsense' }",
    ]) {
        for word in known(&format!("{HEAD}{toml}")) {
            assert!(page.contains(&format!("`\"{word}\"`")), "{word}");
        }
    }
}

/// Answers the page's request, again and again.
fn pong() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let answer = |mut stream: TcpStream| {
        stream.read_exact(&mut [0; 6])?;
        stream.write_all(b"+PONG\r\n")?;
        stream.read_to_end(&mut Vec::new())
    };
    thread::spawn(move || listener.incoming().flatten().try_for_each(|stream| answer(stream).map(|_| ())));
    address
}

#[test]
fn every_example_is_a_case_that_the_right_sender_passes() {
    let examples = examples(&page()).replace("127.0.0.1:6379", &pong().to_string());
    let project = Project::new();
    let certificates = project.path("suite").display().to_string();
    let secured = Server::start(&["--tls", "--tls-files", &certificates, "--connections", "1", "--reply", "6=+PONG\\r\\n"]);
    let examples = examples.replace("127.0.0.1:6380", &secured.address);
    project.sender("right", "").write("suite/page.toml", &examples);
    project.write("sender.py", SENDER);
    let run = format!(
        "run = ['python3', '{}', '{{host}}', '{{port}}', '{{ca}}', 'us', 'notify', '{{cert}}', '{{key}}']",
        project.path("sender.py").display()
    );
    project.client("secured", &run, "cases = ['page/hello', 'page/expired']");
    let server = format!("run = ['{}', 'pongs', '{{host}}', '{{port}}']", example("server"));
    project.write("suite/suite.toml", &format!("[server.redis]\n{server}\n"));
    let count = Suite::load(&[project.path("suite")]).expect("cases").cases.len();
    assert!(count > 10, "{count}");
    let sends = format!("printf 'text %s' $word > $TMPDIR/plan; '{SAMEWIRE}' sender right $0 $1 $TMPDIR/plan");
    let script = format!("for word in b a; do {sends}; done");
    let run = format!("run = [\"sh\", \"-c\", \"{script}\", \"{{host}}\", \"{{port}}\"]");
    project.client("pool", &run, "cases = ['page/pool']");
    let ping = "printf 'bytes 2a310d0a24340d0a50494e470d0a\\nreceive 7\\n' > $TMPDIR/plan";
    let script = format!("{ping}; '{SAMEWIRE}' sender right $0 $1 $TMPDIR/plan");
    let run = format!("run = [\"sh\", \"-c\", \"{script}\", \"{{host}}\", \"{{port}}\"]");
    project.client("recorded", &run, "cases = ['page/connection-1']");
    let run = project.run_all(&["--profile", "default", "--case", "page/*"]).assert().code(0);
    run.stdout(contains(format!("{count} trials: {count} passed")));
    secured.finish();
}
