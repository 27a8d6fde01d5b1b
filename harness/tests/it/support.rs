//! A folder with clients and cases of its own, and the real `samewire` in it.

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, mpsc};
use std::thread;
use std::time::Duration;

use assert_cmd::Command;
use jsonschema::Validator;
use serde_json::Value;
use tempfile::TempDir;

/// Longer than anything here takes; reaching it is a failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const SAMEWIRE: &str = env!("CARGO_BIN_EXE_samewire");

/// A case that every sender can do.
pub(crate) const HELLO: &str = r#"
[[case]]
name = "hello"
about = "five octets"
hazards = []
plan = "text hello"
expect = { text = "hello" }
"#;

/// A case that a sender can do which lacks `text`.
pub(crate) const BYTES: &str = r#"
[[case]]
name = "bytes"
about = "one octet"
hazards = []
plan = "bytes 61"
expect = { text = "a" }
"#;

/// A case with more than one octet, line and connection.
pub(crate) const THREE: &str = r#"
[[case]]
name = "three"
about = "two connections"
hazards = []
plan = '''
text a
u16be 513
connect
text b
'''
connections = [{ hex = "610201" }, { text = "b" }]
"#;

/// Whether trials can have networks of their own here. Where not, the test that asks is left out.
#[track_caller]
pub(crate) fn has_networks() -> bool {
    static WHY_NOT: LazyLock<Option<String>> = LazyLock::new(|| {
        let project = Project::new();
        project.sender("right", "");
        let output = project.samewire(&["doctor"]).output().expect("doctor");
        let said = String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
        // Whoever says nothing of it is no reason to leave a test out.
        let from = said.find("own networks do not work")?;
        Some(said[from..].split(" locale ").next().unwrap_or_default().to_owned())
    });
    WHY_NOT.as_ref().is_none_or(|why| !is_left_out(why))
}

/// Leaves a test out for want of something. On Linux with `SAMEWIRE_REQUIRE`, as in the gate, that is a failure.
#[track_caller]
pub(crate) fn is_left_out(why: &str) -> bool {
    let is_required = cfg!(target_os = "linux") && std::env::var_os(samewire::REQUIRE_VARIABLE).is_some();
    assert!(!is_required, "{why}");
    say_skipped(why);
    true
}

/// Says so where it is seen: what a test that passes prints is not shown, and what is written past that is.
fn say_skipped(why: &str) {
    let line = format!("skipped {}: {why}\n", thread::current().name().unwrap_or("a test"));
    io::Write::write_all(&mut io::stderr(), line.as_bytes()).expect("stderr");
}

