//! What a run costs beyond its clients: `samewire run` against launching the same processes bare, as many at once, against a
//! server that discards what it receives. Pairs, one after the other, and the median of their ratios.
//!
//! Cases with a reply, a fault or a pause are left out: a server that discards gives no reply, and waiting is no work. Of the others a
//! shard is run, which has trials of every client: an eighth, or the one that is the argument, `-- 1/1` for all.

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

const PAIRS: usize = 5;
const CASES: [&str; 4] = ["!behaviour/*", "!contract/*", "!answers/*", "!faults/*"];
const SHARD: &str = "1/8";

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let config = Config::find(&root).expect("samewire.toml");
    let cases = CASES.map(str::to_owned).to_vec();
    let shard = std::env::args().skip(1).find(|argument| argument != "--bench").unwrap_or_else(|| SHARD.into());
    let part = Some(shard.parse().expect("a shard, such as 1/8"));
    let selection = Selection { cases, profiles: vec![Profile::Default], shard: part, ..Selection::default() };
    let session = Session::load(&config, &selection, &samewire::trial::machine::today()).expect("clients and cases");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let launches = launches(&session, folder.path());
    let jobs = thread::available_parallelism().map_or(1, usize::from);
    println!("{} trials, {jobs} at once, {PAIRS} pairs", launches.len());
    let mut ratios = Vec::new();
    for pair in 1..=PAIRS {
        let bare = bare(&launches, jobs);
        let run = run(&root, folder.path(), &shard);
        let ratio = run.as_secs_f64() / bare.as_secs_f64();
        println!("pair {pair}: run {:.2} s, bare {:.2} s, ratio {ratio:.2}", run.as_secs_f64(), bare.as_secs_f64());
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    println!("median ratio {:.2} ({:.2} to {:.2})", ratios[PAIRS / 2], ratios[0], ratios[PAIRS - 1]);
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
        let fill = |argument: &String| {
            let filled = argument.replace("{host}", "127.0.0.1").replace("{port}", &address.to_string());
            filled.replace("{plan}", &path.display().to_string()).replace("{out}", &out)
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

fn run(root: &Path, folder: &Path, shard: &str) -> Duration {
    let started = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_samewire"))
        .current_dir(root)
        .args(["run", "--profile", "default", "--shard", shard, "--out"])
        .arg(folder.join("report"))
        .args(CASES.iter().flat_map(|case| ["--case", case]))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(status.is_ok_and(|status| status.success()), "the run failed");
    started.elapsed()
}
