//! Feeds damaged input to everything that reads from outside: captures, packets, plans, cases, clients and `samewire.toml`.
//!
//! ```sh
//! cargo run --release --package samewire --example fuzz              # 30 seconds, a seed of its own
//! cargo run --release --package samewire --example fuzz -- 600 42    # 600 seconds, from seed 42
//! ```
//!
//! Mutates the suite's own files with a dictionary of what stands in them, and knows nothing of coverage: it needs no nightly
//! toolchain and no instrumentation. What is broken is a panic, an answer that contradicts itself, memory beyond [`MEMORY`], or an input
//! that takes longer than [`SLOW`]. The input is left in the file that is named, and the same seed finds it again.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a program of its own, which panics where something is broken")]

mod mutate;
mod packets;
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use mutate::Mutator;
use targets::Target;

/// Memory that no input may exceed, in octets: allocating more aborts, and the input is in its file.
const MEMORY: u64 = 2 << 30;

/// No input of some kilobytes may take longer.
const SLOW: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>().expect("a number"));
    let seconds = arguments.next().unwrap_or(30);
    let seed = arguments.next().unwrap_or_else(|| SystemTime::UNIX_EPOCH.elapsed().map_or(1, |now| now.as_secs()));
    limit_memory();
    let folder = in_memory().join(format!("samewire-fuzz-{seed}"));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    println!("seed {seed}; the input at hand is in {}", folder.display());
    let targets = targets::all(&folder);
    let started = Instant::now();
    let mut mutator = Mutator::new(seed);
    let mut inputs = vec![0_u64; targets.len()];
    while started.elapsed() < Duration::from_secs(seconds) {
        for (target, inputs) in targets.iter().zip(&mut inputs) {
            *inputs += 1;
            if !holds(target, &mutator.mutated(&target.corpus), &folder) {
                return ExitCode::FAILURE;
            }
        }
    }
    for (target, inputs) in targets.iter().zip(inputs) {
        println!("{:8} {inputs} inputs", target.name);
    }
    std::fs::remove_dir_all(&folder).expect("to remove the temporary folder");
    ExitCode::SUCCESS
}

/// Whether a target stands an input. The input is in a file first, for it may end this process.
fn holds(target: &Target, input: &[u8], folder: &Path) -> bool {
    let path = folder.join(target.name);
    std::fs::write(&path, input).expect("to write the input");
    let started = Instant::now();
    let panicked = catch_unwind(AssertUnwindSafe(|| (target.check)(input))).is_err();
    let slow = started.elapsed() > SLOW;
    if panicked || slow {
        let what = if panicked { "is broken by" } else { "takes too long for" };
        println!("{} {what} {}", target.name, path.display());
    }
    !panicked && !slow
}

/// A folder in memory, where there is one: on a disk, writing the inputs would take most of the time.
fn in_memory() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}

#[cfg(unix)]
fn limit_memory() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    setrlimit(Resource::As, Rlimit { current: Some(MEMORY), maximum: Some(MEMORY) }).expect("to limit memory");
}

#[cfg(not(unix))]
fn limit_memory() {}