/// Whether this is root with all that root may, who alone can become another user and capture the packets of others. Root of a user
/// namespace of one id is not.
#[cfg(target_os = "linux")]
pub(crate) fn is_root() -> bool {
    static IS_ROOT: LazyLock<bool> = LazyLock::new(|| {
        let mut become_nobody = std::process::Command::new("setpriv");
        become_nobody.args(["--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "true"]);
        rustix::process::geteuid().is_root() && become_nobody.output().is_ok_and(|output| output.status.success())
    });
    if !*IS_ROOT {
        say_skipped("it takes root");
    }
    *IS_ROOT
}

/// Writes a file, in folders that are made for it.
#[track_caller]
pub(crate) fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    fs::write(path, text).expect("a file");
}

pub(crate) struct Project {
    folder: TempDir,
}

impl Project {
    #[track_caller]
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let project = Self { folder };
        project.write("clients/README", "");
        project
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    #[track_caller]
    pub(crate) fn write(&self, relative: &str, text: &str) {
        write(&self.path(relative), text);
    }

    /// The right sender but for a fault, as a client of that name; `more` is added to its client.toml.
    #[track_caller]
    pub(crate) fn sender(&self, fault: &str, more: &str) -> &Self {
        self.client(fault, &format!("run = {}", run_sender(fault, "{plan}")), more)
    }

    /// A client that is run as the line `run` says; `more` is added to its client.toml.
    #[track_caller]
    pub(crate) fn client(&self, name: &str, run: &str, more: &str) -> &Self {
        let toml = format!("about = 'x'\nversion = ['{SAMEWIRE}', '--version']\n{run}\n{more}\n");
        self.write(&format!("clients/{name}/client.toml"), &toml);
        self
    }

    /// A process that misbehaves in this way and sends the plan right, as a client of that name.
    #[track_caller]
    pub(crate) fn stray(&self, way: &str, more: &str) -> &Self {
        let stray = example("sender");
        self.client(way, &format!("run = ['{stray}', '{way}', '{{host}}', '{{port}}', '{{plan}}']"), more)
    }

    /// Cases of the group `case`.
    #[track_caller]
    pub(crate) fn cases(&self, toml: &str) -> &Self {
        self.write("suite/case.toml", toml);
        self
    }

    /// `samewire` with these arguments in the folder.
    pub(crate) fn samewire(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(SAMEWIRE);
        command
            .current_dir(self.folder.path())
            .env_remove("SAMEWIRE_REQUIRE")
            .env_remove("GITHUB_ACTIONS")
            .env_remove("GITHUB_STEP_SUMMARY")
            .env("SAMEWIRE_CACHE", self.path("cache"))
            .args(arguments)
            .timeout(PATIENCE);
        command
    }

    /// A run of the folder's clients on the folder's cases in the default profile, with these arguments too.
    pub(crate) fn run(&self, arguments: &[&str]) -> Command {
        let mut command = self.run_all(&["--profile", "default", "--case", "case/*", "--out", "samewire-report"]);
        command.args(arguments);
        command
    }

    /// A run of the folder's clients on the folder's cases and the contract's, in every profile, with these arguments too.
    pub(crate) fn run_all(&self, arguments: &[&str]) -> Command {
        let mut command = self.samewire(&["run", "--suite", "suite"]);
        command.args(arguments);
        command
    }

    /// The report of the last run, which is as its schema says.
    #[track_caller]
    pub(crate) fn report(&self) -> Value {
        let text = fs::read_to_string(self.path("samewire-report/report.json")).expect("a report");
        let report = serde_json::from_str(&text).expect("JSON");
        valid("report", &report);
        report
    }

    /// The report of the only trial whose name ends like this.
    #[track_caller]
    pub(crate) fn trial(&self, client: &str, case: &str) -> Value {
        let report = self.report();
        let trials = report["trials"].as_array().expect("trials");
        let trial = trials.iter().find(|trial| trial["client"] == client && trial["case"] == case);
        trial.unwrap_or_else(|| panic!("no trial {client}::{case} in {report:#}")).clone()
    }

    /// The text of a trial's capture.
    #[track_caller]
    pub(crate) fn capture(&self, trial: &Value) -> String {
        let capture = trial["capture"].as_str().expect("a capture");
        fs::read_to_string(self.path("samewire-report").join(capture)).expect("a capture")
    }

    #[track_caller]
    pub(crate) fn verdict(&self, client: &str, case: &str) -> String {
        self.trial(client, case)["verdict"].as_str().expect("a verdict").to_owned()
    }
}

/// Holds JSON against the schema of that name which is checked in.
#[track_caller]
pub(crate) fn valid(of: &str, json: &Value) {
    static VALIDATORS: LazyLock<[(&str, Validator); 4]> = LazyLock::new(|| {
        ["report", "capture", "explain", "fuzz"].map(|of| {
            let path = format!("{}/schema/{of}.schema.json", env!("CARGO_MANIFEST_DIR"));
            let schema = serde_json::from_str(&fs::read_to_string(path).expect("a schema")).expect("JSON");
            (of, jsonschema::validator_for(&schema).expect("a JSON Schema"))
        })
    });
    let (_, validator) = VALIDATORS.iter().find(|(name, _)| *name == of).expect("a schema of that name");
    let errors: Vec<String> = validator.iter_errors(json).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// What starts a wrong sender, as a list of TOML; it is told what `told` stands for.
pub(crate) fn run_sender(fault: &str, told: &str) -> String {
    format!("['{SAMEWIRE}', 'sender', '{fault}', '{{host}}', '{{port}}', '{told}']")
}

/// A program of `examples/`.
#[track_caller]
pub(crate) fn example(name: &str) -> String {
    let path = Path::new(SAMEWIRE).with_file_name("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(path.is_file(), "{} is not there: `cargo build --examples` makes it", path.display());
    path.display().to_string()
}

/// Accepts connections, for as long as it lives.
pub(crate) struct Witness {
    pub address: SocketAddr,
    accepted: mpsc::Receiver<TcpStream>,
}

impl Witness {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (send, accepted) = mpsc::channel();
        thread::spawn(move || listener.incoming().flatten().try_for_each(|stream| send.send(stream)));
        Self { address, accepted }
    }

    /// The next connection.
    #[track_caller]
    pub(crate) fn accept(&self) -> TcpStream {
        let stream = self.accepted.recv_timeout(PATIENCE).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
        stream
    }

    /// A line for client.toml that tells a sender of it.
    pub(crate) fn env(&self) -> String {
        format!("env = {{ WITNESS = '{}' }}", self.address)
    }
}

/// Whether the other side has gone: FIN or RST, and not a time limit.
#[track_caller]
pub(crate) fn assert_gone(stream: &mut TcpStream) {
    match io::copy(stream, &mut io::sink()) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
        Err(error) => panic!("it is still there: {error}"),
    }
}

/// A terminal of no known size: our end, and that of a program.
#[cfg(target_os = "linux")]
pub(crate) fn terminal() -> (std::os::fd::OwnedFd, fs::File) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&ours).and_then(|()| unlockpt(&ours)).expect("a terminal");
    let name = ptsname(&ours, Vec::new()).expect("its name").into_string().expect("UTF-8");
    (ours, fs::File::options().read(true).write(true).open(name).expect("its other end"))
}
