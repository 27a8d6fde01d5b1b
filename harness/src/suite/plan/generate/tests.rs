//! Plans at random are valid, and the same for the same seed.

use std::collections::BTreeSet;
use std::time::Duration;

use super::*;
use crate::suite::plan::{Instruction, Line, WORDS, encode};

/// Plans that are looked at, of several seeds.
const SEEDS: [u64; 4] = [0, 7, 1 << 40, u64::MAX];
const PLANS: u64 = 800;

fn plans() -> impl Iterator<Item = (u64, u64, Plan)> {
    SEEDS.into_iter().flat_map(|seed| (1..=PLANS).map(move |n| (seed, n, parsed(seed, n))))
}

#[track_caller]
fn parsed(seed: u64, n: u64) -> Plan {
    let text = Generator::new(seed).plan(n).text();
    Plan::parse(&text).unwrap_or_else(|error| panic!("plan {n} of seed {seed}: {error}\n{text}"))
}

fn texts(seed: u64, plans: u64) -> Vec<String> {
    (1..=plans).map(|n| Generator::new(seed).plan(n).text()).collect()
}

#[test]
fn plan_n_of_a_seed_is_always_the_same() {
    assert_eq!(texts(7, 200), texts(7, 200));
    let last = Generator::new(7).plan(200).text();
    assert_eq!(last, texts(7, 200)[199], "it does not matter which came before");
    assert_ne!(texts(7, 50), texts(8, 50));
    let all: BTreeSet<String> = texts(7, 500).into_iter().collect();
    assert!(all.len() > 450, "plans differ from each other: {}", all.len());
}

/// A change here changes what `--plans N` repeats: not to be done lightly once there is a release.
#[test]
fn the_plans_of_a_seed_are_known() {
    let digest = blake3::hash(texts(7, 400).join("\n--\n").as_bytes());
    assert_eq!(&digest.to_hex()[..16], "b19e75b3355bad2d");
}

#[test]
fn every_plan_is_valid_and_keeps_what_is_promised() {
    for (seed, n, plan) in plans() {
        let pauses = plan.lines.iter().filter_map(|line| match line.instruction {
            Instruction::Pause(pause) => Some(pause),
            _ => None,
        });
        let most = if n % LAUNCH == 1 { LONGEST_PAUSE } else { SHORT_PAUSE };
        assert!(pauses.clone().all(|pause| pause <= Duration::from_millis(most)), "{seed} {n}");
        assert!(plan.connections() <= 8 && plan.lines.len() < 80, "{seed} {n}: {}", plan.text);
        assert!(encode(&plan).iter().all(|stream| stream.octets.len() < 3 << 20), "{seed} {n}");
        let last: Vec<&Line> =
            plan.lines.rsplit(|line| line.instruction == Instruction::Connect).next().unwrap().iter().collect();
        if plan.ends_in_reset() {
            assert_eq!(n % LAUNCH, 0, "nothing can follow plan {n} of {seed}");
            assert!(last.iter().map(|line| length(line)).sum::<u64>() <= BEFORE_RESET, "{seed} {n}");
        }
    }
}

#[test]
fn pauses_are_rare() {
    let lines: Vec<Line> = plans().flat_map(|(_, _, plan)| plan.lines).collect();
    let pauses = lines.iter().filter(|line| line.word == "pause").count();
    assert!(pauses > 0 && pauses * 30 < lines.len(), "{pauses} of {}", lines.len());
}

#[test]
fn every_word_appears_soon() {
    for seed in SEEDS {
        let words: BTreeSet<&str> = (1..=4 * LAUNCH).flat_map(|n| parsed(seed, n).lines).map(|line| line.word).collect();
        assert_eq!(words, WORDS.iter().copied().collect(), "of seed {seed}");
    }
}

#[test]
fn the_words_that_send_are_all() {
    let silent = ["pause", "half-close", "receive", "connect", "reset"];
    let all: BTreeSet<&str> = WORDS.iter().copied().filter(|word| !silent.contains(word)).collect();
    assert_eq!(SENDING.iter().copied().collect::<BTreeSet<_>>(), all);
}

#[test]
fn sizes_grow() {
    let is_random = |line: &&Line, plan: &Plan| !LARGE.contains(&plan.text.split('\n').nth(line.number - 1).unwrap());
    let of = |n: u64| {
        let plan = parsed(7, n);
        plan.lines.iter().filter(|line| is_random(line, &plan)).map(length).sum::<u64>()
    };
    let sum = |from: u64, to: u64| -> u64 { (from..to).map(of).sum() };
    let (first, second, third) = (sum(1, 33), sum(65, 97), sum(401, 433));
    assert!(first < second && second * 2 < third, "{first} {second} {third}");
    assert!((1..9).all(|n| parsed(7, n).lines.len() < 20));
}

