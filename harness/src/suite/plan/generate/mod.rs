//! Valid plans at random: every word, values at and around every boundary that hazards know, and plain ones between.
//!
//! Pure: plan `n` of a seed is always the same. What is generated never waits long and accuses no sender that is right: it receives
//! what is sent at connect, aborts only when little is on its way, and keeps to the limits of plans.

mod inputs;
mod known;
mod numbers;
mod texts;

pub use inputs::is_valid;

use super::draft::Draft;
use super::{Fixed, Float, Plan, Prefix, Varint, length};
use crate::suite::random::Random;
use known::{CONVERSATIONS, LARGE, NUMBERS};
use numbers::{GREATEST, float, integer};
use texts::{octet, octets, point, text};

/// How many plans share a launch.
pub const LAUNCH: u64 = 64;

/// The longest pause, in milliseconds. It stands at the beginning of one launch in `RARELY`: who leaves it out is seen to only where
/// starting takes less.
pub const LONGEST_PAUSE: u64 = 250;
const RARELY: u64 = 4;

/// The longest of all other pauses.
const SHORT_PAUSE: u64 = 5;

/// The most octets that are sent on a connection before it is aborted: RST destroys what is still on its way.
pub const BEFORE_RESET: u64 = 4 << 10;

/// The most arguments of a line; rarely as many as [`MANY`].
const ARGUMENTS: u64 = 5;
const MANY: u64 = 300;

/// The words that send, each as often as it stands here: those that have more to go wrong, more often.
const SENDING: &[&str] = &[
    "text", "points", "bytes", "frame", "u8", "i8", "u16be", "u16le", "text", "i16be", "i16le", "u32be", "u32le", "frame",
    "i32be", "i32le", "u64be", "u64le", "text", "i64be", "i64le", "f32be", "f32le", "points", "f64be", "f64le", "uleb", "sleb",
    "zigzag", "repeat", "ramp", "noise",
];

const PREFIXES: &[&str] = &["u8", "u16be", "u16le", "u32be", "u32le", "uleb"];

/// The greatest seed of `noise`, and those around which its arithmetic may overflow.
const NOISE_SEEDS: &[u64] = &[1, 2, 127_773, 127_774, 16_807, 1 << 16, 1 << 30, 2_147_483_645, 2_147_483_646];

/// Makes plans.
#[derive(Debug, Clone, Copy)]
pub struct Generator {
    seed: u64,
}

/// How great things are, which grows with the number of a plan.
#[derive(Clone, Copy)]
struct Size {
    /// Lines of a connection at the most.
    lines: u64,
    /// The power of two around which lengths lie at the most.
    greatest: u64,
}

impl Size {
    fn of(n: u64) -> Self {
        Self { lines: 1 + (n / 8).min(7), greatest: 3 + (n / 16).min(GREATEST - 3) }
    }
}

/// The numbers of the plans that share a launch with plan `n`; plans count from 1.
#[must_use]
pub fn launch_of(n: u64) -> std::ops::RangeInclusive<u64> {
    let before = n.saturating_sub(1) / LAUNCH * LAUNCH;
    before + 1..=before + LAUNCH
}

impl Generator {
    /// Makes the plans of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Plan `n`, from 1: of one to a few connections.
    #[must_use]
    pub fn plan(self, n: u64) -> Draft {
        let mut random = Random::of(self.seed, n);
        let size = Size::of(n);
        let connections = if random.one_in(4) { 2 + random.below(2) } else { 1 };
        let first = SENDING[(n.wrapping_add(self.seed) % SENDING.len() as u64) as usize];
        let mut lines = self.known(n);
        lines.extend(connection(&mut random, size, Some(first)));
        for _ in 1..connections {
            lines.push("connect".into());
            lines.extend(connection(&mut random, size, None));
        }
        // Nothing follows a reset, so it is for the last plan of a launch; and so is the end of a file that no line feed ends.
        let is_last = *launch_of(n).end() == n;
        let is_aborted = n.div_ceil(LAUNCH).is_multiple_of(2);
        if is_last {
            lines.push("connect".into());
            lines.extend(if is_aborted { aborted(&mut random) } else { vec!["text last".into()] });
        }
        Draft { lines, is_ended: if is_last { is_aborted } else { !random.one_in(16) } }
    }

    /// What a plan begins with, whatever is at random in it: one by one, all that is known to go wrong.
    fn known(self, n: u64) -> Vec<String> {
        let turn = (n.wrapping_add(self.seed) % (1 << 32)) as usize;
        let mut lines: Vec<String> = Vec::new();
        if n % (RARELY * LAUNCH) == 1 + LAUNCH {
            lines.extend(["text a".into(), format!("pause {LONGEST_PAUSE}"), "text b".into()]);
        }
        if turn.is_multiple_of(4) {
            let conversation = CONVERSATIONS[turn / 4 % CONVERSATIONS.len()];
            lines.extend(conversation.iter().map(|line| (*line).to_owned()));
            lines.push("connect".into());
        }
        match turn % 8 {
            1 => lines.push(LARGE[turn / 8 % LARGE.len()].into()),
            2 | 6 => lines.push(NUMBERS[turn / 4 % NUMBERS.len()].into()),
            _ => {}
        }
        lines.extend(texts::known(turn));
        lines
    }
}

