//! What it takes to say why octets differ: [`diagnose`], by the size of what came, with the slowest cases and the slowest rules by name.
//!
//! A rule's time is that from its start to the next one's. Times are of the processor, so that what else the machine does weighs little,
//! and the best of some rounds. `-- 64` takes one size, in KiB, `-- 'many places'` the cases of that name; `-- names` says instead what is named in each case, so that two
//! versions can be compared with `diff`.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a program of its own that measures")]

mod blobs;
mod processor;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use blobs::{Blob, FAULTS, Fault};
use samewire::diagnosis::{Diagnosis, Evidence, Expected, diagnose, diagnose_telling};

const SIZES: [usize; 4] = [4 << 10, 64 << 10, 1 << 20, 16 << 20];

/// How many of the slowest are shown.
const SHOWN: usize = 5;

/// A small case is repeated, the more the smaller.
const ROUNDS_UP_TO: usize = 3;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let only = arguments.iter().find_map(|argument| argument.parse::<usize>().ok());
    let named = arguments.iter().find(|argument| *argument != "names" && argument.parse::<usize>().is_err());
    let named = named.map_or("", String::as_str);
    let names = arguments.iter().any(|argument| argument == "names");
    for size in SIZES.into_iter().filter(|size| only.is_none_or(|kib| kib << 10 == *size)) {
        if names { name(size, named) } else { measure(size, named) }
    }
}

fn name(size: usize, named: &str) {
    for (blob, fault) in cases(size, named).iter() {
        let named: Vec<String> = diagnosed(blob, &fault.1(blob), None).iter().map(|named| named.sentence.clone()).collect();
        println!("{size} {}: {}", case(blob, fault), named.join(" | "));
    }
}

fn measure(size: usize, named: &str) {
    let rounds = (ROUNDS_UP_TO << 20).div_ceil(size).clamp(1, ROUNDS_UP_TO);
    let mut taken: Vec<(Duration, String)> = Vec::new();
    let mut rules: BTreeMap<&'static str, (Duration, String)> = BTreeMap::new();
    for (blob, fault) in cases(size, named).iter() {
        let captured = fault.1(blob);
        let case = case(blob, fault);
        let best = (0..rounds).map(|_| timed(blob, &captured)).min().expect("a round");
        for (rule, time) in by_rule(blob, &captured) {
            if rules.get(rule).is_none_or(|(most, _)| time > *most) {
                rules.insert(rule, (time, case.clone()));
            }
        }
        taken.push((best, case));
    }
    taken.sort();
    let Some((median, _)) = taken.get(taken.len() / 2) else { return };
    println!("{} KiB, {} cases, {:.1} ms in the middle", size >> 10, taken.len(), milliseconds(*median));
    for (time, case) in taken.iter().rev().take(SHOWN) {
        println!("  case {:>9.1} ms  {case}", milliseconds(*time));
    }
    let mut rules: Vec<_> = rules.into_iter().map(|(rule, (time, case))| (time, rule, case)).collect();
    rules.sort();
    for (time, rule, case) in rules.iter().rev().take(SHOWN) {
        println!("  rule {:>9.1} ms  {rule} ({case})", milliseconds(*time));
    }
}

fn cases(size: usize, named: &str) -> Vec<(Blob, &'static Fault)> {
    let cases = blobs::of(size).into_iter().flat_map(|blob| FAULTS.iter().map(move |fault| (blob.clone(), fault)));
    cases.filter(|(blob, fault)| case(blob, fault).contains(named)).collect()
}

fn case(blob: &Blob, fault: &Fault) -> String {
    format!("{}, {}", blob.name, fault.0)
}

fn timed(blob: &Blob, captured: &[u8]) -> Duration {
    let start = processor::time();
    let named = diagnosed(blob, captured, None);
    let taken = processor::time() - start;
    assert!(!named.is_empty(), "{}: nothing differs", blob.name);
    taken
}

/// What each rule took. A name may be that of several rules.
fn by_rule(blob: &Blob, captured: &[u8]) -> BTreeMap<&'static str, Duration> {
    let (taken, running) = (RefCell::new(BTreeMap::new()), Cell::new(("(start)", processor::time())));
    let tell = |next: &'static str| {
        let (rule, start) = running.replace((next, processor::time()));
        *taken.borrow_mut().entry(rule).or_default() += processor::time() - start;
    };
    diagnosed(blob, captured, Some(&tell));
    tell("(end)");
    taken.into_inner()
}

fn diagnosed(blob: &Blob, captured: &[u8], tell: Option<&dyn Fn(&'static str)>) -> Vec<Diagnosis> {
    let expected = [Expected { octets: &blob.octets, masks: &[] }];
    let evidence = Evidence { expected: &expected, captured: &[captured], plan: blob.plan.as_deref() };
    tell.map_or_else(|| diagnose(&evidence), |tell| diagnose_telling(&evidence, tell))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