/// Whether some integer, length, text, point or float of the first plans of a seed is this.
struct Seen {
    integers: BTreeSet<i128>,
    lengths: BTreeSet<u64>,
    points: BTreeSet<char>,
    floats: BTreeSet<u64>,
    texts: String,
    comments: usize,
    unended: usize,
}

fn seen(seed: u64, plans: u64) -> Seen {
    let mut seen = Seen {
        integers: BTreeSet::new(),
        lengths: BTreeSet::new(),
        points: BTreeSet::new(),
        floats: BTreeSet::new(),
        texts: String::new(),
        comments: 0,
        unended: 0,
    };
    for n in 1..=plans {
        let plan = parsed(seed, n);
        seen.comments += plan.text.lines().filter(|line| line.starts_with('#') || line.is_empty()).count();
        seen.unended += usize::from(!plan.text.ends_with('\n'));
        for line in plan.lines {
            seen.lengths.insert(length(&line));
            match line.instruction {
                Instruction::Integers(_, values) | Instruction::Varints(_, values) => seen.integers.extend(values),
                Instruction::Floats(_, values) => seen.floats.extend(values.iter().map(|value| value.to_bits())),
                Instruction::Points(points) => seen.points.extend(points),
                Instruction::Text(text) => {
                    seen.lengths.insert(text.len() as u64);
                    seen.texts += &format!("{text}\n");
                }
                Instruction::Frame(_, text) => {
                    seen.lengths.insert(text.len() as u64);
                }
                _ => {}
            }
        }
    }
    seen
}

#[test]
fn boundaries_appear() {
    let seen = seen(7, 4000);
    let integers = [0, -1, 127, 128, 255, 256, 1 << 31, (1 << 31) - 1, (1 << 32) - 1, 1 << 32, (1 << 53) + 1, 1 << 53, 1 << 63];
    let more =
        [i128::from(i64::MIN), u64::MAX.into(), 1 << 14, (1 << 14) - 1, 1 << 21, (1 << 28) - 1, 1 << 35, -64, -65, 1 << 56];
    let missing: Vec<i128> = integers.into_iter().chain(more).filter(|value| !seen.integers.contains(value)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let lengths = [0, 1, 127, 128, 255, 256, 257, 4095, 4096, 4097, 16383, 16384, 65535, 65536, 65537, 131_072];
    let missing: Vec<u64> = lengths.into_iter().filter(|length| !seen.lengths.contains(length)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let points = ['\0', '\n', '\r', '\u{feff}', '\u{ffff}', '\u{10000}', '\u{10ffff}', '\u{301}', '😀', '\u{d7ff}', '\u{e000}'];
    let missing: Vec<char> = points.into_iter().filter(|point| !seen.points.contains(point)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let floats = [0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 5e-324, f64::MAX, f64::MIN_POSITIVE, 1e23, 0.1];
    assert!(floats.iter().all(|float| seen.floats.contains(&float.to_bits())));
    let texts = ["-n", "$(id)", "%n", "\\x41", "\u{301}", "\u{2028}", "\u{85}", "\u{feff}", "!!"];
    assert!(texts.iter().all(|text| seen.texts.contains(text)), "{texts:?}");
    assert!(seen.texts.contains(" \n") && seen.texts.contains("\n "), "blanks at ends");
    assert!(seen.comments > 20 && seen.unended > 20);
}

#[test]
fn plans_of_a_launch_can_follow_each_other() {
    for seed in SEEDS {
        for launch in 0..6 {
            let numbers = launch_of(launch * LAUNCH + 1);
            assert_eq!(numbers, launch_of(*numbers.end()));
            let drafts: Vec<Draft> = numbers.map(|n| Generator::new(seed).plan(n)).collect();
            let whole = Draft::joined(&drafts);
            let plan = Plan::parse(&whole.text()).unwrap();
            assert_eq!(plan.connections(), drafts.iter().map(Draft::connections).sum::<usize>());
            let streams: Vec<_> = drafts.iter().flat_map(|draft| encode(&Plan::parse(&draft.text()).unwrap())).collect();
            let same = encode(&plan).iter().zip(&streams).all(|(one, other)| one.octets == other.octets);
            assert!(same, "launch {launch} of {seed}");
        }
    }
}

#[test]
fn what_somebody_lacks_is_no_longer_in_it_and_the_rest_is_valid() {
    for lacked in WORDS {
        for n in 1..=LAUNCH * 5 {
            let draft = Generator::new(3).plan(n).without(|word| word == *lacked);
            let plan = Plan::parse(&draft.text()).unwrap_or_else(|error| panic!("{n} without {lacked}: {error}"));
            assert!(!plan.uses(lacked));
        }
    }
}
