//! What a run costs beyond its clients: `samewire run`, in the machine's network and in networks of their own, against launching the
//! same processes bare, as many at once, against a server that discards what it receives. Rounds of all ways, one after the other, and
//! the medians of the ratios of each round, so that what else the machine does falls on both sides of a ratio.
//!
//! Cases with a reply, a fault or a pause are left out: a server that discards gives no reply, and waiting is no work. Of the others a
//! shard is run, which has trials of every client: an eighth, or the one that is the argument, `-- 1/1` for all. A number is that of
//! rounds: `-- 1/2 9`.

#![expect(clippy::print_stdout, clippy::expect_used, clippy::disallowed_methods, reason = "a program of its own that measures")]

use std::fs;
use std::io::Read;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use samewire::client::profile::Profile;
use samewire::run::selection::Selection;
use samewire::run::session::Session;
use samewire::suite::config::Config;
use samewire::trial::Interrupt;

/// How the same trials are run: its name, and the flags of a run.
const WAYS: [(&str, &[&str]); 4] = [
    ("bare", &[]),
    ("shared", &["--network", "shared"]),
    ("own", &["--network", "own"]),
    ("own, no packets", &["--network", "own", "--packets", "none"]),
];

/// Which way is compared with which, by their places.
const RATIOS: [(usize, usize); 5] = [(1, 0), (2, 0), (2, 1), (3, 1), (2, 3)];

const ROUNDS: usize = 5;
const CASES: [&str; 4] = ["!behaviour/*", "!contract/*", "!answers/*", "!faults/*"];
const SHARD: &str = "1/8";

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let config = Config::find(&root).expect("samewire.toml");
    let cases = CASES.map(str::to_owned).to_vec();
    let (shard, rounds) = arguments();
    let part = Some(shard.parse().expect("a shard, such as 1/8"));
    let selection = Selection { cases, profiles: vec![Profile::Default], shard: part, ..Selection::default() };
    let session = Session::load(&config, &selection, &samewire::trial::machine::today()).expect("clients and cases");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let launches = launches(&session, folder.path());
    let jobs = thread::available_parallelism().map_or(1, usize::from);
    println!("{} trials, {jobs} at once, {rounds} rounds", launches.len());
    let mut taken = Vec::new();
    for round in 0..rounds {
        let mut seconds = [0.0; WAYS.len()];
        // There and back, so that what changes slowly falls on all ways alike.
        for step in 0..WAYS.len() {
            let way = if round % 2 == 0 { step } else { WAYS.len() - 1 - step };
            seconds[way] = match way {
                0 => bare(&launches, jobs),
                _ => run(&root, folder.path(), &shard, WAYS[way].1),
            }
            .as_secs_f64();
        }
        let shown: Vec<String> = WAYS.iter().zip(seconds).map(|((name, _), seconds)| format!("{name} {seconds:.2} s")).collect();
        println!("round {}: {}", round + 1, shown.join(", "));
        taken.push(seconds);
    }
    for (way, to) in RATIOS {
        let mut ratios: Vec<f64> = taken.iter().map(|seconds| seconds[way] / seconds[to]).collect();
        ratios.sort_by(f64::total_cmp);
        let (name, other) = (WAYS[way].0, WAYS[to].0);
        println!("{name} to {other}: median {:.3} ({:.3} to {:.3})", ratios[rounds / 2], ratios[0], ratios[rounds - 1]);
    }
}

/// Which shard, and how many rounds.
fn arguments() -> (String, usize) {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let shard = arguments.iter().find(|argument| argument.contains('/')).cloned().unwrap_or_else(|| SHARD.into());
    let rounds = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(ROUNDS);
    (shard, rounds.max(1))
}

/// The command of every trial, but for host and port, and where it is started.
fn launches(session: &Session, folder: &Path) -> Vec<Mutex<Command>> {
    let address = discarding_server();
    let mut launches = Vec::new();
    for (number, pair) in session.trials.iter().enumerate() {
        let (participant, case) = (&session.clients[pair.client], &session.cases[pair.case]);
        let (Ok(client), Ok(ready)) = (&participant.entry.client, participant.ready(&Interrupt::new())) else { continue };
        let Some(plan) = &case.plan else { continue };
        let path = folder.join(number.to_string());
        fs::write(&path, &plan.text).expect("a plan");
        let out = ready.out.as_deref().unwrap_or(folder).display().to_string();
        let program = ready.program.as_deref().map(|program| program.display().to_string()).unwrap_or_default();
        let fill = |argument: &String| {
            let filled = argument.replace("{host}", "127.0.0.1").replace("{port}", &address.to_string());
            filled.replace("{plan}", &path.display().to_string()).replace("{out}", &out).replace("{program}", &program)
        };
        let argv: Vec<String> = client.run.iter().map(fill).collect();
        let mut command = Command::new(&argv[0]);
        // The environment of a trial: a shim or a shell is slower or faster in another.
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", folder).env("TMPDIR", folder).env("TZ", "UTC").env("LC_ALL", "C.UTF-8").envs(&client.env);
        command.args(&argv[1..]).current_dir(&client.folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        launches.push(Mutex::new(command));
    }
    launches
}

fn discarding_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(thread::spawn(move || discard(stream)))));
    port
}

fn discard(mut stream: TcpStream) {
    let mut buffer = vec![0; 256 << 10];
    while matches!(stream.read(&mut buffer), Ok(1..)) {}
    let _ = stream.shutdown(Shutdown::Both);
}

fn bare(launches: &[Mutex<Command>], jobs: usize) -> Duration {
    let started = Instant::now();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some(launch) = launches.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let status = launch.lock().expect("nobody else").status();
                    assert!(status.is_ok_and(|status| status.success()), "{launch:?} failed");
                }
            });
        }
    });
    started.elapsed()
}

fn run(root: &Path, folder: &Path, shard: &str, way: &[&str]) -> Duration {
    let started = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_samewire"))
        .current_dir(root)
        .args(["run", "--profile", "default", "--shard", shard, "--out"])
        .arg(folder.join("report"))
        .args(way)
        .args(CASES.iter().flat_map(|case| ["--case", case]))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(status.is_ok_and(|status| status.success()), "the run failed");
    started.elapsed()
}