/// The lines of one connection; one of them is of the word `with`.
fn connection(random: &mut Random, size: Size, with: Option<&str>) -> Vec<String> {
    let count = if with.is_none() && random.one_in(8) { 0 } else { 1 + random.below(size.lines) };
    let place = random.below(count.max(1));
    let mut lines = Vec::new();
    for index in 0..count {
        around(random, &mut lines, size);
        let word = with.filter(|_| index == place).unwrap_or_else(|| random.pick(SENDING));
        lines.push(sending(random, word, size));
    }
    end(random, &mut lines, size);
    lines
}

/// What may stand before a line that sends: what is no instruction, a short pause, something to receive.
fn around(random: &mut Random, lines: &mut Vec<String>, size: Size) {
    match random.below(48) {
        0 => lines.push(String::new()),
        1 => lines.push(random.pick(&["#", "# text a", "#text a", "#\t", "# é"]).into()),
        2 => lines.push(format!("pause {}", random.below(SHORT_PAUSE + 1))),
        3..=6 => lines.push(format!("receive {}", numbers::length(random, size.greatest.min(16)))),
        _ => {}
    }
}

/// How a connection ends: mostly as every one does.
fn end(random: &mut Random, lines: &mut Vec<String>, size: Size) {
    match random.below(12) {
        0 => lines.push(format!("receive {}", numbers::length(random, size.greatest.min(16)))),
        1 => lines.push("half-close".into()),
        2 => lines.extend(["half-close".into(), "receive all".into()]),
        3 => lines.extend(["half-close".into(), format!("receive {}", 1 + random.below(64)), "receive all".into()]),
        _ => {}
    }
}

/// The lines of a connection that is aborted.
fn aborted(random: &mut Random) -> Vec<String> {
    let size = Size { lines: 2, greatest: 8 };
    let mut lines: Vec<String> = (0..1 + random.below(2)).map(|_| plain(random, size)).collect();
    while sent(&lines) > BEFORE_RESET {
        lines.pop();
    }
    lines.extend([format!("receive {}", 1 + random.below(64)), "reset".into()]);
    lines
}

fn plain(random: &mut Random, size: Size) -> String {
    let word = random.pick(SENDING);
    sending(random, word, size)
}

/// How many octets these lines send.
fn sent(lines: &[String]) -> u64 {
    Plan::parse(&lines.join("\n")).map_or(u64::MAX, |plan| plan.lines.iter().map(length).sum())
}

/// A line with a word that sends.
fn sending(random: &mut Random, word: &str, size: Size) -> String {
    let length = |random: &mut Random| numbers::length(random, size.greatest);
    match word {
        "text" => {
            let length = length(random);
            format!("text {}", text(random, u64::MAX, length))
        }
        "frame" => {
            let (prefix, length) = (random.pick(PREFIXES), length(random));
            let most = Prefix::of(prefix).map_or(0, Prefix::max);
            format!("frame {prefix} {}", text(random, most, length))
        }
        "repeat" => format!("repeat {} {}", length(random), octet(random)),
        "ramp" => format!("ramp {}", length(random)),
        "noise" => format!("noise {} {}", length(random), noise_seed(random)),
        _ => listed(random, word, size),
    }
}

fn noise_seed(random: &mut Random) -> u64 {
    if random.one_in(2) { random.pick(NOISE_SEEDS) } else { 1 + random.below(2_147_483_646) }
}

/// A line with a word that takes one argument or more.
fn listed(random: &mut Random, word: &str, size: Size) -> String {
    let count = if size.lines > 4 && random.one_in(64) { random.below(MANY) } else { random.below(ARGUMENTS) };
    let mut line = word.to_owned();
    for _ in 0..=count {
        line.push(' ');
        line += &argument(random, word, size);
    }
    line
}

fn argument(random: &mut Random, word: &str, size: Size) -> String {
    if let Some(fixed) = Fixed::of(word) {
        return integer(random, fixed.min(), fixed.max()).to_string();
    }
    if let Some(kind) = Float::of(word) {
        return float(random, kind);
    }
    match (word, Varint::of(word)) {
        (_, Some(Varint::Unsigned)) => integer(random, 0, u64::MAX.into()).to_string(),
        (_, Some(_)) => integer(random, i64::MIN.into(), i64::MAX.into()).to_string(),
        ("points", _) => point(random),
        _ => {
            let length = numbers::length(random, size.greatest.min(12));
            octets(random, length)
        }
    }
}

#[cfg(test)]
mod tests;
